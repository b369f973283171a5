"""A loop after 10 ms of quiet: the workers may have gone to sleep and must be woken.

A runtime whose workers still spin after 10 ms answers at once, and has kept cores busy all the
while: so beside the time stands how much of a core was in use during the quiet.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

import bodies
import numpy as np
import peers
from contest import Contender, Work, timed

import shiver

QUIET = 10e-3
TIMES = 9  # of which the middle one counts


class Woken:
    """Calls after a quiet each."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call
        self.idle = self.used = 0.0

    def run(self) -> float:
        times = []
        self.call()
        for _ in range(TIMES):
            begin, used = time.monotonic(), time.process_time()
            time.sleep(QUIET)
            self.used += time.process_time() - used
            self.idle += time.monotonic() - begin
            times.append(timed(self.call))
        return statistics.median(times)

    def use(self) -> tuple[str, float]:
        return "{:.0%} of a core in use while idle", self.used / self.idle


def rows(small: bool) -> Iterator[Work]:
    mark, add1 = shiver.from_c(bodies.MARK), shiver.from_c(bodies.ADD1)
    found, missing = peers.find(peers.PLAIN, "libgomp", "libomp", "oneTBB", "rayon", "numba")
    for peer in found:
        peer.threads(2)
    row, large = np.zeros(64, dtype=np.int64), 250_000
    x, y = np.arange(float(large)), np.zeros(large)
    for title, loop, body, arrays, n, clear, right in (
        (
            "64 elements on two threads",
            "mark",
            mark,
            (row,),
            len(row),
            lambda: row.fill(0),
            lambda: bool(row.all()),
        ),
        (
            f"add1 over {large:,} doubles on two threads",
            "add1",
            add1,
            (x, y),
            large,
            lambda: y.fill(0),
            lambda: bool((y == x + 1).all()),
        ),
    ):

        def contender(name: str, call, runtime: str, how: str = "") -> Contender:
            woken = Woken(call)
            return Contender(name, woken.run, runtime, how, note=woken.use)

        yield Work(
            f"after {QUIET * 1e3:.0f} ms of quiet, {title}",
            contender(
                "Shiver", partial(shiver.parfor, body, n, arrays, num_threads=2), bodies.RUNTIME
            ),
            [
                contender(peer.name, peer.call(loop, *arrays, n), peer.runtime, peer.how)
                for peer in found
            ],
            rounds=2 if small else 5,
            clear=clear,
            right=right,
            missing=missing,
        )
