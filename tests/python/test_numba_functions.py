"""numba's functions as the body of a loop: `cfunc`, and `njit` compiled for given types.

Holds issue 5, point 1: signatures come from the numba object, what numba's own way of calling needs
is built by Shiver, and an exception raised in the body becomes a `KernelError` with the indices.
"""

from __future__ import annotations

import gc
import math
import pickle
import weakref

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import carray, types

import shiver


@numba.cfunc("float64(CPointer(float64), int64)")
def twice(x, i):
    return 2 * x[i]


@numba.njit("float64(CPointer(float64), float64, int64)")
def scaled(x, by, i):
    return x[i] * by


def test_a_cfunc_and_a_compiled_njit_go_straight_into_every_call():
    x = np.arange(300.0)
    assert np.array_equal(shiver.parfor(twice, 300, x), 2 * x)
    assert np.array_equal(shiver.parfor(scaled, 300, (x, 0.5)), 0.5 * x)
    assert shiver.run(twice, x, 4).as_real() == 8.0
    assert shiver.reduce(scaled, 300, (x, 2.0)) == 2 * x.sum()
    assert np.array_equal(shiver.parfor_async(twice, 300, x).result(timeout=60), 2 * x)


def test_the_signature_comes_from_the_object():
    fn = shiver.from_llvm(twice)
    assert (fn.name, fn.signature) == ("twice", "float64 twice(const float64* x, int64 i)")
    assert [arg.name for arg in fn.args] == ["x", "i"]
    assert shiver.from_llvm(scaled).signature == (
        "float64 scaled(const float64* x, float64 by, int64 i)"
    )
    with pytest.raises(TypeError, match="dtype"):
        shiver.parfor(twice, 5, np.arange(5))
    with pytest.raises(TypeError):
        shiver.parfor(twice, 5)
    assert shiver.from_llvm(twice, "twice") is fn
    with pytest.raises(ValueError, match="'twice' alone"):
        shiver.from_llvm(twice, "thrice")


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "uint64"])
def test_every_integer(kind):
    @numba.cfunc(f"{kind}(CPointer({kind}), {kind}, {kind})")
    def add(x, by, i):
        return x[i] + by

    x = np.arange(90, dtype=kind)
    result = shiver.parfor(add, 90, (x, 5))
    assert result.dtype == np.dtype(kind)
    assert np.array_equal(result, x + np.array(5, kind))
    assert shiver.from_llvm(add).signature == f"{kind} add(const {kind}* x, {kind} by, {kind} i)"
    with pytest.raises(OverflowError):
        shiver.parfor(add, 3, (x, 2**64))


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_every_float(kind):
    @numba.njit(f"{kind}(CPointer({kind}), {kind}, int32)")
    def root(x, by, i):
        return math.sqrt(x[i]) * by

    x = np.linspace(0, 9, 100, dtype=kind)
    result = shiver.parfor(root, 100, (x, 2))
    assert result.dtype == np.dtype(kind)
    assert np.array_equal(result, np.sqrt(x) * np.array(2, kind))


@pytest.mark.parametrize("kind", ["complex64", "complex128"])
def test_complex_numbers_by_value_and_behind_pointers(kind):
    @numba.cfunc(f"{kind}(CPointer({kind}), {kind}, int64, int64)")
    def turned(z, by, n, i):
        return z[i] * by + n

    z = (np.arange(50) + 1j * np.arange(50)[::-1]).astype(kind)
    result = shiver.parfor(turned, 50, (z, 2 - 3j, 7))
    assert result.dtype == np.dtype(kind)
    assert np.allclose(result, z * np.array(2 - 3j, kind) + 7, rtol=1e-6)

    @numba.cfunc(f"void(CPointer({kind}), {kind}, int64)")
    def put(z, value, i):
        z[i] = value

    shiver.parfor(put, 50, (z, 1 + 2j))
    assert (z == np.array(1 + 2j, kind)).all()
    part = "float32" if kind == "complex64" else "float64"

    @numba.njit(f"{part}({kind}, int64)")
    def imaginary(value, i):
        return value.imag + i

    assert shiver.parfor(imaginary, 3, 4j).tolist() == [4.0, 5.0, 6.0]


def test_booleans():
    @numba.cfunc("boolean(CPointer(uint8), boolean, int64)")
    def both(x, flag, i):
        return flag and x[i] > 0

    x = np.array([True, False, False] * 20)
    for flag in (True, False):
        result = shiver.parfor(both, 60, (x, flag))
        assert result.dtype == np.dtype(bool)
        assert np.array_equal(result, x & flag)


