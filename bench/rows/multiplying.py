"""The README's matrix product: a plain loop over k for each i and j."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import bodies
import numpy as np
from contest import Contender, Work, timed
from peers import MissingError, native

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


def rows(small: bool) -> Iterator[Work]:
    n = 200 if small else 1000
    body = shiver.from_c(BODY, fastmath=True)
    rng = np.random.default_rng(0)
    a, b, c = rng.random((n, n)), rng.random((n, n)), np.zeros((n, n))
    right = a @ b
    config = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    blas = f"{config['name']} {config['version']}, as many threads as there are cores"
    theirs = [
        Contender(
            "numpy.dot (OpenBLAS)",
            partial(timed, partial(np.dot, a, b, out=c)),
            "openblas",
            blas,
            goal=2.0,
        )
    ]
    missing = []
    try:
        gcc = native.own("libgomp", PEER, MODE)
        product = partial(timed, gcc.call("product", n, a, b, c))
        theirs.append(Contender("gcc with OpenMP, the same loop", product, gcc.runtime, gcc.how))
    except MissingError as why:
        missing.append(f"gcc with OpenMP: {why}")
    yield Work(
        f"matrix product, {n} x {n} doubles, fastmath",
        Contender(
            "Shiver",
            partial(timed, partial(shiver.parfor, body, (n, n), (n, a, b), out=c)),
            bodies.RUNTIME,
            "fastmath=True",
        ),
        theirs,
        rounds=2 if small else 10,
        clear=lambda: c.fill(0),
        right=lambda: bool(np.allclose(c, right, rtol=1e-12)),
        missing=missing,
    )
