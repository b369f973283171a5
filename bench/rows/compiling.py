"""From a new one-line source to its first result, against one clang process that only compiles."""

from __future__ import annotations

import itertools
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import bodies
import numpy as np
from contest import Contender, Work, timed
from machine import clang, version

import shiver

FLAGS = ("-O3", "-emit-llvm", "-c")
NUMBERS = itertools.count(secrets.randbelow(2**50))

FIRST = """
import sys, time
import numpy as np
import shiver
x = np.arange(16.0)
start = time.perf_counter()
fn = shiver.from_c(sys.argv[1])
shiver.parfor(fn, 16, x)
took = time.perf_counter() - start
assert x[1] == 1.0 + int(sys.argv[2]), x
print(took)
"""


def new_source() -> tuple[str, int]:
    """A source that nobody compiled before, and the number that its body adds."""
    number = next(NUMBERS)
    return f"void f(double *x, long i) {{ x[i] += {number}; }}", number


def clang_process(folder: str) -> float:
    source, _ = new_source()
    command = [clang(), *FLAGS, "-x", "c", "-", "-o", str(Path(folder) / "out.bc")]
    return timed(lambda: subprocess.run(command, input=source.encode(), check=True))


def in_this_process() -> float:
    source, number = new_source()
    x = np.arange(16.0)
    took = timed(lambda: shiver.parfor(shiver.from_c(source), 16, x))
    assert (x == np.arange(16.0) + number).all()
    return took


def in_a_new_process(folder: str) -> float:
    source, number = new_source()
    done = subprocess.run(
        [sys.executable, "-c", FIRST, source, str(number)],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    return float(done.stdout)


def rows(small: bool) -> Iterator[Work]:
    with tempfile.TemporaryDirectory() as folder:
        for title, ours, goal in (
            ("a new one-line source to its first result", in_this_process, 0.25),
            ("the same, first of its process", lambda: in_a_new_process(folder), 0.6),
        ):
            theirs, missing = [], []
            if Path(clang()).exists():
                theirs.append(
                    Contender(
                        "one clang process",
                        lambda: clang_process(folder),
                        how=f"clang {version(clang())} {' '.join(FLAGS)}",
                        goal=goal,
                    )
                )
            else:
                missing.append("one clang process: the program is not installed")
            yield Work(
                title,
                Contender("Shiver", ours, bodies.RUNTIME),
                theirs,
                rounds=2 if small else 11,
                missing=missing,
            )
