"""How far results are from the exact values, in units of the last place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import mpmath as mp
import numpy as np
from functions import Function, points

import shiver

SUFFIX = {np.dtype(np.float64): "", np.dtype(np.float32): "f"}
C_TYPE = {np.dtype(np.float64): "double", np.dtype(np.float32): "float"}


@dataclass(frozen=True)
class Worst:
    """The largest error that was found, and where."""

    ulp: float
    arguments: tuple[float, ...]
    result: float
    count: int


def compiled(name: str, arguments: int, dtype: np.dtype, **options: object) -> shiver.Function:
    """A body that collects the function's values."""
    ty = C_TYPE[dtype]
    parameters = ", ".join(f"const {ty} *x{k}" for k in range(arguments))
    call = f"{name}{SUFFIX[dtype]}({', '.join(f'x{k}[i]' for k in range(arguments))})"
    return shiver.from_c(
        f"#include <math.h>\n{ty} f({parameters}, long i) {{ return {call}; }}", **options
    )


def error(
    function: Function, arguments: tuple[float, ...], result: float, dtype: np.dtype
) -> float:
    """By how many ulps `result` is off; 0 where there is no exact value, or none that fits."""
    finfo = np.finfo(dtype)
    try:
        exact = function.exact(*map(mp.mpf, arguments))
    except (ValueError, ZeroDivisionError, OverflowError):
        return 0.0
    if not isinstance(exact, mp.mpf) or not mp.isfinite(exact):
        return 0.0
    if abs(exact) > float(finfo.max):
        return 0.0
    if not math.isfinite(result):
        return math.inf
    exponent = mp.frexp(exact)[1] if exact else finfo.minexp
    ulp = mp.ldexp(1, max(exponent, finfo.minexp + 1) - finfo.nmant - 1)
    return float(abs(mp.mpf(result) - exact) / ulp)


def worst(
    function: Function,
    dtype: np.dtype,
    count: int,
    *,
    rounds: int = 0,
    seed: int = 0,
    **options: object,
) -> Worst:
    """The worst of `count` points, and of as many again in each round near the worst so far."""
    body = compiled(function.name, function.arguments, dtype, **options)
    rng = np.random.default_rng(seed)
    x = points(function, dtype, count, rng)
    found: list[tuple[float, tuple[float, ...], float]] = []
    for _ in range(rounds + 1):
        results = shiver.parfor(body, x.shape[1], tuple(np.ascontiguousarray(row) for row in x))
        for *arguments, result in zip(*(row.tolist() for row in x), results.tolist(), strict=True):
            at = tuple(arguments)
            found.append((error(function, at, result, dtype), at, result))
        found.sort(key=lambda one: -one[0])
        del found[32:]
        x = around(np.array([at for _, at, _ in found]).T, dtype, count, rng, function)
    ulp, at, result = found[0]
    return Worst(ulp, at, result, count * (rounds + 1))


def around(
    x: np.ndarray, dtype: np.dtype, count: int, rng: np.random.Generator, function: Function
) -> np.ndarray:
    """Points near those of `x`, in the domain."""
    low, high = function.domain(dtype)
    chosen = x[:, rng.integers(0, x.shape[1], count)]
    away = np.exp2(rng.uniform(-np.finfo(dtype).nmant, -2, chosen.shape))
    with np.errstate(all="ignore"):
        near = (chosen * (1 + away * rng.choice([-1.0, 1.0], chosen.shape))).astype(dtype)
    return np.where((near >= low) & (near <= high) & np.isfinite(near), near, chosen.astype(dtype))
