# A release by one person in an emergency, and the review that must follow. Sourced by demo.sh, not run.
# shellcheck shell=bash disable=SC2154  # emergency_case, last, here come from demo.sh and stage.sh

chapter "One officer releases alone, on a judge's word, and another reviews it"
say "There is no second officer at 03:20. XB's card allows a release by one person in an emergency: on a duty judge's decision, and reviewed within 48 hours."
run gatewayctl request handover "$emergency_case" --to XB-PO --as TASK --reason "to be executed at once" --context xb-duty-officer
printf 'The position of the device at 02:55, as the provider gave it.\n' > work/evidence/position.txt
write_intake work/evidence/position.txt 8 > work/forms/position.json
run gatewayctl evidence attach work/evidence/position.txt --case "$emergency_case" --intake work/forms/position.json --context xb-technician
says "receipt number"
alone=$(value item)
refused V038 gatewayctl release alone "$alone" --basis "section 110" --duty-judge "3 Gs 9/26" --context xb-technician
run gatewayctl release alone "$alone" --basis "Code of Criminal Procedure of XB, section 110" --duty-judge "Court of Birk, 3 Gs 9/26, by telephone at 03:20" --conditions "not before a court without our consent" --context xb-officer-1
item_arrives "$alone" XA duty-officer COMPLETE
says "not before a court without our consent"
say "It is listed, with an alarm, until another person has looked at it. Whoever released it cannot."
run gatewayctl release list --context xb-officer-2
says "$alone"
refused V039 gatewayctl release uphold "$alone" --basis "it was urgent" --context xb-officer-1
run gatewayctl release uphold "$alone" --basis "order of the court read in full; the danger was real" --context xb-officer-2
