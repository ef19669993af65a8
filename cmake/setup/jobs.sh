#!/bin/bash
# jobs.sh: how many compilers may run at once. A file with LibTorch's headers takes up to 1.7 GB of memory.
cores=$(nproc)
memory=$(awk '/^MemAvailable/ {print int($2 / 1800000)}' /proc/meminfo 2>/dev/null || echo "$cores")
[ "${memory:-0}" -ge 1 ] || memory=1
echo $((cores < memory ? cores : memory))
