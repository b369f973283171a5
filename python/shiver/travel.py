"""How a `Module` travels: what `pickle` writes of it, and what is made of that where it arrives.

A `Function` is a module and a name in it, so this is how both are sent.
"""

from __future__ import annotations

from binascii import crc32
from typing import TypeAlias

from shiver import sharing, symbols
from shiver.errors import CompileError
from shiver.module import Module
from shiver.sharing import Shared

__all__ = ["arrived", "packed"]

#: Which fields follow; grows when they change.
FORM = 1

#: The form, who wrote it, bitcode, libraries, whether others may call it by name, whether it comes
#: from outside, and a checksum.
Packed: TypeAlias = tuple[int, str, bytes, tuple[str, ...], bool, bool, int]

#: What arrived and is still in use: a pool sends the same function with each of its tasks.
_shared: Shared[Module] = Shared(sharing.modules)


def packed(module: Module) -> Packed:
    """All that has to travel: bitcode and options.

    >>> import shiver
    >>> from shiver.travel import packed
    >>> packed(shiver.module_from_c("int f(int x) { return x; }"))[3:6]
    ((), False, False)
    """
    from shiver import __version__

    bitcode, libraries, link, foreign = module.state()
    names = tuple(libraries)
    checksum = _checksum(bitcode, names, link, foreign)
    return FORM, __version__, bitcode, names, link, foreign, checksum


def arrived(*fields: object) -> Module:
    """The module that was packed; the same one as long as it is in use.

    So whatever arrives twice is compiled once, and shares its C ``static`` variables.

    Raises
    ------
    CompileError
        What arrived is damaged, or was written by a Shiver or an LLVM that this one cannot read.
    LinkError
        A library cannot be loaded here.

    Examples
    --------
    >>> import shiver
    >>> from shiver.travel import arrived, packed
    >>> m = shiver.module_from_c("int f(int x) { return x; }")
    >>> arrived(*packed(m)) == m
    True
    """
    writer, bitcode, libraries, link, foreign = _read(fields)
    module = _shared.get((bitcode, libraries, link, foreign, symbols.generation()))
    if module is not None:
        return module
    try:
        module = Module.from_state((bitcode, list(libraries), link, foreign))
    except CompileError as error:
        from shiver import __version__

        if writer == __version__:
            raise
        raise CompileError(f"this was pickled by Shiver {writer}: {error}") from error
    if link:
        symbols.have_changed()
    return _shared.keep((bitcode, libraries, link, foreign, symbols.generation()), module)


def _read(fields: tuple[object, ...]) -> tuple[str, bytes, tuple[str, ...], bool, bool]:
    from shiver import __version__

    match fields:
        case (int(form), str(writer), *_) if form > FORM:
            raise CompileError(
                f"this was pickled by Shiver {writer}, in a form that Shiver {__version__} does "
                "not know: unpickle it with that version or a newer one"
            )
        case (
            int(form),
            str(writer),
            bytes(bitcode),
            tuple(libraries),
            bool(link),
            bool(foreign),
            int(checksum),
        ) if form == FORM and all(isinstance(name, str) for name in libraries):
            if checksum == _checksum(bitcode, libraries, link, foreign):
                return writer, bitcode, libraries, link, foreign
    raise CompileError("this pickle of a Shiver function is damaged: send or write it again")


def _checksum(bitcode: bytes, libraries: tuple[str, ...], link: bool, foreign: bool) -> int:
    return crc32(repr((libraries, link, foreign)).encode(), crc32(bitcode))
