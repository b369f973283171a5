"""What cffi's objects mean for a pointer: memory of their own, or an address."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

__all__ = ["is_pointer", "owns", "pointed", "shared"]

Array = np.ndarray[Any, Any]

_FLOATS = {
    "float": "f4",
    "double": "f8",
    "_cffi_float_complex_t": "c8",
    "_cffi_double_complex_t": "c16",
    "char": "S1",
    "_Bool": "?",
}


def owns(obj: object) -> bool:
    """Whether it is an array of cffi's.

    >>> from shiver.cffi_memory import owns
    >>> owns(bytearray(8))
    False
    """
    return _kind(obj) == "array"


def is_pointer(obj: object) -> bool:
    """Whether it is a pointer of cffi's, to data or to a function.

    >>> from shiver.cffi_memory import is_pointer
    >>> is_pointer(17)
    False
    """
    return _kind(obj) in ("pointer", "function")


def shared(obj: Any, parameter: str) -> Array:
    """The memory of an array of cffi's.

    Raises
    ------
    TypeError
        Its elements have no dtype, such as unions.
    """
    ffi = _ffi()
    kind = ffi.typeof(obj)
    shape = [len(obj)]
    while kind.item.kind == "array":
        kind = kind.item
        shape.append(kind.length)
    dtype = _dtype(ffi, kind.item)
    if dtype is None:
        raise TypeError(
            f"{parameter} is of the cffi type {ffi.typeof(obj).cname}, whose elements no dtype "
            "describes: pass a pointer, such as ffi.addressof(x, 0) gives"
        )
    return np.ndarray(shape, dtype, ffi.buffer(obj))


def pointed(obj: Any) -> tuple[int, np.dtype[Any] | None, object]:
    """What a pointer of cffi's points to: where, of which dtype, and what keeps it alive.

    The dtype is `None` where it is not known.
    """
    ffi = _ffi()
    kind = ffi.typeof(obj)
    dtype = _dtype(ffi, kind.item) if kind.kind == "pointer" else None
    return int(ffi.cast("uintptr_t", obj)), dtype, obj


def _ffi() -> Any:
    return sys.modules["_cffi_backend"].FFI()


def _kind(obj: object) -> str | None:
    """The kind of an object's type, in cffi's words; `None` for what is not cffi's."""
    # Who has an object of cffi's has imported it.
    backend = sys.modules.get("_cffi_backend")
    if backend is None or not isinstance(obj, backend.FFI.CData):
        return None
    kind: str = _ffi().typeof(obj).kind
    return kind


def _dtype(ffi: Any, kind: Any) -> np.dtype[Any] | None:
    """The dtype of a C type, one of a subarray for an array; `None` where there is none."""
    if kind.kind == "array":
        element = _dtype(ffi, kind.item)
        return None if element is None or kind.length is None else np.dtype((element, kind.length))
    if kind.kind == "struct":
        return _record(ffi, kind)
    if kind.kind in ("pointer", "function"):
        return np.dtype(np.uintp)
    if kind.kind == "enum":
        return _integer(ffi, kind)
    if kind.kind != "primitive" or kind.cname == "long double":
        return None
    if kind.cname in _FLOATS:
        return np.dtype(_FLOATS[kind.cname])
    return _integer(ffi, kind)


def _integer(ffi: Any, kind: Any) -> np.dtype[Any] | None:
    try:
        sign = "i" if int(ffi.cast(kind, -1)) < 0 else "u"
    except (TypeError, ValueError):  # a complex number, or one that is no character
        return None
    return np.dtype(f"{sign}{ffi.sizeof(kind)}")


def _record(ffi: Any, kind: Any) -> np.dtype[Any] | None:
    """The dtype of a struct, each field where cffi has it; `None` for one with bit-fields."""
    if not kind.fields or any(field.bitsize >= 0 for _, field in kind.fields):
        return None
    formats = [_dtype(ffi, field.type) for _, field in kind.fields]
    if any(dtype is None for dtype in formats):
        return None
    return np.dtype(
        {
            "names": [name for name, _ in kind.fields],
            "formats": formats,
            "offsets": [field.offset for _, field in kind.fields],
            "itemsize": ffi.sizeof(kind),
        }
    )
