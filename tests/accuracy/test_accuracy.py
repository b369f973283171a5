"""No function errs by more than it may, at random and at hard points.

`table.py` looks at many more points; these are as many as a test has time for.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from functions import FUNCTIONS, Function
from measure import compiled, error, worst

import shiver

TYPES = [np.dtype(np.float64), np.dtype(np.float32)]
# These are exact, and so as libm's: Python's and NumPy's.
EXACT = {
    "fmod": np.fmod,
    "remainder": np.vectorize(math.remainder, otypes=[float]),
    "fdim": lambda x, y: np.where(x > y, x - y, np.where(np.isnan(x) | np.isnan(y), np.nan, 0)),
    "nextafter": np.nextafter,
}
SPECIAL = [0.0, 1.0, 0.5, 2.0, 3.0, 2.5, 1e-5, 40.0, 170.5, 1e10, 1e22, math.inf]


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
@pytest.mark.parametrize(
    "bound, options", [(1, {}), (4, {"fastmath": "afn"}), (4, {"fastmath": True})]
)
def test_the_error_is_within_the_bound(function, dtype, bound, options):
    found = worst(function, dtype, 400, rounds=1, seed=7, **options)
    assert found.ulp <= bound, found


def test_without_fused_products_too():
    program = Path(__file__).parent / "table.py"
    command = [sys.executable, str(program), "--no-record", "--points", "100", "--rounds", "0"]
    env = os.environ | {"SHIVER_CPU": "x86-64-v2"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("\n| ") > len(FUNCTIONS)


def test_an_error_is_noticed():
    cube_root = Function("cbrt", lambda x: mp.cbrt(x) * (1 + mp.mpf(2) ** -52))
    assert 1 < worst(cube_root, TYPES[0], 100).ulp < 4
    assert error(cube_root, (8.0,), math.inf, TYPES[0]) == math.inf
    assert error(Function("exp", mp.exp), (0.0,), 1 + 2**-52, TYPES[0]) == 1
    subnormal = error(Function("exp", mp.exp), (-745.0,), 0.0, TYPES[0])
    assert subnormal == pytest.approx(0.571, abs=0.001)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("name", EXACT)
def test_what_can_be_exact_is_exact(name, dtype):
    rng = np.random.default_rng(3)
    bits = np.dtype(f"u{dtype.itemsize}")
    most = np.iinfo(bits).max
    x, y = rng.integers(0, most, (2, 100_000), bits, endpoint=True).view(dtype)
    with np.errstate(all="ignore"):
        y[::2] = (x[::2] * np.exp(rng.uniform(-30, 3, len(x[::2])))).astype(dtype)
    numbers = ~(np.isnan(x) | np.isnan(y) | np.isinf(x) | (y == 0))
    x, y = x[numbers], y[numbers]
    results = shiver.parfor(compiled(name, 2, dtype), len(x), (x, y))
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(results, EXACT[name](x, y).astype(dtype))


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize(
    "name, arguments", [(f.name, f.arguments) for f in FUNCTIONS] + [(n, 2) for n in EXACT]
)
def test_special_arguments_give_what_libm_gives(name, arguments, dtype):
    finfo = np.finfo(dtype)
    special = [*SPECIAL, float(finfo.max), float(finfo.tiny), float(finfo.smallest_subnormal)]
    special = np.array([*special, *(-value for value in special), math.nan], dtype)
    x = [column.ravel().copy() for column in np.meshgrid(*arguments * [special])]
    ours = shiver.parfor(compiled(name, arguments, dtype), len(x[0]), tuple(x))
    body = compiled(name, arguments, dtype, flags=["-fno-builtin"])
    libm = shiver.parfor(body, len(x[0]), tuple(x))
    assert "shiver.math" not in body.inspect_llvm(optimized=True)
    np.testing.assert_allclose(ours, libm, rtol=8 * finfo.eps, atol=0)
    signed = ~np.isnan(libm)
    np.testing.assert_array_equal(np.signbit(ours[signed]), np.signbit(libm[signed]))
