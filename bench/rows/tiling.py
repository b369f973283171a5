"""Bodies with loops of their own, over spaces in which neighbouring iterations load the same."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import peer
from pairs import Comparison, timed

import shiver


@dataclass(frozen=True)
class Work:
    """A body of the results' elements, and a check of what they are."""

    name: str
    body: str
    shape: tuple[int, ...]
    args: tuple
    right: Callable[[], np.ndarray]
    fastmath: bool = True


def product(n: int, rng: np.random.Generator) -> Work:
    """C = A·B."""
    a, b = rng.random((n, n)), rng.random((n, n))
    body = """
    double f(long n, const double *a, const double *b, long i, long j) {
        double sum = 0;
        for (long k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
        return sum;
    }"""
    return Work(f"A B, {n} x {n}", body, (n, n), (n, a, b), lambda: a @ b)


def square(n: int, rng: np.random.Generator) -> Work:
    """C = A·Aᵀ."""
    a = rng.random((n, n))
    body = """
    double f(long n, const double *a, long i, long j) {
        double sum = 0;
        for (long k = 0; k < n; k++) sum += a[i * n + k] * a[j * n + k];
        return sum;
    }"""
    return Work(f"A A^T, {n} x {n}", body, (n, n), (n, a), lambda: a @ a.T)


def convolution(n: int, rng: np.random.Generator) -> Work:
    """A filter of 7 × 7 weights."""
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

    return Work(f"7 x 7 convolution, {n} x {n}", body, (n, n), (n + 6, image, weights), right)


def distances(n: int, rng: np.random.Generator) -> Work:
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

    return Work(f"distances of {n} points", body, (n, n), (x,), right)


def batch(n: int, rng: np.random.Generator, fastmath: bool) -> Work:
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
    return Work(name, body, (n, m), (m, a, x), right, fastmath)


def c_type(value: object) -> tuple[str, object]:
    if isinstance(value, int):
        return "long", ctypes.c_long(value)
    return "const double *", ctypes.c_void_p(value.ctypes.data)


def rows(small: bool) -> Iterator[Comparison]:
    rng = np.random.default_rng(0)
    works = (
        lambda: product(100 if small else 1000, rng),
        lambda: square(100 if small else 1000, rng),
        lambda: convolution(100 if small else 2000, rng),
        lambda: distances(100 if small else 3000, rng),
        lambda: batch(100 if small else 20000, rng, True),
        lambda: batch(100 if small else 20000, rng, False),
    )
    for make in works:
        yield from compared(make(), small)


def compared(work: Work, small: bool) -> Iterator[Comparison]:
    ours = shiver.from_c(work.body, fastmath=work.fastmath)
    types, values = zip(*(c_type(value) for value in work.args), strict=True)
    declared = ", ".join(f"{ty} a{k}" for k, ty in enumerate(types))
    given = ", ".join(f"a{k}" for k in range(len(types)))
    source = f"""{work.body}
    void all({declared}, double *out, long n, long m) {{
        #pragma omp parallel for
        for (long i = 0; i < n; i++)
            for (long j = 0; j < m; j++) out[i * m + j] = f({given}, i, j);
    }}"""
    flags = ("-ffast-math",) if work.fastmath else ()
    all_of = peer.compile_c(source, *flags).all
    n, m = work.shape
    out = np.zeros(work.shape)

    def call_ours() -> None:
        shiver.parfor(ours, work.shape, work.args, out=out)

    def call_openmp() -> None:
        all_of(*values, ctypes.c_void_p(out.ctypes.data), ctypes.c_long(n), ctypes.c_long(m))

    def check() -> None:
        right = work.right()
        for call in (call_ours, call_openmp):
            out[:] = 0
            call()
            assert np.allclose(out, right, rtol=1e-12)

    call_ours()  # compiled before it is timed
    mode = ", fastmath" if work.fastmath else ""
    yield Comparison(
        work=f"{work.name} doubles{mode}",
        against="gcc with OpenMP, the same loop",
        ours=lambda: timed(call_ours),
        theirs=lambda: timed(call_openmp),
        pairs=3 if small else 7,
        goal=1.0,
        flags={"shiver": f"fastmath={work.fastmath}", "gcc": " ".join((*peer.FLAGS, *flags))},
        check=check,
    )
