# Custody: what the laboratory writes down, the certificate on paper, the table for the court. Sourced by demo.sh, not run.
# shellcheck shell=bash disable=SC2154  # items, out, work come from demo.sh and stage.sh

# A technician's own words about an item, before anybody releases it.
custody_is_recorded() {
  local item=${items[0]}
  say "Who touched it, where and why: each event is signed by the person who says so. What is missing is named all at once."
  refused V001 gatewayctl evidence custody add "$item" SEALED --context xb-technician
  run gatewayctl evidence custody add "$item" SEALED --field "place=Evidence room 2, Birk" --field "reason=disk sealed after imaging" --field zone=Europe/Paris \
    --field sealNumber=XB-77120 --field "present=A. Specialist" --field "present=B. Witness" --field "hashNotApplicable=the disk itself was not read again" --context xb-technician
}

# A certificate of one who works for no State, from the root of the PKI in folder $1.
custodian_in() {
  local keys=$1/XB/persons/custodian
  mkdir -p "$keys"
  (
    umask 077
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$keys/signing.key" -out "$keys/signing.csr" -subj "/C=XB/O=Example Hosting BV/CN=C. Custodian" \
      && openssl x509 -req -in "$keys/signing.csr" -CA "$1/XB/root/root.crt" -CAkey "$1/XB/root/root.key" -set_serial 4711 -days 600 \
        -extfile <(printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nsubjectKeyIdentifier=hash\n') -out "$keys/signing.crt"
  ) > /dev/null 2>&1
}

# The custodian's certificate as a form, signed by two persons, on paper.
certificate_is_signed() {
  local record
  if [ ! -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] && [ ! -e /usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf ]; then
    say "No free font is installed (apt install fonts-dejavu-core), so the certificate is left out: it carries its font inside it."
    return
  fi
  say "The custodian's certificate, in the two-part layout that one State's law asks for: the same bytes, signed by the party and by an expert, each of them the person whom the part names."
  # C. Custodian works for the hosting firm and has a certificate in his own name; the laboratory's examiner D. Expert signs with the one of her post, and Part B says which that is.
  local custodian=work/pki/XB/persons/custodian examiner
  # The forger makes the same name, as those of all others.
  custodian_in work/pki && custodian_in work/forger || fail "no certificate for the custodian"
  examiner=$(openssl x509 -in work/pki/XB/persons/technician/signing.crt -outform DER | sha256sum | cut -c1-64)
  gatewayctl evidence record new custodianCertificate --item "${items[0]}" --rendering IN_BSA_63_4 --out work/forms/certificate.json --context xb-technician > /dev/null || fail "no form"
  local digest
  digest=$(gatewayctl evidence status "${items[0]}" --json --context xb-technician | sed -n 's/.*"sha256": "\([0-9a-f]*\)".*/\1/p')
  refused V001 gatewayctl evidence record make custodianCertificate --form work/forms/certificate.json --to work/records
  run gatewayctl evidence record make custodianCertificate --form work/forms/certificate.json --to records \
    --field "certifier.name=C. Custodian" --field "certifier.relation=system administrator of the server" --field "certifier.organisation=Example Hosting BV" --field "certifier.address=1 Quay Street, Birk" \
    --field control=MANAGED --field statements=LAWFUL_CONTROL --field statements=REGULAR_USE --field statements=WORKING_PROPERLY --field statements=COPYING_DESCRIBED \
    --field "copying=The preserved volume was imaged block by block, and the digests were compared." --field "time=$(date -d '1 hour ago' +%Y-%m-%dT%H:%M:%S%:z)" --field "place=Birk" \
    --field "expert.name=D. Expert" --field "expert.post=forensic examiner" --field "expert.organisation=Forensic laboratory of XB" --field "expert.signingCertificate=$examiner" \
    --field expert.digests.0.algorithm=SHA256 --field "expert.digests.0.value=$digest" --field "expert.time=$(date -d '30 minutes ago' +%Y-%m-%dT%H:%M:%S%:z)" --field "expert.place=Birk"
  record=$(ls records/*.json)
  say "Nobody signs for somebody else, and half a certificate is none."
  refused T772 gatewayctl evidence record sign "$record" --context xb-officer-1
  run gatewayctl evidence record sign "$record" --context xb-technician
  refused T772 gatewayctl evidence record add "${items[0]}" "$record" --context xb-technician
  run gatewayctl evidence record sign "$record" --sign-cert "$custodian/signing.crt" --sign-key "$custodian/signing.key" --context xb-technician
  [ -s "${record%.json}.pdf" ] || fail "there is no PDF"
  say "The signed record goes with the item, sealed, and stands in both sides' bundles."
  run gatewayctl evidence record add "${items[0]}" "$record" --context xb-technician
}

# The same at the other side, once the event has travelled; and for other forensic tools.
custody_is_shown() {
  say "What the technician wrote down has come with the item; both sides add to the table, nobody changes it."
  until_says 60 SEALED gatewayctl evidence custody "${items[0]}" --context xa-lawyer
  whole gatewayctl evidence custody "${items[0]}" --context xa-lawyer
  say "Nobody wrote down where it was between the imaging in March and today: the table says so."
  says "Unexplained: between ACQUIRED"
  if compgen -G 'records/*.json' > /dev/null; then
    until_says 60 "signed by" gatewayctl evidence record fetch "${items[0]}" --to work/fetched --context xa-lawyer
  fi
  run gatewayctl evidence custody "${items[0]}" --format case --out custody.jsonld --context xa-lawyer
}
