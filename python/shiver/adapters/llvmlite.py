"""Modules and functions of llvmlite's: those of its builder, and those that its LLVM has parsed.

Its LLVM is another one than Shiver's, in the same process: only text and bitcode pass between them.
"""

from __future__ import annotations

import re
import sys
import weakref
from typing import Any

from shiver.adapters import argtypes, code
from shiver.adapters.request import Request
from shiver.function import Function
from shiver.module import pick

__all__ = ["function"]

#: Keeps what was made last of an object for as long as that is in use. What is found by is the text
#: of the code; an address, or `id`, would find old code under a new function.
_kept: weakref.WeakKeyDictionary[Any, Function] = weakref.WeakKeyDictionary()


def function(obj: Any, request: Request) -> Function | None:
    """The function that an object of llvmlite's means; `None` for any other object.

    >>> from llvmlite import binding
    >>> from shiver.adapters.llvmlite import function
    >>> from shiver.adapters.request import Request
    >>> text = "define i64 @next(i64 %i) { %r = add i64 %i, 1 ret i64 %r }"
    >>> module = binding.parse_assembly(text)
    >>> function(module, Request()), function(module.get_function("next"), Request())
    (<shiver.Function int64 next(int64 i)>, <shiver.Function int64 next(int64 i)>)
    """
    ir, binding = sys.modules.get("llvmlite.ir"), sys.modules.get("llvmlite.binding")
    made = None
    if ir is not None and isinstance(obj, ir.Function):
        request.only(obj.name)
        made = _built(obj, request, ir)
    elif ir is not None and isinstance(obj, ir.Module):
        made = _built(_function_of(obj, request.name), request, ir)
    elif binding is not None and isinstance(obj, binding.ModuleRef):
        made = code.function(obj.as_bitcode(), request)
    elif binding is not None and isinstance(obj, binding.ValueRef):
        made = _parsed(obj, request)
    if made is not None:
        _kept[obj] = made
    return made


def _function_of(module: Any, name: str | None) -> Any:
    """The function of a module that is meant."""
    hidden = ("internal", "private", "available_externally")
    candidates = {
        fn.name: fn for fn in module.functions if not fn.is_declaration and fn.linkage not in hidden
    }
    return candidates[pick(list(candidates), name)]


def _parsed(value: Any, request: Request) -> Function:
    """A function that llvmlite's LLVM holds."""
    if not value.is_function:
        raise TypeError(
            f"a body is a function, and this llvmlite.binding.ValueRef is a {value.value_kind.name}"
        )
    if value.is_declaration:
        raise ValueError(f"the llvmlite function {value.name!r} has no body")
    request.only(value.name)
    return code.function(value.module.as_bitcode(), request._replace(name=value.name))


def _built(fn: Any, request: Request, ir: Any) -> Function:
    """A function that was built with llvmlite."""
    if fn.is_declaration:
        raise ValueError(f"the llvmlite function {fn.name!r} has no body yet")
    signature = _signature(fn, ir)
    if request.argtypes is not None:
        signature = argtypes.declare(signature, request.argtypes)
    module = code.imported(_code(fn), fn.name, signature, request.fastmath)
    return module.get_function_named(fn.name)


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


def _signature(fn: Any, ir: Any) -> dict[str, Any]:
    """The types as far as llvmlite knows them, in the form of `shiver.signature`.

    LLVM's integers have no sign: arrays of either fit, and numbers count as signed. A pointer's
    element type is what llvmlite was told; where it was not, what the code does with it tells.
    """
    params = [
        # llvmlite calls a parameter without a name `.1`.
        {"name": "" if arg.name.startswith(".") else arg.name, "type": _type(arg.type, ir)}
        for arg in fn.args
    ]
    if fn.ftype.var_arg:
        params.append({"name": "", "type": {"unsupported": "..."}})
    returns = _type(fn.ftype.return_type, ir)
    return {"name": fn.name, "symbol": fn.name, "returns": returns, "params": params}


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
