"""Fixed arguments that are refused: the error's type, the words it must hold, and nothing ran.

Holds the paragraph "Arguments" of the contract, its refusing half. Each case calls a body that
would set a flag and overwrite its arrays; after the refusal the flag is down and every byte is as it
was.
"""

from __future__ import annotations

import array
import ctypes
import re

import numpy as np
import pytest

import shiver


def readonly(x: np.ndarray) -> np.ndarray:
    x.flags.writeable = False
    return x


def refuse(param: str, bad: object, error: type[Exception], *words: str) -> str:
    """Calls a body whose parameter `param` gets `bad`; gives the text of the error."""
    name = re.findall(r"\w+", param)[-1]
    pointer = "*" in param
    use = f"{name}[i] = 0;" if pointer and "const" not in param else f"(void){name};"
    fn = shiver.from_c(
        f"void body(long *ran, {param}, long *after, long i) {{ ran[i] = 1; after[i] = 1; {use} }}"
    )
    ran, after = np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64)
    held = bytes(np.asarray(bad).tobytes()) if isinstance(bad, np.ndarray) else None
    with pytest.raises(error) as refused:
        shiver.parfor(fn, 4, (ran, bad, after))
    assert not ran.any() and not after.any(), "an iteration ran"
    if held is not None:
        assert np.asarray(bad).tobytes() == held, "something was written"
    text = str(refused.value)
    for word in (name, *words):
        assert re.search(word, text), f"{word!r} is not in: {text}"
    return text


# ------------------------------------------------------------------ arrays of the wrong kind

MEND = "astype|view"


@pytest.mark.parametrize(
    "param, dtype, ctype_words",
    [
        ("double *weights", "int64", "double|float64"),
        ("double *weights", "float32", "double|float64"),
        ("double *weights", "complex128", "double|float64"),
        ("const double *weights", "float16", "double|float64"),
        ("float *weights", "float64", "float32|float"),
        ("int *weights", "uint32", "int32|int"),
        ("unsigned *weights", "int32", "uint32|unsigned"),
        ("long *weights", "uint64", "int64|long"),
        ("unsigned long *weights", "int64", "uint64|unsigned"),
        ("long *weights", "int32", "int64|long"),
        ("int *weights", "float32", "int32|int"),
        ("short *weights", "float16", "int16|short"),
        ("signed char *weights", "uint8", "int8|signed char"),
        ("unsigned char *weights", "int8", "uint8|unsigned char"),
        ("int *weights", "bool", "int32|int"),
        ("_Bool *weights", "int8", "bool|_Bool"),
        ("double *weights", "datetime64[ns]", "double|float64"),
        ("double _Complex *weights", "float64", "complex128|_Complex"),
        ("float _Complex *weights", "complex128", "complex64|_Complex"),
    ],
)
def test_dtype_must_equal_the_element_type(param, dtype, ctype_words):
    bad = np.ones(4).astype(dtype)
    refuse(param, bad, TypeError, re.escape(dtype), ctype_words, MEND)


SWAPPED = np.dtype(np.int32).newbyteorder()


@pytest.mark.parametrize(
    "param, dtype",
    [
        ("const struct { int a; int b; } *pairs", [("a", "i4"), ("b", SWAPPED)]),
        ("const struct { int a[2]; } *pairs", [("a", SWAPPED, (2,))]),
        ("const struct { struct { int b; } a; int c; } *pairs",
         [("a", [("b", SWAPPED)]), ("c", "i4")]),
        ("const void *pairs", [("a", "i4"), ("b", SWAPPED)]),
        ("const void *pairs", [("a", [("b", SWAPPED, (2, 2))])]),
        ("const void *pairs", SWAPPED),
    ],
)  # fmt: skip
def test_fields_of_the_wrong_byte_order(param, dtype):
    refuse(param, np.zeros(4, dtype), ValueError, "byte order", "newbyteorder")
    x = np.zeros(4, dtype)
    refuse(param, memoryview(x.view("u1")).obj.view(dtype), ValueError, "byte order")


def test_a_pointer_to_swapped_memory():
    class Pair(ctypes.BigEndianStructure):
        _fields_ = (("a", ctypes.c_int), ("b", ctypes.c_int))

    refuse(
        "const struct { int a; int b; } *pairs", ctypes.pointer(Pair()), ValueError, "byte order"
    )


@pytest.mark.parametrize("dtype", ["O", "U5", "S8"])
def test_objects_and_text_are_no_numbers(dtype):
    refuse("double *weights", np.array(["1", "2", "3", "4"], dtype=dtype), TypeError)


def test_buffer_of_another_type():
    refuse("double *weights", array.array("i", [1, 2, 3, 4]), TypeError, "int32|'?i'?", "double|f")


