# The stagehands of demo.sh: showing commands, starting and stopping gateways, waiting, filling in forms. Sourced, not run.
# shellcheck shell=bash disable=SC2154  # here, out, stay, evidence come from demo.sh

gateways=()   # process ids of the gateways
watchers=()   # process ids of what shows receipts
number=0      # of the command shown last
last=         # file with its output
chapters=0
most_lines=30 # of output that are shown whole
started=$SECONDS

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi

# ── telling ────────────────────────────────────────────────────────────────────────────────────────────────────────────
chapter() { chapters=$((chapters + 1)); printf '\n%s== %d. %s%s\n' "$bold" "$chapters" "$1" "$plain"; }
say() { printf '\n%s\n' "$1" | fold -s -w 120; }
fail() {
  printf '\n%sNOT AS IT SHOULD BE:%s %s\n' "$bold" "$plain" "$1" >&2
  [ -n "$last" ] && [ -f "$last" ] && { echo "the last output, $last:" >&2; tail -40 "$last" >&2; }
  exit 1
}

# A command as one could type it.
shown() {
  local word line=
  for word in "$@"; do
    word=${word/#$here\//}
    [[ $word =~ ^[A-Za-z0-9_./:=@%+,-]+$ ]] || word="'${word//\'/\'\\\'\'}'"
    line+=" $word"
  done
  printf '%s$%s%s\n' "$bold" "$line" "$plain"
}

# Long output is cut in the middle; the whole is kept.
excerpt() {
  local lines
  lines=$(wc -l < "$1")
  {
    if [ "$lines" -le "$most_lines" ]; then
      cat "$1"
    else
      head -18 "$1"
      printf '%s… %d more lines in %s%s\n' "$dim" $((lines - 24)) "${1#"$out/"}" "$plain"
      tail -6 "$1"
    fi
  } | sed 's/ *$//; /^$/d; s/^/  /'
}

# ends_with CODE COMMAND...: shows it, runs it, shows what it said; any other exit code ends the demonstration.
ends_with() {
  local want=$1 code=0
  shift
  echo
  shown "$@"
  number=$((number + 1))
  last=$out/work/log/$(printf %03d "$number").txt
  "$@" > "$last" 2>&1 || code=$?
  excerpt "$last"
  [ "$code" -eq "$want" ] || fail "the command ended with $code and should have ended with $want"
}

run() { ends_with 0 "$@"; }

# whole COMMAND...: as run, and nothing is cut.
whole() {
  local most=$most_lines
  most_lines=1000
  run "$@"
  most_lines=$most
}

# refused CODE COMMAND...: it must be refused with this code, and nothing else may be wrong.
refused() {
  local code=$1
  shift
  ends_with 1 "$@"
  says "$code"
}

# judged CODES WORD COMMAND...: a verdict that begins with the word and ends with one of the codes. Shown: headline and findings.
judged() {
  local codes=$1 word=$2 code=0
  shift 2
  echo
  shown "$@"
  number=$((number + 1))
  last=$out/work/log/$(printf %03d "$number").txt
  "$@" > "$last" 2>&1 || code=$?
  sed -n '1p; /^Findings/,/^$/p' "$last" > "$last.short"
  excerpt "$last.short"
  printf '  %sthe whole report: %s; exit code %s%s\n' "$dim" "${last#"$out/"}" "$code" "$plain"
  [[ " $codes " == *" $code "* ]] || fail "the verdict ended with $code and should have ended with ${codes// / or }"
  head -1 "$last" | grep -qE "^($word)" || fail "the verdict should be $word"
}

# verdict WORD: what the last report begins with.
verdict() { head -1 "$last" | grep -q "^$1" || fail "the verdict should be $1"; }

says() { grep -qF -- "$1" "$last" || fail "expected '$1' in the output"; }

# Output only when it fails.
quiet() {
  shown "$@"
  number=$((number + 1))
  last=$out/work/log/$(printf %03d "$number").txt
  "$@" > "$last" 2>&1 || fail "the command ended with $?"
}

# value NAME: what stands beside a name in the last output.
value() {
  local found
  found=$(sed -n "s/^$1   *//p" "$last" | head -1)
  [ -n "$found" ] || fail "no '$1' in the output"
  printf '%s' "$found"
}

# ── beginning and end ──────────────────────────────────────────────────────────────────────────────────────────────────
begin() {
  local tool
  for tool in dotnet openssl python3 unzip; do
    command -v "$tool" > /dev/null || { echo "demo.sh: $tool is missing" >&2; exit 3; }
  done
  if [ -e "$out" ] && [ ! -f "$out/work/.demo" ] && [ -n "$(ls -A "$out")" ]; then
    echo "demo.sh: $out holds something else; choose an empty folder" >&2
    exit 2
  fi
  if [ -f "$out/work/pids" ] && xargs -r ps -o args= -p < "$out/work/pids" 2> /dev/null | grep -q 'gateway serve'; then
    echo "demo.sh: an earlier demonstration still runs here; stop it: $out/work/stop.sh" >&2
    exit 2
  fi
  rm -rf "$out"
  mkdir -p "$out/work/log" "$out/work/forms" "$out/work/evidence"
  touch "$out/work/.demo"
  cd "$out"
  export GATEWAYCTL_CONFIG=$out/work/contexts/contexts.json
  trap 'stop_all $?' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

stop_all() {
  trap - EXIT
  set +e
  [ "$1" -eq 0 ] || printf '\nThe demonstration stopped (%s). What was said and written is in %s.\n' "$1" "$out/work" >&2
  if [ ${#watchers[@]} -gt 0 ]; then
    kill "${watchers[@]}" 2> /dev/null
  fi
  if [ "$stay" = yes ] && [ "$1" -eq 0 ]; then
    exit 0
  fi
  if [ ${#gateways[@]} -gt 0 ]; then
    kill -TERM "${gateways[@]}" 2> /dev/null
    local waited=0
    while kill -0 "${gateways[@]}" 2> /dev/null && [ "$waited" -lt 300 ]; do
      sleep 0.1
      waited=$((waited + 1))
    done
    kill -KILL "${gateways[@]}" 2> /dev/null
  fi
  exit "$1"
}

finish() {
  kill "${watchers[@]}" 2> /dev/null || true
  wait "${watchers[@]}" 2> /dev/null || true
  watchers=()
  chapter "Done"
  printf 'All %d chapters went as they should, in %d seconds.\n' $((chapters - 1)) $((SECONDS - started))
  printf '  %s\n      %s\n' "$out/case.zip" "the bundle" "$out/case.html" "the verdict, for paper" "$out/trust/" "the cards, anchors for gateway-verify" \
    "$out/received/" "the evidence as decrypted by XA" "$out/gateway-verify.json" "the verdict, for programs"
  [ "$stay" = yes ] || return 0
  printf '%s\n' "${gateways[@]}" > work/pids
  printf '#!/usr/bin/env bash\nkill %s\n' "${gateways[*]}" > work/stop.sh
  printf 'export GATEWAYCTL_CONFIG=%q\nexport PATH=%q:$PATH\n' "$GATEWAYCTL_CONFIG" "${PATH%%:"${PATH#*:*:*:}"}" > work/env.sh
  chmod +x work/stop.sh
  cat <<TEXT

All gateways are still running. To use them:
  . $out/work/env.sh
  gatewayctl context list
  gatewayctl inbox --context xb-lawyer
  gatewayctl watch --context xa-lawyer
To stop them:
  $out/work/stop.sh
TEXT
}

# ── gateways ───────────────────────────────────────────────────────────────────────────────────────────────────────────
declare -A port

free_port() {
  local candidate
  while :; do
    candidate=$((20000 + RANDOM % 12000))
    [[ " ${port[*]-} " == *" $candidate "* ]] && continue
    (exec 3<> "/dev/tcp/127.0.0.1/$candidate") 2> /dev/null && continue
    printf '%s' "$candidate"
    return
  done
}

pair() { printf '{ "Certificate": "%s.crt", "Key": "%s.key" }' "$1" "$1"; }

# authority STATE SHORT NAME ROLE [SHORT NAME OF THE AUTHORITY ABOVE IT]
authority() {
  local keys=../pki/$1/authorities/$1-$2
  cat <<JSON
      {
        "Id": "$1-$2", "Name": "$3", "Roles": ["$4"], "Endpoint": "https://localhost:${port[$1-exchange]}",
        "Parent": "${5:+$1-$5}", "TimeZone": "Europe/Paris", "CallBackPhone": "+999 1 555 0147",
        "Seal": $(pair "$keys/seal"), "Stamp": $(pair "$keys/stamp"),
        "Encryption": $(pair "$keys/encryption"), "Evidence": $(pair "$keys/evidence")
      }
JSON
}

write_configuration() {
  local state=$1 service
  for service in exchange operator health; do
    port[$state-$service]=$(free_port)
  done
  mkdir -p "work/$state"
  cat > "work/$state/gateway.json" <<JSON
{
  "Gateway": { "State": "$state", "DataFolder": "data" },
  "Listen": {
    "Exchange": "127.0.0.1:${port[$state-exchange]}",
    "Operator": "127.0.0.1:${port[$state-operator]}",
    "Health": "127.0.0.1:${port[$state-health]}"
  },
  "Keys": {
    "Tls": $(pair "../pki/$state/gateway/tls"),
    "UserAuthority": "../pki/$state/root/root.crt",
    "PersonAuthorities": ["../pki/$state/root/root.crt"],
    "Authorities": [
$(authority "$state" CA "Central Authority of $state" CENTRAL_AUTHORITY_MLA),
$(authority "$state" CP "24-7 Contact Point of $state" CONTACT_POINT_24_7),
$(authority "$state" PO "Prosecution Office of $state" COMPETENT_AUTHORITY CA),
$(authority "$state" LAB "Forensic Laboratory of $state" FORENSIC_LAB PO)
    ]
  },
  "Profile": { "Languages": ["en"], "ContactPointDecides": true, "LoneReleaseReviewHours": 48 }
}
JSON
}

is_ready() {
  local answer
  exec 9<> "/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&9
  read -r -t 2 answer <&9
  [[ $answer == *" 200 "* ]]
}

start_gateway() {
  local state=$1 log=work/$1/gateway.log waited=0
  shown gateway serve --config "work/$state/gateway.json" '&'
  gateway serve --config "work/$state/gateway.json" > "$log" 2>&1 &
  gateways+=($!)
  last=$log
  until (is_ready "${port[$state-health]}") 2> /dev/null; do
    kill -0 "${gateways[-1]}" 2> /dev/null || fail "the gateway of $state ended"
    waited=$((waited + 1))
    [ "$waited" -lt 150 ] || fail "the gateway of $state was not ready after 30 seconds"
    sleep 0.2
  done
  echo "  ready: peers on port ${port[$state-exchange]}, people on ${port[$state-operator]}"
}

# ── people ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
context() {
  local state=$1 person=$2 keys=work/pki/$1/persons/$2
  quiet gatewayctl context add "${state,,}-$person" --endpoint "https://localhost:${port[$state-operator]}" --server-cert "work/pki/$state/root/root.crt" \
    --client-cert "$keys/client.crt" --client-key "$keys/client.key" --sign-cert "$keys/signing.crt" --sign-key "$keys/signing.key"
}

# user STATE PERSON AUTHORITY ROLE
user() {
  local keys=work/pki/$1/persons/$2
  quiet gatewayctl user add "$2" --authority "$3" --role "$4" --client-cert "$keys/client.crt" --sign-cert "$keys/signing.crt" --context "${1,,}-administrator"
  context "$1" "$2"
}

# introduce STATE STATE FINGERPRINT FINGERPRINT: the whole ceremony between two, in both directions; the cards lie in trust/.
introduce() {
  local one=${1,,} other=${2,,}
  quiet gatewayctl peer add "trust/$1.card" --fingerprint "$3" --context "$other-administrator"
  quiet gatewayctl peer approve "$1" --fingerprint "$3" --context "$other-deputy-administrator"
  quiet gatewayctl peer add "trust/$2.card" --fingerprint "$4" --context "$one-administrator"
  quiet gatewayctl peer approve "$2" --fingerprint "$4" --context "$one-deputy-administrator"
}

# ── waiting ────────────────────────────────────────────────────────────────────────────────────────────────────────────
# until_says SECONDS TEXT COMMAND...: repeats the command, shown once, until its output holds the text.
until_says() {
  local seconds=$1 text=$2 end=$((SECONDS + $1))
  shift 2
  echo
  shown "$@"
  number=$((number + 1))
  last=$out/work/log/$(printf %03d "$number").txt
  until "$@" > "$last" 2>&1 && grep -qF -- "$text" "$last"; do
    [ "$SECONDS" -lt "$end" ] || fail "no '$text' within $seconds seconds"
    sleep 0.3
  done
  excerpt "$last"
}

# arrives CASE STATE PERSON WORD: the case stands so at that gateway.
arrives() { until_says 60 "$4" gatewayctl case show "$1" --context "${2,,}-$3"; }
item_arrives() { until_says 300 "$4" gatewayctl evidence status "$1" --context "${2,,}-$3"; }

# The lines of gatewayctl watch that are about receipts: cursor, time, kind, case, subject, event, State, number.
show_receipts() {
  local time kind event state seq
  while read -r _ time kind _ _ event state seq _; do
    [[ $kind == receipt.* ]] && printf '  %s⇢ at %s  %s  %-8s  %s of %s, no. %s%s\n' "$dim" "$1" "${time:11:12}" "${kind#receipt.}" "$event" "$state" "$seq" "$plain"
  done
}

# From here on, both sides' receipts are shown as they are issued and as they arrive.
watch_receipts() {
  local state
  say "From here on, receipts are shown as they are issued and as they arrive."
  shown gatewayctl watch --context xa-auditor '&'
  for state in XA XB; do
    gatewayctl watch --context "${state,,}-auditor" 2> "work/log/watch-$state.txt" > >(show_receipts "$state") &
    watchers+=($!)
  done
}

# ── what people write: the samples, with today's dates and this run's ids ──────────────────────────────────────────────
sample() { sed -e 's/\(X[AB]\)-CP-247/\1-CP/g' "$here/deploy/samples/$1.json"; }
at() { date -d "$1" +%FT%T%:z; }
hours_ahead() { at "+$1 hours"; }

write_preservation() { sample preserve-data | sed "s|\"estimatedDataLossAt\": \"[^\"]*\"|\"estimatedDataLossAt\": \"$(at '+3 days')\"|"; }

# write_content_request PRESERVATION_CASE PRESERVATION_MESSAGE ORDER
write_content_request() {
  local digest
  digest=$(sha256sum < "$3" | cut -d' ' -f1)
  sample stored-content-data | sed \
    -e "s|\"case\": \"XA-0*\"|\"case\": \"$1\", \"message\": \"$2\"|" \
    -e "s|\"documentSha256\": \"[^\"]*\"|\"documentSha256\": \"$digest\"|" \
    -e "s|^  \"languages\"|  \"attachments\": [{ \"name\": \"$(basename "$3")\", \"type\": \"JUDICIAL_AUTHORISATION\", \"mediaType\": \"text/plain\", \"sizeBytes\": $(wc -c < "$3"), \"sha256\": \"$digest\", \"language\": \"en\" }],\n&|"
}

without_authorisation() { sed '/^  "judicialAuthorisation": {/,/^  },/d' "$1"; }

# write_intake FILE NUMBER: an image as in the sample, or some other file.
write_intake() {
  local name other=()
  name=$(basename "$1" | tr -cd 'A-Za-z0-9._ -')
  [[ $1 == *.img || $1 == *.dd || $1 == *.raw ]] || other=(-e 's|"FORENSIC_IMAGE"|"LOGICAL_COPY"|; s|"PHYSICAL_IMAGE"|"LOGICAL"|; s|"RAW"|"OTHER"|'
    -e "s|\"description\": \"[^\"]*\"|\"description\": \"The file '$name', found on the preserved disk of the server 198.51.100.20 that the request names.\"|")
  sample intake | sed -e "s|\"exhibitNumber\": \"[^\"]*\"|\"exhibitNumber\": \"XB-EX-2026-031/$2\"|" "${other[@]}"
}

# make_image FILE: a file system of 300 MiB with some 240 MiB of this machine's own files in it.
make_image() {
  local stage=work/evidence/stage
  say "No file was named, so a file-system image is made from files of this machine."
  mkdir -p "$stage"
  find /usr/share /usr/lib -xdev -type f -size +64k -size -4M -readable -printf '%s\t%p\n' 2> /dev/null | LC_ALL=C sort -k2 \
    | awk -F'\t' '(sum += $1) < 240 * 1048576 { print $2 }' > work/evidence/files.txt
  tar -c --files-from=work/evidence/files.txt 2> /dev/null | tar -x -C "$stage"
  PATH=$PATH:/usr/sbin:/sbin run mke2fs -q -t ext4 -L XB-2026-17 -d "$stage" "$1" 300M
  rm -rf "$stage"
  run ls -l "$1"
  evidence=("$out/$1")
}
