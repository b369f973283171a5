"""A loop too small for its work to matter: what a call costs that wakes a second thread."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import peer
from pairs import Comparison, timed

import shiver

BODY = "void add1(double *x, long i) { x[i] += 1; }"
PEER = """
void empty(void) {
    #pragma omp parallel for num_threads(2)
    for (long i = 0; i < 64; i++) __asm__ volatile("");
}
"""
CALLS = 300


def rows(small: bool) -> Iterator[Comparison]:
    body = shiver.from_c(BODY)
    x = np.zeros(64)
    empty = peer.compile_c(PEER).empty
    made = 0

    def batch(call) -> float:
        for _ in range(20):
            call()
        return timed(lambda: [call() for _ in range(CALLS)]) / CALLS

    def call_ours() -> None:
        nonlocal made
        made += 1
        shiver.parfor(body, 64, (x,), num_threads=2)

    def check() -> None:
        assert (x == made).all()

    # How many of the calls had both threads running is counted where `shiver.stats()` is.
    yield Comparison(
        work="parfor over 64 elements, num_threads=2",
        against="libgomp's empty loop, through ctypes",
        ours=lambda: batch(call_ours),
        theirs=lambda: batch(empty),
        pairs=5 if small else 51,
        goal=0.8,
        flags={"gcc": " ".join(peer.FLAGS)},
        check=check,
    )
