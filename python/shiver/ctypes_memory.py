"""What ctypes' objects mean for a pointer: memory of their own, or an address."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["dtype_of", "is_pointer", "owns", "pointed", "shared", "viewed"]

Array = np.ndarray[Any, Any]

# ctypes keeps the classes of its own objects to itself.
_Simple: type[Any] = ctypes.c_int.__mro__[1]
_Data: type[Any] = _Simple.__mro__[1]
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
    return isinstance(obj, _Data) and not isinstance(obj, _POINTERS)


def is_pointer(obj: object) -> bool:
    """Whether it is an object of ctypes' that points to what is meant.

    >>> import ctypes
    >>> from shiver.ctypes_memory import is_pointer
    >>> is_pointer(ctypes.pointer(ctypes.c_int())), is_pointer(ctypes.c_char_p(b"text"))
    (True, True)
    """
    return isinstance(obj, _POINTERS if isinstance(obj, _Data) else _Reference)


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
    kind: Any = type(view.obj)
    while issubclass(kind, ctypes.Array):
        kind = kind._type_
    dtype = dtype_of(kind)
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
    described: Any = kind
    return _number(described) if issubclass(kind, _Simple) else _described(described)


def _described(kind: Any) -> np.dtype[Any] | None:
    """What NumPy makes of a type, which takes a microsecond."""
    try:
        dtype: np.dtype[Any] = np.dtype(kind)
    except (AttributeError, NotImplementedError, TypeError, ValueError):
        return None
    return None if dtype.hasobject else dtype


# Other types may get their fields later.
_number = lru_cache(_described)


def _record(kind: type[ctypes.Structure]) -> np.dtype[Any] | None:
    """The dtype of a structure, each field where ctypes has it; `None` for one with bit-fields."""
    members = list(_members(kind))
    formats = [dtype_of(member) for _, member, _, _ in members]
    if not members or any(bits for *_, bits in members) or any(f is None for f in formats):
        return None
    names = [name for name, *_ in members]
    if len(set(names)) < len(names):
        return None
    return np.dtype(
        {
            "names": names,
            "formats": formats,
            "offsets": [offset for _, _, offset, _ in members],
            "itemsize": ctypes.sizeof(kind),
        }
    )


def _members(
    kind: type[ctypes.Structure], begin: int = 0
) -> Iterator[tuple[str, type[Any], int, list[int]]]:
    """The name, type and place of each field, and of how many bits; inherited ones come first.

    Those of an anonymous structure inside are the whole's, as in C.
    """
    for base in reversed(kind.__mro__):
        anonymous = base.__dict__.get("_anonymous_", ())
        for name, member, *bits in base.__dict__.get("_fields_", ()):
            offset = begin + getattr(kind, name).offset
            if name in anonymous and issubclass(member, ctypes.Structure):
                yield from _members(member, offset)
            else:
                yield name, member, offset, bits
