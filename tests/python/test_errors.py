"""The classes of errors, and that a process lives on after each of them.

Holds "Errors" of the contract as far as the main job has errors of its own: `CompileError`,
`LinkError`, `CompileWarning`. Which call raises which built-in error is tested beside its subject.
"""

from __future__ import annotations

import inspect
import pickle
import warnings

import numpy as np
import pytest

import shiver


def test_every_error_of_ours_is_a_shiver_error():
    ours = [
        value
        for name, value in vars(shiver).items()
        if inspect.isclass(value)
        and issubclass(value, BaseException)
        and not issubclass(value, Warning)
        and not name.startswith("_")
    ]
    assert {shiver.ShiverError, shiver.CompileError, shiver.LinkError} <= set(ours)
    assert all(issubclass(error, shiver.ShiverError) for error in ours), ours
    assert issubclass(shiver.ShiverError, Exception)


def test_the_errors_are_told_apart():
    assert not issubclass(shiver.CompileError, shiver.LinkError)
    assert not issubclass(shiver.LinkError, shiver.CompileError)


def test_the_compile_warning_is_a_warning_and_no_error():
    assert issubclass(shiver.CompileWarning, Warning)
    assert not issubclass(shiver.CompileWarning, shiver.ShiverError)


def test_errors_say_that_they_are_shivers():
    for error in (shiver.ShiverError, shiver.CompileError, shiver.LinkError):
        assert error.__module__.split(".")[0] == "shiver"
        assert error.__doc__


def test_a_compile_error_is_caught_as_a_shiver_error():
    with pytest.raises(shiver.ShiverError) as refused:
        shiver.from_c("int f(int x) { return y; }")
    assert type(refused.value) is shiver.CompileError
    assert refused.value.diagnostics


def test_a_warning_can_be_made_an_error():
    with warnings.catch_warnings():
        warnings.simplefilter("error", shiver.CompileWarning)
        with pytest.raises(shiver.CompileWarning):
            shiver.from_c("int warned(int i) { if (i = 7) return i; return 0; }")
    identity = shiver.from_c("long identity(long i) { return i; }")
    assert shiver.parfor(identity, 3).tolist() == [0, 1, 2]


def test_a_warning_points_at_the_line_that_called():
    with pytest.warns(shiver.CompileWarning) as caught:
        shiver.from_c("int warned_here(int i) { if (i = 8) return i; return 0; }")
    assert caught[0].filename == __file__


def test_a_compile_error_travels_between_processes():
    with pytest.raises(shiver.CompileError) as refused:
        shiver.from_c("int f(int x) { return z; }")
    back = pickle.loads(pickle.dumps(refused.value))
    assert type(back) is shiver.CompileError
    assert str(back) == str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda fn, x: shiver.from_c("int f(int x) { return"),
        lambda fn, x: shiver.from_c("int f(int x) { return x; }", flags=["-load"]),
        lambda fn, x: shiver.parfor(fn, 10, (x, x)),
        lambda fn, x: shiver.parfor(fn, 10, x.astype(int)),
        lambda fn, x: shiver.parfor(fn, 10, x[::2]),
        lambda fn, x: shiver.parfor(fn, (), x),
        lambda fn, x: shiver.parfor(fn, 2**63, x),
        lambda fn, x: shiver.parfor(fn, 10, x, out=x),
        lambda fn, x: shiver.parfor(fn, 10, x, schedule="none"),
        lambda fn, x: shiver.parfor(None, 10, x),
        lambda fn, x: fn(x),
    ],
    ids=["C", "flag", "count", "dtype", "gaps", "empty", "huge", "out", "schedule", "none", "call"],
)
def test_after_an_error_nothing_ran_and_everything_works(wrong):
    fn = shiver.from_c("void f(double *x, long i) { x[i] = i + 1; }")
    x = np.zeros(10)
    with pytest.raises((shiver.ShiverError, ValueError, TypeError, OverflowError)):
        wrong(fn, x)
    assert not x.any()
    shiver.parfor(fn, 10, x, num_threads=2)
    assert np.array_equal(x, np.arange(10) + 1)
