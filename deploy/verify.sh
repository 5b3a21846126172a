#!/bin/sh
# Checks the bundle of a case without any software of the gateways: sh, coreutils, sed, awk, unzip and OpenSSL 3.
#
#   verify.sh [--at TIME] BUNDLE.zip [STATE=FINGERPRINT]...
#
# STATE=FINGERPRINT  SHA-256 of the card key of a State, obtained from that State in another way (telephone, official journal); spaces and colons
#                    are ignored. A State that has changed its key has two.
# --at TIME          judge as of then; left out: now.
#
# It ends with 0 VALID: nothing contradicts, and every State is confirmed; 1 BROKEN; 2 wrong usage; 3 not confirmed, or not completed.
# BROKEN names what contradicts, OPEN what is not shown, NOTE what is worth knowing. What each finding of gateway-verify is called here, and what
# this script leaves to it, is a table in docs/errors.md.
#
# What is checked, in this order. Each step stands below under its number, behind the words that it is told in (step 0):
#
#   1 container   The ZIP holds no name twice, no link, no name that leaves the folder, and not too much: nothing else is unpacked.
#                 Every file is listed in MANIFEST.sha256 (sha256sum -c), and nothing else is there.
#   2 cards       Each card of a State is signed by the key inside; that is the key whose fingerprint you gave. The certificates beside the
#                 cards are those that they name, each for its purpose. All else rests on them: a seal, a stamp or an authority for persons
#                 counts until the first card that no longer names it. Logs that a card ends count as far as it says.
#   3 manifest    MANIFEST.cms seals MANIFEST.sha256 and case.json: by the State that exports, with a seal of that time.
#   4 receipts    Each is sealed by its State at its time, has the next number, names the one before it by its digest and the other side's last
#                 one; chains are as long as case.json and the other side say. What they name is here, withheld or erased.
#   5 documents   Each is named by its digest and sealed or signed; the parts of a message are whole, and signed or stamped by persons and
#                 registries of its State; manifests and disclosed files agree; custody events of an item follow each other.
#   6 log         Every receipt, custody event, record, verdict and erasure stands in the log of the exporter: a path of hashes leads from it to
#                 the root of a checkpoint (RFC 6962), which bears the log's signature and those of enough witnesses, each by a key that a card
#                 names for that time. Checkpoints of one log are of one tree; logs follow each other. What no witness saw and no log holds
#                 72 hours before the export counts as never logged.
#   7 verdict
#
# It does not look at the content of what is signed: that parts and receipts agree, who may release, ship or give up an item, who may sign a record,
# life cycle and dates, gaps in custody; nor at signatures under recognition/ and trust/material/, time-stamps, revocation, foreign signatures.
# It takes no card of yours: whoever holds a newer card of a State asks gateway-verify (--trust).

# 0. Words and tools.
set -u
LC_ALL=C; export LC_ALL
now=$(date +%s)
if [ "${1:-}" = --at ]; then now=$(date -d "${2:-}" +%s 2>/dev/null) && [ -n "${2:-}" ] || { echo "verify.sh: '${2:-}' is not a time" >&2; exit 2; }; shift 2; fi
[ $# -ge 1 ] || { sed -n '4p' "$0" | cut -c3- >&2; exit 2; }
bundle=$1; shift
for t in "$@"; do case $t in [A-Z][A-Z]=*) ;; *) echo "verify.sh: '$t' is not STATE=FINGERPRINT" >&2; exit 2 ;; esac; done
umask 077
work=$(mktemp -d) || exit 3
ended=no
trap 'rm -rf "$work"; [ $ended = yes ] || { echo "verify.sh: could not complete, no verdict" >&2; exit 3; }' EXIT
# Some of it is a State's own word, and must not move the cursor of whoever reads this.
say() { printf '%s\n' "$*" | tr -d '\000-\010\013-\037\177' | sed 's/\xc2[\x80-\x9f]//g'; }
bad() { say "BROKEN  $*"; echo x >> "$work/broken"; }
open_() { say "OPEN    $*"; echo x >> "$work/open"; }
# What keeps the bundle from being VALID without contradicting anything.
unsure() { open_ "$@"; echo x >> "$work/unsure"; }
# One line of what it reads, each.
bads() { while read -r what; do bad "$what"; done; }
# An end without looking further: exit code, words.
stop() { ended=yes; say "$2"; exit "$1"; }

hex() { od -An -v -tx1 | tr -d ' \n'; }
unhex() { tr -d '\n' | tr a-f A-F | basenc --base16 -d; }
sha() { sha256sum | cut -c1-64; }
digest_() { case $1 in *[!0-9a-f]*) return 1 ;; esac; [ ${#1} = 64 ]; }
# Of a time as our documents write it; 0, which was long ago, for anything else ("tomorrow" is a date to some).
seconds() { case $1 in [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9]*Z) date -d "$1" +%s 2>/dev/null || echo 0 ;; *) echo 0 ;; esac; }
number() { case $1 in '' | *[!0-9]* | ??????????????????*) return 1 ;; esac; }
# A member of one of our documents: they have one spelling, and a quotation mark inside a text is written \".
member() { sed -n 's/.*[{,]"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p'; }
# The State of a party, by the name of the member.
party() { sed -n 's/.*"'"$1"'":{"state":"\([A-Z][A-Z]\)".*/\1/p' "$2"; }
count() { find "$@" 2>/dev/null | wc -l | tr -d ' '; }
# A document may end with additions of its issuer's own ("extensions", the last member): what stands in them is none of ours.
bare() { sed -i 's/,"extensions":{.*//' "$1"; }
# Who signed is not asked.
by_anybody() { openssl cms -verify -noverify -binary -inform DER -in "$1" -out "$work/anybody" 2>/dev/null && bare "$work/anybody"; }
is_record() { grep -qE '^\{"v":1,"type":"(custodianCertificate|copyingRecord|labReport)"' "$work/anybody"; }
# By one of the certificates in a file alone: openssl would also take every authority that this machine trusts.
by() { openssl cms -verify -cades -binary -inform DER -partial_chain -purpose any -no-CApath -no-CAstore "$@" 2>/dev/null; }
# -out FILE stands last.
cms() {
  by -no_check_time "$@" || return 1
  for written; do :; done
  [ "$written" = /dev/null ] || bare "$written"
}

