"""`from_pointer`: C functions that were compiled elsewhere, with real libraries and compilers.

Holds the contract's line on `from_pointer`. What is called is compiled by the machine's C compiler,
by Cython or by numba; what it gives is compared with what the same source gives through `from_c`,
or with plain Python. How functions of other libraries are read is in `test_pointer_objects.py`.
"""

from __future__ import annotations

import copy
import ctypes
import gc
import pickle
import random
import subprocess
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shiver
from shiver.sharing import drop_kept

pytestmark = pytest.mark.toolchain

SOURCE = """
    double scale(const double *x, double by, long i) { return x[i] * by; }
    void store(double *x, long n, int i, short j) { x[i * n + j] += 10.0 * i + j; }
    void grid(long n, long m, double x[n][m], long i, long j) { x[i][j] = i - j; }
    unsigned char low(unsigned i) { return (unsigned char)(i * 7); }
    int is_odd(_Bool yes, signed char i) { return yes && (i & 1); }
    double larger(double a, double b) { return a < b ? b : a; }
    long long sum(long long a, long long b) { return a + b; }
    float _Complex turn(float _Complex z, double _Complex by, long i) {
        return z * (float)i + (float _Complex)by;
    }
    typedef struct { double x, y; } point;
    void swap(point *p, long i) { double x = p[i].x; p[i].x = p[i].y; p[i].y = x; }
    int usleep(unsigned);
    void nap(int *ran, long i) { usleep(200); __atomic_fetch_add(ran, 1, 0); }
    void (*callback(void))(void) { return 0; }
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory) -> ctypes.CDLL:
    """`SOURCE`, compiled by the machine's compiler."""
    return ctypes.CDLL(str(build(tmp_path_factory.mktemp("library"), "functions", SOURCE)))


def build(folder, name: str, source: str):
    (folder / f"{name}.c").write_text(source, encoding="utf-8")
    library = folder / f"lib{name}.so"
    subprocess.run(
        ["cc", "-O1", "-shared", "-fPIC", "-o", library, folder / f"{name}.c"], check=True
    )
    return library


def address(function) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value


@pytest.fixture
def scale(library):
    return shiver.from_pointer(
        address(library.scale), "double scale(const double *x, double by, long i)"
    )


# ------------------------------------------------------------------ the ways of saying a type


@pytest.mark.parametrize(
    "signature, printed",
    [
        ("double f(const double *x, long i)", "float64 f(const float64* x, int64 i)"),
        ("double f(const double *x, long i);", "float64 f(const float64* x, int64 i)"),
        ("double(const double*, long)", "float64 function(const float64*, int64)"),
        ("double (const double *, long)", "float64 function(const float64*, int64)"),
        ("double (*)(const double *, long)", "float64 function(const float64*, int64)"),
        ("double (*f)(const double *, long)", "float64 f(const float64*, int64)"),
        ("float64 f(const float64* x, int64 i)", "float64 f(const float64* x, int64 i)"),
        ("extern double f(double x) noexcept nogil", "float64 f(float64 x)"),
        ("unsigned long long int f(unsigned char)", "uint64 f(uint8)"),
        ("unsigned(size_t)", "uint32 function(uint64)"),
        ("int32_t(uint16_t, int8_t, bool, char)", "int32 function(uint16, int8, bool, char)"),
        ("double f(void)", "float64 f()"),
        ("double f()", "float64 f()"),
        ("void f(long n, double x[n][3], long i)", "void f(int64 n, float64 (*x)[3], int64 i)"),
        ("double complex(float _Complex)", "complex128 function(complex64)"),
        ("float16 f(float16 x, complex64 y)", "float16 f(float16 x, complex64 y)"),
        (
            "double(double, int npy_arg, npy_intp)",
            "float64 function(float64, int32 npy_arg, int64)",
        ),
        ("void f(void *p, const void *q, char **r)", "void f(void* p, const void* q, char** r)"),
        ("struct p { float x; }; void f(struct p *a)", "void f(struct p* a)"),
        ("double cos(double)", "float64 cos(float64)"),
        ("double cos(int, const char *)", "float64 cos(int32, const char*)"),
    ],
)
def test_the_type_is_what_the_signature_says(signature, printed):
    fn = shiver.from_pointer(0x1000, signature)
    assert fn.signature == printed
    # What is printed says the same again.
    if "struct" not in printed:
        assert shiver.from_pointer(0x1000, fn.signature) == fn


