"""The wheel in dist, and a new virtual environment with nothing of this repository but it."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WHEELHOUSE = ROOT / ".venv" / "wheelhouse"


@pytest.fixture(scope="session")
def wheel() -> Path:
    """The wheel that `make wheel` made."""
    wheels = list((ROOT / "dist").glob("shiver-*.whl"))
    assert len(wheels) == 1, f"`make wheel` leaves one wheel in dist, not {wheels}"
    return wheels[0]


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new virtual environment with the wheel and what its tests import."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    interpreter = folder / "bin" / "python"
    install = [str(interpreter), "-m", "pip", "install", "--quiet", "--no-index"]
    suite = ROOT / "requirements" / "suite.txt"
    subprocess.run(
        [*install, "--find-links", str(WHEELHOUSE), "-r", str(suite), str(wheel)], check=True
    )
    return interpreter
