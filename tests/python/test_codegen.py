"""What the compiled loop computes, against NumPy or plain Python.

Holds promise 2 of the design: only accesses to memory from outside the body may be declared
independent between iterations. Local arrays indexed at run time, atomics, volatile, static
variables, aliasing arguments and serial inner loops are the bodies on which a mistake would show.
The lengths are such that a vector body, its start and its rest all run.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shiver

RNG = np.random.default_rng(20)
LENGTHS = [1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 65, 127, 300]


# ------------------------------------------------------------------ memory that an iteration owns


@pytest.mark.parametrize("n", LENGTHS)
def test_local_array_indexed_at_run_time(n):
    f = shiver.from_c(
        "void f(const double *x, const int *which, double *y, long i) {"
        " double t[2]; t[which[i]] = x[i]; t[1 - which[i]] = -x[i]; y[i] = t[which[i]] + t[0]; }"
    )
    x, which, y = RNG.standard_normal(n), RNG.integers(0, 2, n).astype(np.int32), np.zeros(n)
    shiver.parfor(f, n, (x, which, y))
    assert np.array_equal(y, x + np.where(which == 0, x, -x))


def test_local_array_in_two_indices_with_a_result():
    f = shiver.from_c(
        "int f(const int *x, int w, int i, int j) {"
        " int t[4] = {0}; for (int k = 0; k < 8; ++k) t[x[i * w + j] + k & 3] += k;"
        " return t[x[i * w + j] & 3] * 10 + t[3]; }"
    )
    x = RNG.integers(0, 100, (23, 17)).astype(np.int32)
    want = np.zeros_like(x)
    for at, value in np.ndenumerate(x):
        t = [0] * 4
        for k in range(8):
            t[(value + k) & 3] += k
        want[at] = t[value & 3] * 10 + t[3]
    assert np.array_equal(shiver.parfor(f, x.shape, (x, 17)), want)


def test_histogram_in_a_local_array():
    f = shiver.from_c(
        "int f(const unsigned char *x, long n, long i) { int t[256] = {0}, most = 0;"
        " for (long k = 0; k < n; ++k) t[x[i * n + k]]++;"
        " for (int b = 1; b < 256; ++b) if (t[b] > t[most]) most = b; return most; }"
    )
    x = RNG.integers(0, 256, (70, 400)).astype(np.uint8)
    want = [int(np.bincount(row, minlength=256).argmax()) for row in x]
    assert shiver.parfor(f, 70, (x, 400)).tolist() == want


def test_array_whose_length_is_an_argument():
    f = shiver.from_c(
        "long f(int n, long i) { long t[n]; for (int k = 0; k < n; ++k) t[k] = i * k;"
        " long s = 0; for (int k = n - 1; k >= 0; --k) s = s * 3 + t[k]; return s; }"
    )
    want = []
    for i in range(100):
        s = 0
        for k in range(8, -1, -1):
            s = s * 3 + i * k
        want.append(s)
    assert shiver.parfor(f, 100, (9,)).tolist() == want


def test_struct_on_the_stack_whose_address_is_handed_on():
    f = shiver.from_c(
        "struct acc { double sum, most; };"
        "static __attribute__((noinline)) void add(struct acc *a, double v)"
        " { a->sum += v; if (v > a->most) a->most = v; }"
        "double f(const double *x, long n, long i) { struct acc a = {0, -1e300};"
        " for (long k = 0; k < n; ++k) add(&a, x[i * n + k]); return a.sum * 0 + a.most; }"
    )
    x = RNG.standard_normal((65, 9))
    assert np.array_equal(shiver.parfor(f, 65, (x, 9)), x.max(axis=1))


# ------------------------------------------------------------------ arguments that alias


@pytest.mark.parametrize("n", LENGTHS)
def test_update_in_place(n):
    x = RNG.standard_normal(n)
    want = x * 2 + 1
    shiver.parfor(shiver.from_c("void f(double *x, long i) { x[i] = x[i] * 2 + 1; }"), n, x)
    assert np.array_equal(x, want)


@pytest.mark.parametrize("n", LENGTHS)
def test_store_is_seen_through_another_argument(n):
    f = shiver.from_c(
        "void f(long *a, long *b, long *c, long i) { a[i] = 7; c[i] = b[i]; b[i] = 9; }"
    )
    a, c = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    shiver.parfor(f, n, (a, a, c))
    assert (c == 7).all() and (a == 9).all()


def test_serial_inner_loop_over_rows_that_alias():
    f = shiver.from_c(
        "void f(double *a, double *b, long n, long i) { double *p = a + i * n, *q = b + i * n;"
        " for (long k = 1; k < n; ++k) p[k] = q[k - 1] + 1; }"
    )
    same = np.zeros((9, 40))
    shiver.parfor(f, 9, (same, same, 40))
    assert np.array_equal(same, np.tile(np.arange(40.0), (9, 1)))
    a, b = np.zeros((9, 40)), np.full((9, 40), 5.0)
    shiver.parfor(f, 9, (a, b, 40))
    assert (a[:, 0] == 0).all() and (a[:, 1:] == 6).all()


def test_prefix_sum_inside_each_row():
    f = shiver.from_c(
        "void f(long *x, long n, long i) { for (long k = 1; k < n; ++k) x[i*n+k] += x[i*n+k-1]; }"
    )
    x = RNG.integers(-9, 9, (33, 50))
    want = np.cumsum(x, axis=1)
    shiver.parfor(f, 33, (x, 50))
    assert np.array_equal(x, want)


def test_each_iteration_swaps_its_own_two_elements():
    f = shiver.from_c(
        "void f(int *x, long n, long i) { int t = x[i]; x[i] = x[n - 1 - i]; x[n - 1 - i] = t; }"
    )
    x = np.arange(101, dtype=np.int32)
    shiver.parfor(f, 50, (x, 101))
    assert np.array_equal(x, np.arange(101)[::-1])


def test_gather_and_scatter():
    order = RNG.permutation(500)
    f = shiver.from_c(
        "void f(const long *o, const double *x, double *y, long i) { y[o[i]] = x[i]; }"
    )
    x, y = RNG.standard_normal(500), np.zeros(500)
    shiver.parfor(f, 500, (order, x, y))
    assert np.array_equal(y[order], x)


# ------------------------------------------------------------------ what synchronises


@pytest.mark.parametrize("num_threads", [1, 4])
def test_atomic_sum(num_threads):
    f = shiver.from_c("void f(_Atomic long *total, const int *x, long i) { *total += x[i]; }")
    x = RNG.integers(-100, 100, 20_000).astype(np.int32)
    total = np.zeros(1, dtype=np.int64)
    shiver.parfor(f, len(x), (total, x), num_threads=num_threads)
    assert total[0] == x.sum()


def test_atomic_histogram_and_tickets():
    f = shiver.from_c(
        "int f(int *bins, const unsigned char *x, long i)"
        " { return __atomic_fetch_add(bins + x[i], 1, __ATOMIC_RELAXED); }"
    )
    x = RNG.integers(0, 7, 5000).astype(np.uint8)
    bins = np.zeros(7, dtype=np.int32)
    tickets = shiver.parfor(f, 5000, (bins, x), num_threads=4)
    assert np.array_equal(bins, np.bincount(x, minlength=7))
    for b in range(7):
        assert sorted(tickets[x == b]) == list(range(bins[b]))


def test_a_lock_around_ordinary_memory():
    f = shiver.from_c(
        "void f(int *lock, double *sums, long i) {"
        " while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE)) {}"
        " sums[0] += i; sums[1] += 1;"
        " __atomic_store_n(lock, 0, __ATOMIC_RELEASE); }"
    )
    lock, sums = np.zeros(1, dtype=np.int32), np.zeros(2)
    shiver.parfor(f, 3000, (lock, sums), num_threads=2)
    assert sums.tolist() == [sum(range(3000)), 3000]


def test_compare_and_swap_keeps_the_largest():
    f = shiver.from_c(
        "void f(long *most, const long *x, long i) { long seen = __atomic_load_n(most, 0);"
        " while (x[i] > seen && !__atomic_compare_exchange_n(most, &seen, x[i], 0, 0, 0)) {} }"
    )
    x, most = RNG.integers(-(10**9), 10**9, 4000), np.array([-(2**62)])
    shiver.parfor(f, 4000, (most, x), num_threads=4)
    assert most[0] == x.max()


def test_volatile_reads_and_writes_all_happen():
    f = shiver.from_c(
        "void f(volatile int *x, long i) { x[i] = 1; x[i] = x[i] + x[i]; x[i] += x[i]; }"
    )
    x = np.zeros(133, dtype=np.int32)
    shiver.parfor(f, 133, x)
    assert (x == 4).all()
    assert f.inspect_llvm(optimized=True).count("volatile") >= 5


def test_static_variable_counts_over_all_iterations_and_calls():
    f = shiver.from_c(
        "static long count; long f(long i) { return __atomic_fetch_add(&count, 1, 0) + 0 * i; }"
    )
    first = shiver.parfor(f, 1000, num_threads=3)
    second = shiver.parfor(f, 1000, num_threads=3)
    assert sorted(first) == list(range(1000))
    assert sorted(second) == list(range(1000, 2000))


def test_static_tables_and_global_variables():
    f = shiver.from_c(
        "static const double table[5] = {0.5, 1.5, 2.5, 3.5, 4.5}; double shift = 100; "
        "static const char *word = \"shark\";"
        "double f(const int *k, long i) { return table[k[i]] + shift + word[k[i]]; }"
    )  # fmt: skip
    k = RNG.integers(0, 5, 77).astype(np.int32)
    want = k + 100.5 + np.frombuffer(b"shark", dtype=np.uint8)[k]
    assert np.array_equal(shiver.parfor(f, 77, k), want)


# ------------------------------------------------------------------ control flow


def collatz(n: int) -> int:
    steps = 0
    while n != 1:
        n = 3 * n + 1 if n % 2 else n // 2
        steps += 1
    return steps


def test_inner_loops_of_differing_length():
    f = shiver.from_c(
        "int f(long n) { int s = 0;"
        " while (n != 1) { n = n % 2 ? 3 * n + 1 : n / 2; ++s; } return s; }"
    )
    assert shiver.parfor(f, [(1, 400)]).tolist() == [collatz(n) for n in range(1, 400)]


def test_switch_goto_and_early_returns():
    f = shiver.from_c(
        "long f(const int *x, long i) { long s = 0;"
        " switch (x[i] % 5) { case 0: return -1; case 1: s = 10; break; case 2: s = 20;"
        " case 3: s += 7; break; default: goto out; }"
        " for (int k = 0; ; ++k) { if (k == 3) continue; s += k; if (k > x[i]) return s; }"
        " out: return 99; }"
    )
    x = RNG.integers(0, 30, 130).astype(np.int32)

    def oracle(v: int) -> int:
        if v % 5 == 0:
            return -1
        if v % 5 == 4:
            return 99
        s, k = {1: 10, 2: 27, 3: 7}[v % 5], 0
        while True:
            if k != 3:
                s += k
                if k > v:
                    return s
            k += 1

    want = [oracle(v) for v in x.tolist()]
    assert shiver.parfor(f, 130, x).tolist() == want


def test_recursion_and_function_pointers():
    f = shiver.from_c(
        "static long fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }"
        "static long twice(int n) { return 2 * n; }"
        "long f(int i) { long (*use)(int) = i % 2 ? fib : twice; return use(i); }"
    )
    fib = [0, 1]
    while len(fib) < 20:
        fib.append(fib[-1] + fib[-2])
    assert shiver.parfor(f, 20).tolist() == [fib[i] if i % 2 else 2 * i for i in range(20)]


def test_mandelbrot():
    source = """
        int f(int width, int height, int i, int j) {
            float cx = -2.0f + 3.0f * j / width, cy = -1.0f + 2.0f * i / height, x = 0, y = 0;
            int n = 0;
            while (n < 60 && x * x + y * y <= 4.0f) {
                float t = x * x - y * y + cx; y = 2.0f * x * y + cy; x = t; ++n; }
            return n; }"""
    h, w = 24, 36
    j, i = np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32)[:, None]
    cx = np.broadcast_to(np.float32(-2) + np.float32(3) * j / np.float32(w), (h, w))
    cy = np.broadcast_to(np.float32(-1) + np.float32(2) * i / np.float32(h), (h, w))
    x, y = np.zeros((h, w), dtype=np.float32), np.zeros((h, w), dtype=np.float32)
    n = np.zeros((h, w), dtype=np.int32)
    for _ in range(60):
        inside = x * x + y * y <= 4
        t = x * x - y * y + cx
        x, y = np.where(inside, t, x), np.where(inside, np.float32(2) * x * y + cy, y)
        n += inside
    assert np.array_equal(shiver.parfor(shiver.from_c(source), (h, w), (w, h)), n)


def test_stencil_over_a_grid():
    f = shiver.from_c(
        "double f(long w, const double *x, long i, long j) { const double *p = x + i * w + j;"
        " return 0.25 * (p[-1] + p[1] + p[-w] + p[w]); }"
    )
    x = RNG.standard_normal((40, 51))
    got = shiver.parfor(f, [(1, 39), (1, 50)], (51, x))
    want = 0.25 * (x[1:-1, :-2] + x[1:-1, 2:] + x[:-2, 1:-1] + x[2:, 1:-1])
    assert np.array_equal(got, want)


# ------------------------------------------------------------------ indices of every type

INDEX_TYPES = ["char", "signed char", "short", "int", "long", "long long"]


@pytest.mark.parametrize("ctype", INDEX_TYPES)
@pytest.mark.parametrize("space", [range(-60, 61), range(60, -61, -1), range(-59, 60, 7)])
def test_negative_indices_of_every_type(ctype, space):
    f = shiver.from_c(
        f"void f(double *x, int *sign, {ctype} i) {{"
        " x[i] = i * 0.5; sign[i] = i < 0 ? -1 : i > 0; }"
    )
    x, sign = np.full(121, 9.0), np.full(121, 9, dtype=np.int32)
    middle = (x.ctypes.data + 60 * 8, sign.ctypes.data + 60 * 4)
    shiver.parfor(f, space, middle)
    at = np.array(space) + 60
    assert np.array_equal(x[at], np.array(space) * 0.5)
    assert np.array_equal(sign[at], np.sign(np.array(space)))
    assert (np.delete(x, at) == 9).all()


@pytest.mark.parametrize("ctype, bits", [("unsigned char", 8), ("unsigned short", 16),
                                         ("unsigned", 32), ("unsigned long", 64)])  # fmt: skip
def test_unsigned_indices_wrap_as_in_c(ctype, bits):
    f = shiver.from_c(f"unsigned long f({ctype} i) {{ return ({ctype})(i - 5) / 3; }}")
    want = [(i - 5) % 2**bits // 3 for i in range(200)]
    assert [int(v) for v in shiver.parfor(f, 200)] == want


def test_indices_of_different_types_together():
    f = shiver.from_c(
        "long f(unsigned char a, short b, unsigned c, long d)"
        " { return a * 1000000L + b * 1000L + c * 100 + d; }"
    )
    spaces = [range(250, 256), range(-3, 3), range(2, 9, 3), range(5, -5, -4)]
    a, b, c, d = np.meshgrid(*(np.array(s) for s in spaces), indexing="ij")
    assert np.array_equal(shiver.parfor(f, spaces), a * 1000000 + b * 1000 + c * 100 + d)


# ------------------------------------------------------------------ arithmetic

small = st.integers(-128, 127)


@given(st.lists(st.tuples(small, small), min_size=1, max_size=70))
def test_arithmetic_of_bytes(pairs):
    a, b = (np.array(column, dtype=np.int8) for column in zip(*pairs, strict=True))
    f = shiver.from_c(
        "signed char f(const signed char *a, const signed char *b, long i)"
        " { return (a[i] * b[i] >> 2) ^ (b[i] ? a[i] / b[i] : a[i] % 7); }"
    )
    want = []
    for x, y in pairs:
        quotient = (abs(x) // abs(y)) * (1 if x * y >= 0 else -1) if y else None
        rest = abs(x) % 7 * (1 if x >= 0 else -1)
        want.append(((x * y >> 2) ^ (rest if quotient is None else quotient)) & 255)
    assert [int(v) & 255 for v in shiver.parfor(f, len(a), (a, b))] == want


@given(st.lists(st.floats(width=32), min_size=1, max_size=40))
def test_float_expressions_have_numpys_bits(numbers):
    x = np.array(numbers, dtype=np.float32)
    f = shiver.from_c(
        "float f(const float *x, long i) { return x[i] * x[i] - x[i] / 3.0f + 0.1f; }"
    )
    with np.errstate(all="ignore"):
        want = x * x - x / np.float32(3) + np.float32(0.1)
    got = shiver.parfor(f, len(x), x)
    assert np.array_equal(np.isnan(got), np.isnan(want))
    assert got[~np.isnan(got)].tobytes() == want[~np.isnan(want)].tobytes()


@given(st.lists(st.tuples(st.floats(width=16), st.floats(width=16)), min_size=1, max_size=40))
def test_half_precision_sums_have_numpys_bits(pairs):
    a, b = (np.array(column, dtype=np.float16) for column in zip(*pairs, strict=True))
    f = shiver.from_c(
        "_Float16 f(const _Float16 *a, const _Float16 *b, long i) { return a[i] + b[i]; }"
    )
    with np.errstate(all="ignore"):
        want = a + b
    got = shiver.parfor(f, len(a), (a, b))
    assert np.array_equal(got, want, equal_nan=True)


def test_subnormal_numbers_are_not_flushed():
    x = np.array([5e-324, 1e-310, -3e-315] * 11)
    f = shiver.from_c("double f(const double *x, long i) { return x[i] * 1.5; }")
    assert shiver.parfor(f, 33, x, num_threads=2).tobytes() == (x * 1.5).tobytes()


@pytest.mark.parametrize("n", LENGTHS)
def test_conversions_between_widths(n):
    f = shiver.from_c(
        "short f(const unsigned char *a, const float *b, const long *c, long i)"
        " { return (short)(a[i] + (int)b[i] - (signed char)c[i]); }"
    )
    a = RNG.integers(0, 256, n).astype(np.uint8)
    b = (RNG.standard_normal(n) * 100).astype(np.float32)
    c = RNG.integers(-(2**40), 2**40, n)
    want = a.astype(np.int16) + b.astype(np.int32) - c.astype(np.int8)
    assert np.array_equal(shiver.parfor(f, n, (a, b, c)), want.astype(np.int16))
