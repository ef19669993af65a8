#!/bin/bash
# venv.sh: a virtual environment with the Python packages that the peer tests run, made once; prints its folder.
# FTS_PEER_VENV names one that is there already.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=${FTS_PEER_VENV:-.deps/peer_venv}
packages=(torch==2.15.0 lightning==2.6.6 finetuning-scheduler==2.14.1 transformers==5.23.0 numpy tensorboard
          pydantic-sarif==0.1.1 jsonschema==4.26.0)
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import finetuning_scheduler, jsonschema, pydantic_sarif, tensorboard, transformers' 2> /dev/null; then
  python3 -m venv "$venv" >&2
  "$venv/bin/python" -m pip install --quiet "${packages[@]}" >&2
fi
echo "$venv"