def test_ctypes_array_of_another_type():
    refuse("double *weights", (ctypes.c_int * 4)(), TypeError)


def test_ctypes_pointer_to_another_type():
    refuse("double *weights", ctypes.pointer(ctypes.c_int(3)), TypeError)


def test_array_interface_of_another_type():
    class Interface:
        __array_interface__ = np.zeros(4, dtype=np.int32).__array_interface__

    refuse("double *weights", Interface(), TypeError)


@pytest.mark.parametrize("bad", [1.5, "text", [1.0, 2.0, 3.0, 4.0], {}, object(), 1j, (1.0, 2.0)])
def test_what_is_no_memory_at_all(bad):
    refuse("double *weights", bad, TypeError)


POINT = "struct point { char tag; double at; }"


@pytest.mark.parametrize(
    "dtype",
    [
        np.dtype([("tag", "i1"), ("at", "f8")]),  # packed: `at` lies at 1, not at 8
        np.dtype({"names": ["tag", "at"], "formats": ["i1", "f8"], "offsets": [8, 0]}),
        np.dtype([("tag", "i1"), ("at", "i8")], align=True),
        np.dtype([("tag", "i1"), ("at", "f8"), ("more", "f8")], align=True),
        np.dtype("f8"),
    ],
    ids=["packed", "swapped", "an int inside", "longer", "no struct"],
)
def test_structured_dtype_whose_fields_lie_elsewhere(dtype):
    fn = shiver.from_c(POINT + "; void f(struct point *places, long i) { places[i].at = 1; }")
    bad = np.zeros(4, dtype=dtype)
    with pytest.raises(TypeError, match="places"):
        shiver.parfor(fn, 4, bad)
    assert bad.tobytes() == bytes(bad.nbytes)


def test_structured_dtype_for_a_number():
    refuse("double *weights", np.zeros(4, dtype=[("a", "f8")]), TypeError)


# ------------------------------------------------------ the right dtype in the wrong memory


def test_read_only_array_for_a_pointer_that_may_write():
    refuse("double *weights", readonly(np.ones(4)), ValueError, "(?i)read.?only|writ")


@pytest.mark.parametrize("bad", [b"abcd", memoryview(b"abcd")], ids=["bytes", "memoryview"])
def test_read_only_buffer_for_a_pointer_that_may_write(bad):
    refuse("unsigned char *weights", bad, ValueError, "(?i)read.?only|writ")


@pytest.mark.parametrize("dtype", [">f8", ">c16"])
def test_wrong_byte_order(dtype):
    ctype = "double" if dtype == ">f8" else "double _Complex"
    bad = np.arange(4).astype(dtype)
    refuse(f"const {ctype} *weights", bad, ValueError, "(?i)byte.?order|endian|byteswap")


@pytest.mark.parametrize(
    "bad",
    [
        np.arange(8.0)[::2],
        np.arange(4.0)[::-1],
        np.arange(12.0).reshape(3, 4).T,
        np.arange(12.0).reshape(4, 3)[:, :2],
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.broadcast_to(np.float64(1), (4,)),
    ],
    ids=["step", "reversed", "transposed", "columns", "Fortran", "broadcast"],
)
@pytest.mark.parametrize("const", ["const ", ""])
def test_array_with_gaps_names_both_ways_out(bad, const):
    if not const and not bad.flags.writeable:
        bad = np.zeros((4, 2))[:, 0]
    refuse(
        f"{const}double *weights",
        bad,
        ValueError,
        re.escape("np.ascontiguousarray("),
        re.escape("shiver.strided("),
    )


def test_memoryview_with_gaps():
    refuse("double *weights", memoryview(np.arange(8.0))[::2], ValueError)


def test_strided_still_checks_the_dtype():
    refuse("double *weights", shiver.strided(np.zeros(8, dtype=np.int64)[::2]), TypeError)


def test_strided_still_checks_that_it_may_write():
    refuse("double *weights", shiver.strided(readonly(np.ones(8))[::2]), ValueError)


@pytest.mark.parametrize(
    "declared, args",
    [
        ("double (*table)[3]", lambda x: (x,)),
        ("double table[][3]", lambda x: (x,)),
        ("long n, long m, double table[n][m]", lambda x: (5, 3, x)),
        ("int m, double (*table)[m]", lambda x: (3, x)),
    ],
)
def test_trailing_dimension_that_disagrees(declared, args):
    fn = shiver.from_c(f"void f({declared}, long i) {{ table[i][0] = 1; }}")
    bad = np.zeros((5, 4))
    with pytest.raises(ValueError, match="table"):
        shiver.parfor(fn, 5, args(bad))
    assert not bad.any()
    good = np.zeros((5, 3))
    shiver.parfor(fn, 5, args(good))
    assert good[:, 0].all()


