#!/usr/bin/env python3
"""export_minilm.py MODEL_FOLDER CLASSES OUT.pt

The example's classifier out of Hugging Face's BertModel, as TorchScript for ftsrun: the encoder in MODEL_FOLDER with a
new linear layer on the mean of its last vectors. Its names are those of bert.hpp, so that minilm.fts is for both.

Hugging Face's models cannot be scripted, so this one is traced. A trace keeps what the example did: whatever depends on
the batch or on train() and eval() has to be scripted, and is called from the trace: dropout, the cut to the longest text
of a batch, and the loss. For another model the same three places need a look.
"""

import sys

import torch
import transformers
from torch.nn import functional


class Loss(torch.nn.Module):
    """Smoothed cross entropy in training, the plain one in validation, and the accuracy."""

    def forward(self, logits: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        smoothing = 0.1 if self.training else 0.0
        return {
            "loss": functional.cross_entropy(logits, labels, label_smoothing=smoothing),
            "accuracy": (logits.argmax(1) == labels).float().mean(),
        }


@torch.jit.script
def longest_text(attention_mask: torch.Tensor) -> int:
    return int(attention_mask.sum(1).max())


@torch.jit.script
def cut(tensor: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
    return tensor[:, : longest_text(attention_mask)]


def attention(module, query, key, value, attention_mask, scaling, **_):
    """Hugging Face's own, but for the dropout: the module's, where its own is a number that a trace would keep."""
    scores = torch.matmul(query, key.transpose(2, 3)) * scaling
    if attention_mask is not None:
        scores = scores + attention_mask
    weights = module.dropout(functional.softmax(scores, dim=-1))
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), weights


class SectionClassifier(transformers.BertModel):
    """A BertModel itself rather than a holder of one: published weights name `encoder.layer.0…`."""

    def __init__(self, config):
        super().__init__(config)
        self.classifier = torch.nn.Linear(config.hidden_size, config.num_labels)
        self.loss = torch.jit.script(Loss())

    def forward(self, input_ids, attention_mask, labels):
        ids, mask = cut(input_ids, attention_mask), cut(attention_mask, attention_mask)
        weight = mask.unsqueeze(-1).float()
        ignored = (1.0 - weight.squeeze(-1))[:, None, None, :] * torch.finfo(torch.float32).min
        hidden = self.encoder(self.embeddings(input_ids=ids), attention_mask=ignored).last_hidden_state
        return self.loss(self.classifier((hidden * weight).sum(1) / weight.sum(1)), labels)


def script_dropouts(module):
    for name, child in module.named_children():
        if isinstance(child, torch.nn.Dropout):
            setattr(module, name, torch.jit.script(child))
        else:
            script_dropouts(child)


def export(folder, classes, out):
    torch.manual_seed(0)  # of the new layer
    transformers.AttentionInterface.register("scripted_dropout", attention)
    model = SectionClassifier.from_pretrained(folder, num_labels=classes, attn_implementation="scripted_dropout")
    model.pooler.requires_grad_(False)  # no mean comes through it, so nothing could train it
    script_dropouts(model)
    ids, mask = torch.ones(2, 8, dtype=torch.long), torch.ones(2, 8, dtype=torch.long)
    model.train()
    traced = torch.jit.trace(model, (ids, mask, torch.zeros(2, dtype=torch.long)), check_trace=False, strict=False)
    traced.save(out)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    export(sys.argv[1], int(sys.argv[2]), sys.argv[3])
