# Chapters of demo.sh: an incomplete request is stopped; a draft by several people; a signed refusal. Sourced, not run.
# shellcheck shell=bash disable=SC2154  # here, last and the stagehands come from demo.sh

chapter "An incomplete request is stopped, and completed as a draft by several people"
say "Everything that is missing is named at once, with its rule and what to do. Nothing was sent."
ends_with 1 gatewayctl request check "$here/deploy/samples/stored-content-data-incomplete.json" --context xa-lawyer
for rule in V001 V004 V005 V010 V011 V013 V019 V020; do says "$rule"; done
refused V010 gatewayctl request send "$here/deploy/samples/stored-content-data-incomplete.json" --context xa-lawyer
say "Drafts live in the gateway, encrypted. A clerk of the prosecution office writes one for the central authority; the lawyer comments, signs and sends it."
user XA clerk XA-PO COMPETENT_AUTHORITY
write_preservation | sed 's/"XA-CP"/"XA-CA"/' > work/forms/second.json
run gatewayctl request draft save work/forms/second.json --context xa-clerk
draft=$(value draft)
run gatewayctl request draft review "$draft" --comment "Name the second server in a request of its own." --context xa-lawyer
refused T802 gatewayctl request send "$draft" --context xa-clerk
run gatewayctl request sign "$draft" --context xa-lawyer
run gatewayctl request send "$draft" --context xa-lawyer
refusal_case=$(value case)

chapter "XB refuses, with grounds, a provision and reasons"
say "XB's contact point takes the request and hands it over to its central authority, which had a copy from the start. The lawyer reads the refusal as the letter that it becomes, in both languages."
arrives "$refusal_case" XB duty-officer DELIVERED
run gatewayctl request acknowledge "$refusal_case" --reference "XB-CP 4712" --due "$(hours_ahead 4)" --context xb-duty-officer
run gatewayctl request handover "$refusal_case" --to XB-CA --reason "a decision of the central authority" --context xb-duty-officer
refused V040 gatewayctl request refuse "$refusal_case" --no-consultation "none needed" --yes --context xb-lawyer
whole gatewayctl request refuse "$refusal_case" --ground RF-ESSENTIAL-SECURITY --provision "Act on Legal Assistance of XB, section 4(2)" \
  --reasons "The server belongs to an authority of national defence." --no-consultation "The ground cannot be removed by consultation." --finality NEW_REQUEST_POSSIBLE --yes --context xb-lawyer
arrives "$refusal_case" XA lawyer REFUSED
say "A refused case takes no answer any more."
refused V043 gatewayctl request accept "$refusal_case" --due "$(hours_ahead 20)" --context xb-lawyer
