"""Between the types of Python, NumPy, ctypes, C and LLVM, under the names of 0.12.

The ``ty_…`` of `shiver.llvm_types` can be had from here too.

>>> import numpy as np
>>> from shiver import type_helpers
>>> type_helpers.dtype_to_ctype_name(np.dtype("float32"))
'float'
>>> type_helpers.python_to_lltype([float]) == type_helpers.ty_ptr_float64
True
"""

from __future__ import annotations

import ctypes
import re
from typing import Any

import numpy as np

from shiver import llvm_types
from shiver.llvm_types import LLVMType

__all__ = [
    "ctype_name",
    "ctype_to_dtype",
    "ctype_to_lltype",
    "dtype_to_ctype",
    "dtype_to_ctype_name",
    "is_llvm_float_type",
    "is_llvm_int_type",
    "is_llvm_ptr_type",
    "lltype_to_ctype",
    "lltype_to_dtype",
    "lltype_to_numpy_type",
    "python_to_ctype",
    "python_to_lltype",
]

_DTYPES = {
    "i8": "int8",
    "i16": "int16",
    "i32": "int32",
    "i64": "int64",
    "half": "float16",
    "float": "float32",
    "double": "float64",
}
_CTYPES: dict[str, type[Any]] = {
    "i1": ctypes.c_bool,
    "i8": ctypes.c_int8,
    "i16": ctypes.c_int16,
    "i32": ctypes.c_int32,
    "i64": ctypes.c_int64,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
}
_C_NAMES = {
    "bool": "_Bool",
    "int8": "char",
    "int16": "int16_t",
    "int32": "int",
    "int64": "long",
    "uint8": "unsigned char",
    "uint16": "uint16_t",
    "uint32": "unsigned int",
    "uint64": "unsigned long",
    "float16": "_Float16",
    "float32": "float",
    "float64": "double",
    "complex64": "float _Complex",
    "complex128": "double _Complex",
}
_PYTHON = {int: "ty_int64", float: "ty_float64", bool: "ty_int8"}


def is_llvm_float_type(t: object) -> bool:
    """Whether it is LLVM's ``half``, ``float`` or ``double``.

    >>> import shiver
    >>> shiver.is_llvm_float_type(shiver.ty_float32), shiver.is_llvm_float_type(shiver.ty_int8)
    (True, False)
    """
    return str(t) in ("half", "float", "double")


def is_llvm_int_type(t: object) -> bool:
    """Whether it is an LLVM integer of any width.

    >>> import shiver
    >>> shiver.is_llvm_int_type(shiver.ty_int8), shiver.is_llvm_int_type(shiver.ty_void)
    (True, False)
    """
    return re.fullmatch(r"i\d+", str(t)) is not None


def is_llvm_ptr_type(t: object) -> bool:
    """Whether it is an LLVM pointer.

    >>> import shiver
    >>> shiver.is_llvm_ptr_type(shiver.ty_ptr_int8), shiver.is_llvm_ptr_type(shiver.ty_int8)
    (True, False)
    """
    return bool(getattr(t, "is_pointer", False))


def python_to_lltype(t: Any) -> LLVMType:
    """The LLVM type of a Python, NumPy or ctypes type; of a list of one, a pointer to it.

    Parameters
    ----------
    t
        `int`, `float`, `bool`, a NumPy scalar type or dtype of 8 to 64 bits, or ``[t]``. The
        sign is lost, since LLVM's integers have none; a bool is a byte.

    Raises
    ------
    TypeError
        There is no LLVM type for it.

    Examples
    --------
    >>> import numpy as np
    >>> import shiver
    >>> print(shiver.python_to_lltype(np.uint16), shiver.python_to_lltype(float))
    i16 double
    >>> shiver.python_to_lltype([np.float32]) == shiver.ty_ptr_float32
    True
    """
    if isinstance(t, list | tuple):
        if len(t) != 1:
            raise TypeError(f"a pointer is written as a list of one type, not {t!r}")
        pointer: LLVMType = python_to_lltype(t[0]).as_pointer()
        return pointer
    name = _PYTHON.get(t) if isinstance(t, type) else None
    if name is None:
        name = "ty_" + _plain_name(t).removeprefix("u").replace("bool", "int8")
    found: LLVMType | None = getattr(llvm_types, name, None)
    if found is None:
        raise TypeError(f"there is no LLVM type for {t!r}")
    return found


def lltype_to_dtype(t: LLVMType) -> np.dtype[Any]:
    """The dtype of an LLVM scalar; integers count as signed.

    Raises
    ------
    TypeError
        There is none.

    Examples
    --------
    >>> import shiver
    >>> shiver.lltype_to_dtype(shiver.ty_int32)
    dtype('int32')
    """
    name = _DTYPES.get(str(t))
    if name is None:
        raise TypeError(f"there is no dtype for the LLVM type {t}")
    return np.dtype(name)


def lltype_to_numpy_type(t: LLVMType) -> type[np.generic]:
    """The NumPy scalar type of an LLVM scalar; integers count as signed.

    Raises
    ------
    TypeError
        There is none.

    Examples
    --------
    >>> import shiver
    >>> shiver.lltype_to_numpy_type(shiver.ty_float64)
    <class 'numpy.float64'>
    """
    return lltype_to_dtype(t).type


