"""`Future`: a loop that runs beside its caller.

Kept apart and imported when the first such loop is started: what it builds on takes milliseconds to
import.
"""

from __future__ import annotations

import atexit
import concurrent.futures
import contextvars
import os
import threading
from collections.abc import Generator
from typing import Any

import numpy as np

from shiver import _native

__all__ = ["Future"]

Result = np.ndarray[Any, Any] | None

#: The loops that have not ended, each with its thread.
_running: dict[Future, threading.Thread] = {}

#: How long the interpreter's end waits for the threads after their loops have ended, in seconds.
_PATIENCE = 1.0


class Future(concurrent.futures.Future[Result]):
    """A loop that runs beside its caller; `parfor_async` makes it.

    It is a `concurrent.futures.Future`, so `concurrent.futures.wait` and ``as_completed`` take it;
    and it can be awaited. It holds the loop's arrays until that has ended, and the loop goes on if
    nobody holds the future. At the interpreter's exit a loop that is not done is ended.

    In a forked child, whose parent's loops it does not have, every method raises `RuntimeError`.

    Examples
    --------
    >>> import shiver
    >>> square = shiver.from_c("long square(long i) { return i * i; }")
    >>> future = shiver.parfor_async(square, 5)
    >>> future.result()
    array([ 0,  1,  4,  9, 16])
    >>> future
    <shiver.Future square: done>

    In a coroutine:

    >>> import asyncio
    >>> async def squares(n):
    ...     return await shiver.parfor_async(square, n)
    >>> asyncio.run(squares(3))
    array([0, 1, 4])
    """

    # The base's own cancelling ends only what has not begun. So to it the loop is one that has not
    # begun until it has ended, and only then is the base told: that it was cancelled, or what came.

    def __init__(self, name: str, pending: _native.Pending) -> None:
        super().__init__()
        self._name = name
        self._pending = pending
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._wanted = True
        self._ended = False

    @classmethod
    def _start(cls, name: str, pending: _native.Pending) -> Future:
        future = cls(name, pending)
        context = contextvars.copy_context()
        thread = threading.Thread(
            target=context.run, args=(future._work,), name=f"shiver {name}", daemon=True
        )
        _running[future] = thread
        try:
            thread.start()
        except BaseException:
            del _running[future]
            raise
        return future

    def _work(self) -> None:
        result: Result = None
        error: BaseException | None = None
        try:
            result = self._pending.run()
        except BaseException as raised:
            error = raised
        with self._lock:
            self._ended = True
            wanted = self._wanted
        try:
            if not wanted:
                super().cancel()
                self.set_running_or_notify_cancel()
            elif error is not None:
                self.set_exception(error)
            else:
                self.set_result(result)
        finally:
            # The error's traceback leads to this frame.
            del result, error
            _running.pop(self, None)

    def _check_process(self) -> None:
        if os.getpid() != self._process:
            raise RuntimeError(
                f"the loop {self._name} runs in the process {self._process}, and this is a forked "
                f"child of it, {os.getpid()}, which does not have it: start the loop in here"
            )

    def result(self, timeout: float | None = None) -> Result:
        """Waits for the loop to end and gives what `parfor` would have given.

        Parameters
        ----------
        timeout
            Seconds to wait; `None` for as long as it takes.

        Raises
        ------
        TimeoutError
            The loop is not done; it goes on. Also the loop's own, by its ``timeout=``.
        concurrent.futures.CancelledError
            The loop was cancelled.
        Exception
            Whatever ended the loop.

        Examples
        --------
        >>> import shiver
        >>> square = shiver.from_c("long square(long i) { return i * i; }")
        >>> shiver.parfor_async(square, 3).result(timeout=60)
        array([0, 1, 4])
        """
        self._check_process()
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Waits for the loop to end and gives what it raised; `None` if it came to its end.

        Parameters
        ----------
        timeout
            Seconds to wait; `None` for as long as it takes.

        Raises
        ------
        TimeoutError
            The loop is not done; it goes on.
        concurrent.futures.CancelledError
            The loop was cancelled.

        Examples
        --------
        >>> import shiver
        >>> square = shiver.from_c("long square(long i) { return i * i; }")
        >>> print(shiver.parfor_async(square, 3).exception())
        None
        """
        self._check_process()
        return super().exception(timeout)

    def done(self) -> bool:
        """Whether the loop has ended; no worker is in its body any more then.

        >>> import shiver
        >>> future = shiver.parfor_async(shiver.from_c("long f(long i) { return i; }"), 3)
        >>> _ = future.result()
        >>> future.done()
        True
        """
        self._check_process()
        return super().done()

    def running(self) -> bool:
        """Whether the loop has not ended yet, though it may have been told to.

        >>> import shiver
        >>> future = shiver.parfor_async(shiver.from_c("long f(long i) { return i; }"), 3)
        >>> _ = future.result()
        >>> future.running()
        False
        """
        return not self.done()

    def cancelled(self) -> bool:
        """Whether the loop was cancelled, and has ended.

        >>> import shiver
        >>> future = shiver.parfor_async(shiver.from_c("long f(long i) { return i; }"), 3)
        >>> _ = future.result()
        >>> future.cancelled()
        False
        """
        self._check_process()
        return super().cancelled()

    def cancel(self) -> bool:
        """Ends the loop between two pieces, without waiting for that: `done` tells.

        What the iterations that ran have written stays written.

        Returns
        -------
        bool
            Whether the loop was not done before, or was cancelled already; `result` raises
            `concurrent.futures.CancelledError` then.

        Examples
        --------
        >>> import shiver
        >>> future = shiver.parfor_async(shiver.from_c("long f(long i) { return i; }"), 3)
        >>> _ = future.result()
        >>> future.cancel()
        False
        """
        self._check_process()
        with self._lock:
            if self._ended:
                return not self._wanted
            self._wanted = False
        self._pending.cancel()
        return True

    def __await__(self) -> Generator[Any, None, Result]:
        import asyncio

        self._check_process()
        # A task that is cancelled while it waits cancels what it waits for.
        return asyncio.wrap_future(self).__await__()

    def __repr__(self) -> str:
        if os.getpid() != self._process:
            state = f"in process {self._process}"
        elif not super().done():
            state = "running" if self._wanted else "being cancelled"
        elif super().cancelled():
            state = "cancelled"
        else:
            error = super().exception()
            state = "done" if error is None else f"raised {type(error).__name__}"
        return f"<shiver.Future {self._name}: {state}>"


def _end_all() -> None:
    """Ends the loops that are not done, before the interpreter takes their threads away."""
    threads = list(_running.items())
    if not threads:
        return
    for future, _ in threads:
        future.cancel()
    _native.shut_down()
    for _, thread in threads:
        thread.join(_PATIENCE)


# Later than the package's own, so called before it.
atexit.register(_end_all)
os.register_at_fork(after_in_child=_running.clear)