def test_arrays_inside_with_carray():
    @numba.cfunc("void(CPointer(float64), CPointer(float64), int64, int64, int64)")
    def row_sums(x, out, n, m, i):
        a = carray(x, (n, m))
        out[i] = a[i].sum() + np.max(a[i])

    x, out = np.random.default_rng(1).random((30, 7)), np.zeros(30)
    shiver.parfor(row_sums, 30, (x, out, 30, 7))
    assert np.allclose(out, x.sum(1) + x.max(1))


def test_records():
    dtype = np.dtype([("at", "f8"), ("tag", "i4")], align=True)
    record = numba.from_dtype(dtype)

    @numba.cfunc(types.void(types.CPointer(record), types.int64))
    def move(p, i):
        a = carray(p, 20)
        a[i]["at"] += a[i]["tag"]

    p = np.zeros(20, dtype)
    p["tag"] = np.arange(20)
    shiver.parfor(move, 20, p)
    assert np.array_equal(p["at"], np.arange(20.0))
    with pytest.raises(TypeError, match="dtype"):
        shiver.parfor(move, 20, np.zeros(20))


@numba.njit
def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def test_other_functions_and_closures():
    base = 7

    @numba.cfunc("int64(int64)")
    def steps(i):
        return collatz(i + 1) + base

    expected = [collatz.py_func(i + 1) + base for i in range(200)]
    assert shiver.parfor(steps, 200).tolist() == expected


def test_memory_that_numba_allocates():
    @numba.cfunc("float64(int64, int64)")
    def total(n, i):
        a = np.arange(n) * 0.5
        return a[i:].sum()

    expected = [(np.arange(40) * 0.5)[i:].sum() for i in range(40)]
    assert np.allclose(shiver.parfor(total, 40, 40, num_threads=2), expected)


def test_a_lambda():
    square = numba.cfunc("int64(int64)")(lambda i: i * i)
    assert shiver.parfor(square, 4).tolist() == [0, 1, 4, 9]
    assert shiver.from_llvm(square).name == "<lambda>"


def test_two_indices_and_a_function_of_a_reduction():
    @numba.cfunc("float64(int64, int64)")
    def product(i, j):
        return i * 1.5 - j

    @numba.cfunc("float64(float64, float64)")
    def larger(a, b):
        return max(a, b)

    i, j = np.ogrid[:20, :30]
    assert np.array_equal(shiver.parfor(product, (20, 30)), i * 1.5 - j)
    assert shiver.reduce(product, (20, 30), op=larger, init=-math.inf) == 19 * 1.5


def test_an_njit_of_several_types_is_chosen_by_argtypes():
    @numba.njit(["float32(CPointer(float32), int64)", "float64(CPointer(float64), int64)"])
    def first(x, i):
        return x[i]

    with pytest.raises(ValueError, match=r"float32\*.*float64\*.*argtypes"):
        shiver.from_llvm(first)
    for kind in ("float32", "float64"):
        fn = shiver.from_llvm(first, argtypes=[f"{kind}*", None])
        assert fn.signature == f"{kind} first({kind}* x, int64 i)"
        x = np.arange(4, dtype=kind)
        assert np.array_equal(shiver.parfor(fn, 4, x), x)
    with pytest.raises(ValueError, match="argtypes"):
        shiver.from_llvm(first, argtypes=["int32*", None])
    fn = shiver.from_llvm(first, argtypes=["const float64*", "int64"])
    assert fn.signature == "float64 first(const float64* x, int64 i)"


def test_an_njit_that_is_not_compiled_says_how():
    @numba.njit
    def lazy(i):
        return i + 1

    for call in (shiver.from_llvm, lambda fn: shiver.parfor(fn, 3)):
        with pytest.raises(TypeError, match=r"numba\.njit\(\"float64"):
            call(lazy)
    lazy(3)
    assert shiver.parfor(lazy, 3).tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "signature, words",
    [
        ("float64(float64[:], int64)", r"'x'.*array\(float64.*carray"),
        ("float64(UniTuple(float64, 2), int64)", "'x'.*UniTuple"),
        ("UniTuple(int64, 2)(int64, int64)", "result.*UniTuple"),
        ("optional(int64)(int64, int64)", r"result.*OptionalType\(int64\)"),
    ],
)
def test_types_that_cannot_be_passed(signature, words):
    if signature.startswith("UniTuple"):

        @numba.njit(signature)
        def body(x, i):
            return x, i
    elif signature.startswith("optional"):

        @numba.njit(signature)
        def body(x, i):
            return x if i > 0 else None
    else:

        @numba.njit(signature)
        def body(x, i):
            return x[0]

    with pytest.raises(shiver.SignatureError, match=words):
        shiver.from_llvm(body)


