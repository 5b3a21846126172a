# A chapter of demo.sh: the laboratory's isolated imaging machine. Sourced, not run.
# shellcheck shell=bash disable=SC2154  # case, message, out, last come from demo.sh

chapter "On a machine without a network, a folder is packed, cut at 60 %, and goes on"
say "Many small files become one item with a list and a salted tree over them, so that one file can be shown later without the others."
seized=work/evidence/seized
mkdir -p $seized/letters $seized/backup
for i in $(seq -w 1 40); do printf 'Letter %s of the seized server, in the folder that the request names.\n' "$i" > "$seized/letters/$i.txt"; done
head -c 10M /dev/urandom > $seized/backup/mail.bin
ln -s ../backup/mail.bin $seized/letters/mail
mkfifo $seized/backup/pipe
write_intake $seized 9 | sed "s|\"request\": \"[^\"]*\"|\"request\": \"$message\"|; t; s|^{|{ \"request\": \"$message\",|" > work/forms/folder.json
pack=(gatewayctl evidence pack "$seized" --to work/usb-disk --card trust/XB.card --authority XB-CA --case "$case" --intake work/forms/folder.json
  --as technician --lab XB-LAB --also sha512,sm3 --context xb-technician)
shown "${pack[@]}" --limit 4M
"${pack[@]}" --limit 4M > work/log/pack-cut.txt 2>&1 &
packing=$!
# Six of ten chunks: 32 bytes each in the list of leaves.
until [ "$(cat work/usb-disk/*/leaves 2> /dev/null | wc -c)" -ge 192 ]; do
  kill -0 $packing 2> /dev/null || { last=work/log/pack-cut.txt; fail "packing ended before it was cut"; }
  sleep 0.05
done
kill -KILL $packing
wait $packing 2> /dev/null || true
say "The plug was pulled at 60 %. The same command goes on there; what cannot be taken is named, and makes it end with 3; the last lines are for the notebook."
ends_with 3 "${pack[@]}"
says "going on with item"
says "backup/pipe: NOT_A_FILE"
packed=$(value "packed in")
say "The disk is carried to a machine that reaches the gateway. Nothing on it opens without XB's evidence key. At 60 % the line is cut, too:"
shown gatewayctl evidence attach "$packed" --limit 4M --context xb-technician
gatewayctl evidence attach "$packed" --limit 4M --context xb-technician > work/log/attach-cut.txt 2>&1 &
attaching=$!
held() { cat work/XB/data/items/*/"$(basename "$packed")"/leaves 2> /dev/null | wc -c; }
until [ "$(held)" -ge 192 ]; do
  kill -0 $attaching 2> /dev/null || { last=work/log/attach-cut.txt; fail "the upload ended before it was cut"; }
  sleep 0.05
done
kill -KILL $attaching
wait $attaching 2> /dev/null || true
all=$(wc -c < "$packed/leaves")
[ "$(held)" -lt "$all" ] || fail "the upload was whole before it was cut"
say "XB's gateway holds $(($(held) / 32)) of $((all / 32)) chunks. The same command sends the others, and ends with 3 as well: one thing was not taken."
ends_with 3 gatewayctl evidence attach "$packed" --context xb-technician
folder_item=$(value item)
run gatewayctl release propose "$folder_item" --basis "Code of Criminal Procedure of XB, article 88; order 5 Gs 12/26" --context xb-officer-1
run gatewayctl release approve "$folder_item" --basis "Code of Criminal Procedure of XB, article 88; order 5 Gs 12/26" --context xb-officer-2
item_arrives "$folder_item" XA lawyer COMPLETE
run gatewayctl evidence download "$folder_item" --to received --purpose "CRIMINAL_PROCEEDINGS: analysis of the letters" --context xa-lawyer
quiet tar -tf received/seized.tar
# The disclosure is recorded as a custody event, by a gateway that keeps them.
if gatewayctl evidence custody types > /dev/null 2>&1; then
  say "The defence may see one letter. It gets this file, the proof that it is in what the laboratory signed, and no key to anything else; the disclosure is on record first."
  run gatewayctl evidence download "$folder_item" --file letters/07.txt --for DEFENCE --decision "order 9 Gs 4/26" --to disclosed --purpose "CRIMINAL_PROCEEDINGS: disclosure to the defence" --context xa-lawyer
  say "Offline, with the laboratory's State's card and the discloser's:"
  run gatewayctl evidence verify-part disclosed/* --trust trust/XB.card --trust trust/XA.card
  run cat disclosed/*/content
fi
