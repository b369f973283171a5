"""The first figures: compiling, calling, streaming, multiplying, reducing.

    make bench
    python bench/first.py [--small] [--no-record] [ROW ...]

Prints ours / theirs as the median of pairs with its quartiles, and writes the record to
bench/records. ROW: compiling, calling, adding, multiplying, reducing, tiling. --small: sizes that
only show that the program works.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import tempfile
import warnings
from dataclasses import asdict
from pathlib import Path

import machine
from pairs import Comparison, Measured, measure

ROWS = ("compiling", "calling", "adding", "multiplying", "reducing", "tiling")
RECORDS = Path(__file__).parent / "records"


def duration(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def show(row: Comparison, result: Measured) -> None:
    goal = f", goal {row.goal}" if row.goal is not None else ""
    print(f"\n{row.work}\n  against {row.against}")
    for who, times in (("ours", result.ours), ("theirs", result.theirs)):
        spread = f"{duration(times.q1)} … {duration(times.q3)}"
        print(f"  {who:7} {duration(times.median):>9}   ({spread})")
    ratio = result.ratio
    print(f"  ratio   {ratio.median:9.3f}   ({ratio.q1:.3f} … {ratio.q3:.3f}){goal}")
    print(f"  {row.pairs} pairs" + "".join(f"; {who}: {how}" for who, how in row.flags.items()))


def as_data(row: Comparison, result: Measured) -> dict[str, object]:
    told = {name: getattr(row, name) for name in ("work", "against", "goal", "pairs", "flags")}
    return {**told, **asdict(result)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("row", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--small", action="store_true", help="sizes that show nothing")
    parser.add_argument("--no-record", action="store_true", help="write no file")
    options = parser.parse_args()
    if unknown := set(options.row) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # What an earlier run compiled must not help this one, nor this one's be left behind.
        os.environ["SHIVER_CACHE_DIR"] = folder
        run(options)


def run(options: argparse.Namespace) -> None:
    facts = machine.facts()
    print(f"{facts['cpu']}, {facts['cores']} cores; {facts['system']}; commit {facts['commit']}")
    print(f"{facts['gcc']}; {facts['clang']}")
    print(f"Python {facts['python']}, NumPy {facts['numpy']}, {facts['blas']}")
    print(f"environment: {facts['environment'] or 'no variable of a runtime is set'}; not pinned")

    data = []
    for name in options.row or ROWS:
        for row in importlib.import_module(f"rows.{name}").rows(options.small):
            result = measure(row)
            show(row, result)
            data.append(as_data(row, result))

    if not (options.no_record or options.small):
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        record = RECORDS / f"{today}-{facts['commit']}.json"
        RECORDS.mkdir(exist_ok=True)
        record.write_text(
            json.dumps({"date": today, **facts, "rows": data}, indent=1, ensure_ascii=False) + "\n"
        )
        print(f"\nRecorded in {record.relative_to(machine.ROOT)}")


if __name__ == "__main__":
    main()
