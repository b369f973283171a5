"""`from_c` and `module_from_c`: from a string of C to what can be run."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Collection, Iterable, Mapping

from shiver import _native, sharing, symbols
from shiver.errors import CompileWarning, diagnostics_from_json
from shiver.function import Function
from shiver.module import Module
from shiver.options import Options
from shiver.sharing import Shared

__all__ = ["from_c", "module_from_c"]


def from_c(
    src: str,
    name: str | None = None,
    compiler: str = "clang",
    print_llvm: bool = False,
    link: bool = False,
    *,
    lang: str = "c",
    flags: Iterable[str] = (),
    include_dirs: Iterable[str | os.PathLike[str]] = (),
    defines: Mapping[str, object] | None = None,
    libraries: Iterable[str | os.PathLike[str]] = (),
    fastmath: bool | str | Collection[str] = False,
) -> Function:
    """Compiles C and gives one function of it.

    It is compiled in this process, by the clang inside of the package and for this CPU: no
    compiler, no header and no temporary file is needed. Compiling a source twice gives the same
    `Function` while the first is in use, and so its C ``static`` variables, unless it reads files
    of the user's or looks for some, which may have changed, or symbols were added in between
    (`add_symbol`, `link`).

    Parameters
    ----------
    src
        The source. ``static`` and plain ``inline`` helpers beside the body are fine.
    name
        The function to take; `None` takes the only one with external linkage and a body. A
        C++ function may be named by its symbol.
    compiler
        ``"clang"``, the one inside; kept from 0.12.
    print_llvm
        Whether to write the LLVM code to `sys.stdout`.
    link
        Whether what is compiled later may call its functions by name.
    lang
        ``"c"`` for C17 or ``"c++"`` for C++17 without exceptions and RTTI.
    flags
        clang's ``-D -U -I -std= -O -g -W -f -m``. They say how the source is read: which macros
        are defined, which intrinsics may be used. The loop is optimised for the CPU it runs on, or
        the one that ``SHIVER_CPU`` names, whatever ``-O`` and ``-march`` say.
    include_dirs
        Folders of headers, searched before those of the package.
    defines
        Macros and what they stand for, `None` for a plain define.
    libraries
        Shared libraries to load and to search for symbols: by path, by file name, or as a linker
        takes them, such as ``["gsl"]``. One that needs others of the list, as GSL may need a
        BLAS, finds them there.
    fastmath
        `False` for NumPy's arithmetic; `True` for all of clang's fast-math (tests for NaN
        may then be false); or a name or a set of names out of ``reassoc``, ``contract``,
        ``arcp``, ``nsz``, ``nnan``, ``ninf`` and ``afn``. Mathematical functions err by at
        most 1 ulp; with ``afn``, by at most 4.

    Raises
    ------
    CompileError
        The source does not compile; it has clang's own diagnostics. The subclass
        `SignatureError`, a `TypeError` too, is for a function that takes or returns a struct by
        value, ``long double``, ``__int128`` or variable arguments.
    LinkError
        A library cannot be loaded; a symbol is missing (which shows at the first run).
    ValueError
        No function, or several and no `name`, or none of that `name`; another
        `compiler` or `lang`; a flag that is not allowed; an unknown `fastmath`.
    TypeError
        An argument of the wrong type.

    Warns
    -----
    CompileWarning
        For each of clang's warnings.
    RuntimeWarning
        The folder that ``SHIVER_DUMP`` names cannot be written to.

    Notes
    -----
    With ``SHIVER_DUMP=FOLDER`` in the environment, each loop that is compiled leaves files of one
    name, ``FUNCTION-SHAPE-HASH``, in that folder: the source (``.c``, ``.cpp``), the LLVM code
    before and after the optimiser (``.before.ll``, ``.after.ll``), the assembly (``.s``), the
    object (``.o``), and how long each stage took (``.json``). What is in the cache is compiled
    again then.

    Examples
    --------
    >>> import numpy as np
    >>> import shiver
    >>> add1 = shiver.from_c("double add1(const double *x, long i) { return x[i] + STEP; }",
    ...                      defines={"STEP": 1})
    >>> shiver.parfor(add1, 4, np.arange(4.0))
    array([1., 2., 3., 4.])
    >>> shiver.from_c("int a(int x) { return x; } int b(int x) { return -x; }")
    Traceback (most recent call last):
    ValueError: which function is meant? Give its name=, one of: a, b
    """
    _check_name(name)
    options = Options.checked(compiler, lang, flags, include_dirs, defines, libraries, fastmath)
    module = _compiled(src, options, bool(link))
    _warn(module, stacklevel=3)
    function = module._only() if name is None else module.get_function_named(name)
    if print_llvm:
        print(module, file=sys.stdout)
    return function


def module_from_c(
    src: str,
    name: str | None = None,
    compiler: str = "clang",
    print_llvm: bool = False,
    *,
    lang: str = "c",
    flags: Iterable[str] = (),
    include_dirs: Iterable[str | os.PathLike[str]] = (),
    defines: Mapping[str, object] | None = None,
    libraries: Iterable[str | os.PathLike[str]] = (),
    fastmath: bool | str | Collection[str] = False,
) -> Module:
    """Compiles C and gives all of its functions.

    Parameters
    ----------
    src
        The source.
    name
        A name for the module, as 0.12 took it; it has no effect.
    compiler, print_llvm, lang, flags, include_dirs, defines, libraries, fastmath
        As in `from_c`.

    Raises
    ------
    CompileError
        The source does not compile.
    LinkError
        A library cannot be loaded.
    ValueError
        As in `from_c`, except that any number of functions is fine.
    TypeError
        An argument of the wrong type.

    Warns
    -----
    CompileWarning
        For each of clang's warnings.

    Examples
    --------
    >>> import shiver
    >>> m = shiver.module_from_c("int a(int x) { return x; } int b(int x) { return -x; }")
    >>> m["a"](3), m["b"](3)
    (3, -3)
    """
    _check_name(name)
    options = Options.checked(compiler, lang, flags, include_dirs, defines, libraries, fastmath)
    module = _compiled(src, options, False)
    _warn(module, stacklevel=3)
    if print_llvm:
        print(module, file=sys.stdout)
    return module


#: What was compiled and is still in use.
_shared: Shared[Module] = Shared(sharing.modules)


def _compiled(src: str, options: Options, link: bool) -> Module:
    if not isinstance(src, str):
        raise TypeError(f"the source is a str, not {type(src).__name__}")
    module = _shared.get((src, options, link, symbols.generation()))
    if module is None:
        module = _compile(src, options, link)
        # Files can change, come and go between two compilations.
        if module.reads_files:
            return module
        # With `link` the generation is another one now.
        module = _shared.keep((src, options, link, symbols.generation()), module)
    return module


def _compile(src: str, options: Options, link: bool) -> Module:
    module = Module.compile_c(
        src,
        options.lang,
        list(options.flags),
        list(options.include_dirs),
        list(options.defines),
        list(options.libraries),
        list(options.fastmath),
        link,
    )
    if link:
        symbols.have_changed()
    return module


def _warn(module: Module, stacklevel: int) -> None:
    trouble = _native.dump_trouble()
    if trouble is not None:
        warnings.warn(trouble, RuntimeWarning, stacklevel=stacklevel)
    text = module.warnings
    if text in ("", "[]"):
        return
    for diagnostic in diagnostics_from_json(text):
        warnings.warn(CompileWarning(str(diagnostic), diagnostic), stacklevel=stacklevel)


def _check_name(name: str | None) -> None:
    if name is not None and not isinstance(name, str):
        raise TypeError(f"name is a str or None, not {type(name).__name__}")
