"""Fixed arguments that are accepted: every kind that needs no other library than NumPy.

Holds the paragraph "Arguments" of the contract, its accepting half: what may stand for a pointer
and what for a scalar. What is refused is in `test_refusals.py`.
"""

from __future__ import annotations

import array
import ctypes
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shiver
from shiver import GenericValue

# C type of the element -> every dtype that must be taken for it
ELEMENTS = {
    "int8_t": ["int8"],
    "uint8_t": ["uint8", "bool"],
    "int16_t": ["int16"],
    "uint16_t": ["uint16"],
    "int32_t": ["int32"],
    "uint32_t": ["uint32"],
    "int64_t": ["int64", "datetime64[ns]", "datetime64[D]"],
    "uint64_t": ["uint64"],
    "char": ["int8", "uint8"],
    "signed char": ["int8"],
    "unsigned char": ["uint8", "bool"],
    "short": ["int16"],
    "unsigned short": ["uint16"],
    "int": ["int32"],
    "unsigned": ["uint32"],
    "long": ["int64", "longlong"],
    "unsigned long": ["uint64", "ulonglong"],
    "long long": ["int64", "longlong"],
    "unsigned long long": ["uint64", "ulonglong"],
    "size_t": ["uint64"],
    "ptrdiff_t": ["int64"],
    "_Bool": ["bool", "uint8"],
    "_Float16": ["float16"],
    "float": ["float32"],
    "double": ["float64"],
    "float _Complex": ["complex64"],
    "double _Complex": ["complex128"],
}
PAIRS = [(ctype, dtype) for ctype, dtypes in ELEMENTS.items() for dtype in dtypes]
HEADERS = "#include <stdint.h>\n#include <stddef.h>\n"

DOUBLE_IT = "void twice(double *x, long i) { x[i] *= 2; }"
SUM_BYTES = "long at(const unsigned char *bytes, long i) { return bytes[i]; }"


def sample(dtype: str, n: int) -> np.ndarray:
    """`n` small numbers of any dtype, 0 and 1 among them."""
    return (np.arange(n) % 2 if dtype == "bool" else np.arange(n) % 100).astype(dtype)


# ------------------------------------------------------------------ arrays


@pytest.mark.parametrize("ctype, dtype", PAIRS)
def test_array_of_each_dtype_is_read_and_written(ctype, dtype):
    copy = shiver.from_c(
        f"{HEADERS}void copy(const {ctype} *from, {ctype} *to, long i) {{ to[i] = from[i]; }}"
    )
    x = sample(dtype, 67)
    if ctype == "_Bool":
        x = (x % 2).astype(dtype)
    y = np.zeros_like(x)
    shiver.parfor(copy, 67, (x, y))
    assert np.array_equal(x, y)


@pytest.mark.parametrize("n", range(1, 20))
def test_extreme_values_of_64_bits_survive(n):
    copy = shiver.from_c("void copy(const unsigned long *x, unsigned long *y, long i) {y[i]=x[i];}")
    x = np.full(n, 2**64 - n, dtype=np.uint64)
    y = np.zeros_like(x)
    shiver.parfor(copy, n, (x, y))
    assert np.array_equal(x, y)


def test_array_of_no_dimension():
    x = np.array(3.0)
    shiver.parfor(shiver.from_c(DOUBLE_IT), 1, x)
    assert x == 6.0


@pytest.mark.parametrize(
    "x",
    [
        np.empty(0),
        np.empty((3, 0)),
        np.empty((0, 3), order="F"),
        np.zeros((4, 6))[::2, 6:],
        np.zeros(10)[5:5:-1],
    ],
)
def test_an_empty_array_is_contiguous(x):
    assert shiver.parfor(shiver.from_c(DOUBLE_IT), 0, x) is None


@pytest.mark.parametrize(
    "x", [np.zeros((5, 1)).T, np.zeros((1, 7)), np.zeros((6, 4))[2:5], np.zeros((3, 4, 5))[1]]
)
def test_views_without_gaps_are_contiguous(x):
    n = x.size
    shiver.parfor(shiver.from_c("void fill(double *x, long i) { x[i] = i; }"), n, x)
    assert np.array_equal(x.ravel(), np.arange(n))


