"""Runs Shiver and its peers on the same work in turn, prints the figures and records them.

    make bench
    python bench/run.py [--small] [--no-record] [ROW ...]

ROW is a file of bench/rows. --small: sizes that only show that the programs work.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machine
import quiet
import show
from figures import figures

# The rows, short ones first, and in how many processes each is measured: more where a runtime's
# luck with its place in memory tells. A process of its own for a row also keeps one that fails from
# taking the others with it, and its runtimes' threads from disturbing theirs.
ROWS = {
    "company": 5,
    "compiling": 3,
    "starting": 3,
    "calling": 5,
    "waking": 3,
    "callers": 2,
    "evenness": 3,
    "sizes": 2,
    "reducing": 3,
    "adding": 3,
    "multiplying": 3,
    "tiling": 2,
    "mathematics": 2,
    "entering": 3,
}
HERE = Path(__file__).parent
RECORDS = HERE / "records"


def parts(name: str, small: bool) -> list[dict]:
    """What one process measured of a row."""
    command = [sys.executable, str(HERE / "row.py"), name, *(["--small"] if small else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [{"row": name, **json.loads(line)} for line in done.stdout.splitlines()]


def measured(name: str, small: bool) -> list[dict]:
    """The works of a row."""
    processes = [parts(name, small) for _ in range(1 if small else ROWS[name])]
    return [figures(list(work)) for work in zip(*processes, strict=True)]


def as_text(facts: dict, works: list[dict]) -> str:
    """A record's JSON, with a line for each work, so that what differs between records shows."""
    head = json.dumps(facts, indent=1, ensure_ascii=False).removesuffix("\n}")
    lines = ",\n".join(json.dumps(work, ensure_ascii=False) for work in works)
    return f'{head},\n "works": [\n{lines}\n]}}\n'


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("row", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--small", action="store_true", help="sizes that show nothing")
    parser.add_argument("--no-record", action="store_true", help="write no file")
    options = parser.parse_args()
    if unknown := set(options.row) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # What an earlier run compiled must not help this one, nor this one's be left behind.
        os.environ["SHIVER_CACHE_DIR"] = folder
        os.environ["NUMBA_CACHE_DIR"] = folder
        return run(options)


def run(options: argparse.Namespace) -> int:
    facts = machine.facts()
    print(show.heading(facts))
    works: list[dict] = []
    failed = []
    used = {}
    for name in options.row or ROWS:
        print(f"\n=== {name}", flush=True)
        others, begin = quiet.Others(), time.monotonic()
        try:
            for work in measured(name, options.small):
                print(show.work(work), flush=True)
                works.append(work)
        except subprocess.CalledProcessError as error:
            print(f"{name} failed: {error}", file=sys.stderr)
            failed.append(name)
        share = others.share()
        used[name] = round(share, 3)
        took = time.monotonic() - begin
        print(f"\n{took:.0f} s, in which other programs used {share:.1%} of the machine")
    print(show.summary(works))

    if works and not (options.no_record or options.small):
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        part = "".join(f"-{name}" for name in options.row)
        record = RECORDS / f"{today}-{facts['commit']}{part}.json"
        RECORDS.mkdir(exist_ok=True)
        told = {"date": today, **facts, "others": used, "failed": failed}
        record.write_text(as_text(told, works), encoding="utf-8")
        print(f"\nRecorded in {record.relative_to(machine.ROOT)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
