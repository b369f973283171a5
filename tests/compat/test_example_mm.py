"""0.12's example, `example_mm.py`: a matrix product compiled anew for each shape and type."""

from __future__ import annotations

import numpy as np
import pytest

import shiver

_compilation_cache = {}


def mm(x, y, output_elt_type=None):
    m, d = x.shape
    n = y.shape[1]
    assert d == y.shape[0]
    if output_elt_type is None:
        output_elt_type = np.promote_types(x.dtype, y.dtype)
    xt = shiver.dtype_to_ctype_name(x.dtype)
    yt = shiver.dtype_to_ctype_name(y.dtype)
    zt = shiver.dtype_to_ctype_name(output_elt_type)

    cache_key = (m, n, d, xt, yt, zt)
    if cache_key in _compilation_cache:
        llvm_fn = _compilation_cache[cache_key]
    else:
        name = f"mm_{m}_{n}_{d}_{xt}_{yt}_{zt}"
        src = f"""
          {zt} {name} ({xt}* x, {yt}* y, long i, long j) {{
            long m = {m};
            long n = {n};
            long d = {d};
            {zt} total = 0;
            for (long k = 0; k < d; ++k) {{
              {xt} xelt = x[i*d + k];
              {yt} yelt = y[j*d + k];
              total += xelt * yelt;
            }}
            return total;
          }}
        """
        llvm_fn = shiver.from_c(src)
        _compilation_cache[cache_key] = llvm_fn

    if not x.flags.c_contiguous:
        x = x.copy()
    y = y.T
    if not y.flags.c_contiguous:
        y = y.copy()
    return shiver.parfor(llvm_fn, niters=(m, n), fixed_args=[x, y])


@pytest.mark.parametrize("shape", [(1, 1, 1), (37, 41, 53), (64, 64, 64), (3, 200, 7)])
@pytest.mark.parametrize(
    ("left", "right"),
    [("float64", "float64"), ("float32", "float64"), ("int64", "int64"), ("int32", "float64")],
)
def test_the_product_is_numpys(shape, left, right):
    m, n, d = shape
    rng = np.random.default_rng(0)
    x, y = (rng.integers(-50, 50, s).astype(t) for s, t in (((m, d), left), ((d, n), right)))
    for _ in range(2):
        z = mm(x, y)
        assert z.dtype == np.promote_types(x.dtype, y.dtype)
        np.testing.assert_array_equal(z, x @ y)


def test_the_example_as_it_was_run():
    m, n, d = 1000, 1000, 1000
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((m, d)), rng.standard_normal((d, n))
    z = mm(x, y)
    assert np.all((z - np.dot(x, y)) ** 2 < 0.00001)
