"""The house itself: whether it costs a runtime anything to share a process with the others.

The smallest loop is the most sensitive one. In company, its time is taken where all runtimes are
loaded and have run, as in the other rows; alone, in a process that loads this one and no other.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import bodies
import numpy as np
import peers
from contest import Contender, Work

import shiver
from rows.calling import CALLS, Marked, N

# What a process runs that is alone with a runtime: `Marked` of the same rows.
ALONE = """
import sys
sys.path.insert(0, sys.argv[1])
import quiet
from rows.company import marked
batch = marked(sys.argv[2])
batch.run()
quiet.settle()
print(batch.run())
"""
OTHERS = ("libgomp", "libomp", "oneTBB", "rayon", "numba")


def marked(name: str) -> Marked:
    """Rows that the named runtime marks on two threads."""
    rows = [np.zeros(N, dtype=np.int64) for _ in range(CALLS)]
    mark: Callable[[np.ndarray], Callable]
    if name == "Shiver":
        body = shiver.from_c(bodies.MARK)
        mark = lambda row: partial(shiver.parfor, body, N, (row,), num_threads=2)  # noqa: E731
    else:
        ((peer,), _) = peers.find(name)
        peer.threads(2)
        mark = lambda row: peer.call("mark", row, N)  # noqa: E731
    return Marked(rows, mark)


def alone(name: str) -> float:
    folder = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", ALONE, folder, name]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def rows(small: bool) -> Iterator[Work]:
    found, missing = peers.find(*OTHERS)
    batches = {name: marked(name) for name in ("Shiver", *(peer.name for peer in found))}
    runtimes = {"Shiver": bodies.RUNTIME, **{peer.name: peer.runtime for peer in found}}
    for batch in batches.values():
        batch.run()
    # Of rayon and numba both threads take no part in so small a loop.
    for name in ("Shiver",) if small else ("Shiver", "libgomp", "libomp", "oneTBB"):
        if name not in batches:
            continue
        batch = batches[name]
        yield Work(
            f"{name} in company: {N} elements on two threads",
            Contender(f"{name} in company", batch.run, runtimes[name]),
            [Contender(f"{name} alone", partial(alone, name))],
            rounds=2,
            missing=missing,
        )
