"""Function objects of other libraries.

`parfor` and `run` ask here about a function that is none of Shiver's. No library is imported: who
has an object of its has imported it.
"""

from __future__ import annotations

import re
import sys
import weakref
from typing import Any

from shiver.function import Function
from shiver.module import Module
from shiver.sharing import Shared

__all__ = ["as_function", "from_llvm"]

#: The functions that were made of llvmlite's, by the text of what was compiled: the code, the name
#: and the signature. An address, or `id`, would find old code under a new function.
_by_text: Shared[Function] = Shared()
#: Keeps what was made last of an llvmlite function for as long as that is in use.
_kept: weakref.WeakKeyDictionary[Any, Function] = weakref.WeakKeyDictionary()


def from_llvm(obj: object) -> Function:
    """Makes a `Function` of one that was built with llvmlite.

    `parfor` and `run` take the same objects as they are.

    Parameters
    ----------
    obj
        An `llvmlite.ir.Function` with a body. It is compiled together with what it reaches in
        its module. A pointer's elements are of the type that llvmlite was told; LLVM's integers
        have no sign: arrays of either are taken, and numbers count as signed.

    Raises
    ------
    TypeError
        Anything else; the text names what is taken.
    ValueError
        A function that has no body yet.
    CompileError
        LLVM does not accept the code. The subclass `SignatureError`, a `TypeError`
        too, is for parameters that cannot be passed.

    Examples
    --------
    >>> import shiver
    >>> from llvmlite import ir
    >>> i64 = ir.IntType(64)
    >>> fn = ir.Function(ir.Module(), ir.FunctionType(i64, [i64]), "twice")
    >>> builder = ir.IRBuilder(fn.append_basic_block())
    >>> _ = builder.ret(builder.add(fn.args[0], fn.args[0]))
    >>> shiver.parfor(shiver.from_llvm(fn), 5)
    array([0, 2, 4, 6, 8])
    """
    return as_function(obj)


def as_function(obj: object) -> Function:
    """The `Function` that a function object means.

    Parameters
    ----------
    obj
        A `Function`, or an `llvmlite.ir.Function`. The latter is compiled together with what
        it reaches in its module; unless it was changed, only the first time.

    Raises
    ------
    TypeError
        Anything else; the text names what is taken.
    ValueError
        A function that has no body yet.
    CompileError
        LLVM does not accept the code.

    Examples
    --------
    >>> from shiver.adapters import as_function
    >>> as_function(lambda i: i)
    Traceback (most recent call last):
    TypeError: a body is a shiver.Function, such as shiver.from_c makes, or an llvmlite...
    """
    if isinstance(obj, Function):
        return obj
    ir = sys.modules.get("llvmlite.ir")
    if ir is not None and isinstance(obj, ir.Function):
        return _from_llvmlite(obj, ir)
    kind = type(obj)
    raise TypeError(
        "a body is a shiver.Function, such as shiver.from_c makes, or an llvmlite.ir.Function; "
        f"not {kind.__module__}.{kind.__qualname__}"
    )


def _from_llvmlite(fn: Any, ir: Any) -> Function:
    if fn.is_declaration:
        raise ValueError(f"the llvmlite function {fn.name!r} has no body yet")
    key = (_code(fn), fn.name, _signature(fn, ir))
    function = _by_text.get(key)
    if function is None:
        module = Module.import_llvm(*key, [], False)
        function = _by_text.keep(key, module.get_function_named(fn.name))
    _kept[fn] = function
    return function


def _code(fn: Any) -> str:
    """The function and what it reaches, as LLVM's text.

    The rest of the module is left out: half-built functions may stand beside a finished one.
    """
    module = fn.module
    known = {value.get_reference(): value for value in module.globals.values()}
    texts: dict[str, str] = {}
    todo = [fn.get_reference(), *_references(_metadata(module))]
    while todo:
        reference = todo.pop()
        if reference in known and reference not in texts:
            texts[reference] = str(known[reference])
            todo += _references(texts[reference])
    head = [f'target triple = "{module.triple}"', f'target datalayout = "{module.data_layout}"']
    types = [declared.get_declaration() for declared in module.get_identified_types().values()]
    body = [texts[reference] for reference in known if reference in texts]
    return "\n".join([*head, *types, *body, _metadata(module)])


def _metadata(module: Any) -> str:
    lines = []
    for name, node in module.namedmetadata.items():
        operands = ", ".join(operand.get_reference() for operand in node.operands)
        lines.append(f"!{name} = !{{ {operands} }}")
    return "\n".join([*lines, *map(str, module.metadata)])


def _references(text: str) -> list[str]:
    """The globals that are named in a text; what stands inside of a string is none."""
    return [token for token in re.findall(r'@?"[^"]*"', text) if token.startswith("@")]


def _signature(fn: Any, ir: Any) -> str:
    """The types as far as llvmlite knows them, in the form of `shiver.signature`.

    LLVM's integers have no sign: arrays of either fit, and numbers count as signed. A pointer's
    element type is what llvmlite was told.
    """
    import json

    params = [
        # llvmlite calls a parameter without a name `.1`.
        {"name": "" if arg.name.startswith(".") else arg.name, "type": _type(arg.type, ir)}
        for arg in fn.args
    ]
    if fn.ftype.var_arg:
        params.append({"name": "", "type": {"unsupported": "..."}})
    returns = _type(fn.ftype.return_type, ir)
    return json.dumps({"name": fn.name, "symbol": fn.name, "returns": returns, "params": params})


def _type(ty: Any, ir: Any) -> Any:
    if isinstance(ty, ir.VoidType):
        return "void"
    if isinstance(ty, ir.PointerType):
        to, dims = getattr(ty, "pointee", None), []
        while isinstance(to, ir.ArrayType):
            dims.append({"const": to.count})
            to = to.element
        dims = dims if to is not None else []
        return {"pointer": {"to": _element(to, ir), "dims": dims, "signless": True}}
    scalar = _scalar(ty, ir)
    return {"unsupported": str(ty)} if scalar is None else {"scalar": scalar}


def _element(ty: Any, ir: Any) -> Any:
    if isinstance(ty, ir.PointerType):
        return _type(ty, ir)
    scalar = None if ty is None else _scalar(ty, ir)
    if scalar is None or scalar == "bool":
        # An i1 has no agreed form in memory.
        return "unknown"
    return {"scalar": scalar}


def _scalar(ty: Any, ir: Any) -> str | None:
    if isinstance(ty, ir.IntType):
        return {1: "bool", 8: "int8", 16: "int16", 32: "int32", 64: "int64"}.get(ty.width)
    for kind, name in ((ir.HalfType, "float16"), (ir.FloatType, "float32"),
                       (ir.DoubleType, "float64")):  # fmt: skip
        if isinstance(ty, kind):
            return name
    return None
