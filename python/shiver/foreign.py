"""C functions that other libraries hold: where they are, and what is known of their types.

No library is imported but ctypes, and that only where a function is one of its, or a capsule.
"""

from __future__ import annotations

import operator
import sys
import types
from typing import Any, NamedTuple

from shiver.c_types import CffiTypes, CtypesTypes, NotTold
from shiver.errors import SignatureError
from shiver.function import Function
from shiver.generic_value import GenericValue

__all__ = ["Foreign", "read"]

#: What a ctypes function has among its flags that is to be called with the interpreter's lock.
_NEEDS_LOCK = 4


class Foreign(NamedTuple):
    """What an object tells of the C function that it holds."""

    #: What it is, in words.
    what: str
    address: int
    #: What has to live as long as the function is used.
    owner: object
    #: Its own declaration in C, if it has one; else why not.
    declaration: str | None
    reason: str
    #: Whether the type of the result is the one that ctypes assumes of every function.
    result_assumed: bool = False
    #: The function's user data, 0 for none, of an object that can have some.
    context: int | None = None


def read(p: Any) -> Foreign:
    """What an object tells of the C function that it holds.

    Raises
    ------
    TypeError
        It holds none, or one that is to be called with the interpreter's lock.
    OverflowError
        An integer that is no address.

    Examples
    --------
    >>> import ctypes
    >>> from shiver import foreign
    >>> cos = ctypes.CDLL("libm.so.6").cos
    >>> cos.argtypes, cos.restype = [ctypes.c_double], ctypes.c_double
    >>> foreign.read(cos).declaration
    'double cos(double)'
    """
    if isinstance(p, Function):
        raise TypeError("this is a shiver.Function already, and can be run as it is")
    if isinstance(p, GenericValue):
        return _of_address(p.as_pointer())
    for reader in (_of_ctypes, _of_cffi, _of_scipy, _of_capsule, _of_numba):
        found = reader(p)
        if found is not None:
            return found
    if isinstance(p, bool) or not hasattr(type(p), "__index__"):
        raise TypeError(_no_function(p))
    return _of_address(operator.index(p))


def _no_function(p: Any) -> str:
    kind = type(p)
    text = (
        "from_pointer takes a ctypes or cffi function, a scipy.LowLevelCallable, a PyCapsule or an "
        f"address, not {kind.__module__}.{kind.__qualname__}"
    )
    if callable(p):
        text += "; a function of Python's can be made one of C's with numba.cfunc"
    return text


def _of_address(address: int) -> Foreign:
    if not 0 <= address < 1 << 64:
        raise OverflowError(f"{address} is no address: it does not fit 64 bits")
    return Foreign("an address", address, None, None, "an address does not tell it")


def _of_ctypes(p: Any) -> Foreign | None:
    ctypes = sys.modules.get("ctypes")
    if ctypes is None:
        return None
    if isinstance(p, ctypes.c_void_p):
        return _of_address(p.value or 0)._replace(owner=p)
    import _ctypes

    if not isinstance(p, _ctypes.CFuncPtr):
        return None
    kind: Any = type(p)
    name = getattr(p, "__name__", "")
    what = f"the ctypes function {name}".rstrip()
    argtypes: Any = p.argtypes
    restype: Any = p.restype
    objects = [t for t in (*(argtypes or ()), restype) if _is(t, ctypes.py_object)]
    if kind._flags_ & _NEEDS_LOCK or objects:
        why = "takes or gives Python's objects" if objects else "belongs to Python's own interface"
        raise TypeError(
            f"{what} {why}, and needs the interpreter's lock, which a loop does not hold"
        )
    address = ctypes.cast(p, ctypes.c_void_p).value or 0
    # A function of a library begins with the result int; only one with a prototype has really told.
    assumed = "_argtypes_" not in kind.__dict__ and restype is kind._restype_
    made = Foreign(what, address, p, None, "it has no argtypes", assumed)
    if argtypes is None:
        return made
    writer = CtypesTypes()
    try:
        params = [writer.param(param) for param in argtypes]
        # What is called with the result, before it is given to Python, is Python's own affair.
        returns = writer.write(restype)
    except NotTold as untold:
        return made._replace(reason=f"it has {untold} among its argtypes or as restype")
    for position, param in enumerate(argtypes):
        if _is(param, _ctypes.Structure, _ctypes.Union):
            raise _by_value(what, f"parameter number {position + 1}", param.__name__)
    if _is(restype, _ctypes.Structure, _ctypes.Union):
        raise _by_value(what, "the result", restype.__name__)
    return made._replace(declaration=writer.declaration(name, returns, params))


