# A State without a gateway: one file for the courier, a letter back. Sourced by demo.sh after the people are there.
# shellcheck shell=bash disable=SC2154

chapter "XD has no gateway: a request on paper"
say "Two administrators bring the same description of XD; then a request to it is written, checked, signed and sealed like any other."
sed 's/"XC/"XD/g; s/ of XC/ of XD/g; s/, XC;/, XD;/g; s/xc\.example/xd.example/g' "$here/deploy/samples/paper-state.json" > work/forms/XD.json
run gatewayctl peer paper work/forms/XD.json --context xa-administrator
refused T407 gatewayctl peer paper work/forms/XD.json --context xa-administrator
run gatewayctl peer paper work/forms/XD.json --context xa-deputy-administrator
write_preservation | sed 's/"requestedAuthority": "[^"]*"/"requestedAuthority": "XD-CP"/' > work/forms/paper.json
run gatewayctl request send work/forms/paper.json --context xa-duty-officer
paper_case=$(value case)
paper_message=$(value message)
say "It leaves as one file, encrypted to the certificate that XD's office read out by telephone. XD needs openssl and nothing else."
quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout work/xd.key -out work/xd.crt -days 30 -subj "/CN=Contact Point of XD/C=XD" -addext keyUsage=critical,keyAgreement -addext basicConstraints=critical,CA:FALSE
run gatewayctl request export "$paper_case" --out xd-request.p7m --channel COURIER --to "Courier Ltd" --reference CR-4711 --to-cert work/xd.crt --context xa-duty-officer
run openssl cms -decrypt -binary -inform DER -in xd-request.p7m -inkey work/xd.key -recip work/xd.crt -out work/xd-sealed.cms
run openssl cms -verify -cades -binary -inform DER -in work/xd-sealed.cms -CAfile work/pki/XA/root/root.crt -no-CApath -no-CAstore -purpose any -out work/xd-cover.json
if [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || [ -e /usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf ]; then
  run gatewayctl request print "$paper_message" --purpose "to be sent by courier" --form --lang fr --out xd-form.pdf --context xa-duty-officer
  run gatewayctl request print "$paper_message" --purpose "to be sent by courier" --cover-sheet --file xd-request.p7m --lang fr --out xd-cover-sheet.pdf --context xa-duty-officer
fi
say "The answer comes as a letter. The officer says what it says, and until when the data are kept: of that day the gateway reminds. The case moves by it, on the same chain of receipts."
kept_until=$(date -u -d '+60 days' +%Y-%m-%dT00:00:00Z)
printf '%%PDF-1.7\nThe data are kept until %s.\n%%%%EOF\n' "$kept_until" > work/xd-answer.pdf
run gatewayctl request import work/xd-answer.pdf --case "$paper_case" --channel EMAIL --received-by "J. Sample" --received-at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --says PRESERVED --until "$kept_until" --context xa-duty-officer
until_says 60 PRESERVATION_ENDS gatewayctl deadlines "$paper_case" --json --context xa-duty-officer
say "A second letter ends the matter."
printf '%%PDF-1.7\nYour request is executed.\n%%%%EOF\n' > work/xd-end.pdf
run gatewayctl request import work/xd-end.pdf --case "$paper_case" --channel EMAIL --received-by "J. Sample" --received-at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --says EXECUTED --outcome FULL --context xa-duty-officer
run gatewayctl receipt list "$paper_case" --context xa-duty-officer
says ReceivedFromNonERDS
