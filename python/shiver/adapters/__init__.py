"""`from_llvm`: functions out of LLVM code and out of other libraries' objects.

* `request`: what is asked for beside the object: a name, element types, fast math
* `code`: LLVM code as text, as bitcode or in a file
* `argtypes`: what a user says of the types that LLVM does not tell
* `llvmlite`: modules and functions of llvmlite's, built or parsed
* `numba`: `numba.cfunc`, and `numba.njit` compiled for given types; `numba_types` tells what its
  types are, `numba_code` puts C's way of calling around its code, and `numba_exception` makes an
  exception again of what its code leaves behind

`parfor`, `reduce` and `run` ask here about a function that is none of Shiver's. No library is
imported: who has an object of its has imported it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import Any

from shiver.adapters.request import Request
from shiver.function import Function

__all__ = ["as_function", "from_llvm"]

_TAKEN = (
    "LLVM code (text as a str, bitcode as bytes, the pathlib.Path of a file with either), a module "
    "or a function of llvmlite.ir or llvmlite.binding, a numba.cfunc or a compiled numba.njit"
)


def from_llvm(
    obj: object,
    name: str | None = None,
    *,
    argtypes: Sequence[str | None] | None = None,
    fastmath: bool | str | Collection[str] = False,
) -> Function:
    """Makes a `Function` of LLVM code, or of a function object of another library.

    `parfor`, `reduce` and `run` take the same objects as they are.

    Parameters
    ----------
    obj
        LLVM code: text (`str`), bitcode (`bytes`), or an `os.PathLike` to a file with either;
        an ``llvmlite.ir.Module`` or ``Function``, the latter compiled together with what it
        reaches; an ``llvmlite.binding.ModuleRef``, or a ``ValueRef`` of a function; a
        ``numba.cfunc``, or a ``numba.njit`` that was compiled for numbers and ``CPointer``.
    name
        The function to take; `None` takes the only one with external linkage and a body.
    argtypes
        A type for each parameter, with NumPy's names: ``"float64*"``, ``"const int32*"``,
        ``"uint64"``, or `None` for what is known anyway. LLVM's integers have no sign, and its
        pointers do not say what they point to. Where nobody says it, llvmlite's typed pointers
        do, or the code's debug information (``clang -g``, ``rustc -g``), or else the loads and
        stores that use the argument. `Function.signature` says what was inferred from what.
        Where none tells, an array of any dtype is taken; integers then count as signed, and
        arrays of either sign are taken. Of a ``numba.njit`` that was compiled for several
        types, it picks one.
    fastmath
        As in `from_c`: liberties that the code's arithmetic gets beside those it has.

    Raises
    ------
    TypeError
        An object of another kind, and an `argtypes` that contradicts the code; the text names
        what is taken.
    ValueError
        No function, or several and no `name`, or none of that `name`; a function without a
        body; an `argtypes` of another length or with an unknown name; an unknown `fastmath`.
    CompileError
        LLVM does not accept the code, it was made for another machine or written by a newer
        LLVM, or LLVM crashed or came to no end with it. The subclass `SignatureError`, a
        `TypeError` too, is for parameters that cannot be passed.
    OSError
        A file that cannot be read.

    Notes
    -----
    LLVM does not expect to be handed damaged code: some makes it crash, run for ever or take all
    memory. So code from outside is read, verified and compiled in a process of its own, which
    is started at the first of it, costs some 15 ms then; what was compiled is found in the
    cache afterwards. There it may take 30 seconds, or as many as the environment
    variable ``SHIVER_LLVM_TIMEOUT`` says, and 4 GiB; Ctrl-C and `timeout` end the wait. Where
    no such process can be started (this interpreter is part of another program, or the system
    forbids it), code is read here, and a crash of LLVM's is a crash of the program. What
    LLVM finds sound runs in this process, whatever it does to memory.

    Examples
    --------
    >>> import numpy as np, shiver
    >>> half = shiver.from_llvm('''
    ... define double @half(ptr %x, i64 %i) {
    ...   %place = getelementptr double, ptr %x, i64 %i
    ...   %value = load double, ptr %place
    ...   %half = fmul double %value, 0.5
    ...   ret double %half
    ... }''')
    >>> half.signature
    'float64 half(const float64* x /* inferred from its loads and stores */, int64 i)'
    >>> shiver.parfor(half, 4, np.arange(4.0))
    array([0. , 0.5, 1. , 1.5])

    An integer's sign can be said:

    >>> low = "define i32 @low(i32 %n, i64 %i) { ret i32 %n }"
    >>> shiver.from_llvm(low, argtypes=["uint32", None]).signature
    'int32 low(uint32 n, int64 i)'

    llvmlite's functions:

    >>> from llvmlite import ir
    >>> i64 = ir.IntType(64)
    >>> fn = ir.Function(ir.Module(), ir.FunctionType(i64, [i64]), "twice")
    >>> builder = ir.IRBuilder(fn.append_basic_block())
    >>> _ = builder.ret(builder.add(fn.args[0], fn.args[0]))
    >>> shiver.parfor(shiver.from_llvm(fn), 5)
    array([0, 2, 4, 6, 8])

    numba's, in which an exception ends the loop:

    >>> import numba
    >>> @numba.cfunc("float64(CPointer(float64), int64)")
    ... def root(x, i):
    ...     if x[i] < 0:
    ...         raise ValueError("a root of a negative number")
    ...     return x[i] ** 0.5
    >>> shiver.parfor(shiver.from_llvm(root), 3, np.array([1.0, 4.0, 9.0]))
    array([1., 2., 3.])
    >>> shiver.parfor(root, 3, np.array([1.0, -4.0, 9.0]))
    Traceback (most recent call last):
    shiver.errors.KernelError: ValueError: a root of a negative number (code 1) at (1,)
    """
    return _function(obj, Request.checked(name, argtypes, fastmath))


def as_function(obj: object) -> Function:
    """The `Function` that a function object means; unless it was changed, made the first time only.

    Raises
    ------
    TypeError, ValueError, CompileError, OSError
        As for `from_llvm`.

    Examples
    --------
    >>> from shiver.adapters import as_function
    >>> as_function(lambda i: i)
    Traceback (most recent call last):
    TypeError: a body is a shiver.Function, such as shiver.from_c makes, or LLVM code ...
    """
    return _function(obj, Request())


def _function(obj: Any, request: Request) -> Function:
    if isinstance(obj, Function) and request == Request():
        return obj
    # Most processes hand over no such object, and need not read how one is taken.
    from shiver.adapters import code, llvmlite, numba

    if isinstance(obj, str | bytes | bytearray | memoryview):
        return code.function(obj if isinstance(obj, str) else bytes(obj), request)
    if isinstance(obj, os.PathLike):
        return code.function_in_file(obj, request)
    found = llvmlite.function(obj, request) or numba.function(obj, request)
    if found is not None:
        return found
    raise TypeError(
        f"a body is a shiver.Function, such as shiver.from_c makes, or {_TAKEN}; not {_kind(obj)}"
    )


def _kind(obj: object) -> str:
    kind = type(obj)
    if isinstance(obj, Function):
        return "a shiver.Function, which is made, and takes no other types"
    return f"{kind.__module__}.{kind.__qualname__}"
