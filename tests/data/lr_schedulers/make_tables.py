"""Makes tables.json by running PyTorch's own scheduler classes.

usage: make_tables.py TORCH_FOLDER > tables.json

TORCH_FOLDER holds optim/lr_scheduler.py. Only that file runs, with stand-ins for the three names that it takes from the
rest of torch, so that no library is loaded. A table is the learning rate of one group at position 0, 1, 2, …
"""
import importlib.util
import json
import sys
import types


class Optimizer:
    def __init__(self, lr):
        self.param_groups = [{"lr": lr}]
        self.defaults = {}

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


CASES = [
    ("step", "StepLR", {"step_size": 1, "gamma": 0.9}, 0.05),
    ("step", "StepLR", {"step_size": 7}, 1e-3),
    ("linear", "LinearLR", {}, 2e-5),
    ("linear", "LinearLR", {"start_factor": 0.1, "end_factor": 0.5, "total_iters": 33}, 0.02),
    ("linear", "LinearLR", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 50}, 1e-3),
    ("cosine_annealing", "CosineAnnealingLR", {"T_max": 6}, 0.02),
    ("cosine_annealing", "CosineAnnealingLR", {"T_max": 50, "eta_min": 1e-5}, 3e-4),
    ("cosine_annealing", "CosineAnnealingLR", {"T_max": 1, "eta_min": 0.1}, 0.5),
]


def main():
    schedulers = load(sys.argv[1])
    tables = []
    for name, cls, arguments, lr in CASES:
        optimizer = Optimizer(lr)
        scheduler = getattr(schedulers, cls)(optimizer, **arguments)
        rates = [optimizer.param_groups[0]["lr"]]
        for _ in range(200):
            optimizer.step()
            scheduler.step()
            rates.append(optimizer.param_groups[0]["lr"])
        tables.append({"name": name, "arguments": arguments, "lr": lr, "rates": rates})
    print("[\n" + ",\n".join(json.dumps(table) for table in tables) + "\n]")


main()
