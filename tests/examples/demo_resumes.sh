#!/bin/bash
# demo_resumes.sh BUILD OUT: the demo, on a few rows, is killed behind its first checkpoint; --resume goes on from there.
set -euo pipefail
export FTS_DEMO_OUT=$2
demo=$(cd "$(dirname "$0")/../.." && pwd)/examples/minilm_sections/demo.sh
mkdir -p "$2"
rm -rf "$2/checkpoints"

setsid "$demo" "$1" --rows 64 >"$2/first.log" 2>&1 &
first=$!
until compgen -G "$2/checkpoints/0*" >/dev/null; do
  kill -0 "$first" 2>/dev/null || { cat "$2/first.log"; echo "the demo was over before its first checkpoint"; exit 1; }
  sleep 0.02
done
kill -KILL -- "-$first"
wait "$first" || true

"$demo" "$1" --rows 64 --resume
