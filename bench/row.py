"""Measures one row file in a process of its own, and prints a line of JSON for each of its works.

    python bench/row.py ROW [--small]

bench/run.py starts it. What rows and runtimes print themselves goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import warnings

from contest import measure


def main(name: str, *options: str) -> None:
    warnings.simplefilter("error")
    with os.fdopen(os.dup(1), "w") as results:
        os.dup2(2, 1)
        for work in importlib.import_module(f"rows.{name}").rows("--small" in options):
            print(json.dumps(measure(work)), file=results, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
