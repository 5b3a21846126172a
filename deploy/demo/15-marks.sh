# One chapter of demo.sh: a signature that XB recognises, one that nobody can decide, one that is refused; by the command line, and as the gateways hold, open and refuse. Sourced, not run.
# shellcheck shell=bash disable=SC2154  # here, last come from demo.sh

# A service that certifies judges, its key for lists, a judge, and somebody who uses the same names with keys of his own.
make_justice() {
  local justice=work/justice who
  mkdir -p "$justice"
  cat > "$justice/openssl.cnf" <<CONFIG
[req]
distinguished_name = none
prompt = no
[none]
[service]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[judge]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[ca]
default_ca = lists
[lists]
database = $justice/index.txt
crlnumber = $justice/number
crl_extensions = revocation
[revocation]
authorityKeyIdentifier = keyid:always
CONFIG
  : > "$justice/index.txt"
  echo 01 > "$justice/number"
  (
    umask 077
    export OPENSSL_CONF=$justice/openssl.cnf
    for who in service stranger; do
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$justice/$who.key" -out "$justice/$who.crt" -days 700 -subj "/C=XA/O=Ministry of Justice/CN=Signatures of judges" -extensions service
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$justice/$who-judge.key" -out "$justice/judge.csr" -subj "/C=XA/O=District Court/CN=Judge Jane Roe"
      openssl x509 -req -in "$justice/judge.csr" -CA "$justice/$who.crt" -CAkey "$justice/$who.key" -set_serial 17 -days 600 -extfile "$justice/openssl.cnf" -extensions judge -out "$justice/$who-judge.crt"
    done
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$justice/list.key" -out "$justice/list.crt" -days 700 -subj "/C=XA/O=Ministry of Justice/CN=Trusted list of XA" -extensions judge
    openssl ca -config "$justice/openssl.cnf" -gencrl -md sha256 -crldays 7 -keyfile "$justice/service.key" -cert "$justice/service.crt" -out "$justice/judges.crl"
    for who in service stranger; do
      openssl cms -sign -cades -nosmimecap -nodetach -binary -md sha256 -outform DER -in "$here/deploy/samples/order.txt" -signer "$justice/$who-judge.crt" -inkey "$justice/$who-judge.key" -out "$justice/$who-order.p7m"
    done
  ) > work/log/justice.txt 2>&1 || { last=work/log/justice.txt; fail "the Ministry of Justice could not be set up"; }
  # One letter of the order becomes another one.
  python3 - "$justice" <<'PYTHON'
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
order = bytearray((folder / "service-order.p7m").read_bytes())
order[order.index(b"e", 80)] = ord("a")
(folder / "changed-order.p7m").write_bytes(order)
PYTHON
  printf '{ "state": "XA", "services": [{ "provider": "Ministry of Justice", "name": "Signatures of judges", "uses": ["SIGNATURE"], "certificates": ["service.crt"], "periods": [{ "from": "2025-01-01T00:00:00Z", "status": "GRANTED" }] }] }\n' > "$justice/services.json"
  printf '{ "state": "XB", "peer": "XA", "instrument": { "title": "Treaty between XA and XB on legal assistance", "article": "article 7", "date": "2024-05-01" }, "rules": [{ "object": "SIGNATURE", "level": "RECOGNISED", "from": "2024-05-01T00:00:00Z" }] }\n' > work/forms/agreement.json
}

# check_mark CODE FILE WORDS: judged with XA's list and XB's agreement, and what was said.
check_mark() {
  ends_with "$1" gatewayctl signature check "work/justice/$2" --trust trust/XA-list.cms --material work/justice/judges.crl --agreement trust/XB-XA.cms --from XA
  says "$3"
}

chapter "Is this judge's signature good?"
say "Orders are often signed by somebody whom the peer card does not name. XA publishes a list of the services that it trusts; what their signatures are worth in XB is decided by XB's lawyer, under a treaty."
make_justice
run gatewayctl trust make work/justice/services.json --sign-cert work/justice/list.crt --sign-key work/justice/list.key --out trust/XA-list.cms
run gatewayctl trust import trust/XA-list.cms --state XA --context xb-lawyer
run gatewayctl trust approve XA --fingerprint "$(value "signer's fingerprint")" --context xb-administrator
quiet gatewayctl trust agreement work/forms/agreement.json --out trust/XB-XA.cms --context xb-lawyer
run gatewayctl trust import trust/XB-XA.cms --context xb-lawyer
say "Recognised: the signature fits, the judge's certificate comes from a listed service and is not revoked, and the treaty covers it."
check_mark 0 service-order.p7m "PASSED"
says "article 7"
say "Undetermined: the same names, but no listed service has certified this judge. Nobody may call that a forgery, and nobody may rely on it."
check_mark 3 stranger-order.p7m "NO_CERTIFICATE_CHAIN_FOUND"
say "Refused: one letter of the order was changed after it was signed."
check_mark 1 changed-order.p7m "HASH_FAILURE"

# waits_in_xb FILE: XA sends a request with this order; in XB it waits, and opens no case.
waits_in_xb() {
  run gatewayctl request send work/forms/marks.json --attach "work/justice/$1" --context xa-duty-officer
  marks_case=$(value case)
  marks_message=$(value message)
  until_says 60 HELD gatewayctl request show "$marks_message" --purpose "to see whether it waits" --context xb-duty-officer
  says "WAITS for an officer's decision"
}

say "The same at the gateways. XA sends the changed order: XB's gateway refuses it with a signed receipt, and no officer of XB ever sees it."
write_preservation > work/forms/marks.json
run gatewayctl request send work/forms/marks.json --attach work/justice/changed-order.p7m --context xa-duty-officer
marks_case=$(value case)
arrives "$marks_case" XA duty-officer REJECTED_TECHNICAL
run gatewayctl receipt list "$marks_case" --context xa-duty-officer
says V025
say "The judge's own order waits: XB has not heard yet whether the judge's certificate is revoked. XA's revocation list comes, and the case opens by itself."
waits_in_xb service-order.p7m
run gatewayctl trust import work/justice/judges.crl --state XA --context xb-lawyer
arrives "$marks_case" XB duty-officer DELIVERED
say "The order by the unknown judge waits for a person. XB's officer asks the court by telephone, refuses, and says why."
waits_in_xb stranger-order.p7m
says "NO_CERTIFICATE_CHAIN_FOUND"
run gatewayctl request decide "$marks_message" --refuse --reason "The court was called: no judge of this name has signed that order." --context xb-duty-officer
arrives "$marks_case" XA duty-officer REJECTED_TECHNICAL
