"""A process's first moments: `import shiver`, and bodies that an earlier process compiled; and a
source that this process compiled before.

The goals are times, not ratios, so the peer is a clock: one that has always taken as long as Shiver
may. Importing is timed in a process that has imported NumPy.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import bodies
from contest import Batch, Contender, Work

import shiver

IMPORT = """
import time
import numpy
start = time.perf_counter()
import shiver
print(time.perf_counter() - start)
"""
BODY = "void f(double *x, long i) { x[i] = x[i] * 2 + 1; }"
# It may take long, as far as Shiver can see: a second worker has to be there.
LOOPING = "void f(double *x, long i) { for (int k = 0; k < 2; k++) x[i] += k ? 1 : x[i]; }"
WARM = """
import sys, time
import numpy as np
import shiver
x = np.arange(16.0)
start = time.perf_counter()
fn = shiver.from_c(sys.argv[1])
shiver.parfor(fn, 16, x)
took = time.perf_counter() - start
assert (x == np.arange(16.0) * 2 + 1).all(), x
if "filled" in sys.argv:
    assert shiver.cache_info().misses == 0, shiver.cache_info()
print(took)
"""


def seconds(program: str, *arguments: str) -> float:
    """What a new Python process measured, which finds its modules compiled, as any after the first.

    The environment may have Python leave no compiled modules behind.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": os.environ["SHIVER_CACHE_DIR"]}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment,
    )
    return float(done.stdout)


def rows(small: bool) -> Iterator[Work]:
    rounds = 2 if small else 11
    seconds(IMPORT)  # compiles the modules
    yield Work(
        "import shiver, beyond NumPy's own",
        Contender("Shiver", lambda: seconds(IMPORT), bodies.RUNTIME),
        [Contender("ten milliseconds", lambda: 10e-3, goal=1.0, does_less=True)],
        rounds,
    )
    for title, body in (
        ("a body seen before, from from_c to its first result in a new process", BODY),
        ("the same for a body with a loop, which starts a thread", LOOPING),
    ):
        seconds(WARM, body)  # fills the cache
        yield Work(
            title,
            Contender("Shiver", partial(seconds, WARM, body, "filled"), bodies.RUNTIME),
            [Contender("one millisecond", lambda: 1e-3, goal=1.0, does_less=True)],
            rounds,
        )
    yield Work(
        "from_c of a source that this process compiled before",
        Contender("Shiver", Batch(lambda: shiver.from_c(BODY)), bodies.RUNTIME),
        [Contender("ten microseconds", lambda: 10e-6, goal=1.0, does_less=True)],
        rounds,
    )
