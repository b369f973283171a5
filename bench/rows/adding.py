"""y[i] = x[i] + 1.0: memory is the limit, and how it is written is the difference."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import numpy as np
import peer
from pairs import Comparison, timed

import shiver

BODY = "void add1(const double *x, double *y, long i) { y[i] = x[i] + 1.0; }"
PEER = """
void add1(const double *x, double *y, long n) {
    #pragma omp parallel for
    for (long i = 0; i < n; i++) y[i] = x[i] + 1.0;
}
"""


def rows(small: bool) -> Iterator[Comparison]:
    n = 1_000_000 if small else 100_000_000
    body = shiver.from_c(BODY)
    x = np.arange(float(n))
    y = np.zeros(n)  # one result for all, touched before: each sees the same pages
    add1 = peer.compile_c(PEER).add1
    add1.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long]

    def check() -> None:
        for work in (call_ours, call_openmp, call_numpy):
            y[:] = 0
            work()
            assert (y == x + 1.0).all()

    def call_ours() -> None:
        shiver.parfor(body, n, (x, y))

    def call_openmp() -> None:
        add1(x.ctypes.data, y.ctypes.data, n)

    def call_numpy() -> None:
        np.add(x, 1.0, out=y)

    call_ours()  # compiled before it is timed
    for against, theirs, goal, flags in (
        ("gcc with OpenMP", call_openmp, 0.65, {"gcc": " ".join(peer.FLAGS)}),
        ("NumPy, one thread", call_numpy, None, {}),
    ):
        yield Comparison(
            work=f"y[i] = x[i] + 1.0 over {n:.0e} doubles",
            against=against,
            ours=lambda: timed(call_ours),
            theirs=lambda theirs=theirs: timed(theirs),
            pairs=3 if small else 31,
            goal=goal,
            flags=flags,
            check=check,
        )
