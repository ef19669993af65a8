#!/usr/bin/env python3
"""sarif.py FTSC FILE...: what `ftsc check --format sarif` prints of the files, alone and together, is valid SARIF 2.1.0.

Validated by pydantic-sarif, whose classes are generated from the schema of OASIS, or by that schema itself where it is at hand
(--schema sarif-schema-2.1.0.json). In a virtual environment:
    python3 -m pip install pydantic-sarif==0.1.1 jsonschema==4.26.0
    python3 tests/peer/sarif.py build/ftsc tests/data/check/*.fts
"""

import argparse
import json
import pathlib
import subprocess

import jsonschema
import pydantic_sarif.model


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--schema", type=pathlib.Path)
    parser.add_argument("ftsc")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    results = 0
    for files in [*([file] for file in options.files), options.files]:
        run = subprocess.run([options.ftsc, "check", "--format", "sarif", *files], stdout=subprocess.PIPE, text=True)
        assert run.returncode in (0, 1), run
        log = json.loads(run.stdout)
        if options.schema:
            jsonschema.validate(log, json.loads(options.schema.read_text()))
        else:
            pydantic_sarif.model.StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate(log)
        results += len(log["runs"][0]["results"])
    print(f"{len(options.files) + 1} logs with {results} results are valid")


if __name__ == "__main__":
    main()