def test_argtypes_and_fastmath():
    fn = shiver.from_llvm(scaled, argtypes=["const float64*", None, "uint64"], fastmath="nnan")
    assert fn.signature == "float64 scaled(const float64* x, float64 by, uint64 i)"
    assert "fmul nnan double" in fn.inspect_llvm()
    x = np.arange(9.0)
    x.flags.writeable = False
    assert np.array_equal(shiver.parfor(fn, 9, (x, 3)), x * 3)
    with pytest.raises(TypeError, match=r"argtypes\[1\]"):
        shiver.from_llvm(scaled, argtypes=["float64*", "float32", None])


def test_an_object_is_compiled_once_and_freed_with_its_function():
    @numba.cfunc("int64(int64)")
    def body(i):
        return i * 3

    fn = shiver.from_llvm(body)
    assert shiver.from_llvm(body) is fn
    assert shiver.parfor(body, 3).tolist() == [0, 3, 6]
    assert pickle.loads(pickle.dumps(fn))(5) == 15
    gone = weakref.ref(fn)
    del fn, body
    from shiver.sharing import drop_kept

    drop_kept()
    gc.collect()
    assert gone() is None


def test_what_cannot_fail_is_vectorised():
    fn = shiver.from_llvm(scaled)
    shiver.parfor(fn, 1000, (np.arange(1000.0), 2.0))
    report = fn.report()
    assert report.vectorized
    ir = fn.inspect_llvm(optimized=True)
    assert "shiver.raise" not in ir and "shiver.locate" not in ir


def test_what_is_only_read_may_be_read_only():
    @numba.cfunc("void(CPointer(float64), CPointer(float64), int64)")
    def copied(x, y, i):
        y[i] = x[i]

    assert shiver.from_llvm(copied).signature == (
        "void copied(const float64* x, float64* y, int64 i)"
    )
    x, y = np.arange(5.0), np.zeros(5)
    x.flags.writeable = False
    shiver.parfor(copied, 5, (x, y))
    assert np.array_equal(x, y)
    with pytest.raises(ValueError, match="read-only"):
        shiver.parfor(copied, 5, (y, x))
    said = shiver.from_llvm(copied, argtypes=["float64*", None, None])
    assert said.signature == "void copied(float64* x, float64* y, int64 i)"


def test_a_cached_cfunc(run_python, tmp_path):
    code = """
        import numba
        import numpy as np
        import shiver

        @numba.cfunc("float64(CPointer(float64), int64)", cache=True)
        def half(x, i):
            if x[i] == 5:
                raise ValueError("five")
            return x[i] / 2

        assert shiver.parfor(half, 5, np.arange(5.0)).tolist() == [0, 0.5, 1, 1.5, 2]
        try:
            shiver.parfor(half, 9, np.arange(9.0))
        except shiver.KernelError as error:
            assert error.indices == (5,), error
            assert isinstance(error.__cause__, ValueError), error
            print(half.cache_hits)
        """
    env = {"NUMBA_CACHE_DIR": str(tmp_path / "numba")}
    for _ in range(2):
        run_python(code, env=env)


# Exceptions.


@numba.cfunc("float64(CPointer(float64), int64, int64)")
def strict(x, i, j):
    if x[i * 100 + j] < 0:
        raise ValueError("a negative number", 3)
    return x[i * 100 + j]


@given(
    bad=st.integers(0, 3999),
    threads=st.integers(1, 3),
    schedule=st.sampled_from(["auto", "static", "dynamic", "guided"]),
    grain=st.sampled_from([None, 1, 17, 1000]),
)
def test_an_exception_has_the_indices_and_is_the_cause(bad, threads, schedule, grain):
    x = np.ones(4000)
    x[bad] = -1
    with pytest.raises(shiver.KernelError) as caught:
        shiver.parfor(strict, (40, 100), x, num_threads=threads, schedule=schedule, grain=grain)
    error = caught.value
    assert error.indices == divmod(bad, 100)
    assert error.message == "ValueError: ('a negative number', 3)"
    assert error.code == 1
    cause = error.__cause__
    assert type(cause) is ValueError and cause.args == ("a negative number", 3)
    assert any("strict" in note and "test_numba_functions" in note for note in cause.__notes__)
    x[bad] = 1
    assert (shiver.parfor(strict, (40, 100), x) == 1).all()


