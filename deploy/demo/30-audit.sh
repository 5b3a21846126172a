# The auditor's part of demo.sh: the report for paper, and an erasure after which the receipts still verify. Sourced, not run.
# shellcheck shell=bash disable=SC2154  # case, preserve_case, last come from demo.sh and stage.sh

chapter "The verdict on paper"
say "One HTML file for A4, with a picture of the case; it loads nothing and runs nothing."
run gateway-verify case.zip --trust trust/XA.card trust/XB.card trust/XC.card --report case.html
verdict VALID
run ls -l case.html

chapter "XA erases the preservation; its receipts still verify"
say "A court orders that what the duty officer sent is destroyed. One person proposes, another approves; a legal hold stops both."
user XA officer-1 XA-CP COMPETENT_AUTHORITY
user XA officer-2 XA-CP COMPETENT_AUTHORITY
run gatewayctl case hold "$preserve_case" --reason "complaint pending" --context xa-officer-1
refused T550 gatewayctl case erase "$preserve_case" --reason ORDERED --basis "order 7 Gs 3/26" --context xa-officer-1
run gatewayctl case unhold "$preserve_case" --reason "complaint rejected" --context xa-officer-1
run gatewayctl case erase "$preserve_case" --reason ORDERED --basis "order 7 Gs 3/26" --context xa-officer-1
refused V039 gatewayctl case erase "$preserve_case" --approve --basis "the same" --context xa-officer-1
run gatewayctl case erase "$preserve_case" --approve --basis "checked against the order" --context xa-officer-2
say "Documents, keys and records of the case are gone. The receipts, the leaves of the log and the signed erasure itself stay, and the other side is told."
run gatewayctl case export "$case" --with-linked --out after-erasure.zip --purpose "audit of the year" --context xa-auditor
judged 0 VALID gateway-verify after-erasure.zip --trust trust/XA.card trust/XB.card trust/XC.card
says "B805"
says "Erased by"
say "Every stored record that is left is recomputed; what the erasure lists may be missing, nothing else."
run gateway fsck --config work/XA/gateway.json --without-evidence
says GOOD
