"""Records runs of the real finetuning-scheduler for fts-oracle: python fts_record.py FOLDER [CASE…]

Every case of fts_record_cases.py becomes ID.json and ID.safetensors; tests/data/oracle/README.md tells of the format."""

import copy
import json
import logging
import sys
import tempfile
import warnings
from pathlib import Path

import lightning.pytorch as pl
import torch
import torch.nn.functional as F
from finetuning_scheduler import FinetuningScheduler, FTSCheckpoint, FTSEarlyStopping
from safetensors.torch import save_file
from torch import nn

from fts_record_cases import CASES, DEFAULTS

LAMBDAS = {"0.9**epoch": lambda epoch: 0.9**epoch, "1/(1+epoch)": lambda epoch: 1 / (1 + epoch), "const0.95": lambda epoch: 0.95}


class MlpLn(nn.Module):
    def __init__(self, outputs=4):
        super().__init__()
        self.fc1, self.fc2, self.ln = nn.Linear(8, 16), nn.Linear(16, 16), nn.LayerNorm(16)
        self.fc3, self.head = nn.Linear(16, 16), nn.Linear(16, outputs)

    def forward(self, x):
        return self.head(F.relu(self.fc3(self.ln(F.relu(self.fc2(F.relu(self.fc1(x))))))))


class ConvBn(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.bn1 = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.c2, self.bn2 = nn.Conv2d(4, 8, 3, padding=1, stride=2), nn.BatchNorm2d(8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(F.relu(self.bn2(self.c2(F.relu(self.bn1(self.c1(x)))))).mean((2, 3)))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.mid, self.out = nn.Linear(8, 8, bias=False), nn.Linear(8, 8), nn.Linear(8, 8)
        self.out.weight = self.emb.weight

    def forward(self, x):
        return self.out(F.relu(self.mid(self.emb(x))))


# Class, shape of a row, classes (0: a regression to as many values).
MODELS = {"mlp_ln": (MlpLn, (8,), 4), "mlp_ln_mse": (lambda: MlpLn(2), (8,), -2), "convbn": (ConvBn, (1, 8, 8), 3), "tied": (Tied, (8,), -8)}


def data_of(model):
    _, row, classes = MODELS[model]
    make = torch.Generator().manual_seed(11)
    rows = {}
    for part, count in (("train", 32), ("val", 16)):
        x = torch.randn(count, *row, generator=make)
        flat = x.flatten(1)
        rows[part + "_x"] = x
        rows[part + "_y"] = flat[:, :classes].argmax(1) if classes > 0 else flat[:, :-classes].sin() + flat.mean(1, keepdim=True)
    return rows


def instance(spec, *positional):
    arguments = {k: LAMBDAS.get(v, v) if k == "lr_lambda" else v for k, v in spec.get("args", {}).items()}
    return spec["of"](*positional, **arguments)


class Module(pl.LightningModule):
    def __init__(self, config):
        super().__init__()
        torch.manual_seed(5)
        net = MODELS[config["model"]][0]()
        for name, module in net.named_children():
            self.add_module(name, module)
        self.net_forward = type(net).forward
        self.config = config
        if config.get("no_decay"):
            self.no_decay = config["no_decay"]

    def loss(self, batch):
        x, y = batch
        out = self.net_forward(self, x)
        return F.cross_entropy(out, y) if y.dtype == torch.int64 else F.mse_loss(out, y)

    def training_step(self, batch, index):
        self.last = self.loss(batch)
        return self.last

    def validation_step(self, batch, index):
        real = self.loss(batch)
        script, monitor = self.config.get("val_script"), self.config["monitor"]
        logged = {"val_loss": real, monitor: real}
        if script:
            logged[monitor] = torch.tensor(float(script[min(self.current_epoch, len(script) - 1)]))
        self.log_dict(logged)
        self.val_real = real.item()

    def configure_optimizers(self):
        kind = self.config.get("opt_params", "requires_grad")
        if kind == "two_groups":
            named = list(self.named_parameters())
            parameters = [{"params": [p for n, p in named if not n.endswith("bias")]},
                          {"params": [p for n, p in named if n.endswith("bias")], "weight_decay": 0.0}]
        else:
            parameters = [p for p in self.parameters() if kind == "all" or p.requires_grad]
        spec = self.config["optimizer"]
        optimizer = instance({"of": getattr(torch.optim, spec["class"]), **spec}, parameters)
        spec = self.config.get("lr_scheduler")
        if not spec:
            return optimizer
        scheduler = instance({"of": getattr(torch.optim.lr_scheduler, spec["class"]), **spec}, optimizer)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, **spec.get("pl", {})}}