@pytest.mark.parametrize(
    "signature, error, words",
    [
        ("double", ValueError, "no parameters"),
        ("", ValueError, "does not declare a function"),
        ("double f(long i) { return i; }", ValueError, "body"),
        ("double f(long i", ValueError, "brackets"),
        ("#define F\ndouble f(long)", ValueError, "'#'"),
        ("double f(size i)", shiver.CompileError, "unknown type name 'size'"),
        ("double f(size)", shiver.CompileError, "unknown type name 'size'"),
        ("double f(long i, long i)", shiver.CompileError, "redefinition of parameter 'i'"),
        ("long double f(long i)", shiver.SignatureError, "long double"),
        ("double f(__int128 i)", shiver.SignatureError, "__int128"),
        ("int printf(const char *, ...)", shiver.SignatureError, "variable arguments"),
        ("struct p { int x; }; void f(struct p a)", shiver.SignatureError, "struct p"),
        (b"double f(long)", TypeError, "signature is a str"),
        (None, TypeError, "signature"),
    ],
)
def test_a_signature_that_cannot_be_used_is_refused(signature, error, words):
    with pytest.raises(error, match=words):
        shiver.from_pointer(0x1000, signature)


# ------------------------------------------------------------------ calls


def test_results_are_those_of_the_function(scale):
    x = np.arange(1000.0)
    assert (shiver.parfor(scale, 1000, (x, 0.5)) == x * 0.5).all()
    assert scale(x, 2.0, 7) == 14.0
    assert shiver.run(scale, x, 2.0, 7).as_real() == 14.0


@given(
    n=st.integers(0, 300),
    start=st.integers(0, 5),
    step=st.integers(1, 7),
    schedule=st.sampled_from(["auto", "static", "dynamic", "guided"]),
    threads=st.integers(1, 4),
    grain=st.integers(1, 50),
)
def test_any_space_and_schedule(library, n, start, step, schedule, threads, grain):
    fn = shiver.from_pointer(library.scale, "double(const double *, double, long)")
    x = np.random.default_rng(n).random(start + n * step + 1)
    space = range(start, start + n * step, step)
    how = {"schedule": schedule, "num_threads": threads, "grain": grain}
    assert (
        shiver.parfor(fn, space, (x, 3.0), **how) == x[space.start : space.stop : step] * 3
    ).all()
    backwards = space[::-1]
    out = np.empty(n)
    assert shiver.parfor(fn, backwards, (x, 3.0), out=out, **how) is out
    assert (out == [x[i] * 3.0 for i in backwards]).all()


def test_two_narrow_indices(library):
    store = shiver.from_pointer(library.store, "void store(double *x, long n, int i, short j)")
    x = np.zeros((6, 9))
    shiver.parfor(store, x.shape, (x, 9))
    assert (x == 10.0 * np.arange(6)[:, None] + np.arange(9)).all()
    with pytest.raises(OverflowError, match="j"):
        shiver.parfor(store, (1, 40_000), (x, 9))


def test_shapes_are_checked(library):
    grid = shiver.from_pointer(
        library.grid, "void grid(long n, long m, double x[n][m], long i, long j)"
    )
    x = np.zeros((4, 5))
    shiver.parfor(grid, (4, 5), (4, 5, x))
    assert (x == np.subtract.outer(np.arange(4), np.arange(5))).all()
    with pytest.raises(ValueError, match="x"):
        shiver.parfor(grid, (4, 5), (4, 6, x))


def test_arrays_of_structs(library):
    swap = shiver.from_pointer(
        library.swap, "typedef struct { double x, y; } point; void swap(point *p, long i)"
    )
    points = np.array([(1, 2), (3, 4)], dtype=[("x", float), ("y", float)])
    shiver.parfor(swap, 2, points)
    assert points.tolist() == [(2, 1), (4, 3)]
    with pytest.raises(TypeError, match="p"):
        shiver.parfor(swap, 2, np.zeros(4))


def test_complex_numbers_travel_by_value(library):
    turn = shiver.from_pointer(
        library.turn, "float _Complex turn(float _Complex z, double _Complex by, long i)"
    )
    got = shiver.parfor(turn, 5, (1 + 2j, 0.5j))
    assert got.dtype == np.complex64
    assert (got == (1 + 2j) * np.arange(5) + 0.5j).all()


@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ((np.zeros(3, np.float32), 1.0), TypeError, "x.*float64"),
        ((np.zeros(6)[::2], 1.0), ValueError, "x"),
        ((np.zeros(3), "1"), TypeError, "by"),
        ((np.zeros(3),), TypeError, "argument"),
        ((np.zeros(3), 1.0, 1), TypeError, "argument"),
    ],
)
def test_arguments_are_checked_as_for_any_function(scale, arguments, error, words):
    with pytest.raises(error, match=words):
        shiver.parfor(scale, 3, arguments)


