"""Makes tests/data/optimizers/tables.json by running PyTorch's own optimizers on recorded gradients.

usage: optimizer_tables.py > tables.json; optimizer_tables.py lbfgs > lbfgs.json

A table is an optimizer (by its name in the language) with arguments, two parameter groups of one tensor each (the
second with arguments of its own), the gradients of eight steps (null: the parameter had none) and the parameters after
each step. L-BFGS evaluates the loss several times a step, so its tables hold loss and gradients of every evaluation.
"""
import json
import sys

import torch

CLASSES = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW,
           "adagrad": torch.optim.Adagrad, "rmsprop": torch.optim.RMSprop}
CASES = [
    ("sgd", {"lr": 0.1}, {}),
    ("sgd", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}, {"lr": 0.01, "weight_decay": 0.0}),
    ("sgd", {"lr": 0.1, "momentum": 0.8, "nesterov": True, "maximize": True}, {"momentum": 0.5}),
    ("sgd", {"lr": 0.1, "momentum": 0.9, "dampening": 0.2}, {}),
    ("adam", {"lr": 0.01}, {"betas": (0.8, 0.99)}),
    ("adam", {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1}, {"weight_decay": 0.0}),
    ("adam", {"lr": 0.01, "decoupled_weight_decay": True, "weight_decay": 0.1}, {}),
    ("adamw", {"lr": 0.01}, {"lr": 0.1, "eps": 1e-6}),
    ("adamw", {"lr": 0.01, "amsgrad": True, "maximize": True, "weight_decay": 0.2}, {}),
    ("adagrad", {"lr": 0.1}, {"lr": 0.02}),
    ("adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.01, "initial_accumulator_value": 0.5, "eps": 1e-8}, {}),
    ("adagrad", {"lr": 0.1, "maximize": True}, {}),
    ("rmsprop", {"lr": 0.01}, {"alpha": 0.9}),
    ("rmsprop", {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.1}, {"weight_decay": 0.0}),
    ("rmsprop", {"lr": 0.01, "centered": True, "momentum": 0.5, "maximize": True, "eps": 1e-6}, {}),
]
STEPS = 8
SHAPES = [(3, 2), (5,)]


def flat(tensor):
    return None if tensor is None else tensor.detach().flatten().tolist()


def table(name, arguments, second, generator):
    parameters = [torch.randn(shape, generator=generator).requires_grad_() for shape in SHAPES]
    groups = [{"params": [parameters[0]]}, {"params": [parameters[1]], **second}]
    optimizer = CLASSES[name](groups, **arguments)
    out = {"name": name, "arguments": arguments, "second": second, "shapes": SHAPES,
           "start": [flat(p) for p in parameters], "gradients": [], "parameters": []}
    for step in range(STEPS):
        for i, parameter in enumerate(parameters):
            # The second parameter joins late and rests once, as a frozen one does.
            rests = i == 1 and step in (0, 1, 5)
            parameter.grad = None if rests else torch.randn(parameter.shape, generator=generator)
        out["gradients"].append([flat(p.grad) for p in parameters])
        optimizer.step()
        out["parameters"].append([flat(p) for p in parameters])
    return out


LBFGS_CASES = [{}, {"lr": 0.3, "max_iter": 4, "history_size": 3}, {"line_search_fn": "strong_wolfe", "max_iter": 5},
               {"line_search_fn": "strong_wolfe", "history_size": 2, "max_eval": 6}]


def lbfgs_table(arguments, generator):
    parameters = [torch.randn(shape, generator=generator).requires_grad_() for shape in SHAPES]
    matrix, wanted = torch.randn(11, 11, generator=generator), torch.randn(11, generator=generator)
    optimizer = torch.optim.LBFGS(parameters, **arguments)
    out = {"arguments": arguments, "shapes": SHAPES, "start": [flat(p) for p in parameters], "evaluations": [], "parameters": []}

    def closure():
        optimizer.zero_grad()
        p = torch.cat([p.flatten() for p in parameters])
        loss = (matrix @ p - wanted).square().mean() + 0.1 * p.pow(4).sum()
        loss.backward()
        out["evaluations"][-1].append({"loss": loss.item(), "gradients": [flat(p.grad) for p in parameters]})
        return loss

    for _ in range(4):  # once it has converged, the last bits decide how it goes on
        out["evaluations"].append([])
        optimizer.step(closure)
        out["parameters"].append([flat(p) for p in parameters])
    return out


def main():
    generator = torch.Generator().manual_seed(7)
    if sys.argv[1:] == ["lbfgs"]:
        tables = [lbfgs_table(arguments, generator) for arguments in LBFGS_CASES]
    else:
        tables = [table(*case, generator) for case in CASES]
    print("[\n" + ",\n".join(map(json.dumps, tables)) + "\n]")


main()
