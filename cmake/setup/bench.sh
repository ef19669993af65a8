#!/bin/bash
# bench.sh PRESET: runs every benchmark program that is built.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/say.sh"
shopt -s nullglob
programs=("$here/../../build/$1/bin/"*_bench)
[ ${#programs[@]} -gt 0 ] || fail "no benchmark is built" "'make build' builds them; an incomplete build has none."
step "Benchmarks: ${#programs[@]} programs"
for program in "${programs[@]}"; do
  echo "== ${program##*/}"
  "$program"
done
