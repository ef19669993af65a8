#!/bin/bash
# libtorch.sh: a LibTorch to build against: the one in LIBTORCH, one on CMAKE_PREFIX_PATH, or the pinned wheels.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/say.sh"

header=include/torch/csrc/api/include/torch/torch.h
holds_libtorch() { [ -f "$1/$header" ] || [ -f "$1/torch/$header" ] || [ -f "$1/../../$header" ]; }

if [ -n "${LIBTORCH:-}" ]; then
  holds_libtorch "$LIBTORCH" || fail "LIBTORCH=$LIBTORCH holds no LibTorch" \
    "Give the folder that holds include/ and lib/ (libtorch.zip), or the one that holds torch/ (site-packages)." \
    "Without LIBTORCH the pinned one is downloaded."
  step "LibTorch: $LIBTORCH"
  exit 0
fi

IFS=':;' read -ra prefixes <<<"${CMAKE_PREFIX_PATH:-}"
for prefix in "${prefixes[@]}"; do
  if [ -n "$prefix" ] && holds_libtorch "$prefix"; then
    step "LibTorch: $prefix (from CMAKE_PREFIX_PATH)"
    exit 0
  fi
done

version=$(awk '$2 ~ /^torch==/ {sub("torch==", "", $2); print $2}' "$here/wheels.lock")
exec "$here/wheels.sh" libtorch "LibTorch $version"
