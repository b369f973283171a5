"""Random bodies of mixed types, compiled into vectors, against the same body kept scalar.

The plain form calls the same code through a function that is not inlined, so that LLVM has no loop to
make vectors of. Every element has to come out with the same bits, NaN aside, of which C says no more
than that it is one.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import shiver

#: C's name, NumPy's, and the unsigned type in which sums wrap.
INTEGERS = {
    "signed char": ("int8", "unsigned char"),
    "unsigned char": ("uint8", "unsigned char"),
    "short": ("int16", "unsigned short"),
    "unsigned short": ("uint16", "unsigned short"),
    "int": ("int32", "unsigned"),
    "unsigned": ("uint32", "unsigned"),
    "long": ("int64", "unsigned long"),
    "unsigned long": ("uint64", "unsigned long"),
}
FLOATS = {"_Float16": "float16", "float": "float32", "double": "float64"}
TYPES = [*INTEGERS, *FLOATS, "_Bool"]
REACH = 3
LENGTH = 300


def dtype(ty: str) -> np.dtype:
    name = "bool" if ty == "_Bool" else FLOATS.get(ty) or INTEGERS[ty][0]
    return np.dtype(name)


def converted(text: str, source: str, target: str) -> str:
    """A conversion that C defines for all values."""
    if source in FLOATS and target in INTEGERS:
        return f"({target})CLAMP({source}, {text})"
    return f"({target})({text})"


class Writer:
    """Draws a body."""

    def __init__(self, draw: st.DrawFn, arrays: list[str], index: str) -> None:
        self.draw = draw
        self.arrays = arrays
        self.index = index
        self.locals: list[str] = []

    def choose(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def leaf(self, ty: str) -> str:
        kind = self.choose("array", "array", "array", "constant", "index", "local")
        if kind == "array":
            k = self.draw(st.integers(0, len(self.arrays) - 1))
            # Others write the elements around those of the two arrays that are written.
            offset = self.draw(st.integers(-REACH, REACH)) if k > 1 else 0
            at = f"i + {offset}" if offset else "i"
            return converted(f"p{k}[{at}]", self.arrays[k], ty)
        if kind == "local" and self.locals:
            k = self.draw(st.integers(0, len(self.locals) - 1))
            return converted(f"v{k}", self.locals[k], ty)
        if kind == "index":
            return f"({ty})(i % 64)"
        return f"({ty}){self.draw(st.integers(0, 90))}"

    def condition(self, depth: int) -> str:
        if depth > 0 and self.draw(st.integers(0, 3)) == 0:
            joint = self.choose("&&", "||")
            return f"({self.condition(depth - 1)} {joint} {self.condition(depth - 1)})"
        ty = self.choose(*TYPES)
        compare = self.choose("<", "<=", "==", "!=", ">")
        return f"({self.expression(ty, depth - 1)} {compare} {self.expression(ty, depth - 1)})"

    def expression(self, ty: str, depth: int) -> str:
        if depth <= 0:
            return self.leaf(ty)
        kind = self.choose("binary", "binary", "binary", "ternary", "other type", "special")
        if kind == "other type":
            other = self.choose(*TYPES)
            return converted(self.expression(other, depth - 1), other, ty)
        if kind == "ternary":
            left, right = self.expression(ty, depth - 1), self.expression(ty, depth - 1)
            return f"({self.condition(depth - 1)} ? {left} : {right})"
        a, b = self.expression(ty, depth - 1), self.expression(ty, depth - 1)
        if ty == "_Bool":
            return f"({a} {self.choose('&', '|', '^', '&&', '||')} {b})"
        if ty in FLOATS:
            if kind == "special":
                return self.choose(f"ABS({ty}, {a})", f"LESS({ty}, {a}, {b})")
            return f"(({ty})({a} {self.choose('+', '-', '*', '/')} {b}))"
        wrap = INTEGERS[ty][1]
        if kind == "special":
            shift = f"({ty})({a} >> (7 & {b}))"
            # Neither by zero, nor the least number by -1.
            divide, rest = (f"DIVIDE({ty}, {a}, {op}, {b})" for op in "/%")
            constant = f"({ty})({a} {self.choose('/', '%')} {self.draw(st.integers(1, 100))})"
            return self.choose(shift, divide, rest, constant, f"LESS({ty}, {a}, {b})")
        return f"({ty})(({wrap}){a} {self.choose('+', '-', '*', '&', '|', '^')} ({wrap}){b})"

    def statements(self, depth: int, indent: str) -> str:
        text = ""
        for _ in range(self.draw(st.integers(1, 3))):
            kind = self.choose("store", "store", "local", "if", "if else", "return")
            if kind == "store":
                k = self.draw(st.integers(0, 1))
                text += f"{indent}p{k}[i] = {self.expression(self.arrays[k], 2)};\n"
            elif kind == "local" and self.locals:
                k = self.draw(st.integers(0, len(self.locals) - 1))
                text += f"{indent}v{k} = {self.expression(self.locals[k], 2)};\n"
            elif kind.startswith("if") and depth > 0:
                inner = self.statements(depth - 1, indent + "    ")
                text += f"{indent}if {self.condition(1)} {{\n{inner}{indent}}}"
                if kind == "if else":
                    inner = self.statements(depth - 1, indent + "    ")
                    text += f" else {{\n{inner}{indent}}}"
                text += "\n"
            elif kind == "return":
                text += f"{indent}if {self.condition(1)} return;\n"
        return text


@st.composite
def bodies(draw: st.DrawFn) -> tuple[list[str], str, str]:
    """The types of the arrays, the index's type, and the statements."""
    arrays = draw(st.lists(st.sampled_from(TYPES), min_size=3, max_size=5))
    index = draw(st.sampled_from(["int", "long", "unsigned", "short", "unsigned long"]))
    writer = Writer(draw, arrays, index)
    text = ""
    for k in range(draw(st.integers(0, 2))):
        ty = draw(st.sampled_from(TYPES))
        text += f"    {ty} v{k} = {writer.expression(ty, 2)};\n"
        writer.locals.append(ty)
    return arrays, index, text + writer.statements(2, "    ")


