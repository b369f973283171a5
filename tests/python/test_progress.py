"""`progress=`: a callable, and the bar of tqdm.

Holds "progress" of the contract. tqdm is optional; the tests of the bar put a package of that name
in its place, which keeps what it is told.
"""

from __future__ import annotations

import sys
import threading
import time
import types

import numpy as np
import pytest

import shiver

nap = shiver.from_c("""int usleep(unsigned);
    void nap(int *ran, long i) { usleep(200); __atomic_fetch_add(ran, 1, 0); }""")
slow = shiver.from_c("int usleep(unsigned); long slow(long i) { usleep(200); return i; }")
square = shiver.from_c("long square(long i) { return i * i; }")


def counter() -> np.ndarray:
    return np.zeros(1, dtype=np.int32)


class Told(list):
    """A callback that keeps what it is told, and by whom."""

    def __init__(self) -> None:
        self.threads = set()

    def __call__(self, *args: object) -> None:
        self.append(args)
        self.threads.add(threading.get_ident())


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("schedule", ["auto", "static", "dynamic", "guided"])
def test_a_callable_is_told_how_far_the_loop_is(schedule, threads):
    told = Told()
    shiver.parfor(nap, 1500, counter(), progress=told, schedule=schedule, num_threads=threads)
    assert told.threads == {threading.get_ident()}, (
        "called from another thread than the waiting one"
    )
    assert len(told) > 3
    assert all(type(n) is int for args in told for n in args)
    assert {total for _, total in told} == {1500}
    done = [done for done, _ in told]
    assert done == sorted(done)
    assert done[0] < 1500 and done[-1] == 1500
    assert done.count(1500) == 1


@pytest.mark.parametrize("niters", [0, 1, 10, (3, 4), (0, 5), range(10, 0, -1)])
def test_a_short_loop_tells_its_end(niters):
    fn = shiver.from_c("long f(long i) { return i; }")
    if isinstance(niters, tuple):
        fn = shiver.from_c("long f(long i, long j) { return i + j; }")
    told = Told()
    total = shiver.parfor(fn, niters, progress=told).size
    assert told[-1] == (total, total)


def test_reduce_tells_iterations():
    told = Told()
    naps = shiver.from_c(
        "int usleep(unsigned); int naps(long i) { if (i % 64 == 0) usleep(1); return 1; }"
    )
    assert shiver.reduce(naps, 200_001, progress=told, num_threads=2) == 200_001
    done = [done for done, _ in told]
    assert done == sorted(done) and told[-1] == (200_001, 200_001)
    assert len(done) > 2 and all(total == 200_001 for _, total in told)
    assert any(0 < n < 200_001 for n in done)


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_of_the_callback_ends_the_loop(threads):
    def told(done, total):
        raise LookupError(f"at {done}")

    ran = counter()
    with pytest.raises(LookupError, match="at"):
        shiver.parfor(nap, 10**9, ran, progress=told, num_threads=threads)
    after = int(ran[0])
    time.sleep(0.1)
    assert ran[0] == after, "iterations run on after the error was raised"
    assert (shiver.parfor(square, 100, num_threads=threads) == np.arange(100) ** 2).all()


def test_an_error_at_the_end_is_raised_too():
    def told(done, total):
        if done == total:
            raise LookupError("at the end")

    with pytest.raises(LookupError, match="at the end"):
        shiver.parfor(square, 3, progress=told)
    with pytest.raises(LookupError, match="at the end"):
        shiver.reduce(square, 3, progress=told)


def test_keyboard_interrupt_from_a_callback():
    def told(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shiver.parfor(nap, 10**9, counter(), progress=told)


def test_a_loop_that_is_refused_or_fails_tells_nothing():
    told = Told()
    with pytest.raises(TypeError):
        shiver.parfor(square, 10, np.zeros(3), progress=told)
    with pytest.raises(TimeoutError):
        shiver.parfor(nap, 10**9, counter(), progress=told, timeout=0)
    assert all(done < total for done, total in told)


def test_the_callback_may_run_loops():
    seen = []

    def told(done, total):
        seen.append(shiver.parfor(square, 50, num_threads=2).sum())
        seen.append(shiver.reduce(square, 50, num_threads=2))

    assert (shiver.parfor(slow, 800, progress=told, num_threads=2) == np.arange(800)).all()
    assert len(seen) > 2 and set(seen) == {sum(i * i for i in range(50))}


@pytest.mark.parametrize("nothing", [None, False])
def test_nobody_wants_to_know(nothing):
    assert shiver.parfor(square, 3, progress=nothing).tolist() == [0, 1, 4]


@pytest.mark.parametrize("wrong", [1, "yes", 0.5, [print]])
def test_what_is_no_callback(wrong):
    with pytest.raises(TypeError, match="progress must be True, False or a callable"):
        shiver.parfor(square, 3, progress=wrong)
    with pytest.raises(TypeError, match="progress must be True, False or a callable"):
        shiver.reduce(square, 3, progress=wrong)


# ------------------------------------------------------------------ the bar


class Bar:
    """What we use of tqdm's."""

    made: list[Bar] = []

    def __init__(self, *, total: int, **options: object) -> None:
        self.total, self.options, self.n, self.closed = total, options, 0, False
        self.moves: list[int] = []
        Bar.made.append(self)

    def update(self, by: int) -> None:
        self.n += by
        self.moves.append(by)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def bars(monkeypatch) -> list[Bar]:
    package, auto = types.ModuleType("tqdm"), types.ModuleType("tqdm.auto")
    package.auto, auto.tqdm = auto, Bar
    monkeypatch.setitem(sys.modules, "tqdm", package)
    monkeypatch.setitem(sys.modules, "tqdm.auto", auto)
    monkeypatch.setattr(Bar, "made", [])
    return Bar.made


def test_a_bar_is_filled_and_closed(bars):
    shiver.parfor(nap, 1000, counter(), progress=True)
    [bar] = bars
    assert (bar.total, bar.n, bar.closed) == (1000, 1000, True)
    assert len(bar.moves) > 2 and all(move >= 0 for move in bar.moves)


def test_a_bar_for_each_kind_of_loop(bars):
    shiver.parfor(square, 3, progress=True)
    shiver.reduce(square, 3, progress=True)
    shiver.parfor_async(square, 3, progress=True).result()
    assert [(bar.n, bar.closed) for bar in bars] == [(3, True)] * 3


def test_the_bar_of_a_loop_that_ends_early_is_closed(bars):
    with pytest.raises(TimeoutError):
        shiver.parfor(nap, 10**9, counter(), progress=True, timeout=0.1)
    [bar] = bars
    assert bar.closed and 0 < bar.n < 10**9


def test_a_refused_loop_shows_no_bar(bars):
    with pytest.raises(TypeError):
        shiver.parfor(square, 10, np.zeros(3), progress=True)
    assert bars == []


def test_without_tqdm_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    ran = counter()
    for call in (shiver.parfor, shiver.parfor_async):
        with pytest.raises(ImportError, match=r"pip install shiver\[progress\]"):
            call(nap, 10, ran, progress=True)
    with pytest.raises(ImportError, match=r"pip install shiver\[progress\]"):
        shiver.reduce(square, 10, progress=True)
    assert ran[0] == 0
