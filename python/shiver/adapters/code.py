"""LLVM code as text, as bitcode or in a file."""

from __future__ import annotations

import os
import pathlib
from typing import Any

from shiver import sharing, symbols
from shiver.adapters import argtypes
from shiver.adapters.request import Request
from shiver.errors import FormatError
from shiver.function import Function
from shiver.module import Module
from shiver.sharing import Shared
from shiver.signature import read

__all__ = ["function", "function_in_file", "imported"]

#: How bitcode begins: plain, and in the wrapper that Apple's tools put around it.
_MAGIC = (b"BC\xc0\xde", b"\xde\xc0\x17\x0b")

#: What was imported and is still in use, by all that it was made of.
_shared: Shared[Module] = Shared(sharing.modules)


def function(code: str | bytes, request: Request) -> Function:
    """The function that is asked for, out of text or bitcode.

    >>> from shiver.adapters.code import function
    >>> from shiver.adapters.request import Request
    >>> function("define i64 @next(i64 %i) { %r = add i64 %i, 1 ret i64 %r }", Request())(41)
    42
    """
    if isinstance(code, bytes) and not code.startswith(_MAGIC):
        raise FormatError(
            f"these bytes are no LLVM bitcode, which begins with {_MAGIC[0]!r}: LLVM code as text "
            "is handed over as a str"
        )
    if isinstance(code, str) and "\n" not in code and code.endswith((".ll", ".bc")):
        raise ValueError(
            f"{code!r} is the name of a file, and a str is LLVM code itself: pass "
            f"pathlib.Path({code!r})"
        )
    if isinstance(code, str) and "define" not in code:
        raise FormatError(
            "this str defines no function in LLVM's textual IR: C goes to shiver.from_c, and a "
            "file is handed over as its pathlib.Path"
        )
    module = imported(code, None, None, request.fastmath)
    found = module._only() if request.name is None else module.get_function_named(request.name)
    if request.argtypes is None:
        return found
    declared = argtypes.declare(read(found.signature_json), request.argtypes)
    module = imported(code, None, declared, request.fastmath)
    return module.get_function_named(declared["symbol"])


def function_in_file(path: os.PathLike[Any], request: Request) -> Function:
    """As `function`, out of a file with either; it is read anew every time.

    >>> import pathlib, tempfile
    >>> from shiver.adapters.code import function_in_file
    >>> from shiver.adapters.request import Request
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "next.ll"
    ...     _ = path.write_text("define i64 @next(i64 %i) { %r = add i64 %i, 1 ret i64 %r }")
    ...     function_in_file(path, Request())(41)
    42
    """
    content = pathlib.Path(path).read_bytes()
    if content.startswith(_MAGIC):
        return function(content, request)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise FormatError(
            f"{os.fspath(path)!r} holds neither LLVM bitcode, which begins with {_MAGIC[0]!r}, "
            "nor text"
        ) from None
    # LLVM reads a final line break as nothing, and so a text of one line is not taken for a name.
    return function(text + "\n", request)


def imported(
    code: str | bytes,
    symbol: str | None,
    signature: dict[str, Any] | None,
    fastmath: tuple[str, ...],
) -> Module:
    """The module, made when it is first asked for.

    Parameters
    ----------
    code
        Text or bitcode.
    symbol
        `None` for the whole module; else that function and what it reaches.
    signature
        What is known of one of its functions, in the form of `shiver.signature`.
    fastmath
        Liberties that its arithmetic gets.

    Examples
    --------
    >>> from shiver.adapters.code import imported
    >>> text = "define i64 @next(i64 %i) { %r = add i64 %i, 1 ret i64 %r }"
    >>> imported(text, None, None, ())
    <shiver.Module of next>
    """
    import json

    known = None if signature is None else json.dumps(signature)
    key = (code, symbol, known, fastmath, symbols.generation())
    module = _shared.get(key)
    if module is None:
        module = Module.import_llvm(code, symbol, known, list(fastmath))
        module = _shared.keep(key, module)
    return module
