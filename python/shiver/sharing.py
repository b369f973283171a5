"""`Shared`: what is made once and found again while it is in use, or was used a moment ago."""

from __future__ import annotations

import os
import weakref
from _thread import RLock  # `threading` takes a millisecond to import
from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["Kept", "Shared", "drop_kept", "functions", "modules"]

_V = TypeVar("_V")

# Held for single operations on a dictionary only. A finaliser that runs inside of one may want it
# again, so it can be taken twice by one thread.
_lock = RLock()


def _renew_lock() -> None:
    """A child that was forked while another thread held the lock gets one that is free."""
    global _lock
    _lock = RLock()


os.register_at_fork(after_in_child=_renew_lock)


#: How many of a kind are kept although nobody else holds them.
KEPT = 64


class Kept:
    """The last `KEPT` values of a kind that were made or found again; to be used under the lock."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        #: By their addresses, the least recently used first.
        self._values: dict[int, object] = {}

    def use(self, value: object) -> None:
        """Keeps a value, and lets go of the one that was not used for longest."""
        self._values.pop(id(value), None)
        self._values[id(value)] = value
        if len(self._values) > KEPT:
            del self._values[next(iter(self._values))]

    def take(self) -> list[object]:
        """Gives all values away."""
        values = list(self._values.values())
        self._values.clear()
        return values


# Each kind has its own, since whoever makes a function makes a module for it.
modules = Kept()
functions = Kept()


def drop_kept() -> None:
    """Lets go of everything that nobody else holds."""
    with _lock:
        dropped = functions.take() + modules.take()
    del dropped  # Finalisers run here, without the lock.


class Shared(Generic[_V]):
    """Values by their keys, for as long as somebody else holds them; safe in many threads.

    The last ones of their kind count as held: a function that is made anew in a loop is compiled
    once.

    >>> from shiver.sharing import Kept, Shared
    >>> class Thing:
    ...     pass
    >>> kept, thing = Kept(), Thing()
    >>> shared = Shared(kept)
    >>> shared.keep("key", thing) is thing, shared.keep("key", Thing()) is thing
    (True, True)
    >>> del thing
    >>> shared.get("key") is None
    False
    >>> kept.take().clear()
    >>> print(shared.get("key"))
    None
    """

    __slots__ = ("_kept", "_values")

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._values: weakref.WeakValueDictionary[Hashable, _V] = weakref.WeakValueDictionary()

    def get(self, key: Hashable) -> _V | None:
        """The value of that key, if it is in use."""
        with _lock:
            value = self._values.get(key)
            if value is not None:
                self._kept.use(value)
            return value

    def keep(self, key: Hashable, value: _V) -> _V:
        """The value of that key: the one that is in use, or else this."""
        with _lock:
            value = self._values.setdefault(key, value)
            self._kept.use(value)
            return value
