"""What the real finetuning-scheduler makes of one case: set up and trained to the end, with a validation loss that stays 1."""

import copy
import importlib
import logging
import tempfile
import warnings
from pathlib import Path

import lightning.pytorch as pl
import torch

from fts_held_out_models import MODELS

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
torch.set_num_threads(1)


def instance(init, *positional):
    module, name = init["class_path"].rsplit(".", 1)
    arguments = {k: tuple(v) if k == "betas" else v for k, v in (init.get("init_args") or {}).items()}
    return getattr(importlib.import_module(module), name)(*positional, **arguments)


class Module(pl.LightningModule):
    def __init__(self, model, config):
        super().__init__()
        torch.manual_seed(5)
        for name, module in MODELS[model]().named_children():
            self.add_module(name, module)
        self.config = config
        if "no_decay" in config:
            self.no_decay = config["no_decay"]

    def training_step(self, batch, index):
        return sum((p * p).sum() for p in self.parameters())

    def validation_step(self, batch, index):
        self.log("val_loss", torch.tensor(1.0), batch_size=1)

    def configure_optimizers(self):
        optimizer = instance(self.config["optimizer"], [p for p in self.parameters() if p.requires_grad])
        init = self.config.get("lr_scheduler")
        if init is None:
            return optimizer
        scheduler = instance(init, optimizer)
        monitor = {"monitor": scheduler.monitor} if hasattr(scheduler, "monitor") else {}  # as LightningCLI passes it on
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, **monitor}}


class Stage(pl.Callback):
    """How far a run came."""

    stage = "before setup"

    def setup(self, trainer, pl_module, stage):
        self.stage = "set up"

    def on_train_epoch_start(self, trainer, pl_module):
        self.stage = f"epoch {trainer.current_epoch}"


def run(case):
    """{accepted, stage, message, max_depth, watermark, phases, depth}: the last four of a schedule that was set up."""
    config = copy.deepcopy(case["config"])
    result = {"accepted": False, "stage": "", "message": ""}
    stage, scheduler = Stage(), None
    with tempfile.TemporaryDirectory() as folder:
        try:
            callbacks = []
            for item in config["trainer"].pop("callbacks"):
                if item["class_path"].endswith("FinetuningScheduler") and case["schedule"] is not None:
                    path = Path(folder) / "schedule.yaml"
                    path.write_text(case["schedule"])
                    item["init_args"]["ft_schedule"] = str(path)
                callbacks.append(instance(item))
                if item["class_path"].endswith("FinetuningScheduler"):
                    scheduler = callbacks[-1]
            trainer = pl.Trainer(**config["trainer"], callbacks=[*callbacks, stage], accelerator="cpu", devices=1, logger=False,
                                 default_root_dir=folder, enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
                                 limit_train_batches=2, limit_val_batches=1)
            trainer.fit(Module(case["model"], config), [0, 1], [0])
            result.update(accepted=True, depth=scheduler.curr_depth)
        except (Exception, SystemExit) as e:
            result.update(message=f"{type(e).__name__}: {e}"[:300].replace(folder, "."))
    result["stage"] = stage.stage
    if result["accepted"]:
        phases = scheduler.ft_schedule
        result.update(max_depth=max(scheduler.max_depth, 0), phases=[sorted(phases[d]["params"]) for d in sorted(phases)],
                      watermark=max([-1, *(phases[d]["max_transition_epoch"] for d in phases if d > 0)]))
    return result
