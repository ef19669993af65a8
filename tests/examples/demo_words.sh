#!/bin/bash
# demo_words.sh DEMO: what demo.sh says of where a run begins and how it ended, with programs that train nothing.
set -euo pipefail
demo=$1
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
export FTS_DEMO_OUT=$build/out
mkdir -p "$build/bin" "$FTS_DEMO_OUT"
printf '#!/bin/bash\n' >"$build/bin/ftsc"
printf '#!/bin/bash\necho "options: $*"\nexit "${STATUS:-0}"\n' >"$build/bin/minilm_sections"
chmod +x "$build"/bin/*
touch -d '+1 hour' "$FTS_DEMO_OUT/val.safetensors" # newer than what it is made of

failed=0
# says STATUS WORDS OPTION…
says() {
  local status=$1 words=$2 found=0 out
  shift 2
  out=$("$demo" "$build" "$@" 2>&1) || found=$?
  [ "$found" = "$status" ] && [[ $out == *"$words"* ]] && return
  printf 'FAILED: demo.sh %s: status %s\n%s\n' "$*" "$found" "$out"
  failed=1
}
says 0 "Training (after a break"
says 0 "--min-accuracy 0.86 --min-gain 0.04"
says 0 "from the beginning: there is no checkpoint yet" --resume
mkdir -p "$FTS_DEMO_OUT/checkpoints/.unfinished-000001"
touch "$FTS_DEMO_OUT/checkpoints/.unfinished-000001/manifest.json"
says 0 "from the beginning: there is no checkpoint yet" --resume
mkdir "$FTS_DEMO_OUT/checkpoints/000001-epoch0"
touch "$FTS_DEMO_OUT/checkpoints/000001-epoch0/manifest.json"
says 0 "Training, from the last checkpoint" --resume
STATUS=3 says 1 "the model is worse than it should be" --resume
STATUS=1 says 1 "goes on from the last checkpoint" --resume
[[ $("$demo" "$build" --rows 64) != *--min-accuracy* ]] || { echo "FAILED: a few rows are held to the result of all"; failed=1; }
exit "$failed"
