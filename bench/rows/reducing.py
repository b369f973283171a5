"""Sums, maxima and dot products: one value of many, against NumPy, whose sums use one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import bodies
import numpy as np
from contest import Batch, Contender, Work

import shiver

ELEMENT = "{c} element(const {c} *x, long i) {{ return x[i]; }}"
PRODUCT = "double product(const double *x, const double *y, long i) { return x[i] * y[i]; }"


class Answer:
    """A call whose last answer can be looked at."""

    def __init__(self) -> None:
        self.value = float("nan")

    def of(self, call: Callable[[], object]) -> Callable[[], None]:
        def kept() -> None:
            self.value = call()

        return kept


def rows(small: bool) -> Iterator[Work]:
    size = 1_000_000 if small else 10_000_000
    rng = np.random.default_rng(0)
    doubles, others = rng.standard_normal((2, size))
    singles = doubles.astype(np.float32)
    few = doubles[:1000].copy()  # shows what a call costs
    element = shiver.from_c(ELEMENT.format(c="double"))
    single = shiver.from_c(ELEMENT.format(c="float"))
    product = shiver.from_c(PRODUCT)
    numpy = f"NumPy {np.__version__}"
    for title, fn, arrays, op, peer, theirs, goal in (
        ("sum of {} doubles", element, (doubles,), "+", "numpy.sum", np.sum, 0.6),
        ("sum of {} floats", single, (singles,), "+", "numpy.sum", np.sum, 0.6),
        ("maximum of {} doubles", element, (doubles,), "max", "numpy.max", np.max, 0.7),
        ("dot product of {} doubles", product, (doubles, others), "+", "numpy.dot", np.dot, 1.2),
        ("sum of {} doubles", element, (few,), "+", "numpy.sum", np.sum, 1.2),
    ):
        count = len(arrays[0])
        answer = Answer()
        ours = partial(shiver.reduce, fn, count, arrays, op)
        exact = theirs(*(array.astype(float) for array in arrays))
        near = 200 * np.finfo(arrays[0].dtype).eps * np.sum(np.abs(np.multiply.reduce(arrays)))
        yield Work(
            title.format(f"{count:.0e}"),
            Contender("Shiver", Batch(answer.of(ours)), bodies.RUNTIME),
            [
                Contender(
                    peer,
                    Batch(answer.of(partial(theirs, *arrays))),
                    "openblas" if theirs is np.dot else "",
                    how=numpy + (" with OpenBLAS" if theirs is np.dot else ", one thread"),
                    goal=goal,
                )
            ],
            rounds=2 if small else 11,
            one_thread=Contender(
                "Shiver, one thread",
                Batch(answer.of(partial(ours, num_threads=1))),
                bodies.RUNTIME,
            ),
            clear=lambda answer=answer: setattr(answer, "value", float("nan")),
            right=lambda answer=answer, exact=exact, near=near: bool(
                abs(answer.value - exact) <= near
            ),
        )
