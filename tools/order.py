"""Writes crates/shiver-python/order.txt: the functions that a compile runs, by their first calls.

    python tools/order.py

The linker puts them side by side in the native module (crates/shiver-python/build.rs). A compile
runs a fifth of the 50 MB of clang and LLVM, in pieces of some hundred bytes that lie all over: side
by side they share cache lines and pages with each other, not with code that never runs. In the
order of their first calls they do so best: the busiest first, or half as many, gave half as much
(2026-11: 8.3 to 8.4 ms for a new source, where this list gave 7.8 and none 9.0). To be run again
when LLVM changes; a name that is gone does no harm. Needs valgrind (Debian: valgrind).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ORDER = ROOT / "crates/shiver-python/order.txt"

# A function that runs fewer instructions than this in all of WORK is left out: half of all
# functions, which do a part in 250 of the work.
LEAST = 2_000

# Loops of the kinds that there are, each compiled twice: what a process does but once counts less.
WORK = r"""
import numpy as np
import shiver

# The source, with a number in it that makes it new; the indices; the arrays.
BODIES = [
    ("void f(double *x, long i) { x[i] += @; }", 1, 1),
    ("double f(double *x, double *y, long i) { return @ * x[i] + y[i]; }", 1, 2),
    ("float f(float *x, int i) { return x[i] > @ ? x[i] * 2 : -x[i]; }", 1, 1),
    ("long f(long i, long j) { return i * @ + j; }", 2, 0),
    ("void f(double x[][64], double y[][64], long i, long j) {"
     " y[i][j] = x[i][j] + x[i][(j + 1) % 64] + x[(i + @) % 64][j]; }", 2, 2),
    ("double f(double a[][64], double b[][64], long i, long j) { double s = @;"
     " for (long k = 0; k < 64; k++) s += a[i][k] * b[k][j]; return s; }", 2, 2),
    ("#include <math.h>\ndouble f(double *x, long i) { return sin(x[i]) + exp(x[i] * @); }", 1, 1),
    ("int f(long i) { int n = 0; for (long k = i + @; k != 1 && n < 99; n++)"
     " k = k % 2 ? 3 * k + 1 : k / 2; return n; }", 1, 0),
    ("#include <stdint.h>\nstatic uint32_t mix(uint32_t h) { return (h ^ h >> 15) * 2246822507; }"
     " uint32_t f(uint32_t i) { return mix(mix(i) + @); }", 1, 0),
    ("// C++\n#include <algorithm>\n#include <cmath>\ntemplate <class T> static T clip(T x)"
     " { return std::min(std::max(x, T(0)), T(@)); }"
     " double f(double *x, long i) { return clip(std::sqrt(std::abs(x[i]))); }", 1, 1),
    ("/* fast */ float f(float *x, long i) { return x[i] * x[i] + @; }", 1, 1),
]
GRID = np.arange(64.0 * 64).reshape(64, 64)
for turn in range(2):
    for number, (body, indices, arrays) in enumerate(BODIES):
        f = shiver.from_c(
            body.replace("@", str(3 + 100 * turn + number)),
            lang="c++" if "C++" in body else "c",
            fastmath="fast" in body,
        )
        grid = GRID if "[64]" in body else GRID.ravel()
        grid = grid.astype("f4") if "float *" in body else grid
        shiver.parfor(f, (16,) * indices, tuple(grid.copy() for _ in range(arrays)))
    f = shiver.from_c(f"double f(const double *x, long i) {{ return x[i] * {turn + 7}; }}")
    shiver.reduce(f, 64, GRID.ravel())
    try:
        shiver.from_c(f"int f(int i) {{ return missing{turn}(i); }}")
    except shiver.CompileError:
        pass
"""


def run(*command: str | Path, **options: object) -> None:
    subprocess.run([str(part) for part in command], check=True, cwd=ROOT, **options)  # type: ignore[call-overload]


def build(package: Path) -> None:
    """The package with a native module that has its symbols, but not what valgrind cannot read."""
    shutil.copytree(
        ROOT / "python/shiver", package, ignore=shutil.ignore_patterns("*.so", "__pycache__")
    )
    build = ("cargo", "rustc", "--release", "--locked", "-p", "shiver-python", "--lib")
    run(*build, "--", "-C", "link-arg=-Wl,--icf=all", "-C", "strip=debuginfo")
    shutil.copy(ROOT / "target/release/lib_native.so", package / "_native.abi3.so")


def profile(folder: Path) -> Path:
    """Runs the work, and gives callgrind's file."""
    program, out = folder / "work.py", folder / "callgrind.out"
    program.write_text(WORK)
    valgrind = ("valgrind", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={out}")
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "SHIVER_CACHE_DIR": str(folder / "cache"),
        "SHIVER_NUM_THREADS": "1",
    }
    run(*valgrind, sys.executable, program, env=environment)
    return out


def costs(profile: Path) -> Iterator[tuple[str, str, int]]:
    """Object, function, and instructions of its own, for each line that callgrind has; functions
    in the order in which they were first called.
    """
    names: dict[tuple[str, str], str] = {}
    now = {"ob": "", "fn": ""}
    called = False  # the line after "calls=" has the cost of a call
    for line in profile.read_text().splitlines():
        if match := re.fullmatch(r"c?(ob|fn)=(\(\d+\))(?: (.+))?", line):
            kind, number, name = match.groups()
            if name:
                names[kind, number] = name
            if not line.startswith("c"):
                now[kind] = names.get((kind, number), "")
        elif line.startswith("calls="):
            called = True
        elif match := re.fullmatch(r"[+*-]?\S* (\d+)", line):
            if not called:
                yield now["ob"], now["fn"], int(match[1])
            called = False


def is_cxx(function: str) -> bool:
    """Whether the name is one of clang's or LLVM's; Rust's end in a hash, new in each build."""
    return function.startswith("_Z") and not re.search(r"17h[0-9a-f]{16}E$", function)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder / "shiver")
        busy: Counter[str] = Counter()
        for library, function, instructions in costs(profile(folder)):
            # Functions that recurse are numbered.
            if library.endswith("_native.abi3.so") and is_cxx(function):
                busy[function.partition("'")[0]] += instructions
    chosen = [function for function, instructions in busy.items() if instructions >= LEAST]
    share = sum(busy[function] for function in chosen) / busy.total()
    ORDER.write_text("".join(f"{function}\n" for function in chosen))
    print(f"{len(chosen)} of {len(busy)} functions, {share:.1%} of what was run")


if __name__ == "__main__":
    main()
