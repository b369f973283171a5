"""What a report of a fault should say about the machine."""

from __future__ import annotations

import platform
import sys

import numpy as np

from shiver import _native
from shiver.thread_count import get_num_threads

__all__ = ["show_versions", "version"]

#: Libraries that Shiver works together with and does not need.
_OPTIONAL = ("llvmlite", "numba", "scipy", "cffi", "tqdm")


def version() -> str:
    """The version of Shiver that is installed.

    >>> from shiver.versions import version
    >>> version()[0].isdigit()
    True
    """
    return _installed("shiver") or _native.versions().get("shiver", "0")


def show_versions() -> None:
    """Prints the versions of Shiver and of what it works with, the CPU and the threads.

    ``python -m shiver`` prints the same.

    >>> import shiver
    >>> shiver.show_versions()
    Shiver  ...
    Python  ...
    NumPy   ...
    """
    native = _native.versions()
    lines = {
        "Shiver": version(),
        "Python": f"{platform.python_version()} ({sys.implementation.name})",
        "NumPy": np.__version__,
        "system": platform.platform(),
        "LLVM": native.pop("llvm"),
        "CPU": native.pop("cpu"),
        "CPU features": native.pop("cpu_features"),
        "threads": str(get_num_threads()),
    }
    taken = {name.lower() for name in lines}
    lines |= {name: text for name, text in native.items() if name not in taken}
    for name in _OPTIONAL:
        found = _installed(name)
        if found is not None:
            lines[name] = found
    width = max(map(len, lines)) + 2
    for name, text in lines.items():
        print(f"{name:{width}}{text}")


def _installed(name: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
