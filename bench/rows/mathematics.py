"""Mathematical functions over arrays: sin + exp, and the Black-Scholes prices of options."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import bodies
import numba
import numpy as np
from contest import Contender, Work, timed
from peers import jit, native

import shiver

WAVE = """
#include <math.h>
void wave(double *y, const double *x, long i) { y[i] = sin(x[i]) + exp(x[i]); }
"""
# The prices of a call and of a put, at one rate of interest and one volatility. The normal
# distribution is the polynomial that most of these benchmarks take (Abramowitz and Stegun 26.2.17).
PRICES = """
#include <math.h>
static double normal(double x) {
    double k = 1 / (1 + 0.2316419 * fabs(x));
    double tail = 0.3989422804014327 * exp(-0.5 * x * x) *
        (k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429)))));
    return x > 0 ? 1 - tail : tail;
}
void prices(double *call, double *put, const double *spot, const double *strike,
            const double *years, long i) {
    double width = 0.3 * sqrt(years[i]), discounted = strike[i] * exp(-0.02 * years[i]);
    double high = log(spot[i] / discounted) / width + 0.5 * width, low = high - width;
    call[i] = spot[i] * normal(high) - discounted * normal(low);
    put[i] = call[i] + discounted - spot[i];
}
"""  # noqa: E501
WAVES = """
void all(double *y, const double *x, long n) {
    #pragma omp parallel for
    for (long i = 0; i < n; i++) wave(y, x, i);
}
"""
ALL_PRICES = """
void all(double *call, double *put, const double *spot, const double *strike, const double *years,
         long n) {
    #pragma omp parallel for
    for (long i = 0; i < n; i++) prices(call, put, spot, strike, years, i);
}
"""


def numpy_waves(y, x):
    np.add(np.sin(x), np.exp(x), out=y)


def numba_waves(y, x):
    for i in numba.prange(len(x)):
        y[i] = math.sin(x[i]) + math.exp(x[i])


def numpy_normal(x):
    k = 1 / (1 + 0.2316419 * np.abs(x))
    tail = k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429)))
    tail = 0.3989422804014327 * np.exp(-0.5 * x * x) * (k * 0.31938153 + k * tail)
    return np.where(x > 0, 1 - tail, tail)


def numpy_prices(call, put, spot, strike, years):
    width, discounted = 0.3 * np.sqrt(years), strike * np.exp(-0.02 * years)
    high = np.log(spot / discounted) / width + 0.5 * width
    call[:] = spot * numpy_normal(high) - discounted * numpy_normal(high - width)
    put[:] = call + discounted - spot


@numba.njit(inline="always")
def numba_normal(x):
    k = 1 / (1 + 0.2316419 * abs(x))
    tail = k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429)))
    tail = 0.3989422804014327 * math.exp(-0.5 * x * x) * (k * 0.31938153 + k * tail)
    return 1 - tail if x > 0 else tail


def numba_prices(call, put, spot, strike, years):
    for i in numba.prange(len(spot)):
        width = 0.3 * math.sqrt(years[i])
        discounted = strike[i] * math.exp(-0.02 * years[i])
        high = math.log(spot[i] / discounted) / width + 0.5 * width
        call[i] = spot[i] * numba_normal(high) - discounted * numba_normal(high - width)
        put[i] = call[i] + discounted - spot[i]


def rows(small: bool) -> Iterator[Work]:
    n = 10_000 if small else 10_000_000
    rng = np.random.default_rng(0)
    waves = np.zeros(n), rng.uniform(-3, 3, n)
    market = rng.uniform(50, 150, n), rng.uniform(50, 150, n), rng.uniform(0.1, 2, n)
    prices = np.zeros(n), np.zeros(n), *market
    for fastmath in (False, True):
        rounds = 2 if small else 11
        loops = WAVE, WAVES, numba_waves, numpy_waves
        yield work("sin(x) + exp(x) over 1e7 doubles", *loops, waves, 1, fastmath, rounds)
        loops = PRICES, ALL_PRICES, numba_prices, numpy_prices
        yield work("Black-Scholes, 1e7 options", *loops, prices, 2, fastmath, rounds)


def work(
    title: str,
    body: str,
    loop: str,
    in_numba: Callable[..., None],
    in_numpy: Callable[..., None],
    arguments: tuple[np.ndarray, ...],
    results: int,
    fastmath: bool,
    rounds: int,
) -> Work:
    """The first arguments are the results; NumPy's are what is right."""
    n = len(arguments[0])
    written = arguments[:results]
    in_numpy(*arguments)
    wanted = [result.copy() for result in written]
    ours = partial(shiver.parfor, shiver.from_c(body, fastmath=fastmath), n, arguments)
    # gcc inlines no function that another library might replace; libmvec has its vector functions.
    source = body.replace("\nvoid ", "\nstatic void ") + loop
    gcc = native.own(
        "gcc with OpenMP", source, "-ffast-math" if fastmath else "-fno-math-errno", "-lmvec"
    )
    compiled = numba.njit(parallel=True, fastmath=fastmath)(in_numba)
    threads = jit.Numba()

    def clear() -> None:
        for result in written:
            result.fill(0)

    return Work(
        title + (", fastmath" if fastmath else ""),
        Contender("Shiver", partial(timed, ours), bodies.RUNTIME, f"fastmath={fastmath}"),
        [
            Contender(
                gcc.name, partial(timed, gcc.call("all", *arguments, n)), gcc.runtime, gcc.how
            ),
            Contender(
                "numba",
                partial(timed, partial(compiled, *arguments)),
                threads.runtime,
                f"{threads.how}, fastmath={fastmath}",
            ),
            Contender(
                "NumPy, one thread",
                partial(timed, partial(in_numpy, *arguments)),
                how=f"NumPy {np.__version__}",
            ),
        ],
        rounds=rounds,
        clear=clear,
        right=lambda: all(
            np.allclose(result, right, rtol=1e-12, atol=1e-9)
            for result, right in zip(written, wanted, strict=True)
        ),
    )
