"""`parfor` and `run`."""

from __future__ import annotations

import warnings
from typing import Any

from shiver import _native
from shiver._native import parfor
from shiver.adapters import as_function
from shiver.generic_value import GenericValue
from shiver.signature import read

__all__ = ["parfor", "run"]

# `parfor` is the native function itself, so that a short loop pays for nothing else. doctest leaves
# functions that are not Python's out unless they are named.
__test__ = {"parfor": parfor.__doc__ or ""}

_REALS = {"float16": "half", "float32": "float", "float64": "double"}
_COMPLEX = {"complex64": "{float, float}", "complex128": "{double, double}"}
_INTEGERS = {"bool": "i1", "char": "i8"}


def run(fn: Any, *args: object, ee: object = None) -> GenericValue:
    """Runs a function once, on the calling thread, as 0.12 did.

    ``fn(*args)`` does the same and gives a plain Python value.

    Parameters
    ----------
    fn
        A `Function`, or whatever `parfor` takes for one.
    args
        A value for each parameter, the indices included.
    ee
        Ignored with a `DeprecationWarning`; 0.12's execution engine.

    Returns
    -------
    GenericValue
        The result with its LLVM type. For a function that returns nothing, its value is `None`.

    Raises
    ------
    TypeError
        What is no function; a wrong number of arguments, or one of the wrong type or
        dtype.
    ValueError
        An array that cannot be passed, such as one with gaps.
    OverflowError
        A number that does not fit its parameter.

    Examples
    --------
    >>> import shiver
    >>> add1 = shiver.from_c("int add1(int x) { return x + 1; }")
    >>> shiver.run(add1, 1)
    <GenericValue i32 2>
    >>> shiver.run(add1, 1).as_int()
    2
    """
    if ee is not None:
        warnings.warn(
            "ee= is ignored: Shiver compiles with its own engine", DeprecationWarning, stacklevel=2
        )
    function = fn if isinstance(fn, _native.FunctionCore) else as_function(fn)
    value = _native.run(function, args)
    return GenericValue._made(_result_type(function), value)


def _result_type(function: _native.FunctionCore) -> str:
    returns = read(function.signature_json)["returns"]
    if returns == "void":
        return "void"
    name = returns.get("scalar")
    if name is None:
        return "ptr"
    known = _REALS | _COMPLEX | _INTEGERS
    return known.get(name) or "i" + name.removeprefix("u").removeprefix("int")