MACROS = """
#define CLAMP(T, x) ({ T c = (x); c > (T)-100 ? c < (T)100 ? c : (T)100 : (T)-100; })
#define CLAMPU(T, x) ({ T c = (x); c > (T)0 ? c < (T)100 ? c : (T)100 : (T)0; })
#define ABS(T, x) ({ T c = (x); c < 0 ? (T)-c : c; })
#define LESS(T, x, y) ({ T c = (x), d = (y); c < d ? c : d; })
#define DIVIDE(T, x, op, y) ({ T c = (x), d = (y); d > 0 ? (T)(c op d) : c; })
"""

spaces = st.sampled_from(
    [
        range(REACH, LENGTH - REACH),
        range(REACH, REACH + 1),
        range(7, 60),
        range(REACH, LENGTH - REACH, 2),
        range(5, LENGTH - REACH, 7),
        range(LENGTH - REACH - 1, REACH - 1, -1),
        range(200, 20, -3),
    ]
)


def filled(ty: str, rng: np.random.Generator, special: bool) -> np.ndarray:
    kind = dtype(ty)
    if ty == "_Bool":
        return rng.integers(0, 2, LENGTH).astype(kind)
    if ty in FLOATS:
        x = (rng.standard_normal(LENGTH) * 20).astype(kind)
        if special:
            at = rng.integers(0, LENGTH, 20)
            x[at] = rng.choice(np.array([np.nan, np.inf, -np.inf, -0.0, 0.0], kind), 20)
        return x
    limits = np.iinfo(kind)
    if special:
        return rng.integers(limits.min, limits.max, LENGTH, dtype=kind, endpoint=True)
    return rng.integers(max(limits.min, -40), 40, LENGTH).astype(kind)


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    if a.dtype.kind == "f":
        nan = np.isnan(a)
        return bool((nan == np.isnan(b)).all()) and a[~nan].tobytes() == b[~nan].tobytes()
    return a.tobytes() == b.tobytes()


