"""What numba's code leaves behind when it raises an exception."""

from __future__ import annotations

import ctypes
import struct
from typing import Any

__all__ = ["SIZE", "exception"]

#: numba's `excinfo_t`: a pickle and its length, what belongs to it, a function, and whether both
#: have to be freed.
_EXCINFO = struct.Struct("=Qi4xQQi4x")

#: Its size in bytes.
SIZE = _EXCINFO.size


def exception(status: int, thrown: bytes) -> BaseException:
    """The exception that numba's code has raised, not raised yet.

    Parameters
    ----------
    status
        What the function gave back.
    thrown
        numba's `excinfo_t`. The code that it points into is still held.

    Examples
    --------
    >>> from shiver.adapters.numba_exception import exception
    >>> exception(-3, b"")
    StopIteration()
    """
    from numba.core import serialize

    if len(thrown) != _EXCINFO.size:
        known = StopIteration() if status == -3 else None
        return known or RuntimeError("numba's code raised an exception that it did not describe")
    pickle, length, held, unwrap, is_dynamic = _EXCINFO.unpack(thrown)
    data = ctypes.string_at(pickle, length)
    if is_dynamic > 0:
        # The function makes Python's objects of the arguments, and frees them.
        values = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p)(unwrap)(held)
        build: Any = serialize.runtime_build_excinfo_struct
        described = build(data, values)
    else:
        described = serialize.loads(data)
    return _exception(described)


def _exception(described: Any) -> BaseException:
    """As `raise` would make it of a class or an exception, and arguments."""
    kind, args, place = described if isinstance(described, tuple) else (described, None, None)
    made = kind(*(args or ())) if isinstance(kind, type) else kind
    if not isinstance(made, BaseException):
        return RuntimeError(f"numba's code raised {made!r}, which is no exception")
    if place is not None:
        name, file, line = place
        made.add_note(f'raised in {name}, "{file}", line {line}')
    return made
