"""`shiver.stats()`: what this thread's last loop did."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import shiver

square = shiver.from_c("long square(long i) { return i * i; }")
nap = shiver.from_c("""int usleep(unsigned);
    void nap(int *ran, long i) { usleep(200); __atomic_fetch_add(ran, 1, 0); }""")


def counter() -> np.ndarray:
    return np.zeros(1, dtype=np.int32)


def on_a_new_thread(work) -> object:
    result = []
    thread = threading.Thread(target=lambda: result.append(work()))
    thread.start()
    thread.join(60)
    return result[0]


@pytest.mark.parametrize("schedule", ["auto", "static", "dynamic", "guided"])
@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("niters", [1, 7, 1000, 100_000, (300, 70)])
def test_iterations_add_up(niters, threads, schedule):
    fn = square if isinstance(niters, int) else shiver.from_c("int g(int i, int j) { return i; }")
    size = shiver.parfor(fn, niters, num_threads=threads, schedule=schedule).size
    did = shiver.stats()
    assert did.completed
    assert did.iterations == sum(worker.iterations for worker in did.workers) == size
    assert did.pieces == sum(worker.pieces for worker in did.workers) >= 1
    assert did.steals == sum(worker.steals for worker in did.workers)
    assert len(did.workers) == min(threads, size)
    assert all((worker.pieces > 0) == (worker.iterations > 0) for worker in did.workers)


def test_a_grain_makes_pieces():
    shiver.parfor(square, 1000, grain=10, schedule="dynamic", num_threads=2)
    assert shiver.stats().pieces == 100


def test_times():
    begin = time.perf_counter()
    shiver.parfor(nap, 500, counter(), num_threads=2)
    took = time.perf_counter() - begin
    did = shiver.stats()
    assert 0.05 < did.wall <= took
    assert all(0 < worker.busy <= took for worker in did.workers)
    # A tenth of a second of napping, shared by two.
    assert sum(worker.busy for worker in did.workers) > 0.1


def test_it_is_the_last_loops():
    shiver.parfor(square, 1000, num_threads=3)
    shiver.parfor(square, 5, num_threads=1)
    did = shiver.stats()
    assert (did.iterations, len(did.workers)) == (5, 1)
    shiver.parfor(square, 2000, num_threads=3)
    assert shiver.stats().iterations == 2000
    assert sum(worker.iterations for worker in shiver.stats().workers) == 2000
    assert shiver.stats() == shiver.stats()


def test_each_thread_has_its_own():
    shiver.parfor(square, 11)

    def work():
        before = shiver.stats()
        shiver.parfor(square, 22)
        return before, shiver.stats().iterations

    assert on_a_new_thread(work) == (None, 22)
    assert shiver.stats().iterations == 11


def test_a_loop_inside_of_a_loop():
    inner = []

    def told(done, total):
        shiver.parfor(square, 33, num_threads=2)
        inner.append(shiver.stats().iterations)

    shiver.parfor(nap, 400, counter(), progress=told, num_threads=2)
    assert set(inner) == {33}
    # The callback at the end came after the loop had been recorded.
    assert shiver.stats().iterations == 33
    told_once = []

    def early(done, total):
        if done < total:
            told(done, total)
            told_once.append(done)

    shiver.parfor(nap, 400, counter(), progress=early, num_threads=2)
    assert told_once
    did = shiver.stats()
    assert did.iterations == sum(worker.iterations for worker in did.workers) == 400


def test_a_loop_that_ended_early():
    ran = counter()
    with pytest.raises(TimeoutError):
        shiver.parfor(nap, 10**9, ran, timeout=0.05, num_threads=2)
    did = shiver.stats()
    assert not did.completed
    assert did.iterations == ran[0]
    assert "ended early" in repr(did)


def test_a_refused_loop_leaves_it():
    shiver.parfor(square, 12)
    with pytest.raises(TypeError):
        shiver.parfor(square, 3, np.zeros(3))
    assert shiver.stats().iterations == 12


@pytest.mark.parametrize("size", [0, 1, 5000, 8192, 100_001])
def test_of_a_reduction(size):
    shiver.reduce(square, size, num_threads=2)
    did = shiver.stats()
    assert did.completed and did.iterations == size
    assert sum(worker.iterations for worker in did.workers) == pytest.approx(size, abs=2)


def test_of_nothing():
    shiver.parfor(square, 0)
    did = shiver.stats()
    assert did.completed and did.iterations == did.pieces == did.steals == 0


def test_repr():
    shiver.parfor(square, 100_000, num_threads=2, schedule="static", grain=50_000)
    head, first, second = repr(shiver.stats()).splitlines()
    assert head.startswith("<shiver.Stats 100,000 iterations in ")
    assert head.endswith(" 2 pieces, 0 steals")
    assert first.startswith("  worker 0: 50,000 iterations, 1 piece, 0 steals, busy ")
    assert second.startswith("  worker 1: 50,000 iterations, 1 piece, 0 steals, busy ")
    assert second.endswith(">")


def test_fields_by_name_and_in_order():
    shiver.parfor(square, 10, num_threads=1)
    completed, wall, iterations, workers = shiver.stats()
    assert (completed, iterations, len(workers)) == (True, 10, 1)
    assert isinstance(wall, float) and isinstance(workers[0], shiver.WorkerStats)
