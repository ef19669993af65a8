#!/usr/bin/env python3
"""torchrun_restarts.py FTSRUN [KILLS]: under `torchrun --no-python --max-restarts=3` a run of two processes, one of which is
killed at a random moment, comes back from its last checkpoint and ends with the weights of a run that was let alone."""

import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import torch
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = 180  # seconds
SCHEDULE = """
schedule {
  optimizer  = adamw { lr = 1e-3 }
  max_epochs = 6
  checkpoint { every_n_steps = 20 }
  phase head  { thaw = "head.**", until = epoch(3) }
  phase rest_ { thaw = rest - frozen }
}
strategy sharded {
  adapter = model_parallel
  fsdp_plan {
    "fc1"  => {}
    "head" => {}
    ""     => {}
  }
}
"""


def start(ftsrun, folder, out):
    torchrun = pathlib.Path(sys.executable).parent / "torchrun"
    command = [torchrun, "--no-python", "--nproc-per-node=2", "--max-restarts=3", "--monitor-interval=0.2",
               "--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0",
               ftsrun, folder / "tune.fts", "--model", ROOT / "tests/data/torchscript/mlp.pt",
               "--data", folder / "train.safetensors", "--batch-size", "4", "--out", out, "--resume", "--quiet"]  # fmt: skip
    environment = dict(os.environ, OMP_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="")
    log = open(f"{out}.log", "w", encoding="utf-8")
    return subprocess.Popen([str(c) for c in command], stdout=log, stderr=subprocess.STDOUT, env=environment)


def workers_of(launcher):
    """The processes that torchrun has started, by /proc."""
    found = []
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = status.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if name == "ftsrun" and int(rest.split()[1]) == launcher.pid:
            found.append(int(status.parent.name))
    return found


def checkpoints(out):
    return len(list(pathlib.Path(out, "checkpoints").glob("[0-9]*")))


def finish(launcher, out):
    if launcher.wait(timeout=LIMIT) != 0:
        sys.exit(pathlib.Path(f"{out}.log").read_text(encoding="utf-8")[-3000:])
    return pathlib.Path(out, "model.safetensors").read_bytes()


def killed(ftsrun, folder, out):
    launcher = start(ftsrun, folder, out)
    deadline = time.monotonic() + LIMIT
    while launcher.poll() is None and checkpoints(out) < 1:
        if time.monotonic() > deadline:
            sys.exit("no checkpoint came")
        time.sleep(0.01)
    time.sleep(random.random() * 0.5)
    workers = workers_of(launcher)
    if launcher.poll() is not None or not workers:
        sys.exit("the run was over before it was killed")
    os.kill(random.choice(workers), signal.SIGKILL)
    return finish(launcher, out)


def main():
    ftsrun = pathlib.Path(sys.argv[1]).resolve()
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "tune.fts").write_text(SCHEDULE, encoding="utf-8")
        torch.manual_seed(0)
        x = torch.randn(2000, 8)
        save_file({"x": x, "y": x[:, :4].argmax(1)}, folder / "train.safetensors")
        alone = folder / "alone"
        whole = finish(start(ftsrun, folder, alone), alone)
        for i in range(kills):
            if killed(ftsrun, folder, folder / f"killed{i}") != whole:
                sys.exit(f"the run that was killed ended with other weights (kill {i})")
        print(f"{kills} runs came back and ended with the same {len(whole)} bytes of weights")


if __name__ == "__main__":
    main()
