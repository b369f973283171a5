"""Eight Python threads that call loops at the same time.

The threads wait at a barrier, then each calls a loop over arrays of its own again and again. What
is told is the time from the first call to the last one's end, by the number of calls. Small loops
are mostly a struggle for the interpreter's lock, the same for all; with larger ones the question is
whether the callers share the cores or get into each other's way: libgomp gives each caller a team
of its own, so that eight callers keep sixteen threads on two cores.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import bodies
import numpy as np
import peers
from contest import Contender, Work

import shiver

CALLERS = 8


class Crowd:
    """Threads that live as long as the process, and call when they are told."""

    def __init__(self, calls: list[Callable[[], object]], repeat: int) -> None:
        self.calls = calls
        self.repeat = repeat
        self.start = threading.Barrier(len(calls) + 1)
        self.end = threading.Barrier(len(calls) + 1)
        self.failure: BaseException | None = None
        for call in calls:
            threading.Thread(target=self.serve, args=(call,), daemon=True).start()

    def serve(self, call: Callable[[], object]) -> None:
        while True:
            self.start.wait()
            try:
                for _ in range(self.repeat):
                    call()
            except BaseException as failure:
                self.failure = failure
            self.end.wait()

    def run(self) -> float:
        """Seconds of one call, all callers' together."""
        self.start.wait()
        start = time.perf_counter()
        self.end.wait()
        took = time.perf_counter() - start
        if self.failure is not None:
            raise self.failure
        return took / (self.repeat * len(self.calls))


def rows(small: bool) -> Iterator[Work]:
    body = shiver.from_c(bodies.ADD1)
    names = (peers.PLAIN, "libgomp", "libomp", "oneTBB", "rayon", "numba")
    found, missing = peers.find(*names)
    for peer in list(found):
        if not getattr(peer, "safe", True):
            found.remove(peer)
            missing.append(f"{peer.name}: {peer.how} cannot be called by two threads at once")
    for n, repeat in ((64, 200), (100_000, 20)):
        xs = [np.arange(float(n)) + caller for caller in range(CALLERS)]
        ys = [np.zeros(n) for _ in range(CALLERS)]

        def crowd(call: Callable[..., Callable[[], object]], xs=xs, ys=ys, repeat=repeat):
            calls = [call(x, y) for x, y in zip(xs, ys, strict=True)]
            return Crowd(calls, 5 if small else repeat).run

        theirs = [
            Contender(
                peer.name,
                crowd(lambda x, y, peer=peer, n=n: peer.call("add1", x, y, n)),
                peer.runtime,
                peer.how,
            )
            for peer in found
        ]
        theirs.append(
            Contender("NumPy", crowd(lambda x, y: partial(np.add, x, 1.0, out=y)), how="NumPy")
        )

        def clear(ys=ys) -> None:
            for y in ys:
                y.fill(0)

        yield Work(
            f"{CALLERS} Python threads, each calling add1 over {n:,} doubles",
            Contender(
                "Shiver",
                crowd(lambda x, y, n=n: partial(shiver.parfor, body, n, (x, y))),
                bodies.RUNTIME,
            ),
            theirs,
            rounds=2 if small else 7,
            clear=clear,
            right=lambda xs=xs, ys=ys: all((y == x + 1).all() for x, y in zip(xs, ys, strict=True)),
            missing=missing,
        )