def _is(kind: object, *classes: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, classes)


def _by_value(what: str, place: str, name: str) -> SignatureError:
    return SignatureError(
        f"{what}: {place} is the struct or union {name} by value, which is not taken from outside: "
        "use a pointer to it"
    )


def _of_cffi(p: Any) -> Foreign | None:
    cffi: Any = sys.modules.get("_cffi_backend")
    if cffi is None:
        return None
    ffi, owner, name = cffi.FFI(), p, ""
    # A function of a compiled module is a builtin of Python's, which holds its library.
    if isinstance(p, types.BuiltinFunctionType) and isinstance(p.__self__, cffi.Lib):
        name = p.__name__
        p = ffi.addressof(p.__self__, name)
    if not isinstance(p, cffi._CDataBase):
        return None
    kind = ffi.typeof(p)
    if kind.kind == "pointer" and kind.item.kind == "void":
        return _of_address(int(ffi.cast("uintptr_t", p)))._replace(owner=owner)
    if kind.kind != "function":
        raise TypeError(f"from_pointer takes a cffi function, not the {kind.kind} {kind.cname}")
    what = f"the cffi function {name or kind.cname}"
    for position, param in enumerate(kind.args):
        if param.kind in ("struct", "union"):
            raise _by_value(what, f"parameter number {position + 1}", param.cname)
    if kind.result.kind in ("struct", "union"):
        raise _by_value(what, "the result", kind.result.cname)
    writer = CffiTypes()
    # `ellipsis` is also set where cffi cannot call by address: complex numbers, structs by value.
    params = [writer.write(param) for param in kind.args] + ["..."] * ("..." in kind.cname)
    declaration = writer.declaration(name, writer.write(kind.result), params)
    return Foreign(what, int(ffi.cast("uintptr_t", p)), owner, declaration, "")


def _of_scipy(p: Any) -> Foreign | None:
    ccallback: Any = sys.modules.get("scipy._lib._ccallback")
    if ccallback is None or not isinstance(p, ccallback.LowLevelCallable):
        return None
    # The first of a tuple that does not want to be one, as SciPy's own C code takes it.
    capsule = _of_capsule(tuple.__getitem__(p, 0))
    if capsule is None:
        raise TypeError("this scipy.LowLevelCallable holds no function")
    # Which may say more than SciPy's words: cffi and ctypes know structs.
    within = next(filter(None, (reader(p.function) for reader in (_of_ctypes, _of_cffi))), None)
    known = within if within is not None and within.declaration is not None else capsule
    return capsule._replace(
        what=f"the LowLevelCallable of {known.what}",
        owner=p,
        declaration=known.declaration,
        reason=known.reason,
        result_assumed=known.result_assumed,
    )


def _of_capsule(p: Any) -> Foreign | None:
    if type(p).__name__ != "PyCapsule":
        return None
    import ctypes

    def ask(function: str, returns: Any, *params: Any) -> Any:
        # A prototype of our own: those of `ctypes.pythonapi` belong to whoever set them.
        return ctypes.PYFUNCTYPE(returns, ctypes.py_object, *params)((function, ctypes.pythonapi))

    name = ask("PyCapsule_GetName", ctypes.c_char_p)(p)
    address = ask("PyCapsule_GetPointer", ctypes.c_void_p, ctypes.c_char_p)(p, name)
    context = ask("PyCapsule_GetContext", ctypes.c_void_p)(p)
    text = (name or b"").decode("utf-8", "replace")
    is_declaration = "(" in text
    what = f"the capsule {text!r}" if text else "a capsule without a name"
    if is_declaration and "PyObject" in text:
        raise TypeError(
            f"{what} takes or gives Python's objects, and needs the interpreter's lock, which a "
            "loop does not hold"
        )
    return Foreign(
        what,
        address or 0,
        p,
        text if is_declaration else None,
        "" if is_declaration else "its name does not tell it",
        context=context or 0,
    )


def _of_numba(p: Any) -> Foreign | None:
    ccallback: Any = sys.modules.get("numba.core.ccallback")
    if ccallback is None or not isinstance(p, ccallback.CFunc):
        return None
    found = _of_ctypes(p.ctypes)
    return None if found is None else found._replace(what="the numba cfunc", owner=p)
