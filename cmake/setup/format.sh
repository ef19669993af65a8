#!/bin/bash
# format.sh [--check]: brings the project's C++ into the form of .clang-format, or fails where it is not.
set -euo pipefail
cd "$(dirname "$0")/../.."
mapfile -d '' files < <(find compiler grammar runtime examples tests \( -name '*.cpp' -o -name '*.hpp' \) -print0 | sort -z)
if [ "${1:-}" = --check ]; then
  clang-format --dry-run -Werror "${files[@]}"
else
  clang-format -i "${files[@]}"
fi
