"""Functions that are built with llvmlite, under the names of 0.12.

>>> from llvmlite import ir
>>> import shiver
>>> fn = shiver.empty_fn("doc_square", [("i", shiver.ty_int64)], shiver.ty_int64)
>>> builder = ir.IRBuilder(fn.append_basic_block("entry"))
>>> _ = builder.ret(builder.mul(fn.args[0], fn.args[0]))
>>> shiver.parfor(fn, 5)
array([ 0,  1,  4,  9, 16])
"""

from __future__ import annotations

import ctypes
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from shiver import _native, llvm_types
from shiver.adapters import as_function
from shiver.c_source import from_c, module_from_c
from shiver.llvm_types import LLVMType
from shiver.type_helpers import is_llvm_ptr_type, lltype_to_ctype

__all__ = [
    "const",
    "const_float",
    "const_int",
    "empty_fn",
    "from_c",
    "get_fn_ptr",
    "input_names",
    "input_types",
    "module_from_c",
    "optimize",
    "return_type",
    "shared_exec_engine",
    "shared_module",
]

#: The module into which `empty_fn` puts what is given no other, an `llvmlite.ir.Module`. Made when
#: it is first asked for.
shared_module: Any

#: What 0.12 passed as ``ee=``, which is ignored now.
shared_exec_engine = None


def empty_fn(
    name: str,
    input_types: Iterable[Any],
    output_type: LLVMType | None = None,
    module: Any = None,
) -> Any:
    """A function without a body, which an `llvmlite.ir.IRBuilder` then writes.

    When it is finished it goes into `parfor` and `run` as it is. Functions of one module may call
    each other; only what the one that is run reaches has to be finished.

    Parameters
    ----------
    name
        Its name; one that is taken gets a suffix.
    input_types
        Its parameters: types, or pairs of a name and a type. Those without a name are
        ``arg1``, ``arg2``… by their place.
    output_type
        What it returns; `None` is `ty_void`.
    module
        An `llvmlite.ir.Module`; `None` is `shared_module`.

    Returns
    -------
    llvmlite.ir.Function
        In the module, without a block yet.

    Raises
    ------
    ImportError
        llvmlite is not installed.

    Examples
    --------
    >>> import shiver
    >>> fn = shiver.empty_fn("doc_empty", [("x", shiver.ty_ptr_float64), shiver.ty_int64])
    >>> [arg.name for arg in fn.args]
    ['x', 'arg2']
    """
    ir = _llvmlite()
    home = _shared_module() if module is None else module
    names, kinds = [], []
    for position, item in enumerate(input_types, start=1):
        named = isinstance(item, list | tuple)
        names.append(item[0] if named else f"arg{position}")
        kinds.append(item[1] if named else item)
    returned = llvm_types.ty_void if output_type is None else output_type
    fn = ir.Function(home, ir.FunctionType(returned, kinds), home.get_unique_name(name))
    for arg, arg_name in zip(fn.args, names, strict=True):
        arg.name = arg_name
    return fn


def const_int(x: int, t: LLVMType | None = None) -> Any:
    """An integer constant for an `IRBuilder`, of the type `t` or else `ty_int64`.

    Raises
    ------
    ImportError
        llvmlite is not installed.

    Examples
    --------
    >>> import shiver
    >>> print(shiver.const_int(3))
    i64 3
    """
    return _llvmlite().Constant(llvm_types.ty_int64 if t is None else t, int(x))


def const_float(x: float, t: LLVMType | None = None) -> Any:
    """A floating-point constant for an `IRBuilder`, of the type `t` or else `ty_float64`.

    Raises
    ------
    ImportError
        llvmlite is not installed.

    Examples
    --------
    >>> import shiver
    >>> print(shiver.const_float(1.0))
    double 0x3ff0000000000000
    """
    return _llvmlite().Constant(llvm_types.ty_float64 if t is None else t, float(x))


