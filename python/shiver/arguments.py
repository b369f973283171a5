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

from shiver import cffi_memory, ctypes_memory, memory
from shiver.generic_value import GenericValue
from shiver.layout import Strided

__all__ = ["as_array_or_address", "as_scalar"]

Array = np.ndarray[Any, Any]
#: Where something is, of which dtype it is, and what keeps it alive.
Address = tuple[int, np.dtype[Any] | None, object]

_Simple: type[Any] = ctypes.c_int.__mro__[1]

_POINTERS = (
    "a NumPy array, an object with the buffer protocol, __array_interface__ or DLPack, a pointer "
    "or array of ctypes or cffi, a GenericValue.pointer, an address as an int, or None for null"
)
_NUMBERS = "a Python or NumPy number, a GenericValue or a ctypes number"


def as_array_or_address(
    obj: object, parameter: str, writes: bool = True, dimensions: int = 0
) -> Array | Address:
    """The memory that an object for a pointer parameter means.

    Parameters
    ----------
    obj
        The object.
    parameter
        How an error names the argument, such as ``"argument x of f"``.
    writes
        Whether the body may write there.
    dimensions
        How many trailing dimensions the parameter declares, as ``double x[n][m]`` has one.

    Returns
    -------
    numpy.ndarray, or a tuple of an int, a dtype and an object
        An array that shares the object's memory; or an address, the dtype of what is there, `None`
        where that is not known, and what has to be held.

    Raises
    ------
    TypeError
        The object has no memory to share; the text names the parameter and what it
        takes.
    ValueError
        The object does not give its memory.
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
        if writes and obj.repeats():
            raise ValueError(
                f"{parameter} has elements that lie in one place, along a stride of 0, and the "
                "body may write: declare the parameter const, or pass a copy"
            )
        return obj.first(dimensions)
    if isinstance(obj, GenericValue):
        return _generic_address(obj, parameter), None, None
    if isinstance(obj, int | np.integer) and not isinstance(obj, bool):
        return _address(int(obj), parameter), None, None
    if ctypes_memory.is_pointer(obj):
        return ctypes_memory.pointed(obj)
    if cffi_memory.is_pointer(obj):
        return cffi_memory.pointed(obj)
    array = memory.shared(obj, parameter)
    if array is not None:
        return array
    hint = ""
    if isinstance(obj, list | tuple):
        hint = "; np.asarray(...) makes an array of it, which the caller has to keep"
    elif isinstance(obj, np.generic):
        hint = "; an element that was taken out of an array is a copy, x[i:i+1] is none"
    elif hasattr(obj, "__array__"):
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
