"""The code of a function that numba has compiled, with C's way of calling.

numba compiles a Python function to one that gives back a status, and takes the address of its
result and that of an exception in front of its arguments. Around it comes a function with C's way
of calling, which reports an exception to the loop. numba's LLVM is another one than Shiver's, in
the same process: what passes over is bitcode, which numba's LLVM writes.
"""

from __future__ import annotations

import ctypes
import re
import sys
from typing import Any

from shiver import _native
from shiver.adapters import code
from shiver.adapters.numba_exception import SIZE
from shiver.adapters.numba_types import complex_part, llvm_type
from shiver.adapters.request import Request
from shiver.function import Function
from shiver.module import Module
from shiver.signature import read

__all__ = ["wrapped"]


def wrapped(
    library: Any,
    inner: str,
    signature: dict[str, Any],
    names: dict[str, Any],
    request: Request,
) -> Function:
    """The function of that signature around numba's.

    Parameters
    ----------
    library
        numba's `CodeLibrary`.
    inner
        The symbol of numba's function in it.
    signature
        As `shiver.adapters.numba_types.signature` gives it.
    names
        The globals of the Python function.
    request
        What the user said of the types of its parameters, which holds as it stands, and the
        liberties that its arithmetic gets.
    """
    binding = sys.modules["llvmlite.binding"]
    with _compiler_lock():
        text, held = _with_variables_outside(library.get_llvm_str(), library, names)
        text += _wrapper(inner, signature, "NRT_Allocate" in text, "@NRT_Free(" in text)
        module = binding.parse_assembly(text)
        module.verify()
        _add_symbols(module)
        told = _with_const(signature, module.as_bitcode(), request.argtypes)
        bitcode = binding.parse_assembly(text + _metadata(told)).as_bitcode()
    symbol = signature["symbol"]
    imported = code.imported(bitcode, symbol, None, request.fastmath)
    # What compiled code reaches by its address is held by whoever holds the code.
    imported.__dict__["_held"] = held
    return imported.get_function_named(symbol)


def _with_const(
    signature: dict[str, Any], bitcode: bytes, said: tuple[str | None, ...] | None
) -> dict[str, Any]:
    """The signature, in which a pointer that is only read through is const.

    numba's types have no const; what the code does with a pointer tells.
    """
    [found] = Module.import_llvm(bitcode, signature["symbol"], None, []).signatures()
    params = signature["params"]
    # Where the result goes through an address, that is the first parameter.
    inferred = read(found)["params"][-len(params) :] if params else []
    declared = []
    for k, (param, known) in enumerate(zip(params, inferred, strict=True)):
        pointer = param["type"].get("pointer")
        if pointer is not None and (said is None or said[k] is None):
            pointer = {**pointer, "const": known["type"]["pointer"]["const"]}
            param = {**param, "type": {"pointer": pointer}}
        declared.append(param)
    return {**signature, "params": declared}


def _compiler_lock() -> Any:
    """The lock that numba holds while it uses its LLVM."""
    return sys.modules["numba.core.compiler_lock"].global_compiler_lock


#: A variable in which numba's code looks for its environment.
_ENVIRONMENT = re.compile(
    r'^@"?(_ZN08NumbaEnv[^ "]*)"? = (?:[a-z_]+ )*global ptr null.*$', re.MULTILINE
)
#: A variable that is not in the code.
_OUTSIDE = re.compile(r"^@([\w.]+) = external (?:[a-z_]+ )*global .*$", re.MULTILINE)


def _with_variables_outside(text: str, library: Any, names: dict[str, Any]) -> tuple[str, Any]:
    """The code, with all variables that numba fills found by name; and what they hold.

    An environment holds the Python objects that the code uses, such as to build an exception's
    arguments; numba puts its address into a variable of the loaded code. Where it did not, as for
    a `cfunc`, `names`, the function's globals, make one.

    Of other variables outside, Python's objects among them, numba has its own idea of what their
    names mean: the object, where C has a variable with its address.
    """
    environments = sys.modules["numba.core.environment"]
    engine = library.codegen._engine
    held = []
    for name in set(_ENVIRONMENT.findall(text)):
        address = engine.get_global_value_address(name)
        known = ctypes.c_void_p.from_address(address).value if address else None
        if known is not None:
            environment = ctypes.cast(known, ctypes.py_object).value
        else:
            environment = environments.lookup_environment(name)
            environment = environment or environments.Environment(names)
        place = ctypes.c_void_p(id(environment))
        held.append((place, environment))
        _native.add_symbol(name, ctypes.addressof(place))
    text = _ENVIRONMENT.sub(r'@"\1" = external global ptr', text)
    binding = sys.modules["llvmlite.binding"]
    for name in _OUTSIDE.findall(text):
        address = binding.address_of_symbol(name)
        if address:
            _native.add_symbol(f"numba.{name}", address)
            text = re.sub(rf"@{re.escape(name)}\b(?!\.)", f"@numba.{name}", text)
    return text, held


