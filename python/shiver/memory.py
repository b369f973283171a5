"""Objects that own memory, as arrays that share it.

Nothing is copied: what is given back holds the object, or what the object lent, for as long as it
is held itself.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from shiver import _native, cffi_memory, ctypes_memory

__all__ = ["shared"]

Array = np.ndarray[Any, Any]


def shared(obj: object, parameter: str) -> Array | None:
    """The memory of an object as an array.

    Parameters
    ----------
    obj
        A NumPy array, a ctypes or cffi array, a pyarrow array; anything with the buffer
        protocol, ``__array_interface__`` or DLPack.
    parameter
        How an error names the object, such as ``"argument x of f"``.

    Returns
    -------
    numpy.ndarray or None
        An array of the class `numpy.ndarray` that shares the memory, read-only where the object
        is; `None` for an object that has no memory to share.

    Raises
    ------
    TypeError
        The object has a mask or lies on another device, or its elements have no dtype.
    ValueError
        The object does not give its memory now: it is closed or released, or its exporter refuses.

    Examples
    --------
    >>> from shiver.memory import shared
    >>> shared(bytearray(b"abc"), "argument text of f")
    array([97, 98, 99], dtype=uint8)
    >>> shared("abc", "argument text of f") is None
    True
    """
    if isinstance(obj, np.ndarray):
        return _unmasked(obj, parameter)
    if isinstance(obj, str | bool | np.generic | type):
        return None
    if ctypes_memory.owns(obj):
        return ctypes_memory.shared(obj, parameter)
    if cffi_memory.owns(obj):
        return cffi_memory.shared(obj, parameter)
    arrow = _arrow(obj, parameter)
    if arrow is not None:
        return arrow
    try:
        view = memoryview(obj)  # type: ignore[arg-type]  # the error is caught
    except TypeError:
        pass
    except (BufferError, ValueError) as error:
        raise ValueError(f"{parameter} does not give its buffer: {error}") from error
    else:
        return _viewed(view, parameter)
    interface = _interface(obj, parameter)
    if interface is not None:
        return interface
    lent: Array | None = _native.read_dlpack(obj, parameter)
    if lent is None and hasattr(obj, "__cuda_array_interface__"):
        raise TypeError(
            f"{parameter} lies on a CUDA device, and a body runs on the CPU: pass a copy that lies "
            "in the CPU's memory"
        )
    return lent


def _unmasked(array: Array, parameter: str) -> Array:
    """The array as a plain one; one with a mask is refused, since a body would not see it."""
    masked = sys.modules.get("numpy.ma")
    if masked is not None and isinstance(array, masked.MaskedArray):
        raise TypeError(
            f"{parameter} is a masked array, whose mask a body cannot see: pass x.filled(value), a "
            "copy, or x.data and np.ma.getmaskarray(x) as two arguments"
        )
    return np.asarray(array)


def _viewed(view: memoryview, parameter: str) -> Array:
    """What a buffer holds."""
    if ctypes_memory.owns(view.obj):
        array = ctypes_memory.viewed(view)
        if array is not None:
            return array
    try:
        array = np.asarray(view)
    except ValueError:
        array = None
    # What NumPy cannot describe it copies, element by element; a copy has no base.
    if array is None or array.base is None:
        raise TypeError(
            f"{parameter} is a buffer of the format {view.format!r}, for which NumPy has no dtype: "
            "memoryview(x).cast('B').cast(...) reads it as another"
        )
    return array


def _interface(obj: object, parameter: str) -> Array | None:
    """What ``__array_interface__`` or ``__array_struct__`` tells of; `None` where there is none."""
    interface: object = getattr(obj, "__array_interface__", None)
    if interface is None and not hasattr(obj, "__array_struct__"):
        return None
    # NumPy ignores it.
    if isinstance(interface, Mapping) and interface.get("mask") is not None:
        raise TypeError(
            f"{parameter} has a mask in its __array_interface__, which a body cannot see: pass the "
            "data and the mask as two arguments"
        )
    try:
        array = np.asarray(obj)
    except (AttributeError, BufferError, TypeError, ValueError) as error:
        raise ValueError(f"{parameter} has an array interface that is wrong: {error}") from error
    return None if array.base is None else array


def _arrow(obj: object, parameter: str) -> Array | None:
    """The values of a pyarrow array, which are read-only; `None` for anything else."""
    arrow = sys.modules.get("pyarrow.lib")
    if arrow is None or not type(obj).__module__.startswith("pyarrow"):
        return None
    if isinstance(obj, arrow.ChunkedArray):
        raise TypeError(
            f"{parameter} is a pyarrow ChunkedArray, which does not lie in one piece: pass "
            "x.combine_chunks(), or its chunks one by one"
        )
    if not isinstance(obj, arrow.Array):
        return None
    if obj.null_count:
        raise ValueError(
            f"{parameter} has {obj.null_count} nulls in its validity bitmap, which a body cannot "
            "see: pass x.fill_null(value) or x.drop_null()"
        )
    try:
        array: Array = obj.to_numpy(zero_copy_only=True)
    except arrow.ArrowInvalid:
        raise TypeError(
            f"{parameter} is a pyarrow array of {obj.type}, whose values no dtype describes: cast "
            "it to a type of numbers, or pass x.buffers()[1]"
        ) from None
    return array
