#!/usr/bin/env python3
"""torch_checkpoints.py FOLDER: small files as torch.save, Lightning and torch.jit.save write them, for the graph readers.

Each lies beside a graph (`NAME.graph.json`) of what PyTorch itself says that it holds. Made with, in a virtual environment:
    python3 -m pip install torch==2.15.0 lightning==2.6.6
    python3 tests/peer/torch_checkpoints.py tests/data/graphs/torch
"""

import json
import pathlib
import sys

import lightning
import torch
from torch import nn

DTYPES = {
    torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
    torch.int8: "I8", torch.bool: "BOOL", torch.float8_e4m3fn: "F8_E4M3", torch.uint16: "U16", torch.complex64: "C64",
}


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x):
        return self.norm(self.linear(x))


class Net(nn.Module):
    """A tied head, a frozen layer, batch norms, and a buffer that is not called as buffers usually are."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 3)
        self.blocks = nn.Sequential(Block(), Block())
        self.head = nn.Linear(3, 5, bias=False)
        self.head.weight = self.embed.weight
        self.scale = nn.Parameter(torch.ones(()))
        self.register_buffer("table", torch.zeros(2, 2))
        self.embed.weight.requires_grad_(False)

    def forward(self, x):
        return self.head(self.blocks(self.embed(x).flatten(0, 1))) * self.scale + self.table.sum()


class LitNet(lightning.LightningModule):
    def __init__(self, width: int = 3):
        super().__init__()
        self.save_hyperparameters()
        self.model = nn.Linear(width, 2)

    def training_step(self, batch, _):
        return self.model(batch).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-3)


def write_graph(path, model, modules, parameters, buffers):
    def record(name, tensor, **more):
        return {"name": name, "shape": list(tensor.shape), "dtype": DTYPES[tensor.dtype], **more}

    first, rows = {}, []
    for name, p in parameters:
        key = (p.untyped_storage()._cdata, p.storage_offset(), p.shape, p.stride(), p.dtype)
        tie = {} if first.setdefault(key, name) == name else {"tied_to": first[key]}
        rows.append(record(name, p, requires_grad=p.requires_grad, **tie))
    text = {"format": "fts-param-graph", "version": 1, "model": model, "modules": modules, "parameters": rows,
            "buffers": [record(n, b, persistent=True) for n, b in buffers]}
    path.write_text(json.dumps(text, separators=(",", ":")).replace("{\"name\"", "\n{\"name\"") + "\n")


def graph_of_module(path, model):
    modules = [{"name": n, "type": getattr(m, "original_name", type(m).__name__)} for n, m in model.named_modules()]
    write_graph(path, path.name.split(".")[0], modules, model.named_parameters(remove_duplicate=False),
                model.named_buffers(remove_duplicate=False))


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    net = Net()
    for protocol in (2, 4, 5):
        torch.save(net.state_dict(), out / f"protocol{protocol}.bin", pickle_protocol=protocol)
    torch.save(net.state_dict(keep_vars=True), out / "kept_vars.pt")
    torch.save({"model": net.state_dict(), "optimizer": torch.optim.AdamW(net.parameters()).state_dict(), "epoch": 3},
               out / "nested.pth")
    base = torch.arange(12.0)
    torch.save({"whole": base, "left": base[:6].view(2, 3), "right": base[6:].view(2, 3), "across": base.view(3, 4).t(),
                "half": torch.zeros(2, dtype=torch.float16), "brain": torch.zeros(2, dtype=torch.bfloat16),
                "eighth": torch.zeros(2).to(torch.float8_e4m3fn), "odd": torch.zeros(2, dtype=torch.uint16),
                "plane": torch.zeros(2, dtype=torch.complex64), "codes": torch.zeros(2, dtype=torch.int8),
                "mask": torch.zeros(2, dtype=torch.bool), "empty": torch.zeros(0, 4),
                "named": nn.Parameter(torch.zeros(2), requires_grad=False), "note": "no tensor"}, out / "dtypes.pt")
    with torch.device("meta"):
        torch.save(nn.Linear(2, 2).state_dict(), out / "meta.pt")
    torch.save(net, out / "whole_module.pt")
    torch.save(net.state_dict(), out / "before_1.6.bin", _use_new_zipfile_serialization=False)

    lit = LitNet()
    trainer = lightning.Trainer(max_steps=1, logger=False, enable_checkpointing=False, accelerator="cpu",
                                enable_progress_bar=False, enable_model_summary=False)
    trainer.fit(lit, torch.utils.data.DataLoader(torch.ones(2, 3)))
    trainer.save_checkpoint(out / "lightning.ckpt")

    net.eval()
    torch.jit.script(net).save(out / "scripted.pt")
    torch.jit.trace(net, torch.zeros(2, 2, dtype=torch.long)).save(str(out / "traced.pt"))
    torch.jit.freeze(torch.jit.script(net)).save(out / "frozen.pt")
    loaded = torch.jit.load(out / "scripted.pt")
    graph_of_module(out / "scripted.graph.json", loaded)
    graph_of_module(out / "module.graph.json", net)


main()
