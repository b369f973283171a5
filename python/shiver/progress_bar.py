"""The bar that ``progress=True`` shows."""

from __future__ import annotations

from typing import Any

__all__ = ["Bar"]


class Bar:
    """A bar of the package ``tqdm``, for a terminal or a notebook.

    It appears when it is first told how far a loop has come.

    Raises
    ------
    ImportError
        ``tqdm`` is not installed.

    Examples
    --------
    A bar is a callable of the kind that ``progress=`` takes:

    >>> def bar(done, total):
    ...     print(f"{done} of {total}")
    >>> import shiver
    >>> shiver.parfor(shiver.from_c("long f(long i) { return i; }"), 3, progress=bar)
    3 of 3
    array([0, 1, 2])
    """

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm
        except ImportError as error:
            raise ImportError(
                "progress=True shows a bar of tqdm, which is not installed: "
                "pip install shiver[progress], or give progress= a callable"
            ) from error
        self._make: Any = tqdm
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        """Moves the bar."""
        if self._bar is None:
            self._bar = self._make(total=total, unit="it", unit_scale=True)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Leaves the bar as it is, full or not."""
        if self._bar is not None:
            self._bar.close()
