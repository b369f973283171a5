"""What `parfor` gives back: dtype and shape of the result, and the rules of `out=`.

Holds the paragraph "Results" of the contract.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import shiver

RETURN_TYPES = {
    "char": "int8",
    "signed char": "int8",
    "unsigned char": "uint8",
    "short": "int16",
    "unsigned short": "uint16",
    "int": "int32",
    "unsigned": "uint32",
    "long": "int64",
    "unsigned long": "uint64",
    "long long": "int64",
    "unsigned long long": "uint64",
    "__SIZE_TYPE__": "uint64",
    "_Bool": "bool",
    "_Float16": "float16",
    "float": "float32",
    "double": "float64",
    "float _Complex": "complex64",
    "double _Complex": "complex128",
}


@pytest.mark.parametrize("ctype", RETURN_TYPES)
def test_dtype_and_values_of_each_return_type(ctype):
    f = shiver.from_c(f"{ctype} f(long i) {{ return i % 5; }}")
    got = shiver.parfor(f, 133)
    want = (np.arange(133) % 5).astype(RETURN_TYPES[ctype])
    assert got.dtype == want.dtype
    assert np.array_equal(got, want)


@pytest.mark.parametrize("ctype", ["float", "double"])
def test_both_parts_of_a_complex_result(ctype):
    f = shiver.from_c(
        f"{ctype} _Complex f(long i) {{ {ctype} _Complex z; __real__ z = i; __imag__ z = -2 * i;"
        " return z; }"
    )
    n = np.arange(37)
    assert np.array_equal(shiver.parfor(f, 37), n - 2j * n)


def test_the_top_bit_of_an_unsigned_result():
    f = shiver.from_c("unsigned long f(unsigned long i) { return ~i; }")
    assert [int(v) for v in shiver.parfor(f, 3)] == [2**64 - 1, 2**64 - 2, 2**64 - 3]


def test_a_true_value_is_one_in_a_bool_result():
    f = shiver.from_c("_Bool f(long i) { return i & 6; }")
    got = shiver.parfor(f, 16)
    assert np.array_equal(got, (np.arange(16) & 6) != 0)
    assert set(got.view(np.uint8)) <= {0, 1}


def test_void_gives_none():
    assert shiver.parfor(shiver.from_c("void f(long i) { (void)i; }"), 10) is None


def test_a_pointer_result_is_refused():
    f = shiver.from_c("double *f(double *x, long i) { return x + i; }")
    with pytest.raises(TypeError):
        shiver.parfor(f, 3, (np.zeros(3),))


@given(hnp.array_shapes(max_dims=4, min_side=0, max_side=6))
def test_shape_is_the_numbers_of_iterations(shape):
    params = ", ".join(f"long i{n}" for n in range(len(shape)))
    total = " + ".join(f"i{n} * {11**n}" for n in range(len(shape)))
    f = shiver.from_c(f"double f({params}) {{ return {total}; }}")
    want = sum(axis * 11**n for n, axis in enumerate(np.indices(shape)))
    got = shiver.parfor(f, shape)
    assert got.shape == shape
    assert np.array_equal(got, want)


def test_a_result_is_an_ordinary_array_of_its_own():
    f = shiver.from_c("double f(long i, long j) { return i - j; }")
    first, second = shiver.parfor(f, (3, 4)), shiver.parfor(f, (3, 4))
    assert type(first) is np.ndarray
    assert first.flags.c_contiguous and first.flags.aligned and first.flags.writeable
    assert not np.shares_memory(first, second)


def test_a_large_result_is_right_everywhere():
    f = shiver.from_c("double f(const double *x, long i) { return x[i] * x[i] + 1.0; }")
    x = np.random.default_rng(3).standard_normal(1_000_003)
    assert np.array_equal(shiver.parfor(f, len(x), x), x * x + 1.0)


# ------------------------------------------------------------------ out=

FILL = "double fill(long i) { return i + 0.5; }"


def test_out_is_filled_and_given_back():
    out = np.zeros(9)
    assert shiver.parfor(shiver.from_c(FILL), 9, out=out) is out
    assert np.array_equal(out, np.arange(9) + 0.5)


@given(st.integers(0, 5), st.integers(1, 70), st.integers(0, 5))
def test_nothing_beside_out_is_written(before, n, after):
    whole = np.full(before + n + after, -1.0)
    shiver.parfor(shiver.from_c(FILL), n, out=whole[before : before + n])
    assert np.array_equal(whole[before : before + n], np.arange(n) + 0.5)
    assert (whole[:before] == -1).all() and (whole[before + n :] == -1).all()


def test_out_of_two_dimensions():
    f = shiver.from_c("int f(int i, int j) { return 10 * i + j; }")
    out = np.zeros((4, 3), dtype=np.int32)
    shiver.parfor(f, ([(0, 8, 2), 3]), out=out)
    assert np.array_equal(out, 20 * np.arange(4)[:, None] + np.arange(3))


def test_out_may_be_an_argument():
    f = shiver.from_c("double f(const double *x, long i) { return x[i] * 3; }")
    x = np.arange(20.0)
    assert shiver.parfor(f, 20, (x,), out=x) is x
    assert np.array_equal(x, np.arange(20.0) * 3)


def frozen(x: np.ndarray) -> np.ndarray:
    x.flags.writeable = False
    return x


@pytest.mark.parametrize(
    "out, error",
    [
        (np.zeros(8), ValueError),
        (np.zeros(10), ValueError),
        (np.zeros((9, 1)), ValueError),
        (np.zeros(()), ValueError),
        (np.zeros(18)[::2], ValueError),
        (np.zeros(9)[::-1], ValueError),
        (frozen(np.zeros(9)), ValueError),
        (np.zeros(9, dtype=np.float32), TypeError),
        (np.zeros(9, dtype=np.int64), TypeError),
        (np.zeros(9, dtype=np.complex128), TypeError),
        (np.zeros(9, dtype=">f8"), (TypeError, ValueError)),
        ([0.0] * 9, TypeError),
        ("out", TypeError),
    ],
    ids=[
        "too short",
        "too long",
        "a dimension more",
        "no dimension",
        "every second",
        "backwards",
        "read-only",
        "float32",
        "int64",
        "complex128",
        "byte order",
        "list",
        "text",
    ],
)
def test_out_that_is_refused_is_not_written(out, error):
    with pytest.raises(error, match="out"):
        shiver.parfor(shiver.from_c(FILL), 9, out=out)
    if isinstance(out, np.ndarray):
        assert not out.any()


def test_fortran_order_is_no_out():
    f = shiver.from_c("double f(long i, long j) { return 1; }")
    out = np.zeros((3, 4), order="F")
    with pytest.raises(ValueError, match="out"):
        shiver.parfor(f, (3, 4), out=out)
    assert not out.any()


def test_out_for_a_void_body_is_a_type_error():
    touched = np.zeros(1)
    f = shiver.from_c("void f(double *x, long i) { x[0] = 1; }")
    with pytest.raises(TypeError, match="out"):
        shiver.parfor(f, 3, touched, out=np.zeros(3))
    assert touched[0] == 0


def test_signedness_of_out_counts():
    f = shiver.from_c("unsigned f(long i) { return i; }")
    with pytest.raises(TypeError, match="out"):
        shiver.parfor(f, 3, out=np.zeros(3, dtype=np.int32))


# ------------------------------------------------------------------ run and a call


@pytest.mark.parametrize(
    "source, args, want",
    [
        ("int add1(int x) { return x + 1; }", (1,), 2),
        ("long neg(long x) { return -x; }", (2**40,), -(2**40)),
        ("unsigned char wrap(int x) { return x; }", (258,), 2),
        ("unsigned long top(void) { return -1ul; }", (), 2**64 - 1),
        ("double half(double x) { return x / 2; }", (3,), 1.5),
        ("float third(float x) { return x / 3; }", (1,), float(np.float32(1) / np.float32(3))),
        ("_Bool big(double x) { return x > 1; }", (3,), True),
        ("double _Complex turn(double _Complex z) { return z * 1i; }", (2 + 1j,), -1 + 2j),
    ],
)
def test_a_call_gives_a_plain_python_value(source, args, want):
    got = shiver.from_c(source)(*args)
    assert type(got) is type(want)
    assert got == want


def test_a_call_of_a_void_function_writes_and_gives_none():
    fn1 = shiver.from_c("void fn1(long *x, long i) { x[i] = i;}")
    x = np.zeros(5, dtype=np.int64)
    assert fn1(x, 3) is None
    assert x.tolist() == [0, 0, 0, 3, 0]


def test_run_gives_numbers_back_as_generic_values():
    half = shiver.from_c("double half(double x) { return x / 2; }")
    value = shiver.run(half, 3)
    assert isinstance(value, shiver.GenericValue)
    assert value.as_real() == float(value) == 1.5
    negative = shiver.from_c("int f(int x) { return -x; }")
    assert shiver.run(negative, 7).as_int_signed() == -7


def test_out_that_is_not_aligned_is_refused():
    f = shiver.from_c("double f(long i) { return i; }")
    out = np.frombuffer(bytearray(41), np.uint8)[1:].view(np.float64)
    with pytest.raises(ValueError, match="aligned"):
        shiver.parfor(f, 5, out=out)
    assert not out.view(np.uint8).any()
