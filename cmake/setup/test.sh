#!/bin/bash
# test.sh PRESET: runs the tests that are built; the last lines are ctest's.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/say.sh"
cd "$here/../.."
step "Tests"
# One more than cores: tests of several processes wait for one another most of the time.
ctest --preset "$1" --parallel "$(($(nproc) + 1))"