def test_read_only_array_for_a_const_pointer():
    x = np.arange(8, dtype=np.float64)
    x.flags.writeable = False
    f = shiver.from_c("double f(const double *x, long i) { return x[i]; }")
    assert np.array_equal(shiver.parfor(f, 8, x), x)


def test_subclass_of_ndarray():
    x = np.arange(6.0).reshape(2, 3).view(np.matrix)
    shiver.parfor(shiver.from_c(DOUBLE_IT), 6, (x,))
    assert np.array_equal(np.asarray(x), np.arange(6.0).reshape(2, 3) * 2)


def test_a_void_pointer_takes_any_dtype():
    f = shiver.from_c("long f(const void *any, long i) { return ((const signed char *)any)[i]; }")
    for dtype in ("int8", "int32", "float64", "complex128"):
        x = np.arange(4).astype(dtype)
        want = np.frombuffer(x.tobytes(), dtype=np.int8)
        assert np.array_equal(shiver.parfor(f, x.nbytes, x), want)


def test_one_array_twice():
    x = np.arange(10.0)
    f = shiver.from_c("void f(const double *a, double *b, long i) { b[i] = a[i] + 1; }")
    shiver.parfor(f, 10, (x, x))
    assert np.array_equal(x, np.arange(10.0) + 1)


def test_overlapping_arrays_that_no_two_iterations_share():
    base = np.arange(40.0)
    f = shiver.from_c("void f(const double *a, double *b, long i) { b[i] = a[i]; }")
    shiver.parfor(f, 10, (base[0:20], base[10:30]))
    assert np.array_equal(base[10:20], np.arange(10.0))


def test_reference_counts_are_what_they_were():
    x = np.arange(10.0)
    f = shiver.from_c("double f(const double *x, long i) { return x[i]; }")
    shiver.parfor(f, 10, (x,))
    before = sys.getrefcount(x)
    for _ in range(100):
        shiver.parfor(f, 10, (x,))
    assert sys.getrefcount(x) == before


# ------------------------------------------------------------------ structs

POINT = "struct point { char tag; double x; float y; };\n"
ALIGNED = np.dtype([("tag", "i1"), ("x", "f8"), ("y", "f4")], align=True)


def test_structured_dtype_as_a_c_struct():
    f = shiver.from_c(
        POINT + "void f(struct point *points, long i) { struct point *p = &points[i];"
        " p->y = (float)(p->x * p->tag); p->x = -p->x; p->tag++; }"
    )
    x = np.zeros(9, dtype=ALIGNED)
    x["tag"], x["x"] = np.arange(9), np.arange(9) + 0.5
    shiver.parfor(f, 9, x)
    assert np.array_equal(x["tag"], np.arange(9) + 1)
    assert np.array_equal(x["x"], -(np.arange(9) + 0.5))
    assert np.array_equal(x["y"], (np.arange(9) * (np.arange(9) + 0.5)).astype("f4"))


def test_structured_dtype_with_an_array_and_a_struct_inside():
    f = shiver.from_c(
        "typedef struct { short a, b; } pair; typedef struct { double v[3]; pair p; } item;"
        "double f(const item *items, long i) {"
        " return items[i].v[0] + 10 * items[i].v[2] + 100 * items[i].p.a + 1000 * items[i].p.b; }"
    )
    pair = np.dtype([("a", "i2"), ("b", "i2")], align=True)
    x = np.zeros(5, dtype=np.dtype([("v", "f8", (3,)), ("p", pair)], align=True))
    x["v"] = np.arange(15).reshape(5, 3)
    x["p"]["a"], x["p"]["b"] = np.arange(5), np.arange(5) * 2
    want = x["v"][:, 0] + 10 * x["v"][:, 2] + 100 * x["p"]["a"] + 1000.0 * x["p"]["b"]
    assert np.array_equal(shiver.parfor(f, 5, x), want)


# ------------------------------------------------------------------ parameters with a shape


def test_parameter_with_variable_dimensions():
    f = shiver.from_c(
        "double f(long n, long m, const double x[n][m], long i, long j) { return x[j][i]; }"
    )
    x = np.arange(12.0).reshape(3, 4)
    assert np.array_equal(shiver.parfor(f, (4, 3), (3, 4, x)), x.T)


