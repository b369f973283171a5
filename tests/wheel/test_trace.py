"""A trace of system calls: compiling and running starts no process and reads no header."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

PROGRAM = """
import numpy as np
import shiver
try:
    open("/here-it-begins")
except OSError:
    pass
f = shiver.from_c('''
#include <complex.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>
void f(double *y, long i) { y[i] = fabs(sin((double)i)); if (i == 7) printf("seven\\\\n"); }
''')
y = np.empty(100_000)
shiver.parfor(f, len(y), y, num_threads=2)
assert np.allclose(y, abs(np.sin(np.arange(len(y)))))
g = shiver.from_c('''
#include <cmath>
#include <algorithm>
extern "C" double g(long i) { return std::max(std::sqrt((double)i), 3.0); }
''', lang="c++")
assert shiver.parfor(g, 10)[9] == 3.0
try:
    open("/here-it-ends")
except OSError:
    pass
"""


@pytest.fixture(scope="module")
def calls(python: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the process and its threads asked of the kernel from `from_c` to the last result."""
    folder = tmp_path_factory.mktemp("trace")
    (folder / "program.py").write_text(PROGRAM)
    trace = folder / "trace"
    command = ["strace", "-f", "-s", "4096", "-e", "trace=process,%file", "-o", str(trace)]
    probe = subprocess.run([*command, "/bin/true"], capture_output=True, text=True)
    if probe.returncode != 0:
        pytest.skip(f"strace may not trace here: {probe.stderr.strip()}")
    done = subprocess.run(
        [*command, str(python), str(folder / "program.py")],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "SHIVER_CACHE_DIR": str(folder / "cache")},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "seven\n"
    lines = trace.read_text(errors="replace").splitlines()
    begin = next(n for n, line in enumerate(lines) if "/here-it-begins" in line)
    end = next(n for n, line in enumerate(lines) if "/here-it-ends" in line)
    assert begin < end
    return lines[begin + 1 : end]


def test_threads_are_started_and_seen(calls):
    # Otherwise the trace saw nothing and the other tests show nothing.
    assert any("CLONE_THREAD" in call for call in calls)


def test_no_child_process_is_started(calls):
    started = [
        call
        for call in calls
        if re.search(r"\b(execve|execveat|v?fork|clone3?)\(", call) and "CLONE_THREAD" not in call
    ]
    assert started == []


def test_no_header_and_no_llvm_is_looked_for(calls):
    names = [name for call in calls for name in re.findall(r'"(/[^"]*)"', call)]
    forbidden = re.compile(r"^/usr/(local/)?include|/llvm|/clang|/lib/gcc|\.h$|\.hpp$")
    assert [name for name in names if forbidden.search(name)] == []


def test_no_temporary_file_is_made(calls):
    made = [call for call in calls if "O_CREAT" in call and "/cache/" not in call]
    assert made == []
