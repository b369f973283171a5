"""What may stand for a pointer or a number beside the plain kinds.

The native module takes exact NumPy arrays, `int`, `None` and Python's and NumPy's numbers by itself
and asks here about everything else. Nothing is ever copied: what is given back shares the object's
memory, and holds it as long as it is held.
"""

from __future__ import annotations

import ctypes
import operator
from typing import Any

import numpy as np

from shiver.generic_value import GenericValue
from shiver.layout import Strided

__all__ = ["as_array_or_address", "as_scalar"]

Array = np.ndarray[Any, Any]

# ctypes keeps the classes of its own objects to itself.
_Simple: type[Any] = ctypes.c_int.__mro__[1]
_Pointer: type[Any] = ctypes.POINTER(ctypes.c_int).__mro__[1]
_Reference: type[Any] = type(ctypes.byref(ctypes.c_int()))
_Callback: type[Any] = ctypes.CFUNCTYPE(None).__mro__[1]

_POINTERS = (
    "a NumPy array, an object with the buffer protocol or __array_interface__, a ctypes pointer or "
    "array, a GenericValue.pointer, an address as an int, or None for null"
)
_NUMBERS = "a Python or NumPy number, a GenericValue or a ctypes number"


def as_array_or_address(
    obj: object, parameter: str
) -> Array | int | tuple[int, np.dtype[Any] | None]:
    """The memory that an object for a pointer parameter means.

    Parameters
    ----------
    obj
        The object.
    parameter
        How an error names the argument, such as ``"argument x of f"``.

    Returns
    -------
    numpy.ndarray, int, or a tuple of an int and a dtype
        An array that shares the object's memory; or an address; or an address and the dtype of
        what is there, `None` where that is not known.

    Raises
    ------
    TypeError
        The object has no memory to share; the text names the parameter and what it
        takes.
    OverflowError
        An address that does not fit 64 bits.

    Examples
    --------
    >>> import ctypes
    >>> from shiver.arguments import as_array_or_address
    >>> as_array_or_address(bytearray(b"abc"), "argument text of f")
    array([97, 98, 99], dtype=uint8)
    >>> as_array_or_address([1.0, 2.0], "argument x of f")
    Traceback (most recent call last):
    TypeError: argument x of f is a pointer and takes a NumPy array, ... not list; np.asarray...
    """
    if isinstance(obj, Strided):
        return obj.first()
    if isinstance(obj, np.ndarray):
        return np.asarray(obj)
    if isinstance(obj, GenericValue):
        return _generic_address(obj, parameter)
    if isinstance(obj, int | np.integer) and not isinstance(obj, bool):
        return _address(int(obj), parameter)
    if isinstance(obj, ctypes.c_char_p):
        return _ctypes_text(obj)
    if isinstance(obj, _Pointer | _Reference | _Callback | ctypes.c_void_p):
        return _ctypes_address(obj)
    if not isinstance(obj, str | bool | np.generic | type):
        array = _shared(obj)
        if array is not None:
            return array
    hint = ""
    if isinstance(obj, list | tuple):
        hint = "; np.asarray(...) makes an array of it, which the caller has to keep"
    elif hasattr(obj, "__array__") and not isinstance(obj, np.generic):
        hint = "; np.asarray(...) makes an array of it"
    raise TypeError(
        f"{parameter} is a pointer and takes {_POINTERS}; not {type(obj).__name__}{hint}"
    )


def as_scalar(
    obj: object, parameter: str, declared: str | None = None
) -> int | float | complex | bool:
    """The plain number that an object for a scalar parameter means.

    Parameters
    ----------
    obj
        The object.
    parameter
        How an error names the argument, such as ``"argument x of f"``.
    declared
        NumPy's name of the parameter's type, where that is known: a `GenericValue` hands its bits
        to an integer of its own width, whatever the sign of either.

    Raises
    ------
    TypeError
        The object is no number; the text names the parameter and what it takes.

    Examples
    --------
    >>> import ctypes
    >>> from shiver.arguments import as_scalar
    >>> as_scalar(ctypes.c_short(-3), "argument level of f")
    -3
    >>> as_scalar("3", "argument level of f")
    Traceback (most recent call last):
    TypeError: argument level of f is a number and takes ... a ctypes number; not str
    """
    value: object = obj
    if isinstance(obj, np.bool_ | np.number):
        value = obj.item()
    elif isinstance(obj, GenericValue):
        value = None if obj.is_pointer else obj.value_as(declared)
    elif isinstance(obj, ctypes.c_char):
        value = obj.value[0]
    elif isinstance(obj, _Simple) and not isinstance(obj, ctypes.c_void_p):
        value = obj.value
    if isinstance(value, bool | int | float | complex):
        return value
    if not isinstance(obj, np.ndarray | np.generic) and hasattr(type(obj), "__index__"):
        return operator.index(obj)  # type: ignore[arg-type]  # it has what SupportsIndex asks for
    hint = "; x.item() gives the number in it" if isinstance(obj, np.ndarray) else ""
    raise TypeError(f"{parameter} is a number and takes {_NUMBERS}; not {type(obj).__name__}{hint}")


def _generic_address(value: GenericValue, parameter: str) -> int:
    try:
        return value.as_pointer()
    except TypeError:
        raise TypeError(f"{parameter} is a pointer, and {value!r} is none") from None


def _address(number: int, parameter: str) -> int:
    if not 0 <= number < 1 << 64:
        raise OverflowError(f"{parameter}: {number} is no address of 64 bits")
    return number


def _ctypes_text(obj: Any) -> Array | tuple[int, np.dtype[Any] | None]:
    """What a pointer to characters points to: `bytes`, which nobody may change, or other text."""
    address = ctypes.cast(obj, ctypes.c_void_p).value or 0
    held = obj._objects
    if isinstance(held, bytes) and held:
        array = np.frombuffer(held, "S1")
        if array.ctypes.data == address:
            return array
    return address, np.dtype("S1")


def _ctypes_address(obj: Any) -> int | tuple[int, np.dtype[Any] | None]:
    """Where a pointer of ctypes' points, and to what.

    The caller holds the pointer for as long as it holds its arguments, and the pointer holds what
    it was made of.
    """
    address = ctypes.cast(obj, ctypes.c_void_p).value or 0
    if isinstance(obj, _Pointer):
        return address, _ctypes_dtype(getattr(obj, "_type_", None))
    if isinstance(obj, _Reference):
        return address, _ctypes_dtype(type(obj._obj))
    return address


def _ctypes_dtype(kind: Any) -> np.dtype[Any] | None:
    while isinstance(kind, type) and issubclass(kind, ctypes.Array):
        kind = kind._type_
    try:
        dtype: np.dtype[Any] = np.dtype(kind)
    except (TypeError, ValueError, NotImplementedError):
        return None
    return None if kind is None or dtype.hasobject else dtype


def _shared(obj: object) -> Array | None:
    """The object's memory as an array; `None` where there is none that can be shared."""
    array: Array
    if isinstance(obj, ctypes.Array | ctypes.Structure | ctypes.Union | _Simple):
        # NumPy asks ctypes for the type, whose own description of it leaves padding out.
        array = np.asarray(obj)
    else:
        try:
            view = memoryview(obj)  # type: ignore[arg-type]  # the error is caught
        except TypeError:
            if not hasattr(obj, "__array_interface__") and not hasattr(obj, "__array_struct__"):
                return None
            array = np.asarray(obj)
        else:
            array = np.asarray(view)
    # What NumPy cannot describe it copies, element by element; a copy has no base.
    if array.base is None:
        return None
    return array
