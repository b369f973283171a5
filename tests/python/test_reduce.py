"""`shiver.reduce`: against NumPy and `math.fsum`, with the same bits however the work is shared.

Holds "reduce" of the contract and item 4 of the queue's issue.
"""

from __future__ import annotations

import math
import re
from functools import cache, reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import shiver

C_NAMES = {
    "bool": "_Bool",
    "int8": "signed char",
    "int16": "short",
    "int32": "int",
    "int64": "long",
    "uint8": "unsigned char",
    "uint16": "unsigned short",
    "uint32": "unsigned",
    "uint64": "unsigned long",
    "float16": "_Float16",
    "float32": "float",
    "float64": "double",
    "complex64": "float _Complex",
    "complex128": "double _Complex",
}
INTEGERS = [name for name in C_NAMES if "int" in name]
FLOATS = ["float16", "float32", "float64"]
UFUNCS = {
    "+": np.add,
    "*": np.multiply,
    "min": np.minimum,
    "max": np.maximum,
    "&": np.bitwise_and,
    "|": np.bitwise_or,
    "^": np.bitwise_xor,
    "and": np.logical_and,
    "or": np.logical_or,
}
#: Ways to share the work, none of which may change a bit.
SHARINGS = [
    {"num_threads": 1},
    {"num_threads": 2},
    {"num_threads": 5},
    {"num_threads": 3, "schedule": "static"},
    {"num_threads": 2, "schedule": "dynamic", "grain": 1},
    {"num_threads": 4, "schedule": "guided", "grain": 20_000},
    {"grain": 1},
]


@cache
def element(dtype: str) -> shiver.Function:
    return shiver.from_c(
        f"{C_NAMES[dtype]} element(const {C_NAMES[dtype]} *x, long i) {{ return x[i]; }}"
    )


def means_something(op: str, dtype: str) -> bool:
    if op in ("&", "|", "^"):
        return dtype == "bool" or "int" in dtype
    return not (op in ("min", "max") and dtype.startswith("complex"))


