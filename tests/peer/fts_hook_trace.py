#!/usr/bin/env python3
"""Writes the order in which the Python Fine-Tuning Scheduler calls its strategy adapter's hooks:
tests/data/fts_adapters/hook_trace.json. Needs finetuning-scheduler, lightning and torch.

    python tests/peer/fts_hook_trace.py tests/data/fts_adapters/hook_trace.json
"""
import json
import sys
import tempfile
import warnings

import torch
from finetuning_scheduler import FinetuningScheduler, FTSCheckpoint, FTSEarlyStopping
from finetuning_scheduler.strategy_adapters import StrategyAdapter
from lightning.pytorch import LightningModule, Trainer

warnings.filterwarnings("ignore")
TRACE = []

HOOKS = ["connect", "on_before_init_fts", "on_after_init_fts", "on_before_fts_fit_start", "on_validate_monitor_metric",
         "on_before_restore_optimizers_and_lrs", "before_restore_model", "fts_optim_transform",
         "get_named_params_for_schedule_validation", "validate_ft_sched", "gen_ft_schedule", "phase0_optimizer_override"]


class RecordingAdapter(StrategyAdapter):
    def __init__(self):
        super().__init__()
        inner = self.exec_ft_phase

        def exec_ft_phase(module, thaw_pl, translation_func=None, init_thaw=False):
            TRACE.append({"hook": "exec_ft_phase", "names": list(thaw_pl), "init_thaw": init_thaw})
            newly, everything = inner(module, thaw_pl, translation_func, init_thaw)
            TRACE.append({"hook": "thawed", "newly": newly, "all": sorted(everything)})
            return newly, everything

        self.exec_ft_phase = exec_ft_phase

    # FTS binds it by partialmethod, which would pass by a subclass.
    def fts_optim_inspect(self, orig_pl):
        return orig_pl


def recording(name):
    def hook(self, *args, **kwargs):
        entry = {"hook": name}
        if name == "fts_optim_transform":
            entry["names"] = list(args[0])
        TRACE.append(entry)
        result = getattr(StrategyAdapter, name)(self, *args, **kwargs)
        if name == "validate_ft_sched":
            TRACE.append({"hook": "validated", "max_depth": result[0], "greatest_epoch": result[1]})
        return result

    return hook


for hook_name in HOOKS:
    setattr(RecordingAdapter, hook_name, recording(hook_name))


class Model(LightningModule):
    """fc1, fc2 and head, as the tests' Mlp; val_loss is scripted."""

    def __init__(self, losses):
        super().__init__()
        self.fc1, self.fc2, self.head = torch.nn.Linear(8, 16), torch.nn.Linear(16, 16), torch.nn.Linear(16, 4)
        self.losses = losses

    def training_step(self, batch, _):
        x, y = batch
        return torch.nn.functional.cross_entropy(self.head(self.fc2(self.fc1(x).relu()).relu()), y)

    def validation_step(self, batch, _):
        if not self.trainer.sanity_checking:
            self.log("val_loss", self.losses[min(self.current_epoch, len(self.losses) - 1)])

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters() if self.all_parameters else
                                 [p for p in self.parameters() if p.requires_grad], lr=1e-2)


def run(schedule, losses, max_epochs, all_parameters=False, **kwargs):
    TRACE.clear()
    torch.manual_seed(0)
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(16, 8), torch.randint(0, 4, (16,))), 8)
    model = Model(losses)
    model.all_parameters = all_parameters
    with tempfile.TemporaryDirectory() as folder:
        fts = FinetuningScheduler(ft_schedule=schedule, logging_level=50,
                                  custom_strategy_adapters={"single_device": "fts_hook_trace:RecordingAdapter"}, **kwargs)
        trainer = Trainer(accelerator="cpu", devices=1, max_epochs=max_epochs, default_root_dir=folder, logger=False,
                          enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
                          callbacks=[fts, FTSCheckpoint(monitor="val_loss", dirpath=folder, save_top_k=1),
                                     FTSEarlyStopping(monitor="val_loss", patience=9)])
        fts.log_dir  # noqa: B018: it must be there
        trainer.fit(model, data, data)
    return list(TRACE)


def three_phases():
    return {0: {"params": ["head.weight", "head.bias"], "max_transition_epoch": 2},
            1: {"params": ["fc2.weight", "fc2.bias"], "max_transition_epoch": 4},
            2: {"params": ["fc1.weight", "fc1.bias"]}}


def main():
    sys.modules["fts_hook_trace"] = sys.modules["__main__"]
    cases = {
        "explicit": run(three_phases(), [1.0, 2.0, 0.5, 0.6, 0.4, 0.3], 6),
        "own_optimizer": run(three_phases(), [1.0, 2.0, 0.5, 0.6, 0.4, 0.3], 6, all_parameters=True),
        "implicit": run(None, [1.0], 2),
    }
    lines = [json.dumps(name) + ": [\n" + ",\n".join(map(json.dumps, case)) + "]" for name, case in cases.items()]
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write('{"finetuning_scheduler": "2.14.1", "cases": {\n' + ",\n".join(lines) + "}}\n")


if __name__ == "__main__":
    main()
