#!/usr/bin/env python3
"""Writes what the strategy adapters of the Python Fine-Tuning Scheduler have, for docs/FTS_PARITY.md to be held against:
members, arguments and notes, a line each. Needs finetuning-scheduler.

    python tests/peer/fts_adapter_members.py tests/data/fts_adapters/members.txt
"""
import inspect
import re
import sys

import finetuning_scheduler.strategy_adapters as adapters
from finetuning_scheduler.strategy_adapters import model_parallel


def notes_of(text):
    for kind, body in re.findall(r"\.\. (note|warning|tip)::\n((?:\s*\n|[ \t]+.*\n)+)", text + "\n"):
        words = re.sub(r"[`~]|:\w+:", "", re.sub(r"\s+", " ", body)).strip()
        yield f"{kind}: {' '.join(words.split()[:9])}"


def lines(cls):
    name = cls.__name__
    texts = [cls.__doc__ or ""]
    for member, value in vars(cls).items():
        if member.startswith("_") and member != "__init__":
            continue
        function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        texts.append(getattr(function, "__doc__", "") or "")
        if member == "__init__":
            for argument in list(inspect.signature(function).parameters)[1:]:
                yield f"{name}({argument})"
        elif callable(function) or isinstance(value, property) or member == "fts_optim_inspect":
            yield f"{name}.{member}"
            if callable(function) and not isinstance(value, property):
                for argument in inspect.signature(function).parameters:
                    if argument != "self":
                        yield f"{name}.{member}({argument})"
    for text in texts:
        for note in notes_of(text):
            yield f"{name} {note}"


def main():
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for cls in (adapters.StrategyAdapter, adapters.FSDPStrategyAdapter, adapters.ModelParallelStrategyAdapter,
                    model_parallel.ActCkptCfg):
            seen = set()
            for line in lines(cls):
                if line not in seen:
                    out.write(line + "\n")
                seen.add(line)


if __name__ == "__main__":
    main()
