#!/bin/bash
# peer.sh BUILD: the peer tests that need the Python packages of tests/peer/venv.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$(tests/peer/venv.sh)/bin/python
"$python" tests/peer/fts_round_trip.py "$1/bin/ftsc"