def _wrapper(inner: str, signature: dict[str, Any], allocates: bool, frees: bool) -> str:
    """A function with C's way of calling around numba's.

    It is told whether the code allocates memory, which an exception that is not told has to be
    freed of, and whether it declares how.
    """
    returns = signature["returns"]
    result = "ptr" if returns == "void" else llvm_type(returns)
    by_address = complex_part(returns) is not None
    takes = ["ptr %result"] if by_address else []
    gives, before = [], []
    for k, param in enumerate(signature["params"]):
        part = complex_part(param["type"])
        if part is None:
            takes.append(f"{llvm_type(param['type'])} %a{k}")
            gives.append(f"{llvm_type(param['type'])} %a{k}")
            continue
        takes.append(f"ptr %a{k}")
        size = 4 if part == "float" else 8
        before += [
            f"%r{k} = load {part}, ptr %a{k}, align {size}",
            f"%q{k} = getelementptr i8, ptr %a{k}, i64 {size}",
            f"%i{k} = load {part}, ptr %q{k}, align {size}",
        ]
        gives += [f"{part} %r{k}", f"{part} %i{k}"]
    if returns == "void" or by_address:
        returned, after = "void", ["ret void"]
    else:
        returned = result
        after = [f"%value = load {result}, ptr %result", f"ret {result} %value"]
    room = [] if by_address else [f"%result = alloca {result}, align 16"]
    align = ", align 4" if by_address and "float" in result else ", align 8"
    free = [
        # What was told is copied but for the arguments, which are freed by who reads them.
        "described:",
        "%flag.at = getelementptr i8, ptr %info, i64 32",
        "%flag = load i32, ptr %flag.at",
        "%dynamic = icmp sgt i32 %flag, 0",
        "br i1 %dynamic, label %free, label %done",
        "free:",
        "%held.at = getelementptr i8, ptr %info, i64 16",
        "%held = load ptr, ptr %held.at",
        "%lost = icmp eq i32 %told, 0",
        "%arguments = select i1 %lost, ptr %held, ptr null",
        "call void @NRT_Free(ptr %arguments)",
        "call void @NRT_Free(ptr %info)",
        "br label %done",
    ]
    lines = [
        *room,
        "%excinfo = alloca ptr",
        f"store {result} zeroinitializer, ptr %result{align}",
        "store ptr null, ptr %excinfo",
        *before,
        f'%status = call i32 @"{inner}"({", ".join(["ptr %result", "ptr %excinfo", *gives])})',
        # -2 says that what was returned is None.
        "switch i32 %status, label %failed [i32 0, label %done i32 -2, label %done]",
        "failed:",
        "%info = load ptr, ptr %excinfo",
        "%none = icmp eq ptr %info, null",
        f"%size = select i1 %none, i64 0, i64 {SIZE}",
        "%code = sext i32 %status to i64",
        "%told = call i32 @shiver.raise(i64 %code, ptr %info, i64 %size)",
        f"br i1 %none, label %done, label %{'described' if allocates else 'done'}",
        *(free if allocates else []),
        "done:",
        *after,
    ]
    declared = ["declare i32 @shiver.raise(i64, ptr, i64)"]
    if allocates and not frees:
        declared.append("declare void @NRT_Free(ptr)")
    head = f'define {returned} @"{signature["symbol"]}"({", ".join(takes)}) {{'
    return "\n".join(["", *declared, head, *lines, "}", ""])


def _metadata(signature: dict[str, Any]) -> str:
    """The signature as the bitcode carries it."""
    import json

    plain = json.dumps(signature, separators=(",", ":"))
    escaped = "".join(c if c not in '"\\' else f"\\{ord(c):02X}" for c in plain)
    return f'\n!shiver.signatures = !{{!1000000}}\n!1000000 = !{{!"{escaped}"}}\n'


def _add_symbols(module: Any) -> None:
    """Makes what numba's code calls, and only numba's LLVM knows, callable by name."""
    binding = sys.modules["llvmlite.binding"]
    process = ctypes.CDLL(None)
    for declared in module.functions:
        name = declared.name
        if not declared.is_declaration or name.startswith(("llvm.", "shiver.")):
            continue
        if name.startswith(("NRT_", "numba_")) or not hasattr(process, name):
            address = binding.address_of_symbol(name)
            if address:
                _native.add_symbol(name, address)
