"""C peers: compiled with gcc and OpenMP, called through ctypes."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from pathlib import Path

# The floating-point mode of a row is added to these.
FLAGS = ("-O3", "-march=native", "-fopenmp")


def compile_c(source: str, *flags: str) -> ctypes.CDLL:
    """A loaded library with the functions of `source`."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "peer.so"
        subprocess.run(
            ["gcc", *FLAGS, *flags, "-shared", "-fPIC", "-x", "c", "-", "-o", str(library)],
            input=source,
            text=True,
            check=True,
        )
        return ctypes.CDLL(str(library))