# A text of a document, in awk.
text='function text(name) { return match($0, "\"" name "\":\"[^\"]*\"") ? substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 5) : "" }'
# When the CMS file was signed, in seconds.
signed_at() {
  # The text that was signed is printed before the attributes, and may say anything.
  at=$(openssl asn1parse -inform DER -in "$1" 2>/dev/null | awk '/^ *[0-9]+:d=[0-9]+ +hl=[0-9]+ l= *[0-9]+ prim: OBJECT +:signingTime$/ { f = NR }
    f && NR == f + 2 && /^ *[0-9]+:d=[0-9]+ +hl=[0-9]+ l= *[0-9]+ prim: (UTCTIME|GENERALIZEDTIME) +:[0-9]+Z$/ { sub(/.*:/, ""); print }' | tail -1)
  [ -n "$at" ] || { echo 0; return; }
  [ ${#at} != 13 ] || at=20$at
  date -d "$(printf %s "$at" | sed 's/^\(....\)\(..\)\(..\)\(..\)\(..\)\(..\).*/\1-\2-\3T\4:\5:\6Z/')" +%s 2>/dev/null || echo 0
}
# ends STATE KIND: until when each certificate that the cards name for that purpose counts, in seconds, the last first: until the first card that names it no more was issued,
# and never longer than the last one that names it, with five minutes to spare. What a card under another card key does not name ends with it, too.
ends() {
  awk -v kind="$2" "$text"'
    { n++; key[n] = $1; issued[n] = text("issued"); expires[n] = text("expires"); line[n] = $0; last[$1] = issued[n] }
    END {
      for (i = 1; i <= n; i++) {
        next_ = ""
        for (j = n; j > i; j--) if (key[j] == key[i]) next_ = issued[j]
        if (next_ == "") for (j = 1; j <= n; j++) if (key[j] != key[i] && issued[j] > issued[i] && (next_ == "" || issued[j] < next_)) next_ = issued[j]
        end = next_ != "" && next_ < expires[i] ? next_ : expires[i]
        while (match(line[i], "\"" kind "\":\\[[^]]*\\]")) {
          m = split(substr(line[i], RSTART, RLENGTH), c, "\""); line[i] = substr(line[i], RSTART + RLENGTH)
          for (k = 4; k <= m; k += 2) until[key[i] " " c[k]] = end
        }
      }
      for (x in until) { split(x, of, " "); if (until[x] > best[of[2]]) best[of[2]] = until[x] }
      for (d in best) print best[d], d
    }' "$work/keyed-$1" | sort -r | while read -r until c; do
      [ "$until" = "${before:-}" ] || seconds_=$(date -d "$until" +%s) || exit 3
      before=$until
      echo "$((seconds_ + 300)) $c"
    done > "$work/ends-$1-$2"
}
# counted STATE KIND FILE TIME...: whether the file is signed by a certificate that the State's cards named for that purpose at each of these times, and that was valid then.
counted() {
  of_=$1; kind_=$2; file_=$3; shift 3
  [ -f "$work/ends-$of_-$kind_" ] || ends "$of_" "$kind_"
  for time_; do
    n_=$(awk -v t="$time_" '$1 >= t { n++ } END { print n + 0 }' "$work/ends-$of_-$kind_"); ca=$work/ca-$of_-$kind_-$n_
    [ -f "$ca" ] || head -n "$n_" "$work/ends-$of_-$kind_" | awk '{ print "-----BEGIN CERTIFICATE-----"; for (i = 1; i <= length($2); i += 64) print substr($2, i, 64); print "-----END CERTIFICATE-----" }' > "$ca"
    [ "$n_" -gt 0 ] && by -attime "$time_" -in "$file_" -CAfile "$ca" -out /dev/null || return 1
  done
}

# 1. Container. Nothing is unpacked whose name or size could do harm.
unzip -Z1 "$bundle" > "$work/names" 2>/dev/null || stop 1 "BROKEN  $bundle is not a ZIP"
if grep -qvE '^[A-Za-z0-9._/-]{1,200}$' "$work/names" || grep -qE '(^|/)(\.\.?)?(/|$)' "$work/names" || [ -n "$(tr A-Z a-z < "$work/names" | sort | uniq -d)" ] \
  || unzip -Z "$bundle" | grep -q '^l'; then
  stop 1 "BROKEN  the ZIP holds names twice, links, or names that leave the folder"
fi
# Counted, for a directory may state smaller sizes than what it unpacks to.
if [ "$(wc -l < "$work/names")" -gt 200000 ] || [ "$(unzip -p "$bundle" 2>/dev/null | head -c 4294967297 | wc -c)" -gt 4294967296 ]; then
  stop 3 "no verdict: more than 200,000 files or 4 GiB are too much for this script; gateway-verify reads them"
fi
mkdir "$work/b" && unzip -qq "$bundle" -d "$work/b" > /dev/null 2>&1 || stop 1 "BROKEN  the ZIP is damaged"
cd "$work/b" || exit 3
[ -f MANIFEST.sha256 ] && [ -f MANIFEST.cms ] && [ -f case.json ] && [ -d trust ] && [ -d receipts ] || stop 1 "BROKEN  MANIFEST.sha256, MANIFEST.cms, case.json, trust/ or receipts/ is missing"
sha256sum --quiet --strict -c MANIFEST.sha256 > /dev/null 2>&1 || bad "files differ from MANIFEST.sha256"
{ cut -c67- MANIFEST.sha256; echo MANIFEST.cms; echo MANIFEST.sha256; } | sort > "$work/listed"
find . -type f | cut -c3- | sort | cmp -s - "$work/listed" || bad "there are files that MANIFEST.sha256 does not list, or the other way round"
# What verdicts rest on is nobody's card.
[ ! -d trust/material ] || mv trust/material "$work/material" || exit 3

states=$(for folder in trust/*/; do [ ! -d "$folder" ] || basename "$folder"; done)

# 2. Cards: each signed by the key inside; the key is the one that was brought along; certificates for openssl are those of the cards.
for s in $states; do
  : > "$work/cards-$s"; : > "$work/keyed-$s"; wanted=
  for t in "$@"; do [ "${t%%=*}" != "$s" ] || wanted="$wanted $(printf %s "${t#*=}" | tr -d ' :-' | tr A-F a-f)"; done
  for c in trust/"$s"/card-*.cms; do
    [ -f "$c" ] || { bad "trust/$s has no card"; continue; }
    if openssl cms -verify -noverify -binary -inform DER -in "$c" -signer "$work/signer" -out /dev/null 2>/dev/null && cms -in "$c" -CAfile "$work/signer" -out "$work/card" \
      && grep -q '^{"v":1,"type":"peerCard","state":"'"$s"'","version":'"$(basename "$c" .cms | sed 's/^card-0*//')"',' "$work/card"; then
      key=$(openssl x509 -in "$work/signer" -noout -pubkey | openssl pkey -pubin -outform DER | sha)
      { cat "$work/card"; echo; } >> "$work/cards-$s"
      # Not a number, whatever its digits are.
      echo "key-$key $(cat "$work/card")" >> "$work/keyed-$s"
      if [ -z "$wanted" ]; then open_ "card key of $s: $key; ask $s whether that is right"
      else case "$wanted " in *" $key "*) ;; *) bad "$c is signed by the key $key, not by$wanted" ;; esac; fi
    else bad "$c is no card of $s"; fi
  done
  for p in trust/"$s"/*.pem; do
    [ -f "$p" ] || continue
    [ "$(basename "$p")" = cards.pem ] && continue
    # For what a card lists it: whoever may sign for himself may not seal for his State.
    case $(basename "$p") in seals.pem) purpose=seal ;; stamps.pem) purpose=stamp ;; persons.pem) purpose=personAuthorities ;; *) purpose='[A-Za-z]*' ;; esac
    # openssl reads PEM otherwise than line by line: what it would find beside the lines that are looked at here could speak for a State.
    ! grep -qvxE -e '-----(BEGIN|END) CERTIFICATE-----|[A-Za-z0-9+/=]{1,76}' "$p" || bad "$p holds something else than certificates"
    grep -o '"'"$purpose"'":\[[^]]*\]' "$work/cards-$s" > "$work/certificates"
    sed '/^-----END/s/.*/;/; /^-----BEGIN/d' "$p" | tr -d '\n' | tr ';' '\n' | while read -r der; do grep -qF "\"$der\"" "$work/certificates" || bad "$p holds a certificate that no card of $s lists for it"; done
  done
done
# What the cards under a State's newest card key say of logs that it began on purpose (docs/decisions/0029), of each log that ended the newest word: log, size and root of its end, the next one, digest of the end, card, reason.
for s in $states; do
  awk '{ key[NR] = $1; line[NR] = $0 } END { for (i = 1; i <= NR; i++) if (key[i] == key[NR]) print line[i] }' "$work/keyed-$s" \
  | sed -n 's/^[^ ]* {"v":1,"type":"peerCard","state":"..","version":\([0-9]*\),.*"log":{"keys":\[[^]]*\],"cosigners":\[[^]]*\],"certificates":\[[^]]*\],"renewal":{"origin":"\([^"]*\)","checkpoint":"\([^"]*\)","reason":"\([^"]*\).*/\1 \2 \3 \4/p' \
  | while read -r version begun checkpoint reason; do
    printf %s "$checkpoint" | base64 -d > "$work/last" 2>/dev/null
    echo "$(head -3 "$work/last" | tr '\n' ' ')$begun $(sha < "$work/last") $version $reason"
  done | awk '{ said[$1] = $0 } END { for (ended in said) print said[ended] }' > "$work/renewals-$s"
done

# 3. Manifest: sealed by the State that exports, over the list of files and what case.json says first.
cp case.json "$work/case"; bare "$work/case"
exporter=$(party exporter "$work/case" | head -c2)
sed -n 's/.*"withheld":\[\([^]]*\)\].*/\1/p' "$work/case" | tr -d '"' | tr ',' '\n' | grep . > "$work/withheld"
exported=0
if cms -in MANIFEST.cms -CAfile "trust/$exporter/seals.pem" -out "$work/manifest"; then
  exported=$(seconds "$(member exported < "$work/manifest")"); [ "$exported" -gt 0 ] || bad "the list of files bears no date"
  counted "$exporter" seal MANIFEST.cms "$exported" "$(signed_at MANIFEST.cms)" || bad "MANIFEST.cms is not sealed by $exporter with a seal that its cards named then, and that was valid then"
  [ "$(member sha256 < "$work/manifest")" = "$(sha < MANIFEST.sha256)" ] && [ "$(member files < "$work/manifest")" = "$(wc -l < MANIFEST.sha256 | tr -d ' ')" ] || bad "the seal is over another MANIFEST.sha256"
  same=$(sed -n 's/^{"v":1,"type":"caseFile",\("case":"[^"]*","exporter":{"state":"[^"]*","authority":"[^"]*"},"exported":"[^"]*",\).*/\1/p' "$work/case")
  [ -n "$same" ] && case $(cat "$work/manifest") in '{"v":1,"type":"bundleManifest",'"$same"*) ;; *) false ;; esac || bad "case.json is of another case, exporter or time than MANIFEST.cms"
