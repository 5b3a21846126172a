#!/usr/bin/env bash
# Everything the tests need, then the tests.
#
#   tests/run.sh [fast|all]      default: all
#
# fast leaves out what starts many processes or needs npm: Gateway.EndToEnd.Tests and tests marked Category=Interop. It needs
# no network once the NuGet packages are in the local cache. Tools that are missing are installed from Debian as root or
# with sudo; where that is not possible the run goes on, and the tests that need them fail: what this script installs is
# never a reason to skip. Skipped is what needs material beside the repository or rights on this machine, by name.
# The last line is 'N passed, N failed' or 'N passed, N failed, N skipped'. Exit code 0 only if something ran and nothing failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
exec < /dev/null

mode=${1:-all}
case $mode in
  fast | all) ;;
  *) echo "usage: tests/run.sh [fast|all]" >&2; exit 2 ;;
esac

# Nothing may stay behind and hold the caller's pipes open: no compiler server, no build nodes.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1
configuration=Release
results=$PWD/artifacts/test-results
passed=0 failed=0 skipped=0
failures=() skips=()

step() { printf '\n== %s\n' "$*"; }

finish() {
  local code=$?
  trap - EXIT
  if [ ${#skips[@]} -gt 0 ]; then
    step "skipped"
    printf '%s\n' "${skips[@]}"
  fi
  if [ ${#failures[@]} -gt 0 ]; then
    step "failed"
    printf '%s\n' "${failures[@]}"
  fi
  if [ "$code" -eq 0 ] && [ $((passed + failed)) -eq 0 ]; then
    echo "no test ran"
    code=1
  fi
  [ "$code" -eq 0 ] && [ "$failed" -gt 0 ] && code=1
  echo
  if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
  else
    echo "$passed passed, $failed failed"
  fi
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A step without which no test can run.
must() {
  if ! "$@"; then
    failed=$((failed + 1))
    failures+=("$*")
    exit 1
  fi
}

# ── tools ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
missing_packages() {
  local name
  for name in openssl unzip; do
    command -v "$name" > /dev/null || echo "$name"
  done
  # The second opinion on GOST digests and signatures.
  compgen -G '/usr/lib/*/engines-3/gost.so' > /dev/null || echo libengine-gost-openssl
  # Makes images as forensic laboratories do.
  command -v ewfacquire > /dev/null || echo ewf-tools
  # What is printed carries a free font inside it.
  [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || echo fonts-dejavu-core
  [ "$mode" = all ] || return 0
  for name in strace sqlite3; do
    command -v "$name" > /dev/null || echo "$name"
  done
  # A Python of another kind on the PATH does not see Debian's packages.
  /usr/bin/python3 -c 'import grpc' 2> /dev/null || echo python3-grpcio
  command -v npm > /dev/null || echo npm
  # Runs what is published for Windows.
  command -v wine > /dev/null || printf '%s\n' wine64 wine
  # Another implementation of the log reads what we write.
  [ -x /usr/bin/go ] || echo golang-go
  [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ] || echo golang-golang-x-mod-dev
}

# Versions of Debian 12; elsewhere the version that is there.
pinned() {
  case $1 in
    openssl) echo 'openssl=3.*' ;;
    unzip) echo 'unzip=6.0*' ;;
    libengine-gost-openssl) echo 'libengine-gost-openssl=3.*' ;;
    ewf-tools) echo 'ewf-tools=2014*' ;;
    fonts-dejavu-core) echo 'fonts-dejavu-core=2.37*' ;;
    strace) echo 'strace=6.1*' ;;
    sqlite3) echo 'sqlite3=3.40.*' ;;
    python3-grpcio) echo 'python3-grpcio=1.51.*' ;;
    npm) echo 'npm=9.*' ;;
    wine64) echo 'wine64=8.0*' ;;
    wine) echo 'wine=8.0*' ;;
    golang-go) echo 'golang-go=2:1.19*' ;;
    golang-golang-x-mod-dev) echo 'golang-golang-x-mod-dev=0.7*' ;;
  esac
}

install_tools() {
  local missing package as_root=()
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -gt 0 ] || return 0
  step "install ${missing[*]}"
  if ! command -v apt-get > /dev/null; then
    echo "warning: no apt-get here; install by hand: ${missing[*]}"
    return 0
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2> /dev/null; then
      echo "warning: neither root nor password-less sudo; install by hand: ${missing[*]}"
      return 0
    fi
    as_root=(sudo -n)
  fi
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive timeout 300 apt-get -q -y -o Acquire::Retries=2)
  "${apt[@]}" update > /dev/null || echo "warning: apt-get update failed"
  for package in "${missing[@]}"; do
    "${apt[@]}" install --no-install-recommends "$(pinned "$package")" > /dev/null 2>&1 \
      || "${apt[@]}" install --no-install-recommends "$package" > /dev/null \
      || echo "warning: $package could not be installed"
  done
}

