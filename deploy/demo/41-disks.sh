# What goes wrong with disks, and what goes by them: a byte that rots, an item that a courier brings. Sourced by demo.sh, not run.
# shellcheck shell=bash disable=SC2154  # case, message, out, last, folder_item, port, gateways come from demo.sh and its other chapters

chapter "A byte rots on XA's disk, and XB sends the chunk again"
say "One byte of what is stored changes. Nobody has touched a file by name, and no program reports it."
rotten=work/XA/data/items/${folder_item:0:2}/$folder_item/000000.chunks
python3 -c 'import sys; f = open(sys.argv[1], "r+b"); f.seek(2000000); b = f.read(1)[0]; f.seek(2000000); f.write(bytes([b ^ 1]))' "$rotten"
say "The next reader notices: the chunk does not match its leaf. Nothing is handed over that is not as it was sent; the chunk is named, reported and comes again."
ends_with 1 gatewayctl evidence download "$folder_item" --to again --purpose "CRIMINAL_PROCEEDINGS: a second reading" --context xa-lawyer
until_says 60 "item.mended" gatewayctl watch --no-wait --context xa-lawyer
says "item.damaged"
run gatewayctl evidence download "$folder_item" --to again --purpose "CRIMINAL_PROCEEDINGS: a second reading" --context xa-lawyer
run cmp received/seized.tar again/seized.tar

chapter "What is too large for the line goes by a courier"
say "XA's line carries one MiB a second tonight."
kill -TERM "${gateways[0]}"
wait "${gateways[0]}" 2> /dev/null || true
sed -i 's|^  "Gateway":|  "Evidence": { "PeerMiBPerSecond": 1 },\n&|' work/XA/gateway.json
start_gateway XA
gateways[0]=${gateways[-1]}
unset 'gateways[-1]'
head -c 24M /dev/urandom > work/evidence/disk-2.img
write_intake work/evidence/disk-2.img 10 | sed "s|\"request\": \"[^\"]*\"|\"request\": \"$message\"|; t; s|^{|{ \"request\": \"$message\",|" > work/forms/disk-2.json
run gatewayctl evidence pack work/evidence/disk-2.img --to work/courier-disk --card trust/XB.card --authority XB-CA --case "$case" --intake work/forms/disk-2.json --as technician --lab XB-LAB --context xb-technician
courier=$(value "packed in")
run gatewayctl evidence attach "$courier" --context xb-technician
shipped=$(value item)
quiet gatewayctl release propose "$shipped" --basis "order 5 Gs 12/26" --context xb-officer-1
quiet gatewayctl release approve "$shipped" --basis "order 5 Gs 12/26" --context xb-officer-2
item_arrives "$shipped" XA lawyer RECEIVING
say "The digests are there before the parcel. XA is told carrier and physical seal, and from now on only key and leaf list go by wire."
run gatewayctl evidence ship "$shipped" --carrier "Diplomatic courier of XB" --seal XB-77121 --media "SSD Example E1, no. 4411" --context xb-technician
until_says 60 XB-77121 gatewayctl evidence status "$shipped" --context xa-lawyer
say "The parcel has come. Who opens it says which seal was on it; what was announced is taken, and nothing else; each chunk is compared on the way in."
run gatewayctl evidence import "$courier" --seal XB-77121 --seal-intact yes --signed-by "A. Porter" --context xa-lawyer
says COMPLETE
for event in RelayToNonERDS ReceivedFromNonERDS; do
  until_says 60 "$event" gatewayctl receipt list "$case" --context xa-auditor
done