else bad "MANIFEST.cms is not sealed by $exporter"; fi

# 4. Receipts: sealed by their State at a time at which the certificate was valid, each naming the one before it and the other side's last.
find receipts -name '*.cms' | sort > "$work/receipts"
touch "$work/peers" "$work/knew" "$work/covers" "$work/erased" "$work/roots" "$work/times" "$work/custody" "$work/records" "$work/origins"
[ -s "$work/receipts" ] || bad "there is no receipt"
last=
while read -r r; do
  chain=$(dirname "$r"); s=$(basename "$chain"); case_=$(basename "$(dirname "$chain")")
  [ "$chain" = "$last" ] || { seq=0; previous=null; last=$chain; reached=0; }
  seq=$((seq + 1))
  if ! cms -in "$r" -CAfile "trust/$s/seals.pem" -out "$work/receipt"; then bad "seal of $r"; previous=$(sha < "$r"); continue; fi
  t=$(seconds "$(member time < "$work/receipt")")
  echo "$t $r" >> "$work/times"
  counted "$s" seal "$r" "$t" "$(signed_at "$r")" || bad "the certificate of $r was not valid then, or no card of $s named it any more"
  grep -q '^{"v":1,"type":"receipt",' "$work/receipt" && [ "$(member seq < "$work/receipt")" = $seq ] && [ "$(basename "$r")" = "$(printf %08d $seq).cms" ] && [ "$(member case < "$work/receipt")" = "$case_" ] || bad "$r stands where another receipt belongs"
  [ "$(member previous < "$work/receipt")" = "$previous" ] || bad "$r names another receipt before it"
  previous=$(sha < "$r")
  peer=$(party peer "$work/receipt"); n=$(member peerSeq < "$work/receipt"); head=$(member peerHead < "$work/receipt")
  number "$n" || n=0
  # Much is asked of the exporter alone: a third State that seals for one of the two would be asked for nothing of theirs.
  [ "$s" = "$exporter" ] || [ "$peer" = "$exporter" ] || bad "$r is of a case in which $exporter, which exports it, has no part"
  [ "$n" -ge "$reached" ] || bad "$r knows fewer receipts of $peer than one before it"
  reached=$n
  echo "$case_ $s $n $t $seq $(member event < "$work/receipt") $r" >> "$work/knew"
  echo "$peer $n $(member coverSha256 < "$work/receipt") $(member event < "$work/receipt") $(member item < "$work/receipt") $case_ $s" >> "$work/peers"
  if [ "$head" != null ]; then
    other=receipts/$case_/$peer/$(printf %08d "$n").cms
    if [ ! -f "$other" ]; then bad "$r names $other, which is not here"; elif [ "$(sha < "$other")" != "$head" ]; then bad "$r names another $other"; fi
  fi
  member manifestSha256 < "$work/receipt" >> "$work/manifests"
  cover=$(member coverSha256 < "$work/receipt")
  [ "$cover" = null ] || digest_ "$cover" || { bad "$r names a document by something else than a digest"; cover=null; }
  [ "$cover" = null ] || [ -f "documents/$cover.cms" ] || grep -qxF "$cover" "$work/withheld" || bad "$r names the document $cover, which is neither here nor withheld"
done < "$work/receipts"
# Behind the receipt that closes a case stands none but of what was not taken; nor behind the last one of the other side that it names, but what crossed with it where that side closed, too, or where another State than that one exports.
awk -v x="$exporter" '{ c[NR] = $1; s[NR] = $2; knew[NR] = $3; seq[NR] = $5; event[NR] = $6; file[NR] = $7; if ($6 == "GatewayCaseClosed" && !(($1, $2) in closed)) { closed[$1, $2] = $5; names[$1, $2] = $3 } }
  END { for (k in closed) { split(k, of, SUBSEP); for (i = 1; i <= NR; i++) if (c[i] == of[1] && event[i] !~ /^Relay(Rejection|Failure)$/) {
    if (s[i] == of[2] ? seq[i] > closed[k] : event[i] != "GatewayCaseClosed" && seq[i] > names[k] && (!((c[i], s[i]) in closed || s[i] != x) || knew[i] >= closed[k])) print file[i] " follows the receipt with which " of[2] " closed the case" } } }' "$work/knew" | sort | bads
# How long each chain is and how it ends, as case.json states it: the end of a chain cannot show that it was cut off.
awk -F/ '{ n[$1 "/" $2 "/" $3]++; last[$1 "/" $2 "/" $3] = $0 } END { for (c in n) print c, n[c], last[c] }' "$work/receipts" | while read -r chain n r; do echo "$chain $n $(sha < "$r")"; done | sort > "$work/ends"
sed 's/[{]"case":"/\n&/g' "$work/case" | awk -F'"' '/^[{]"case":"/ {
  for (i = 5; i <= NF; i++) if ($i == "state" && $(i + 4) == "receipts") { n = $(i + 5); gsub(/[^0-9]/, "", n); print "receipts/" $4 "/" $(i + 2), n, $(i + 8) }
}' | sort > "$work/stated"
comm -3 "$work/ends" "$work/stated" | awk '{ print "case.json states another number of receipts or another last one of " $1 " than is here" }' | sort -u | bads
# Between which leaves of each log the proofs stand, where case.json states it.
sed 's/[{]"origin":"/\n&/g' "$work/case" | awk -F'"' '/^[{]"origin":"/ { gsub(/[^0-9]/, "", $7); gsub(/[^0-9]/, "", $9); print $4, $7, $9 }' | sort > "$work/stated"
find log -path '*/proofs/*.tlog-proof' -exec awk 'FNR == 1 { at = "" } head { print $0, at; head = 0; at = "-" } /^index / && at == "" { at = $2 } /^$/ && at != "-" { head = 1 }' {} + 2>/dev/null \
  | awk '{ if (!($1 in from) || $2 + 0 < from[$1] + 0) from[$1] = $2; if (!($1 in to) || $2 + 0 > to[$1] + 0) to[$1] = $2 } END { for (o in from) print o, from[o], to[o] }' | sort > "$work/used"
