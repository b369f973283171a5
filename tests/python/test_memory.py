"""Memory: functions that are dropped give theirs back, and what is in use is kept.

Holds item 4 of the main job: when the last reference to a Function goes, its machine code is freed,
and a running loop or an address handed out keeps it. `SHIVER_TEST_DROPS` sets how many functions
the first test compiles and drops (2,000 unless it says otherwise).
"""

from __future__ import annotations

import gc
import os
import threading
import time
import weakref

import numpy as np
import pytest

import shiver
from shiver import llvm_helpers

DROPS = int(os.environ.get("SHIVER_TEST_DROPS", "2000"))

MEASURE = """
    import gc, os, pickle, sys
    import numpy as np
    import shiver

    def resident():
        gc.collect()
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def mappings():
        with open("/proc/self/maps") as maps:
            return len(maps.readlines())

    def stays_flat(work, warm_up, times, megabytes):
        for k in range(warm_up):
            work(k)
        size, count = resident(), mappings()
        for k in range(warm_up, warm_up + times):
            work(k)
        grown = (resident() - size) / 1e6
        assert grown < megabytes, f"{grown:.1f} MB more after {times} times"
        assert mappings() - count < 150, f"{mappings() - count} mappings more"
"""


def test_functions_that_are_dropped_leave_nothing(run_python):
    run_python(
        MEASURE
        + f"""
    def work(k):
        fn = shiver.from_c(f"long f(const long *x, long i) {{{{ return x[i] * {{k}} + 1; }}}}")
        assert shiver.parfor(fn, 3, np.arange(3)).tolist() == [1, k + 1, 2 * k + 1]

    stays_flat(work, 300, {DROPS}, 10)
    """,
        timeout=60 + DROPS * 0.2,
    )


def test_errors_leave_nothing(run_python):
    run_python(
        MEASURE
        + """
    fn = shiver.from_c("void f(double *x, long i) { x[i] = i; }")
    bad = np.zeros(10_000, dtype=np.int32)

    def work(k):
        try:
            shiver.from_c(f"int f(int x) {{ return missing_{k}; }}")
        except shiver.CompileError:
            pass
        for refused in (bad, bad[::2], "text"):
            try:
                shiver.parfor(fn, 3, refused)
            except (TypeError, ValueError):
                continue
            raise AssertionError

    stays_flat(work, 100, 300, 5)
    """
    )


def test_results_are_freed(run_python):
    run_python(
        MEASURE
        + """
    fn = shiver.from_c("double f(const double *x, long i) { return x[i] + 1; }")
    x = np.zeros(500_000)
    stays_flat(lambda k: shiver.parfor(fn, len(x), x, num_threads=2), 20, 300, 20)
    """
    )


def test_calls_leave_nothing(run_python):
    run_python(
        MEASURE
        + """
    fn = shiver.from_c("double f(const double *x, double _Complex z, long i) { return x[i]; }")
    x = np.zeros(64)

    def work(k):
        shiver.parfor(fn, [(0, 64, 2)], (x, 1j), num_threads=2)
        fn(x, 1j, 3)
        pickle.loads(pickle.dumps(fn))
        repr(fn), fn.signature, str(fn.module)

    stays_flat(work, 500, 3000, 5)
    """
    )


def test_an_address_handed_out_keeps_the_code():
    fn = shiver.from_c("int kept(int x) { return x + 41; }")
    pointer = llvm_helpers.get_fn_ptr(fn)
    del fn
    gc.collect()
    for k in range(150):
        shiver.from_c(f"int other(int x) {{ return x - {k}; }}")(1)
    assert pointer(1) == 42


def test_a_module_keeps_its_functions():
    function = shiver.module_from_c("static int n = 40; int f(int x) { return x + n; }")["f"]
    gc.collect()
    for k in range(100):
        shiver.from_c(f"int another(int x) {{ return x - {k}; }}")(1)
    assert function(2) == 42


def test_a_running_loop_keeps_its_function_and_its_arrays():
    seen = np.zeros(40, dtype=np.int32)

    def loop() -> None:
        shiver.parfor(
            shiver.from_c("int usleep(unsigned);"
                          "void f(int *x, const int *y, long i) { usleep(10000); x[i] = y[i]; }"),
            40, (seen, np.full(40, 7, dtype=np.int32)), num_threads=2,
        )  # fmt: skip

    thread = threading.Thread(target=loop)
    thread.start()
    while thread.is_alive():
        gc.collect()
        shiver.from_c(f"int passing(int x) {{ return x + {time.monotonic_ns() % 1000}; }}")(1)
    assert (seen == 7).all()


@pytest.mark.parametrize("kind", ["array", "memoryview"])
def test_arguments_are_let_go_when_the_loop_ends(kind):
    class Array(np.ndarray):
        """An array that can be referred to weakly."""

    x = np.zeros(10).view(Array)
    gone = weakref.ref(x)
    argument = x if kind == "array" else memoryview(x)
    shiver.parfor(shiver.from_c("double f(const double *x, long i) { return x[i]; }"), 10, argument)
    del x, argument
    gc.collect()
    assert gone() is None
