"""How a reduction is shared and ended must not show in its bits, and must show in nothing else for long.

Holds "reduce" of the contract: the same bits for any threads, schedule, grain and vector width; and
"Ending early": within 100 ms where iterations are short.
"""

from __future__ import annotations

import math
import re
import threading
import time
from functools import reduce
from operator import mul

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shiver

SCHEDULES = ["auto", "static", "dynamic", "guided"]
element = shiver.from_c("double element(const double *x, long i) { return x[i]; }")
product = shiver.from_c(
    "double f(const double *x, const double *y, long i) { return x[i] * y[i]; }"
)
# As long as it is told to be.
costly = shiver.from_c("""
    double costly(long spins, const double *x, long i) {
        volatile long k = 0;
        while (k < spins) k++;
        return x[i];
    }""")
cell = shiver.from_c(
    "double cell(const double *x, long n, long i, long j) { return x[i * n + j]; }"
)
# Digits in front of digits: the order of the operands matters, and nothing else.
append = shiver.from_c("""
    unsigned long append(unsigned long f, unsigned long g) {
        unsigned a = f >> 32, b = f, c = g >> 32, d = g;
        return (unsigned long)(a * c) << 32 | (c * b + d);
    }""")
word = shiver.from_c("unsigned long word(const unsigned long *x, long i) { return x[i]; }")
turn = shiver.from_c("double _Complex turn(const double _Complex *x, long i) { return x[i]; }")

sharing = st.fixed_dictionaries(
    {"num_threads": st.integers(1, 8), "schedule": st.sampled_from(SCHEDULES)},
    optional={"grain": st.sampled_from([1, 7, 32, 100, 8192, 9000, 100_000])},
)


def bits(value: np.generic) -> bytes:
    return value.tobytes()


@given(size=st.integers(1, 40_000), how=sharing, seed=st.integers(0, 9))
def test_sums_of_any_length(size, how, seed):
    x = np.random.default_rng(seed).standard_normal(size) * 10.0 ** (seed - 5)
    want = shiver.reduce(element, size, x, num_threads=1)
    assert bits(shiver.reduce(element, size, x, **how)) == bits(want)
    exact, magnitude = math.fsum(x), math.fsum(np.abs(x))
    # A lane has up to 256 values one after the other; lanes and blocks are combined pairwise.
    assert abs(want - exact) <= np.finfo(float).eps * (256 + 16) * magnitude


@given(size=st.integers(1, 40_000), how=sharing, spins=st.sampled_from([0, 10, 1000]))
def test_bodies_of_any_cost(size, how, spins):
    size = size if spins < 1000 else size % 500 + 1
    x = np.random.default_rng(size).standard_normal(size)
    # The same blocks and lanes as where iterations cost nothing.
    want = shiver.reduce(element, size, x, num_threads=1)
    assert bits(shiver.reduce(costly, size, (spins, x), **how)) == bits(want)


@given(
    shape=st.one_of(
        st.tuples(st.integers(1, 300), st.integers(1, 100)),
        st.tuples(st.integers(1, 5), st.integers(8000, 17_000)),
        st.tuples(st.integers(1, 17_000), st.integers(1, 4)),
    ),
    how=sharing,
)
def test_grids_of_any_shape(shape, how):
    x = np.random.default_rng(shape[0]).standard_normal(shape)
    want = shiver.reduce(cell, shape, (x, shape[1]), num_threads=1)
    assert bits(shiver.reduce(cell, shape, (x, shape[1]), **how)) == bits(want)
    assert abs(want - math.fsum(x.flat)) <= 1e-13 * math.fsum(np.abs(x.flat))


@given(size=st.integers(1, 20_000), how=sharing)
def test_operands_stay_in_order(size, how):
    x = np.random.default_rng(size).integers(0, 2**64, size, dtype=np.uint64)
    want = x[0].item()
    for value in x[1:].tolist():
        a, b, c, d = want >> 32, want & 0xFFFFFFFF, value >> 32, value & 0xFFFFFFFF
        want = ((a * c) & 0xFFFFFFFF) << 32 | ((c * b + d) & 0xFFFFFFFF)
    assert shiver.reduce(word, size, x, append, **how) == want


@given(size=st.integers(1, 10_000), how=sharing)
def test_products_of_complex_numbers(size, how):
    x = np.exp(1j * np.random.default_rng(size).standard_normal(size))
    want = shiver.reduce(turn, size, x, "*", num_threads=1)
    assert bits(shiver.reduce(turn, size, x, "*", **how)) == bits(want)
    assert abs(want - np.multiply.reduce(x)) < 1e-10


def test_a_product_takes_its_first_value_as_it_is():
    # Times 1 + 0i it would be another: infinity times zero is no number.
    for x in ([complex(math.inf, 0)], [2, complex(math.inf, 0)], [complex(0, math.inf), 1]):
        got = shiver.reduce(turn, len(x), np.array(x, dtype=complex), "*")
        np.testing.assert_equal(complex(got), reduce(mul, x))


@given(
    at=st.lists(st.integers(0, 9_999), min_size=1, max_size=3, unique=True),
    payload=st.sampled_from([0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000000000123]),
    op=st.sampled_from(["+", "*", "min", "max"]),
    how=sharing,
)
def test_not_a_number_has_one_face(at, payload, op, how):
    x = np.ones(10_000)
    x[at] = np.uint64(payload).view(np.float64)
    assert bits(shiver.reduce(element, len(x), x, op, **how)) == bits(np.float64(np.nan))


def test_infinities_of_both_signs_have_no_sum():
    x = np.ones(5000)
    x[[10, 4500]] = math.inf, -math.inf
    for threads in (1, 2, 5):
        got = shiver.reduce(element, len(x), x, num_threads=threads)
        assert bits(got) == bits(np.float64(np.nan))


