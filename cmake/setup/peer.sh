#!/bin/bash
# peer.sh BUILD: holds ftsc and ftsrun, and the data that `make test` holds it against, to the Python packages of tests/peer/venv.sh.
# A line for each script; all that a script said if it failed.
set -uo pipefail
cd "$(dirname "$0")/../.."
venv=$(tests/peer/venv.sh) || exit 1
python=$venv/bin/python
ftsc=$1/bin/ftsc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# peer WHAT COMMAND…
peer() {
  local what=$1
  shift
  if "$@" > "$work/log" 2>&1; then
    echo "ok      $what: $(grep -v '^ *$' "$work/log" | tail -1)"
  else
    echo "FAILED  $what"
    cat "$work/log"
    failed=1
  fi
}

# made_again SCRIPT FOLDER: the graphs that the script makes are those that are kept in the folder.
made_again() {
  local made=$work/${1%.py} graphs
  mkdir "$made"
  "$python" "tests/peer/$1" "$made" || return 1
  graphs=("$made"/*.graph.json)
  for graph in "${graphs[@]}"; do diff "$2/$(basename "$graph")" "$graph" || return 1; done
  echo "${#graphs[@]} graphs are as they are kept"
}

# printed_again SCRIPT KEPT: the script writes the file that it is given, as it is kept.
printed_again() {
  "$python" "tests/peer/$1" "$work/made" && diff "$2" "$work/made" && echo "the file is as it is kept"
}

peer "schedules, to finetuning-scheduler and back" "$python" tests/peer/fts_round_trip.py "$ftsc"
peer "SARIF, by the schema of OASIS" "$python" tests/peer/sarif.py "$ftsc" tests/data/check/*.fts
peer "units of wrap policies, by torch.distributed.fsdp" "$python" tests/peer/wrap_policies.py "$ftsc" tests/data/graphs/tiny-*.graph.json
peer "checkpoints of torch.save and torch.jit.save" made_again torch_checkpoints.py tests/data/graphs/torch
peer "module names of transformers" made_again family_graphs.py tests/data/families
peer "members of the strategy adapters" printed_again fts_adapter_members.py tests/data/fts_adapters/members.txt
peer "hooks of the strategy adapters" printed_again fts_hook_trace.py tests/data/fts_adapters/hook_trace.json
peer "TensorBoard's own reading of the event files" "$python" tests/peer/tensorboard_events.py
peer "runs that torchrun starts again" "$python" tests/peer/torchrun_restarts.py "$1/bin/ftsrun" 2
peer "MiniLM exported from Python, under ftsrun" "$python" tests/peer/minilm_torchscript.py "$1"
exit $failed