def test_a_pointer_without_const_takes_no_array_that_is_read_only(library):
    store = shiver.from_pointer(library.store, "void(double *, long, int, short)")
    x = np.zeros((2, 2))
    x.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        shiver.parfor(store, (2, 2), (x, 2))
    assert not x.any()


def test_reductions_of_a_pointer_by_a_pointer(library):
    x = np.random.default_rng(1).random(100_000)
    scale = shiver.from_pointer(library.scale, "double(const double *, double, long)")
    larger = shiver.from_pointer(library.larger, "double(double, double)")
    assert shiver.reduce(scale, len(x), (x, 2.0), larger) == (x * 2.0).max()
    assert shiver.reduce(scale, len(x), (x, 2.0), "max") == (x * 2.0).max()
    of_c = shiver.from_c("double g(const double *x, double by, long i) { return x[i] * by; }")
    assert shiver.reduce(of_c, len(x), (x, 2.0), larger) == (x * 2.0).max()
    plus = shiver.from_c("double plus(double a, double b) { return a + b; }")
    sums = {
        shiver.reduce(fn, len(x), (x, 2.0), plus, num_threads=n)
        for fn in (scale, of_c)
        for n in (1, 3)
    }
    assert len(sums) == 1
    twice = shiver.from_pointer(library.sum, "long long(long long a, long long b)")
    assert shiver.reduce(twice, 10, 1, twice) == sum(1 + i for i in range(10))


def test_a_loop_beside_its_caller(scale):
    future = shiver.parfor_async(scale, 4, (np.arange(4.0), 2.0))
    assert future.result().tolist() == [0, 2, 4, 6]


# Of each: C's type, and how values of it are made.
SCALARS = {
    "_Bool": lambda r: r.random() < 0.5,
    "signed char": lambda r: r.randrange(-128, 128),
    "unsigned char": lambda r: r.randrange(256),
    "short": lambda r: r.randrange(-(2**15), 2**15),
    "unsigned short": lambda r: r.randrange(2**16),
    "int": lambda r: r.randrange(-(2**31), 2**31),
    "unsigned": lambda r: r.randrange(2**32),
    "long": lambda r: r.randrange(-(2**63), 2**63),
    "unsigned long": lambda r: r.randrange(2**64),
    "float": lambda r: r.uniform(-1, 1),
    "double": lambda r: r.uniform(-1, 1),
    "float _Complex": lambda r: complex(r.uniform(-1, 1), r.uniform(-1, 1)),
    "double _Complex": lambda r: complex(r.uniform(-1, 1), r.uniform(-1, 1)),
    "const double *": lambda r: np.array([r.uniform(-1, 1)]),
}


def random_function(r: random.Random, name: str) -> tuple[str, list[str], int]:
    """The source of a function that returns one of its up to 14 parameters, their types, and which."""
    types = r.choices(list(SCALARS), k=r.randrange(1, 15))
    which = r.randrange(len(types))
    result = types[which] if "*" not in types[which] else "double"
    params = ", ".join(f"{kind} p{k}" for k, kind in enumerate(types))
    value = f"*p{which}" if "*" in types[which] else f"p{which}"
    return f"{result} {name}({params}) {{ return {value}; }}", types, which


def test_random_types_are_passed_as_the_other_compiler_expects(tmp_path):
    r = random.Random(7)
    functions = {f"f{k}": random_function(r, f"f{k}") for k in range(120)}
    source = "\n".join(text for text, _, _ in functions.values())
    elsewhere = ctypes.CDLL(str(build(tmp_path, "random", source)))
    for name, (text, types, which) in functions.items():
        fn = shiver.from_pointer(elsewhere[name], text.split("{")[0])
        for _ in range(3):
            values = [SCALARS[kind](r) for kind in types]
            expected = values[which]
            if types[which] in ("float", "float _Complex"):
                expected = np.dtype("f4" if types[which] == "float" else "c8").type(expected)
            assert fn(*values) == expected, text
            # All but the last are fixed; a loop passes them just so.
            if "*" not in types[-1] and types[-1] in ("int", "long", "short", "unsigned"):
                got = shiver.parfor(fn, 3, tuple(values[:-1]))
                last = which == len(types) - 1
                assert got.tolist() == ([0, 1, 2] if last else [expected] * 3), text