# ------------------------------------------------------------------ scalars


@pytest.mark.parametrize(
    "ctype, bad",
    [
        ("signed char", 128),
        ("signed char", -129),
        ("unsigned char", 256),
        ("unsigned char", -1),
        ("short", 2**15),
        ("unsigned short", np.int64(-1)),
        ("int", 2**31),
        ("int", -(2**31) - 1),
        ("int", np.int64(2**40)),
        ("unsigned", np.int32(-5)),
        ("long", 2**63),
        ("long", np.uint64(2**63)),
        ("unsigned long", 2**64),
        ("unsigned long", -1),
        ("int", ctypes.c_long(2**40)),
        ("double", 10**400),
        ("float", 1e300),
        ("_Float16", 1e6),
    ],
)
def test_number_that_does_not_fit(ctype, bad):
    refuse(f"{ctype} level", bad, OverflowError)


@pytest.mark.parametrize("bad", [1.5, 2.0, np.float64(2), np.float32(2), ctypes.c_double(2)])
@pytest.mark.parametrize("ctype", ["int", "unsigned long", "signed char"])
def test_float_for_an_integer(ctype, bad):
    refuse(f"{ctype} level", bad, TypeError)


@pytest.mark.parametrize("bad", [1j, np.complex128(1)])
@pytest.mark.parametrize("ctype", ["int", "double", "float"])
def test_complex_for_a_real_number(ctype, bad):
    refuse(f"{ctype} level", bad, TypeError)


@pytest.mark.parametrize("ctype", ["int", "double", "double _Complex"])
@pytest.mark.parametrize("bad", ["3", None, b"3", [3], object(), np.arange(4)])
def test_what_is_no_number(ctype, bad):
    refuse(f"{ctype} level", bad, TypeError)


# ------------------------------------------------------------------ a wrong number of arguments


@pytest.mark.parametrize("count", [0, 1, 3, 4])
def test_wrong_number_shows_the_signature(count):
    fn = shiver.from_c("void pairwise(double *left, double *right, long i) { left[i] = 1; }")
    arrays = [np.zeros(3) for _ in range(count)]
    with pytest.raises(TypeError) as refused:
        shiver.parfor(fn, 3, arrays)
    assert fn.signature in str(refused.value)
    assert not any(x.any() for x in arrays)


@pytest.mark.parametrize("args", [(), (1, 2)])
def test_run_with_a_wrong_number_shows_the_signature(args):
    fn = shiver.from_c("int add1(int x) { return x + 1; }")
    with pytest.raises(TypeError) as refused:
        shiver.run(fn, *args)
    assert fn.signature in str(refused.value)


def test_run_refuses_as_parfor_does():
    fn = shiver.from_c("int add1(int level) { return level + 1; }")
    with pytest.raises(TypeError, match="level"):
        shiver.run(fn, 1.5)
    with pytest.raises(OverflowError, match="level"):
        shiver.run(fn, 2**31)


# ------------------------------------------------------------------ what is no function


@pytest.mark.parametrize("fn", [None, 3, lambda i: i, "long f(long i) { return i; }"])
def test_what_is_no_function(fn):
    with pytest.raises(TypeError):
        shiver.parfor(fn, 3)
    with pytest.raises(TypeError):
        shiver.run(fn, 3)


def test_unknown_keyword_is_refused_by_name():
    fn = shiver.from_c("long f(long i) { return i; }")
    with pytest.raises(TypeError, match="num_thread"):
        shiver.parfor(fn, 3, num_thread=2)


def test_a_call_with_the_wrong_number_of_arguments_speaks_of_no_index():
    f = shiver.from_c("int f(int a, int b) { return a + b; }")
    with pytest.raises(TypeError, match=r"takes 2 arguments, .*, and 1 was given$"):
        f(1)
    with pytest.raises(TypeError, match=r"takes 2 arguments, .*, and 3 were given$"):
        shiver.run(f, 1, 2, 3)


def test_a_negative_extent_is_told_as_such():
    f = shiver.from_c("double f(int n, const double x[][n], long i) { return x[0][i]; }")
    with pytest.raises(ValueError, match=r"are \(-3\)"):
        shiver.parfor(f, 1, (-3, np.zeros((2, 2))))


@pytest.mark.parametrize("args", [(), ("f",), (1, 2), (None,)])
def test_the_classes_are_not_called(args):
    with pytest.raises(TypeError, match="a Module is made by from_c"):
        shiver.Module(*args)
    with pytest.raises(TypeError, match="a Function is made by from_c"):
        shiver.Function(*args)
    with pytest.raises(TypeError, match="a Function is made by from_c"):
        shiver.Function(name="f")
