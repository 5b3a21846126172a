#!/usr/bin/env bash
# The whole story with real gateways on loopback: two States and a third as witness, two requests, one piece of evidence,
# receipts, a witnessed log, a bundle that an outsider verifies, three attacks on it, and an erasure. Every command is printed before it runs; everything is invented but the work.
#
#   deploy/demo.sh [--out DIR] [--evidence FILE]... [--stay] [--built]
#
#   --out DIR         where everything goes (default: demo-out); a folder that an earlier run made is replaced
#   --evidence FILE   what the laboratory hands over (repeat for several); default: a file-system image made from files of this machine
#   --stay            leave the gateways running, and say how to use and stop them
#   --built           the programs are there (deploy/build.sh made them): do not build them again under a test that runs them
#
# Needs bash, the .NET SDK, openssl 3, python3, unzip and, for the default evidence, e2fsprogs. Ends with 0 only if every step went as it should.
# Leaves DIR/case.zip, DIR/case.html, DIR/trust/ (the cards as exchanged), DIR/received/, DIR/gateway-verify.json; logs and keys in DIR/work/.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
out=$here/demo-out
stay=no
built=no
evidence=()
usage() { sed -n '5,10p' "$0" | cut -c3- >&2; exit 2; }
while [ $# -gt 0 ]; do
  case $1 in
    --out) [ $# -ge 2 ] || usage; out=$(realpath -m "$2"); shift 2 ;;
    --evidence) [ $# -ge 2 ] || usage
      [ -f "$2" ] || { echo "demo.sh: there is no file $2" >&2; exit 2; }
      for file in "${evidence[@]}"; do
        [ "$(basename "$file")" != "$(basename "$2")" ] || { echo "demo.sh: two files are named $(basename "$2")" >&2; exit 2; }
      done
      evidence+=("$(realpath "$2")"); shift 2 ;;
    --stay) stay=yes; shift ;;
    --built) built=yes; shift ;;
    *) usage ;;
  esac
done
exec < /dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1

. "$here/deploy/demo/stage.sh"
# shellcheck source=demo/40-custody.sh
. "$here/deploy/demo/40-custody.sh"
begin

# ── 1 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "Build the three programs"
say "gateway is the service, gatewayctl the command line of its people, gateway-verify the judge of bundles."
say "The analyzers are left to the tests: they double the time of the build."
[ "$built" = yes ] || quiet "$here/deploy/build.sh" "$here/deploy/demo/programs.slnf" -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false
PATH=$here/artifacts/bin/Gateway/release:$here/artifacts/bin/Gateway.Cli/release:$here/artifacts/bin/Gateway.Verifier/release:$PATH

# ── 2 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "Three fictional States make their keys"
say "Each State has a card key (offline in real life), a root, and keys for every authority and person. A forger makes the same names with other keys."
run "$here/certs-dev/make.sh" work/pki XA XB XC
run "$here/certs-dev/make.sh" work/forger XA XB XC

# ── 3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "Each State starts its gateway"
say "One process, one folder, one database each. There is nothing between them: no hub, no common root."
for state in XA XB XC; do
  write_configuration "$state"
  run gateway init --config "work/$state/gateway.json" \
    --card-key "work/pki/$state/card/card.key" --card-cert "work/pki/$state/card/card.crt" \
    --admin "administrator=work/pki/$state/persons/administrator/client.crt" \
    --admin "deputy-administrator=work/pki/$state/persons/deputy-administrator/client.crt"
  run gateway config check --config "work/$state/gateway.json"
  start_gateway "$state"
done

# ── 4 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "The administrators name the people"
say "Who may use a gateway, and as what. A context tells gatewayctl where the gateway is and which certificates the person holds."
for state in XA XB; do
  context "$state" administrator
  context "$state" deputy-administrator
  user "$state" lawyer "$state-CA" CENTRAL_AUTHORITY_MLA
  user "$state" duty-officer "$state-CP" CONTACT_POINT_24_7
  user "$state" auditor "$state-CA" AUDITOR
done
context XC administrator
context XC deputy-administrator
user XC auditor XC-CA AUDITOR
user XB technician XB-LAB FORENSIC_LAB
user XB officer-1 XB-PO COMPETENT_AUTHORITY
user XB officer-2 XB-PO COMPETENT_AUTHORITY
run gatewayctl user list --context xb-administrator

