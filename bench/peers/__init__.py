"""The runtimes that Shiver is measured against, each with the same few loops.

`native.py` builds and loads what is called through ctypes: loops.c with gcc (libgomp), with clang
(libomp) and without OpenMP (the plain loops), tbb.cpp, and the crate in the folder rayon.
`jit.py` has numba's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

# The plain loop, against which Shiver's own cost is told: the same compiler, no runtime.
PLAIN = "plain C, clang"


class MissingError(Exception):
    """A peer is not on this machine; the text says why."""


class Peer(Protocol):
    """A runtime with its loops."""

    name: str
    runtime: str  # whose threads
    how: str  # compiler, flags, versions

    def call(self, loop: str, *arguments: object) -> Callable[[], object]:
        """A call of one of its loops with these arrays, which the caller keeps, and numbers."""
        ...

    def threads(self, number: int) -> None:
        """From now on its loops run on so many threads."""
        ...


def find(*names: str) -> tuple[list[Peer], list[str]]:
    """Those of the named peers that are here, and what is to be said of the others."""
    from peers import jit, native

    known = {**native.PEERS, **jit.PEERS}
    found: list[Peer] = []
    missing: list[str] = []
    for name in names:
        try:
            found.append(known[name]())
        except MissingError as why:
            missing.append(f"{name}: {why}")
    return found, missing
