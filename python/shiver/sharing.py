"""`Shared`: what is made once and found again while it is in use, or was used a moment ago."""

from __future__ import annotations

import os
import weakref
from _thread import RLock  # `threading` takes a millisecond to import
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["Shared", "drop_kept"]

_V = TypeVar("_V")

# Held for single operations on a dictionary only. A finaliser that runs inside of one may want it
# again, so it can be taken twice by one thread.
_lock = RLock()


def _renew_lock() -> None:
    """A child that was forked while another thread held the lock gets one that is free."""
    global _lock
    _lock = RLock()


os.register_at_fork(after_in_child=_renew_lock)


#: How many values are kept although nobody else holds them.
KEPT = 64

_kept: deque[object] = deque(maxlen=KEPT)


def drop_kept() -> None:
    """Lets go of everything that nobody else holds."""
    with _lock:
        dropped = list(_kept)
        _kept.clear()
    del dropped  # Finalisers run here, without the lock.


class Shared(Generic[_V]):
    """Values by their keys, for as long as somebody else holds them; safe in many threads.

    The last `KEPT` of all are held here as well: a function that is made anew in a loop is compiled
    once.

    >>> from shiver.sharing import Shared, drop_kept
    >>> class Thing:
    ...     pass
    >>> shared, thing = Shared(), Thing()
    >>> shared.keep("key", thing) is thing, shared.keep("key", Thing()) is thing
    (True, True)
    >>> del thing
    >>> drop_kept()
    >>> print(shared.get("key"))
    None
    """

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: weakref.WeakValueDictionary[Hashable, _V] = weakref.WeakValueDictionary()

    def get(self, key: Hashable) -> _V | None:
        """The value of that key, if it is in use."""
        with _lock:
            return self._values.get(key)

    def keep(self, key: Hashable, value: _V) -> _V:
        """The value of that key: the one that is in use, or else this."""
        with _lock:
            value = self._values.setdefault(key, value)
            _kept.append(value)
            return value
