"""The page of Shiver 0.12, as its users typed it, and the faults that 0.12 had.

Holds items 2 and 9 of the main job: every example of the seed's page, 0.12's own tests, and one
test for each fault that is named there as one that must not come back.
"""

from __future__ import annotations

import gc
import os
import threading

import numpy as np
import pytest

import shiver
from shiver import GenericValue

IDENTITY = "long identity(long i) { return i; }"


# ------------------------------------------------------------------ the page, as typed


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


# ------------------------------------------------------------------ 0.12's own tests and example


def test_run_gives_a_generic_value():
    add1 = shiver.from_c("int add1(int x) { return x + 1;}")
    assert shiver.run(add1, 1).as_int() == 2


def test_explicit_output_array():
    add1 = shiver.from_c("void add1(int* x, int* y, long i) { y[i] = x[i] + 1; }")
    x = np.arange(12, dtype=np.int32)
    y = np.empty_like(x)
    shiver.parfor(add1, 12, fixed_args=(x, y))
    assert (y == x + 1).all()


def test_collected_doubles():
    add1 = shiver.from_c("double add1(double* x, long i) { return x[i] + 1.0; }")
    x = np.arange(12, dtype=np.float64)
    y = shiver.parfor(add1, 12, fixed_args=(x,))
    assert y.shape == x.shape
    assert (y == x + 1).all()


def test_wrong_dtype_is_refused_with_one_bare_array():
    fill = shiver.from_c("void f(double* x, int i) { x[i] = i; }")
    good = np.empty(12)
    shiver.parfor(fill, 12, (good,))
    assert (good == np.arange(12)).all()
    with pytest.raises(TypeError):
        shiver.parfor(fill, 12, fixed_args=(np.empty(12, dtype="int64")))


def test_matrix_product_of_the_seed():
    m, n, d = 37, 41, 53
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((m, d)), rng.standard_normal((d, n))
    xt = shiver.dtype_to_ctype_name(x.dtype)
    mm = shiver.from_c(f"""
        {xt} mm({xt}* x, {xt}* y, long i, long j) {{
            long d = {d};
            {xt} total = 0;
            for (long k = 0; k < d; ++k) {{
                total += x[i*d + k] * y[j*d + k];
            }}
            return total;
        }}""")
    z = shiver.parfor(mm, niters=(m, n), fixed_args=[x, y.T.copy()])
    assert z.shape == (m, n)
    np.testing.assert_allclose(z, x @ y, rtol=1e-12, atol=1e-12)


# ------------------------------------------------------------------ faults that 0.12 had


@pytest.mark.parametrize("start, stop, step", [(2, 10, 3), (1, 9, 4), (0, 10, 10), (3, 4, 7)])
def test_fault_shape_of_a_space_with_a_step(start, stop, step):
    ident = shiver.from_c(IDENTITY)
    y = shiver.parfor(ident, [(start, stop, step)])
    assert y.shape == (len(range(start, stop, step)),)
    assert list(y) == list(range(start, stop, step))


def test_fault_result_written_at_the_index_instead_of_the_trip_number():
    ident = shiver.from_c(IDENTITY)
    guarded = np.full(40, -7, dtype=np.int64)
    y = shiver.parfor(ident, [(10, 20, 2)], out=guarded[5:10])
    assert list(y) == [10, 12, 14, 16, 18]
    assert (guarded[:5] == -7).all() and (guarded[10:] == -7).all()


def test_fault_wrapper_cached_by_the_address_of_the_function():
    for k in range(150):
        fn = shiver.from_c(f"long f(long i) {{ return i + {k}; }}")
        assert list(shiver.parfor(fn, 3)) == [k, k + 1, k + 2]
        del fn
        gc.collect(0)


def test_fault_strides_of_the_first_shape_baked_in():
    f = shiver.from_c("long f(long i, long j, long k) { return 10000 * i + 100 * j + k; }")
    for shape in [(2, 3, 4), (4, 3, 2), (1, 9, 1), (5, 1, 7), (3, 3, 3), (2, 3, 4)]:
        i, j, k = np.indices(shape)
        assert (shiver.parfor(f, shape) == 10000 * i + 100 * j + k).all(), shape


@pytest.mark.parametrize("space", [range(-5, 5), range(5, -5, -2), range(-9, -2), range(-1, 0)])
def test_fault_unsigned_compare_on_a_negative_range(space):
    ident = shiver.from_c(IDENTITY)
    assert list(shiver.parfor(ident, space)) == list(space)


def test_fault_an_error_while_the_loop_runs_is_raised_and_nothing_hangs(run_python):
    done = run_python(
        """
        import sys
        import numpy as np
        import shiver

        class Broken:
            def write(self, text):
                raise RuntimeError("the screen is off")
            def flush(self):
                pass

        loud = shiver.from_c('int printf(const char *, ...);'
                             'void f(long i) { printf("%ld\\\\n", i); }')
        ident = shiver.from_c("long identity(long i) { return i; }")
        out, sys.stdout = sys.stdout, Broken()
        try:
            shiver.parfor(loud, 1000, num_threads=4)
        except RuntimeError as error:
            told = str(error)
        finally:
            sys.stdout = out
        assert told == "the screen is off"
        assert (shiver.parfor(ident, 1000, num_threads=4) == np.arange(1000)).all()
        print("lived")
        """,
        timeout=60,
    )
    assert done.stdout.strip() == "lived"


def test_fault_threads_created_anew_for_each_call(run_python):
    run_python(
        """
        import os
        import shiver

        ident = shiver.from_c("long identity(long i) { return i; }")
        for _ in range(20):
            shiver.parfor(ident, 10_000, num_threads=3)
        first = set(os.listdir("/proc/self/task"))
        for _ in range(300):
            shiver.parfor(ident, 10_000, num_threads=3)
        assert set(os.listdir("/proc/self/task")) == first
        """
    )


def test_fault_a_refused_call_leaves_the_next_one_working():
    fill = shiver.from_c("void f(double* x, long i) { x[i] = i; }")
    x = np.zeros(64)
    done = threading.Event()

    def work():
        for _ in range(50):
            with pytest.raises(TypeError):
                shiver.parfor(fill, 64, ("not an array",), num_threads=2)
            shiver.parfor(fill, 64, (x,), num_threads=2)
        done.set()

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    assert done.wait(60), f"process {os.getpid()} hangs after a refused call"
    assert (x == np.arange(64)).all()
