"""Compares the flat units of `ftsc compile` with those of PyTorch's own wrapping, on modules built from graph files.

usage: wrap_policies.py FTSC GRAPH...     (needs torch; the policies run as FSDP runs them, nothing is sharded)
"""
import functools
import gzip
import json
import subprocess
import sys
import tempfile

import torch
from torch.distributed.fsdp.wrap import ModuleWrapPolicy, _or_policy, _recursive_wrap, size_based_auto_wrap_policy

CONTAINERS = {"ModuleList": torch.nn.ModuleList, "ModuleDict": torch.nn.ModuleDict, "MultiheadAttention": torch.nn.Module}


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as file:
        return json.load(file)


def build(graph):
    """The module tree of a graph, with parameters on the meta device; classes are made by name."""
    classes, modules, parameters = {}, {}, {}
    for record in graph["modules"]:
        base = CONTAINERS.get(record["type"])
        if base in (torch.nn.ModuleList, torch.nn.ModuleDict):
            module = base()
        else:
            module = classes.setdefault(record["type"], type(record["type"], (torch.nn.Module,), {}))()
        modules[record["name"]] = module
        parent, _, name = record["name"].rpartition(".")
        if record["name"]:
            modules[parent].add_module(name, module)
    for record in graph["parameters"]:
        tied = record.get("tied_to")
        parameters[record["name"]] = parameters[tied] if tied else torch.nn.Parameter(
            torch.empty(record["shape"], device="meta"), requires_grad=False)
        parent, _, name = record["name"].rpartition(".")
        modules[parent].register_parameter(name, parameters[record["name"]])
    return modules[""], classes


class Wrapped(torch.nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module


def torch_units(graph, policy_of):
    """Names of the modules that are wrapped, without the root."""
    root, classes = build(graph)
    names = {id(module): name for name, module in root.named_modules()}
    policy = policy_of(classes)
    wrapped = []

    def wrap(module, **_):
        wrapped.append(names[id(module)])
        return Wrapped(module)

    if isinstance(policy, ModuleWrapPolicy):
        return {names[id(m)] for m in policy._run_policy(root, set(), {})} - {""}
    _recursive_wrap(root, policy, wrap, set(), set(), only_wrap_children=True)
    return set(wrapped)


def fts_units(ftsc, path, policy):
    text = ('schedule { monitor = val_loss, optimizer = adamw { lr = 1e-3 }\nphase all { thaw = all } }\n'
            f'strategy flat {{ adapter = fsdp, use_orig_params = true, auto_wrap_policy = {policy} }}\n')
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/f.fts", "w") as file:
            file.write(text)
        run = subprocess.run([ftsc, "compile", f"{folder}/f.fts", "--model", path, "-o", f"{folder}/f.plan"], text=True,
                             capture_output=True)
        if "FTS0706" in run.stdout + run.stderr:  # tied parameters in different units: refused, for PyTorch too
            return None
        run.check_returncode()
        with open(f"{folder}/f.plan") as file:
            plan = json.load(file)
    return {unit["module"] for unit in plan["strategies"][0]["units"]} - {""}


def holds_parameters(graph, units):
    """The units to which parameters are left: FSDP makes the others too, but they hold nothing."""
    kept = set()
    for record in graph["parameters"]:
        if record.get("tied_to"):
            continue
        name = record["name"].rpartition(".")[0]
        while name and name not in units:
            name = name.rpartition(".")[0]
        kept.add(name)
    return kept - {""}


def main():
    ftsc, *graphs = sys.argv[1:]
    failed = 0
    for path in graphs:
        graph = read(path)
        total = sum(torch.Size(p["shape"]).numel() for p in graph["parameters"])
        types = sorted({m["type"] for m in graph["modules"]} - {"ModuleList", "ModuleDict", ""})
        sizes = [max(1, total // share) for share in (2, 7, 40, 300)]
        cases = [(f"min_num_params({n})", lambda classes, n=n: functools.partial(size_based_auto_wrap_policy, min_num_params=n))
                 for n in sizes]
        for chosen in (types[:1], types[1:3], types[::3]):
            listed = ", ".join(f'"{t}"' for t in chosen)
            cases.append((f"module_types({listed})", lambda classes, c=chosen: ModuleWrapPolicy({classes[t] for t in c})))
            cases.append((f"any_of(module_types({listed}), min_num_params({sizes[1]}))", lambda classes, c=chosen: functools.partial(
                _or_policy, policies=[ModuleWrapPolicy({classes[t] for t in c}),
                                      functools.partial(size_based_auto_wrap_policy, min_num_params=sizes[1])])))
        for policy, policy_of in cases:
            want = holds_parameters(graph, torch_units(graph, policy_of))
            have = fts_units(ftsc, path, policy)
            if have is not None and want != have:
                failed += 1
                print(f"{path}: {policy}: PyTorch has {sorted(want - have)[:5]}, ftsc has {sorted(have - want)[:5]}")
        print(f"{path}: {len(cases)} policies")
    sys.exit(failed != 0)


main()
