"""numba's prange, the peer that compiles in the process as Shiver does."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from peers import MissingError


class Numba:
    """The loops as functions that numba compiled."""

    name = "numba"

    def __init__(self) -> None:
        try:
            import numba
        except ImportError:
            raise MissingError("it is not installed") from None
        self.numba = numba
        self.loops = compiled()
        # Which layer it is, it knows after its first loop.
        self.loops["mark"](np.zeros(1, dtype=np.int64), 1)
        layer = numba.threading_layer()
        # The libraries below, and so the threads, are those of the peers in C and C++.
        self.runtime = {"omp": "gomp"}.get(layer, layer)
        self.how = f"numba {numba.__version__}, njit(parallel=True), threading layer {layer}"
        self.safe = layer != "workqueue"  # that one ends the process when two threads call at once

    def call(self, loop: str, *arguments: object) -> Callable[[], object]:
        return functools.partial(self.loops[loop], *arguments)

    def threads(self, number: int) -> None:
        self.numba.set_num_threads(min(number, self.numba.config.NUMBA_NUM_THREADS))


def compiled() -> dict[str, Callable[..., object]]:
    """loops.c in numba's words."""
    import numba

    @numba.njit(parallel=True, cache=True)
    def mark(x, n) -> None:
        for i in numba.prange(n):
            x[i] = numba.get_thread_id() + 1

    @numba.njit(parallel=True, cache=True)
    def add1(x, y, n) -> None:
        for i in numba.prange(n):
            y[i] = x[i] + 1.0

    # The order of the sum is the compiler's to choose, as in loops.c.
    @numba.njit(parallel=True, cache=True, fastmath={"reassoc", "nsz"})
    def total(x, n) -> float:
        found = 0.0
        for i in numba.prange(n):
            found += x[i]
        return found

    factor, shift, one = np.uint64(6364136223846793005), np.uint64(29), np.uint64(1)

    @numba.njit(parallel=True, cache=True)
    def uneven(steps, x, n) -> None:
        for i in numba.prange(n):
            value = np.uint64(i) + one
            for _ in range(steps[i]):
                value = (value ^ (value >> shift)) * factor
            x[i] = value

    return {"mark": mark, "add1": add1, "total": total, "uneven": uneven}


@functools.cache
def load() -> Numba:
    return Numba()


PEERS: dict[str, Callable[[], Numba]] = {"numba": load}
