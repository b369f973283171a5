"""Measures every function in every precision and mode, and writes the table.

    python tests/accuracy/table.py [--points N] [--rounds N] [--no-record]

Compares with exact values from mpmath at random and at hard points, then at points near the worst
ones, round after round. Writes tests/accuracy/table.md, prints it, and ends with 1 if a function errs
by more than 1 ulp, or by more than 4 with fast math. What the C library of this machine gives is
measured with it.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from functions import FUNCTIONS
from measure import Worst, worst

import shiver

TABLE = Path(__file__).parent / "table.md"
MODES: dict[str, dict[str, object]] = {
    "default": {},
    "fastmath": {"fastmath": True},
    "libm": {"flags": ["-fno-builtin"]},
}
BOUNDS = {"default": 1.0, "fastmath": 4.0}
COLUMNS = [(dtype, mode) for dtype in ("float64", "float32") for mode in MODES]


def cell(job: tuple[int, str, str, int, int]) -> Worst:
    index, dtype, mode, points, rounds = job
    return worst(FUNCTIONS[index], np.dtype(dtype), points, rounds=rounds, **MODES[mode])


def rows(points: int, rounds: int) -> Iterator[tuple[str, list[Worst]]]:
    jobs = [(k, *column, points, rounds) for k in range(len(FUNCTIONS)) for column in COLUMNS]
    with ProcessPoolExecutor() as pool:
        cells = pool.map(cell, jobs)
        for function in FUNCTIONS:
            yield function.name, [next(cells) for _ in COLUMNS]


def head(points: int, rounds: int) -> Iterator[str]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short=10", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    cpu = os.environ.get("SHIVER_CPU", "this machine's CPU")
    yield "# The largest errors found, in ulps"
    yield ""
    yield "Written by `table.py`. An ulp is the distance between the two numbers of the type around the"
    yield "exact value; rounding alone errs by half of one."
    yield ""
    yield f"- {today}, commit {commit}, Shiver {shiver.__version__}, for {cpu}"
    yield f"- {points * (rounds + 1)} points each; libm: {' '.join(platform.libc_ver())}, called with"
    yield '  `flags=["-fno-builtin"]`'
    yield ""
    yield "| function | double | fastmath | libm | float | fastmath | libm |"
    yield "|---|---:|---:|---:|---:|---:|---:|"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=4000, help="in each round")
    parser.add_argument("--rounds", type=int, default=4, help="after the first")
    parser.add_argument("--no-record", action="store_true", help="write no file")
    options = parser.parse_args()
    lines = list(head(options.points, options.rounds))
    print("\n".join(lines))
    over = []
    for name, found in rows(options.points, options.rounds):
        lines.append(f"| `{name}` | " + " | ".join(f"{one.ulp:.3f}" for one in found) + " |")
        print(lines[-1], flush=True)
        for (dtype, mode), one in zip(COLUMNS, found, strict=True):
            if one.ulp > BOUNDS.get(mode, np.inf):
                over.append(f"{name} of {dtype}, {mode}: {one}")
    if not options.no_record:
        TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(*over, sep="\n", file=sys.stderr)
    return 1 if over else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ["SHIVER_CACHE_DIR"] = folder
        sys.exit(main())
