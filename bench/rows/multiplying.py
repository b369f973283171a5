"""The README's matrix product: a plain loop over k for each i and j."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import numpy as np
import peer
from pairs import Comparison, timed

import shiver

BODY = """
double mm(long n, const double *a, const double *b, long i, long j) {
    double sum = 0;
    for (long k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
    return sum;
}
"""
PEER = (
    BODY
    + """
void product(long n, const double *a, const double *b, double *c) {
    #pragma omp parallel for
    for (long i = 0; i < n; i++)
        for (long j = 0; j < n; j++) c[i * n + j] = mm(n, a, b, i, j);
}
"""
)
MODE = "-ffast-math"


def rows(small: bool) -> Iterator[Comparison]:
    n = 200 if small else 1000
    body = shiver.from_c(BODY, fastmath=True)
    rng = np.random.default_rng(0)
    a, b, c = rng.random((n, n)), rng.random((n, n)), np.zeros((n, n))
    product = peer.compile_c(PEER, MODE).product
    product.argtypes = [ctypes.c_long] + 3 * [ctypes.c_void_p]

    def call_ours() -> None:
        shiver.parfor(body, (n, n), (n, a, b), out=c)

    def call_openmp() -> None:
        product(n, a.ctypes.data, b.ctypes.data, c.ctypes.data)

    def call_blas() -> None:
        np.dot(a, b, out=c)

    def check() -> None:
        right = a @ b
        for work in (call_ours, call_openmp, call_blas):
            c[:] = 0
            work()
            assert np.allclose(c, right, rtol=1e-12)

    call_ours()  # compiled before it is timed
    gcc = " ".join((*peer.FLAGS, MODE))
    for against, theirs, goal, flags in (
        ("numpy.dot (OpenBLAS)", call_blas, 2.0, {}),
        ("gcc with OpenMP, the same loop", call_openmp, None, {"gcc": gcc}),
    ):
        yield Comparison(
            work=f"matrix product, {n} x {n} doubles, fastmath",
            against=against,
            ours=lambda: timed(call_ours),
            theirs=lambda theirs=theirs: timed(theirs),
            pairs=3 if small else 31,
            goal=goal,
            flags={"shiver": "fastmath=True", **flags},
            check=check,
        )
