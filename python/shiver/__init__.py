"""Shiver runs C, or anything that is LLVM, as the body of a parallel loop over NumPy arrays.

A function whose last parameters are indices, an iteration space, and arrays: `parfor` runs it on
every core and in every SIMD lane. The compiler is inside of the package.

>>> import numpy as np
>>> import shiver
>>> from shiver import GenericValue

Fill an array with the numbers 0 to 9:

>>> x = np.empty(10, dtype=int)
>>> fn1 = shiver.from_c("void fn1(long *x, long i) { x[i] = i;}")
>>> shiver.parfor(fn1, niters=len(x), fixed_args=[x])
>>> x
array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])

A function that returns a value: the values are collected.

>>> ident = shiver.from_c("long identity(long i) { return i; }")
>>> y = shiver.parfor(ident, 10)
>>> assert (y == x).all()

The array as a pointer that LLVM understands:

>>> x_gv = GenericValue.pointer(x.ctypes.data)
>>> shiver.parfor(fn1, niters=len(x), fixed_args=[x_gv])

Two indices give a grid:

>>> fn2 = shiver.from_c("float mult(long i, long j) { return (float) i*j; }")
>>> result_grid = shiver.parfor(fn2, (10, 20))
>>> result_grid.shape, result_grid.dtype
((10, 20), dtype('float32'))
"""

from __future__ import annotations

import sys

# Free-threaded interpreters carry a "t" in their flags; asking sysconfig would cost milliseconds.
if "t" in getattr(sys, "abiflags", ""):
    raise ImportError(
        "Shiver needs an interpreter with the global interpreter lock; "
        "this one is free-threaded (python3.13t or the like)"
    )

import atexit
from typing import TYPE_CHECKING, Any

from shiver import _native
from shiver.adapters import from_llvm
from shiver.c_source import from_c, module_from_c
from shiver.compile_cache import CacheInfo, cache_info, clear_cache
from shiver.errors import (
    BoundsError,
    CheckIncomplete,
    CompileError,
    CompileWarning,
    Diagnostic,
    FormatError,
    KernelError,
    KernelErrors,
    KernelFault,
    LinkError,
    RaceError,
    ShiverError,
    SignatureError,
)
from shiver.function import Function
from shiver.generic_value import GenericValue
from shiver.layout import strided
from shiver.llvm_helpers import const, const_float, const_int, empty_fn
from shiver.llvm_types import LLVMType
from shiver.module import Module
from shiver.pointer import from_pointer
from shiver.running import parfor, parfor_async, reduce, run
from shiver.statistics import Stats, WorkerStats, stats
from shiver.symbols import add_symbol
from shiver.thread_count import get_num_threads, set_num_threads, threads
from shiver.type_helpers import (
    dtype_to_ctype_name,
    is_llvm_float_type,
    is_llvm_int_type,
    is_llvm_ptr_type,
    lltype_to_ctype,
    lltype_to_dtype,
    lltype_to_numpy_type,
    python_to_lltype,
)
from shiver.versions import show_versions

if TYPE_CHECKING:
    from shiver.future import Future
    from shiver.thread_pool import threadpool_controller

__all__ = [
    "BoundsError",
    "CacheInfo",
    "CheckIncomplete",
    "CompileError",
    "CompileWarning",
    "Diagnostic",
    "FormatError",
    "Function",
    "Future",
    "GenericValue",
    "KernelError",
    "KernelErrors",
    "KernelFault",
    "LinkError",
    "Module",
    "RaceError",
    "ShiverError",
    "SignatureError",
    "Stats",
    "WorkerStats",
    "add_symbol",
    "cache_info",
    "clear_cache",
    "const",
    "const_float",
    "const_int",
    "dtype_to_ctype_name",
    "empty_fn",
    "from_c",
    "from_llvm",
    "from_pointer",
    "get_num_threads",
    "is_llvm_float_type",
    "is_llvm_int_type",
    "is_llvm_ptr_type",
    "lltype_to_ctype",
    "lltype_to_dtype",
    "lltype_to_numpy_type",
    "module_from_c",
    "parfor",
    "parfor_async",
    "python_to_lltype",
    "reduce",
    "run",
    "set_num_threads",
    "shared_module",
    "show_versions",
    "stats",
    "strided",
    "threadpool_controller",
    "threads",
    "ty_float32",
    "ty_float64",
    "ty_int8",
    "ty_int16",
    "ty_int32",
    "ty_int64",
    "ty_ptr_float32",
    "ty_ptr_float64",
    "ty_ptr_int8",
    "ty_ptr_int16",
    "ty_ptr_int32",
    "ty_ptr_int64",
    "ty_void",
]

# Made by `__getattr__` below, which is when llvmlite is imported if it is installed.
__version__: str
shared_module: Any
ty_void: LLVMType
ty_int8: LLVMType
ty_int16: LLVMType
ty_int32: LLVMType
ty_int64: LLVMType
ty_float32: LLVMType
ty_float64: LLVMType
ty_ptr_int8: LLVMType
ty_ptr_int16: LLVMType
ty_ptr_int32: LLVMType
ty_ptr_int64: LLVMType
ty_ptr_float32: LLVMType
ty_ptr_float64: LLVMType

atexit.register(_native.shut_down)


def __getattr__(name: str) -> Any:
    if name.startswith("ty_"):
        from shiver import llvm_types

        found: Any = getattr(llvm_types, name)
    elif name == "shared_module":
        from shiver import llvm_helpers

        found = llvm_helpers.shared_module
    elif name == "Future":
        from shiver.future import Future

        found = Future
    elif name == "threadpool_controller":
        from shiver.thread_pool import threadpool_controller

        found = threadpool_controller
    elif name == "__version__":
        from shiver.versions import version

        found = version()
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
