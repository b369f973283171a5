"""The Python suite passes against the wheel with no compiler, no header and no source in sight."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "build" / "reports" / "test-wheel-suite.xml"

Alone = Callable[..., "subprocess.CompletedProcess[str]"]


def out_of_sight() -> list[Path]:
    """The folders that a user who only installed the wheel does not have."""
    prefix = os.environ.get("LLVM_SYS_221_PREFIX")
    candidates = [
        Path("/usr/include"),
        Path("/usr/local/include"),
        *Path("/usr/lib").glob("llvm-*"),
        *Path("/usr/lib/gcc").glob("*/*/include"),
        *([Path(prefix)] if prefix else []),
        *(ROOT / name for name in ("crates", "python", "target", ".venv")),
    ]
    return [folder for folder in candidates if folder.is_dir()]


def namespaces() -> list[list[str]]:
    """The ways to get a private mount namespace, best first."""
    ways = [["unshare", "--mount"]] if os.getuid() == 0 else []
    ways.append(["unshare", "--map-root-user", "--mount"])
    if shutil.which("sudo"):
        ways.append(["sudo", "-n", "unshare", "--mount"])
    return ways


@pytest.fixture(scope="module")
def alone(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """A function that runs the new environment's Python where those folders are empty."""
    hide = " && ".join(
        f"mount -t tmpfs none {shlex.quote(str(folder))}" for folder in out_of_sight()
    )
    # Some that a new environment has, and nothing that helps to find a compiler.
    environment = [f"HOME={tmp_path_factory.mktemp('home')}", "LANG=C.UTF-8", "PATH="]

    def command(way: list[str], *arguments: str) -> list[str]:
        run = shlex.join(["/usr/bin/env", "-i", *environment, str(python), *arguments])
        return [*way, "/bin/sh", "-c", f"{hide} && exec {run}"]

    for way in namespaces():
        probe = subprocess.run(command(way, "-c", "0"), capture_output=True, text=True)
        if probe.returncode == 0:
            break
    else:
        pytest.skip(f"no private mount namespace can be had here: {probe.stderr.strip()}")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(way, *arguments), cwd=ROOT / "tests", capture_output=True, text=True
        )

    return run


def test_the_hidden_is_hidden(alone):
    code = f"""
import os, shutil, subprocess
for folder in {[str(folder) for folder in out_of_sight()]!r}:
    assert os.listdir(folder) == [], folder
assert os.environ["PATH"] == ""
assert shutil.which("cc") is None and shutil.which("clang") is None
"""
    done = alone("-c", code)
    assert done.returncode == 0, done.stderr


def test_it_is_the_wheel_that_is_imported(alone, python):
    done = alone("-c", "import shiver; print(shiver.__file__)")
    assert done.stdout.startswith(str(python.parents[1])), done.stdout + done.stderr


def test_the_suite_passes(alone):
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    options = ["-q", "-p", "no:cacheprovider", "-m", "not toolchain", f"--junitxml={REPORT}"]
    done = alone("-m", "pytest", *options, "python", "compat")
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr
