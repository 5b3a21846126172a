#!/usr/bin/env bash
# Makes a throw-away public-key infrastructure for fictional States, for trying and testing Gateway. Never for real use.
#
#   certs-dev/make.sh [--force] [OUT [STATE...]]      default: certs-dev/out XA XB XC
#
# States are user-assigned ISO codes (XA to XZ), so that no real State can be imitated. Every run makes new keys: a second
# run into another folder is what a forger would have, the same names under other keys. --force replaces the States named.
# Needs bash and openssl 3. Keys are P-256, PKCS#8 PEM without passphrase, files 0600, folders 0700.
#
#   OUT/XA/card/card             signs the State's peer card; kept offline; self-signed
#   OUT/XA/root/root             issues every other certificate of the State; persons of this State are checked against it
#   OUT/XA/gateway/tls           the gateway's TLS certificate, both ports, for localhost, 127.0.0.1 and ::1
#   OUT/XA/authorities/ID/       one folder per authority behind the gateway
#     XA-CA  central authority     XA-CP  24/7 contact point     XA-PO  prosecution office, a competent authority
#     XA-LAB forensic laboratory of the prosecution office
#       seal                     seals covers and receipts                 (digitalSignature, nonRepudiation)
#       stamp                    the registry's stamp                      (digitalSignature, nonRepudiation)
#       encryption               messages are encrypted to it              (keyAgreement)
#       evidence                 evidence keys are granted to it           (keyAgreement)
#   OUT/XA/persons/NAME/         client: TLS only (clientAuth); signing: what the person signs (digitalSignature, nonRepudiation)
#     lawyer (XA-CA)  duty-officer (XA-CP)  officer-1, officer-2, clerk (XA-PO)  technician (XA-LAB)  auditor (XA-CA)
#     administrator, deputy-administrator (XA-CA)  case-system: a ministry's own system (XA-CA), client only
#   OUT/XA/bad/                  for tests: expired (the lawyer's client certificate, two days too old);
#                                stranger (the lawyer's names, issued by stranger-root, a CA with the root's name and another key)
#
# Each name stands for two files: NAME.crt (PEM) and NAME.key.
set -euo pipefail
umask 077

years=2
force=no
if [ "${1:-}" = --force ]; then
  force=yes
  shift
fi
case "${1:-}" in
  -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
  -*) echo "make.sh: unknown option $1 (usage: make.sh [--force] [OUT [STATE...]])" >&2; exit 2 ;;
esac
out=${1:-$(dirname "$0")/out}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- XA XB XC

for state in "$@"; do
  if ! [[ $state =~ ^X[A-Z]$ ]]; then
    echo "make.sh: '$state' is not a fictional State; use XA to XZ" >&2
    exit 2
  fi
  if [ -e "$out/$state" ] && [ "$force" = no ]; then
    echo "make.sh: $out/$state exists; its keys would be lost. Remove it, choose another folder, or pass --force" >&2
    exit 1
  fi
  # --force removes only what this script made.
  if [ -e "$out/$state" ] && [ ! -f "$out/$state/card/card.crt" ]; then
    echo "make.sh: $out/$state was not made by this script; not touching it" >&2
    exit 1
  fi
done

mkdir -p "$out"
work=$(mktemp -d "$out/.making.XXXXXX")
trap 'rm -rf "$work"' EXIT