# ── 5 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "The States exchange their cards"
say "A card names a State's authorities, addresses and keys. Its fingerprint is read over the telephone, typed in by one person and confirmed by another."
mkdir -p trust
run gatewayctl peer card --out trust/XA.card --context xa-administrator
heard_from_xa=$(value fingerprint)
run gatewayctl peer card --out trust/XB.card --context xb-administrator
heard_from_xb=$(value fingerprint)
say "A card from somebody else does not pass: the fingerprint differs."
refused T405 gatewayctl peer add trust/XA.card --fingerprint "$heard_from_xb" --context xb-administrator
run gatewayctl peer add trust/XA.card --fingerprint "$heard_from_xa" --context xb-administrator
say "One person alone is not enough."
refused T407 gatewayctl peer approve XA --fingerprint "$heard_from_xa" --context xb-administrator
run gatewayctl peer approve XA --fingerprint "$heard_from_xa" --context xb-deputy-administrator
run gatewayctl peer add trust/XB.card --fingerprint "$heard_from_xb" --context xa-administrator
run gatewayctl peer approve XB --fingerprint "$heard_from_xb" --context xa-deputy-administrator
run gatewayctl peer test XB --context xa-administrator
say "XC has no part in what follows: it only witnesses both logs. It goes through the same ceremony with each of the two."
run gatewayctl peer card --out trust/XC.card --context xc-administrator
heard_from_xc=$(value fingerprint)
introduce XA XC "$heard_from_xa" "$heard_from_xc"
introduce XB XC "$heard_from_xb" "$heard_from_xc"
run gatewayctl peer list --context xc-administrator
watch_receipts

# ── 6 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "At night, XA's duty officer asks to preserve data"
say "The lease of a server ends soon and its disk will be wiped. PRESERVE_DATA goes from contact point to contact point."
write_preservation > work/forms/preserve.json
run gatewayctl request check work/forms/preserve.json --context xa-duty-officer
run gatewayctl request send work/forms/preserve.json --context xa-duty-officer
preserve_case=$(value case)
preserve_message=$(value message)
arrives "$preserve_case" XB duty-officer DELIVERED
run gatewayctl request show "$preserve_message" --purpose "taking the night's requests" --context xb-duty-officer
run gatewayctl request acknowledge "$preserve_case" --reference "XB-CP 4711" --due "$(hours_ahead 4)" --context xb-duty-officer
run gatewayctl request accept "$preserve_case" --due "$(hours_ahead 20)" --context xb-duty-officer
run gatewayctl request start "$preserve_case" --context xb-duty-officer
say "The day until which the data are kept comes first: without it no answer says that they are."
refused V043 gatewayctl request answer "$preserve_case" --outcome FULL --text "Disk and logs are preserved." --context xb-duty-officer
run gatewayctl request preserve "$preserve_case" --confirmed-by "the night desk of the provider" --context xb-duty-officer
run gatewayctl request answer "$preserve_case" --outcome FULL --text "Disk and logs are preserved for 60 days." --context xb-duty-officer
arrives "$preserve_case" XA duty-officer EXECUTED
run gatewayctl request confirm "$preserve_case" --context xa-duty-officer

. "$here/deploy/demo/50-emergency.sh"
. "$here/deploy/demo/55-lone-release.sh"
. "$here/deploy/demo/60-paper.sh"

# ── 7 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "XA's central authority asks for the content"
say "STORED_CONTENT_DATA follows the preservation. It needs a judicial authorisation, the lawyer's signature, the registry's stamp and the authority's seal."
write_content_request "$preserve_case" "$preserve_message" "$here/deploy/samples/order.txt" > work/forms/content.json
say "Without the judge's decision the request is refused before anything is sent."
without_authorisation work/forms/content.json > work/forms/without-order.json
refused V010 gatewayctl request check work/forms/without-order.json --context xa-lawyer
run gatewayctl request send work/forms/content.json --attach "$here/deploy/samples/order.txt" --context xa-lawyer
case=$(value case)
message=$(value message)

# ── 8 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "XB acknowledges and accepts"
arrives "$case" XB lawyer DELIVERED
run gatewayctl request show "$message" --purpose "CRIMINAL_PROCEEDINGS: examination of the request" --save work/opened --context xb-lawyer
run gatewayctl request acknowledge "$case" --reference "XB-CA 2026/88" --due "$(hours_ahead 72)" --context xb-lawyer
run gatewayctl request accept "$case" --due "$(hours_ahead 240)" --context xb-lawyer
run gatewayctl request start "$case" --context xb-lawyer

