#!/usr/bin/env python3
"""torchscript_models.py [OUT_FOLDER]: the small TorchScript modules that the tests of ftsrun load (tests/data/torchscript).

Beside each NAME.pt stands NAME.json: its parameters as Python names them, and the loss and gradients of one batch.
"""

import json
import pathlib
import sys
from typing import Optional

import torch
from torch import nn
from torch.nn import functional

OUT = pathlib.Path(__file__).resolve().parents[1] / "data" / "torchscript"


class Mlp(nn.Module):
    """8 -> 16 -> 16 -> 4 with a batch norm and a dropout; returns a dict. `weight` may be left out."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(8, 16)
        self.norm = nn.BatchNorm1d(16)
        self.fc2 = nn.Linear(16, 16)
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(16, 4)
        self.fc2.bias.requires_grad_(False)

    def forward(self, x: torch.Tensor, y: torch.Tensor, weight: Optional[torch.Tensor] = None):
        h = torch.relu(self.norm(self.fc1(x)))
        logits = self.head(self.drop(torch.relu(self.fc2(h))))
        losses = functional.cross_entropy(logits, y, reduction="none")
        if weight is not None:
            losses = losses * weight
        return {"loss": losses.mean(), "accuracy": (logits.argmax(1) == y).float().mean()}


class Tied(nn.Module):
    """The embedding's weight is the output's too; returns the loss alone."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(8, 6)
        self.mid = nn.Linear(6, 6)
        self.out = nn.Linear(6, 8, bias=False)
        self.out.weight = self.emb.weight

    def forward(self, x: torch.Tensor, y: torch.Tensor):
        return functional.cross_entropy(self.out(torch.relu(self.mid(self.emb(x)))), y)


class Logits(nn.Module):
    """Returns no loss."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 4)

    def forward(self, x: torch.Tensor):
        return self.head(x)


def batch_of(model):
    generator = torch.Generator().manual_seed(1)
    if isinstance(model, Tied):
        return {"x": torch.randint(0, 8, (5,), generator=generator), "y": torch.randint(0, 8, (5,), generator=generator)}
    batch = {"x": torch.randn(5, 8, generator=generator), "y": torch.randint(0, 4, (5,), generator=generator)}
    return {"x": batch["x"]} if isinstance(model, Logits) else batch


def record(model, name, out):
    script = torch.jit.script(model)
    script.save(str(out / f"{name}.pt"))
    model.eval()
    batch = batch_of(model)
    result = model(**batch)
    facts = {
        "parameters": [n for n, _ in model.named_parameters(remove_duplicate=False)],
        "buffers": [n for n, _ in model.named_buffers()],
        "modules": {n: type(m).__name__ for n, m in model.named_modules()},
        "batch": {n: t.tolist() for n, t in batch.items()},
    }
    if not isinstance(model, Logits):
        loss = result["loss"] if isinstance(result, dict) else result
        loss.backward()
        facts["loss"] = loss.item()
        facts["gradients"] = {n: p.grad.sum().item() for n, p in model.named_parameters() if p.grad is not None}
    (out / f"{name}.json").write_text(json.dumps(facts, indent=1) + "\n")


def main(out=OUT):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    for name, model in (("mlp", Mlp()), ("tied", Tied()), ("logits", Logits())):
        record(model, name, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
