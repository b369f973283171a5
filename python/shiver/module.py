"""`Module`: the functions of one source."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from shiver import _native, sharing
from shiver.errors import SignatureError
from shiver.sharing import Shared
from shiver.signature import Signature, check_supported, read

if TYPE_CHECKING:
    from shiver.function import Function

__all__ = ["Module", "pick"]


class Module(_native.ModuleCore):
    """Compiled functions that share their ``static`` variables and helpers.

    `module_from_c` makes one. ``str(m)`` is its LLVM code as text, ``m["f"]`` one of its functions.
    Two are equal, and hash alike, when their code and their options are; it can be pickled.

    Attributes
    ----------
    bitcode
        Its LLVM code as bitcode.
    target
        Where its function is, if `from_pointer` made it; else `None`.

    Examples
    --------
    >>> import shiver
    >>> m = shiver.module_from_c('''
    ...     static long held;
    ...     void put(long v) { held = v; }
    ...     long get(void) { return held; }
    ... ''')
    >>> m
    <shiver.Module of put, get>
    >>> m["put"](17)
    >>> m["get"]()
    17
    """

    @property
    def functions(self) -> list[Function]:
        """Its functions that can be seen from outside and have a body, in the order of the source.

        Those that cannot be called from outside, such as one that takes a struct by value, are left
        out; ``m["f"]`` says why.

        >>> import shiver
        >>> m = shiver.module_from_c("int a(int x) { return x; } int b(int x) { return -x; }")
        >>> [f.name for f in m.functions]
        ['a', 'b']
        """
        made = []
        for signature in self._signatures():
            try:
                made.append(self._function(signature))
            except SignatureError:
                continue
        return made

    def get_function_named(self, name: str) -> Function:
        """The function of that name, or of that symbol where C++ mangles it.

        Raises
        ------
        ValueError
            There is none, or C++ overloads it; the text lists what there is.
        SignatureError
            It cannot be called from outside.

        Examples
        --------
        >>> import shiver
        >>> m = shiver.module_from_c("int a(int x) { return x; } int b(int x) { return -x; }")
        >>> m.get_function_named("b")(3)
        -3
        """
        return self._function(self._find(name))

    def __getitem__(self, name: str) -> Function:
        """The function of that name.

        Raises
        ------
        KeyError
            There is none.

        Examples
        --------
        >>> import shiver
        >>> shiver.module_from_c("int a(int x) { return x; }")["a"](3)
        3
        """
        if not isinstance(name, str):
            raise TypeError(f"a function is asked for by its name, a str, not {_kind(name)}")
        try:
            return self.get_function_named(name)
        except ValueError as error:
            raise KeyError(str(error)) from None

    def __contains__(self, name: object) -> bool:
        return any(name in (s["name"], s["symbol"]) for s in self._signatures())

    def __str__(self) -> str:
        return self.ir()

    def __repr__(self) -> str:
        names = ", ".join(s["name"] for s in self._signatures())
        return f"<shiver.Module of {names or 'nothing'}>"

    def __copy__(self) -> Module:
        return self

    def __deepcopy__(self, memo: object) -> Module:
        return self

    def __reduce__(self) -> tuple[Callable[..., Module], tuple[object, ...]]:
        from shiver.travel import arrived, packed

        if self.target is not None:
            raise TypeError(
                f"{self!r} was made by from_pointer and cannot be pickled: it is known by its "
                "address, which holds in this process alone"
            )
        return arrived, packed(self)

    def _only(self) -> Function:
        """The one function that is meant where no name is given."""
        candidates = self._signatures()
        pick(_names(candidates), None)
        return self._function(candidates[0])

    def _signatures(self) -> list[Signature]:
        known: list[Signature] | None = self.__dict__.get("_known")
        if known is None:
            known = self.__dict__["_known"] = [read(text) for text in self.signatures()]
        return known

    def _find(self, name: str) -> Signature:
        candidates = self._signatures()
        for signature in candidates:
            if signature["symbol"] == name:
                return signature
        found = [s for s in candidates if s["name"] == name]
        if len(found) > 1:
            symbols = ", ".join(s["symbol"] for s in found)
            raise ValueError(f"{name!r} is overloaded; name one of the symbols: {symbols}")
        if not found:
            pick(_names(candidates), name)
        return found[0]

    def _function(self, signature: Signature) -> Function:
        """The function with that signature, the same as long as somebody holds it."""
        from shiver.function import Function

        check_supported(signature)
        symbol: str = signature["symbol"]
        made: Shared[Function] | None = self.__dict__.get("_made")
        if made is None:
            made = self.__dict__.setdefault("_made", Shared(sharing.functions))
        function = made.get(symbol)
        return made.keep(symbol, Function(self, symbol)) if function is None else function


def _names(signatures: list[Signature]) -> list[str]:
    """What each can be asked for by: its name, or its symbol where C++ overloads the name."""
    names = [s["name"] for s in signatures]
    return [s["symbol"] if names.count(s["name"]) > 1 else s["name"] for s in signatures]


def pick(candidates: list[str], name: str | None) -> str:
    """The one that is meant: that of the name, or the only one.

    Raises
    ------
    ValueError
        There is none, or more than one and no name; the text lists what there is.

    Examples
    --------
    >>> from shiver.module import pick
    >>> pick(["f"], None), pick(["f", "g"], "g")
    ('f', 'g')
    >>> pick(["near", "far"], "neat")
    Traceback (most recent call last):
    ValueError: there is no function 'neat'; did you mean 'near'?
    """
    if name is not None:
        if name in candidates:
            return name
        raise ValueError(_no_such(name, candidates))
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise ValueError(
            "the source has no function with external linkage and a body; "
            "one that is static or plain inline is only a helper"
        )
    raise ValueError(f"which function is meant? Give its name=, one of: {', '.join(candidates)}")


def _no_such(name: str, candidates: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, candidates, n=3, cutoff=0.4)
    if near:
        return f"there is no function {name!r}; did you mean {' or '.join(map(repr, near))}?"
    return f"there is no function {name!r}; there are: {', '.join(candidates) or 'none'}"


def _kind(value: object) -> str:
    return type(value).__name__
