#!/usr/bin/env python3
"""ftsrun beside a peer: a decoder of 20.3 million parameters fine-tuned in three phases of eight steps, on one thread.

Beside peers `…-fsdp2` two processes share the model on both sides, a thread each, and rank 0 is timed; `…-fsdp2-ac` with
activation checkpointing of each layer.
Both run in turn, several times; each figure is the median over the runs. The last line is a JSON object of ratios, ftsrun
to peer, so that less than 1 is better for ftsrun:
  step     of the median step (its start to the optimizer's end) of each phase, without the phase's first
  first    from the start of the process to that of its first training step
  memory   of the peak resident memory (of the rank with most): without, and with, a return to the best checkpoint; the
           greater of the two
  restore  from a phase's last step to the next one's first, each phase resuming from the best checkpoint of the one before
"""

import argparse
import json
import math
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
REQUIREMENTS = ["torch==2.15.0", "lightning==2.6.6", "finetuning-scheduler==2.14.1", "safetensors", "numpy"]
RANKS = {"finetuning-scheduler": 1, "pytorch": 1}  # of each peer; of all others 2
RANKS |= {f"{name}-{mode}": 2 for name in list(RANKS) for mode in ("fsdp2", "fsdp2-ac")}
SCHEDULE = """
schedule {{
  {monitor}
  restore_best = {restore}
  optimizer    = adamw {{ lr = 1e-4, weight_decay = 0.01 }}
  max_epochs   = 3
  phase top   {{ thaw = "head.**" | "norm.**",                                                  until = epoch(1) }}
  phase upper {{ thaw = "layers.4.**" | "layers.5.**" | "layers.6.**" | "layers.7.**", lr = 1e-5, until = epoch(2) }}
  phase rest_ {{ thaw = rest, lr = 1e-5, until = epoch(3) }}
}}
"""
SHARDED = """
strategy sharded {
  adapter = model_parallel
  fsdp_plan {
    "layers.*" => {SETTINGS}
    ""         => {}
  }
}
"""


