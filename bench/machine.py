"""What a record must say of where it was made: CPU, compilers, versions, commit."""

from __future__ import annotations

import functools
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
# What the names of the runtimes' environment variables begin with.
RUNTIMES = ("OMP_", "GOMP_", "KMP_", "OPENBLAS_", "NUMBA_", "RAYON_", "TBB_", "SHIVER_")


def printed(*command: str) -> str:
    """What a command printed, or nothing if it failed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def clang() -> str:
    """The clang program of the LLVM that Shiver was built with."""
    prefix = os.environ.get("LLVM_SYS_221_PREFIX", "/usr/lib/llvm-22")
    return str(Path(prefix) / "bin" / "clang")


@functools.cache
def version(program: str) -> str:
    """A program's version number."""
    found = re.findall(r"\b\d+\.\d+(?:\.\d+)?\b", printed(program, "--version").partition("\n")[0])
    return found[-1] if found else "of unknown version"


def commit() -> str:
    """The commit of the tree, `+` behind it where the tree differs from it."""
    changed = printed("git", "--no-optional-locks", "status", "--porcelain", "--untracked-files=no")
    return (printed("git", "rev-parse", "--short=10", "HEAD") or "unknown") + "+" * bool(changed)


def facts() -> dict[str, object]:
    """Everything, ready to be written as JSON."""
    import shiver

    return {
        "cpu": cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()}, {' '.join(platform.libc_ver())}",
        "commit": commit(),
        "command": " ".join(["python", *sys.argv]),
        "shiver": shiver.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": blas(),
        "gcc": printed("gcc", "--version").partition("\n")[0],
        "rustc": printed("rustc", "--version"),
        "clang": printed(clang(), "--version").partition("\n")[0],
        "environment": {
            name: value
            for name, value in os.environ.items()
            if name.startswith(RUNTIMES)
            and not name.endswith("_CACHE_DIR")  # a new folder for each run
        },
    }


def blas() -> str:
    config = np.show_config(mode="dicts")
    found = config["Build Dependencies"]["blas"]
    return f"{found['name']} {found['version']}"
