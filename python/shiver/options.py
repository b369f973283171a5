"""The options of a compilation, checked and in the form that the native module takes."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, TypeVar

import numpy as np

__all__ = ["Options", "fastmath_flags"]

_T = TypeVar("_T")

#: LLVM's names for the liberties that `fastmath` may take.
FASTMATH_FLAGS = ("reassoc", "nnan", "ninf", "nsz", "arcp", "contract", "afn")


class Options(NamedTuple):
    """How a source is compiled; hashable."""

    lang: str
    flags: tuple[str, ...]
    include_dirs: tuple[str, ...]
    defines: tuple[tuple[str, str | None], ...]
    libraries: tuple[str, ...]
    fastmath: tuple[str, ...]

    @classmethod
    def checked(
        cls,
        compiler: str,
        lang: str,
        flags: Iterable[str],
        include_dirs: Iterable[str | os.PathLike[str]],
        defines: Mapping[str, object] | None,
        libraries: Iterable[str | os.PathLike[str]],
        fastmath: bool | str | Collection[str],
    ) -> Options:
        """From what the user gave.

        Raises
        ------
        TypeError
            A value of the wrong type; the text names it.
        ValueError
            Another compiler or language, or an unknown name in `fastmath`.

        Examples
        --------
        >>> from shiver.options import Options
        >>> Options.checked("clang", "c", ["-O2"], [], {"N": 3}, [], "nnan").defines
        (('N', '3'),)
        """
        if compiler != "clang":
            raise ValueError(
                f"compiler={compiler!r}: the only one is 'clang', the one inside of Shiver; "
                "no compiler of the machine's is ever run"
            )
        if lang not in ("c", "c++"):
            raise ValueError(f"lang={lang!r}: the languages are 'c' and 'c++'")
        return cls(
            lang,
            _texts("flags", flags),
            _folders(include_dirs),
            _defines(defines),
            _libraries(libraries),
            fastmath_flags(fastmath),
        )


def _items(what: str, given: Iterable[_T], kinds: tuple[type, ...]) -> list[_T]:
    wanted = "str" if kinds == (str,) else "str or os.PathLike"
    if isinstance(given, str | bytes | os.PathLike):
        raise TypeError(f"{what} is a sequence of {wanted}: write {what}=[{given!r}]")
    try:
        items = list(given)
    except TypeError:
        kind = type(given).__name__
        raise TypeError(f"{what} is a sequence of {wanted}, not {kind}") from None
    for item in items:
        if not isinstance(item, kinds):
            raise TypeError(f"{what} holds {wanted}, not {type(item).__name__}: {item!r}")
    return items


def _folders(given: Iterable[str | os.PathLike[str]]) -> tuple[str, ...]:
    return tuple(os.fspath(item) for item in _items("include_dirs", given, (str, os.PathLike)))


def _libraries(given: Iterable[str | os.PathLike[str]]) -> tuple[str, ...]:
    names = []
    for item in _items("libraries", given, (str, os.PathLike)):
        name = os.fspath(item)
        # A path is one, though the dynamic linker takes it for a name to be looked for.
        is_path = not isinstance(item, str) and "/" not in name
        names.append(f"./{name}" if is_path else name)
    return tuple(names)


def _texts(what: str, given: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(item) for item in _items(what, given, (str,)))


def _defines(given: Mapping[str, object] | None) -> tuple[tuple[str, str | None], ...]:
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        raise TypeError(f"defines is a dict of names to values, not {type(given).__name__}")
    pairs = []
    for name, value in given.items():
        if not isinstance(name, str):
            raise TypeError(f"defines has the name {name!r}, which is no str")
        if not name or "=" in name:
            raise ValueError(f"defines has {name!r}, which is no name of a macro")
        pairs.append((name, _replacement(name, value)))
    return tuple(pairs)


def _replacement(name: str, value: object) -> str | None:
    """What the macro stands for; `None` for a plain define."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, np.bool_):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return _literal(float(value))
    try:
        return str(operator.index(value))  # type: ignore[arg-type]  # the error is caught
    except TypeError:
        kind = type(value).__name__
        raise TypeError(
            f"defines[{name!r}] is a str, an int, a float or None, not {kind}"
        ) from None


def _literal(value: float) -> str:
    """The number in C, which has no word for an infinity and none for NaN."""
    if math.isnan(value):
        return '__builtin_nan("")'
    if math.isinf(value):
        return "__builtin_inf()" if value > 0 else "(-__builtin_inf())"
    return repr(value)


def fastmath_flags(given: bool | str | Collection[str]) -> tuple[str, ...]:
    """LLVM's names for what `fastmath` allows.

    >>> from shiver.options import fastmath_flags
    >>> fastmath_flags({"nsz", "nnan"}), fastmath_flags(False)
    (('nnan', 'nsz'), ())
    """
    if isinstance(given, bool):
        return FASTMATH_FLAGS if given else ()
    if isinstance(given, str):
        names = {given}
    elif isinstance(given, set | frozenset | list | tuple):
        names = set(given)
    else:
        kind = type(given).__name__
        raise TypeError(f"fastmath is a bool, a name or a set of names, not {kind}")
    unknown = sorted(map(repr, names.difference(FASTMATH_FLAGS)))
    if unknown:
        raise ValueError(
            f"fastmath has no flag {', '.join(unknown)}; there are: {', '.join(FASTMATH_FLAGS)}"
        )
    return tuple(flag for flag in FASTMATH_FLAGS if flag in names)