# ── 9 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "XB's laboratory attaches the evidence"
say "The file is hashed and encrypted at the laboratory's desk in one pass. XB's own gateway stores only what it cannot read."
[ ${#evidence[@]} -gt 0 ] || make_image work/evidence/XB-2026-17.img
items=()
for file in "${evidence[@]}"; do
  write_intake "$file" "$((${#items[@]} + 1))" > work/forms/intake.json
  run gatewayctl evidence attach "$file" --case "$case" --intake work/forms/intake.json --context xb-technician
  items+=("$(value item)")
done

custody_is_recorded
certificate_is_signed

# ── 10 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "Two officers release it"
say "A laboratory never releases, and no officer alone."
for item in "${items[@]}"; do
  refused V038 gatewayctl release propose "$item" --basis "none" --context xb-technician
  run gatewayctl release propose "$item" --basis "Code of Criminal Procedure of XB, article 88; order 5 Gs 12/26" --context xb-officer-1
  refused V039 gatewayctl release approve "$item" --basis "the same" --context xb-officer-1
  run gatewayctl release approve "$item" --basis "Code of Criminal Procedure of XB, article 88; order 5 Gs 12/26" --context xb-officer-2
done

# ── 11 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "XA receives, decrypts and compares"
for i in "${!items[@]}"; do
  item_arrives "${items[$i]}" XA lawyer COMPLETE
  run gatewayctl evidence download "${items[$i]}" --to received --purpose "CRIMINAL_PROCEEDINGS: analysis of the disk" --context xa-lawyer
  received=$(sed -n 's|^\(/.*\): [0-9]* of [0-9]* chunks.*|\1|p' "$last")
  say "The same bytes as at the laboratory:"
  run cmp "${evidence[$i]}" "$received"
done
. "$here/deploy/demo/40-laboratory.sh"
. "$here/deploy/demo/41-disks.sh"
custody_is_shown
run gatewayctl request answer "$case" --outcome FULL --text "The image ordered is attached." --context xb-lawyer
arrives "$case" XA lawyer EXECUTED
run gatewayctl request confirm "$case" --context xa-lawyer
arrives "$case" XB lawyer COMPLETED

# ── 12 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "XA's auditor exports the case"
say "Two chains of receipts, one per State; each receipt holds the digest of the one before it and of the other side's last."
run gatewayctl receipt list "$case" --context xa-auditor
run gatewayctl case export "$case" --with-linked --out case.zip --purpose "audit of the year" --context xa-auditor

# ── 13 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "An outsider verifies it, offline"
say "The anchors are the cards that the States gave out, the witness among them, not those inside the bundle."
whole gateway-verify case.zip --trust trust/XA.card --trust trust/XB.card --trust trust/XC.card
verdict VALID
gateway-verify case.zip --trust trust/XA.card --trust trust/XB.card --trust trust/XC.card --json > gateway-verify.json || fail "with --json the verdict is another"
say "Without them the bundle agrees with itself, and that is all that can be said."
judged 3 CONSISTENT gateway-verify case.zip
say "The same without any program of ours: the README in the bundle says how."
run unzip -q -o case.zip -d work/unpacked
run env -C work/unpacked sha256sum --quiet -c MANIFEST.sha256
receipt=$(find "work/unpacked/receipts/$case/XB" -name '*.cms' | sort | tail -1)
run openssl cms -verify -cades -inform DER -in "$receipt" -CAfile work/pki/XB/root/root.crt -no-CApath -no-CAstore

# ── 14 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "The log behind it is witnessed"
say "Every receipt and every act is a leaf of its State's log. XB and XC cosign each checkpoint of XA's; XC has no part in the case."
until_says 60 WITNESSED gatewayctl log status --context xa-auditor
says XC
say "A proof that this very receipt stands in XA's log, under a checkpoint that both have cosigned:"
until_says 60 "witnessed         yes" gatewayctl log proof "$(sha256sum "$receipt" | cut -c1-64)" --context xa-auditor
gatewayctl log proof "$(sha256sum "$receipt" | cut -c1-64)" --out receipt.tlog-proof --context xa-auditor > /dev/null || fail "the proof was not written"
run cat receipt.tlog-proof
for state in XB XC; do
  grep -q "gateway-witness/$state" receipt.tlog-proof || fail "$state has not cosigned"
done

say "A second judge, which shares no line with the first: a script of some 400 lines of shell, with openssl, unzip and the fingerprints that were read over the telephone. None of our programs is in its path."
run env -i PATH=/usr/bin:/bin sh "$here/deploy/verify.sh" case.zip "XA=$heard_from_xa" "XB=$heard_from_xb" "XC=$heard_from_xc"
says "VALID: nothing contradicts"

# ── 15 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
. "$here/deploy/demo/15-marks.sh"

. "$here/deploy/demo/20-rules.sh"

# ── 16 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter "Three attacks"
forge=$here/deploy/demo/forge.py
say "First: somebody flips one bit of one receipt."
victim=receipts/$case/XB/$(basename "$receipt")
run "$forge" flip case.zip work/flipped.zip "$victim"
judged 1 BROKEN gateway-verify work/flipped.zip --trust trust/XA.card --trust trust/XB.card
says "$victim"

say "Second: XA itself, which exports, drops the end of XB's chain and seals the rest anew with its own genuine seal. XA's own receipts name what is missing."
run "$forge" cut case.zip work/cut.zip "$case" XB work/pki/XA/authorities/XA-CA/seal
judged 1 BROKEN gateway-verify work/cut.zip --trust trust/XA.card --trust trust/XB.card
says "its tail was cut"

say "Third: a forger signs documents, receipts and cards anew, under the same names and as of the same moments, with keys of his own, and leaves out the log. His bundle agrees with itself."
run "$forge" resign case.zip work/forged.zip work/pki work/forger
judged 3 CONSISTENT gateway-verify work/forged.zip
say "With the cards that the States really gave out, it does not pass."
judged 1 BROKEN gateway-verify work/forged.zip --trust trust/XA.card --trust trust/XB.card

# ── 16, 17 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
. "$here/deploy/demo/30-audit.sh"

finish
