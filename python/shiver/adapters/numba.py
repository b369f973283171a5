"""Functions of numba's: `numba.cfunc`, and `numba.njit` compiled for given types."""

from __future__ import annotations

import sys
import weakref
from typing import Any, NamedTuple

from shiver.adapters import argtypes
from shiver.adapters.numba_code import wrapped
from shiver.adapters.numba_types import signature
from shiver.adapters.request import Request
from shiver.function import Function

__all__ = ["function"]

#: What was made of an object, by what was asked for; for as long as the object is in use.
_made: weakref.WeakKeyDictionary[Any, dict[Request, Function]] = weakref.WeakKeyDictionary()


class _Compiled(NamedTuple):
    """A Python function that numba has compiled for some types."""

    name: str
    args: tuple[Any, ...]
    names: tuple[str, ...]
    returns: Any
    symbol: str
    library: Any
    globals: dict[str, Any]

    def signature(self) -> dict[str, Any]:
        """What is known of it, in the form of `shiver.signature`."""
        return signature(self.name, self.names, self.args, self.returns)


def function(obj: Any, request: Request) -> Function | None:
    """The function that an object of numba's means; `None` for any other object.

    Raises
    ------
    TypeError
        A function that is not compiled yet, or not to machine code.
    ValueError
        One that is compiled for several types, of which `argtypes` picks none.
    SignatureError
        Types that cannot be passed from outside.

    Examples
    --------
    >>> import numba
    >>> from shiver.adapters.numba import function
    >>> from shiver.adapters.request import Request
    >>> @numba.cfunc("float64(CPointer(float64), int64)")
    ... def twice(x, i):
    ...     return 2 * x[i]
    >>> function(twice, Request())
    <shiver.Function float64 twice(const float64* x, int64 i)>
    """
    compiled = _compiled(obj, request)
    if compiled is None:
        return None
    request.only(compiled.name)
    # A function is compiled for more types when it is called with them.
    key = request._replace(name=compiled.symbol)
    known = _made.setdefault(obj, {})
    made = known.get(key)
    if made is None:
        told = compiled.signature()
        if request.argtypes is not None:
            told = {**told, **argtypes.declare(told, request.argtypes)}
        made = wrapped(compiled.library, compiled.symbol, told, compiled.globals, request)
        known[key] = made
    return made


def _compiled(obj: Any, request: Request) -> _Compiled | None:
    callbacks = sys.modules.get("numba.core.ccallback")
    if callbacks is not None and isinstance(obj, callbacks.CFunc):
        types, symbol = obj._sig, obj.native_name.removeprefix("cfunc.")
        return _named(obj, types.args, types.return_type, symbol, obj._library)
    dispatchers = sys.modules.get("numba.core.dispatcher")
    if dispatchers is None or not isinstance(obj, dispatchers.Dispatcher):
        return None
    results = [found for found in obj.overloads.values() if not found.objectmode]
    if not results:
        raise TypeError(
            f"numba has not compiled {obj.__name__} yet: give the types where it is made, as in "
            '@numba.njit("float64(CPointer(float64), int64)")'
        )
    candidates = [
        _named(
            obj,
            found.signature.args,
            found.signature.return_type,
            found.fndesc.llvm_func_name,
            found.library,
        )
        for found in results
    ]
    return candidates[0] if len(candidates) == 1 else _pick(candidates, request)


def _named(obj: Any, args: Any, returns: Any, symbol: str, library: Any) -> _Compiled:
    python = obj.__wrapped__ if hasattr(obj, "__wrapped__") else obj.py_func
    names = python.__code__.co_varnames[: len(args)]
    known = python.__globals__
    return _Compiled(obj.__name__, tuple(args), names, returns, symbol, library, known)


def _pick(candidates: list[_Compiled], request: Request) -> _Compiled:
    """That of the types that `argtypes` names."""
    fitting = []
    for candidate in candidates if request.argtypes is not None else ():
        try:
            known = candidate.signature()
            declared = argtypes.declare(known, request.argtypes or ())
        except (TypeError, ValueError):
            continue
        pairs = zip(declared["params"], known["params"], strict=True)
        if all(_element(given["type"]) == _element(param["type"]) for given, param in pairs):
            fitting.append(candidate)
    if len(fitting) == 1:
        return fitting[0]
    name = candidates[0].name
    kinds = "; ".join(
        f"({', '.join(map(str, candidate.args))})" for candidate in fitting or candidates
    )
    raise ValueError(
        f"numba has compiled {name} for several types, {kinds}: say which with argtypes="
    )


def _element(ty: Any) -> Any:
    """A type without what is only a promise."""
    return {"to": _element(ty["pointer"]["to"])} if _is_pointer(ty) else ty


def _is_pointer(ty: Any) -> bool:
    return isinstance(ty, dict) and "pointer" in ty
