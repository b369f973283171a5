"""A controller for the package ``threadpoolctl``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from shiver import _native

__all__ = ["threadpool_controller"]

_FILE = Path(str(_native.__file__))

_registered: type[Any] | None = None


def threadpool_controller() -> type[Any]:
    """Makes ``threadpoolctl`` know Shiver's workers, from now on and for the whole process.

    ``threadpool_limits(2)`` then holds for loops too, ``threadpool_limits({"shiver": 2})`` for them
    alone, and ``threadpool_info()`` tells of them. It sets what `set_num_threads` sets, so inside
    of ``with shiver.threads(n):``, and for calls with ``num_threads=``, these win.

    Importing Shiver registers nothing: what ``threadpool_limits`` does should not depend on the
    order of imports. A second call does nothing.

    Returns
    -------
    type
        The registered class, a ``threadpoolctl.LibController``.

    Raises
    ------
    ImportError
        ``threadpoolctl`` is not installed.

    Examples
    --------
    >>> import shiver
    >>> def limited():
    ...     import threadpoolctl
    ...     shiver.threadpool_controller()
    ...     with threadpoolctl.threadpool_limits({"shiver": 1}):
    ...         return shiver.get_num_threads()
    """
    global _registered
    if _registered is None:
        threadpoolctl: Any = import_module("threadpoolctl")
        controller = type("ShiverController", (threadpoolctl.LibController,), dict(_MEMBERS))
        threadpoolctl.register(controller)
        _registered = controller
    return _registered


def _get_num_threads(_: Any) -> int:
    return _native.get_num_threads()


def _set_num_threads(_: Any, num_threads: int) -> None:
    _native.set_num_threads(num_threads)


def _get_version(_: Any) -> str:
    from shiver.versions import version

    return version()


def _forget_others(controller: Any) -> None:
    """Another package's module of the same file name has no symbol of ours, as it were."""
    if not _FILE.samefile(controller.filepath):
        controller.dynlib = None


# The controller is found by the file's name and by the one symbol that the file exports; numbers go
# through the module's own functions, so none has to be exported for them.
_MEMBERS = {
    "__doc__": "Shiver's workers.",
    "__module__": __name__,
    "user_api": "shiver",
    "internal_api": "shiver",
    "filename_prefixes": (_FILE.name.lower(),),
    "check_symbols": ("PyInit__native",),
    "get_num_threads": _get_num_threads,
    "set_num_threads": _set_num_threads,
    "get_version": _get_version,
    "set_additional_attributes": _forget_others,
}