def values(dtype: str, size: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    kind = np.dtype(dtype).kind
    if kind == "b":
        return rng.random(size) < 0.5
    if kind in "iu":
        info = np.iinfo(dtype)
        return rng.integers(info.min, info.max, size, dtype=dtype, endpoint=True)
    if kind == "c":
        return (rng.standard_normal(size) + 1j * rng.standard_normal(size)).astype(dtype)
    return rng.standard_normal(size).astype(dtype)


def same_bits(a: np.generic, b: np.generic) -> bool:
    return a.dtype == b.dtype and a.tobytes() == b.tobytes()


@pytest.mark.parametrize("size", [1, 2, 63, 1000, 8191, 8192, 8193, 100_000])
@pytest.mark.parametrize("op", UFUNCS)
@pytest.mark.parametrize("dtype", ["bool", *INTEGERS])
def test_integers_are_numpys_exactly(dtype, op, size):
    x = values(dtype, size)
    want = UFUNCS[op].reduce(x)
    got = shiver.reduce(element(dtype), size, x, op, num_threads=2)
    assert type(got) is type(want)
    assert got == want


@pytest.mark.parametrize("op", ["min", "max", "and", "or"])
@pytest.mark.parametrize("dtype", FLOATS)
def test_what_does_not_round_is_numpys_exactly(dtype, op):
    for size in (1, 7, 8193, 50_000):
        x = values(dtype, size)
        for zeroed in (x, np.where(np.arange(size) == size // 2, 0, x).astype(dtype)):
            got = shiver.reduce(element(dtype), size, zeroed, op, num_threads=3)
            assert same_bits(got, UFUNCS[op].reduce(zeroed))


@pytest.mark.parametrize("size", [1, 15, 1000, 8193, 200_000])
@pytest.mark.parametrize("dtype", FLOATS)
def test_sums_of_floats_are_near_the_exact_one(dtype, size):
    x = values(dtype, size)
    got = shiver.reduce(element(dtype), size, x)
    assert got.dtype == np.add.reduce(x).dtype == np.dtype(dtype)
    exact, magnitude = math.fsum(x.tolist()), math.fsum(np.abs(x).tolist())
    kept = np.finfo(np.float32 if dtype == "float16" else dtype).eps
    # A lane of a block has up to 256 values, one after the other; lanes and blocks are summed pairwise.
    bound = kept * (256 + math.log2(size + 1)) * magnitude
    assert abs(float(got) - exact) <= bound + np.finfo(dtype).eps * abs(exact)


@pytest.mark.parametrize("op", ["and", "or"])
def test_logic_of_complex_numbers(op):
    x = np.array([1j, 0, 1])
    for part in (x, x[:1], x[1:2]):
        got = shiver.reduce(element("complex128"), len(part), part, op)
        assert same_bits(got, UFUNCS[op].reduce(part))


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_sums_and_products_of_complex_numbers(dtype):
    x = values(dtype, 20_000)
    got = shiver.reduce(element(dtype), len(x), x)
    assert got.dtype == np.dtype(dtype)
    exact = complex(math.fsum(x.real.tolist()), math.fsum(x.imag.tolist()))
    assert abs(complex(got) - exact) < 1e4 * np.finfo(dtype).eps * math.sqrt(len(x))
    turns = np.exp(1j * values("float64", 300)).astype(dtype)
    product = shiver.reduce(element(dtype), len(turns), turns, "*")
    assert product.dtype == np.dtype(dtype)
    assert abs(product - np.multiply.reduce(turns)) < 1e3 * np.finfo(dtype).eps


def test_float16_is_summed_in_float32_and_rounded_once():
    x = np.full(100_000, 0.25, dtype=np.float16)
    assert same_bits(shiver.reduce(element("float16"), 10_000, x), np.float16(2500.0))
    # In half precision the sum would stop growing at 512.
    assert shiver.reduce(element("float16"), 100_000, x) == np.float16(25_000.0)
    product = shiver.reduce(element("float16"), 20, np.full(20, 2, np.float16), "*")
    assert type(product) is np.float16 and np.isinf(product)


@pytest.mark.parametrize("op", UFUNCS)
@pytest.mark.parametrize("dtype", C_NAMES)
def test_bits_do_not_depend_on_how_the_work_is_shared(dtype, op):
    if not means_something(op, dtype):
        return
    x = values(dtype, 100_003, seed=1)
    if op == "*" and np.dtype(dtype).kind in "fc":
        x = (1 + x / 1000).astype(dtype)
    want = shiver.reduce(element(dtype), len(x), x, op, num_threads=1)
    for sharing in SHARINGS:
        got = shiver.reduce(element(dtype), len(x), x, op, **sharing)
        assert same_bits(got, want), sharing


@given(
    x=hnp.arrays(np.float64, st.integers(1, 3000), elements=st.floats(-1e9, 1e9)),
    sharing=st.sampled_from(SHARINGS),
)
def test_any_floats(x, sharing):
    fn = element("float64")
    total = shiver.reduce(fn, len(x), x, **sharing)
    assert same_bits(total, shiver.reduce(fn, len(x), x, num_threads=1))
    assert abs(total - math.fsum(x)) <= 1e-12 * math.fsum(np.abs(x))
    assert shiver.reduce(fn, len(x), x, "max", **sharing) == x.max()
    assert shiver.reduce(fn, len(x), x, "min", **sharing) == x.min()


@given(
    shape=st.lists(st.integers(0, 40), min_size=1, max_size=4),
    seed=st.integers(0, 99),
    op=st.sampled_from(["+", "*", "min", "max", "&", "|", "^", "and", "or"]),
)
def test_any_shape(shape, seed, op):
    x = np.random.default_rng(seed).integers(-50, 50, shape)
    names = "ijkl"[: len(shape)]
    extents = [f"long n{k}" for k in range(1, len(shape))]
    offset = names[0]
    for k in range(1, len(shape)):
        offset = f"({offset} * n{k} + {names[k]})"
    params = ", ".join(["const long *x", *extents, *(f"long {name}" for name in names)])
    fn = shiver.from_c(f"long f({params}) {{ return x[{offset}]; }}")
    args = (x, *shape[1:])
    if x.size == 0 and op in ("min", "max"):
        with pytest.raises(ValueError, match="init="):
            shiver.reduce(fn, shape, args, op)
        return
    want = UFUNCS[op].reduce(x, axis=None)
    got = shiver.reduce(fn, shape, args, op, num_threads=2)
    assert type(got) is type(want) and got == want


@pytest.mark.parametrize("niters", [(300, 300), (3, 100_000), (100_000, 3), (1, 1, 70_000)])
def test_bits_of_grids(niters):
    indices = ", ".join(f"long i{k}" for k in range(len(niters)))
    total = " + ".join(f"i{k}" for k in range(len(niters)))
    fn = shiver.from_c(f"double f({indices}) {{ return 1.0 / (1 + {total}); }}")
    want = shiver.reduce(fn, niters, num_threads=1)
    assert all(same_bits(shiver.reduce(fn, niters, **sharing), want) for sharing in SHARINGS)
    grid = sum(np.ogrid[tuple(slice(n) for n in niters)])
    assert want == pytest.approx((1.0 / (1 + grid)).sum(), rel=1e-11)


def test_ranges_slices_and_steps():
    fn = shiver.from_c("long f(long i) { return i; }")
    assert shiver.reduce(fn, range(10, 0, -3)) == 10 + 7 + 4 + 1
    assert shiver.reduce(fn, slice(2, 10, 2)) == 2 + 4 + 6 + 8
    assert shiver.reduce(fn, [(5, 8)]) == 5 + 6 + 7


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("at", [0, 4_000, 9_999])
@pytest.mark.parametrize("op", ["min", "max", "+"])
def test_nan_spreads(op, at, dtype):
    x = values(dtype, 10_000)
    x[at] = np.nan
    assert np.isnan(shiver.reduce(element(dtype), len(x), x, op))


def test_narrow_integers_widen_and_wide_ones_wrap():
    x = np.full(1000, 100, dtype=np.int8)
    assert same_bits(shiver.reduce(element("int8"), 1000, x), np.int64(100_000))
    assert same_bits(shiver.reduce(element("uint8"), 1000, x.view(np.uint8)), np.uint64(100_000))
    big = np.full(3, 2**63 - 1, dtype=np.int64)
    with np.errstate(over="ignore"):
        assert same_bits(shiver.reduce(element("int64"), 3, big), np.add.reduce(big))
    assert same_bits(shiver.reduce(element("int8"), 1000, x, "max"), np.int8(100))


# ------------------------------------------------------------------ nothing, and init


@pytest.mark.parametrize("op", UFUNCS)
@pytest.mark.parametrize("dtype", C_NAMES)
def test_of_nothing_it_is_numpys_identity(dtype, op):
    if not means_something(op, dtype):
        return
    x = np.empty(0, dtype)
    if op in ("min", "max"):
        with pytest.raises(ValueError, match=f'op "{op}" of nothing has no value: give init='):
            shiver.reduce(element(dtype), 0, x, op)
        return
    got, want = shiver.reduce(element(dtype), 0, x, op), UFUNCS[op].reduce(x)
    assert same_bits(got, want)


@pytest.mark.parametrize("niters", [0, (0, 5), (5, 0), range(5, 5)])
def test_spaces_without_iterations(niters):
    indices = 2 if isinstance(niters, tuple) else 1
    params = ", ".join(f"long i{k}" for k in range(indices))
    fn = shiver.from_c(f"int f({params}) {{ return 7; }}")
    assert shiver.reduce(fn, niters) == 0
    assert shiver.reduce(fn, niters, op="min", init=3) == 3


@pytest.mark.parametrize(
    "dtype, op, init, want",
    [
        ("int32", "+", 5, np.int64(11)),
        ("int32", "+", 2**40, np.int64(2**40 + 6)),
        ("int32", "*", 10, np.int64(60)),
        ("int32", "min", -4, np.int32(-4)),
        ("int32", "max", -4, np.int32(3)),
        ("uint8", "&", 1, np.uint8(0)),
        ("uint8", "|", 8, np.uint8(11)),
        ("uint8", "^", 8, np.uint8(8)),
        ("float32", "+", 0.5, np.float32(6.5)),
        ("float64", "max", float("nan"), np.float64("nan")),
        ("float16", "+", 1, np.float16(7)),
        ("complex128", "+", 1j, np.complex128(6 + 1j)),
        ("complex64", "*", 2, np.complex64(12)),
        ("float64", "and", False, np.False_),
        ("float64", "or", True, np.True_),
    ],
)
def test_init_is_combined_once(dtype, op, init, want):
    x = np.array([1, 2, 3], dtype)
    for threads in (1, 3):
        got = shiver.reduce(element(dtype), 3, x, op, init=init, num_threads=threads)
        assert type(got) is type(want)
        np.testing.assert_array_equal(got, want)


def test_init_comes_first():
    x = np.full(100_000, 0.1)
    total = shiver.reduce(element("float64"), len(x), x)
    for sharing in SHARINGS:
        assert shiver.reduce(element("float64"), len(x), x, init=1e10, **sharing) == 1e10 + total


@pytest.mark.parametrize(
    "dtype, op, init, error, text",
    [
        ("int8", "max", 128, OverflowError, "init is declared int8, which cannot hold 128"),
        ("int8", "+", 2**63, OverflowError, "init is declared int64"),
        ("uint8", "+", -1, OverflowError, "init is declared uint64"),
        ("int32", "+", 1.5, TypeError, "init is declared int64, and float 1.5 was given"),
        ("float32", "+", 1e300, OverflowError, "init is declared float32"),
        ("float64", "+", 1j, TypeError, "init is declared float64, and complex"),
        ("float64", "+", "1", TypeError, "init is a number"),
        ("float64", "+", np.zeros(3), TypeError, "init takes a number, and an array was given"),
    ],
)
def test_init_is_checked_as_an_argument_is(dtype, op, init, error, text):
    with pytest.raises(error, match=re.escape(text)):
        shiver.reduce(element(dtype), 3, np.ones(3, dtype), op, init=init)


# ------------------------------------------------------------------ functions of one's own


def test_a_function_that_does_not_commute():
    # Affine maps under composition, packed in 64 bits: associative, and the order matters.
    compose = shiver.from_c("""
        unsigned long compose(unsigned long f, unsigned long g) {
            unsigned a = f >> 32, b = f, c = g >> 32, d = g;
            return (unsigned long)(a * c) << 32 | (c * b + d);
        }""")
    x = np.random.default_rng(3).integers(0, 2**64, 100_003, dtype=np.uint64)

    def two(f: int, g: int) -> int:
        a, b, c, d = f >> 32, f & 0xFFFFFFFF, g >> 32, g & 0xFFFFFFFF
        return ((a * c) & 0xFFFFFFFF) << 32 | ((c * b + d) & 0xFFFFFFFF)

    identity = 1 << 32
    for size in (1, 2, 5, 8193, 100_003):
        want = reduce(two, x[:size].tolist())
        for sharing in SHARINGS:
            got = shiver.reduce(element("uint64"), size, x, compose, **sharing)
            assert type(got) is np.uint64 and got == want
        assert shiver.reduce(element("uint64"), size, x, compose, init=identity) == want
    assert shiver.reduce(element("uint64"), 0, x, compose, init=identity) == identity


def test_a_function_of_nothing_needs_init():
    first = shiver.from_c("double first(double a, double b) { return a; }")
    fn = shiver.from_c("double f(long i) { return i; }")
    assert shiver.reduce(fn, 100_000, op=first) == 0
    with pytest.raises(ValueError, match="op first of nothing has no value: give init="):
        shiver.reduce(fn, 0, op=first)
    assert shiver.reduce(fn, 0, op=first, init=2) == 2


def test_a_function_of_complex_numbers():
    times = shiver.from_c(
        "double _Complex t(double _Complex a, double _Complex b) { return a * b; }"
    )
    x = np.exp(1j * np.arange(50.0))
    got = shiver.reduce(element("complex128"), 50, x, times)
    assert got == pytest.approx(np.multiply.reduce(x))


def test_functions_of_llvmlite():
    from llvmlite import ir

    module, i64 = ir.Module(), ir.IntType(64)
    fn = ir.Function(module, ir.FunctionType(i64, [i64]), "square")
    builder = ir.IRBuilder(fn.append_basic_block())
    builder.ret(builder.mul(fn.args[0], fn.args[0]))
    op = ir.Function(module, ir.FunctionType(i64, [i64, i64]), "either")
    builder = ir.IRBuilder(op.append_basic_block())
    builder.ret(builder.or_(op.args[0], op.args[1]))
    assert shiver.reduce(fn, 100) == sum(i * i for i in range(100))
    assert shiver.reduce(fn, 5, op=op) == 1 | 4 | 9 | 16


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize("op", ["&", "|", "^"])
@pytest.mark.parametrize("dtype", [*FLOATS, "complex64", "complex128"])
def test_bits_of_what_is_no_integer(dtype, op):
    with pytest.raises(TypeError, match=re.escape(f'op "{op}" means nothing for {dtype}')):
        shiver.reduce(element(dtype), 3, np.ones(3, dtype), op)


@pytest.mark.parametrize("op", ["min", "max"])
def test_complex_numbers_have_no_order(op):
    with pytest.raises(TypeError, match=f'op "{op}" means nothing for complex128'):
        shiver.reduce(element("complex128"), 3, np.ones(3, complex), op)


def test_a_body_without_a_result():
    fn = shiver.from_c("void f(double *x, long i) { x[i] = 0; }")
    with pytest.raises(TypeError, match="returns no number"):
        shiver.reduce(fn, 3, np.ones(3))


@pytest.mark.parametrize(
    "op, error, text",
    [
        ("-", ValueError, 'op "-" is none of "+" "*" "min" "max"'),
        ("", ValueError, "is none of"),
        (3, TypeError, "op must be a str such as"),
        (max, TypeError, "op must be a str such as"),
        (np.add, TypeError, "op must be a str such as"),
    ],
)
def test_ops_that_there_are_not(op, error, text):
    with pytest.raises(error, match=re.escape(text)):
        shiver.reduce(element("float64"), 3, np.ones(3), op)


@pytest.mark.parametrize(
    "source",
    [
        "double f(double a) { return a; }",
        "double f(double a, float b) { return a; }",
        "float f(double a, double b) { return a; }",
        "void f(double a, double b) {}",
        "double f(double a, double b, double c) { return a; }",
        "long f(long a, long b) { return a; }",
    ],
)
def test_functions_that_are_no_op(source):
    with pytest.raises(TypeError, match="op must take two float64 and return one"):
        shiver.reduce(element("float64"), 3, np.ones(3), shiver.from_c(source))


def test_arguments_are_refused_as_parfor_refuses_them():
    fn = element("float64")
    with pytest.raises(TypeError, match="dtype"):
        shiver.reduce(fn, 3, np.ones(3, np.float32))
    with pytest.raises(TypeError, match="fixed argument"):
        shiver.reduce(fn, 3)
    with pytest.raises(ValueError, match="schedule"):
        shiver.reduce(fn, 3, np.ones(3), schedule="fair")
    with pytest.raises(TypeError, match="body is a shiver.Function"):
        shiver.reduce(sum, 3)
    with pytest.raises(TypeError, match="unexpected keyword"):
        shiver.reduce(fn, 3, np.ones(3), out=np.ones(3))


def test_printing_bodies():
    import contextlib
    import io

    fn = shiver.from_c('#include <stdio.h>\nint f(long i) { printf("%ld\\n", i); return 1; }')
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        assert shiver.reduce(fn, 100, num_threads=2) == 100
    assert sorted(map(int, text.getvalue().split())) == list(range(100))
