#!/bin/sh
# Installs what the evidence benchmark compares with: nginx-light, curl, openssh-server (Debian). No service is started.
set -eu
missing=
command -v nginx > /dev/null || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
command -v curl > /dev/null || missing="$missing curl"
[ -x /usr/sbin/sshd ] || missing="$missing openssh-server"
[ -n "$missing" ] || exit 0
printf '#!/bin/sh\nexit 101\n' > /tmp/policy-rc.d.$$ && chmod +x /tmp/policy-rc.d.$$
[ -e /usr/sbin/policy-rc.d ] || { cp /tmp/policy-rc.d.$$ /usr/sbin/policy-rc.d; trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }
rm -f /tmp/policy-rc.d.$$
apt-get update -q
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
