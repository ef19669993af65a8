"""Makes tables.json by running PyTorch's own scheduler classes.

usage: make_tables.py TORCH_FOLDER > tables.json

TORCH_FOLDER holds optim/lr_scheduler.py. Only that file runs, with stand-ins for the three names that it takes from the
rest of torch, so that no library is loaded. A table is the learning rate of one group at position 0, 1, 2, …, and its
momentum where the scheduler moves it too.
"""
import importlib.util
import json
import math
import sys
import types
import warnings


class Optimizer:
    def __init__(self, lr):
        self.param_groups = [{"lr": lr, "momentum": 0.9}]
        self.defaults = {"momentum": 0.9}

    def step(self):
        pass


def load(folder):
    torch = types.ModuleType("torch")
    torch.__path__ = []
    torch.inf = float("inf")
    torch.Tensor = type("Tensor", (), {})
    torch.is_tensor = lambda value: False
    optim = types.ModuleType("torch.optim")
    optim.__path__ = []
    optimizer = types.ModuleType("torch.optim.optimizer")
    optimizer.Optimizer = Optimizer
    optimizer._to_scalar = lambda value: value
    for module in (torch, optim, optimizer):
        sys.modules[module.__name__] = module
    spec = importlib.util.spec_from_file_location("torch.optim.lr_scheduler", f"{folder}/optim/lr_scheduler.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


CLASSES = {
    "step": "StepLR", "multi_step": "MultiStepLR", "constant": "ConstantLR", "linear": "LinearLR",
    "exponential": "ExponentialLR", "polynomial": "PolynomialLR", "cosine_annealing": "CosineAnnealingLR",
    "cosine_annealing_warm_restarts": "CosineAnnealingWarmRestarts", "cyclic": "CyclicLR", "one_cycle": "OneCycleLR",
    "lambda": "LambdaLR", "multiplicative": "MultiplicativeLR", "reduce_on_plateau": "ReduceLROnPlateau",
}

# Expressions as a plan holds them, and as Python has them.
LAMBDAS = [
    (["**", 0.9, "epoch"], lambda epoch: 0.9**epoch),
    (["/", 1, ["+", 1, "epoch"]], lambda epoch: 1 / (1 + epoch)),
    (["if", ["<", "epoch", 10], ["/", "epoch", 10], ["max", 0.1, ["-", 1, ["*", 0.01, "epoch"]]]],
     lambda epoch: epoch / 10 if epoch < 10 else max(0.1, 1 - 0.01 * epoch)),
    (["*", 0.5, ["+", 1, ["cos", ["*", 0.03, "step"]]]], lambda step: 0.5 * (1 + math.cos(0.03 * step))),
]


def part(name, **arguments):
    return {"name": name, "arguments": arguments}


CASES = [
    (part("step", step_size=1, gamma=0.9), 0.05),
    (part("step", step_size=7), 1e-3),
    (part("multi_step", milestones=[3, 3, 50, 120], gamma=0.5), 0.05),
    (part("multi_step", milestones=[0, 10]), 0.3),
    (part("constant"), 0.02),
    (part("constant", factor=0.7, total_iters=60), 3e-4),
    (part("linear"), 2e-5),
    (part("linear", start_factor=0.1, end_factor=0.5, total_iters=33), 0.02),
    (part("linear", start_factor=1.0, end_factor=0.0, total_iters=50), 1e-3),
    (part("exponential", gamma=0.97), 0.05),
    (part("polynomial"), 0.01),
    (part("polynomial", total_iters=150, power=1.7), 0.3),
    (part("cosine_annealing", T_max=6), 0.02),
    (part("cosine_annealing", T_max=50, eta_min=1e-5), 3e-4),
    (part("cosine_annealing", T_max=1, eta_min=0.1), 0.5),
    (part("cosine_annealing_warm_restarts", T_0=7), 0.02),
    (part("cosine_annealing_warm_restarts", T_0=3, T_mult=2, eta_min=1e-4), 0.05),
    (part("cyclic", base_lr=0.001, max_lr=0.1, step_size_up=9), 0.05),
    (part("cyclic", base_lr=0.001, max_lr=0.1, step_size_up=7, step_size_down=13, mode="triangular2"), 0.05),
    (part("cyclic", base_lr=0.01, max_lr=0.2, step_size_up=20, mode="exp_range", gamma=0.99, cycle_momentum=False), 0.05),
    (part("one_cycle", max_lr=0.1, total_steps=200), 0.05),
    (part("one_cycle", max_lr=0.3, epochs=25, steps_per_epoch=8, anneal_strategy="linear", three_phase=True), 0.05),
    (part("one_cycle", max_lr=0.02, total_steps=210, pct_start=0.1, div_factor=10.0, final_div_factor=100.0,
          base_momentum=0.8, cycle_momentum=True), 0.05),
    *[(part("lambda", lr_lambda=tree), 0.05) for tree, _ in LAMBDAS],
    (part("multiplicative", lr_lambda=LAMBDAS[0][0]), 0.05),
    (part("multiplicative", lr_lambda=0.95), 0.05),
    (part("reduce_on_plateau", patience=3, factor=0.5), 0.1),
    (part("reduce_on_plateau", mode="max", patience=0, factor=0.9, threshold=0.05, threshold_mode="abs", cooldown=4,
          min_lr=1e-4), 0.1),
    (part("sequential", milestones=[5, 40], schedulers=[
        part("linear", start_factor=0.01), part("cosine_annealing", T_max=30, eta_min=1e-5),
        part("exponential", gamma=0.98)]), 0.02),
    (part("sequential", milestones=[10, 20, 30, 90], schedulers=[
        part("constant", factor=0.2, total_iters=8), part("cosine_annealing_warm_restarts", T_0=4),
        part("multiplicative", lr_lambda=LAMBDAS[1][0]), part("polynomial", total_iters=50, power=2.0),
        part("lambda", lr_lambda=LAMBDAS[3][0])]), 0.05),
    (part("sequential", milestones=[60], schedulers=[
        part("step", step_size=9, gamma=0.5), part("one_cycle", max_lr=0.2, total_steps=150)]), 0.05),
    (part("chained", schedulers=[part("constant", factor=0.1, total_iters=20), part("exponential", gamma=0.99)]), 0.05),
    (part("chained", schedulers=[
        part("linear", total_iters=10), part("cosine_annealing", T_max=40), part("multi_step", milestones=[100])]), 0.02),
]


def make(schedulers, optimizer, spec):
    name, arguments = spec["name"], dict(spec["arguments"])
    if name in ("sequential", "chained"):
        parts = [make(schedulers, optimizer, inner) for inner in arguments["schedulers"]]
        if name == "chained":
            return schedulers.ChainedScheduler(parts)
        return schedulers.SequentialLR(optimizer, parts, milestones=arguments["milestones"])
    if "lr_lambda" in arguments:
        tree = arguments["lr_lambda"]
        arguments["lr_lambda"] = next((f for t, f in LAMBDAS if t == tree), lambda epoch: tree)
    return getattr(schedulers, CLASSES[name])(optimizer, **arguments)


def metric(position):
    """What reduce_on_plateau is shown: falls, rests and rises again."""
    return round(1 / (1 + position // 5) + 0.02 * (position % 7), 6)


def main():
    warnings.simplefilter("ignore")
    schedulers = load(sys.argv[1])
    tables = []
    for spec, lr in CASES:
        optimizer = Optimizer(lr)
        scheduler = make(schedulers, optimizer, spec)
        group = optimizer.param_groups[0]
        rates, momenta = [group["lr"]], [group["momentum"]]
        metrics = [metric(position) for position in range(200)] if spec["name"] == "reduce_on_plateau" else []
        for position in range(200):
            optimizer.step()
            scheduler.step(*metrics[position:position + 1])
            rates.append(group["lr"])
            momenta.append(group["momentum"])
        table = {**spec, "lr": lr, "rates": rates}
        if metrics:
            table["metrics"] = metrics
        if set(momenta) != {0.9}:
            table["momenta"] = momenta
        tables.append(table)
    print("[\n" + ",\n".join(json.dumps(table) for table in tables) + "\n]")


main()