# ------------------------------------------------------------------ what it is, and how long it lives


def test_equal_by_address_and_signature(library):
    made = shiver.from_pointer(library.low, "unsigned char low(unsigned i)")
    assert made == shiver.from_pointer(address(library.low), "uint8 low(uint32 i)")
    assert hash(made) == hash(shiver.from_pointer(address(library.low), "uint8 low(uint32 i)"))
    assert made != shiver.from_pointer(library.low, "unsigned char low(unsigned j)")
    assert made != shiver.from_pointer(library.is_odd, "unsigned char low(unsigned i)")
    assert copy.deepcopy(made) is made and copy.copy(made) is made


def test_it_cannot_be_pickled(scale):
    for value in (scale, scale.module):
        with pytest.raises(TypeError, match="address"):
            pickle.dumps(value)


def test_what_is_called_lives_as_long_as_the_function():
    kind = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_long)

    class Body:
        def __call__(self, i):
            return i * i

    body = Body()
    gone = weakref.ref(body)
    fn = shiver.from_pointer(kind(body))
    del body
    drop_kept()
    gc.collect()
    assert gone() is not None
    assert shiver.parfor(fn, 5).tolist() == [0, 1, 4, 9, 16]
    future = shiver.parfor_async(fn, 5)
    del fn
    drop_kept()
    gc.collect()
    assert future.result().tolist() == [0, 1, 4, 9, 16]
    del future
    drop_kept()
    gc.collect()
    assert gone() is None


def test_two_callbacks_at_one_address_one_after_the_other():
    kind = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_long)
    for factor in range(30):
        fn = shiver.from_pointer(kind(lambda i, factor=factor: i * factor))
        assert shiver.parfor(fn, 3).tolist() == [0, factor, 2 * factor]
        del fn
        drop_kept()


def test_the_listings_and_the_report_say_that_it_is_called(scale):
    assert "@scale(" in scale.inspect_llvm()
    assert "call double @shiver.pointer.target" in scale.inspect_llvm(optimized=True)
    assert "call" in scale.inspect_asm()
    report = scale.report()
    assert not report.vectorized
    assert "not inlined" in str(report) and "from_c" in str(report)


def test_it_can_be_called_by_c_that_is_compiled_later(scale):
    from shiver.llvm_helpers import get_fn_ptr

    shiver.add_symbol("test_pointer_scale", address(get_fn_ptr(scale)))
    caller = shiver.from_c("""
        double test_pointer_scale(const double *x, double by, long i);
        double caller(const double *x, long i) { return test_pointer_scale(x, 3, i); }""")
    assert shiver.parfor(caller, 3, np.arange(3.0)).tolist() == [0, 3, 6]


def test_what_is_compiled_serves_the_next_process_at_another_address(run_python, tmp_path):
    code = """
        import ctypes, numpy as np, shiver
        libm = ctypes.CDLL("libm.so.6")
        fn = shiver.from_pointer(libm.ldexp, "double ldexp(double x, int e)")
        largest = shiver.from_pointer(libm.fmax, "double fmax(double, double)")
        assert shiver.parfor(fn, 3, 1.5).tolist() == [1.5, 3, 6]
        assert shiver.reduce(fn, 3, 1.5, largest) == 6
        info = shiver.cache_info()
        print(ctypes.cast(libm.ldexp, ctypes.c_void_p).value, info.hits, info.misses)
    """
    env = {"SHIVER_CACHE_DIR": str(tmp_path / "cache")}
    runs = [run_python(code, env=env).stdout.split() for _ in range(3)]
    assert int(runs[0][2]) > 0
    assert [run[2] for run in runs[1:]] == ["0", "0"], runs
    assert len({run[0] for run in runs}) > 1, "the system loads libraries at fixed addresses"


# ------------------------------------------------------------------ ending early, threads, processes


@pytest.mark.parametrize("how", [{}, {"num_threads": 1}, {"schedule": "static", "num_threads": 2}])
def test_a_timeout_ends_the_loop_between_iterations(library, how):
    nap = shiver.from_pointer(library.nap, "void nap(int *ran, long i)")
    ran = np.zeros(1, np.int32)
    with pytest.raises(TimeoutError):
        shiver.parfor(nap, 10**9, ran, timeout=0.2, **how)
    after = ran[0]
    assert 10 < after < 10**5
    future = shiver.parfor_async(nap, 10**9, ran, **how)
    while ran[0] == after:
        pass
    assert future.cancel()
    after = ran[0]
    with pytest.raises(TimeoutError):
        shiver.parfor(nap, 10**9, np.zeros(1, np.int32), timeout=0.05)
    assert ran[0] - after < 1000


