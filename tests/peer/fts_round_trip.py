#!/usr/bin/env python3
"""fts_round_trip.py FTSC [--record]: schedules that ftsc imports and exports, and native .fts files that it exports, are
expanded by the real finetuning-scheduler to the same phases; one exported schedule trains there.

--record writes tests/data/interop/round_trip.jsonl: what was exported, and what FTS made of it. `make test` holds ftsc
against that file without Python.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import fts_expand
import fts_train

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "tests/data"


def graph_path(name):
    for folder in ("interop/graphs", "graphs"):
        for end in (".graph.json", ".graph.json.gz"):
            path = DATA / folder / (name + end)
            if path.exists():
                return path
    raise FileNotFoundError(name)


def run(*command):
    result = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.stdout


def round_trip(ftsc, record, folder):
    """A right schedule of Python FTS: imported, exported, and expanded before and behind."""
    source = DATA / "interop" / record["file"]
    model = graph_path(record["graph"])
    run(ftsc, "import", source, "--force", "-o", folder / "s.fts")
    run(ftsc, "export", folder / "s.fts", "--model", model, "--to", "fts-yaml", "--force", "-o", folder / "s.yaml")
    graph = fts_expand.read_graph(model)
    before = [fts_expand.same(p) for p in fts_expand.expand(source, graph)]
    behind = [fts_expand.same(p) for p in fts_expand.expand(folder / "s.yaml", graph)]
    if before != behind:
        raise AssertionError(f"{record['file']}: the phases differ\n{before}\n{behind}")
    return {"file": record["file"], "graph": record["graph"], "exported": (folder / "s.yaml").read_text(),
            "phases": [len(p["params"]) for p in behind]}


def native(ftsc, path, folder):
    """A native file: exported, and what FTS makes of it held against the plan."""
    name = path.read_text().split("model: ")[1].split()[0]
    model = graph_path(name)
    run(ftsc, "export", path, "--model", model, "--to", "fts-yaml", "--force", "-o", folder / "s.yaml", "--config", folder / "c.yaml")
    plan = json.loads(run(ftsc, "plan", path, "--model", model, "--format", "json"))
    expanded = fts_expand.expand(folder / "s.yaml", fts_expand.read_graph(model))
    for depth, (ours, theirs) in enumerate(zip(plan["phases"], expanded, strict=True)):
        assert sorted(ours["thawed"]) == sorted(theirs["params"]), (path, depth)
        if ours["max_transition_epoch"] != -1:  # epochs(n) becomes an epoch only in the export
            assert ours["max_transition_epoch"] == theirs["max_transition_epoch"], (path, depth)
        assert depth == 0 or ours["lr"] == float(theirs["lr"]), (path, depth)
    return {"file": path.name, "graph": name, "exported": (folder / "s.yaml").read_text(),
            "phases": [len(p["params"]) for p in expanded]}


def main():
    ftsc = pathlib.Path(sys.argv[1]).resolve()
    records = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for line in (DATA / "interop/expected.jsonl").read_text().splitlines():
            record = json.loads(line)
            if record["kind"] == "ft_schedule" and record["file"].startswith("good/"):
                records.append(round_trip(ftsc, record, folder))
                print("same phases:", record["file"])
        for path in sorted((DATA / "interop/native").glob("*.fts")):
            records.append(native(ftsc, path, folder))
            print("same phases:", path.name)
        trained = fts_train.train(ftsc, run, folder)
        print(f"trained: {trained['epochs']} epochs, phase {trained['depth']} of {trained['max_depth']}, loss {trained['loss']}")
    if "--record" in sys.argv:
        text = "".join(json.dumps(r) + "\n" for r in records)
        (DATA / "interop/round_trip.jsonl").write_text(text)
    print(f"{len(records)} schedules, each the same to finetuning-scheduler")


if __name__ == "__main__":
    main()
