"""Addresses that compiled code can reach by name."""

from __future__ import annotations

import operator

from shiver import _native

__all__ = ["add_symbol"]

_generation = 0


def add_symbol(name: str, address: int) -> None:
    """Gives an address a name, by which code that is compiled from now on can call or read it.

    What is at the address has to stay there for as long as such code runs. A name that was given
    before gets the new address; code that was compiled before keeps the old one. It comes before
    whatever a library defines under that name, C's library and Shiver's own ``printf`` included.

    Parameters
    ----------
    name
        The symbol, as in ``extern long answer;``.
    address
        Where it is, such as ``x.ctypes.data`` of an array or the address of a C function.

    Raises
    ------
    TypeError
        `name` is no str, or `address` no integer.
    ValueError
        `name` is empty, or `address` is 0.
    OverflowError
        `address` does not fit 64 bits.

    Examples
    --------
    >>> import numpy as np
    >>> import shiver
    >>> answer = np.array([42])
    >>> shiver.add_symbol("doc_answer", answer.ctypes.data)
    >>> shiver.from_c("extern long doc_answer; long f(void) { return doc_answer; }")()
    42
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a symbol is a str, not {type(name).__name__}")
    if not name or "\0" in name:
        raise ValueError(f"{name!r} is no name of a symbol")
    if not hasattr(type(address), "__index__"):
        raise TypeError(
            f"the address of the symbol {name!r} is an int, not {type(address).__name__}: that of "
            "a ctypes function is ctypes.cast(function, ctypes.c_void_p).value, that of an array "
            "x.ctypes.data"
        )
    number = operator.index(address)
    if number == 0:
        raise ValueError(f"the address of the symbol {name!r} is null")
    if not 0 < number < 1 << 64:
        raise OverflowError(f"{number} is no address: it does not fit 64 bits")
    _native.add_symbol(name, number)
    have_changed()


def generation() -> int:
    """Grows with each change of what names mean, so that equal sources may mean something else."""
    return _generation


def have_changed() -> None:
    """Notes that names mean something else from now on."""
    global _generation
    _generation += 1
