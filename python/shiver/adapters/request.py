"""What is asked for beside an object: a name, element types, fast math."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from shiver.options import fastmath_flags

__all__ = ["Request"]


class Request(NamedTuple):
    """The keywords of `from_llvm`, checked; hashable.

    >>> from shiver.adapters.request import Request
    >>> Request.checked("f", ["float64*", None], "nnan")
    Request(name='f', argtypes=('float64*', None), fastmath=('nnan',))
    """

    name: str | None = None
    argtypes: tuple[str | None, ...] | None = None
    fastmath: tuple[str, ...] = ()

    @classmethod
    def checked(
        cls,
        name: str | None,
        argtypes: Sequence[str | None] | None,
        fastmath: bool | str | Collection[str],
    ) -> Request:
        """From what the user gave.

        Raises
        ------
        TypeError
            A value of the wrong type; the text names it.
        ValueError
            An unknown name in `fastmath`.

        Examples
        --------
        >>> from shiver.adapters.request import Request
        >>> Request.checked(None, "float64*", False)
        Traceback (most recent call last):
        TypeError: argtypes is a sequence with a str for each parameter: write argtypes=['float64*']
        """
        if name is not None and not isinstance(name, str):
            raise TypeError(f"name is a str or None, not {type(name).__name__}")
        if isinstance(argtypes, str):
            raise TypeError(
                "argtypes is a sequence with a str for each parameter: write "
                f"argtypes=[{argtypes!r}]"
            )
        if argtypes is not None:
            argtypes = _texts(argtypes)
        return cls(name, argtypes, fastmath_flags(fastmath))

    def only(self, name: str) -> None:
        """Refuses another name than that of the one function that there is.

        >>> from shiver.adapters.request import Request
        >>> Request("g").only("f")
        Traceback (most recent call last):
        ValueError: name='g', but what was handed over is the function 'f' alone
        """
        if self.name not in (None, name):
            raise ValueError(
                f"name={self.name!r}, but what was handed over is the function {name!r} alone"
            )


def _texts(argtypes: Sequence[str | None]) -> tuple[str | None, ...]:
    try:
        items = tuple(argtypes)
    except TypeError:
        kind = type(argtypes).__name__
        raise TypeError(
            f"argtypes is a sequence with a str for each parameter, not {kind}"
        ) from None
    for item in items:
        if item is not None and not isinstance(item, str):
            raise TypeError(
                "argtypes holds a str such as 'float64*', or None, for each parameter, not "
                f"{type(item).__name__}: {item!r}"
            )
    return items
