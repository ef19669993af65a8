"""Schedules of the kinds that people write, right ones and wrong ones, made at random of a seed."""

import copy
import json
import random
import re

import yaml

from fts_held_out_models import MODELS

TORCH = "torch.optim."
SCHEDULERS = TORCH + "lr_scheduler."

OPTIMIZERS = [
    ("SGD", [{"lr": 0.05}, {"lr": 0.1, "momentum": 0.9}, {"lr": 0.01, "momentum": 0.9, "nesterov": True}, {"lr": 0.01, "momentum": 0.5, "weight_decay": 0.01}]),
    ("AdamW", [{"lr": 0.001}, {"lr": 0.002, "betas": [0.9, 0.95], "amsgrad": True}, {}]),
    ("Adam", [{"lr": 0.003, "eps": 1.0e-6}, {"lr": 0.001, "weight_decay": 0.1}]),
    ("Adagrad", [{"lr": 0.01, "lr_decay": 0.1}, {"lr": 0.02, "initial_accumulator_value": 0.1}]),
    ("RMSprop", [{"lr": 0.001, "alpha": 0.9}, {"lr": 0.001, "momentum": 0.5, "centered": True}]),
]
BAD_OPTIMIZERS = [
    ("SGD", {"lr": -0.1}), ("SGD", {"lr": "1e-3"}), ("SGD", {"lr": 0.1, "momentum": -1}), ("SGD", {"lr": 0.1, "nesterov": True}), ("SGD", {"learning_rate": 0.1}),
    ("AdamW", {"lr": 0.1, "betas": [0.9, 1.0]}), ("AdamW", {"betas": [0.9]}), ("Adam", {"eps": -1.0}), ("AdamW", {"betas": 0.9}), ("Adagrad", {"lr_decay": -1.0}),
    ("RMSprop", {"alpha": -0.5}), ("Adam", {"weight_decay": -0.1}), ("AdamW", {"lr": None}), ("LBFGS", {"lr": 1.0}), ("AdamW", {"foreach": True, "fused": True}),
    ("SGD", {"params": [1], "lr": 0.1}), ("SparseAdam", {"lr": 0.1, "momentum": 0.5}),
]
LR_SCHEDULERS = [
    ("StepLR", [{"step_size": 1, "gamma": 0.7}, {"step_size": 2}]),
    ("MultiStepLR", [{"milestones": [1, 3], "gamma": 0.5}]),
    ("ExponentialLR", [{"gamma": 0.9}]),
    ("CosineAnnealingLR", [{"T_max": 4, "eta_min": 0.001}, {"T_max": 10}]),
    ("CosineAnnealingWarmRestarts", [{"T_0": 1}, {"T_0": 2, "T_mult": 2, "eta_min": 1.0e-4}]),
    ("LinearLR", [{"start_factor": 0.5, "total_iters": 3}, {}]),
    ("ConstantLR", [{"factor": 0.5, "total_iters": 2}]),
]
BAD_LR_SCHEDULERS = [
    ("StepLR", {}), ("StepLR", {"step_size": 0}), ("StepLR", {"stepsize": 1}), ("StepLR", {"step_size": 1, "gamma": "x"}), ("StepLR", {"step_size": "1"}),
    ("MultiStepLR", {"milestones": 3}), ("MultiStepLR", {}), ("ExponentialLR", {}), ("CosineAnnealingLR", {"T_max": 0}), ("CosineAnnealingLR", {}),
    ("CosineAnnealingWarmRestarts", {"T_0": 0}), ("CosineAnnealingWarmRestarts", {"T_0": 1.5}), ("CosineAnnealingWarmRestarts", {"T_0": 2, "T_mult": 0}),
    ("LinearLR", {"start_factor": 0}), ("LinearLR", {"start_factor": 1.5}), ("LinearLR", {"end_factor": -0.5}), ("LinearLR", {"total_iters": 0}),
    ("ConstantLR", {"factor": 2.0}), ("ConstantLR", {"total_iters": "5"}), ("OneCycleLR", {"max_lr": 0.1, "total_steps": 10}), ("PolynomialLR", {"total_iters": 4}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1}), ("LambdaLR", {"lr_lambda": "x"}), ("StepLRs", {"step_size": 1}), ("StepLR", {"step_size": None}),
    ("StepLR", {"step_size": 1, "verbose": True}), ("StepLR", {"step_size": 1.5}), ("StepLR", {"step_size": -1}), ("ExponentialLR", {"gamma": 0}),
    ("ExponentialLR", {"gamma": -0.5}), ("StepLR", {"step_size": 1, "last_epoch": 3}), ("MultiStepLR", {"milestones": [1, "2"]}), ("MultiStepLR", {"milestones": []}),
    ("CosineAnnealingLR", {"T_max": "4"}), ("CosineAnnealingLR", {"T_max": 2.5}), ("CosineAnnealingLR", {"T_max": 4, "eta_min": "1e-4"}), ("LinearLR", {"total_iters": -1}),
]
PLATEAUS = [
    ({"patience": 0, "factor": 0.5}, {"monitor": "val_loss"}), ({}, {"monitor": "val_loss", "interval": "epoch", "frequency": 1}), ({"mode": "max"}, {"monitor": "val_loss"}),
    ({"min_lr": 0.001}, {"monitor": "val_loss"}), ({"factor": 1.0}, {"monitor": "val_loss"}), ({"mode": "best"}, {"monitor": "val_loss"}), ({}, {}), ({}, None),
    ({"min_lr": [0.1]}, {"monitor": "val_loss"}), ({"threshold_mode": "rl"}, {"monitor": "val_loss"}), ({}, {"monitor": "val_loss", "strict": False}),
    ({}, {"monitor": "val_loss", "reduce_on_plateau": False}), ({"min_lr": [0.0, 0.0]}, {"monitor": "val_loss"}), ({"patience": "1"}, {"monitor": "val_loss"}),
    ({"factor": -0.5}, {"monitor": "val_loss"}), ({"eps": 1.0e-4, "cooldown": 1, "threshold": 0.01}, {"monitor": "val_loss"}), ({"patience": -1}, {"monitor": "val_loss"}),
]
PL_CFGS = [
    {"interval": "epoch", "frequency": 2}, {"interval": "step", "frequency": 1, "name": "Custom"}, {"interval": "batch"}, {"frequency": 0}, {"interval": "epoch", "typo": 1},
    {}, {"frequency": "1"}, {"frequency": 1.5}, {"frequency": -1}, {"interval": None}, {"monitor": "val_loss"}, {"reduce_on_plateau": True}, {"reduce_on_plateau": True, "monitor": "val_loss"},
    {"strict": True, "name": None}, {"scheduler": "x"},
]


