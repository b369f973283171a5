"""Types of numba's, and what they are to Shiver and to LLVM."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from shiver.errors import SignatureError

__all__ = ["complex_part", "llvm_type", "signature"]

#: LLVM's types, as they lie in numba's memory.
_LLVM = {"bool": "i8", "float32": "float", "float64": "double"}
_PARTS = {"complex64": "float", "complex128": "double"}


def complex_part(ty: Any) -> str | None:
    """LLVM's type of the parts of a complex number; `None` for any other type.

    >>> from shiver.adapters.numba_types import complex_part
    >>> complex_part({"scalar": "complex64"}), complex_part("void")
    ('float', None)
    """
    return _PARTS.get(ty.get("scalar", "")) if isinstance(ty, dict) else None


def llvm_type(ty: Any) -> str:
    """How numba's code takes a value of the type; how it lies in memory, if it is complex.

    >>> from shiver.adapters.numba_types import llvm_type
    >>> llvm_type({"scalar": "bool"}), llvm_type({"scalar": "uint16"}), llvm_type("void")
    ('i8', 'i16', 'ptr')
    """
    if not isinstance(ty, dict) or "scalar" not in ty:
        return "ptr"
    part = complex_part(ty)
    if part is not None:
        return f"{{ {part}, {part} }}"
    name: str = ty["scalar"]
    return _LLVM.get(name) or "i" + name.removeprefix("u").removeprefix("int")


def signature(name: str, names: Sequence[str], args: Sequence[Any], returns: Any) -> dict[str, Any]:
    """What is known of a function that numba has compiled, in the form of `shiver.signature`.

    Parameters
    ----------
    name
        Its name in Python.
    names, args
        Its parameters and their types, numba's.
    returns
        The type of its result, numba's.

    Raises
    ------
    SignatureError
        A type that cannot be passed from outside.

    Examples
    --------
    >>> from numba import types
    >>> from shiver.adapters.numba_types import signature
    >>> known = signature("f", ["x", "n"], [types.CPointer(types.float32), types.uint8], types.none)
    >>> known["params"][0]["type"], known["params"][1]["type"], known["returns"]
    ({'pointer': {'to': {'scalar': 'float32'}, 'const': False}}, {'scalar': 'uint8'}, 'void')
    """
    params = [
        {"name": param, "type": _type(ty, f"{name}: parameter {param!r}")}
        for param, ty in zip(names, args, strict=True)
    ]
    result = "void" if _is_none(returns) else _type(returns, f"{name}: the result")
    # No other code has a name with a dot and this word.
    symbol = f"{name}.numba"
    known = {"name": name, "symbol": symbol, "returns": result, "params": params}
    if any(complex_part(ty) for ty in (result, *(param["type"] for param in params))):
        # Complex numbers by value go through their addresses, which is how the wrapper takes them.
        known["adapter"] = symbol
    return known


def _type(ty: Any, where: str) -> Any:
    scalar = _scalar(ty)
    if scalar is not None:
        return {"scalar": scalar}
    types = sys.modules["numba.core.types"]
    if isinstance(ty, types.CPointer):
        return {"pointer": {"to": _behind(ty.dtype), "const": False}}
    if ty == types.voidptr:
        return {"pointer": {"to": "void", "const": False}}
    mend = "pass numbers and pointers"
    if isinstance(ty, types.Buffer):
        mend = f"take a CPointer({ty.dtype}) and make the array inside, with numba.carray"
    raise SignatureError(f"{where} is of numba's type {ty}, which cannot be passed: {mend}")


def _behind(ty: Any) -> Any:
    """What a pointer points to."""
    types = sys.modules["numba.core.types"]
    if isinstance(ty, types.Record):
        return _struct(ty.dtype)
    if isinstance(ty, types.CPointer):
        return {"pointer": {"to": _behind(ty.dtype), "const": False}}
    scalar = _scalar(ty)
    return "void" if scalar is None else {"scalar": scalar}


def _struct(dtype: np.dtype[Any]) -> Any:
    """A record; `"void"`, memory of any type, where it holds more than numbers."""
    fields = []
    for name, (kind, offset, *_) in (dtype.fields or {}).items():
        if kind.names is not None:
            inner = _struct(kind)
        elif kind.kind in "biufc" and kind.shape == ():
            inner = {"scalar": kind.name}
        else:
            inner = "void"
        if inner == "void":
            return "void"
        fields.append({"name": name, "offset": offset, "type": inner})
    record = {"name": "", "size": dtype.itemsize, "align": dtype.alignment, "fields": fields}
    return {"struct": record}


def _scalar(ty: Any) -> str | None:
    types = sys.modules["numba.core.types"]
    if isinstance(ty, types.Boolean) and ty is types.boolean:
        return "bool"
    if isinstance(ty, types.Integer) and ty in (*types.signed_domain, *types.unsigned_domain):
        return f"{'' if ty.signed else 'u'}int{ty.bitwidth}"
    if ty in (types.float32, types.float64):
        return f"float{ty.bitwidth}"
    if ty in (types.complex64, types.complex128):
        return f"complex{ty.bitwidth}"
    return None


def _is_none(ty: Any) -> bool:
    return ty in (sys.modules["numba.core.types"].none, sys.modules["numba.core.types"].void)
