"""Makes tests/data/optimizers/tables.json by running PyTorch's own optimizers on recorded gradients.

usage: optimizer_tables.py > tables.json; optimizer_tables.py lbfgs > lbfgs.json

A table is an optimizer (by its name in the language) with arguments, parameter groups of one tensor each (the second
with arguments of its own, the third added midway) and the parameters after each of 200 steps; the gradients (null: the
parameter had none) are the same for all tables. L-BFGS evaluates the loss several times a step, so its tables hold loss
and gradients of every evaluation.
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
STEPS = 200
SHAPES = [(3, 2), (5,)]
LATE_SHAPE, JOINS_AT = (2,), 80


def flat(tensor):
    """The float32 numbers in as few digits as say them."""
    return None if tensor is None else [float(str(x)) for x in tensor.detach().flatten().numpy()]


def gradients(generator):
    """Of each step and parameter; the second one begins late and rests at times, as a frozen one does."""
    def rests(i, step):
        return (i == 1 and (step < 2 or step % 40 in (5, 6))) or (i == 2 and step < JOINS_AT)
    return [[None if rests(i, step) else torch.randn(shape, generator=generator)
             for i, shape in enumerate([*SHAPES, LATE_SHAPE])] for step in range(STEPS)]


def table(name, arguments, second, steps, generator):
    parameters = [torch.randn(shape, generator=generator).requires_grad_() for shape in [*SHAPES, LATE_SHAPE]]
    groups = [{"params": [parameters[0]]}, {"params": [parameters[1]], **second}]
    optimizer = CLASSES[name](groups, **arguments)
    out = {"name": name, "arguments": arguments, "second": second, "start": [flat(p) for p in parameters], "parameters": []}
    for step, of_step in enumerate(steps):
        if step == JOINS_AT:
            optimizer.add_param_group({"params": [parameters[2]], **second})
        for parameter, gradient in zip(parameters, of_step):
            parameter.grad = None if gradient is None else gradient.clone()
        optimizer.step()
        out["parameters"].append([flat(p) for p in parameters[: 3 if step >= JOINS_AT else 2]])
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
        print("[\n" + ",\n".join(map(json.dumps, tables)) + "\n]")
        return
    steps = gradients(generator)
    tables = [table(*case, steps, generator) for case in CASES]
    kept = {"shapes": [*SHAPES, LATE_SHAPE], "joins_at": JOINS_AT, "gradients": [[flat(g) for g in s] for s in steps]}
    print(json.dumps(kept)[:-1] + ', "tables": [\n' + ",\n".join(map(json.dumps, tables)) + "\n]}")


main()