! grep -q '"ranges":\[' "$work/case" || comm -3 "$work/stated" "$work/used" | awk '{ print "case.json states another part of " $1 " than the proofs here are of" }' | sort -u | bads
for what in documents erasures; do [ "$(member $what < "$work/case")" = "$(count $what -type f)" ] || bad "case.json states another number of $what than are here"; done
# The States of a case are those that case.json states.
sed 's/[{]"case":"/\n&/g' "$work/case" | sed -n 's/^{"case":"\([^"]*\)".*"requesting":{"state":"\([A-Z][A-Z]\)".*"requested":{"state":"\([A-Z][A-Z]\)".*/\1 \2 \3/p' > "$work/pairs"
awk 'NR == FNR { pair[$1] = $2 " " $3; next } { split(pair[$6], of, " "); for (i = 1; i <= 7; i += 6) if ($i != of[1] && $i != of[2]) print "there are receipts of " $i " or for it in " $6 ", whose States are stated as " pair[$6] }' "$work/pairs" "$work/peers" | sort -u | bads
# Of what is withheld or was erased only the digest is here: that is said, for nobody can judge it.
for f in erasures/*.cms; do [ ! -f "$f" ] || ! by_anybody "$f" || cat "$work/anybody" >> "$work/erased"; done
while read -r d; do
  if grep -qF "$d" "$work/erased" 2>/dev/null; then say "NOTE    the document $d was erased: its digest only is here"; else say "NOTE    the document $d is withheld: its digest only is here"; fi
done < "$work/withheld"

# part_of FILE KIND: whether the part of a cover is signed by a certificate that the cards of its State name for that, and named when it was signed.
part_of() { cms -in "$work/part" -CAfile "trust/$s/$1.pem" -out /dev/null && counted "$s" "$2" "$work/part" "$(signed_at "$work/part")"; }
# What a gateway says by itself bears the seal of its authority: that a deadline was missed, and what it records of an item.
by_itself() { by_anybody "$work/part" && grep -qE '^\{"v":1,"type":"act",.*"kind":"DEADLINE_MISSED"|^\{"v":1,"type":"custodyEvent",.*"recordedBy":\{"name":"gateway"' "$work/anybody"; }

# 5. Documents: named by their digest, sealed by a State; the parts of a cover signed by that State's persons and registries.
for f in documents/*.cms erasures/*.cms; do
  [ -f "$f" ] || continue
  [ "$(sha < "$f")" = "$(basename "$f" .cms)" ] || bad "$f has another digest"
  signed=no
  # What its log says of it is asked below. A record that only a message holds may not have been taken yet.
  made=$(signed_at "$f")
  if by_anybody "$f" && is_record; then echo "$(basename "$f" .cms) documents $made" >> "$work/records"; fi
  for s in $states; do
    for p in seals persons; do
      cms -in "$f" -CAfile "trust/$s/$p.pem" -out "$work/document" || continue
      # What is sealed bears a time of its own, too.
      own=$(sed -n 's/^{"v":1,"type":"\(cover\|erasure\)".*/\1/p' "$work/document")
      case $own in cover) own=$(seconds "$(member created < "$work/document")") ;; erasure) own=$(seconds "$(member time < "$work/document")") ;; *) own=$made ;; esac
      signed=late
      case $p in seals) counted "$s" seal "$f" "$made" "$own" ;; *) counted "$s" personAuthorities "$f" "$made" ;; esac && { signed=yes; break 2; }
    done
  done
  if [ $signed = late ] && grep -q '^{"v":1,"type":"receipt"' "$work/document"; then say "NOTE    $f: a receipt that proves nothing, for its seal did not count then"; continue; fi
  if [ $signed != yes ]; then
    # A custodian or witness need not be a person of the authorities: the signature holds, and who it is, is asked elsewhere.
    if by_anybody "$f" && is_record; then say "NOTE    $f: a record whose signer no card confirms"; else bad "$f is signed by nobody in the cards$([ $signed = no ] || echo ' of that time, or with a certificate that was not valid then')"; fi
    continue
  fi
  # An erasure says why something is not here.
  case $f in erasures/*)
    grep -q '^{"v":1,"type":"erasure"' "$work/document" && [ "$p" = seals ] || bad "$f is no erasure that a State sealed"
    continue ;;
  esac
  # A custody event: item, State, number, event before, its own digest, manifest.
  if grep -q '^{"v":1,"type":"custodyEvent"' "$work/document"; then
    keeper=$(sed -n 's/.*"recordedBy":{"name":"[^"]*","authority":"\([A-Z][A-Z]\)-.*/\1/p' "$work/document")
    [ "$keeper" = "$s" ] || bad "$f is a custody event of ${keeper:-no State} that $s signed"
    echo "$(member item < "$work/document") $keeper $(member seq < "$work/document")" \
      "$(member previous < "$work/document") $(sha < "$f") $(member manifestSha256 < "$work/document") $made" >> "$work/custody"
    continue
  fi
  # A second receipt with a number of a chain here: both together prove that the chain was split. Another State than the exporter could sign one at any time, to break the bundle of this one.
  if grep -q '^{"v":1,"type":"receipt"' "$work/document"; then
    issuer=$(party issuer "$work/document"); n=$(member seq < "$work/document")
    number "$n" && first=receipts/$(member case < "$work/document")/$issuer/$(printf %08d "$n").cms && [ -f "$first" ] && [ "$issuer" = "$s" ] && [ "$(sha < "$first")" != "$(sha < "$f")" ] \
      && if [ "$issuer" = "$exporter" ]; then bad "$issuer issued two receipts $n: $first and $f; keep both"; else unsure "$issuer issued two receipts $n: $first and $f; keep both, they prove that $issuer split its chain"; fi
    continue
  fi
  grep -q '^{"v":1,"type":"cover"' "$work/document" || continue
  [ "$p" = seals ] || bad "$f is a message that a person signed; no State sealed it"
  between=$(sed -n 's/^{"v":1,"type":"cover","message":"[^"]*","case":"[^"]*","suite":"\([^"]*\)".*"sender":{"state":"\([A-Z][A-Z]\)".*"recipient":{"state":"\([A-Z][A-Z]\)".*/\2 \3 \1/p' "$work/document")
  echo "$between" >> "$work/covers"
  # Whoever seals a message in the name of another State would make up its answers.
  [ "${between%% *}" = "$s" ] || bad "$f is a message of ${between%% *} that $s sealed"
  sed 's/.*"parts":\[//; s/},{"role"/}\n{"role"/g' "$work/document" | while read -r part || [ -n "$part" ]; do
    role=$(printf %s "$part" | member role)
    printf %s "$part" | member content | base64 -d > "$work/part" 2>/dev/null
    [ "$(sha < "$work/part")" = "$(printf %s "$part" | member sha256)" ] || bad "$f: the part $role has another digest"
    [ "$role" != manifest ] || sha < "$work/part" | tee -a "$work/sent" >> "$work/manifests"
    case $role in
      stamp) part_of stamps stamp || bad "$f: the stamp" ;;
      request | act | manifest | release | shipment | loss | custody | paper)
        [ "$role" != custody ] || ! by_anybody "$work/part" || ! is_record || echo "$(sha < "$work/part") message" >> "$work/records"
        part_of persons personAuthorities || { [ "$role" = custody ] && by_anybody "$work/part" && is_record; } || { by_itself && part_of seals seal; } || bad "$f: the signature on the part $role" ;;
    esac
  done
done

# Items: the manifest is one that was sent or that receipts name, and a disclosed file has the digest that it states.
: > "$work/held"
for m in evidence/*/manifest.cms; do
  [ -f "$m" ] || continue
  digest=$(sha < "$m"); echo "$digest" >> "$work/held"
  grep -qx "$digest" "$work/manifests" || { bad "$m was not sent, and no receipt names it"; continue; }
  if ! by_anybody "$m" || [ "$(member itemId < "$work/anybody")" != "$(basename "$(dirname "$m")")" ]; then bad "$m is of another item"; continue; fi
  content=$(dirname "$m")/content
  [ ! -f "$content" ] || [ "$(sed -n 's/.*"digests":\[{"algorithm":"SHA256","value":"\([0-9a-f]*\)".*/\1/p' "$work/anybody")" = "$(sha < "$content")" ] || bad "$content has another digest than its manifest states"
done
[ ! -f "$work/sent" ] || sort -u "$work/sent" | while read -r d; do
  grep -qx "$d" "$work/held" || bad "a manifest that was sent, $d, is not under evidence/"
