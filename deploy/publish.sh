#!/usr/bin/env bash
# gateway-verify as one file that needs nothing installed: for the auditor, the court, the defence.
#
#   deploy/publish.sh [--out DIR] [--lab] [RUNTIME]...      default: --out artifacts/publish linux-x64 win-x64
#
# With --lab also gatewayctl, for imaging machines: DIR/gatewayctl-RUNTIME/. It is not trimmed and needs nothing installed either.
# Writes DIR/gateway-verify-RUNTIME[.exe] and verify.sh, which checks the same bundles with openssl alone, and DIR/SHA256SUMS of all of them. Trimmed:
# what the program does not use is left out. A file of 25 MB or more is a failure. Ends with 0 only if every one was made.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
exec < /dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1

out=artifacts/publish
lab=no
runtimes=()
while [ $# -gt 0 ]; do
  case $1 in
    --out) [ $# -ge 2 ] || { sed -n '4p' "$0" | cut -c3- >&2; exit 2; }; out=$2; shift 2 ;;
    --lab) lab=yes; shift ;;
    linux-x64 | win-x64 | linux-arm64 | osx-arm64) runtimes+=("$1"); shift ;;
    *) sed -n '4p' "$0" | cut -c3- >&2; exit 2 ;;
  esac
done
[ ${#runtimes[@]} -gt 0 ] || runtimes=(linux-x64 win-x64)
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A copy without lock files: the runtime packs of a platform are not part of what everybody restores.
mkdir "$work/tree"
cp -r Directory.Build.props Directory.Packages.props global.json .editorconfig src "$work/tree/"
find "$work/tree" -name packages.lock.json -delete

for runtime in "${runtimes[@]}"; do
  dotnet publish "$work/tree/src/Gateway.Verifier" -c Release -r "$runtime" --self-contained true -v q --nologo -o "$work/$runtime" \
    -p:RestorePackagesWithLockFile=false -p:UseSharedCompilation=false -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false \
    -p:PublishSingleFile=true -p:PublishTrimmed=true -p:TrimMode=full -p:EnableCompressionInSingleFile=true \
    -p:IncludeNativeLibrariesForSelfExtract=false -p:DebugType=none -p:DebuggerSupport=false -p:EventSourceSupport=false -p:UseSystemResourceKeys=false
  suffix=; case $runtime in win-*) suffix=.exe ;; esac
  file=$out/gateway-verify-$runtime$suffix
  extra=$(find "$work/$runtime" -type f ! -name "gateway-verify$suffix" | head -1)
  [ -z "$extra" ] || { echo "publish.sh: $runtime is more than one file: $extra" >&2; exit 1; }
  mv "$work/$runtime/gateway-verify$suffix" "$file"
  size=$(wc -c < "$file")
  [ "$size" -lt 25000000 ] || { echo "publish.sh: $file has $size bytes" >&2; exit 1; }
  echo "$file $size bytes"
done
if [ "$lab" = yes ]; then
  cp -r protos "$work/tree/"
  for runtime in "${runtimes[@]}"; do
    rm -rf "$out/gatewayctl-$runtime"
    dotnet publish "$work/tree/src/Gateway.Cli" -c Release -r "$runtime" --self-contained true -v q --nologo -o "$out/gatewayctl-$runtime" \
      -p:RestorePackagesWithLockFile=false -p:UseSharedCompilation=false -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false -p:PublishSingleFile=true -p:EnableCompressionInSingleFile=true \
      -p:IncludeNativeLibrariesForSelfExtract=false -p:DebugType=none
    # What digests, encrypts and sends is managed code: no library of another system may lie beside it.
    foreign='*.so'; case $runtime in linux-*) foreign='*.dll' ;; esac
    extra=$(find "$out/gatewayctl-$runtime" -type f \( -name "$foreign" -o -name '*.dylib' \) | head -1)
    [ -z "$extra" ] || { echo "publish.sh: $extra does not belong to $runtime" >&2; exit 1; }
    # The file is a program of that system: it cannot be run here to find out.
    suffix= begins=$'\x7fELF'; case $runtime in win-*) suffix=.exe begins=MZ ;; osx-*) begins=$'\xcf\xfa\xed\xfe' ;; esac
    program=$out/gatewayctl-$runtime/gatewayctl$suffix
    [ "$(head -c ${#begins} "$program" 2> /dev/null)" = "$begins" ] || { echo "publish.sh: $program is no program of $runtime" >&2; exit 1; }
    echo "$out/gatewayctl-$runtime $(du -sb "$out/gatewayctl-$runtime" | cut -f1) bytes"
  done
fi
cp deploy/verify.sh "$out/verify.sh"
(cd "$out" && find . -type f ! -name SHA256SUMS -printf '%P\n' | sort | tr '\n' '\0' | xargs -0 sha256sum > SHA256SUMS)
