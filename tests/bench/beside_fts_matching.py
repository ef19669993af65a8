#!/usr/bin/env python3
"""beside_fts_matching.py FTSC: `ftsc check` beside the matching of the Python Fine-Tuning Scheduler, in one run.

The rules are those of deepseek_rules.py. `ftsc check` is the whole program: start, reading of the graph, resolving, checking,
lowering. Of the Python package only its own matching code is timed (_parse_phase, and _validate_fsdp_plan), on names that
lie in memory; imports, the model and the reading of its file are left out. Needs: pip install finetuning-scheduler==2.14.1
"""

import gzip
import json
import pathlib
import statistics
import subprocess
import sys
import time
import types

from finetuning_scheduler.fts_supporters import ScheduleParsingMixin
from finetuning_scheduler.strategy_adapters.model_parallel import ModelParallelStrategyAdapter

import deepseek_rules

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"


def python_seconds(graph):
    phases, modules = deepseek_rules.python_rules()
    names = {p["name"]: None for p in graph["parameters"]}
    tree = {m["name"]: None for m in graph["modules"]}
    schedule = types.SimpleNamespace(ft_schedule={d: {"params": list(p)} for d, p in enumerate(phases)},
                                     _parse_phase_lr=lambda depth: None)

    def keep(resolved, kwargs, name):
        resolved[name] = kwargs
        return True

    adapter = types.SimpleNamespace(fsdp_plan={m: {} for m in modules}, fsdp_default_kwargs={},
                                    pl_module=types.SimpleNamespace(named_modules=lambda: tree.items()),
                                    _maybe_update_fsdp_plan=keep)
    begin = time.perf_counter()
    for depth in schedule.ft_schedule:
        ScheduleParsingMixin._parse_phase(schedule, depth, names.keys(), ((), ()))
    between = time.perf_counter()
    ModelParallelStrategyAdapter._validate_fsdp_plan(adapter)
    return between - begin, time.perf_counter() - between


def ftsc_seconds(ftsc):
    command = [ftsc, "check", str(DATA / "bench" / "deepseek_v3_experts.fts")]
    times = []
    for _ in range(10):
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - begin)
    return times


def main():
    graph = json.loads(gzip.open(DATA / "graphs" / "deepseek-v3-experts.graph.json.gz").read())
    phases, modules = python_seconds(graph)
    times = ftsc_seconds(sys.argv[1])
    print(f"Python FTS, matching only: phases {phases * 1e3:.0f} ms, fsdp_plan {modules * 1e3:.0f} ms")
    print(f"ftsc check, all of it:     best {min(times) * 1e3:.0f} ms, median {statistics.median(times) * 1e3:.0f} ms of 10")


main()
