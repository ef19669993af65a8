"""A Llama-style decoder of 20.3 million parameters and its data, for both sides of beside_pytorch.py.

decoder.py FOLDER RANKS writes what ftsrun reads on so many processes: model.pt (TorchScript), weights.safetensors (for the
model library of decoder_model.cpp, the same net in C++), train.safetensors and val.safetensors.
"""

import sys

import torch
from torch import nn
from torch.nn import functional

VOCABULARY, WIDTH, LAYERS, INNER, ROWS, TOKENS = 8000, 384, 8, 1024, 4, 128
STEPS = 8  # of a phase, which is one epoch
PHASES = (["head.", "norm."], [f"layers.{i}." for i in range(4, 8)], [f"layers.{i}." for i in range(4)] + ["embed."])


class RMSNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


def rotary(x):
    half = x.shape[-1] // 2
    place = torch.arange(x.shape[2], dtype=torch.float32)
    angle = torch.outer(place, 10000.0 ** (-torch.arange(half, dtype=torch.float32) / half))
    cosine, sine = angle.cos(), angle.sin()
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cosine - b * sine, a * sine + b * cosine], -1)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.n1 = RMSNorm()
        self.q = nn.Linear(WIDTH, WIDTH, bias=False)
        self.k = nn.Linear(WIDTH, WIDTH, bias=False)
        self.v = nn.Linear(WIDTH, WIDTH, bias=False)
        self.o = nn.Linear(WIDTH, WIDTH, bias=False)
        self.n2 = RMSNorm()
        self.gate = nn.Linear(WIDTH, INNER, bias=False)
        self.up = nn.Linear(WIDTH, INNER, bias=False)
        self.down = nn.Linear(INNER, WIDTH, bias=False)

    def heads(self, x):
        return x.view(x.shape[0], x.shape[1], self.q.weight.shape[0] // 64, 64).transpose(1, 2)

    def forward(self, x):
        h = self.n1(x)
        q, k, v = self.heads(self.q(h)), self.heads(self.k(h)), self.heads(self.v(h))
        attended = functional.scaled_dot_product_attention(rotary(q), rotary(k), v, is_causal=True)
        x = x + self.o(attended.transpose(1, 2).reshape(x.shape))
        h = self.n2(x)
        return x + self.down(functional.silu(self.gate(h)) * self.up(h))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, WIDTH)
        self.layers = nn.ModuleList([Layer() for _ in range(LAYERS)])
        self.norm = RMSNorm()
        self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)

    def logits(self, ids):
        x = self.embed(ids)
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x))

    def forward(self, ids):
        return next_token_loss(self.logits(ids[:, :-1]), ids)


def next_token_loss(logits, ids):
    return functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())


class ForFtsrun(Decoder):
    """As scripted for ftsrun: in validation its loss always gets better, as the peer's does, and costs nothing."""

    def __init__(self):
        super().__init__()
        self.validations = 0

    def forward(self, ids):
        if self.training:
            return next_token_loss(self.logits(ids[:, :-1]), ids)
        self.validations += 1
        return torch.tensor(1.0 / self.validations)


def rows(count):
    generator = torch.Generator().manual_seed(100)
    return torch.randint(0, VOCABULARY, (count, TOKENS + 1), generator=generator)


def write(folder, ranks):
    from safetensors.torch import save_file

    torch.manual_seed(0)
    model = ForFtsrun()
    torch.jit.script(model).save(f"{folder}/model.pt")
    save_file(model.state_dict(), f"{folder}/weights.safetensors")
    save_file({"ids": rows(STEPS * ROWS * int(ranks))}, f"{folder}/train.safetensors")
    save_file({"ids": rows(ROWS)}, f"{folder}/val.safetensors")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    write(*sys.argv[1:])
