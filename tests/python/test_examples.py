"""The programs in examples do what they say."""

from __future__ import annotations

import importlib.util
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def formula():
    spec = importlib.util.spec_from_file_location("formula", EXAMPLES / "formula.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_compiler_of_formulas_is_a_short_program():
    assert len((EXAMPLES / "formula.py").read_text().splitlines()) < 150


def test_the_program_compares_itself_to_numpy():
    done = subprocess.run(
        [sys.executable, EXAMPLES / "formula.py"], capture_output=True, text=True, check=True
    )
    assert done.stdout.count("Shiver") == 2
    assert done.stdout.endswith("same: True\n")


def test_names_are_bound_and_branches_taken(formula):
    x = np.arange(4.0)
    got = formula.evaluate("(d := x - y) if x > y else -d2 if (d2 := y - x) > 1 else 0", x=x, y=2)
    np.testing.assert_array_equal(got, [-2, 0, 0, 1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_wider_type_and_numpys_shapes(formula, dtype):
    x = np.linspace(0, 1, 12, dtype=dtype).reshape(3, 4)
    y = np.arange(4, dtype=np.float32)
    got = formula.evaluate("hypot(x, y) ** 2 / k", x=x, y=y, k=np.float32(4))
    assert got.dtype == dtype
    np.testing.assert_allclose(got, (x * x + y * y) / 4, rtol=1e-6 if dtype == "float32" else 1e-15)


def test_inputs_that_may_not_be_written_are_taken(formula):
    x = np.arange(5.0)
    x.flags.writeable = False
    np.testing.assert_array_equal(formula.evaluate("x + 1", x=x), x + 1)


@pytest.mark.parametrize(
    ("text", "what", "column"),
    [
        ("sqrt(x) + z", "'z' is neither given nor bound", 11),
        ("x + sqrt(x, x)", "the functions are sqrt of 1, ", 5),
        ("x % 2", r"the operators are \+ - \* / \*\*", 1),
        ("~x", "the operators of one operand are - and not", 1),
        ("x + (x is x)", "the comparisons are < <= > >= ==", 6),
        ("x + 'a'", "constants are numbers", 5),
        ("x + [x]", "this is no part of the language", 5),
        ("(x", "was never closed", 1),
    ],
)
def test_what_is_wrong_is_shown_where_it_stands(formula, text, what, column):
    with pytest.raises(SyntaxError, match=what) as caught:
        formula.evaluate(text, x=np.ones(3))
    assert caught.value.offset == column


# A formula and what it means: its text, and the same in NumPy.
leaves = st.sampled_from(
    [
        ("x", lambda v: v["x"]),
        ("y", lambda v: v["y"]),
        ("k", lambda v: v["k"]),
        ("3", lambda v: np.float64(3)),
        ("sqrt(x)", lambda v: np.sqrt(v["x"])),
        ("fmin(y, k)", lambda v: np.fmin(v["y"], v["k"])),
    ]
)


def forms(inner):
    def form(template, count, meaning):
        return st.tuples(*[inner] * count).map(
            lambda parts: (
                template.format(*(text for text, _ in parts)),
                lambda v: meaning(*(part(v) for _, part in parts)),
            )
        )

    return st.one_of(
        form("({} + {})", 2, np.add),
        form("({} - {})", 2, np.subtract),
        form("({} * {})", 2, np.multiply),
        form("({} / {})", 2, np.divide),
        form("-{}", 1, np.negative),
        form("({0} if {1} < {2} else {3})", 4, lambda a, b, c, d: np.where(b < c, a, d)),
        form("({0} if {1} else {2})", 3, lambda a, b, c: np.where(b != 0, a, c)),
        form("({} <= {} < {})", 3, lambda a, b, c: ((a <= b) & (b < c)) * 1.0),
        form("({} or not {})", 2, lambda a, b: ((a != 0) | (b == 0)) * 1.0),
        form("({} and {} == {})", 3, lambda a, b, c: ((a != 0) & (b == c)) * 1.0),
    )


@given(st.recursive(leaves, forms, max_leaves=12))
def test_random_formulas_mean_what_numpy_computes(formula, case):
    text, meaning = case
    inputs = {"x": np.array([0.0, 0.25, 1, 7]), "y": np.array([3.0, -1, 0.5, 0]), "k": 2.0}
    with np.errstate(all="ignore"):
        want = np.broadcast_to(meaning(inputs), 4)
    np.testing.assert_array_equal(formula.evaluate(text, **inputs), want)
