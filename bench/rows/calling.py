"""A loop too small for its work to matter: what a call costs.

Each of 64 elements is set to the thread that ran its iteration, so every timed call tells
afterwards whether both threads took part. With two threads asked for, the goal is against libgomp's
*empty* loop. With none asked for, Shiver keeps so small a loop on the calling thread, and the plain
C loop is the measure; how much of either is ctypes' own, a function that does nothing shows.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

import bodies
import numpy as np
import peers
from contest import Batch, Contender, Work

import shiver

N = 64
CALLS = 100  # so many rows of 512 bytes stay in the nearest cache


class Marked:
    """A batch of calls that each mark a row of their own; counts those that both threads ran."""

    def __init__(self, rows: list[np.ndarray], mark: Callable[[np.ndarray], Callable]) -> None:
        self.rows = rows
        self.calls = [mark(row) for row in rows]
        self.shared = self.counted = 0

    def run(self) -> float:
        awake = time.perf_counter() + Batch.WAKING
        while time.perf_counter() < awake:
            self.once()
        times = []
        for _ in range(Batch.PARTS):
            times.append(self.once())
            self.shared += sum(bool((row != row[0]).any()) for row in self.rows)
            self.counted += len(self.rows)
        return statistics.median(times)

    def once(self) -> float:
        start = time.perf_counter()
        for call in self.calls:
            call()
        return (time.perf_counter() - start) / len(self.calls)

    def share(self) -> float:
        return self.shared / self.counted

    def told(self) -> tuple[str, float]:
        return "both threads ran in {:.1%} of the calls", self.share()


def enough(batch: Marked) -> bool:
    """Whether the time is that of loops on two threads, but for one in a hundred at most."""
    return batch.share() >= 0.99


def marking(threads: int, rounds: int) -> Work:
    """Rows that are marked on so many threads."""
    rows = [np.zeros(N, dtype=np.int64) for _ in range(CALLS)]
    body = shiver.from_c(bodies.MARK)
    batch = Marked(rows, lambda row: partial(shiver.parfor, body, N, (row,), num_threads=threads))
    shared = threads > 1
    ours = Contender("Shiver", batch.run, bodies.RUNTIME, note=batch.told if shared else None)
    holds = partial(enough, batch) if shared else lambda: True

    found, missing = peers.find("libgomp", "libomp", "oneTBB", "rayon", "numba")
    theirs = []
    for peer in found:
        batch = Marked(rows, lambda row, peer=peer: peer.call("mark", row, N))

        def run(peer=peer, batch=batch) -> float:
            peer.threads(threads)
            return batch.run()

        theirs.append(
            Contender(peer.name, run, peer.runtime, peer.how, note=batch.told if shared else None)
        )
        if peer.name == "libgomp":
            empty = Batch(peer.call("empty"), before=partial(peer.threads, threads))
            theirs.append(
                Contender(
                    "libgomp, empty loop",
                    empty,
                    peer.runtime,
                    peer.how,
                    goal=0.8 if shared else None,
                    does_less=True,
                )
            )

    def clear() -> None:
        for row in rows:
            row.fill(0)

    return Work(
        f"parfor over {N} elements, num_threads={threads}",
        ours,
        theirs,
        rounds,
        clear=clear,
        right=lambda: all(row.all() for row in rows),
        holds=holds,
        missing=missing,
    )


def staying(rounds: int) -> Work:
    """The same size without a number of threads, against plain C."""
    body = shiver.from_c(bodies.ADD1)
    x, y = np.arange(float(N)), np.zeros(N)
    found, missing = peers.find(peers.PLAIN, "plain C, gcc")
    theirs = [
        Contender(peer.name, Batch(peer.call("add1", x, y, N)), peer.runtime, peer.how)
        for peer in found
    ]
    if found:
        nothing = Batch(found[0].call("nothing", x, y, N))
        theirs.append(Contender("ctypes calling nothing", nothing, does_less=True))
    return Work(
        f"parfor over {N} elements, any number of threads",
        Contender("Shiver", Batch(partial(shiver.parfor, body, N, (x, y))), bodies.RUNTIME),
        theirs,
        rounds,
        clear=lambda: y.fill(0),
        right=lambda: bool((y == x + 1).all()),
        missing=missing,
    )


def rows(small: bool) -> Iterator[Work]:
    rounds = 2 if small else 11
    yield marking(2, rounds)
    yield marking(1, rounds)
    yield staying(rounds)
