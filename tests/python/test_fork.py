"""`fork` at any time, and `multiprocessing` in each of its three ways.

Holds "a forked child gets workers of its own" of the contract and item 5 of the main job. Every
test runs in a process of its own: a child that hangs is killed by its parent's deadline.
"""

from __future__ import annotations

import pytest

FORK = """
    import os, signal, sys, threading, time
    import numpy as np
    import shiver

    identity = shiver.from_c("long identity(long i) { return i; }")

    def works(num_threads=3):
        got = shiver.parfor(identity, 20_000, num_threads=num_threads)
        assert np.array_equal(got, np.arange(20_000))

    def compiles(k):
        fn = shiver.from_c(f"long compiled_{k}(long i) {{ return i * {k}; }}")
        assert shiver.parfor(fn, 4, num_threads=2).tolist() == [0, k, 2 * k, 3 * k]

    def in_child(work):
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            signal.alarm(30)
            status = 1
            try:
                work()
                status = 0
            except BaseException as error:
                print("child:", repr(error), file=sys.stderr, flush=True)
            finally:
                os._exit(status)
        return pid

    def ended_well(pid):
        status = os.waitpid(pid, 0)[1]
        assert status == 0, f"child ended with {status}"
"""


def test_fork_before_the_first_loop(run_python):
    run_python(FORK + "\n    ended_well(in_child(works)); works()")


def test_fork_after_a_loop(run_python):
    run_python(
        FORK
        + """
    works()
    for k in range(10):
        ended_well(in_child(works))
        works()
    """
    )


def test_the_child_compiles_too(run_python):
    run_python(
        FORK
        + """
    compiles(2)
    works()
    ended_well(in_child(lambda: (compiles(3), works(), compiles(2))))
    compiles(4)
    """
    )


def test_children_of_children(run_python):
    run_python(
        FORK
        + """
    works()
    def child():
        works()
        ended_well(in_child(works))
        works()
    ended_well(in_child(child))
    """
    )


def test_fork_while_another_thread_runs_a_loop(run_python):
    run_python(
        FORK
        + """
    stop = False
    def loop():
        while not stop:
            works()
    threads = [threading.Thread(target=loop) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(25):
            ended_well(in_child(works))
    finally:
        stop = True
        for thread in threads:
            thread.join()
    works()
    """
    )


def test_fork_while_another_thread_compiles(run_python):
    run_python(
        FORK
        + """
    stop = False
    def loop(first):
        k = first
        while not stop:
            compiles(k)
            k += 1
    threads = [threading.Thread(target=loop, args=(10**6 * n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    try:
        for k in range(15):
            ended_well(in_child(lambda: (works(), compiles(k))))
    finally:
        stop = True
        for thread in threads:
            thread.join()
    """
    )


def test_a_child_leaves_through_the_usual_exit(run_python):
    done = run_python(
        FORK
        + """
    works()
    pid = os.fork()
    if pid == 0:
        works()
        sys.exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    """,
        timeout=60,
    )
    assert "Error" not in done.stderr


@pytest.mark.parametrize("how", ["sys.exit(7)", "raise SystemExit(7)"])
def test_a_child_exits_at_once_while_its_parent_runs_a_loop(run_python, how):
    run_python(
        FORK
        + f"""
    nap = shiver.from_c("int usleep(unsigned);"
                        "void nap(int *x, long i) {{ usleep(200); x[0] = 1; }}")
    x = np.zeros(1, dtype=np.int32)
    thread = threading.Thread(target=shiver.parfor, args=(nap, 10_000, x),
                              kwargs=dict(num_threads=2))
    thread.start()
    while not x[0]:
        time.sleep(0.01)
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        {how}
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert time.monotonic() - began < 3, "the child waited for threads that it does not have"
    thread.join()
    """,
        timeout=60,
    )


def test_a_handler_that_forks_and_returns_in_the_child(run_python):
    done = run_python(
        FORK
        + """
    nap = shiver.from_c("int usleep(unsigned);"
                        "void nap(int *x, long i) { usleep(200); x[0] = 1; }")
    x = np.zeros(1, dtype=np.int32)
    pid = None
    def fork(*_):
        global pid
        pid = os.fork()
    signal.signal(signal.SIGINT, fork)
    def press_ctrl_c():
        while not x[0]:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=press_ctrl_c, daemon=True).start()
    try:
        shiver.parfor(nap, 5_000, x, num_threads=2)
    except RuntimeError as error:
        assert pid == 0
        assert "forked while this loop ran" in str(error)
        works()
        sys.exit(7)
    assert pid
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    works()
    """,
        timeout=60,
    )
    assert done.stderr == ""


POOL = """
    import multiprocessing, sys
    import numpy as np
    import shiver

    SOURCE = "double f(const double *x, double k, long i) {{ return x[i] * k; }}"

    def work(task):
        fn, k = task
        x = np.arange(5000.0)
        again = shiver.from_c(SOURCE)
        return bool(
            (shiver.parfor(fn, 5000, (x, k), num_threads=2) == x * k).all()
            and (shiver.parfor(again, 5000, (x, k), num_threads=2) == x * k).all()
        )

    if __name__ == "__main__":
        fn = shiver.from_c(SOURCE)
        shiver.parfor(fn, 5000, (np.arange(5000.0), 2.0), num_threads=3)
        context = multiprocessing.get_context({method!r})
        with context.Pool(2) as pool:
            assert pool.map_async(work, [(fn, k) for k in range(8)]).get(90) == [True] * 8
        print("done")
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_pool_of_processes(run_python, method):
    assert run_python(POOL.format(method=method)).stdout.strip() == "done"
