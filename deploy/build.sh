#!/usr/bin/env bash
# dotnet build in Release, as fast as a machine of two cores allows, and nothing of it runs on afterwards.
#
#   deploy/build.sh PROJECT_OR_SOLUTION [OPTION]...      the options go to dotnet build
#
# One compiler process serves all projects, so that it is itself compiled only once; it has a name of its own and is stopped at the end.
# Without DOTNET_TieredPGO=0 it would spend half of its time on counting its own branches.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '4p' "$0" | cut -c3- >&2; exit 2; }
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1 DOTNET_TieredPGO=0
compiler=gateway-build-$$

stop_compiler() {
  local process arguments
  for process in /proc/[0-9]*; do
    arguments=$(tr '\0' ' ' 2> /dev/null < "$process/cmdline") || continue
    [[ $arguments != *"-pipename:$compiler"* ]] || kill "${process#/proc/}" 2> /dev/null || true
  done
}
trap stop_compiler EXIT

dotnet build "$@" -c Release -v q --nologo -p:UseSharedCompilation=true -p:SharedCompilationId="$compiler"
