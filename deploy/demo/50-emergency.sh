# An emergency at night: heard, called back, acknowledged, kept. Sourced by demo.sh after the people and the cards are there.
# shellcheck shell=bash disable=SC2154

chapter "03:07: an emergency reaches XB's duty officer"
say "A child is missing. XB's officer has the screen open: one line in the officer's language, and a sound. There is no loudspeaker here: a program writes down each ring."
printf '#!/bin/sh\necho "rang $1 times" >> "%s"\n' "$PWD/work/log/bell.txt" > work/bell.sh
chmod 700 work/bell.sh
shown gatewayctl watch --bell work/bell.sh --lang fr --device "desk of the night watch" --context xb-duty-officer '&'
gatewayctl watch --bell work/bell.sh --lang fr --device "desk of the night watch" --context xb-duty-officer > work/log/screen.txt 2>&1 &
watchers+=($!)
until_says 20 "en veille" cat work/log/screen.txt
sample emergency-disclosure > work/forms/emergency.json
say "An emergency without its facts does not leave."
sed '/"emergencyFacts"/d' work/forms/emergency.json > work/forms/emergency-without-facts.json
refused V005 gatewayctl request check work/forms/emergency-without-facts.json --context xa-duty-officer
run gatewayctl request send work/forms/emergency.json --context xa-duty-officer
emergency_case=$(value case)
emergency_message=$(value message)
until_says 20 "URGENCE VITALE" cat work/log/screen.txt
until_says 20 "rang 5 times" cat work/log/bell.txt
say "The screen confirmed that it rang: XA knows that somebody heard it. The number to call back comes from the directory, never from the message."
until_says 20 ConsignmentNotification gatewayctl receipt list "$emergency_case" --context xa-duty-officer
run gatewayctl request callback "$emergency_case" --context xb-duty-officer
run gatewayctl request acknowledge "$emergency_case" --context xb-duty-officer
arrives "$emergency_case" XA duty-officer ACKNOWLEDGED
run gatewayctl request callback "$emergency_case" --spoke-to "Inspector J. Sample" --context xb-duty-officer
run gatewayctl request print "$emergency_message" --purpose "CRIMINAL_PROCEEDINGS: order to the provider" --order-sheet --lang fr --context xb-duty-officer
run gatewayctl request preserve "$emergency_case" --confirmed-by "Example Telecom, night desk" --context xb-duty-officer
run gatewayctl deadlines "$emergency_case" --context xb-duty-officer
