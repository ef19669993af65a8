#!/bin/bash
# fuzz.sh SECONDS [TARGET…]: builds the fuzzers (all, or those named) and runs each for so long, on one core, from its kept corpus and
# the project's own files. Inputs that break something are left in build/fuzz/findings.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/say.sh"
cd "$here/../.."
seconds=$1
shift
mapfile -t known < <(ls tests/fuzz/corpus)
targets=("${@:-${known[@]}}")

mkdir -p build
cmake --preset fuzz >build/fuzz.log 2>&1 || { cat build/fuzz.log; exit 1; }
cmake --build --preset fuzz --parallel "${JOBS:-$(nproc)}" --target "${targets[@]/%/_fuzz}"

# seeds TARGET FILE…: beside the corpus, where libFuzzer may write.
seeds() {
  local folder=build/fuzz/work/$1
  shift
  mkdir -p "$folder"
  for file in "$@"; do cp "$file" "$folder/$(basename "$(dirname "$file")")-$(basename "$file")"; done
}
shopt -s nullglob globstar
seeds source stdlib/*.fts examples/**/*.fts tests/golden/**/*.fts tests/data/*.fts tests/data/check/*.fts
seeds graph_json tests/data/graphs/tiny-*.graph.json tests/data/graphs/torch/*.graph.json
seeds safetensors tests/fuzz/corpus/safetensors/*
seeds index tests/data/graphs/tiny-mixtral-sharded/*.index.json
seeds archive tests/data/graphs/torch/*.{pt,pth,bin,ckpt}
seeds pickle tests/fuzz/corpus/pickle/*
seeds plan tests/golden/**/*.ftsplan
seeds yaml tests/data/interop/**/*.yaml
seeds plugin_schema tests/fuzz/corpus/plugin_schema/*

mkdir -p build/fuzz/findings
export ASAN_OPTIONS=allocator_may_return_null=1
for target in "${targets[@]}"; do
  dictionary=()
  [ -f "tests/fuzz/$target.dict" ] && dictionary=("-dict=tests/fuzz/$target.dict")
  mkdir -p "build/fuzz/work/$target"
  step "Fuzzing $target for $seconds s"
  "build/fuzz/bin/${target}_fuzz" "build/fuzz/work/$target" "tests/fuzz/corpus/$target" "${dictionary[@]}" \
    -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len=65536 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="build/fuzz/findings/$target-" 2>&1 | grep -vE "^(INFO|Dictionary):" | tail -25
done
