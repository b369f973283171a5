"""`parfor`, `reduce`, `parfor_async` and `run`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from shiver import _native
from shiver._native import parfor, reduce
from shiver.adapters import as_function
from shiver.generic_value import GenericValue
from shiver.signature import read

if TYPE_CHECKING:
    from shiver.future import Future

__all__ = ["parfor", "parfor_async", "reduce", "run"]

# `parfor` and `reduce` are the native functions themselves, so that a short loop pays for nothing
# else. doctest leaves functions that are not Python's out unless they are named.
__test__ = {"parfor": parfor.__doc__ or "", "reduce": reduce.__doc__ or ""}

_REALS = {"float16": "half", "float32": "float", "float64": "double"}
_COMPLEX = {"complex64": "{float, float}", "complex128": "{double, double}"}
_INTEGERS = {"bool": "i1", "char": "i8"}


def parfor_async(
    fn: Any,
    niters: Any,
    fixed_args: Any = (),
    *,
    out: np.ndarray[Any, Any] | None = None,
    schedule: Literal["auto", "static", "dynamic", "guided"] = "auto",
    grain: int | None = None,
    num_threads: int | None = None,
    timeout: float | None = None,
    progress: bool | Callable[[int, int], object] | None = None,
) -> Future:
    """Starts a loop and comes back at once; the loop runs beside its caller.

    Parameters
    ----------
    fn, niters, fixed_args, out, schedule, grain, num_threads, timeout, progress
        As for `parfor`. A progress callback is called on a thread of the loop's own, in a copy of
        the context of this call.

    Returns
    -------
    Future
        It waits, tells, cancels, and can be awaited in a coroutine. The arrays are held until the
        loop has ended.

    Raises
    ------
    TypeError, ValueError, OverflowError, ImportError
        What `parfor` refuses is refused here and at once; what happens later is raised by
        the future.

    Examples
    --------
    >>> import numpy as np, shiver
    >>> x = np.zeros(5)
    >>> half = shiver.from_c("void half(double *x, long i) { x[i] = i / 2.0; }")
    >>> future = shiver.parfor_async(half, len(x), x)
    >>> future.result()
    >>> x
    array([0. , 0.5, 1. , 1.5, 2. ])
    """
    from shiver.future import Future

    function = fn if isinstance(fn, _native.FunctionCore) else as_function(fn)
    pending = _native.Pending(
        function, niters, fixed_args, out, schedule, grain, num_threads, timeout, progress
    )
    return Future._start(function.name, pending)


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
