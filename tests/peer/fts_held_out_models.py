"""The small models of fts_held_out.py, and their parameter graphs. None computes anything: the loss is a sum over all parameters."""

from torch import nn


def linears(*names):
    return nn.ModuleDict({name: nn.Linear(4, 4) for name in names})


class Named(nn.Module):
    """A module whose children have these names."""

    def __init__(self, **children):
        super().__init__()
        for name, child in children.items():
            self.add_module(name, child)


def mlp4():
    return Named(fc1=nn.Linear(4, 4), fc2=nn.Linear(4, 4), fc3=nn.Linear(4, 4), head=nn.Linear(4, 2))


def deep12():
    return Named(layers=nn.ModuleList(nn.Linear(4, 4) for _ in range(12)), head=nn.Linear(4, 2))


def tied():
    net = Named(emb=nn.Linear(4, 4, bias=False), mid=nn.Linear(4, 4), out=nn.Linear(4, 4))
    net.out.weight = net.emb.weight
    return net


def convbn():
    net = Named(c1=nn.Conv2d(1, 2, 3), bn1=nn.BatchNorm2d(2), c2=nn.Conv2d(2, 4, 3, bias=False), bn2=nn.BatchNorm2d(4))
    net.add_module("head", nn.Linear(4, 2))
    return net


def encoder():
    def block():
        return Named(attn=linears("query", "value"), norm=nn.LayerNorm(4), mlp=nn.Linear(4, 4))

    net = Named(embed=nn.Embedding(6, 4), layer=nn.ModuleList(block() for _ in range(3)))
    net.add_module("pooler", nn.Linear(4, 4))
    net.add_module("decoder", nn.Linear(4, 6))
    net.decoder.weight = net.embed.weight
    net.embed.register_buffer("positions", nn.Embedding(6, 1).weight.detach().clone())
    return Named(model=net, classifier=nn.Linear(4, 2))


def frozen():
    net = mlp4()
    for parameter in net.fc1.parameters():
        parameter.requires_grad = False
    return net


MODELS = {f.__name__: f for f in (mlp4, deep12, tied, convbn, encoder, frozen)}


def graph(name, net):
    first = {}
    parameters = []
    for parameter, tensor in net.named_parameters(remove_duplicate=False):
        record = {"name": parameter, "shape": list(tensor.shape), "dtype": "F32", "requires_grad": tensor.requires_grad}
        if tensor in first:
            record["tied_to"] = first[tensor]
        first.setdefault(tensor, parameter)
        parameters.append(record)
    return {
        "format": "fts-param-graph", "version": 1, "model": name,
        "modules": [{"name": n, "type": type(m).__name__} for n, m in net.named_modules()],
        "parameters": parameters,
        "buffers": [{"name": n, "shape": list(b.shape), "dtype": "I64" if b.dtype.is_floating_point is False else "F32", "persistent": True}
                    for n, b in net.named_buffers()],
    }