def test_an_exceptions_arguments_may_be_known_only_then():
    @numba.njit("int64(CPointer(int64), float64, int64)")
    def check(x, limit, i):
        if x[i] > limit:
            raise OverflowError("too large", x[i], limit, i)
        return x[i]

    x = np.arange(5000) % 3
    x[4321] = 77
    for threads in (1, 2):
        with pytest.raises(shiver.KernelError) as caught:
            shiver.parfor(check, 5000, (x, 2.5), num_threads=threads)
        assert caught.value.indices == (4321,)
        assert type(caught.value.__cause__) is OverflowError
        assert caught.value.__cause__.args == ("too large", 77, 2.5, 4321)


class OddError(Exception):
    """An exception of a module's own."""

    def __init__(self, number, why="odd"):
        super().__init__(number, why)


def test_every_kind_of_exception():
    @numba.cfunc("int64(int64, int64)")
    def body(kind, i):
        if kind == 0:
            raise OddError(7)
        if kind == 1:
            raise KeyError
        if kind == 2:
            raise AssertionError("not negative")
        if kind == 3:
            return 1 // i
        if kind == 4:
            raise StopIteration
        return kind

    kinds = [OddError, KeyError, AssertionError, ZeroDivisionError, StopIteration]
    for number, kind in enumerate(kinds):
        with pytest.raises(shiver.KernelError) as caught:
            shiver.parfor(body, 3, number)
        assert type(caught.value.__cause__) is kind
        assert kind.__name__ in str(caught.value)
        assert caught.value.indices in [(0,), (1,), (2,)]
    assert caught.value.__cause__.args == ()
    with pytest.raises(shiver.KernelError) as caught:
        shiver.parfor(body, 3, 0)
    assert caught.value.__cause__.args == (7, "odd")
    assert shiver.parfor(body, 3, 5).tolist() == [5, 5, 5]


def test_an_exception_out_of_every_call():
    @numba.cfunc("int64(int64)")
    def body(i):
        if i % 1000 == 999:
            raise ValueError("at the end of a thousand")
        return i

    assert shiver.parfor(body, 999).sum() == 998 * 999 // 2
    for call in (
        lambda: shiver.parfor(body, 10_000),
        lambda: shiver.reduce(body, 10_000),
        lambda: shiver.reduce(body, 10_000, op="max"),
        lambda: shiver.parfor_async(body, 10_000).result(timeout=60),
        lambda: shiver.parfor(body, slice(9_999, 0, -3)),
        lambda: shiver.parfor(body, 10_000, progress=lambda done, total: None),
    ):
        with pytest.raises(shiver.KernelError) as caught:
            call()
        assert caught.value.indices[0] % 1000 == 999
        assert isinstance(caught.value.__cause__, ValueError)
    for call in (lambda: shiver.run(body, 999), lambda: shiver.from_llvm(body)(999)):
        with pytest.raises(shiver.KernelError, match="thousand") as caught:
            call()
        assert caught.value.indices == ()


def test_the_first_exception_ends_the_loop():
    @numba.cfunc("void(CPointer(uint8), int64)")
    def body(hits, i):
        hits[i] = 1
        if i == 0:
            raise ValueError("at once")

    hits = np.zeros(200_000_000, np.uint8)
    with pytest.raises(shiver.KernelError, match="at once"):
        shiver.parfor(body, len(hits), hits)
    assert hits[0] == 1
    assert not hits.all()


def test_exceptions_that_are_not_told_leave_no_memory_behind(run_python):
    run_python(
        """
        import resource
        import numba
        import numpy as np
        import shiver

        @numba.cfunc("int64(int64)")
        def body(i):
            raise ValueError("always", i)

        def once():
            try:
                shiver.parfor(body, 300_000, num_threads=2, grain=100_000)
            except shiver.KernelError as error:
                assert error.__cause__.args == ("always", error.indices[0])

        def peak():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        for _ in range(5):
            once()
        before = peak()
        for _ in range(20):
            once()
        assert peak() - before < 50_000, (before, peak())
        """
    )