class Recorder(pl.Callback):
    def __init__(self, fts):
        self.fts = fts
        self.epochs, self.transitions, self.now = [], [], None

    def attach(self, trainer):
        """The points that no hook marks: a move, and the end of an epoch behind its scheduler's step."""
        step, restore, end = self.fts.step, self.fts.restore_best_ckpt, trainer.fit_loop.on_advance_end

        def recorded_restore():
            path = Path(trainer.checkpoint_callback.best_model_path).name
            epoch, at = (int(part.split("=")[1]) for part in path.removesuffix(".ckpt").split("-")[:2])
            self.restored = {"ckpt": path, "epoch": epoch, "step": at, "ckpt_depth": self.fts._fts_state._best_ckpt_depth}
            restore()

        def recorded_step():
            self.restored = None
            resumed, depth = self.fts._fts_state._resume_fit_from_ckpt, self.fts.curr_depth
            reason = self.reason(trainer, depth - 1) if not resumed else None
            step()
            if not resumed:
                self.transitions.append({"at_epoch": trainer.current_epoch, "from": depth - 1, "to": depth, "reason": reason, "restored": self.restored})

        def recorded_end():
            module = trainer.lightning_module
            end()
            if self.now is None:
                self.epochs.append({"epoch": trainer.current_epoch, "no_epoch_start_hook": True, "steps": []})
                return
            self.now["groups_end"] = self.groups(trainer, module)
            self.epochs.append(self.now)
            self.now = None

        self.fts.step, self.fts.restore_best_ckpt, trainer.fit_loop.on_advance_end = recorded_step, recorded_restore, recorded_end

    def reason(self, trainer, depth):
        limit = self.fts.ft_schedule[depth].get("max_transition_epoch", -1)
        by_epoch = 0 <= limit <= trainer.current_epoch
        stopping = trainer.early_stopping_callback
        by_metric = not self.fts.epoch_transitions_only and stopping.es_phase_complete
        return "both" if by_epoch and by_metric else "early_stopping" if by_metric else "max_transition_epoch"

    @staticmethod
    def groups(trainer, module):
        names = {id(p): n for n, p in module.named_parameters()}
        groups = []
        for g in trainer.optimizers[0].param_groups:
            group = {"params": [names[id(p)] for p in g["params"]]}
            group |= {k: float(g[k]) for k in ("lr", "initial_lr", "weight_decay", "momentum") if k in g}
            groups.append(group)
        return groups

    def on_train_epoch_start(self, trainer, module):
        self.now = {"epoch": trainer.current_epoch, "depth": self.fts.curr_depth, "steps": [], "val_real": None,
                    "trainable": [n for n, p in module.named_parameters() if p.requires_grad],
                    "optimizer": type(trainer.optimizers[0]).__name__, "groups_start": self.groups(trainer, module)}

    def on_train_batch_start(self, trainer, module, batch, index):
        self.rates = [float(g["lr"]) for g in trainer.optimizers[0].param_groups]

    def on_train_batch_end(self, trainer, module, outputs, batch, index):
        self.now["steps"].append({"batch_idx": index, "global_step": trainer.global_step, "lr": self.rates, "loss": module.last.item()})

    def on_validation_end(self, trainer, module):
        if self.now is not None:
            self.now["val_real"] = module.val_real


def with_functions(value):
    """A schedule as FTS takes it: a lambda's name becomes the function."""
    if isinstance(value, dict):
        return {int(k) if isinstance(k, str) and k.isdigit() else k: LAMBDAS[v] if k == "lr_lambda" else with_functions(v) for k, v in value.items()}
    return [with_functions(v) for v in value] if isinstance(value, list) else value


def exact(value):
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, dict):
        return {k: exact(v) for k, v in value.items()}
    return [exact(v) for v in value] if isinstance(value, list) else value


