"""The page of Shiver 0.12, as its users typed it."""

from __future__ import annotations

import numpy as np

import shiver
from shiver import GenericValue


def test_void_body_fills_an_array():
    x = np.empty(10, dtype=int)
    fn1 = shiver.from_c("void fn1(long *x, long i) { x[i] = i;}")
    assert shiver.parfor(fn1, niters=len(x), fixed_args=[x]) is None
    assert (x == np.arange(10)).all()


def test_returned_values_are_collected():
    ident = shiver.from_c("long identity(long i) { return i; }")
    y = shiver.parfor(ident, 10)
    assert (y == np.arange(10)).all()
    assert y.dtype == np.int64


def test_explicit_generic_value_pointer():
    x = np.empty(10, dtype=int)
    fn1 = shiver.from_c("void fn1(long *x, long i) { x[i] = i;}")
    x_gv = GenericValue.pointer(x.ctypes.data)
    shiver.parfor(fn1, niters=len(x), fixed_args=[x_gv])
    assert (x == np.arange(10)).all()


def test_two_indices_give_a_grid():
    fn2 = shiver.from_c("float mult(long i, long j) { return (float) i*j; }")
    result_grid = shiver.parfor(fn2, (10, 20))
    assert result_grid.shape == (10, 20)
    assert result_grid.dtype == np.float32
    assert (result_grid == np.multiply.outer(np.arange(10), np.arange(20))).all()