@pytest.mark.parametrize("param", ["double (*x)[3]", "double x[][3]", "double x[4][3]"])
def test_parameter_with_a_fixed_trailing_dimension(param):
    f = shiver.from_c(f"void f({param}, long i) {{ x[i][2] = x[i][0] + x[i][1]; }}")
    x = np.arange(12.0).reshape(4, 3)
    want = x.copy()
    want[:, 2] = want[:, 0] + want[:, 1]
    shiver.parfor(f, 4, x)
    assert np.array_equal(x, want)


def test_parameter_with_two_trailing_dimensions():
    f = shiver.from_c("int f(const int x[][2][5], long i, long j, long k) { return x[i][j][k]; }")
    x = np.arange(40, dtype=np.int32).reshape(4, 2, 5)
    assert np.array_equal(shiver.parfor(f, (4, 2, 5), x), x)


def test_strided_hands_over_the_data_pointer_of_any_layout():
    f = shiver.from_c(
        "double f(const double *x, long down, long across, long i, long j)"
        "{ return x[i * down + j * across]; }"
    )
    base = np.arange(60.0).reshape(6, 10)
    for view in (base, base.T, base[::2, ::3], base[::-1, ::-2], np.asfortranarray(base)):
        down, across = (stride // 8 for stride in view.strides)
        got = shiver.parfor(f, view.shape, (shiver.strided(view), down, across))
        assert np.array_equal(got, view)


def test_strided_arrays_can_be_written():
    f = shiver.from_c("void f(double *x, long step, long i) { x[i * step] = -1; }")
    x = np.arange(10.0)
    shiver.parfor(f, 5, (shiver.strided(x[1::2]), 2))
    assert np.array_equal(x[1::2], np.full(5, -1.0))
    assert np.array_equal(x[::2], np.arange(0.0, 10, 2))


# ------------------------------------------------------------------ other owners of memory


class Interface:
    """An object with nothing but `__array_interface__`."""

    def __init__(self, owner: np.ndarray):
        self.owner = owner

    @property
    def __array_interface__(self) -> dict:
        return self.owner.__array_interface__


def doubles() -> np.ndarray:
    return np.arange(5.0)


POINTER_KINDS = {
    "array.array": lambda x: array.array("d", x),
    "memoryview": lambda x: memoryview(x),
    "cast memoryview": lambda x: memoryview(bytearray(x.tobytes())).cast("d"),
    "__array_interface__": Interface,
    "ctypes array": lambda x: (ctypes.c_double * len(x))(*x),
    "ctypes pointer": lambda x: ctypes.cast(
        (ctypes.c_double * len(x))(*x), ctypes.POINTER(ctypes.c_double)
    ),
    "ctypes c_void_p": lambda x: x.ctypes.data_as(ctypes.c_void_p),
    "int": lambda x: x.ctypes.data,
    "NumPy int": lambda x: np.uintp(x.ctypes.data),
    "GenericValue": lambda x: GenericValue.pointer(x.ctypes.data),
}


@pytest.mark.parametrize("kind", POINTER_KINDS)
def test_each_kind_of_pointer_is_read(kind):
    f = shiver.from_c("double f(const double *x, long i) { return x[i]; }")
    x = doubles()
    assert np.array_equal(shiver.parfor(f, 5, (POINTER_KINDS[kind](x),)), doubles())


@pytest.mark.parametrize("kind", ["array.array", "memoryview", "cast memoryview", "ctypes array"])
def test_each_kind_of_buffer_is_written(kind):
    x = doubles()
    owner = POINTER_KINDS[kind](x)
    shiver.parfor(shiver.from_c(DOUBLE_IT), 5, (owner,))
    assert list(owner) == [0.0, 2.0, 4.0, 6.0, 8.0]


def test_bytearray_is_written_and_let_go():
    owner = bytearray(b"abc")
    f = shiver.from_c("void up(char *text, long i) { text[i] -= 32; }")
    shiver.parfor(f, 3, [owner])
    assert owner == b"ABC"
    owner.append(100)  # a buffer that is still held refuses this


def test_bytes_for_a_const_pointer():
    got = shiver.parfor(shiver.from_c(SUM_BYTES), 3, [b"\x01\x02\xff"])
    assert got.tolist() == [1, 2, 255]


def test_array_array_of_each_kind():
    for code, ctype in (
        ("b", "signed char"),
        ("H", "unsigned short"),
        ("i", "int"),
        ("f", "float"),
    ):
        owner = array.array(code, [1, 2, 3])
        shiver.parfor(shiver.from_c(f"void f({ctype} *x, long i) {{ x[i] += 1; }}"), 3, (owner,))
        assert owner.tolist() == [2, 3, 4]


def test_none_is_the_null_pointer():
    f = shiver.from_c("_Bool f(const double *x, long i) { return x == 0; }")
    assert shiver.parfor(f, 2, (None,)).all()
    assert not shiver.parfor(f, 2, (doubles(),)).any()


def test_one_bare_argument_means_one():
    x = doubles()
    shiver.parfor(shiver.from_c(DOUBLE_IT), 5, fixed_args=x)
    assert np.array_equal(x, doubles() * 2)
    add = shiver.from_c("double add(double a, long i) { return a + i; }")
    assert shiver.parfor(add, 2, fixed_args=0.5).tolist() == [0.5, 1.5]
    assert shiver.parfor(add, 2, fixed_args=np.float32(0.5)).tolist() == [0.5, 1.5]


# ------------------------------------------------------------------ scalars

INTEGERS = {
    "int8_t": "int8",
    "uint8_t": "uint8",
    "int16_t": "int16",
    "uint16_t": "uint16",
    "int32_t": "int32",
    "uint32_t": "uint32",
    "int64_t": "int64",
    "uint64_t": "uint64",
    "size_t": "uint64",
}


def give_back(ctype: str) -> shiver.Function:
    return shiver.from_c(f"{HEADERS}{ctype} f({ctype} number, long i) {{ return number; }}")


@given(st.sampled_from(sorted(INTEGERS)), st.integers(-(2**65), 2**65) | st.integers(-300, 300))
def test_python_int_against_what_the_dtype_holds(ctype, number):
    info = np.iinfo(INTEGERS[ctype])
    if info.min <= number <= info.max:
        assert int(shiver.parfor(give_back(ctype), 1, (number,))[0]) == number
    else:
        with pytest.raises(OverflowError):
            shiver.parfor(give_back(ctype), 1, (number,))


@pytest.mark.parametrize("ctype", INTEGERS)
@pytest.mark.parametrize("dtype", sorted(set(INTEGERS.values())) + ["bool"])
def test_numpy_integer_of_each_type(ctype, dtype):
    number = np.dtype(dtype).type(1)
    assert shiver.parfor(give_back(ctype), 1, (number,)).tolist() == [1]


@given(st.floats(width=64))
def test_python_float_keeps_its_bits(number):
    got = shiver.parfor(give_back("double"), 1, (number,))
    assert got[0] == number or (np.isnan(got[0]) and np.isnan(number))
    assert np.signbit(got[0]) == np.signbit(number)


@pytest.mark.parametrize("ctype", ["float", "double", "_Float16"])
@pytest.mark.parametrize(
    "number",
    [3, True, 1.5, np.float16(1.5), np.float32(1.5), np.float64(1.5), np.int8(-3), np.uint64(7)],
    ids=repr,
)
def test_number_for_a_floating_point_parameter(ctype, number):
    assert shiver.parfor(give_back(ctype), 1, (number,)).tolist() == [float(number)]


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan"), 1e-60, 0.1])
def test_what_a_float_rounds_or_holds_is_taken(number):
    got = shiver.parfor(give_back("float"), 1, (number,))
    assert np.array_equal(got, np.array([number], dtype=np.float32), equal_nan=True)


@pytest.mark.parametrize("ctype, dtype", [("float", "complex64"), ("double", "complex128")])
@pytest.mark.parametrize("number", [1 + 2j, 2.5, 3, True, np.complex64(1 - 1j), np.complex128(2j)])
def test_number_for_a_complex_parameter(ctype, dtype, number):
    got = shiver.parfor(give_back(f"{ctype} _Complex"), 1, (number,))
    assert got.dtype == dtype
    assert got[0] == complex(number)


@pytest.mark.parametrize("number", [True, False, np.True_, np.False_, 0, 1, np.uint8(1)], ids=repr)
def test_bool_parameter(number):
    assert shiver.parfor(give_back("_Bool"), 1, (number,)).tolist() == [bool(number)]


@pytest.mark.parametrize(
    "ctype, number, want",
    [
        ("int", ctypes.c_int(-5), -5),
        ("long", ctypes.c_long(2**40), 2**40),
        ("unsigned char", ctypes.c_uint8(200), 200),
        ("double", ctypes.c_double(0.1), 0.1),
        ("float", ctypes.c_float(0.5), 0.5),
        ("_Bool", ctypes.c_bool(True), True),
        ("int", GenericValue.int_signed(shiver.ty_int32, -5), -5),
        ("long", GenericValue.int(shiver.ty_int64, 2**40), 2**40),
        ("double", GenericValue.real(shiver.ty_float64, 0.1), 0.1),
    ],
)
def test_ctypes_and_generic_values(ctype, number, want):
    assert shiver.parfor(give_back(ctype), 2, (number,)).tolist() == [want, want]


def test_enum_and_typedef_parameters_are_their_integer_types():
    f = shiver.from_c(
        "typedef unsigned short small; enum color { RED, GREEN = 7 };"
        "long f(small a, enum color b, long i) { return a * 100 + b + i; }"
    )
    assert shiver.parfor(f, 2, (65535, 7)).tolist() == [6553507, 6553508]


def test_many_arguments_arrive_in_order():
    params = ", ".join(f"double a{n}, int b{n}, float c{n}" for n in range(8))
    total = " + ".join(f"a{n} * {n + 1} + b{n} * {n + 100} + c{n} * {n + 1000}" for n in range(8))
    f = shiver.from_c(f"double f({params}, long i) {{ return {total} + i; }}")
    args, want = [], 0.0
    for n in range(8):
        args += [n + 0.5, n - 4, np.float32(n * 2)]
        want += (n + 0.5) * (n + 1) + (n - 4) * (n + 100) + n * 2 * (n + 1000)
    assert shiver.parfor(f, 2, args).tolist() == [want, want + 1]


def test_text_in_a_struct_is_bytes_to_numpy():
    f = shiver.from_c("struct s { int n; char name[6]; }; int f(struct s *s, long i) {"
                      " s[i].name[1] = 'o'; return s[i].name[0]; }")  # fmt: skip
    x = np.array([(1, b"abc"), (2, b"defghi")], np.dtype([("n", "i4"), ("name", "S6")], align=True))
    assert shiver.parfor(f, 2, x).tolist() == [97, 100]
    assert x["name"].tolist() == [b"aoc", b"doffghi"[:1] + b"ofghi"]
    table = shiver.from_c("struct s { char name[3][2]; }; int f(struct s *s, long i) {"
                          " return s[i].name[2][1]; }")  # fmt: skip
    assert shiver.parfor(table, 1, np.array([((b"ab", b"cd", b"ef"),)], [("n", "S2", 3)])) == [102]
    for wrong in ([("n", "S5")], [("n", "S2", 2)], [("n", "U1", 3)]):
        with pytest.raises(TypeError, match="dtype"):
            shiver.parfor(table, 1, np.zeros(1, wrong))


def test_a_ctypes_char_p_of_bytes_is_read_only():
    read = shiver.from_c("int f(const char *s, long i) { return s[i]; }")
    held = ctypes.c_char_p(b"abc")
    assert shiver.parfor(read, 3, held).tolist() == [97, 98, 99]
    for const in ("const unsigned char *s", "const signed char *s", "const void *s"):
        assert shiver.from_c(f"int f({const}) {{ return *(const char *)s; }}")(held) == 97
    write = shiver.from_c("void f(char *s, long i) { s[i] = 0; }")
    with pytest.raises(ValueError, match="read-only"):
        shiver.parfor(write, 3, held)
    assert held.value == b"abc"
    with pytest.raises(TypeError, match="dtype"):
        shiver.from_c("int f(const int *s) { return *s; }")(held)
    assert shiver.from_c("int f(const char *s) { return !s; }")(ctypes.c_char_p()) == 1
    assert shiver.from_c("int f(const char *s) { return *s; }")(ctypes.c_char_p(b"")) == 0
    foreign = ctypes.create_string_buffer(b"abc")
    shiver.parfor(write, 3, ctypes.cast(foreign, ctypes.c_char_p))
    assert foreign.raw == b"\0\0\0\0"


@pytest.mark.parametrize("number", [np.clongdouble(1 + 2j), np.array(1 + 2j, np.clongdouble)])
def test_long_double_complex_numbers(number):
    f = shiver.from_c("double _Complex f(double _Complex z) { return 2 * z; }")
    assert f(number) == 2 + 4j
