"""How many threads a loop may use."""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from shiver import _native

__all__ = ["get_num_threads", "set_num_threads", "threads"]

_in_context: ContextVar[int | None] = ContextVar("shiver.threads", default=None)


def set_num_threads(n: int) -> None:
    """Sets how many threads loops use from now on, the calling one included.

    It holds for the whole process, below ``with shiver.threads(n):`` and ``num_threads=`` of a
    call. At the start it is ``SHIVER_NUM_THREADS``, or else what the process may use (its affinity,
    and its share of the machine where a control group limits that).

    Parameters
    ----------
    n
        At least 1; may be more than the machine has.

    Raises
    ------
    TypeError
        `n` is no integer.
    ValueError
        `n` is less than 1.

    Examples
    --------
    >>> import shiver
    >>> before = shiver.get_num_threads()
    >>> shiver.set_num_threads(2)
    >>> shiver.get_num_threads()
    2
    >>> shiver.set_num_threads(before)
    """
    _native.set_num_threads(_checked(n))


def get_num_threads() -> int:
    """How many threads a loop uses that is called here, the calling one included.

    >>> import shiver
    >>> with shiver.threads(3):
    ...     shiver.get_num_threads()
    3
    """
    here = _in_context.get()
    return _native.get_num_threads() if here is None else here


def threads(n: int) -> AbstractContextManager[None]:
    """Sets how many threads loops use inside of a ``with``.

    It is kept in a context variable, so it holds in asyncio tasks and in `asyncio.to_thread`.
    Threads of a `ThreadPoolExecutor` inherit no context: use ``copy_context().run`` or
    ``num_threads=`` there.

    Parameters
    ----------
    n
        At least 1; may be more than the machine has.

    Raises
    ------
    TypeError
        `n` is no integer.
    ValueError
        `n` is less than 1.

    Examples
    --------
    >>> import shiver
    >>> square = shiver.from_c("long square(long i) { return i * i; }")
    >>> with shiver.threads(1):
    ...     shiver.parfor(square, 5)
    array([ 0,  1,  4,  9, 16])
    """
    return _threads(_checked(n))


@contextmanager
def _threads(n: int) -> Iterator[None]:
    # Loops look at the variable from now on: that takes them a tenth of a microsecond.
    _native.use_context_variable(_in_context)
    token = _in_context.set(n)
    try:
        yield
    finally:
        _in_context.reset(token)


def _checked(n: int) -> int:
    try:
        number = operator.index(n)
    except TypeError:
        raise TypeError(f"a number of threads is an int, not {type(n).__name__}") from None
    if number < 1:
        raise ValueError(f"a loop needs at least 1 thread, not {number}")
    # More than the processor can count is as good as that.
    return min(number, sys.maxsize)