def fit(config, schedule, folder, tensors, resumed_from=None, **limits):
    monitor = {"monitor": config["monitor"]}
    fts = FinetuningScheduler(**({"ft_schedule": schedule} if schedule else {}), **config.get("fts", {}))
    recorder = Recorder(fts)
    callbacks = [fts, FTSCheckpoint(dirpath=folder, **(monitor | {"save_top_k": 1} | config.get("ckpt", {}))), recorder]
    if not fts.epoch_transitions_only:
        callbacks.insert(1, FTSEarlyStopping(**(monitor | {"patience": 1} | config.get("es", {}))))
    trainer = pl.Trainer(**({"max_epochs": config["max_epochs"]} | config.get("trainer", {}) | limits), callbacks=callbacks, accelerator="cpu", devices=1,
                         logger=False, default_root_dir=folder, enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0)
    recorder.attach(trainer)
    module = Module(config)
    if not resumed_from:
        tensors |= {"init." + n: t.clone() for n, t in module.state_dict().items()}
    rows = {k: tensors[k] for k in ("train_x", "train_y", "val_x", "val_y")}
    train = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(rows["train_x"], rows["train_y"]), batch_size=config["batch_size"])
    val = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(rows["val_x"], rows["val_y"]), batch_size=16)
    arguments = {}
    if resumed_from and config["resume"].get("via") == "fit_arg":
        arguments["ckpt_path"] = resumed_from
    elif resumed_from:
        trainer.ckpt_path = resumed_from
    exception = None
    try:
        trainer.fit(module, train, val, **arguments)
    except Exception as e:
        exception = {"class": type(e).__name__, "message": str(e)[:500], "after_epoch": trainer.current_epoch}
        if recorder.now is not None:
            recorder.epochs.append(recorder.now)
    best = Path(trainer.checkpoint_callback.best_model_path).name
    tensors |= {"final." + n: t.clone() for n, t in module.state_dict().items()}
    end = {"epochs_run": trainer.current_epoch, "global_step": trainer.global_step, "final_depth": fts.curr_depth, "exception": exception,
           "reason": "early_stopping" if trainer.should_stop and trainer.current_epoch < trainer.max_epochs else "max_epochs",
           "checkpoint": {"best_model": best, "best_ckpt_depth": fts._fts_state._best_ckpt_depth} if exception is None else None}
    return trainer, recorder, end


def record(name, case, out):
    config = copy.deepcopy(DEFAULTS) | copy.deepcopy(case)
    schedule = config.pop("schedule", None)
    tensors = data_of(config["model"])
    resume = None
    with tempfile.TemporaryDirectory() as folder:
        path = with_functions(schedule)
        if isinstance(schedule, str):
            path = folder + "/schedule.yaml"
            Path(path).write_text(schedule)
        checkpoints = folder + "/checkpoints"
        if how := config.get("resume"):
            limits = dict(how.get("first_trainer", {}))
            if "first_max_epochs" in how:
                limits["max_epochs"] = how["first_max_epochs"]
            trainer, first, _ = fit(config, path, checkpoints, tensors, **limits)
            ckpt = checkpoints + "/last.ckpt" if how["from"] == "last" else trainer.checkpoint_callback.best_model_path
            resume = {"first_run": {"epochs": first.epochs, "transitions": first.transitions}, "resumed_from": Path(ckpt).name,
                      "ckpt_epoch": torch.load(ckpt, weights_only=False)["epoch"]}
            trainer, recorder, end = fit(config, path, checkpoints, tensors, ckpt)
        else:
            trainer, recorder, end = fit(config, path, checkpoints, tensors)
    config.setdefault("resume", None)
    record = {"id": name, "config": config, "schedule_yaml": schedule if isinstance(schedule, str) else None,
              "schedule_dict": schedule if isinstance(schedule, dict) else None, "data": {"batch_size": config["batch_size"]},
              "epochs": recorder.epochs, "transitions": recorder.transitions, "resume": resume, "end": end}
    (out / (name + ".json")).write_text(json.dumps(exact(record), indent=1))
    save_file({k: v.contiguous() for k, v in tensors.items()}, out / (name + ".safetensors"))
    moves = " ".join(f"{t['from']}>{t['to']}@{t['at_epoch']}({t['reason']},{t['restored'] and t['restored']['epoch']})" for t in recorder.transitions)
    print(name, end["epochs_run"], end["reason"], moves, end["exception"] or "", flush=True)


def main():
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or CASES:
        try:
            record(name, CASES[name], out)
        except Exception as e:
            print(name, "NOT RECORDED:", type(e).__name__, e)


if __name__ == "__main__":
    main()
