#!/bin/bash
# consumer.sh BUILD_FOLDER PROJECT: installs into a folder of its own, builds the project against that alone, runs it.
set -euo pipefail
build=$1
project=$2
work=$build/consumer_test
rm -rf "$work"
cmake --install "$build" --prefix "$work/prefix" >"$work.log" || { cat "$work.log"; exit 1; }
"$work/prefix/bin/ftsc" --version
"$work/prefix/bin/ftsrun" --version
cmake -S "$project" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$work/prefix"
cmake --build "$work/build"
cd "$work"
FTS_ADAPTER_PATH=$work/build "$work/build/consumer"
