"""One test for each fault that Shiver 0.12 had and that must not come back."""

from __future__ import annotations

import gc
import os
import threading

import numpy as np
import pytest

import shiver

IDENTITY = "long identity(long i) { return i; }"


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
