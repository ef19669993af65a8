#!/usr/bin/env python3
"""Reads the event file that the tests hold TensorBoard's observer to with TensorBoard's own package."""

import math
import pathlib

from tensorboard.backend.event_processing import event_accumulator

FILE = pathlib.Path(__file__).resolve().parents[1] / "golden" / "observe" / "events.out.tfevents.golden"
# What observe_test.cpp tells: every third step has the loss 2/step; three epochs end after steps 4, 8 and 12.
EXPECTED = {
    "loss": [(step, 2.0 / step) for step in (3, 6, 9, 12)],
    "lr": [(step, 1e-3 / step) for step in (3, 6, 9, 12)],
    "phase": [(4, 0), (8, 0), (12, 1)],
    "accuracy": [(step, 0.75) for step in (4, 8, 12)],
    "val_loss": [(step, 0.4) for step in (4, 8, 12)],
    "lr/head": [(step, 1e-3) for step in (4, 8, 12)],
}

events = event_accumulator.EventAccumulator(str(FILE))
events.Reload()
tags = events.Tags()["scalars"]
assert sorted(tags) == sorted(EXPECTED), tags
for tag, values in EXPECTED.items():
    scalars = events.Scalars(tag)
    assert [s.step for s in scalars] == [step for step, _ in values], (tag, scalars)
    assert all(math.isclose(s.value, value, rel_tol=1e-6) for s, (_, value) in zip(scalars, values)), (tag, scalars)
print(f"TensorBoard reads {sum(map(len, EXPECTED.values()))} scalars of {len(tags)} tags")