@settings(max_examples=80)
@given(bodies(), spaces, st.integers(0, 2**32), st.booleans())
def test_vectors_compute_what_single_iterations_do(body, space, seed, special):
    arrays, index, text = body
    # What a conversion to an unsigned type is given must not be negative.
    for ty in (t for t in INTEGERS if t.startswith("unsigned")):
        text = text.replace(f"({ty})CLAMP(", f"({ty})CLAMPU(")
    params = [f"{'const ' if k > 1 else ''}{ty} *p{k}" for k, ty in enumerate(arrays)]
    header = f"({', '.join(params)}, {index} i)"
    names = ", ".join(f"p{k}" for k in range(len(arrays)))
    quiet = ["-Wno-everything"]
    fast = shiver.from_c(f"{MACROS}void f{header} {{\n{text}}}", flags=quiet)
    plain = shiver.from_c(
        f"{MACROS}static __attribute__((noinline)) void work{header} {{\n{text}}}\n"
        f"void f{header} {{ work({names}, i); }}",
        flags=quiet,
    )
    rng = np.random.default_rng(seed)
    given_arrays = [filled(ty, rng, special) for ty in arrays]
    want = [x.copy() for x in given_arrays]
    shiver.parfor(plain, space, tuple(want), num_threads=1)
    got = [x.copy() for x in given_arrays]
    shiver.parfor(fast, space, tuple(got), num_threads=1)
    for a, b in zip(got, want, strict=True):
        assert same_bits(a, b)
    again = [x.copy() for x in given_arrays]
    shiver.parfor(fast, space, tuple(again), num_threads=2, grain=5)
    for a, b in zip(again, want, strict=True):
        assert same_bits(a, b)


# ------------------------------------------------------------------ divisions