cat > "$work/openssl.cnf" <<CONFIG
[req]
distinguished_name = none
prompt = no
[none]
[profile_root]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[profile_card]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
subjectKeyIdentifier = hash
[profile_tls]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[profile_client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
# No extended key usage: openssl cms -verify refuses signers that carry one it does not know.
[profile_mark]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[profile_agreement]
basicConstraints = critical, CA:FALSE
keyUsage = critical, keyAgreement
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[ca]
default_ca = expired_ca
[expired_ca]
database = $work/index.txt
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
[any]
countryName = supplied
organizationName = supplied
commonName = supplied
CONFIG

# openssl talks while it makes keys; its words matter only when it fails.
run() {
  if ! openssl "$@" > "$work/log" 2>&1; then
    cat "$work/log" >&2
    echo "make.sh: failed: openssl $*" >&2
    exit 1
  fi
}

# certificate FILE PROFILE SUBJECT [ISSUER]   without an issuer: self-signed, and for longer
certificate() {
  local file=$1 profile=$2 subject=$3
  local issuer=() days=$((365 * years))
  mkdir -p "${file%/*}"
  if [ $# -gt 3 ]; then
    issuer=(-CA "$4.crt" -CAkey "$4.key")
  else
    days=3650
  fi
  run req -x509 -config "$work/openssl.cnf" -extensions "profile_$profile" -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
    -sha256 -noenc -days "$days" -subj "$subject" "${issuer[@]}" -keyout "$file.key" -out "$file.crt"
}

# person DIR SUBJECT ROOT
person() {
  certificate "$1/client" client "$2" "$3"
  certificate "$1/signing" mark "$2" "$3"
}

make_state() {
  local state=$1 at=$work/$1
  local root=$at/root/root base=/C=$1
  local ca="$base/O=Central Authority of $state" cp="$base/O=24-7 Contact Point of $state"
  local po="$base/O=Prosecution Office of $state" lab="$base/O=Forensic Laboratory of $state"
  local root_name="$base/O=Ministry of Justice of $state/CN=Root of $state"

  certificate "$at/card/card" card "$base/O=Ministry of Justice of $state/CN=Card of $state"
  certificate "$root" root "$root_name"
  certificate "$at/gateway/tls" tls "$ca/CN=Gateway of $state" "$root"

  local authority organisation mark
  for authority in CA CP PO LAB; do
    case $authority in CA) organisation=$ca ;; CP) organisation=$cp ;; PO) organisation=$po ;; LAB) organisation=$lab ;; esac
    for mark in seal stamp; do
      certificate "$at/authorities/$state-$authority/$mark" mark "$organisation/CN=${mark^} of $state-$authority" "$root"
    done
    for mark in encryption evidence; do
      certificate "$at/authorities/$state-$authority/$mark" agreement "$organisation/CN=${mark^} key of $state-$authority" "$root"
    done
  done

  local persons=$at/persons lawyer="$ca/CN=Head of Legal Assistance"
  person "$persons/lawyer" "$lawyer" "$root"
  person "$persons/duty-officer" "$cp/CN=Duty Officer of the Night Watch" "$root"
  person "$persons/officer-1" "$po/CN=First Prosecutor for Cybercrime" "$root"
  person "$persons/officer-2" "$po/CN=Second Prosecutor for Cybercrime" "$root"
  person "$persons/clerk" "$po/CN=Clerk of the Prosecution Office" "$root"
  person "$persons/technician" "$lab/CN=Examiner of Storage Media" "$root"
  person "$persons/auditor" "$ca/CN=Auditor of the Ministry" "$root"
  person "$persons/administrator" "$ca/CN=Administrator of the Gateway" "$root"
  person "$persons/deputy-administrator" "$ca/CN=Deputy Administrator of the Gateway" "$root"
  certificate "$persons/case-system/client" client "$ca/CN=Case System of the Ministry" "$root"

  # Bad ones, for tests: out of time, and out of trust.
  mkdir -p "$at/bad"
  run req -new -config "$work/openssl.cnf" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha256 -noenc \
    -subj "$lawyer" -keyout "$at/bad/expired.key" -out "$work/expired.csr"
  : > "$work/index.txt"
  run ca -batch -notext -config "$work/openssl.cnf" -extensions profile_client -preserveDN -cert "$root.crt" -keyfile "$root.key" \
    -startdate "$(date -u -d '-30 days' +%Y%m%d%H%M%SZ)" -enddate "$(date -u -d '-2 days' +%Y%m%d%H%M%SZ)" \
    -in "$work/expired.csr" -out "$at/bad/expired.crt"
  certificate "$at/bad/stranger-root" root "$root_name"
  certificate "$at/bad/stranger" client "$lawyer" "$at/bad/stranger-root"
}

for state in "$@"; do
  make_state "$state"
  # Whole States appear, never half of one.
  rm -rf "${out:?}/$state"
  mv "$work/$state" "$out/$state"
  echo "made $out/$state"
done
