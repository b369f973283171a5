"""Sums, extremes and dot products: one value of many, against NumPy, which uses one thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from pairs import Comparison, timed

import shiver

ELEMENT = "{c} element(const {c} *x, long i) {{ return x[i]; }}"
PRODUCT = "double product(const double *x, const double *y, long i) { return x[i] * y[i]; }"


def rows(small: bool) -> Iterator[Comparison]:
    size = 1_000_000 if small else 10_000_000
    rng = np.random.default_rng(0)
    doubles, others = rng.standard_normal((2, size))
    singles = doubles.astype(np.float32)
    element = shiver.from_c(ELEMENT.format(c="double"))
    single = shiver.from_c(ELEMENT.format(c="float"))
    product = shiver.from_c(PRODUCT)
    # A thousand doubles show what a call costs.
    few = doubles[:1000].copy()

    for work, fn, arrays, op, threads, peer, theirs, goal in (
        ("sum", element, (doubles,), "+", 1, "numpy.sum", np.sum, 1.0),
        ("sum", element, (doubles,), "+", 2, "numpy.sum", np.sum, 0.6),
        ("sum", single, (singles,), "+", 1, "numpy.sum", np.sum, 1.0),
        ("maximum", element, (doubles,), "max", 1, "numpy.max", np.max, 1.2),
        ("dot product", product, (doubles, others), "+", 1, "numpy.dot (OpenBLAS)", np.dot, 1.2),
        ("dot product", product, (doubles, others), "+", 2, "numpy.dot (OpenBLAS)", np.dot, 1.2),
        ("sum", element, (few,), "+", None, "numpy.sum", np.sum, 1.2),
    ):
        count = len(arrays[0])
        calls = 1000 if count == len(few) else 1
        how: dict[str, Any] = {} if threads is None else {"num_threads": threads}

        def call_ours(fn=fn, count=count, arrays=arrays, op=op, how=how) -> Any:
            return shiver.reduce(fn, count, arrays, op, **how)

        def check(ours=call_ours, theirs=theirs, arrays=arrays) -> None:
            kept = np.finfo(arrays[0].dtype).eps
            bound = 200 * kept * float(np.abs(np.multiply.reduce(arrays)).sum())
            assert abs(float(ours()) - float(theirs(*arrays))) <= bound

        def repeated(work, calls=calls) -> float:
            return timed(lambda: [work() for _ in range(calls)]) / calls

        call_ours()  # compiled before it is timed
        yield Comparison(
            work=f"{work} of {count:.0e} {arrays[0].dtype}s, num_threads={threads}",
            against=peer,
            ours=lambda work=call_ours, repeated=repeated: repeated(work),
            theirs=lambda work=theirs, arrays=arrays, repeated=repeated: repeated(
                lambda: work(*arrays)
            ),
            pairs=3 if small else 31,
            goal=goal,
            check=check,
        )
