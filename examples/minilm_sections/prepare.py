#!/usr/bin/env python3
"""prepare.py TOKENIZER_JSON DATA_FOLDER OUT_FOLDER

Turns train.tsv and val.tsv (section, package, description) into train.safetensors and val.safetensors:
input_ids and attention_mask (rows, 32), labels (rows), all int64; the metadata names the classes, one a line.
"""

import array
import csv
import pathlib
import sys

import safetensors
import tokenizers

TOKENS = 32


def tensor(values, shape):
    address, length = values.buffer_info()
    return safetensors.TensorSpec(dtype="int64", shape=shape, data_ptr=address, data_len=length * values.itemsize)


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]  # without the header


def write(path, rows, classes, tokenizer):
    encoded = tokenizer.encode_batch([f"{package}: {description}" for _, package, description in rows])
    # The specs hold addresses, so these arrays must live until the file is written.
    ids = array.array("q", (i for e in encoded for i in e.ids))
    mask = array.array("q", (i for e in encoded for i in e.attention_mask))
    labels = array.array("q", (classes.index(section) for section, _, _ in rows))
    tensors = {
        "input_ids": tensor(ids, [len(rows), TOKENS]),
        "attention_mask": tensor(mask, [len(rows), TOKENS]),
        "labels": tensor(labels, [len(rows)]),
    }
    # An interrupted file must not look newer than what it is made of.
    part = path.with_suffix(".part")
    safetensors.serialize_file(tensors, str(part), {"classes": "\n".join(classes)})
    part.replace(path)
    print(f"{path}: {len(rows)} rows, {len(classes)} classes")


def main(tokenizer_json, data, out):
    tokenizer = tokenizers.Tokenizer.from_file(tokenizer_json)
    tokenizer.enable_truncation(TOKENS)
    tokenizer.enable_padding(length=TOKENS)
    tables = {name: rows_of(pathlib.Path(data, name + ".tsv")) for name in ("train", "val")}
    classes = sorted({section for section, _, _ in tables["train"]})
    pathlib.Path(out).mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        write(pathlib.Path(out, name + ".safetensors"), rows, classes, tokenizer)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
