#!/bin/bash
# build.sh PRESET JOBS [CMAKE OPTION…]: configures when something about it changed, then builds everything, or the TARGETS of the
# environment; links the programs into build/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/say.sh"
cd "$here/../.."
preset=$1
jobs=$2
shift 2
options=("-DLIBTORCH_ROOT=${LIBTORCH:-}" "$@")
folder=build/$preset
wanted="${options[*]} ${CMAKE_PREFIX_PATH:-} ${CXX:-}"

if [ ! -f "$folder/build.ninja" ] || [ "$(cat "$folder/.configured" 2>/dev/null)" != "$wanted" ]; then
  step "Configuring build/$preset"
  mkdir -p "$folder"
  # Afresh, or an option of the time before would stay.
  cmake --fresh --preset "$preset" "${options[@]}" >"$folder/configure.log" 2>&1 || {
    tail -n 30 "$folder/configure.log" >&2
    fail "cmake could not configure build/$preset" "All it said is in $folder/configure.log; 'make clean' starts over."
  }
  echo "$wanted" >"$folder/.configured"
fi

step "Building build/$preset, $jobs at a time"
# shellcheck disable=SC2086  # several targets are several words
cmake --build "$folder" --parallel "$jobs" ${TARGETS:+--target $TARGETS} || fail "the build" \
  "The compiler's words are above. Killed for memory? Try JOBS=1."
step "Built in $((SECONDS / 60)) min $((SECONDS % 60)) s"

if [ "$preset" = release ]; then
  for program in ftsc ftsrun fts-oracle; do
    if [ -x "$folder/bin/$program" ]; then ln -sfn "$preset/bin/$program" "build/$program"; fi
  done
fi
