"""What the real finetuning-scheduler makes of a schedule: set up on a module with the graph's parameters, not trained."""

import gzip
import json
import logging
import tempfile
import warnings

import lightning.pytorch as pl
import torch
from finetuning_scheduler import FinetuningScheduler

warnings.filterwarnings("ignore")
for name in ("lightning.pytorch", "lightning.fabric", "finetuning_scheduler"):
    logging.getLogger(name).setLevel(logging.ERROR)


def read_graph(path):
    opened = gzip.open(path, "rt") if str(path).endswith(".gz") else open(path, encoding="utf-8")
    with opened as file:
        return json.load(file)


class Named(pl.LightningModule):
    """A module with parameters of these names, one element each; tied ones are one tensor."""

    def __init__(self, parameters):
        super().__init__()
        made = {}
        for parameter in parameters:
            *path, leaf = parameter["name"].split(".")
            module = self
            for piece in path:
                if piece not in module._modules:
                    module.add_module(piece, torch.nn.Module())
                module = module._modules[piece]
            tied = parameter.get("tied_to")
            tensor = made[tied] if tied else torch.nn.Parameter(torch.zeros(1))
            made[parameter["name"]] = tensor
            module.register_parameter(leaf, tensor)

    def training_step(self, batch):
        raise NotImplementedError

    def train_dataloader(self):
        return [0]

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Done(Exception):
    pass


class Stop(pl.Callback):
    def setup(self, trainer, pl_module, stage):
        raise Done


def expand(schedule, graph):
    """The schedule as FTS expands it: a list of phases."""
    callback = FinetuningScheduler(ft_schedule=str(schedule))
    with tempfile.TemporaryDirectory() as folder:
        trainer = pl.Trainer(
            accelerator="cpu", devices=1, logger=False, max_epochs=1, callbacks=[callback, Stop()],
            default_root_dir=folder, enable_progress_bar=False, enable_model_summary=False,
        )
        try:
            trainer.fit(Named(graph["parameters"]))
        except Done:
            pass
    return [callback.ft_schedule[depth] for depth in sorted(callback.ft_schedule)]


def same(phase):
    """A phase in the form in which two are compared."""

    def plain(value):
        if isinstance(value, dict):
            return {str(k): plain(v) for k, v in value.items() if k != "name"}
        if isinstance(value, (list, tuple)):
            return [plain(v) for v in value]
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value

    out = plain(phase)
    out["params"] = sorted(phase["params"])
    if "lr" in out:
        out["lr"] = float(out["lr"])
    return out