@pytest.mark.parametrize("how", ["{}", "{'num_threads': 1}"])
def test_ctrl_c_ends_the_loop_between_iterations(run_python, library, how):
    run_python(
        f"""
        import ctypes, os, signal, threading, time
        import numpy as np, shiver
        signal.signal(signal.SIGINT, signal.default_int_handler)
        library = ctypes.CDLL({library._name!r})
        nap = shiver.from_pointer(library.nap, "void nap(int *ran, long i)")
        ran = np.zeros(1, np.int32)

        def press_ctrl_c():
            while ran[0] < 100:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=press_ctrl_c, daemon=True).start()
        try:
            shiver.parfor(nap, 10**9, ran, **{how})
        except KeyboardInterrupt:
            pass
        else:
            raise AssertionError("the loop came to its end")
        after = int(ran[0])
        time.sleep(0.3)
        assert ran[0] == after
        """,
        timeout=40,
    )


@pytest.mark.parametrize("run", ["parfor(fn, 10**9, num_threads=2)", "reduce(fn, 10**9)"])
def test_ctrl_c_ends_a_loop_that_calls_python_back(run_python, run):
    """Where the exception would be lost in the callback, were it raised there."""
    done = run_python(
        f"""
        import ctypes, os, signal, threading, time
        import shiver
        signal.signal(signal.SIGINT, signal.default_int_handler)
        ran = []

        @ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_long)
        def body(i):
            ran.append(i)
            for k in range(2000):
                pass
            return i

        def press_ctrl_c():
            while len(ran) < 100:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)

        fn = shiver.from_pointer(body)
        threading.Thread(target=press_ctrl_c, daemon=True).start()
        try:
            shiver.{run}
        except KeyboardInterrupt:
            pass
        else:
            raise AssertionError("the loop came to its end")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        after = len(ran)
        time.sleep(0.2)
        assert len(ran) == after
        assert shiver.parfor(fn, 3).tolist() == [0, 1, 2]
        """,
        timeout=40,
    )
    assert done.stderr == ""


def test_a_handler_of_the_users_own_is_called_in_such_a_loop(run_python):
    run_python("""
        import ctypes, os, signal, shiver
        seen = []
        signal.signal(signal.SIGINT, lambda *_: seen.append(1))

        @ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_long)
        def body(i):
            if i == 50:
                os.kill(os.getpid(), signal.SIGINT)
            return i

        assert shiver.parfor(shiver.from_pointer(body), 100, num_threads=1).sum() == 4950
        assert seen == [1]
    """)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_a_function_of_pythons_takes_the_lock_itself(threads):
    seen = []

    @ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_long)
    def body(x, i):
        seen.append(i)
        return x * i

    fn = shiver.from_pointer(body)
    assert (shiver.parfor(fn, 2000, 0.5, num_threads=threads) == np.arange(2000) * 0.5).all()
    assert sorted(seen) == list(range(2000))


def test_an_exception_in_a_callback_is_told_and_lost(run_python):
    done = run_python("""
        import ctypes, shiver

        @ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_long)
        def body(i):
            return 1 // (i - 2)

        fn = shiver.from_pointer(body)
        first, second, _undefined, *rest = shiver.parfor(fn, 5, num_threads=2).tolist()
        assert (first, second, *rest) == (-1, -1, 1, 0)
    """)
    assert "ZeroDivisionError" in done.stderr


def test_the_interpreter_ends_while_callbacks_run(run_python):
    run_python(
        """
        import ctypes, time, shiver
        begun = []

        @ctypes.CFUNCTYPE(None, ctypes.c_long)
        def body(i):
            begun.append(i)
            time.sleep(0.001)

        future = shiver.parfor_async(shiver.from_pointer(body), 10**9, num_threads=2)
        while not begun:
            time.sleep(0.01)
        """,
        timeout=30,
    )


def test_a_forked_child_calls_it_too(run_python):
    run_python("""
        import ctypes, os, shiver
        fn = shiver.from_pointer(ctypes.CDLL("libm.so.6").ldexp, "double ldexp(double, int)")
        assert shiver.parfor(fn, 1000, 0.0, num_threads=2).sum() == 0
        child = os.fork()
        if child == 0:
            ok = shiver.parfor(fn, 3, 1.0, num_threads=2).tolist() == [1, 2, 4]
            os._exit(0 if ok else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    """)
