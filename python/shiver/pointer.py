"""`from_pointer`: C functions that were compiled elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shiver import sharing
from shiver.errors import CompileError
from shiver.function import Function
from shiver.module import Module
from shiver.sharing import Shared
from shiver.signature import read, spelling, tagged

if TYPE_CHECKING:
    from shiver.foreign import Foreign

__all__ = ["from_pointer"]

#: By address, declaration, user data and owner; each holds its owner, so that nobody else has that
#: identity meanwhile.
_shared: Shared[Module] = Shared(sharing.modules)


def from_pointer(p: object, signature: str | None = None) -> Function:
    """Makes a `Function` of a C function that was compiled elsewhere.

    It is called, and cannot be inlined, so its loops have no vectors; what there is to say of
    arguments, results, schedules and reductions is the same. Ctrl-C, ``timeout=`` and `cancel` end
    a loop between two iterations. A fault in the function ends the process. What is made holds an
    address, so it cannot be pickled; `p` lives as long as it does.

    The function is called on several threads at once and without the interpreter's lock. One that
    ctypes or cffi makes of a Python function takes the lock itself, so its iterations run one after
    another; an exception in it cannot come out of it: ctypes and cffi print it and go on. One that
    Cython declares without ``nogil`` must not touch Python's objects.

    Parameters
    ----------
    p
        A function of ctypes' or cffi's, a `scipy.LowLevelCallable`, a `PyCapsule` such as Cython
        keeps in ``__pyx_capi__``, a `numba.cfunc`, or an address as an integer or a ``void *``.
    signature
        The function's type. C's own declaration, ``"double f(const double *x, long i)"``, with or
        without names; a pointer to a function, ``"double (*)(double)"``; or what a
        `Function.signature` prints, ``"float64 f(const float64* x, int64 i)"``. The types of
        ``<stdint.h>`` are known; structs may be declared in front, each with its semicolon. `None`
        for what `p` itself tells: ctypes by ``argtypes`` and ``restype``, cffi by its type, a
        capsule by its name.

        The user data of a `LowLevelCallable`, or a capsule's context, goes to a last parameter
        ``void *``, as in SciPy; that is then not one of the Function's. Without user data, a
        `LowLevelCallable`'s gets null. What Cython adds to a ``cpdef`` function, a last
        ``int __pyx_skip_dispatch``, is 0 and not one of the Function's either.

    Raises
    ------
    TypeError
        `p` is no C function, or one that needs the interpreter's lock; `signature` is missing, or
        is not what `p` tells of itself, and the text names the argument.
    ValueError
        A null pointer; a `signature` that is no declaration; user data that no parameter takes.
    CompileError
        A type in `signature` is not known. The subclass `SignatureError`, a `TypeError` too, is
        for a function that takes or returns a struct by value, ``long double``, ``__int128`` or
        variable arguments.

    Examples
    --------
    >>> import ctypes, numpy as np, shiver
    >>> libm = ctypes.CDLL("libm.so.6")
    >>> ldexp = shiver.from_pointer(libm.ldexp, "double ldexp(double x, int exponent)")
    >>> shiver.parfor(ldexp, 4, 1.5)
    array([ 1.5,  3. ,  6. , 12. ])
    >>> libm.cbrt.argtypes, libm.cbrt.restype = [ctypes.c_double], ctypes.c_double
    >>> shiver.from_pointer(libm.cbrt)(8.0)
    2.0
    """
    if signature is not None and not isinstance(signature, str):
        raise TypeError(
            'the signature is a str, such as "double f(const double *x, long i)", not '
            f"{type(signature).__name__}"
        )
    # Who passes no such function does not wait for what reads them.
    from shiver import foreign

    found = foreign.read(p)
    if found.address == 0:
        raise ValueError(f"{found.what} is null: there is no function")
    declaration = found.declaration if signature is None else signature
    if declaration is None:
        raise TypeError(
            f"what {found.what} takes is not known, since {found.reason}: say it in the signature, "
            'as in from_pointer(p, "double f(const double *x, long i)")'
        )
    owner = None if found.owner is None else id(found.owner)
    key = (found.address, declaration, found.declaration, found.context, owner)
    module = _shared.get(key)
    if module is None:
        module = _shared.keep(key, _made(found, declaration, signature is not None))
    return module._only()


def _made(found: Foreign, declaration: str, given: bool) -> Module:
    module = Module.from_address(declaration, found.address, None)
    function = module._only()
    if given and found.declaration is not None:
        _check_agreement(found, function)
    params = read(function.signature_json)["params"]
    takes_context = bool(params) and _is_context(params[-1]["type"])
    # With user data that no parameter takes, this says so.
    if found.context or (found.context is not None and takes_context):
        module = Module.from_address(declaration, found.address, found.context)
    module.__dict__["_owner"] = found.owner
    return module


def _is_context(type_json: Any) -> bool:
    pointer = tagged(type_json, "pointer")
    return pointer is not None and pointer["to"] == "void" and not pointer.get("dims")


def _check_agreement(found: Foreign, function: Function) -> None:
    """Refuses a signature that is not what the object tells of itself."""
    try:
        own = Module.from_address(found.declaration or "", found.address, None)._signatures()[0]
    except (CompileError, ValueError):
        return  # It speaks of types that only its own library knows.
    told = read(function.signature_json)
    if len(own["params"]) != len(told["params"]):
        raise TypeError(
            f"{found.what} takes {len(own['params'])} arguments, and {function.signature} "
            f"{len(told['params'])}"
        )
    pairs = [
        (f"parameter {theirs['name'] or number}", mine["type"], theirs["type"])
        for number, (mine, theirs) in enumerate(zip(own["params"], told["params"], strict=True), 1)
    ]
    if not found.result_assumed:
        pairs.append(("the result", own["returns"], told["returns"]))
    for place, mine, theirs in pairs:
        if not _agree(mine, theirs):
            raise TypeError(
                f"{place} is {spelling(theirs)} in {function.signature}, and "
                f"{spelling(mine)} as {found.what} tells it"
            )


def _agree(mine: Any, theirs: Any) -> bool:
    """Whether two types are one, as far as both are known; `const` is not told by all."""
    scalars = {tagged(mine, "scalar"), tagged(theirs, "scalar")}
    if scalars != {None}:
        return len(scalars) == 1 or scalars in ({"char", "int8"}, {"char", "uint8"})
    pointers = [tagged(mine, "pointer"), tagged(theirs, "pointer")]
    if None not in pointers:
        known = [pointer["to"] for pointer in pointers if _is_known(pointer["to"])]
        return len(known) < 2 or _agree(*known)
    sizes = [(tagged(t, "struct") or {}).get("size") for t in (mine, theirs)]
    return pointers == [None, None] and bool(sizes[0] == sizes[1])


def _is_known(type_json: Any) -> bool:
    return any(tagged(type_json, tag) is not None for tag in ("scalar", "pointer", "struct"))