def lltype_to_ctype(t: LLVMType) -> Any:
    """The ctypes type of an LLVM scalar, pointer or function type; `None` for void.

    Raises
    ------
    TypeError
        There is none.

    Examples
    --------
    >>> import shiver
    >>> shiver.lltype_to_ctype(shiver.ty_float64)
    <class 'ctypes.c_double'>
    """
    if hasattr(t, "return_type"):
        function: Any = t
        args = [lltype_to_ctype(arg) for arg in function.args]
        return ctypes.CFUNCTYPE(lltype_to_ctype(function.return_type), *args)
    if is_llvm_ptr_type(t):
        element = getattr(t, "pointee", None)
        if element is None or str(element) not in _CTYPES:
            return ctypes.c_void_p
        return ctypes.POINTER(_CTYPES[str(element)])
    if str(t) == "void":
        return None
    if str(t) not in _CTYPES:
        raise TypeError(f"there is no ctypes type for the LLVM type {t}")
    return _CTYPES[str(t)]


def python_to_ctype(t: Any) -> Any:
    """The ctypes type of what `python_to_lltype` takes, by way of its LLVM type.

    Raises
    ------
    TypeError
        There is none.

    Examples
    --------
    >>> from shiver.type_helpers import python_to_ctype
    >>> python_to_ctype(float)
    <class 'ctypes.c_double'>
    """
    return lltype_to_ctype(python_to_lltype(t))


def dtype_to_ctype(t: Any) -> Any:
    """The ctypes type of a dtype, by way of its LLVM type, so that the sign is lost.

    Raises
    ------
    TypeError
        There is none.

    Examples
    --------
    >>> import numpy as np
    >>> from shiver.type_helpers import dtype_to_ctype
    >>> dtype_to_ctype(np.dtype("float32"))
    <class 'ctypes.c_float'>
    """
    return python_to_ctype(np.dtype(t))


def dtype_to_ctype_name(t: Any) -> str:
    """The name in C of a dtype, for sources that are put together from parts.

    Parameters
    ----------
    t
        A dtype, or what `np.dtype` makes one of. ``int16_t`` and ``uint16_t`` need
        ``#include <stdint.h>``.

    Raises
    ------
    TypeError
        C has no such type.

    Examples
    --------
    >>> import numpy as np
    >>> import shiver
    >>> shiver.dtype_to_ctype_name(np.dtype("int64")), shiver.dtype_to_ctype_name(np.uint8)
    ('long', 'unsigned char')
    """
    name = _C_NAMES.get(_plain_name(t))
    if name is None:
        raise TypeError(f"C has no type for the dtype {np.dtype(t)}")
    return name


def ctype_name(t: Any) -> str:
    """The name in C of a ctypes scalar type.

    Raises
    ------
    TypeError
        It is none.

    Examples
    --------
    >>> import ctypes
    >>> from shiver.type_helpers import ctype_name
    >>> ctype_name(ctypes.c_int64)
    'long'
    """
    return dtype_to_ctype_name(t)


def ctype_to_lltype(t: Any) -> LLVMType:
    """The LLVM type of a ctypes scalar, pointer or function type; void for `None`.

    Raises
    ------
    TypeError
        There is none.

    Examples
    --------
    >>> import ctypes
    >>> from shiver.type_helpers import ctype_to_lltype, ty_ptr_float64
    >>> ctype_to_lltype(ctypes.POINTER(ctypes.c_double)) == ty_ptr_float64
    True
    """
    if t is None:
        return llvm_types.ty_void
    if hasattr(t, "_restype_"):
        args = [ctype_to_lltype(arg) for arg in t._argtypes_]
        made: LLVMType = llvm_types.type_classes().FunctionType(ctype_to_lltype(t._restype_), args)
        return made
    if t is ctypes.c_void_p:
        return llvm_types.ty_ptr_int8
    if hasattr(t, "contents"):
        pointer: LLVMType = ctype_to_lltype(t._type_).as_pointer()
        return pointer
    return python_to_lltype(np.dtype(t))


def ctype_to_dtype(t: Any) -> np.dtype[Any]:
    """The dtype of a ctypes scalar type, its sign kept.

    Raises
    ------
    TypeError
        There is none.

    Examples
    --------
    >>> import ctypes
    >>> from shiver.type_helpers import ctype_to_dtype
    >>> ctype_to_dtype(ctypes.c_uint16)
    dtype('uint16')
    """
    found: np.dtype[Any] = np.dtype(t)
    return found


def _plain_name(t: Any) -> str:
    """The name with the number of bits, under which all of C's integers of a size are one."""
    dtype: np.dtype[Any] = np.dtype(t)
    if dtype.kind in "iu":
        return f"{'u' if dtype.kind == 'u' else ''}int{8 * dtype.itemsize}"
    return dtype.name


def __getattr__(name: str) -> LLVMType:
    if name.startswith("ty_"):
        found: LLVMType = getattr(llvm_types, name)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
