"""Bodies with loops of their own, over spaces in which neighbouring iterations load the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import bodies
import numpy as np
from contest import Contender, Work, timed
from peers import MissingError, native

import shiver

# With fast math, gcc calls the C library's functions of vectors.
MATHEMATICS = ("-lmvec", "-lm")


@dataclass(frozen=True)
class Problem:
    """A body of the results' elements, and a check of what they are."""

    name: str
    body: str
    shape: tuple[int, ...]
    args: tuple
    right: Callable[[], np.ndarray]
    fastmath: bool = True


def product(n: int, rng: np.random.Generator) -> Problem:
    """C = A·B."""
    a, b = rng.random((n, n)), rng.random((n, n))
    body = """
    double f(long n, const double *a, const double *b, long i, long j) {
        double sum = 0;
        for (long k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
        return sum;
    }"""
    return Problem(f"A B, {n} x {n}", body, (n, n), (n, a, b), lambda: a @ b)


def square(n: int, rng: np.random.Generator) -> Problem:
    """C = A·Aᵀ."""
    a = rng.random((n, n))
    body = """
    double f(long n, const double *a, long i, long j) {
        double sum = 0;
        for (long k = 0; k < n; k++) sum += a[i * n + k] * a[j * n + k];
        return sum;
    }"""
    return Problem(f"A A^T, {n} x {n}", body, (n, n), (n, a), lambda: a @ a.T)


def convolution(n: int, rng: np.random.Generator) -> Problem:
    """A filter of 7 by 7 weights."""
    image, weights = rng.random((n + 6, n + 6)), rng.random((7, 7))
    body = """
    double f(long m, const double *x, const double *w, long i, long j) {
        double sum = 0;
        for (int p = 0; p < 7; p++)
            for (int q = 0; q < 7; q++) sum += w[p * 7 + q] * x[(i + p) * m + j + q];
        return sum;
    }"""

    def right() -> np.ndarray:
        parts = ((weights[p, q], image[p : p + n, q : q + n]) for p in range(7) for q in range(7))
        return sum(weight * part for weight, part in parts)

    return Problem(f"7 x 7 convolution, {n} x {n}", body, (n, n), (n + 6, image, weights), right)


def distances(n: int, rng: np.random.Generator) -> Problem:
    """All pairs of points in space."""
    x = rng.random((n, 3))
    body = """
    #include <math.h>
    double f(const double *x, long i, long j) {
        double sum = 0;
        for (int k = 0; k < 3; k++) {
            double d = x[i * 3 + k] - x[j * 3 + k];
            sum += d * d;
        }
        return sqrt(sum);
    }"""

    def right() -> np.ndarray:
        return np.sqrt(((x[:, None, :] - x[None, :, :]) ** 2).sum(axis=2))

    return Problem(f"distances of {n} points", body, (n, n), (x,), right)


def batch(n: int, rng: np.random.Generator, fastmath: bool) -> Problem:
    """Many small matrices times a vector each."""
    m = 16
    a, x = rng.random((n, m, m)), rng.random((n, m))
    body = """
    double f(long m, const double *a, const double *x, long b, long i) {
        double sum = 0;
        for (long k = 0; k < m; k++) sum += a[(b * m + i) * m + k] * x[b * m + k];
        return sum;
    }"""

    def right() -> np.ndarray:
        return (a @ x[:, :, None])[:, :, 0]

    name = f"{n} matrices of {m} x {m} times vectors"
    return Problem(name, body, (n, m), (m, a, x), right, fastmath)


def kernel(n: int, rng: np.random.Generator, fastmath: bool) -> Problem:
    """Gaussian kernel of all pairs of points in space."""
    x, y = rng.random((n, 3)), rng.random((n, 3))
    body = """
    #include <math.h>
    double f(long d, const double *x, const double *y, long i, long j) {
        double far = 0;
        for (long k = 0; k < d; k++) {
            double t = x[i * d + k] - y[j * d + k];
            far += t * t;
        }
        return exp(-0.5 * far);
    }"""

    def right() -> np.ndarray:
        return np.exp(-0.5 * ((x[:, None, :] - y[None, :, :]) ** 2).sum(axis=2))

    name = f"Gaussian kernel of {n} x {n} points"
    return Problem(name, body, (n, n), (3, x, y), right, fastmath)


def exponentials(n: int, rng: np.random.Generator, fastmath: bool) -> Problem:
    """A function in the innermost loop: the sum of a Gaussian kernel over coordinates."""
    a, b = rng.random((n, n)), rng.random((n, n))
    body = """
    #include <math.h>
    double f(long n, const double *a, const double *b, long i, long j) {
        double sum = 0;
        for (long k = 0; k < n; k++) {
            double t = a[i * n + k] - b[k * n + j];
            sum += exp(-t * t);
        }
        return sum;
    }"""

    def right() -> np.ndarray:
        return sum(np.exp(-((a[:, k, None] - b[None, k, :]) ** 2)) for k in range(n))

    return Problem(f"sums of {n} exponentials, {n} x {n}", body, (n, n), (n, a, b), right, fastmath)


def compared(problem: Problem, small: bool) -> Work:
    """The problem by Shiver and by gcc's OpenMP, with the same body."""
    types = ["long" if isinstance(value, int) else "const double *" for value in problem.args]
    declared = ", ".join(f"{ty} a{k}" for k, ty in enumerate(types))
    given = ", ".join(f"a{k}" for k in range(len(types)))
    source = f"""{problem.body}
    void all({declared}, double *out, long n, long m) {{
        #pragma omp parallel for
        for (long i = 0; i < n; i++)
            for (long j = 0; j < m; j++) out[i * m + j] = f({given}, i, j);
    }}"""
    out, right = np.zeros(problem.shape), problem.right()
    theirs, missing = [], []
    try:
        flags = ("-ffast-math",) if problem.fastmath else ()
        gcc = native.own("libgomp", source, *flags, *MATHEMATICS)
        call = gcc.call("all", *problem.args, out, *problem.shape)
        name = "gcc with OpenMP, the same loop"
        theirs.append(Contender(name, partial(timed, call), gcc.runtime, gcc.how, goal=1.0))
    except MissingError as why:
        missing.append(f"gcc with OpenMP: {why}")
    body = shiver.from_c(problem.body, fastmath=problem.fastmath)
    ours = partial(timed, partial(shiver.parfor, body, problem.shape, problem.args, out=out))
    mode = ", fastmath" if problem.fastmath else ""
    return Work(
        f"{problem.name} doubles{mode}",
        Contender("Shiver", ours, bodies.RUNTIME, f"fastmath={problem.fastmath}"),
        theirs,
        rounds=2 if small else 4,
        clear=lambda: out.fill(0),
        right=lambda: bool(np.allclose(out, right, rtol=1e-12)),
        missing=missing,
    )


def rows(small: bool) -> Iterator[Work]:
    rng = np.random.default_rng(0)
    problems = (
        lambda: product(100 if small else 1000, rng),
        lambda: square(100 if small else 1000, rng),
        lambda: convolution(100 if small else 2000, rng),
        lambda: distances(100 if small else 3000, rng),
        lambda: batch(100 if small else 20000, rng, True),
        lambda: batch(100 if small else 20000, rng, False),
        lambda: kernel(100 if small else 2000, rng, True),
        lambda: kernel(100 if small else 2000, rng, False),
        lambda: exponentials(50 if small else 200, rng, True),
        lambda: exponentials(50 if small else 200, rng, False),
    )
    for make in problems:
        yield compared(make(), small)