def quotients(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """C's quotients and remainders: cut off, not rounded down."""
    a, b = x.astype(object), y.astype(object)
    sign = np.where((x < 0) == (y < 0), 1, -1).astype(object)
    q = abs(a) // abs(b) * sign
    rest = a - b * q
    return q.astype(x.dtype), rest.astype(x.dtype)


def edges(kind: np.dtype, rng: np.random.Generator, count: int) -> np.ndarray:
    """Numbers of all sizes, and those where something ends."""
    limits = np.iinfo(kind)
    ends = [limits.min, limits.max, 0, 1, 2, 3, 2**15, 2**16 - 1, 2**24, 2**31, 2**51, 2**52, 2**53]
    near = [e + d for e in ends for d in (-1, 0, 1)]
    near += [-e for e in near]
    near = [e for e in near if limits.min <= e <= limits.max]
    wide = rng.integers(limits.min, limits.max, count, dtype=kind, endpoint=True)
    x = wide >> rng.integers(0, kind.itemsize * 8, count).astype(kind)
    some = rng.random(count) < 0.4
    x[some] = rng.choice(np.array(near, dtype=kind), int(some.sum()))
    return x


@pytest.mark.parametrize("ty", list(INTEGERS))
@pytest.mark.parametrize("index", ["int", "long"])
def test_quotients_and_remainders(ty, index):
    kind, count = dtype(ty), 20_000
    rng = np.random.default_rng(7)
    x, y = edges(kind, rng, count), edges(kind, rng, count)
    y[y == 0] = 3
    if kind.kind == "i":
        y[(x == np.iinfo(kind).min) & (y == -1)] = 1
    f = shiver.from_c(
        f"void f({ty} *q, {ty} *r, const {ty} *x, const {ty} *y, {index} i)"
        " { q[i] = x[i] / y[i]; r[i] = x[i] % y[i]; }"
    )
    q, r = np.zeros(count, kind), np.zeros(count, kind)
    shiver.parfor(f, count, (q, r, x, y))
    want_q, want_r = quotients(x, y)
    assert np.array_equal(q, want_q)
    assert np.array_equal(r, want_r)


@pytest.mark.parametrize("ty", list(INTEGERS))
@pytest.mark.parametrize("divisor", [1, 3, 7, 100, -3])
def test_quotients_by_an_argument(ty, divisor):
    kind = dtype(ty)
    if divisor < 0 and kind.kind == "u":
        divisor = 2 ** (kind.itemsize * 8) - 5
    x = edges(kind, np.random.default_rng(8), 5000)
    f = shiver.from_c(f"{ty} f(const {ty} *x, {ty} n, long i) {{ return x[i] / n; }}")
    want, _ = quotients(x, np.full(len(x), divisor, kind))
    assert np.array_equal(shiver.parfor(f, len(x), (x, divisor)), want)


@pytest.mark.parametrize("ty", ["short", "int", "unsigned", "long"])
def test_what_is_not_divided_may_be_zero(ty):
    f = shiver.from_c(
        f"{ty} f(const {ty} *x, const {ty} *y, long i) {{ return y[i] ? x[i] / y[i] : 77; }}"
    )
    rng = np.random.default_rng(9)
    x, y = rng.integers(0, 99, 1000).astype(dtype(ty)), rng.integers(0, 3, 1000).astype(dtype(ty))
    want, _ = quotients(x, np.where(y == 0, 1, y))
    assert np.array_equal(shiver.parfor(f, 1000, (x, y)), np.where(y == 0, 77, want))


# ------------------------------------------------------------------ steps


@pytest.mark.parametrize("ctype", ["signed char", "short", "int", "unsigned", "long"])
@pytest.mark.parametrize("outer, inner", [((0, 40, 3), (0, 50)), ((39, -1, -2), (1, 50)),
                                          ((0, 40), (0, 50, 7)), ((2, 40, 5), (49, -1, -1))])  # fmt: skip
def test_steps_in_two_indices(ctype, outer, inner):
    f = shiver.from_c(
        f"void f(double *y, const double *x, {ctype} i, {ctype} j)"
        " { y[i * 50 + j] = x[i * 50 + j] * 2 + i; }"
    )
    x, y = np.arange(2000.0), np.zeros(2000)
    shiver.parfor(f, [outer, inner], (y, x))
    want = np.zeros((40, 50))
    i, j = np.array(range(*outer)), np.array(range(*inner))
    at = np.ix_(i, j)
    want[at] = x.reshape(40, 50)[at] * 2 + i[:, None]
    assert np.array_equal(y.reshape(40, 50), want)


@pytest.mark.parametrize("ctype, values", [("signed char", range(-128, 128, 200)),
                                           ("signed char", range(127, -129, -255)),
                                           ("short", range(-30000, 32767, 62000)),
                                           ("int", range(-(2**31), 2**31, 2**31)),
                                           ("int", range(2**31 - 1, -(2**31) - 1, -(2**32) + 1))])  # fmt: skip
def test_a_step_may_be_wider_than_its_index(ctype, values):
    f = shiver.from_c(f"long f({ctype} i) {{ return i * 3L + 1; }}")
    assert shiver.parfor(f, values).tolist() == [v * 3 + 1 for v in values]


# ------------------------------------------------------------------ what LLVM would not make rows of


@pytest.mark.parametrize("n", [1, 7, 16, 33, 500])
def test_complex_numbers_and_pairs_by_value(n):
    f = shiver.from_c(
        "static float _Complex turned(float _Complex z) { return z * 1.0if; }"
        "void f(float _Complex *z, long i) { z[i] = turned(z[i]) + z[i]; }"
    )
    rng = np.random.default_rng(n)
    z = (rng.integers(-50, 50, n) + 1j * rng.integers(-50, 50, n)).astype(np.complex64)
    want = z * np.complex64(1j) + z
    shiver.parfor(f, n, z)
    assert np.array_equal(z, want)
    g = shiver.from_c(
        "struct pair { float a, b; };"
        "static struct pair swapped(struct pair p) { return (struct pair){p.b, -p.a}; }"
        "void g(struct pair *z, long i) { z[i] = swapped(z[i]); }"
    )
    pairs = rng.standard_normal((n, 2)).astype(np.float32)
    want = np.stack([pairs[:, 1], -pairs[:, 0]], axis=1)
    shiver.parfor(g, n, pairs.ctypes.data)
    assert np.array_equal(pairs, want)


@pytest.mark.parametrize("n", [1, 7, 16, 33, 500])
def test_a_choice_of_arrays_reads_only_what_is_chosen(n):
    rng = np.random.default_rng(n)
    choice = rng.integers(-1, 2, n).astype(np.int32)
    a, b = rng.standard_normal(n + 1), rng.standard_normal(n + 1)
    f = shiver.from_c(
        "double f(const int *m, const double *a, const double *b, long i) {"
        " const double *p = m[i] > 0 ? a : b; return m[i] < 0 ? 5 : p[i] * p[i + 1]; }"
    )
    taken = np.where(choice > 0, a[:-1] * a[1:], b[:-1] * b[1:])
    got = shiver.parfor(f, n, (choice, a, b))
    assert np.array_equal(got, np.where(choice < 0, 5, taken))
    # An array of which nothing is chosen need not be there.
    g = shiver.from_c(
        "double g(const int *m, const double *a, const double *b, long i)"
        " { return m[i] > -2 ? a[i] : b[i]; }"
    )
    assert np.array_equal(shiver.parfor(g, n, (choice, a, None)), a[:n])
