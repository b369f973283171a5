"""What Shiver raises and warns of.

Every error is a `ShiverError`, and the built-in error that fits as well where there is one. Plain
misuse (an argument of the wrong type, a number that does not fit) raises the built-in `TypeError`,
`ValueError` or `OverflowError` alone, as NumPy does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from shiver import _native

__all__ = [
    "BoundsError",
    "CheckIncomplete",
    "CompileError",
    "CompileWarning",
    "Diagnostic",
    "FormatError",
    "KernelError",
    "KernelErrors",
    "KernelFault",
    "LinkError",
    "RaceError",
    "ShiverError",
    "SignatureError",
]


class Diagnostic(NamedTuple):
    """One thing that the compiler says about a source.

    Attributes
    ----------
    severity
        ``"error"``, ``"fatal error"``, ``"warning"``, ``"remark"`` or ``"note"``.
    message
        What it says.
    file
        The name of the source or of the header; empty where no place is meant.
    line
        The line, counted from 1; 0 where no place is meant.
    column
        The column, counted from 1; 0 where no place is meant.
    source_line
        The line of the source, as it stands.
    caret
        The line that clang draws below it.
    notes
        What belongs to it, such as where the earlier definition stands.
    option
        The flag that switches it, such as ``"-Wparentheses"``; empty where none does.

    Examples
    --------
    Printed, it looks as clang prints it:

    >>> from shiver import Diagnostic
    >>> print(Diagnostic("error", "expected ';'", "f.c", 1, 7, "int x", "      ^"))
    f.c:1:7: error: expected ';'
    int x
          ^
    """

    severity: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    source_line: str = ""
    caret: str = ""
    notes: tuple[Diagnostic, ...] = ()
    option: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.file else ""
        option = f" [{self.option}]" if self.option else ""
        lines = [f"{place}{self.severity}: {self.message}{option}"]
        lines += [line for line in (self.source_line, self.caret) if line]
        lines += [str(note) for note in self.notes]
        return "\n".join(lines)


class ShiverError(Exception):
    """The base of every error of Shiver's own.

    >>> import shiver
    >>> try:
    ...     shiver.from_c("int f(int x) { return y; }")
    ... except shiver.ShiverError as error:
    ...     print(type(error).__name__)
    CompileError
    """


class CompileError(ShiverError):
    """A source that does not compile, or code that LLVM does not accept.

    Its text is clang's own: file, line, column, the line of the source and a caret.

    Attributes
    ----------
    diagnostics
        The same as a list of `Diagnostic`, warnings included; empty where the error is
        not about a place in a source.

    Examples
    --------
    >>> import shiver
    >>> try:
    ...     shiver.from_c("int f(int x) { return y; }")
    ... except shiver.CompileError as error:
    ...     [first] = error.diagnostics
    >>> first.line, first.column, first.severity
    (1, 23, 'error')
    """

    diagnostics: list[Diagnostic]

    def __init__(self, message: str = "", diagnostics: Sequence[Diagnostic] = ()) -> None:
        super().__init__(message)
        self.diagnostics = list(diagnostics)


class SignatureError(CompileError, TypeError):
    """A function whose declared types cannot be passed from outside.

    These are a struct by value, ``long double``, ``__int128`` and variable arguments. They may be
    used inside a body. It is a `CompileError` and a `TypeError`.

    >>> import shiver
    >>> shiver.from_c("double f(long double x) { return x; }")
    Traceback (most recent call last):
    shiver.errors.SignatureError: f: parameter 'x' is declared long double. A struct or union ...
    """


class FormatError(CompileError, TypeError):
    """Something else than LLVM code was handed over as such.

    It is a `CompileError` and a `TypeError`.

    >>> import shiver
    >>> shiver.from_llvm("long f(long i) { return i; }")
    Traceback (most recent call last):
    shiver.errors.FormatError: this str defines no function in LLVM's textual IR: C goes to ...
    """


class LinkError(ShiverError):
    """A symbol that is nowhere to be found, or a library that cannot be loaded.

    The text names it and says what to add: ``libraries=``, `add_symbol` or ``link=True``.

    >>> import shiver
    >>> try:
    ...     f = shiver.from_c("int nowhere(int); int f(int x) { return nowhere(x); }")
    ...     f(1)
    ... except shiver.LinkError as error:
    ...     print("nowhere" in str(error))
    True
    """


class KernelError(ShiverError):
    """A body that reported a failure of its own.

    Attributes
    ----------
    code
        The number it gave.
    message
        The text it gave; empty where it gave none.
    indices
        The values of the loop's indices in that iteration, outermost first.

    Examples
    --------
    >>> import shiver
    >>> error = shiver.KernelError(7, "no convergence", (3, 4))
    >>> print(error)
    no convergence (code 7) at (3, 4)
    >>> error.code, error.indices
    (7, (3, 4))
    """

    def __init__(self, code: int, message: str = "", indices: tuple[int, ...] = ()) -> None:
        super().__init__(code, message, indices)
        self.code = code
        self.message = message
        self.indices = indices

    def __str__(self) -> str:
        text = f"{self.message} (code {self.code})" if self.message else f"code {self.code}"
        return f"{text} at {self.indices}" if self.indices else text


class KernelErrors(ShiverError, ExceptionGroup[KernelError]):  # noqa: N818 - several of them
    """The failures of a loop that went on after the first, in the order of their iterations.

    Attributes
    ----------
    total
        How many iterations failed; `exceptions` holds the first hundred of them.

    Examples
    --------
    >>> import shiver
    >>> group = shiver.KernelErrors("2 of 10 iterations failed", [shiver.KernelError(1)], total=2)
    >>> group.total, len(group.exceptions)
    (2, 1)
    """

    total: int

    def __new__(
        cls, message: str, exceptions: Sequence[KernelError], total: int | None = None
    ) -> Self:
        """Makes the group, which leaves nothing to `__init__`."""
        self = super().__new__(cls, message, exceptions)
        self.total = len(exceptions) if total is None else total
        return self

    def __init__(self, *args: object, **kwargs: object) -> None:
        # The built-in one refuses `total`.
        pass

    def derive(  # type: ignore[override]  # it holds errors of one class alone
        self, excs: Sequence[KernelError], /
    ) -> KernelErrors:
        """The group of some of its errors, as `except*` and `split` make it.

        >>> import shiver
        >>> group = shiver.KernelErrors("failed", [shiver.KernelError(1), shiver.KernelError(2)])
        >>> matching, rest = group.split(lambda error: getattr(error, "code", None) == 2)
        >>> len(matching.exceptions), type(rest).__name__
        (1, 'KernelErrors')
        """
        return KernelErrors(self.message, excs)


class KernelFault(ShiverError):  # noqa: N818 - a fault of the hardware
    """A hardware fault, such as an access to memory that is not there, in compiled code.

    >>> import shiver
    >>> issubclass(shiver.KernelFault, shiver.ShiverError)
    True
    """


class BoundsError(ShiverError, IndexError):
    """An access outside of an argument's array, found by ``check="bounds"``.

    >>> import shiver
    >>> issubclass(shiver.BoundsError, IndexError)
    True
    """


class RaceError(ShiverError):
    """Two iterations that touch one element, found by ``check="races"``.

    >>> import shiver
    >>> issubclass(shiver.RaceError, shiver.ShiverError)
    True
    """


class CompileWarning(UserWarning):
    """A warning of the compiler's, given through Python's `warnings`.

    Attributes
    ----------
    diagnostic
        The same as data.

    Examples
    --------
    >>> import shiver, warnings
    >>> with warnings.catch_warnings(record=True) as seen:
    ...     warnings.simplefilter("always")
    ...     f = shiver.from_c("int g(int i) { if (i = 2) return i; return 0; }")
    >>> seen[0].category.__name__, seen[0].message.diagnostic.option
    ('CompileWarning', '-Wparentheses')
    """

    diagnostic: Diagnostic | None

    def __init__(self, message: str = "", diagnostic: Diagnostic | None = None) -> None:
        super().__init__(message)
        self.diagnostic = diagnostic


class CheckIncomplete(UserWarning):
    """Accesses that ``check=`` cannot follow; its silence means that all were checked.

    >>> import shiver
    >>> issubclass(shiver.CheckIncomplete, UserWarning)
    True
    """


def diagnostics_from_json(text: str) -> list[Diagnostic]:
    """Reads the diagnostics that the native module writes: a JSON list of objects."""
    return [_diagnostic(entry) for entry in _native.read_json(text)]


def compile_error(diagnostics_json: str) -> CompileError:
    """The error for these diagnostics, not raised yet; the native module calls it."""
    diagnostics = diagnostics_from_json(diagnostics_json)
    return CompileError("\n".join(map(str, diagnostics)), diagnostics)


def kernel_error(
    code: int, message: str, indices: tuple[int, ...], thrown: bytes | None
) -> KernelError:
    """The error for a failure, not raised yet; the native module calls it.

    Parameters
    ----------
    code, message, indices
        As in `KernelError`.
    thrown
        What the compiler of the body left instead of a message, if it did; read while the
        function is held.

    Examples
    --------
    >>> from shiver.errors import kernel_error
    >>> kernel_error(7, "no convergence", (3,), None)
    KernelError(7, 'no convergence', (3,))
    """
    if thrown is None:
        return KernelError(code, message, indices)
    from shiver.adapters.numba_exception import exception

    cause = exception(code, thrown)
    error = KernelError(code, f"{type(cause).__name__}: {cause}", indices)
    error.__cause__ = cause
    return error


#: Severities that the native module and clang's texts call differently.
_SEVERITIES = {"fatal": "fatal error"}


def _diagnostic(entry: Mapping[str, Any]) -> Diagnostic:
    # A place that clang does not know is left out of the entry or null in it.
    return Diagnostic(
        severity=_SEVERITIES.get(entry["severity"], entry["severity"]),
        message=entry["message"],
        file=entry.get("file") or "",
        line=entry.get("line") or 0,
        column=entry.get("column") or 0,
        source_line=entry.get("source_line") or "",
        caret=entry.get("caret") or "",
        notes=tuple(_diagnostic(note) for note in entry.get("notes") or ()),
        option=entry.get("option") or "",
    )
