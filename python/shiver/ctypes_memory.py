"""What ctypes' objects mean for a pointer: memory of their own, or an address."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

__all__ = ["dtype_of", "is_pointer", "owns", "pointed", "shared", "viewed"]

Array = np.ndarray[Any, Any]

# ctypes keeps the classes of its own objects to itself.
_Simple: type[Any] = ctypes.c_int.__mro__[1]
_Pointer: type[Any] = ctypes.POINTER(ctypes.c_int).__mro__[1]
_Reference: type[Any] = type(ctypes.byref(ctypes.c_int()))
_Callback: type[Any] = ctypes.CFUNCTYPE(None).__mro__[1]
_POINTERS = (_Pointer, _Callback, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_wchar_p)


def owns(obj: object) -> bool:
    """Whether it is an object of ctypes' with memory that is meant itself.

    >>> import ctypes
    >>> from shiver.ctypes_memory import owns
    >>> owns((ctypes.c_int * 3)()), owns(ctypes.c_void_p())
    (True, False)
    """
    return isinstance(
        obj, ctypes.Array | ctypes.Structure | ctypes.Union | _Simple
    ) and not is_pointer(obj)


def is_pointer(obj: object) -> bool:
    """Whether it is an object of ctypes' that points to what is meant.

    >>> import ctypes
    >>> from shiver.ctypes_memory import is_pointer
    >>> is_pointer(ctypes.pointer(ctypes.c_int())), is_pointer(ctypes.c_char_p(b"text"))
    (True, True)
    """
    return isinstance(obj, (*_POINTERS, _Reference))


def shared(obj: Any, parameter: str) -> Array:
    """The memory of a ctypes array, structure or number.

    NumPy is not asked for the format of its buffer, which leaves the padding of structures out.

    Raises
    ------
    TypeError
        Its elements have no dtype, such as unions with bit-fields.

    Examples
    --------
    >>> import ctypes
    >>> from shiver.ctypes_memory import shared
    >>> shared((ctypes.c_int * 3)(1, 2, 3), "argument x of f")
    array([1, 2, 3], dtype=int32)
    """
    array = _array(memoryview(obj))
    if array is None:
        raise TypeError(
            f"{parameter} is of the ctypes type {type(obj).__name__}, whose elements no dtype "
            "describes: pass ctypes.byref(x), or x's address"
        )
    return array


def viewed(view: memoryview) -> Array | None:
    """What a view of a ctypes object's memory holds; `None` where its format has to tell."""
    cast = view.format != memoryview(view.obj).format
    return None if cast or not view.c_contiguous else _array(view)


def _array(view: memoryview) -> Array | None:
    dtype = dtype_of(type(view.obj))
    while dtype is not None and dtype.subdtype is not None:
        dtype = dtype.base
    if dtype is None or dtype.itemsize != view.itemsize:
        return None
    return np.ndarray(view.shape or (), dtype, view)


def pointed(obj: Any) -> Array | tuple[int, np.dtype[Any] | None, object]:
    """What a pointer of ctypes' points to: where, of which dtype, and what keeps it alive.

    The dtype is `None` where it is not known. Text that belongs to a `bytes`, which nobody may
    change, is given as an array.
    """
    address = ctypes.cast(obj, ctypes.c_void_p).value or 0
    held = getattr(obj, "_objects", None)
    if isinstance(obj, ctypes.c_char_p):
        if isinstance(held, bytes) and held:
            array = np.frombuffer(held, "S1")
            if array.ctypes.data == address:
                return array
        return address, np.dtype("S1"), held
    if isinstance(obj, ctypes.c_wchar_p):
        return address, np.dtype(np.intc), held
    if isinstance(obj, _Reference):
        return address, dtype_of(type(obj._obj)), obj._obj
    # The pointer may be made to point elsewhere meanwhile.
    if isinstance(held, dict):
        held = tuple(held.values())
    kind = getattr(obj, "_type_", None) if isinstance(obj, _Pointer) else None
    return address, dtype_of(kind), held


def dtype_of(kind: Any) -> np.dtype[Any] | None:
    """The dtype of a ctypes type, one of a subarray for an array; `None` where there is none.

    >>> import ctypes
    >>> from shiver.ctypes_memory import dtype_of
    >>> class Named(ctypes.Structure):
    ...     _fields_ = [("name", ctypes.c_char_p), ("at", ctypes.c_double * 2)]
    >>> dtype_of(Named).fields["at"]
    (dtype(('<f8', (2,))), 8)
    """
    if not isinstance(kind, type):
        return None
    if issubclass(kind, ctypes.Array):
        element = dtype_of(kind._type_)
        return None if element is None else np.dtype((element, (kind._length_,)))
    if issubclass(kind, ctypes.Structure):
        return _record(kind)
    if issubclass(kind, _POINTERS):
        return np.dtype(np.uintp)
    try:
        dtype: np.dtype[Any] = np.dtype(kind)
    except (AttributeError, NotImplementedError, TypeError, ValueError):
        return None
    return None if dtype.hasobject else dtype


def _record(kind: type[ctypes.Structure]) -> np.dtype[Any] | None:
    """The dtype of a structure, each field where ctypes has it; `None` for one with bit-fields."""
    fields = [
        field
        for base in reversed(kind.__mro__)
        for field in base.__dict__.get("_fields_", ())  # those it inherits come first
    ]
    if not fields or any(len(field) > 2 for field in fields):
        return None
    formats = [dtype_of(field[1]) for field in fields]
    if any(dtype is None for dtype in formats):
        return None
    names = [field[0] for field in fields]
    if len(set(names)) < len(names):
        return None
    return np.dtype(
        {
            "names": names,
            "formats": formats,
            "offsets": [getattr(kind, name).offset for name in names],
            "itemsize": ctypes.sizeof(kind),
        }
    )
