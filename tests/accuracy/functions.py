"""The functions whose accuracy is measured: their exact values, and where to look."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import mpmath as mp
import numpy as np

mp.mp.prec = 200  # its functions add what reducing their arguments takes

INF = math.inf


def lgamma(x: mp.mpf) -> mp.mpf:
    return mp.log(abs(mp.gamma(x))) if x < 0 else mp.loggamma(x)


@dataclass(frozen=True)
class Function:
    """A function of C's mathematics, by the name of its `double` form."""

    name: str
    exact: Callable[..., mp.mpf]
    arguments: int = 1
    # Between which arguments the function is a number that fits, for `double` and for `float`.
    double: tuple[float, float] = (-INF, INF)
    float: tuple[float, float] | None = None  # as for `double`
    # Where it is hard: near these arguments.
    hard: tuple[float, ...] = field(default=(0.0,))

    def domain(self, dtype: np.dtype) -> tuple[float, float]:
        return (self.float if dtype == np.float32 else None) or self.double


ZEROS_OF_LGAMMA = (
    -2.4570247382208006,
    -2.7476826467274127,
    -3.1435808883499798,
    -3.9552942848585979,
)
UNIT = (-1.0, 1.0)
MULTIPLES = tuple(k * math.pi / 2 for k in (1, 2, 3, 4, 11, 355, 710, 52174, 1e6, 1e10))

FUNCTIONS = (
    Function("acos", mp.acos, 1, UNIT, hard=(0.0, 0.5, 1.0, -1.0)),
    Function("acosh", mp.acosh, 1, (1.0, INF), hard=(1.0, 1.5, 1e150, 1e30)),
    Function("asin", mp.asin, 1, UNIT, hard=(0.0, 0.5, 1.0, -1.0)),
    Function("asinh", mp.asinh, hard=(0.0, 1.0, 1e150, 1e18)),
    Function("atan", mp.atan, hard=(0.0, 1.0)),
    Function("atan2", mp.atan2, 2, hard=(0.0, 1.0, 1e-300, 1e300)),
    Function("atanh", mp.atanh, 1, UNIT, hard=(0.0, 1.0, -1.0, 1e-4)),
    Function("cbrt", lambda x: mp.sign(x) * mp.cbrt(abs(x)), hard=(0.0, 1.0, 8.0, 27.0)),
    Function("cos", mp.cos, hard=(0.0, 1e22, *MULTIPLES)),
    Function("cosh", mp.cosh, 1, (-710.47, 710.47), (-89.41, 89.41), (0.0, 89.4, 709.5, 710.4)),
    Function("erf", mp.erf, hard=(0.0, 1.0, 2.5, 4.0, 6.0)),
    Function("erfc", mp.erfc, 1, (-INF, 27.2), (-INF, 10.05), (0.0, 1.0, 2.2, 9.2, 10.0, 26.5)),
    Function("exp", mp.exp, 1, (-745.1, 709.78), (-103.9, 88.72), (0.0, -87.5, -708.5, 709.7)),
    Function(
        "exp10",
        lambda x: mp.power(10, x),
        *(1, (-323.3, 308.25), (-44.8, 38.53)),
        (0.0, 1.0, -37.9, -307.9, 308.2),
    ),
    Function(
        "exp2",
        lambda x: mp.power(2, x),
        *(1, (-1074.0, 1023.99), (-149.0, 127.99)),
        (0.0, -126.5, -1022.5, 1023.9),
    ),
    Function("expm1", mp.expm1, 1, (-INF, 709.78), (-INF, 88.72), (0.0, -1.0, -37.0, 709.7)),
    Function("hypot", mp.hypot, 2, hard=(0.0, 1.0, 1e-310, 1e-160, 1e160, 1e307)),
    Function(
        "lgamma",
        lgamma,
        *(1, (-1e6, 2.5e305), (-1e5, 4.08e36)),
        (1.0, 2.0, -0.5, *ZEROS_OF_LGAMMA, -10.0, 1e300, 4e36),
    ),
    Function("log", mp.log, 1, (0.0, INF), hard=(0.0, 1.0, math.sqrt(2), math.sqrt(0.5))),
    Function("log10", mp.log10, 1, (0.0, INF), hard=(0.0, 1.0, math.sqrt(2), 1000.0)),
    Function("log1p", mp.log1p, 1, (-1.0, INF), hard=(0.0, -1.0, -0.3, 1e300)),
    Function("log2", lambda x: mp.log(x, 2), 1, (0.0, INF), hard=(0.0, 1.0, math.sqrt(2), 1024.0)),
    Function("pow", mp.power, 2, (0.0, INF), hard=(0.0, 1.0, 2.0, 100.0)),
    Function("sin", mp.sin, hard=(0.0, 1e22, *MULTIPLES)),
    Function("sinh", mp.sinh, 1, (-710.47, 710.47), (-89.41, 89.41), (0.0, 1.0, 89.4, 710.4)),
    Function("tan", mp.tan, hard=(0.0, 1e22, *MULTIPLES)),
    Function("tanh", mp.tanh, hard=(0.0, 1.0, 8.6, 18.7)),
    Function(
        "tgamma",
        mp.gamma,
        *(1, (-180.0, 171.62), (-41.0, 35.04)),
        (0.0, 1.0, 2.0, -0.5, -1.0, -10.0, -33.9, -35.9, -169.9, 171.6),
    ),
)


def points(function: Function, dtype: np.dtype, count: int, rng: np.random.Generator) -> np.ndarray:
    """Some `count` arguments for each parameter, a row each.

    A quarter of them has any bits at all, a quarter any size, a quarter comes evenly from the domain
    and the middle of it, a quarter lies near what is hard.
    """
    rows = [parameter(function, dtype, count, rng) for _ in range(function.arguments)]
    if function.name == "pow":  # most random powers are 0 or infinite
        with np.errstate(all="ignore"):
            x, half = rows[0].astype(np.float64), count // 2
            exponent = rng.uniform(
                *(1.0 if dtype == np.float64 else 0.125) * np.array((-745, 709)), half
            )
            rows[1][:half] = np.nan_to_num(exponent / np.log(x[:half])).astype(dtype)
    return np.stack(rows)


def parameter(
    function: Function, dtype: np.dtype, count: int, rng: np.random.Generator
) -> np.ndarray:
    low, high = function.domain(dtype)
    bits = np.dtype(f"u{dtype.itemsize}")
    part = -(-count // 4)
    any_bits = rng.integers(0, np.iinfo(bits).max, part, bits, endpoint=True).view(dtype)
    any_size = np.exp(rng.uniform(-20, 20, part)) * rng.choice([-1.0, 1.0], part)
    middle = rng.uniform(max(low, -20.0), min(high, 20.0), (2, part))
    even = middle[0].copy()
    if math.isfinite(high - low):
        even[::2] = rng.uniform(low, high, len(even[::2]))
    hard = rng.choice(function.hard, part)
    away = np.exp2(rng.uniform(-3 - np.finfo(dtype).nmant, 0, part)) * rng.choice([-1.0, 1.0], part)
    near = hard + away * np.where(hard == 0, 1.0, np.abs(hard) * 0.1)
    with np.errstate(all="ignore"):
        parts = [any_bits, *(v.astype(dtype) for v in (any_size, even, near))]
        x = np.concatenate(parts)
        inside = (x >= low) & (x <= high) & np.isfinite(x)
        return np.where(inside, x, np.tile(middle[1], 4).astype(dtype))[
            rng.permutation(4 * part)[:count]
        ]
