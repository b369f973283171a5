"""Schedules, grains and numbers of threads: each iteration exactly once, and always the same bits.

Holds the paragraph "Threads" of the contract and item 5 of the main job.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import shiver

SCHEDULES = ["auto", "static", "dynamic", "guided"]
IDENTITY = "long identity(long i) { return i; }"
COUNT = "void count(int *seen, long i) { __atomic_fetch_add(seen + i, 1, __ATOMIC_RELAXED); }"
COUNT_2 = """void count(int *seen, long width, long i, long j) {
    __atomic_fetch_add(seen + i * width + j, 1, __ATOMIC_RELAXED); }"""
WHO = """unsigned long pthread_self(void); int usleep(unsigned);
void who(unsigned long *thread, unsigned nap, long i) {
    if (nap) usleep(nap);
    thread[i] = pthread_self(); }"""

schedules = st.sampled_from(SCHEDULES)
threads = st.integers(1, 64)
grains = st.none() | st.integers(1, 40) | st.integers(1, 2**62)


# ------------------------------------------------------------------ exactly once


@settings(max_examples=150)
@given(st.integers(0, 3000), schedules, grains, threads)
def test_each_iteration_exactly_once(n, schedule, grain, num_threads):
    seen = np.zeros(n + 2, dtype=np.int32)
    shiver.parfor(
        shiver.from_c(COUNT), [(1, n + 1)], seen,
        schedule=schedule, grain=grain, num_threads=num_threads,
    )  # fmt: skip
    assert seen[0] == seen[-1] == 0
    assert (seen[1:-1] == 1).all()


@settings(max_examples=100)
@given(st.data(), schedules, grains, threads)
def test_each_iteration_of_two_indices_exactly_once(data, schedule, grain, num_threads):
    height, width = data.draw(st.integers(1, 60)), data.draw(st.integers(1, 60))
    space = []
    for size in (height, width):
        down = data.draw(st.booleans())
        step = data.draw(st.integers(1, 7))
        space.append(range(size - 1, -1, -step) if down else range(0, size, step))
    seen = np.zeros((height, width), dtype=np.int32)
    shiver.parfor(
        shiver.from_c(COUNT_2), space, (seen, width),
        schedule=schedule, grain=grain, num_threads=num_threads,
    )  # fmt: skip
    want = np.zeros_like(seen)
    want[np.ix_(space[0], space[1])] = 1
    assert np.array_equal(seen, want)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 9), min_size=3, max_size=5), schedules, grains, threads)
def test_results_of_many_indices(shape, schedule, grain, num_threads):
    params = ", ".join(f"long i{n}" for n in range(len(shape)))
    total = " + ".join(f"i{n} * {10**n}" for n in range(len(shape)))
    f = shiver.from_c(f"long f({params}) {{ return {total}; }}")
    got = shiver.parfor(f, shape, schedule=schedule, grain=grain, num_threads=num_threads)
    assert np.array_equal(got, sum(axis * 10**n for n, axis in enumerate(np.indices(shape))))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_uneven_work_over_many_threads(schedule):
    f = shiver.from_c(
        "long f(long i) { long s = 0; for (long k = 0; k <= i; ++k) s += k ^ i; return s; }"
    )
    n = 1500
    want = [int((np.arange(i + 1) ^ i).sum()) for i in range(n)]
    got = shiver.parfor(f, n, schedule=schedule, num_threads=16)
    assert got.tolist() == want


def test_a_million_iterations_one_by_one():
    seen = np.zeros(1_000_000, dtype=np.int32)
    shiver.parfor(shiver.from_c(COUNT), len(seen), seen, schedule="dynamic", grain=1, num_threads=4)
    assert (seen == 1).all()


# ------------------------------------------------------------------ the same bits

LONG_BODY = """
#include <math.h>
double f(const double *x, long n, long i) {
    double s = x[i] * 0.1;
    for (long k = 0; k < n; ++k)
        s = s * 0.75 + x[(i * 31 + k) % 701] / (1.0 + k) + (s > 1 ? sin(s) : 0.3 * exp(-s * s));
    return s / 3.0; }"""


@settings(max_examples=40)
@given(schedules, grains, threads)
def test_the_bits_do_not_depend_on_how_the_space_is_cut(schedule, grain, num_threads):
    f = shiver.from_c(LONG_BODY)
    x = np.random.default_rng(11).standard_normal(701)
    one_by_one = np.array([f(x, 5, i) for i in range(0, 701, 7)])
    got = shiver.parfor(f, 701, (x, 5), schedule=schedule, grain=grain, num_threads=num_threads)
    assert got[::7].tobytes() == one_by_one.tobytes()
    assert got.tobytes() == shiver.parfor(f, 701, (x, 5), num_threads=1).tobytes()


@given(st.integers(0, 90), st.integers(1, 90), st.integers(1, 3))
def test_the_bits_do_not_depend_on_start_and_length(start, n, step):
    f = shiver.from_c(
        "#include <math.h>\nfloat f(const float *x, long i) { return expf(x[i]) * x[i] - 0.1f; }"
    )
    x = np.linspace(-4, 4, 400, dtype=np.float32)
    whole = shiver.parfor(f, 400, x)
    space = range(start, start + n * step, step)
    assert shiver.parfor(f, space, x).tobytes() == whole[space.start : space.stop : step].tobytes()


# ------------------------------------------------------------------ which threads


def test_pieces_go_to_as_many_threads_as_are_asked_for():
    thread = np.zeros(6, dtype=np.uint64)
    shiver.parfor(
        shiver.from_c(WHO), 6, (thread, 100_000), schedule="static", grain=1, num_threads=6
    )
    assert len(set(thread.tolist())) == 6


def test_one_thread_is_the_calling_thread():
    thread = np.zeros(5000, dtype=np.uint64)
    shiver.parfor(shiver.from_c(WHO), 5000, (thread, 0), num_threads=1)
    assert set(thread.tolist()) == {threading.get_ident()}


def test_a_small_loop_stays_on_the_calling_thread():
    thread = np.zeros(2, dtype=np.uint64)
    fill = shiver.from_c(WHO)
    for _ in range(50):
        shiver.parfor(fill, 2, (thread, 0))
        assert set(thread.tolist()) == {threading.get_ident()}


def test_more_threads_than_iterations():
    assert shiver.parfor(shiver.from_c(IDENTITY), 3, num_threads=64).tolist() == [0, 1, 2]


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    "option, bad, error",
    [
        ("schedule", "fastest", ValueError),
        ("schedule", "", ValueError),
        ("schedule", 3, TypeError),
        ("grain", 0, ValueError),
        ("grain", -1, ValueError),
        ("grain", 1.5, TypeError),
        ("grain", "many", TypeError),
        ("num_threads", 0, ValueError),
        ("num_threads", -2, ValueError),
        ("num_threads", 1.5, TypeError),
        ("num_threads", "all", TypeError),
    ],
)
def test_bad_option_is_named_and_nothing_runs(option, bad, error):
    seen = np.zeros(9, dtype=np.int32)
    with pytest.raises(error, match=option):
        shiver.parfor(shiver.from_c(COUNT), 9, seen, **{option: bad})
    assert not seen.any()


def test_a_bad_schedule_is_answered_with_the_good_ones():
    with pytest.raises(ValueError) as refused:
        shiver.parfor(shiver.from_c(IDENTITY), 9, schedule="fastest")
    assert all(name in str(refused.value) for name in SCHEDULES)


@pytest.mark.parametrize("bad, error", [(0, ValueError), (-1, ValueError), (2.0, TypeError)])
def test_bad_number_of_threads_is_refused_everywhere(bad, error, default_threads):
    before = shiver.get_num_threads()
    with pytest.raises(error):
        shiver.set_num_threads(bad)
    with pytest.raises(error):
        with shiver.threads(bad):
            pass
    assert shiver.get_num_threads() == before


# ------------------------------------------------------------------ how many threads by default


def test_set_and_get(default_threads):
    shiver.set_num_threads(5)
    assert shiver.get_num_threads() == 5
    assert shiver.parfor(shiver.from_c(IDENTITY), 999).tolist() == list(range(999))


def test_set_holds_in_every_thread(default_threads):
    shiver.set_num_threads(7)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(shiver.get_num_threads).result() == 7


def test_a_context_holds_inside_and_ends_outside(default_threads):
    shiver.set_num_threads(2)
    with shiver.threads(3):
        assert shiver.get_num_threads() == 3
        with shiver.threads(4):
            assert shiver.get_num_threads() == 4
        assert shiver.get_num_threads() == 3
    with pytest.raises(KeyError), shiver.threads(6):
        raise KeyError
    assert shiver.get_num_threads() == 2


def test_a_context_decides_who_runs(default_threads):
    shiver.set_num_threads(4)
    thread = np.zeros(4, dtype=np.uint64)
    with shiver.threads(1):
        shiver.parfor(shiver.from_c(WHO), 4, (thread, 20_000))
    assert set(thread.tolist()) == {threading.get_ident()}


def test_an_executor_inherits_no_context_unless_it_is_copied(default_threads):
    shiver.set_num_threads(2)
    with ThreadPoolExecutor(1) as pool, shiver.threads(3):
        assert pool.submit(shiver.get_num_threads).result() == 2
        context = contextvars.copy_context()
        assert pool.submit(context.run, shiver.get_num_threads).result() == 3


def test_asyncio_tasks_and_threads_inherit_the_context(default_threads):
    shiver.set_num_threads(2)

    async def child() -> int:
        return shiver.get_num_threads()

    async def other(n: int) -> int:
        with shiver.threads(n):
            await asyncio.sleep(0.01)
            return shiver.get_num_threads()

    async def main() -> None:
        with shiver.threads(3):
            assert await asyncio.create_task(child()) == 3
            assert await asyncio.to_thread(shiver.get_num_threads) == 3
            assert await asyncio.gather(other(4), other(5), other(6)) == [4, 5, 6]
            assert shiver.get_num_threads() == 3

    asyncio.run(main())
    assert shiver.get_num_threads() == 2


def test_the_environment_sets_the_default(run_python):
    code = "import shiver; print(shiver.get_num_threads())"
    assert run_python(code, env={"SHIVER_NUM_THREADS": "3"}).stdout.strip() == "3"


def test_the_default_is_what_the_process_may_use(run_python):
    code = """
        import os
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        import shiver
        print(shiver.get_num_threads())
        """
    assert run_python(code).stdout.strip() == "1"
    default = run_python("import shiver; print(shiver.get_num_threads())").stdout
    assert 1 <= int(default) <= len(os.sched_getaffinity(0))