class Maker:
    def __init__(self, seed, index):
        self.random = random.Random(f"{seed}.{index}")
        self.model = self.one(sorted(MODELS))
        self.net = MODELS[self.model]()
        self.names = [n for n, _ in self.net.named_parameters()]
        self.tags = []

    def one(self, of):
        return self.random.choice(of)

    def chance(self, percent):
        return self.random.randrange(100) < percent

    # ── right parts ──
    def entries(self, module):
        """The parameters of one module, in one of the ways of writing them."""
        own = [n for n in self.names if n.rpartition(".")[0] == module]
        way = self.random.randrange(6)
        literal = re.escape(module).replace("\\_", "_")
        kinds = "|".join(n.rpartition(".")[2] for n in own)
        if way == 0:
            return [module + ".*"] if module else own
        if way == 1:
            return [literal + rf"\.({kinds})"]
        if way == 2:
            return [literal + r"\..+$"]
        if way == 3:
            return ["(?:" + literal + ")" + rf"[.](?={kinds})"]
        return own

    def modules(self):
        return list(dict.fromkeys(n.rpartition(".")[0] for n in self.names))[::-1]

    def phases(self):
        modules = self.modules()
        count = self.random.randint(1, min(4, len(modules)))
        cuts = sorted(self.random.sample(range(1, len(modules)), count - 1))
        parts = [modules[a:b] for a, b in zip([0, *cuts], [*cuts, len(modules)])]
        if self.chance(15) and len(parts) > 1:
            parts.pop()
        return {i: {"params": [e for m in part for e in self.entries(m)]} for i, part in enumerate(parts)}

    def optimizer(self, bad=False):
        if bad:
            name, arguments = self.one(BAD_OPTIMIZERS)
        else:
            name, kinds = self.one(OPTIMIZERS)
            arguments = self.one(kinds)
        init = {"class_path": TORCH + name, "init_args": copy.deepcopy(arguments)}
        if not arguments and self.chance(50):
            del init["init_args"]
        return init

    def lr_scheduler(self, bad=False):
        if bad:
            name, arguments = self.one(BAD_LR_SCHEDULERS)
        else:
            name, kinds = self.one(LR_SCHEDULERS)
            arguments = self.one(kinds)
        return {"class_path": SCHEDULERS + name, "init_args": copy.deepcopy(arguments)}

    def new_lr_scheduler(self, bad=False, implicit=False):
        if self.chance(30):
            arguments, pl = copy.deepcopy(self.one(PLATEAUS))
            made = {"lr_scheduler_init": {"class_path": SCHEDULERS + "ReduceLROnPlateau", "init_args": arguments}}
            return made if pl is None else made | {"pl_lrs_cfg": pl}
        made = {"lr_scheduler_init": self.lr_scheduler(bad)}
        if self.chance(40):
            made["pl_lrs_cfg"] = copy.deepcopy(self.one(PL_CFGS))
        if self.chance(25) and not implicit:
            made["init_pg_lrs"] = copy.deepcopy(self.one([[0.1, 0.01], [0.1], [], [0.1, 0.1, 0.1, 0.1], ["1e-3", 0.1], [0.1, "x"], 0.1, [None], "0.1", [True, 0.1]]))
        if self.chance(25):
            made["use_current_optimizer_pg_lrs"] = self.one([True, False, None, 1, "yes"])
        return made

    # ── faults and rarities: each takes the phases and changes them ──
    def typo(self, phases):
        phase = phases[self.one(list(phases))]
        at = self.random.randrange(len(phase["params"]))
        phase["params"][at] = self.one(["nope.weight", "nope.*", "hed.*", phase["params"][at] + "x$", 3, None, "fc[", "*", "(", 1.5, True, "", "HEAD.weight", ".*zz"])

    def overlap(self, phases):
        phases[self.one(list(phases))]["params"].append(self.one([*self.names, "head.*", ".*bias", r".*\.weight", "layers.1", ".*norm.*"]))

    def prefix(self, phases):
        phase = phases[self.one(list(phases))]
        phase["params"] = [self.one([*self.modules(), *[m[:-1] for m in self.modules() if len(m) > 1]])]

    def range(self, phases):
        phases[self.one(list(phases))]["params"] = [self.one([r"layers.[0-3]\.", r"layers.1[01].*", r"fc[12]\.(weight|bias)", r"(?i)FC1.*", r"fc\d.weight", r"layer.{0,11}.*", r"model\.layer\.[0-1]\..*",
                                                               r"^head\..*", r"c1|c2", r"(bn1|bn2)\.weight", r"(?P<x>fc)1.*", r"fc1\Z", r"fc(?!1).*", r"\bfc2\b.*", r"fc1.weight$", r"(?x) fc 1 .*", r"fc1(?#c).*"])]

    def epochs(self, phases):
        for phase in phases.values():
            if self.chance(70):
                phase["max_transition_epoch"] = self.one([1, 2, 3, 5, 4, 8, 12, -1, -5, 2, 3])

    def strange_epoch(self, phases):
        phases[self.one(list(phases))]["max_transition_epoch"] = self.one([0, "3", None, 2.5, True, False, [1], 1.0e3, float("inf"), float("nan"), -0.5, "", {}, 0.0])

    def rate(self, phases):
        for depth, phase in phases.items():
            if depth and self.chance(60):
                phase["lr"] = self.one([0.01, 1.0e-3, 5, "1e-3", "1e-05", "2E-4", "0.01", "1_0.5", " .5 ", "1e-3 ", True, "1.", ".5e-1", "+0.1"])

    def strange_rate(self, phases):
        phases[self.one(list(phases))]["lr"] = self.one(["fast", None, [0.1], {}, "", "1e", "0x10", "1,5", "1e-3e", "0.1f", "1__0", "_1"])

    def new_optimizer(self, phases, bad=False):
        depth = self.one([d for d in phases if d or bad] or [0])
        phases[depth]["new_optimizer"] = self.one([{"optimizer_init": self.optimizer(bad)}] * 12 + [
            {}, None, {"optimizer_init": {}}, {"optimizer_init": None}, {"class_path": "torch.optim.SGD"}, {"optimizer_init": {"class_path": "SGD"}}, "SGD",
            {"optimizer_init": {"class_path": "torch.optim.AdamWW"}}, {"optimizer_init": {"class_path": "torch.optim.SGD"}}, {"optimizer_init": {"class_path": "torch.optim.AdamW", "init_args": None}}])

    def bad_optimizer(self, phases):
        self.new_optimizer(phases, True)

    def new_scheduler(self, phases, bad=False):
        depth = self.one([d for d in phases if d or bad] or [0])
        phases[depth]["new_lr_scheduler"] = self.one([self.new_lr_scheduler(bad)] * 12 + [
            {}, None, {"lr_scheduler_init": {}}, {"lr_scheduler_init": None}, {"class_path": "x"}, {"lr_scheduler_init": {"class_path": "StepLR", "init_args": {"step_size": 1}}}, "StepLR",
            {"lr_scheduler_init": {"class_path": SCHEDULERS + "StepLR"}}, {"lr_scheduler_init": {"class_path": SCHEDULERS + "StepLR", "init_args": {"step_size": 1, "optimizer": "x"}}},
            {"lr_scheduler_init": {"class_path": SCHEDULERS + "LinearLR", "init_args": None}}])

    def bad_scheduler(self, phases):
        self.new_scheduler(phases, True)

    def keys(self, phases):
        order = list(phases)
        last = order[-1]
        change = {last: self.one([str(last), float(last), last + 1, last + 0.5, -1, "x", None, f" {last} ", f"0{last}", True, last + 7, f"+{last}", f"{last}.0", str(last) + "_", float("nan")])}
        pairs = [(change.get(k, k), v) for k, v in phases.items()]
        if self.chance(30):
            self.random.shuffle(pairs)
        phases.clear()
        phases.update(pairs)

    def shuffled(self, phases):
        pairs = list(phases.items())
        self.random.shuffle(pairs)
        phases.clear()
        phases.update(pairs)

    def phase_keys(self, phases):
        phase = phases[self.one(list(phases))]
        phase[self.one(["learning_rate", "Params", "param", "max_epochs", "min_transition_epoch", "lrs", 1, "name"])] = self.one([1, [], "x", None])

    def params(self, phases):
        depth = self.one(list(phases))
        phases[depth]["params"] = self.one([[], None, "head.weight", {}, "", {"head.weight": 1}, 0, [[]], [{}], [["head.weight"]], ()])

    def no_params(self, phases):
        del phases[self.one(list(phases))]["params"]

    def body(self, phases):
        phases[self.one(list(phases))] = self.one([None, [], "x", {}, ["head.weight"], 1])

    CHANGES = ["typo", "overlap", "prefix", "range", "epochs", "epochs", "epochs", "strange_epoch", "rate", "rate", "strange_rate", "new_optimizer", "new_optimizer", "bad_optimizer",
               "new_scheduler", "new_scheduler", "new_scheduler", "bad_scheduler", "bad_scheduler", "keys", "shuffled", "phase_keys", "params", "no_params", "body"]

    def text(self, phases):
        if self.chance(1):
            return self.one(["", "[]", "{}", "0:\n  params: [a\n", "0:\n\tparams: []\n", "- 0\n", "x"])
        text = yaml.safe_dump(phases, sort_keys=False, allow_unicode=True)
        text = re.sub(r"'(\d[\d.]*[eE]-?\d+)'", r"\1", text)  # as people write them: YAML 1.1 makes a string of 1e-3
        if self.chance(1):
            text += text.split("\n")[0] + "\n  params: []\n"
        return text

    # ── the configuration ──
    def arguments(self, implicit, phases):
        made = {}
        for name, percent, values in (
            ("max_depth", 15, [0, 1, 1, 2, 10, -1, -2]), ("base_max_lr", 12, [0.05, 1.0e-5, "1e-3", 0.5, None, "x", 1]), ("restore_best", 20, [True, False, False]),
            ("epoch_transitions_only", 10, [True, False]), ("enforce_phase0_params", 6, [True, False]), ("apply_lambdas_new_pgs", 4, [True, False]),
            ("frozen_bn_track_running_stats", 5, [True, False]), ("allow_untested", 6, [True, False]), ("custom_strategy_adapters", 1, [{"ddp": "x.Y"}]),
            ("max_dpth", 1, [1]), ("logging_level", 2, [10, 20])):
            if self.chance(percent):
                made[name] = copy.deepcopy(self.one(values))
        if self.chance(35 if implicit else 2):
            made["reinit_lr_cfg"] = self.one([self.new_lr_scheduler(self.chance(20), implicit)] * 12 + [{}, {"class_path": "x"}])
        if self.chance(30 if implicit else 4):
            made["reinit_optim_cfg"] = self.one([{"optimizer_init": self.optimizer(self.chance(15))}] * 12 + [{}, {"class_path": "x"}, {"optimizer_init": None}])
        return made

    def config(self, implicit, phases):
        arguments = self.arguments(implicit, phases)
        stopping = {"monitor": "val_loss", "patience": 1}
        checkpoint = {"monitor": "val_loss"}
        for into, name, percent, values in (
            (stopping, "min_delta", 5, [0.0, 0.01]), (stopping, "patience", 8, [0, 2]), (stopping, "mode", 5, ["min", "max", "max", "min", "best"]), (stopping, "check_finite", 4, [True, False]),
            (stopping, "stopping_threshold", 2, [0.5]), (stopping, "divergence_threshold", 2, [2.0]), (stopping, "stoping", 1, [1]),
            (checkpoint, "save_top_k", 10, [1, 3, -1, 2, 0, None, -2]), (checkpoint, "mode", 5, ["min", "max", "max", "min", "best"]), (checkpoint, "monitor", 2, [None]),
            (checkpoint, "save_last", 5, [True, False]), (checkpoint, "every_n_epochs", 6, [1, 2, 2, 3]), (checkpoint, "save_weights_only", 2, [True, False]),
            (checkpoint, "save_on_train_epoch_end", 3, [True, False]), (checkpoint, "verbose", 3, [True]), (checkpoint, "filename", 2, ["x"]),
            (checkpoint, "every_n_train_steps", 3, [1, 2])):
            if self.chance(percent):
                into[name] = self.one(values)
        module = "finetuning_scheduler." if self.chance(85) else "lightning.pytorch.callbacks."
        prefix = "FTS" if module.startswith("f") else ""
        callbacks = [{"class_path": "finetuning_scheduler.FinetuningScheduler", "init_args": arguments},
                     {"class_path": f"{module}{prefix}EarlyStopping", "init_args": stopping},
                     {"class_path": f"{module}{'FTS' if prefix else 'Model'}Checkpoint", "init_args": checkpoint}]
        if arguments.get("epoch_transitions_only") and self.chance(80):
            del callbacks[1]
        if self.chance(4):
            del callbacks[self.random.randrange(1, len(callbacks))]
        made = {"trainer": {"max_epochs": self.one([20, 20, 25, 14]), "callbacks": callbacks}}
        made["optimizer"] = self.optimizer()
        made["optimizer"].setdefault("init_args", {}).setdefault("lr", 0.01)
        made["lr_scheduler"] = self.one([self.lr_scheduler()] * 20 + [None] * 4 + [self.lr_scheduler(True)])
        if self.chance(6):
            made["lr_scheduler"] = {"class_path": "lightning.pytorch.cli.ReduceLROnPlateau", "init_args": {"monitor": "val_loss", "patience": 1}}
        if self.chance(12):
            made["no_decay"] = self.one([["bias"], ["bias", "norm.weight"], [], ["weight"]])
        return made


def case(seed, index):
    make = Maker(seed, index)
    implicit = make.chance(15)
    text = None
    if not implicit:
        phases = make.phases()
        for change in make.random.sample(Maker.CHANGES, make.one([0, 1, 1, 1, 1, 2, 2])):
            try:
                getattr(make, change)(phases)
                make.tags.append(change)
            except (KeyError, IndexError, TypeError, ValueError):
                pass  # a phase that another change has already taken apart
        text = make.text(phases)
    config = make.config(implicit, text)
    return {"id": f"s{seed}_{index}", "model": make.model, "tags": make.tags, "schedule": text, "config": config}


def config_text(config):
    return json.dumps(config, indent=1)