install_node_modules() {
  local js=$1
  [ -f "$js/package-lock.json" ] && command -v npm > /dev/null || return 0
  # npm leaves a copy of the lock file in node_modules; newer means up to date.
  [ "$js/node_modules/.package-lock.json" -nt "$js/package-lock.json" ] && return 0
  step "npm ci ($js)"
  timeout 600 npm ci --no-audit --no-fund --prefix "$js" || echo "warning: npm ci failed; the tests that need it will say so"
}

install_tools
for js in tests/Gateway.Rpc.Interop/js tests/case-shacl; do
  [ "$mode" = all ] && install_node_modules "$js"
done

# ── build ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
step "restore"
must dotnet restore Gateway.sln --locked-mode -v q
step "build ($configuration, warnings are errors)"
must deploy/build.sh Gateway.sln --no-restore

# ── tests ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
# One line per test that did not pass, outcome TAB name TAB first line of the reason; then the count of those that did.
read_results() {
  awk '
    function plain(s) { gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&quot;/, "\"", s); gsub(/&#x[dDaA];/, " ", s); gsub(/&amp;/, "\\&", s); return s }
    function attribute(line, name,   at) { at = index(line, " " name "=\""); if (!at) return ""; line = substr(line, at + length(name) + 3); return plain(substr(line, 1, index(line, "\"") - 1)) }
    function report() { if (open) print outcome "\t" test "\t" reason; open = 0 }
    /<UnitTestResult / {
      report(); test = attribute($0, "testName"); outcome = attribute($0, "outcome"); reason = ""
      if (outcome == "Passed") good++; else open = 1
    }
    open && reason == "" && /<Message>/ { reason = $0; sub(/.*<Message>/, "", reason); sub(/<\/Message>.*/, "", reason); sub(/\r$/, "", reason); reason = plain(reason) }
    /<\/Results>/ { report() }
    END { report(); print "Passed\t" good + 0 }
  ' "$1"
}

# Whether a test may be skipped for this reason.
excused() {
  case $1 in
    *../shared/testdata*) ;;                                                                            # material beside the repository
    'strace may not trace here'* | 'mounting needs root' | 'needs mkfs.ext4'* | 'needs root, losetup'* | 'no right to mount'*) ;;      # rights and a kernel that containers often lack
    *'npm ci --prefix'*) [ "$mode" = fast ] ;;                                                            # fast installs nothing from npm
    *'the registry does not serve'*) ;;                                                                 # packages that cannot be restored here
    *) return 1 ;;
  esac
}

run_project() {
  local project=$1 name filter=() code outcome test reason before=$failed
  name=$(basename "$project" .csproj)
  [ "$mode" = fast ] && filter=(--filter 'Category!=Interop')
  step "$name"
  rm -f "$results/$name.trx"
  # A test that hangs is named and ended after 35 minutes (the demonstration alone takes ten on a machine that others use); a project that hangs otherwise, after an hour.
  timeout -k 30 60m dotnet test "$project" --no-build -c "$configuration" --nologo "${filter[@]}" \
    --blame-hang-timeout 35m --blame-hang-dump-type none --logger "trx;LogFileName=$name.trx" --results-directory "$results"
  code=$?
  if [ -f "$results/$name.trx" ]; then
    while IFS=$'\t' read -r outcome test reason; do
      case $outcome in
        Passed) passed=$((passed + test)) ;;
        NotExecuted)
          if excused "$reason"; then
            skipped=$((skipped + 1))
            skips+=("$test: $reason")
          else
            failed=$((failed + 1))
            failures+=("$test: skipped without an excuse: ${reason:-no reason given}")
          fi
          ;;
        *)
          failed=$((failed + 1))
          failures+=("$test: ${reason:-$outcome}")
          ;;
      esac
    done < <(read_results "$results/$name.trx")
  fi
  # The test host itself may end badly without any test being marked.
  if [ "$code" -ne 0 ] && [ "$failed" -eq "$before" ]; then
    failed=$((failed + 1))
    failures+=("$name: dotnet test ended with $code")
  fi
}

# One project after the other: each already uses both cores of a small machine.
mkdir -p "$results"
for project in tests/*.Tests/*.Tests.csproj; do
  [ "$mode" = fast ] && [[ $project == *EndToEnd* ]] && continue
  run_project "$project"
done