def python_of_peer(given):
    """The interpreter of a virtual environment with the peer; makes one if none is given."""
    if given:
        return given
    folder = ROOT / ".deps" / "peer"
    python = folder / "bin" / "python"
    if not (folder / ".complete").exists():
        print(f"making {folder} (some GB, once)", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
        (folder / ".complete").touch()
    return str(python)


def environments(ranks):
    """Of each process: one thread, and the variables that torchrun would set."""
    alone = dict(os.environ, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="", PYTHONDONTWRITEBYTECODE="1")
    if ranks == 1:
        return [alone]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world = {"WORLD_SIZE": ranks, "LOCAL_WORLD_SIZE": ranks, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    return [alone | {k: str(v) for k, v in (world | {"RANK": r, "LOCAL_RANK": r}).items()} for r in range(ranks)]


def run(command, log, ranks):
    """Runs a program, a thread for each process: when it started, and the peak memory of the greatest in MiB."""
    with open(log, "w", encoding="utf-8") as out:
        start = time.clock_gettime(time.CLOCK_MONOTONIC)
        processes = [
            subprocess.Popen(command, env=environment, cwd=HERE, stdout=out, stderr=subprocess.STDOUT)
            for environment in environments(ranks)
        ]
        memory = 0
        for process in processes:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            memory = max(memory, usage.ru_maxrss / 1024)
    if any(process.returncode for process in processes):
        sys.exit(f"{' '.join(map(str, command))} failed:\n{pathlib.Path(log).read_text(encoding='utf-8')[-3000:]}")
    return start, memory


def figures(start, memory, steps):
    """Steps are [phase, start, end, loss], of all phases in order."""
    phases = sorted({step[0] for step in steps})
    of = {phase: [step for step in steps if step[0] == phase] for phase in phases}
    return {
        "first": steps[0][1] - start,
        "memory": memory,
        "step": [statistics.median(end - begin for _, begin, end, _ in of[phase][1:]) for phase in phases],
        "restore": [of[b][0][1] - of[a][-1][2] for a, b in zip(phases, phases[1:])],
        "loss": [step[3] for step in steps],
    }


def steps_of_trace(path):
    """A step begins with its forward and ends with the optimizer; its phase is the span that it lies in."""
    spans = [event for event in json.loads(path.read_text(encoding="utf-8")) if event["ph"] == "X"]
    named = lambda name: [(e["ts"] / 1e6, (e["ts"] + e["dur"]) / 1e6) for e in spans if e["name"] == name]
    phases = sorted((e["ts"] / 1e6, int(e["name"].split()[1])) for e in spans if e["name"].startswith("phase "))
    losses = [e["args"]["loss"] for e in spans if e["name"].startswith("step ")]
    steps = []
    for (begin, _), (_, end), loss in zip(named("forward"), named("optimizer"), losses):
        steps.append([[depth for at, depth in phases if at <= begin][-1], begin, end, loss])
    return steps


def model_of(arguments):
    """A model library in C++, or the module as TorchScript."""
    if arguments.model == "script":
        return ["--model", arguments.files / "model.pt"]
    library = arguments.ftsrun.resolve().parent / "libdecoder_model.so"
    return ["--model", library, "--weights", arguments.files / "weights.safetensors"]


def ours(arguments, folder, restore):
    files, ranks = arguments.files, RANKS[arguments.peer]
    schedule = folder / "decoder.fts"
    monitor = "monitor = val_loss { patience = 9 }" if restore else ""
    text = SCHEDULE.format(monitor=monitor, restore="true" if restore else "false")
    if ranks > 1:
        text += SHARDED.replace("{SETTINGS}", "{ act_ckpt = composable }" if arguments.peer.endswith("-ac") else "{}")
    schedule.write_text(text, encoding="utf-8")
    trace = folder / "trace.json"
    command = [arguments.ftsrun, schedule, *model_of(arguments), "--data", files / "train.safetensors", "--no-shuffle",
               "--batch-size", "4", "--quiet", "--profile", trace]  # fmt: skip
    if restore:
        command += ["--val", files / "val.safetensors"]
    start, memory = run(command, folder / "log", ranks)
    return figures(start, memory, steps_of_trace(trace))


def peers(python, peer, folder, restore):
    record = folder / "record.json"
    mode = "restore" if restore else "norestore"
    start, memory = run([python, HERE / "decoder_peer.py", peer, mode, record, folder], folder / "log", RANKS[peer])
    return figures(start, memory, json.loads(record.read_text(encoding="utf-8")))


def compare(arguments, restore):
    """Runs both in turn: the figures of all runs, ours and the peer's."""
    all_ours, all_peers = [], []
    for repeat in range(arguments.repeats):
        for side in (0, 1) if repeat % 2 == 0 else (1, 0):
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                if side == 0:
                    all_ours.append(ours(arguments, folder, restore))
                else:
                    all_peers.append(peers(arguments.python, arguments.peer, folder, restore))
                show("ftsrun" if side == 0 else arguments.peer, restore, (all_ours if side == 0 else all_peers)[-1])
    return all_ours, all_peers


def show(name, restore, f):
    steps, moves = ([" ".join(f"{1e3 * t:.1f}" for t in f[key])] for key in ("step", "restore"))
    print(f"{name:>21} {'restore' if restore else '':7} first {f['first']:.2f} s, {f['memory']:.0f} MiB, "
          f"steps {steps[0]} ms, moves {moves[0]} ms", flush=True)  # fmt: skip


def ratio(all_ours, all_peers, pick):
    return round(statistics.median(map(pick, all_ours)) / statistics.median(map(pick, all_peers)), 4)


def report(arguments):
    all_ours, all_peers = compare(arguments, restore=False)
    apart = max(abs(a - b) for x, y in zip(all_ours, all_peers) for a, b in zip(x["loss"], y["loss"]))
    result = {
        "peer": arguments.peer,
        "step": [ratio(all_ours, all_peers, lambda f, i=i: f["step"][i]) for i in range(3)],
        "first": ratio(all_ours, all_peers, lambda f: f["first"]),
        "memory": ratio(all_ours, all_peers, lambda f: f["memory"]),
        "restore": [],
    }
    if arguments.peer.startswith("finetuning-scheduler"):
        all_ours, all_peers = compare(arguments, restore=True)
        result["memory"] = max(result["memory"], ratio(all_ours, all_peers, lambda f: f["memory"]))
        result["restore"] = [ratio(all_ours, all_peers, lambda f, i=i: f["restore"][i]) for i in range(2)]
    print(f"geometric mean of the step ratios {math.prod(result['step']) ** (1 / 3):.3f}, "
          f"ftsrun starts {1 / result['first']:.1f} times sooner, losses differ by at most {apart:.1e}")  # fmt: skip
    if apart > 1e-4:
        sys.exit("the two did not train the same")
    print(json.dumps(result))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", choices=RANKS, default=next(iter(RANKS)))
    parser.add_argument("--python", default=os.environ.get("FTS_PEER_PYTHON"),
                        help="of an environment that has the peer (FTS_PEER_PYTHON); else one is made in .deps/peer")  # fmt: skip
    parser.add_argument("--ftsrun", type=lambda path: pathlib.Path(path).resolve(), default=ROOT / "build" / "ftsrun")
    parser.add_argument("--model", choices=["library", "script"], default="library", help="what ftsrun trains")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    arguments.python = python_of_peer(arguments.python)
    with tempfile.TemporaryDirectory() as files:
        arguments.files = pathlib.Path(files)
        decoder = [HERE / "decoder.py", files, str(RANKS[arguments.peer])]
        subprocess.run([arguments.python, "-W", "ignore", *decoder], check=True)
        report(arguments)


if __name__ == "__main__":
    main()