def const(x: float) -> Any:
    """The constant of a Python number: `const_int` of an int, `const_float` of a float.

    Raises
    ------
    TypeError
        It is neither.
    ImportError
        llvmlite is not installed.

    Examples
    --------
    >>> import shiver
    >>> print(shiver.const(3))
    i64 3
    """
    if isinstance(x, int):
        return const_int(x)
    if isinstance(x, float):
        return const_float(x)
    raise TypeError(f"a constant is made of an int or a float, not {type(x).__name__}")


def return_type(fn: Any) -> LLVMType:
    """The LLVM type of what a function returns.

    Parameters
    ----------
    fn
        A `Function` or an `llvmlite.ir.Function`.

    Examples
    --------
    >>> import shiver
    >>> f = shiver.from_c("double f(long i) { return i; }")
    >>> shiver.llvm_helpers.return_type(f) == shiver.ty_float64
    True
    """
    returned: LLVMType
    if isinstance(fn, _native.FunctionCore):
        returned = as_function(fn).return_type
    else:
        returned = fn.ftype.return_type
    return returned


def input_types(fn: Any) -> list[LLVMType]:
    """The LLVM types of a function's parameters.

    Parameters
    ----------
    fn
        A `Function` or an `llvmlite.ir.Function`.

    Examples
    --------
    >>> import shiver
    >>> f = shiver.from_c("double f(double *x, long i) { return x[i]; }")
    >>> shiver.llvm_helpers.input_types(f) == [shiver.ty_ptr_float64, shiver.ty_int64]
    True
    """
    return [arg.type for arg in fn.args]


def input_names(fn: Any) -> list[str]:
    """The names of a function's parameters.

    Parameters
    ----------
    fn
        A `Function` or an `llvmlite.ir.Function`.

    Examples
    --------
    >>> import shiver
    >>> f = shiver.from_c("double f(double *x, long i) { return x[i]; }")
    >>> shiver.llvm_helpers.input_names(f)
    ['x', 'i']
    """
    return [arg.name for arg in fn.args]


def optimize(llvm_fn: Any, n_iters: int = 3) -> None:
    """Does nothing: every loop is optimised when it is compiled. Kept from 0.12.

    >>> import shiver
    >>> shiver.llvm_helpers.optimize(shiver.from_c("double f(long i) { return i; }"))
    """


def get_fn_ptr(llvm_fn: Any, ee: object = None) -> Any:
    """The compiled function as a ctypes function, for calls by other libraries.

    Its machine code stays for the life of the process.

    Parameters
    ----------
    llvm_fn
        A `Function`, or whatever `parfor` takes for one.
    ee
        Ignored with a `DeprecationWarning`; 0.12's execution engine.

    Raises
    ------
    TypeError
        What is no function, or one that ctypes cannot call (complex numbers, _Float16).

    Examples
    --------
    >>> import shiver
    >>> f = shiver.from_c("double half(double x) { return x / 2; }")
    >>> shiver.llvm_helpers.get_fn_ptr(f)(3.0)
    1.5
    """
    if ee is not None:
        warnings.warn(
            "ee= is ignored: Shiver compiles with its own engine", DeprecationWarning, stacklevel=2
        )
    fn = as_function(llvm_fn)
    returns = _ctype(fn.return_type, fn.return_dtype)
    made = ctypes.CFUNCTYPE(returns, *(_ctype(arg.type, arg.dtype) for arg in fn.args))
    return made(_native.address_of(fn))


def _ctype(ty: LLVMType, dtype: np.dtype[Any] | None) -> Any:
    """The ctypes type with the sign, which the dtype alone knows."""
    if dtype is not None and dtype.kind == "u":
        unsigned = np.ctypeslib.as_ctypes_type(dtype)
        return ctypes.POINTER(unsigned) if is_llvm_ptr_type(ty) else unsigned
    return lltype_to_ctype(ty)


def _llvmlite() -> Any:
    try:
        from llvmlite import ir
    except ImportError as error:
        raise ImportError(
            "building functions by hand needs llvmlite: pip install llvmlite"
        ) from error
    return ir


def _shared_module() -> Any:
    if "shared_module" not in globals():
        globals()["shared_module"] = _llvmlite().Module("shiver_global_module")
    return globals()["shared_module"]


def __getattr__(name: str) -> Any:
    if name == "shared_module":
        return _shared_module()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
