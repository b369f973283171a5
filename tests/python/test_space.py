"""The iteration space: every form of `niters`, against Python's own `range`.

Holds the paragraph "Iteration space" of the contract: what each form means, the shape of the
result, which forms are refused and how, and that every index value must fit its C type.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shiver

BODIES = {
    1: "long f(long i) { return 10007 * i + 3; }",
    2: "long f(long i, long j) { return 10007 * i + 101 * j + 3; }",
    3: "long f(long i, long j, long k) { return 10007 * i + 101 * j + k + 3; }",
}
FACTORS = {1: (10007,), 2: (10007, 101), 3: (10007, 101, 1)}


def as_range(entry) -> range:
    """The slow, obvious meaning of one entry of `niters`."""
    if isinstance(entry, range):
        return entry
    if isinstance(entry, slice):
        return range(
            0 if entry.start is None else entry.start,
            entry.stop,
            1 if entry.step is None else entry.step,
        )
    if isinstance(entry, tuple):
        return range(*entry)
    return range(entry)


def expected(ranges: list[range]) -> np.ndarray:
    """What the body of `BODIES` gives over `ranges`, computed one iteration after another."""
    factors = FACTORS[len(ranges)]
    values = [
        sum(f * t for f, t in zip(factors, point, strict=True)) + 3
        for point in itertools.product(*ranges)
    ]
    return np.array(values, dtype=np.int64).reshape([len(r) for r in ranges])


class Indexable:
    """Counts as an int, having `__index__`."""

    def __init__(self, value: int):
        self.value = value

    def __index__(self) -> int:
        return self.value


bounds = st.integers(-12, 12)
steps = st.integers(-5, 5).filter(bool)
entries = st.one_of(
    st.integers(-3, 12),
    st.integers(0, 12).map(np.int64),
    st.integers(0, 12).map(np.uint8),
    st.integers(0, 12).map(Indexable),
    st.builds(range, bounds, bounds, steps),
    st.tuples(bounds),
    st.tuples(bounds, bounds),
    st.tuples(bounds, bounds, steps),
    st.builds(slice, bounds),
    st.builds(slice, st.none() | bounds, bounds),
    st.builds(slice, st.none() | bounds, bounds, st.none() | steps),
    st.builds(slice, bounds.map(np.int16), bounds.map(Indexable), steps.map(np.int64)),
)


@given(st.lists(entries, min_size=1, max_size=3), st.sampled_from([tuple, list]))
def test_space_means_what_range_means(space, kind):
    fn = shiver.from_c(BODIES[len(space)])
    want = expected([as_range(entry) for entry in space])
    got = shiver.parfor(fn, kind(space))
    assert got.shape == want.shape
    assert np.array_equal(got, want)


@given(st.one_of(st.integers(-3, 30), st.builds(range, bounds, bounds, steps)))
def test_one_bare_entry_is_one_index(entry):
    fn = shiver.from_c(BODIES[1])
    assert np.array_equal(shiver.parfor(fn, entry), expected([as_range(entry)]))


@given(st.builds(slice, st.none() | bounds, bounds, st.none() | steps))
def test_one_bare_slice_is_one_index(entry):
    fn = shiver.from_c(BODIES[1])
    assert np.array_equal(shiver.parfor(fn, entry), expected([as_range(entry)]))


def test_two_numbers_are_two_indices_and_a_pair_in_a_list_is_one():
    one, two = shiver.from_c(BODIES[1]), shiver.from_c(BODIES[2])
    assert shiver.parfor(two, (10, 20)).shape == (10, 20)
    assert shiver.parfor(two, [10, 20]).shape == (10, 20)
    for one_index in ([(2, 10)], ((2, 10),), slice(2, 10), range(2, 10)):
        assert np.array_equal(shiver.parfor(one, one_index), expected([range(2, 10)]))


def test_shape_of_an_array_is_a_space():
    x = np.zeros((4, 5, 6))
    assert np.array_equal(
        shiver.parfor(shiver.from_c(BODIES[3]), x.shape), expected([range(4), range(5), range(6)])
    )


def test_first_index_is_the_outermost():
    f = shiver.from_c("long f(long i, long j) { return i; }")
    assert shiver.parfor(f, (2, 3)).tolist() == [[0, 0, 0], [1, 1, 1]]


def test_six_indices():
    params = ", ".join(f"long i{n}" for n in range(6))
    total = " + ".join(f"i{n} * {7**n}" for n in range(6))
    f = shiver.from_c(f"long f({params}) {{ return {total}; }}")
    shape = (3, 2, 1, 4, 2, 3)
    want = sum(axis * 7**n for n, axis in enumerate(np.indices(shape)))
    assert np.array_equal(shiver.parfor(f, shape), want)


def test_negative_numbers_of_a_slice_are_values_not_offsets():
    fn = shiver.from_c("long f(long i) { return i; }")
    assert shiver.parfor(fn, slice(-3, 2)).tolist() == [-3, -2, -1, 0, 1]
    assert shiver.parfor(fn, slice(None, -3)).shape == (0,)
    assert shiver.parfor(fn, slice(None, -3, -1)).tolist() == [0, -1, -2]


@pytest.mark.parametrize("space", [0, -1, (0,), (3, 0), (0, 3), [(5, 5)], slice(5, 2), range(0)])
def test_empty_space_gives_an_empty_result_and_runs_nothing(space):
    count = len(space) if isinstance(space, (tuple, list)) else 1
    indices = ", ".join(f"long i{n}" for n in range(count))
    entries = space if isinstance(space, (tuple, list)) else [space]
    collect = shiver.from_c(f"double f({indices}) {{ return 1; }}")
    assert shiver.parfor(collect, space).shape == tuple(len(as_range(e)) for e in entries)
    touched = np.zeros(1)
    touch = shiver.from_c(f"void f(double *x, {indices}) {{ x[0] = 1; }}")
    assert shiver.parfor(touch, space, touched) is None
    assert touched[0] == 0


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize("space", [slice(0, 5, 0), (slice(0, 5, 0),), [(0, 5, 0)], [(5, 5, 0)]])
def test_step_zero_is_a_value_error(space):
    with pytest.raises(ValueError, match="step"):
        shiver.parfor(shiver.from_c(BODIES[1]), space)


@pytest.mark.parametrize("space", [slice(None), slice(2, None), (slice(2, None),)])
def test_a_slice_without_a_stop_is_a_value_error(space):
    with pytest.raises(ValueError, match="stop"):
        shiver.parfor(shiver.from_c(BODIES[1]), space)


@pytest.mark.parametrize("space", [(), []])
def test_no_index_at_all_is_a_value_error(space):
    with pytest.raises(ValueError, match=r"niters|empty"):
        shiver.parfor(shiver.from_c(BODIES[1]), space)


@pytest.mark.parametrize(
    "space",
    [
        None,
        3.0,
        np.float64(3),
        "3",
        b"3",
        {3},
        {3: 4},
        object(),
        (x for x in [3]),
        [3.0],
        [None],
        ["3"],
        [(0, 3.0)],
        slice(0, 3.0),
        slice("0", 3),
    ],
)
def test_other_types_are_a_type_error(space):
    with pytest.raises(TypeError):
        shiver.parfor(shiver.from_c(BODIES[1]), space)


@pytest.mark.parametrize("entry", [(), (0, 1, 2, 3)])
def test_a_tuple_of_the_wrong_length_is_refused(entry):
    with pytest.raises((TypeError, ValueError)):
        shiver.parfor(shiver.from_c(BODIES[1]), [entry])


def test_more_indices_than_parameters_is_a_type_error_with_the_signature():
    fn = shiver.from_c(BODIES[1])
    with pytest.raises(TypeError) as refused:
        shiver.parfor(fn, (2, 3))
    assert fn.signature in str(refused.value)


@pytest.mark.parametrize("param", ["double here", "float here", "double *here"])
def test_an_index_must_be_of_an_integer_type(param):
    fn = shiver.from_c(f"void f({param}) {{ (void)here; }}")
    with pytest.raises(TypeError, match="here"):
        shiver.parfor(fn, 3)


# ------------------------------------------------------------------ what an index can hold

INDEX_TYPES = {
    "char": (-(2**7), 2**7 - 1),
    "signed char": (-(2**7), 2**7 - 1),
    "unsigned char": (0, 2**8 - 1),
    "short": (-(2**15), 2**15 - 1),
    "unsigned short": (0, 2**16 - 1),
    "int": (-(2**31), 2**31 - 1),
    "unsigned int": (0, 2**32 - 1),
    "long": (-(2**63), 2**63 - 1),
    "unsigned long": (0, 2**64 - 1),
    "long long": (-(2**63), 2**63 - 1),
    "__SIZE_TYPE__": (0, 2**64 - 1),
}


@pytest.mark.parametrize("ctype", INDEX_TYPES)
def test_every_value_that_fits_is_run_though_stop_does_not_fit(ctype):
    low, high = INDEX_TYPES[ctype]
    fn = shiver.from_c(f"{ctype} f({ctype} i) {{ return i; }}")
    for space in (
        range(high - 4, high + 1),
        range(low, low + 5),
        range(low + 4, low - 1, -1),
        range(high, high - 5, -1),
        range(high - 9, high + 1, 3),
        range(low, high + 1, (high - low) // 3),
        range(high, low - 1, -((high - low) // 3)),
    ):
        assert [int(v) for v in shiver.parfor(fn, space)] == list(space), space


@pytest.mark.parametrize("ctype", INDEX_TYPES)
def test_one_value_that_does_not_fit_stops_the_loop_before_it_begins(ctype):
    low, high = INDEX_TYPES[ctype]
    fn = shiver.from_c(f"void f(long *ran, {ctype} i) {{ ran[0] = 1; }}")
    ran = np.zeros(1, dtype=np.int64)
    for space in (
        range(high - 3, high + 2),
        range(low - 1, low + 3),
        range(high + 1, high - 3, -1),
        range(low + 3, low - 2, -1),
        range(2**70, 2**70 + 2),
    ):
        with pytest.raises(OverflowError):
            shiver.parfor(fn, space, ran)
    assert ran[0] == 0


def test_the_second_index_must_fit_too():
    fn = shiver.from_c("void f(long *ran, long i, signed char j) { ran[0] = 1; }")
    ran = np.zeros(1, dtype=np.int64)
    with pytest.raises(OverflowError):
        shiver.parfor(fn, (5, 129), ran)
    assert ran[0] == 0


@given(st.sampled_from(["signed char", "unsigned char"]), st.data())
def test_small_index_against_the_oracle(ctype, data):
    low, high = INDEX_TYPES[ctype]
    near = st.integers(-140, 270)
    space = range(data.draw(near), data.draw(near), data.draw(steps))
    fn = shiver.from_c(f"{ctype} f({ctype} i) {{ return i; }}")
    if all(low <= value <= high for value in space):
        assert [int(v) for v in shiver.parfor(fn, space)] == list(space)
    else:
        with pytest.raises(OverflowError):
            shiver.parfor(fn, space)


@pytest.mark.parametrize("space", [(2**32, 2**31), (2**21, 2**21, 2**21), (2**62, 2), 2**63])
def test_more_iterations_than_a_word_counts_is_an_overflow_error(space):
    count = len(space) if isinstance(space, tuple) else 1
    params = ", ".join(f"unsigned long i{n}" for n in range(count))
    fn = shiver.from_c(f"void f(long *ran, {params}) {{ ran[0] = 1; }}")
    ran = np.zeros(1, dtype=np.int64)
    with pytest.raises(OverflowError):
        shiver.parfor(fn, space, ran)
    assert ran[0] == 0


def test_an_empty_index_makes_a_huge_space_empty():
    fn = shiver.from_c("void f(long *ran, long i, long j, long k) { ran[0] = 1; }")
    ran = np.zeros(1, dtype=np.int64)
    assert shiver.parfor(fn, (2**40, 2**40, 0), ran) is None
    assert ran[0] == 0


def test_a_result_too_large_for_memory_is_a_memory_error():
    fn = shiver.from_c("double f(long i) { return i; }")
    with pytest.raises(MemoryError):
        shiver.parfor(fn, 2**55)


def test_more_iterations_than_32_bits_count():
    fn = shiver.from_c("void f(long *x, long i) { if (i == 4294967299) x[0] = i; }")
    x = np.zeros(1, dtype=np.int64)
    shiver.parfor(fn, 2**32 + 4, x)
    assert x[0] == 2**32 + 3


HUGE = 10**50


@pytest.mark.parametrize(
    "space, want",
    [
        (slice(HUGE, 0), []),
        (range(HUGE, 0), []),
        ([(HUGE, 0)], []),
        ([(0, HUGE, -1)], []),
        (-HUGE, []),
        (range(0, -HUGE), []),
        (range(5, 5 + HUGE, HUGE), [5]),
        ([(5, -HUGE, -2 * HUGE)], [5]),
        (range(HUGE, HUGE), []),
    ],
)
def test_huge_numbers_mean_what_range_means(space, want):
    f = shiver.from_c("long f(long i) { return i; }")
    assert shiver.parfor(f, space).tolist() == want


@pytest.mark.parametrize(
    "space", [HUGE, range(HUGE, HUGE + 1), slice(-HUGE, 0, HUGE), range(HUGE, 0, -1)]
)
def test_huge_values_do_not_fit(space):
    f = shiver.from_c("long f(long i) { return i; }")
    with pytest.raises(OverflowError):
        shiver.parfor(f, space)


def test_a_huge_step_of_zero_is_still_zero():
    f = shiver.from_c("long f(long i) { return i; }")
    with pytest.raises(ValueError, match="step"):
        shiver.parfor(f, [(0, HUGE, 0)])
