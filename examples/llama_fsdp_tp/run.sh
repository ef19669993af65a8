#!/bin/bash
# run.sh BUILD_FOLDER PROCESSES [OPTION…]: the example on this machine, without torchrun. Options are the program's:
# --strategy fsdp_sp, --tensor 4. All processes end with the first one that fails.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 processes=$2
shift 2
export MASTER_ADDR=127.0.0.1 MASTER_PORT=${MASTER_PORT:-$((20000 + RANDOM % 20000))}
export WORLD_SIZE=$processes LOCAL_WORLD_SIZE=$processes OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

ranks=()
trap 'kill "${ranks[@]}" 2>/dev/null || true' EXIT
for ((rank = 0; rank < processes; ++rank)); do
  RANK=$rank LOCAL_RANK=$rank "$build/bin/llama_fsdp_tp" --schedule "$here/llama.fts" --text "$here/../../LICENSE" "$@" &
  ranks+=($!)
done
for ((rank = 0; rank < processes; ++rank)); do wait -n; done
