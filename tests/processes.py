"""What tests of the package need wherever they lie: a cache and processes of their own.

Pytest loads this before any test. Tests of anything global (signals, `fork`, the interpreter's exit,
environment variables, memory) run their code in a process of its own, through the fixture
`run_python`.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable

import pytest

# Before shiver is asked for anything: the tests keep out of the user's cache, and begin with none.
CACHE = tempfile.mkdtemp(prefix="shiver-tests-")
os.environ["SHIVER_CACHE_DIR"] = CACHE
atexit.register(shutil.rmtree, CACHE, ignore_errors=True)

RunPython = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_python(tmp_path) -> RunPython:
    """A function that runs `code` as a script in a new process and gives what became of it.

    The script lies in a folder of its own and is the process's `__main__`, so `spawn` works in it.
    `SHIVER_…` variables of this process are not handed on, but for the cache's; those in `env` are. A process that does
    not end in `timeout` seconds is killed and fails the test, and so does one that returns nonzero,
    unless `check=False`.
    """
    count = 0

    def run(
        code: str,
        *,
        env: dict[str, str] | None = None,
        timeout: float = 120.0,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        nonlocal count
        count += 1
        script = tmp_path / f"script{count}.py"
        script.write_text(textwrap.dedent(code), encoding="utf-8")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SHIVER_")}
        environment["SHIVER_CACHE_DIR"] = CACHE
        environment.update(env or {})
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", str(script)],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if check:
            assert done.returncode == 0, (
                f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
            )
        return done

    return run