# ------------------------------------------------------------------ the width of vectors

PRINT_BITS = """
    import numpy as np, shiver
    rng = np.random.default_rng(0)
    kinds = {"float64": "double", "float32": "float", "complex128": "double _Complex",
             "int8": "signed char", "uint16": "unsigned short", "float16": "_Float16"}
    for name, c in kinds.items():
        fn = shiver.from_c(f"{c} f(const {c} *x, long i) {{ return x[i]; }}")
        for size in (1, 31, 32, 33, 1000, 8192, 20_011):
            x = (rng.standard_normal(size) * 9).astype(name)
            for op in ("+", "*", "or") + (() if name == "complex128" else ("min", "max")):
                for threads in (1, 3):
                    with np.errstate(all="ignore"):
                        got = shiver.reduce(fn, size, x, op, num_threads=threads)
                    print(name, size, op, got.tobytes().hex())
    dot = shiver.from_c("double f(const double *x, const double *y, int i) { return x[i] * y[i]; }")
    x, y = rng.standard_normal((2, 10_007))
    print(shiver.reduce(dot, len(x), (x, y)).tobytes().hex())
    cell = shiver.from_c("double f(const double *x, long i, long j) { return x[i * 61 + j]; }")
    print(shiver.reduce(cell, (150, 61), x).tobytes().hex())
"""


def test_bits_do_not_depend_on_the_width_of_vectors(run_python):
    machines = ["native", "x86-64", "x86-64-v2", "x86-64-v3"]
    printed = [run_python(PRINT_BITS, env={"SHIVER_CPU": name}).stdout for name in machines]
    assert len(printed[0].splitlines()) == 6 * 7 * 2 * 5 - 7 * 2 * 2 + 2
    for name, text in zip(machines, printed, strict=True):
        assert text == printed[0], name


# ------------------------------------------------------------------ ending early


def late(call) -> float:
    """How long after its time of 0.1 s a loop ended."""
    begin = time.monotonic()
    with pytest.raises(TimeoutError):
        call(timeout=0.1)
    return time.monotonic() - begin - 0.1


@pytest.fixture(scope="module")
def spins() -> int:
    """As many as take about a millisecond, or a third of one."""
    begin = time.perf_counter()
    costly(10_000_000, np.zeros(1), 0)
    return int(1e-3 / (time.perf_counter() - begin) * 1e7)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_reduction_of_long_iterations_ends_in_time(schedule, threads, spins):
    x = np.ones(1_000_000)
    how = {"schedule": schedule, "num_threads": threads}
    for known in (False, True):
        if known:
            # The next call knows that iterations cost nothing, which is no longer so.
            for _ in range(3):
                shiver.reduce(costly, len(x), (0, x), **how)
        # The best of some: what else the machine does is not the loop's fault.
        times = (
            late(lambda **t: shiver.reduce(costly, len(x), (spins, x), **how, **t))
            for _ in range(3)
        )
        assert min(times) < 0.1


def test_a_few_long_iterations_are_shared(spins):
    x = np.random.default_rng(0).standard_normal(40)
    shiver.reduce(costly, len(x), (spins, x))
    shares = []
    for _ in range(5):
        total = shiver.reduce(costly, len(x), (spins, x), num_threads=2)
        shares.append(min(worker.iterations for worker in shiver.stats().workers))
        assert bits(total) == bits(shiver.reduce(element, len(x), x))
    assert max(shares) >= 10


def test_the_text_says_how_far_a_reduction_came(spins):
    with pytest.raises(TimeoutError) as raised:
        shiver.reduce(costly, 1000, (spins, np.ones(1000)), timeout=0.1, num_threads=1)
    done = re.search(r"with (\d+) of 1000 iterations done", str(raised.value))
    assert done and 10 <= int(done[1]) < 1000


def test_progress_is_told_within_a_block(spins):
    told = []
    shiver.reduce(
        costly, 100, (spins, np.ones(100)), progress=lambda *x: told.append(x), num_threads=1
    )
    assert told[-1] == (100, 100)
    assert len({done for done, _ in told}) >= 3
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_nothing_is_left_of_a_reduction_that_ended_early(run_python, spins):
    code = f"""
        import resource, numpy as np, shiver
        fn = shiver.from_c('''double f(long spins, const double *x, long i) {{
            volatile long k = 0; while (k < spins) k++; return x[i]; }}''')
        x = np.ones(10_000_000)
        def round():
            try:
                shiver.reduce(fn, len(x), ({spins // 100}, x), num_threads=4, schedule="dynamic",
                              grain=3, timeout=0.02)
            except TimeoutError:
                pass
            else:
                raise AssertionError
        for _ in range(5):
            round()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(40):
            round()
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    assert int(run_python(code).stdout) < 20_000


def test_reductions_on_many_threads_at_once():
    x = np.random.default_rng(5).standard_normal(50_000)
    want = [bits(shiver.reduce(element, n, x, num_threads=1)) for n in range(1, 50_000, 7001)]
    got: list[list[bytes]] = []

    def work(k: int) -> None:
        for _ in range(20):
            how = {"num_threads": k % 4 + 1, "schedule": SCHEDULES[k % 4]}
            got.append([bits(shiver.reduce(element, n, x, **how)) for n in range(1, 50_000, 7001)])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 120 and all(each == want for each in got)


def test_dot_products_are_near_the_exact_one():
    x, y = np.random.default_rng(1).standard_normal((2, 100_000))
    got = shiver.reduce(product, len(x), (x, y))
    assert got == pytest.approx(np.dot(x, y), rel=1e-12)
    assert abs(got - math.fsum(x * y)) <= 1e-15 * 20 * math.fsum(np.abs(x * y))