done
for content in evidence/*/content; do [ ! -f "$content" ] || [ -f "$(dirname "$content")/manifest.cms" ] || bad "$content has no manifest"; done

# Custody events of an item, State by State: each names the one before by its digest, the first the manifest. A State may keep events for itself.
sort -k1,1 -k2,2 -k3,3n "$work/custody" | awk '{
  if ($1 " " $2 != chain) { chain = $1 " " $2; seq = 0; head = $6 }
  if ($3 == seq) print "two custody events of " $2 " for item " $1 " have the number " seq
  else if ($3 == seq + 1 && $4 != head) print "custody event " $3 " of " $2 " for item " $1 " does not follow the one before it"
  seq = $3; head = $5
}' | bads
# Where case.json says that each chain ends: the end of a chain cannot show that it was cut off.
sed -n 's/.*"custody":\[\([^]]*\)\].*/\1/p' "$work/case" | sed 's/},{/}\n{/g' | while read -r stated || [ -n "$stated" ]; do
  head=$(printf '%s\n' "$stated" | member head)
  [ -n "$head" ] || continue
  cut -d' ' -f5 "$work/custody" | grep -qxF "$head" && continue
  grep -qxF "$head" "$work/withheld" && continue
  bad "the custody events of $(printf '%s\n' "$stated" | member state) for item $(printf '%s\n' "$stated" | member item) are stated to end at $head, which is not here"
done
[ ! -s "$work/custody" ] || echo "custody $(wc -l < "$work/custody" | tr -d ' ') events of $(cut -d' ' -f1 "$work/custody" | sort -u | wc -l | tr -d ' ') items"

# 6. Log: every receipt stands in it (RFC 6962), its checkpoint is signed by the log's key and cosigned by witnesses (C2SP), as the cards name them.
# listed STATE NAME TYPE LIST: the keys of a State's log (LIST 1) or witness (2), or the certificates of its log (3), each once: its identifier under that name, a file with it, and the seconds
# from which to which its cards named it: a card is in force until the next one is issued.
listed() {
  awk "$text"'
    NF { n++; issued[n] = text("issued"); expires[n] = text("expires"); line[n] = $0 }
    END { for (i = 1; i <= n; i++) print issued[i], (i < n ? issued[i + 1] : expires[i]), line[i] }' "$work/cards-$1" \
  | sed -n 's/^\([^ ]* [^ ]*\) .*"log":{"keys":\[\([^]]*\)\],"cosigners":\[\([^]]*\)\],"certificates":\[\([^]]*\)\].*/\1 \'"$(($4 + 1))"'/p' | tr -d '"' \
  | awk '{ m = split($3, k, ","); for (i = 1; i <= m; i++) { if (!(k[i] in from)) from[k[i]] = $1; until[k[i]] = $2 } } END { for (x in from) print x, from[x], until[x] }' | sort \
  | while read -r k from until; do
    file=$work/key-$(printf %s "$k" | sha)
    if [ "$3" = 02 ]; then printf %s "$k" | base64 -d | openssl x509 -inform DER -noout -pubkey 2>/dev/null | openssl pkey -pubin -outform DER > "$file" 2>/dev/null; id=$(sha < "$file")
    else { unhex < "$work/ed25519"; printf %s "$k" | base64 -d; } > "$file"; id=$({ printf '%s\n' "$2"; printf "\\0$3"; printf %s "$k" | base64 -d; } | sha); fi
    echo "${id%"${id#????????}"} $file $(seconds "$from") $(seconds "$until")"
  done
}
# What stands before the 32 bytes of an Ed25519 key in DER.
printf 302a300506032b6570032100 > "$work/ed25519"
# Whether a time lies in a period, with five minutes to spare.
within() { [ "$1" -ge $(($2 - 300)) ] && [ "$1" -le $(($3 + 300)) ]; }
# signatures STATE NAME TYPE LIST: of the lines of a note under that name by keys of that list the time of the cosignature and the period of the key; fails when a line of a known key does not hold.
# The keys are looked up once: a bundle has hundreds of notes.
signatures() {
  local list=$work/listed-$1-$3-${2##*/} name= line blob id key from until when rest digest=
  [ "$3" != 02 ] || digest='-digest sha256'
  [ -f "$list" ] || listed "$@" > "$list"
  while read -r _ name line _ || [ -n "$name" ]; do
    [ "$name" = "$2" ] || continue
    blob=$(printf %s "$line" | base64 -d 2>/dev/null | hex)
    while read -r id key from until; do
      [ "$id" = "${blob%"${blob#????????}"}" ] || continue
      rest=${blob#????????}; when=0; cp "$work/body" "$work/message"
      if [ "$3" = 04 ]; then
        [ ${#blob} = 152 ] || return 1
        when=$((0x${rest%"${rest#????????????????}"})); rest=${rest#????????????????}
        { printf 'cosignature/v1\ntime %d\n' "$when"; cat "$work/body"; } > "$work/message"
      fi
      printf %s "$rest" | unhex > "$work/sig"
      openssl pkeyutl -verify -pubin -keyform DER -inkey "$key" -rawin -in "$work/message" -sigfile "$work/sig" $digest > /dev/null 2>&1 || return 1
      echo "$when $from $until"
    done < "$list" || return 1
  done < "$work/lines"
}
# Whether the log signed: with an Ed25519 key, and nothing under its certificates that does not hold.
by_log() { signatures "$1" "$2" 02 3 > /dev/null && signatures "$1" "$2" 01 1 > "$work/signed" && [ -s "$work/signed" ]; }
# Whether an origin names a log of the State: the year, and the number where it is not the first of that year.
is_log() { [ "${1#gateway-log/"$2"/}" != "$1" ] && printf '%s\n' "${1#gateway-log/"$2"/}" | grep -qxE '[2-9][0-9]{3}(-([2-9]|[1-9][0-9]))?'; }
# The place of a log among those of its State, as a number; in awk, and here.
place='function place(x) { sub(/.*\//, "", x); split(x, p, "-"); return p[1] * 100 + (p[2] == "" ? 1 : p[2]) }'
place() { echo "$1" | awk "$place"'{ print place($1) }'; }
# past_end STATE ORIGIN SIZE ROOT: why a checkpoint carries nothing, as the State's cards say of a log that it began on purpose behind the last good checkpoint; nothing where it does.
past_end() {
  awk -v s="$1" -v o="$2" -v n="$3" -v r="$4" "$place"'
    { said = "card " $6 " of " s " says that " }
    $1 == o && (n + 0 > $2 + 0 || n + 0 == $2 + 0 && (n "" != $2 "" || r != $3)) {
      print said o " ended with " $2 " leaves, when " $4 " was begun: " (n + 0 > $2 + 0 ? "a checkpoint of " n " leaves, and what is proved under it, carries nothing" : "that checkpoint has another root than this one, which carries nothing"); exit }
    place($1) < place(o) && place(o) < place($4) { print said $4 " follows " $1 ": what was begun under the name " o " between the two is not of " s; exit }' "$work/renewals-$1"
}
# parted FILE STATE: $work/body and $work/lines of a note, which the last empty line parts; its origin, leaves and root; fails where it is of no log of the State.
parted() {
  local n
  n=$(grep -n '^$' "$1" | tail -1 | cut -d: -f1); [ -n "$n" ] || return 1
  head -n $((n - 1)) "$1" > "$work/body"; tail -n +$((n + 1)) "$1" > "$work/lines"
  origin=$(sed -n 1p "$work/body"); leaves=$(sed -n 2p "$work/body"); root=$(sed -n 3p "$work/body"); tree="$origin $leaves $root"
  is_log "$origin" "$2"
}
# note FILE STATE: whether its log's signature and the cosignatures hold, once for the same bytes; who witnessed it, and since when.
note() {
  local known past by outside w when from until old counts later_witnesses later_made later_elsewhere
  # Which State's log it is, is asked each time: one note may stand below the proofs of two States.
  parted "$1" "$2" || return 1
  known=$(sha < "$1")
  if grep "^$known " "$work/notes" > "$work/before" 2>/dev/null; then read -r _ witnesses made elsewhere < "$work/before"; [ "$witnesses" != past ]; return; fi
  by_log "$2" "$origin" || return 1
  past=$(past_end "$2" "$origin" "$leaves" "$root")
  [ -z "$past" ] || { bad "$past"; echo "$known past" >> "$work/notes"; return 1; }
  by=; outside=; witnesses=0; made=$exported; old=$exported; : > "$work/named"
  for w in $states; do
    [ "$w" != "$2" ] || continue
    signatures "$w" "gateway-witness/$w" 04 2 > "$work/cosigned" || return 1
    counts=no
    while read -r when from until; do
      [ "$when" -le $((exported + 300)) ] || return 1
      [ "$when" -ge "$old" ] || old=$when
      # What a card of a State says of its own keys must not break the story of others: the line is passed over.
      within "$when" "$from" "$until" || { say "NOTE    $origin, $leaves leaves: $w cosigned $(date -u -d "@$when" +%Y-%m-%dT%H:%M:%SZ) with a key that its card did not name then; that does not count"; continue; }
      counts=yes; [ "$when" -ge "$made" ] || made=$when
      by="$by $w at $(date -u -d "@$when" +%Y-%m-%dT%H:%M:%SZ),"
    done < "$work/cosigned"
    if [ $counts = yes ]; then witnesses=$((witnesses + 1)); echo "gateway-witness/$w" >> "$work/named"; case " $parties " in *" $w "*) ;; *) outside="$outside $w" ;; esac; fi
  done
  # A checkpoint bears no time: it is as old as its first cosignature, whether that counts or not.
  while read -r _ from until; do within "$old" "$from" "$until" && echo x; done < "$work/signed" | grep -q x || return 1
  # As many as the State's own policy asks for, and at least one.
  # The policy is that of the logs it names: an older log had other witnesses.
  if [ "$witnesses" -gt 0 ] && grep -q "^log $origin+" "log/$2/policy.txt" 2>/dev/null; then
    # Witnesses and groups by name, each line after those that it names (C2SP tlog-policy).
    awk 'NR == FNR { cosigned[$1] = 1; next }
      $1 == "witness" { name = $3; sub(/[+].*/, "", name); met[$2] = name in cosigned }
      $1 == "group" { n = 0; for (i = 4; i <= NF; i++) n += met[$i]; met[$2] = n >= ($3 == "all" ? NF - 3 : $3 == "any" ? 1 : $3 + 0) }
      $1 == "quorum" { q = $2 }
      END { exit !(q == "none" || met[q]) }' "$work/named" "log/$2/policy.txt" || witnesses=0
  fi
  elsewhere=no; [ -z "$outside" ] || elsewhere=yes
  # What it is shown to have become has witnesses of its own, who saw all that stands under this one.
  awk -v of="$tree" '$1 " " $2 " " $3 == of { print $6, $7, $8 }' "$work/ways" > "$work/later" 2>/dev/null
  while read -r later_witnesses later_made later_elsewhere; do
    [ "$witnesses" -gt 0 ] || witnesses=$later_witnesses
    [ "$made" -le "$later_made" ] || made=$later_made
    [ "$later_elsewhere" = no ] || elsewhere=yes
  done < "$work/later"
  echo "$known $witnesses $made $elsewhere" >> "$work/notes"
  echo "$tree" >> "$work/roots"
  [ "$witnesses" -eq 0 ] || [ $elsewhere = yes ] || open_ "$origin, $leaves leaves: cosigned by the counterparty only; the two States together could still write both logs anew"
  say "log     $origin, $leaves leaves, cosigned by${by:- nobody}" | sed 's/,$//'
}
# Hashes in base64, one a line, as hexadecimal ones.
hashes() { while read -r step; do printf '%s\n' "$(printf %s "$step" | base64 -d 2>/dev/null | hex)"; done; }
node() { printf %s "01$1$2" | unhex | sha; }
# climb INDEX LAST SMALLER LARGER FILE: up a tree along the hashes in the file (RFC 9162, 2.1.3.2 and 2.1.4.2) to what it leads to, $smaller and $larger; a leaf has nothing smaller.
climb() {
  local fn=$1 sn=$2 step
  smaller=$3; larger=$4
  while read -r step; do
    [ ${#step} = 64 ] && [ "$sn" -ne 0 ] || return 1
    if [ $((fn & 1)) = 1 ] || [ "$fn" = "$sn" ]; then
      [ -z "$smaller" ] || smaller=$(node "$step" "$smaller")
      larger=$(node "$step" "$larger")
      while [ $((fn & 1)) = 0 ] && [ "$fn" -ne 0 ]; do fn=$((fn >> 1)); sn=$((sn >> 1)); done
    else larger=$(node "$larger" "$step"); fi
    fn=$((fn >> 1)); sn=$((sn >> 1))
  done < "$5" || return 1
  [ "$sn" = 0 ]
}
# included LEAF PROOF STATE: whether the path leads from the leaf to the root of the note, and the note holds; $index is where it stands.
included() {
  local leaf=$1
  sed -n '1p' "$2" | grep -qx 'c2sp.org/tlog-proof@v1' || return 1
  sed '1,/^$/d' "$2" > "$work/note"; note "$work/note" "$3" || return 1
  index=$(sed -n 's/^index //p' "$2" | head -1)
  number "$index" && number "$leaves" && [ "$index" -lt "$leaves" ] || return 1
  sed -n '/^index /,/^$/p' "$2" | sed '1d;$d' | hashes > "$work/path"
  climb "$index" $((leaves - 1)) "" "$({ printf '\000'; printf '%s\n' "$leaf"; } | sha)" "$work/path" && [ "$larger" = "$(printf %s "$root" | base64 -d 2>/dev/null | hex)" ] || return 1
  [ "$witnesses" -eq 0 ] || echo "$tree" >> "$work/counted-$3"
  case $leaf in *" epoch "*) return 0 ;; esac
  echo "$origin" >> "$work/origins"
  [ "$witnesses" -eq 0 ] || echo "$(place "$origin") $origin $index" >> "$work/logs-$3"
}
# grew OLD NEW ROOT ROOT HASHES: whether the larger tree became of the smaller one by growing only; roots in base64, hashes in hexadecimal.
grew() {
  local fn sn from to first
  number "$1" && number "$2" && [ "$1" -gt 0 ] && [ "$1" -lt "$2" ] || return 1
  from=$(echo "$3" | hashes); to=$(echo "$4" | hashes)
  fn=$(($1 - 1)); sn=$(($2 - 1))
  # A smaller tree that is a whole one is itself the first hash.
  { [ $(($1 & fn)) != 0 ] || echo "$from"; cat "$5"; } > "$work/way"
  while [ $((fn & 1)) = 1 ]; do fn=$((fn >> 1)); sn=$((sn >> 1)); done
  first=$(head -1 "$work/way"); sed 1d "$work/way" > "$work/rest"
  [ ${#first} = 64 ] && climb $fn $sn "$first" "$first" "$work/rest" && [ "$smaller" = "$from" ] && [ "$larger" = "$to" ]
}
# The ways of a State's logs from checkpoints under which something is proved here to larger ones, the largest first: whoever saw the one saw what stands under the other.
ways() {
  : > "$work/ways"
  find "log/$1/proofs" -name '*.tlog-proof' -exec awk 'FNR == 1 { at = 0 } at > 0 && at < 4 { text = text $0 " "; if (++at == 4) print text } at == 0 && /^$/ { at = 1; text = "" }' {} + 2>/dev/null | sort -u > "$work/under"
  ls "log/$1/growth" 2>/dev/null | sort -t. -k2,2nr > "$work/growths"
  while read -r name; do
    way=log/$1/growth/$name; sed '1,/^$/d' "$way" > "$work/note"; holds=no
    note "$work/note" "$1" && holds=yes
    from=${name#*.}; from=${from%.growth}
    [ $holds = yes ] && [ "$origin" = "gateway-log/$1/${name%%.*}" ] && [ "$(head -1 "$way")" = "old $from" ] || { bad "$way leads to no checkpoint of that log of $1 whose signatures hold"; continue; }
    sed -n '2,/^$/p' "$way" | sed '$d' | hashes > "$work/hashes"
    awk -v o="$origin" -v n="$from" '$1 == o && $2 == n { print $3 }' "$work/under" > "$work/bottoms"
    while read -r bottom; do
      if grew "$from" "$leaves" "$bottom" "$root" "$work/hashes"; then echo "$origin $from $bottom $leaves $root $witnesses $made $elsewhere" >> "$work/ways"
      else bad "$way does not lead from the checkpoint of $from leaves, under which something is proved here, to that of $leaves leaves: the log was not only added to"; fi
    done < "$work/bottoms"
  done < "$work/growths"
}
# late SECONDS WHAT: of which nobody is shown to have seen it in the log within 72 hours of its date, while the log under it counts.
late() { [ $((made - $1)) -le 259200 ] || unsure "$2: nobody is shown to have seen it in the log of $l within 72 hours of its date"; }
# lacking SECONDS WHAT LOGGED HELD: what has no proof under a witnessed checkpoint, by its age at the export; whether the log holds it, and whether the State had it then.
lacking() {
  age=$((exported - $1))
  if [ $age -gt 259200 ] && [ $others = yes ] && [ "$3" = yes ]; then unsure "$2: too few witnesses saw it in 72 hours; nobody but the log of $l vouches for it"
  elif [ $age -gt 259200 ] && [ $others = yes ] && [ "$4" = yes ]; then bad "$2: no witness saw it in 72 hours, so it counts as never logged"
  # Who exports writes the date to which the hours are counted.
  elif [ $((now - exported)) -gt 259200 ] && [ $others = yes ]; then unsure "$2: no witness had seen it when this bundle was made, as its exporter dates it; ask for one that is made now"
  elif [ $age -gt 86400 ]; then open_ "$2: no witness saw it in 24 hours"
  else say "NOTE    $2: no witness saw it yet, which is usual for a day"; fi
}
# What is asked of the log of $l, one a line: kind of leaf, digest, date, whether the State had it then, whether its gateway made it then, whether its lack is named, chain and number by which it stands in order, file.
asked() {
  local t r kind held had item s seq digest where file by=no
  [ "$l" != "$exporter" ] || by=yes
  while read -r t r; do
    kind=receipt; held=yes; file=${r%/*}
    if [ "${file##*/}" != "$l" ]; then
      # What the other State issued is logged when it comes: the State had it when a receipt of its own names it.
      kind=received
      had=$(awk -v c="$(basename "${file%/*}")" -v s="$l" -v n="$(basename "$r" .cms | sed 's/^0*//')" '$1 == c && $2 == s && $3 + 0 >= n + 0 { print $4; exit }' "$work/knew")
      if [ -n "$had" ]; then t=$had; else held=no; fi
    fi
    echo "$kind $(sha < "$r") $t $held $([ $kind = receipt ] && echo yes || echo no) yes $file $(basename "$r" .cms) $r"
  done < "$work/times"
  # Events are logged where they are kept: those of the exporter when they are signed, those of the other side when they come.
  while read -r item s seq _ digest _ t; do
    if [ "$s" = "$l" ]; then echo "custody $digest $t yes $by $by custody/$item/$s $seq documents/$digest.cms"; else echo "custody $digest $t no no $by - - documents/$digest.cms"; fi
  done < "$work/custody"
  # Records are logged where they are kept, when they come; a record that only a message holds may not have been taken yet.
  sort "$work/records" | awk '!known[$1]++' | while read -r digest where t; do
    if [ "$where" = documents ]; then echo "custody $digest $t no no $by - - documents/$digest.cms"; else echo "custody $digest 0 no no no - - the record $digest"; fi
  done
  # A verdict is logged where it was made.
  for file in recognition/*.record.json; do [ ! -f "$file" ] || echo "audit $(sha < "$file") $(seconds "$(member time < "$file")") yes $by $by - - $file"; done
  # What another State erased was told to the exporter, who logged it when it heard of it.
  for file in erasures/*.cms; do
    [ -f "$file" ] || continue
    if cms -in "$file" -CAfile "trust/$l/seals.pem" -out "$work/erasure"; then echo "erasure $(sha < "$file") $(seconds "$(member time < "$work/erasure")") yes no yes - - $file"
    else echo "erasure $(sha < "$file") 0 yes no told - - $file"; fi
  done
}
# proved KIND DIGEST WHAT: whether the log of $l holds that leaf ($logged), and how many saw it there ($witnesses); fails, and says so, where a proof does not hold.
proved() {
  local proof=log/$l/proofs/$2.tlog-proof
  logged=no; witnesses=0
  [ -f "$proof" ] || return 0
  if included "gwlog/v1 $1 $2" "$proof" "$l"; then logged=yes; else bad "$proof does not prove $3"; return 1; fi
}
parties=$({ cut -d/ -f3 "$work/receipts"; cut -d' ' -f1 "$work/peers"; tr ' ' '\n' < "$work/covers"; grep -o '"\(requesting\|requested\|exporter\)":{"state":"[A-Z][A-Z]"' "$work/case" | sed 's/.*"\([A-Z][A-Z]\)"$/\1/'; } | grep -x '[A-Z][A-Z]' | sort -u | tr '\n' ' ')
# A party that no gateway serves: it sealed nothing here, nobody holds a receipt of it, and what goes to it was sealed for paper, or was erased by who exports.
on_paper() {
  ! cut -d/ -f3 "$work/receipts" | grep -qx "$1" && awk -v p="$1" '$1 == p || $2 == p && $3 != "PAPER" { exit 1 }' "$work/covers" && awk -v p="$1" '$1 == p && $2 != 0 { exit 1 }' "$work/peers" || return 1
  ! cut -d' ' -f2 "$work/covers" | grep -qx "$1" || return 0
  awk -v p="$1" '$1 == p && $4 ~ /^(RelayToNonERDS|ReceivedFromNonERDS)$/ && $5 == "null" { found = 1 } END { exit !found }' "$work/peers" || return 1
  for cover in $(awk -v p="$1" '$1 == p && $3 != "null" { print $3 }' "$work/peers"); do grep -F '"authority":{"state":"'"$exporter"'"' "$work/erased" | grep -qF "\"$cover\"" || return 1; done
}
paper=' '
for s in $parties; do
  if on_paper "$s"; then
    paper="$paper$s "; say "NOTE    $s is reached on paper: it sealed nothing here, and what it did is the word of $exporter"
    case " $* " in *" $s="*) unsure "you brought the card key of $s, and nothing here is sealed by it: ask $s whether it had a gateway at that time" ;; esac
  elif [ ! -s "$work/cards-$s" ]; then bad "there is no card of $s: nothing shows who sealed for it"; fi
done
# The end of a chain is known from the other one.
awk -F/ '{ n[$2 " " $3] = $4 + 0 } END { for (c in n) print c, n[c] }' "$work/receipts" | sort > "$work/lengths"
while read -r case_ s n; do
  if [ "$(grep -c "^$case_ " "$work/lengths")" = 1 ]; then
    for peer in $(awk -v c="$case_" '$6 == c { print $1 }' "$work/peers" | sort -u); do case $paper in *" $peer "*) ;; *) open_ "in case $case_ only $s issued receipts; nothing here shows what $peer did" ;; esac; done
  else
    reached=$(awk -v c="$case_" -v s="$s" '$1 == c && $2 != s && $3 + 0 > max { max = $3 + 0 } END { print max + 0 }' "$work/knew")
    [ "$reached" -ge "$n" ] || open_ "in case $case_ the other State names the receipts of $s up to $reached of $n: nothing here shows that $n is the last"
  fi
done < "$work/lengths"
# Where no other State here keeps a log, as in a case that runs on paper, there may be nobody who could witness.
others=no
for s in $states; do
  [ "$s" = "$exporter" ] || ! grep -q '"log":{' "$work/cards-$s" || others=yes
done
[ -d log ] || open_ "there is no log in the bundle: nobody but the two States witnessed it"
# Who exports decides what is in the bundle: a log that its card names is asked for, whether or not anything of it is here.
for l in $( { for d in log/*/; do [ ! -d "$d" ] || [ -z "$(ls "$d" | grep -vx conflicts)" ] || basename "$d"; done; grep -q '"log":{' "$work/cards-$exporter" && echo "$exporter"; } | sort -u); do
  receipts=0
  [ -f "trust/$l/seals.pem" ] || { bad "log/$l belongs to a State without a card"; continue; }
  ways "$l"
  [ ! -f "log/$l/checkpoint" ] || note "log/$l/checkpoint" "$l" || bad "log/$l/checkpoint is not signed by the log of $l, or a signature on it does not hold"
  asked > "$work/asked"
  while read -r kind digest t held made_here due chain seq file; do
    proved "$kind" "$digest" "$file" || continue
    [ $logged = no ] || [ "$chain" = - ] || echo "$chain $seq $origin $index" >> "$work/order-$l"
    if [ "$witnesses" -gt 0 ]; then
      case $kind in receipt | received) receipts=$((receipts + 1)) ;; esac
      [ "$made_here" = no ] || late "$t" "$file"
    elif [ "$due" = yes ]; then lacking "$t" "log of $l: $([ $logged = yes ] || echo "no proof of ")$file" $logged "$held"
    elif [ "$due" = told ]; then open_ "log of $l: no witness saw $file"; fi
  done < "$work/asked"
  # A log grows at its end, and when it begins the one before has ended: the later receipt of a chain cannot stand before the earlier one.
  touch "$work/order-$l"; sort -k1,1 -k2,2n "$work/order-$l" | awk "$place"'{
    if (($1, $3) in at && $4 + 0 <= at[$1, $3]) print $1 "/" $2 " stands at index " $4 " of " $3 ", one before it at " at[$1, $3] ": it was logged in another order"
    at[$1, $3] = $4 + 0
    if ($1 ~ /^custody/) next
    if (place($3) < newest[$1]) print $1 "/" $2 " stands in " $3 ", one before it in a log that began when that had ended"; else newest[$1] = place($3)
  }' | sed "s,^,log/$l: ," | bads
  # At one place of a log stands one leaf, whatever the sizes of the checkpoints above it.
  touch "$work/logs-$l"; sort "$work/logs-$l" | uniq -d | awk -v l="$l" '{ print "log/" l ": two different leaves are proved at index " $3 " of " $2 ": keep both proofs" }' | bads
  # A log with a number behind its year, or one after another, shows where the one before ended: else a State could write in the one what the other never held.
  first=yes
  for o in $(sort -n "$work/logs-$l" | cut -d' ' -f2 | uniq); do
    case $first${o##*/} in yes*-*) ;; yes*) first=no; continue ;; esac
    first=no; follows=; latest=0; end=0; own=$(place "$o")
    announced=$(awk -v o="$o" '$4 == o { print $5; exit }' "$work/renewals-$l"); as_announced=no
    for p in $(grep -l '^extra ' log/"$l"/proofs/*.tlog-proof 2>/dev/null); do
      digest=$(basename "$p" .tlog-proof); sed -n 's/^extra //p' "$p" | head -1 | base64 -d > "$work/followed" 2>/dev/null
      [ "$(sha < "$work/followed")" = "$digest" ] && included "gwlog/v1 epoch $digest" "$p" "$l" && [ "$origin" = "$o" ] || continue
      # Neither itself nor a log after it is the one before; of several the latest counts, and of that the largest end.
      parted "$work/followed" "$l" && number "$leaves" && q=$(place "$origin") && [ "$q" -lt "$own" ] && by_log "$l" "$origin" || continue
      [ "$digest" != "$announced" ] || as_announced=yes
      if [ "$q" -gt "$latest" ] || { [ "$q" -eq "$latest" ] && [ "$leaves" -gt "$end" ]; }; then follows=$origin; latest=$q; end=$leaves; fi
    done
    if [ -z "$follows" ]; then unsure "$o does not show which log of $l it follows: a State that keeps two logs can write in the one what the other never held"; continue; fi
    last=$(awk -v o="$follows" '$2 == o { print $3 }' "$work/logs-$l" | sort -n | tail -1)
    between=$(awk -v from="$latest" -v to="$own" '$1 > from && $1 < to { print $2; exit }' "$work/logs-$l")
    if [ -n "$last" ] && [ "$last" -ge "$end" ]; then bad "$o says that $follows ended with $end leaves; what is proved here stands at index $last of it: the log was written on beside its successor"
    elif [ -n "$between" ]; then unsure "$o says that it follows $follows, and what is proved here under $between came between: a State that keeps two logs can write in the one what the other never held"
    elif [ -n "$announced" ]; then
      said=$(awk -v o="$o" -v l="$l" -v ok=$as_announced '$4 == o { w = $7; for (i = 8; i <= NF; i++) w = w " " $i; print ok == "yes" ? "as card " $6 " of " l " says: " w : "card " $6 " of " l " says that " o " was begun behind " $2 " leaves of " $1; exit }' "$work/renewals-$l")
      if [ $as_announced = yes ]; then say "log     $o follows $follows, $end leaves, $said"
      else unsure "$said; what is proved here under that name does not show so, and somebody else may have begun it"; fi
    else echo "log     $o follows $follows, $end leaves"; fi
  done
  # Under one log: of checkpoints that are not shown to be of one tree each could be of another story, with other witnesses.
  touch "$work/counted-$l"
  { sed 's/$/ counts/' "$work/counted-$l"; awk '$6 > 0 { print $1, $4, $5 }' "$work/ways"; } | sort -u | sort -k1,1 -k2,2nr | awk -v ways="$work/ways" '
    BEGIN { while ((getline < ways) > 0) to[$1 " " $2 " " $3] = to[$1 " " $2 " " $3] " " $4 ":" $5 }
    $1 != o { o = $1; end = $2; reaches[$1 " " $2 " " $3] = 1 }
    { k = $1 " " $2 " " $3; n = split(to[k], steps, " "); for (i = 1; i <= n; i++) { split(steps[i], at, ":"); if ((o " " at[1] " " at[2]) in reaches) reaches[k] = 1 }
      if (!(k in reaches) && $4 == "counts") print o, $2, end }' > "$work/apart"
  while read -r o from to; do unsure "what is proved here stands under checkpoints of $o of $from and $to leaves, and nothing shows that the one became the other by growing only"; done < "$work/apart"
  echo "log     of $l: $receipts of $(wc -l < "$work/receipts" | tr -d ' ') receipts proved"
done

# A log has one root at a size: two that its key signed are two stories.
sort -u "$work/roots" | awk 'had[$1 " " $2]++ == 1 { print "two checkpoints of " $1 " of " $2 " leaves have different roots: keep both, they prove that the log was split" }' | bads

# Two checkpoints of one size with different roots, both signed by the log, prove that it was split; as with receipts, another State could sign a second one at any time.
for f in log/*/conflicts/*.first; do
  [ -f "$f" ] || continue
  l=$(printf '%s\n' "$f" | cut -d/ -f2); g=${f%first}second
  if [ -f "trust/$l/seals.pem" ] && [ -f "$g" ] && parted "$f" "$l" && by_log "$l" "$origin" && one=$tree && parted "$g" "$l" && by_log "$l" "$origin" && [ "${one% *}" = "${tree% *}" ] && [ "$one" != "$tree" ]; then
    said="$l signed two checkpoints of $origin of $leaves leaves with different roots: $f and $g; keep both, they prove that $l split its log"
    # A log in which nothing stands that is here says nothing of it.
    if ! grep -qxF "$origin" "$work/origins"; then say "NOTE    $said; nothing that is here stands in that log"
    elif [ "$l" = "$exporter" ]; then bad "$said"; else unsure "$said"; fi
  else echo "NOTE    $f and second prove nothing"; fi
done

# 7. Verdict.
[ ! -s "$work/broken" ] || stop 1 "BROKEN"
for s in $parties $states; do case "$paper$* " in *" $s="* | *" $s "*) ;; *) stop 3 "CONSISTENT, identities not confirmed" ;; esac; done
[ ! -s "$work/unsure" ] || stop 3 "CONSISTENT, not confirmed: see what is OPEN above"
ended=yes
echo "VALID: nothing contradicts, and every State is confirmed by the fingerprints given$([ -s "$work/open" ] && echo '; see what is OPEN above')"
