"""One exported schedule trained by the real finetuning-scheduler, as its configuration says."""

import importlib
import json

import lightning.pytorch as pl
import torch
import yaml
from finetuning_scheduler import FinetuningScheduler

SCHEDULE = """
schedule {
  monitor      = val_loss { patience = 1 }
  optimizer    = sgd { lr = 0.05, momentum = 0.9 }
  lr_scheduler = step { step_size = 1, gamma = 0.9 }
  max_epochs   = 8

  phase head  { thaw = "2.**", until = plateau or epoch(2) }
  phase whole { thaw = rest, lr = 0.01 }
}
"""


class Net(pl.LightningModule):
    def __init__(self, optimizer, lr_scheduler):
        super().__init__()
        torch.manual_seed(1)
        for i, layer in enumerate((torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))):
            self.add_module(str(i), layer)
        self.made = optimizer, lr_scheduler

    def loss(self, batch):
        x, y = batch
        for module in self.children():
            x = module(x)
        return torch.nn.functional.mse_loss(x, y)

    def training_step(self, batch):
        return self.loss(batch)

    def validation_step(self, batch):
        self.log("val_loss", self.loss(batch))

    def configure_optimizers(self):
        optimizer, lr_scheduler = (instance(init) for init in self.made)
        optimizer = optimizer([p for p in self.parameters() if p.requires_grad])
        return [optimizer], [lr_scheduler(optimizer)]


def instance(init):
    module, name = init["class_path"].rsplit(".", 1)
    made = getattr(importlib.import_module(module), name)
    return lambda *arguments: made(*arguments, **init.get("init_args", {}))


def graph():
    net = Net(None, None)
    return {
        "format": "fts-param-graph", "version": 1, "model": "net",
        "modules": [{"name": n, "type": type(m).__name__} for n, m in net.named_modules()],
        "parameters": [{"name": n, "shape": list(p.shape), "dtype": "F32", "requires_grad": True} for n, p in net.named_parameters()],
        "buffers": [],
    }


def train(ftsc, run, folder):
    (folder / "net.fts").write_text(SCHEDULE)
    (folder / "net.graph.json").write_text(json.dumps(graph()))
    run(ftsc, "export", folder / "net.fts", "--model", folder / "net.graph.json", "--to", "fts-yaml", "-o", folder / "net.yaml", "--config", folder / "config.yaml")
    config = yaml.safe_load((folder / "config.yaml").read_text())
    callbacks = []
    for callback in config["trainer"].pop("callbacks"):
        arguments = callback["init_args"]
        if "ft_schedule" in arguments:
            arguments["ft_schedule"] = str(folder / arguments["ft_schedule"])
        callbacks.append(instance(callback)())
    torch.manual_seed(0)
    x = torch.randn(64, 4)
    batches = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, x.sum(1, keepdim=True)), batch_size=64)
    net = Net(config["optimizer"], config["lr_scheduler"])
    trainer = pl.Trainer(**config["trainer"], callbacks=callbacks, accelerator="cpu", devices=1, logger=False, default_root_dir=folder,
                         enable_progress_bar=False, enable_model_summary=False)
    trainer.fit(net, train_dataloaders=batches, val_dataloaders=batches)
    scheduler = next(c for c in callbacks if isinstance(c, FinetuningScheduler))
    assert scheduler.curr_depth == scheduler.max_depth, "the last phase was not reached"
    assert all(p.requires_grad for p in net.parameters())
    return {"epochs": trainer.current_epoch, "depth": scheduler.curr_depth, "max_depth": scheduler.max_depth,
            "loss": round(float(trainer.callback_metrics["val_loss"]), 4)}
