"""Python's threads and ours: the GIL, several callers at once, idleness, the interpreter's exit.

Holds items 4 and 5 of the main job as far as they concern threads; `fork` is in `test_fork.py` and
Ctrl-C in `test_interrupts.py`.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import shiver

NAP = """int usleep(unsigned); void nap(int *seen, unsigned long us, long i) {
    usleep(us); seen[i] += 1; }"""


@pytest.mark.parametrize("num_threads", [1, 3])
def test_other_python_threads_run_while_a_loop_does(num_threads):
    nap = shiver.from_c(NAP)
    seen = np.zeros(30, dtype=np.int32)
    ticks, stop = 0, threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not stop.wait(0.005):
            ticks += 1

    ticker = threading.Thread(target=tick)
    ticker.start()
    try:
        before = ticks
        shiver.parfor(nap, 30, (seen, 20_000 * num_threads), num_threads=num_threads)
        during = ticks - before
    finally:
        stop.set()
        ticker.join()
    assert (seen == 1).all()
    assert during >= 5, "the loop held the GIL"


def test_a_loop_waits_for_no_other_threads_loop():
    nap = shiver.from_c(NAP)
    seen = np.zeros(4, dtype=np.int32)
    slow = threading.Thread(target=shiver.parfor, args=(nap, 4, (seen, 500_000)),
                            kwargs={"num_threads": 2})  # fmt: skip
    slow.start()
    time.sleep(0.1)
    identity = shiver.from_c("long identity(long i) { return i; }")
    assert shiver.parfor(identity, 1000, num_threads=1).tolist() == list(range(1000))
    assert slow.is_alive(), "the second loop waited for the first"
    slow.join()
    assert (seen == 1).all()


def test_many_callers_share_the_workers():
    f = shiver.from_c("double f(const double *x, double k, long i) { return x[i] * k + i; }")

    def work(k: int) -> bool:
        x = np.random.default_rng(k).standard_normal(3000 + k)
        want = x * k + np.arange(len(x))
        return all(
            np.array_equal(shiver.parfor(f, len(x), (x, k), num_threads=1 + k % 5), want)
            for _ in range(30)
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(16)))


def test_compiling_from_many_threads_at_once():
    start = threading.Barrier(8)

    def work(thread: int) -> list[list[int]]:
        start.wait()
        got = []
        for k in range(8):
            fn = shiver.from_c(f"long f{thread}(long i) {{ return i * {k} + {thread}; }}")
            got.append(shiver.parfor(fn, 4).tolist())
        return got

    with ThreadPoolExecutor(8) as pool:
        for thread, got in enumerate(pool.map(work, range(8))):
            assert got == [[i * k + thread for i in range(4)] for k in range(8)]


def test_compiling_one_source_from_many_threads_at_once():
    start = threading.Barrier(8)

    def work(_: int) -> shiver.Function:
        start.wait()
        return shiver.from_c("long same(long i) { return 3 * i + 12345; }")

    with ThreadPoolExecutor(8) as pool:
        functions = list(pool.map(work, range(8)))
    assert len(set(functions)) == 1
    assert all(shiver.parfor(fn, 2).tolist() == [12345, 12348] for fn in functions)


def test_first_loop_of_one_function_from_many_threads_at_once():
    fn = shiver.from_c("long fresh(long i, long j) { return i * 54321 + j; }")
    start = threading.Barrier(8)

    def work(_: int) -> list[list[int]]:
        start.wait()
        return shiver.parfor(fn, (2, 2)).tolist()

    with ThreadPoolExecutor(8) as pool:
        assert all(got == [[0, 1], [54321, 54322]] for got in pool.map(work, range(8)))


def test_errors_stay_with_the_thread_that_made_them():
    def work(k: int) -> str:
        if k % 2:
            with pytest.raises(shiver.CompileError) as refused:
                shiver.from_c(f"int f(int x) {{ return missing_{k}; }}")
            return str(refused.value)
        return str(shiver.from_c(f"int f(int x) {{ return x + {k}; }}")(1))

    with ThreadPoolExecutor(8) as pool:
        for k, told in enumerate(pool.map(work, range(40))):
            assert f"missing_{k}'" in told if k % 2 else told == str(k + 1)


def test_a_thread_that_ends_takes_nothing_with_it():
    identity = shiver.from_c("long identity(long i) { return i; }")
    for _ in range(40):
        thread = threading.Thread(
            target=shiver.parfor, args=(identity, 5000), kwargs={"num_threads": 3}
        )
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
    assert np.array_equal(shiver.parfor(identity, 5000, num_threads=3), np.arange(5000))


def test_an_idle_process_uses_no_cpu(run_python):
    run_python(
        """
        import time
        import shiver

        identity = shiver.from_c("long identity(long i) { return i; }")
        shiver.parfor(identity, 1_000_000, num_threads=4)
        time.sleep(0.5)
        before = time.process_time()
        time.sleep(1.5)
        used = time.process_time() - before
        assert used < 0.03, used
        """
    )


def test_import_starts_nothing_and_changes_nothing(run_python):
    run_python(
        """
        import faulthandler, os, signal, sys
        import numpy
        handlers = [signal.getsignal(n) for n in signal.valid_signals()]
        threads = set(os.listdir("/proc/self/task"))
        environment = dict(os.environ)
        import shiver
        assert set(os.listdir("/proc/self/task")) == threads
        assert [signal.getsignal(n) for n in signal.valid_signals()] == handlers
        assert dict(os.environ) == environment
        """
    )


@pytest.mark.parametrize("num_threads", [1, 3])
def test_the_interpreter_exits_cleanly_while_a_loop_runs(run_python, num_threads):
    done = run_python(
        f"""
        import threading, time
        import numpy as np
        import shiver

        nap = shiver.from_c("int usleep(unsigned);"
                            "void nap(int *x, long i) {{ usleep(200); x[0] = 1; }}")
        x = np.zeros(1, dtype=np.int32)
        threading.Thread(target=shiver.parfor, args=(nap, 10**9, x), daemon=True,
                         kwargs=dict(num_threads={num_threads})).start()
        while not x[0]:
            time.sleep(0.01)
        print("main thread ends")
        """,
        timeout=60,
    )
    assert done.stdout == "main thread ends\n"
    assert done.stderr == ""


def test_the_interpreter_exits_cleanly_while_a_thread_compiles(run_python):
    done = run_python(
        """
        import itertools, threading, time
        import shiver

        count = 0
        def compile_for_ever():
            global count
            for k in itertools.count():
                shiver.parfor(shiver.from_c(f"long f(long i) {{ return i + {k}; }}"), 3)
                count += 1
        threading.Thread(target=compile_for_ever, daemon=True).start()
        while count < 3:
            time.sleep(0.01)
        """,
        timeout=60,
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    "work",
    [
        "shiver.from_c(f'long f(long i) {{ return i + {k}; }}')",
        "shiver.from_llvm(text.replace('K', str(k)), 'f')",
        "pickle.loads(dumped)",
        "str(fn.module)",
        "fn.inspect_asm()",
        "shiver.cache_info()",
    ],
)
def test_the_interpreter_waits_at_its_end_for_whatever_compiles(run_python, work):
    # Three threads come back to the interpreter at all times, and it takes a while to end.
    code = f"""
        import itertools, pickle, threading, time
        import shiver

        text = "define i64 @f(i64 %i) {{ %r = add i64 %i, K ret i64 %r }}"
        fn = shiver.from_c("double f(double x, long i) {{ return x * i; }}")
        dumped, count = pickle.dumps(fn), 0
        def work():
            global count
            for k in itertools.count():
                try:
                    {work}
                except BaseException:
                    pass
                count += 1
        for _ in range(3):
            threading.Thread(target=work, daemon=True).start()
        while count < 3:
            time.sleep(0.01)
        big = [[k] for k in range(500_000)]
        """
    for _ in range(3):
        done = run_python(code, timeout=60)
        assert done.stderr == ""


def test_a_loop_at_exit_still_runs(run_python):
    done = run_python(
        """
        import atexit
        import shiver

        identity = shiver.from_c("long identity(long i) { return i; }")
        shiver.parfor(identity, 100, num_threads=3)
        atexit.register(lambda: print(int(shiver.parfor(identity, 100, num_threads=3).sum())))
        """,
        timeout=60,
    )
    assert done.stdout == "4950\n"
    assert done.stderr == ""


def test_a_huge_number_of_threads(default_threads):
    identity = shiver.from_c("long identity(long i) { return i; }")
    with shiver.threads(10**25):
        assert shiver.get_num_threads() >= 10**9
        assert shiver.parfor(identity, 5).tolist() == [0, 1, 2, 3, 4]
    shiver.set_num_threads(10**25)
    assert shiver.parfor(identity, 5, num_threads=10**25).tolist() == [0, 1, 2, 3, 4]
