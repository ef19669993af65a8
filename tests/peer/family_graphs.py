#!/usr/bin/env python3
"""family_graphs.py FOLDER: small parameter graphs of model families, as transformers names their modules.

Each is built on the meta device from the family's default configuration, cut to a few layers: the names, the order and
the ties are those of the published models. Made with, in a virtual environment:
    python3 -m pip install torch==2.15.0 transformers==5.23.0
    python3 tests/peer/family_graphs.py tests/data/families
"""

import json
import pathlib
import sys

import torch
import transformers

LAYERS = {"num_hidden_layers": 3}
ENCODER_DECODER = {"encoder_layers": 3, "decoder_layers": 2}

# name of the graph: the model's class, what the configuration says beside the defaults
FAMILIES = {
    "mistral": ("MistralForCausalLM", LAYERS),
    "qwen3": ("Qwen3ForCausalLM", LAYERS),
    "gemma2": ("Gemma2ForCausalLM", LAYERS),
    "phi": ("PhiForCausalLM", LAYERS),
    "phi3": ("Phi3ForCausalLM", LAYERS),
    "pythia": ("GPTNeoXForCausalLM", LAYERS),
    "roberta": ("RobertaForSequenceClassification", LAYERS),
    "roberta-mlm": ("RobertaForMaskedLM", LAYERS),
    "distilbert": ("DistilBertForSequenceClassification", {"n_layers": 3}),
    "modernbert": ("ModernBertForSequenceClassification", LAYERS),
    "bart": ("BartForConditionalGeneration", ENCODER_DECODER),
    "clip": ("CLIPModel", {"text_config": dict(LAYERS), "vision_config": {"num_hidden_layers": 4}}),
    "whisper": ("WhisperForConditionalGeneration", ENCODER_DECODER),
    "mamba": ("MambaForCausalLM", LAYERS),
}

DTYPES = {torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16", torch.int64: "i64", torch.bool: "bool"}


def graph_lines(name, model):
    """The records of a graph, one a line, as docs and readers of fts-param-graph know them."""

    def record(tensor_name, tensor):
        return {"name": tensor_name, "shape": list(tensor.shape), "dtype": DTYPES[tensor.dtype]}

    first = {}
    modules = [{"name": n, "type": type(m).__name__} for n, m in model.named_modules()]
    parameters = []
    for n, p in model.named_parameters(remove_duplicate=False):
        parameters.append({**record(n, p), "requires_grad": p.requires_grad})
        if id(p) in first:
            parameters[-1]["tied_to"] = first[id(p)]
        first.setdefault(id(p), n)
    kept = set(model.state_dict())
    buffers = [{**record(n, b), "persistent": n in kept} for n, b in model.named_buffers()]

    def block(key, records):
        return f'"{key}":[\n' + ",\n".join(json.dumps(r, separators=(",", ":")) for r in records) + "]"

    head = f'{{"format":"fts-param-graph","version":1,"model":"{name}",\n'
    return head + ",\n".join([block("modules", modules), block("parameters", parameters), block("buffers", buffers)]) + "}\n"


def main(folder):
    for name, (class_name, settings) in FAMILIES.items():
        model_class = getattr(transformers, class_name)
        config = model_class.config_class(**settings)
        with torch.device("meta"):
            model = model_class(config)
        model.tie_weights()
        (pathlib.Path(folder) / f"{name}.graph.json").write_text(graph_lines(name, model))


if __name__ == "__main__":
    main(sys.argv[1])
