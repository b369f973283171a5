"""One value of many: sums, a maximum, a dot product.

NumPy uses one thread, and Shiver has to be as fast with one; with two it has to gain from both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import bodies
import numpy as np
import peers
from contest import Batch, Contender, Work

import shiver

DOUBLE = "double element(const double *x, long i) { return x[i]; }"
SINGLE = "float element(const float *x, long i) { return x[i]; }"
PRODUCT = "double product(const double *x, const double *y, long i) { return x[i] * y[i]; }"


class Answers:
    """Where every contender leaves its value, and the exact one."""

    def __init__(self, right: float, error: float) -> None:
        self.right_value, self.error = right, error
        self.last = np.nan

    def of(self, call: Callable[[], float]) -> Batch:
        def kept() -> None:
            self.last = call()

        return Batch(kept)

    def clear(self) -> None:
        self.last = np.nan

    def right(self) -> bool:
        return bool(abs(float(self.last) - self.right_value) <= self.error)


def sums(x: np.ndarray, rounds: int, threads: int) -> Work:
    """The sum of doubles, against all that can sum."""
    n = len(x)
    answers = sum_of(x)
    reduce = partial(shiver.reduce, shiver.from_c(DOUBLE), n, (x,))
    names = [peers.PLAIN, "plain C, gcc"]
    if threads > 1:
        names += ["libgomp", "libomp", "oneTBB", "rayon", "numba"]
    found, missing = peers.find(*names)
    theirs = [
        Contender(
            "numpy.sum",
            answers.of(partial(np.sum, x)),
            how=f"NumPy {np.__version__}, one thread",
            goal=1.0 if threads == 1 else 0.6,
        )
    ]
    for peer in found:
        peer.threads(threads)
        theirs.append(
            Contender(peer.name, answers.of(peer.call("total", x, n)), peer.runtime, peer.how)
        )
    one = Contender("Shiver, one thread", answers.of(partial(reduce, num_threads=1)), "shiver")
    return Work(
        f"sum of {n:,} doubles, num_threads={threads}",
        Contender("Shiver", answers.of(partial(reduce, num_threads=threads)), bodies.RUNTIME),
        theirs,
        rounds,
        one_thread=one if threads > 1 else None,
        plain=peers.PLAIN if any(peer.name == peers.PLAIN for peer in found) else "",
        ideal=1 / threads if threads > 1 else None,
        clear=answers.clear,
        right=answers.right,
        missing=missing,
    )


def sum_of(x: np.ndarray) -> Answers:
    """A sum's right answer, and what rounding may make of it in whatever order."""
    magnitude = float(np.abs(x.astype(np.float64)).sum())
    # A chain as long as rayon's on one of two threads: its errors grow with its length's root.
    error = np.finfo(x.dtype).eps * magnitude * max(10.0, len(x) ** 0.5)
    return Answers(float(x.astype(np.longdouble).sum()), float(error))


def against_numpy(
    title: str,
    source: str,
    arrays: tuple[np.ndarray, ...],
    numpy: Callable[..., float],
    answers: Answers,
    rounds: int,
    goal: float | None = None,
    **how: object,
) -> Work:
    """One function of NumPy's, against the same on one thread of Shiver's, or as `how` says."""
    reduce = partial(shiver.reduce, shiver.from_c(source), len(arrays[0]), arrays, **how)
    peer = Contender(
        f"numpy.{numpy.__name__}",
        answers.of(partial(numpy, *arrays)),
        "openblas" if numpy is np.dot else "",
        f"NumPy {np.__version__}",
        goal=goal,
    )
    return Work(
        title,
        Contender("Shiver", answers.of(reduce), bodies.RUNTIME),
        [peer],
        rounds,
        clear=answers.clear,
        right=answers.right,
    )


def rows(small: bool) -> Iterator[Work]:
    n = 100_000 if small else 10_000_000
    rounds = 2 if small else 11
    x, y = np.random.default_rng(0).standard_normal((2, n))
    few, singles = x[:1000].copy(), x.astype(np.float32)
    for threads in (1, 2):
        yield sums(x, rounds, threads)
    yield against_numpy(
        f"sum of {n:,} floats, num_threads=1",
        SINGLE,
        (singles,),
        np.sum,
        sum_of(singles),
        rounds,
        goal=1.0,
        num_threads=1,
    )
    yield against_numpy(
        f"maximum of {n:,} doubles, num_threads=1",
        DOUBLE,
        (x,),
        np.max,
        Answers(max(x.tolist()), 0.0),
        rounds,
        goal=1.2,
        op="max",
        num_threads=1,
    )
    for threads in (1, 2):
        yield against_numpy(
            f"dot product of {n:,} doubles, num_threads={threads}",
            PRODUCT,
            (x, y),
            np.dot,
            sum_of(x * y),
            rounds,
            goal=1.2,
            num_threads=threads,
        )
    yield against_numpy(
        "sum of 1,000 doubles", DOUBLE, (few,), np.sum, sum_of(few), rounds, goal=1.2
    )
