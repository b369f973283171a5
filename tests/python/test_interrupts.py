"""Ctrl-C between pieces, handlers of the user's own, and errors that must not be lost.

Holds "Ending early" of the contract as far as item 5 of the main job asks for it: the loops here
have short bodies, so that there is always a next piece. Each test runs in a process of its own,
which installs Python's default handler first: a job in the background may have inherited an ignored
SIGINT.
"""

from __future__ import annotations

import pytest

START = """
    import os, signal, sys, threading, time
    import numpy as np
    import shiver

    signal.signal(signal.SIGINT, signal.default_int_handler)
    nap = shiver.from_c("int usleep(unsigned);"
                        "void nap(int *x, long i) { usleep(200); __atomic_fetch_add(x, 1, 0); }")
    identity = shiver.from_c("long identity(long i) { return i; }")
    x = np.zeros(1, dtype=np.int32)

    def press_ctrl_c():
        while not x[0]:
            time.sleep(0.01)
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)
"""


@pytest.mark.parametrize(
    "options",
    [
        "{}",
        "{'num_threads': 1}",
        "{'num_threads': 4}",
        "{'schedule': 'dynamic', 'grain': 10}",
        "{'schedule': 'static', 'num_threads': 2}",
        "{'schedule': 'guided', 'num_threads': 2}",
    ],
)
def test_ctrl_c_ends_a_loop_and_the_next_one_works(run_python, options):
    run_python(
        START
        + f"""
    threading.Thread(target=press_ctrl_c, daemon=True).start()
    try:
        shiver.parfor(nap, 10**8, x, **{options})
    except KeyboardInterrupt:
        pass
    else:
        raise AssertionError("the loop came to its end")
    after = int(x[0])
    time.sleep(0.3)
    assert int(x[0]) == after, "iterations run on after the error was raised"
    assert (shiver.parfor(identity, 1000, num_threads=3) == np.arange(1000)).all()
    """,
        timeout=40,
    )


@pytest.mark.parametrize("options", ["{}", "{'num_threads': 1}", "{'schedule': 'static'}"])
def test_ctrl_c_ends_a_reduction_of_long_iterations(run_python, options):
    run_python(
        START
        + f"""
    slow = shiver.from_c("int usleep(unsigned);"
                         "int slow(volatile int *x, long i) {{ usleep(x[1]); x[0] = 1; return 1; }}")
    x = np.zeros(2, dtype=np.int32)
    lateness = []
    for _ in range(3):
        # Iterations that take no time first, so that the next call expects no other.
        assert shiver.reduce(slow, 100, x) == 100
        x[:] = 0, 1000
        begin = time.monotonic()
        threading.Thread(target=press_ctrl_c, daemon=True).start()
        try:
            shiver.reduce(slow, 10**6, x, **{options})
        except KeyboardInterrupt:
            lateness.append(time.monotonic() - begin)
        else:
            raise AssertionError("the loop came to its end")
        x[:] = 0
    # Ctrl-C comes after 0.1 s and what the thread takes to see that the loop runs.
    assert min(lateness) < 0.25, lateness
    assert shiver.reduce(slow, 1000, x) == 1000
    """,
        timeout=40,
    )


def test_ctrl_c_leaves_what_has_run_in_out(run_python):
    run_python(
        START
        + """
    slow = shiver.from_c("int usleep(unsigned);"
                         "int slow(int *x, long i) { usleep(200); x[0] = 1; return 7; }")
    out = np.full(10**6, -1, dtype=np.int32)
    threading.Thread(target=press_ctrl_c, daemon=True).start()
    try:
        shiver.parfor(slow, len(out), x, out=out, num_threads=2)
    except KeyboardInterrupt:
        pass
    assert set(np.unique(out)) == {-1, 7}, np.unique(out)
    """,
        timeout=40,
    )


def test_ctrl_c_twice(run_python):
    run_python(
        START
        + """
    for _ in range(2):
        x[0] = 0
        threading.Thread(target=press_ctrl_c, daemon=True).start()
        try:
            shiver.parfor(nap, 10**8, x, num_threads=2)
        except KeyboardInterrupt:
            continue
        raise AssertionError("the loop came to its end")
    """,
        timeout=40,
    )


def test_a_handler_that_returns_lets_the_loop_go_on(run_python):
    run_python(
        START
        + """
    calls = []
    signal.signal(signal.SIGINT, lambda number, frame: calls.append(x[0]))
    threading.Thread(target=press_ctrl_c, daemon=True).start()
    shiver.parfor(nap, 4000, x, num_threads=2)
    assert x[0] == 4000
    assert len(calls) == 1 and calls[0] < 4000, calls
    """,
        timeout=60,
    )


def test_a_handler_that_raises_ends_the_loop_with_its_own_error(run_python):
    run_python(
        START
        + """
    def handler(number, frame):
        raise LookupError("enough")
    signal.signal(signal.SIGINT, handler)
    threading.Thread(target=press_ctrl_c, daemon=True).start()
    try:
        shiver.parfor(nap, 10**8, x, num_threads=2)
    except LookupError as error:
        assert str(error) == "enough"
    else:
        raise AssertionError("the handler's error was lost")
    assert (shiver.parfor(identity, 1000, num_threads=3) == np.arange(1000)).all()
    """,
        timeout=40,
    )


def test_another_signals_handler_that_raises_is_not_lost(run_python):
    run_python(
        START
        + """
    def handler(number, frame):
        raise TimeoutError("the alarm")
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        shiver.parfor(nap, 10**8, x, num_threads=2)
    except TimeoutError as error:
        assert str(error) == "the alarm"
    else:
        raise AssertionError("the handler's error was lost")
    """,
        timeout=40,
    )


def test_a_write_that_fails_is_not_lost_and_the_loop_ends(run_python):
    run_python(
        START
        + """
    class Closed:
        def write(self, text):
            raise BrokenPipeError("nobody reads")
        def flush(self):
            pass

    loud = shiver.from_c('int printf(const char *, ...); int usleep(unsigned);'
                         'void loud(long i) { usleep(200); printf("%ld\\\\n", i); }')
    out, sys.stdout = sys.stdout, Closed()
    try:
        shiver.parfor(loud, 10**8, num_threads=2)
    except BrokenPipeError as error:
        assert str(error) == "nobody reads"
    finally:
        sys.stdout = out
    """,
        timeout=40,
    )


def test_arrays_of_a_loop_that_was_ended_are_let_go(run_python):
    run_python(
        START
        + """
    before = sys.getrefcount(x)
    threading.Thread(target=press_ctrl_c, daemon=True).start()
    try:
        shiver.parfor(nap, 10**8, x, num_threads=2)
    except KeyboardInterrupt:
        pass
    assert sys.getrefcount(x) == before
    """,
        timeout=40,
    )
