"""A few hundred cases of `tools/fuzz.py`: damaged code is taken or refused, and does no more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.toolchain

FUZZ = Path(__file__).parents[2] / "tools/fuzz.py"


def fuzz(*options):
    command = [sys.executable, str(FUZZ), *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return done.returncode, json.loads(done.stdout), done.stderr


def test_damaged_code_is_taken_or_refused(tmp_path):
    status, record, errors = fuzz(
        "--cases", 400, "--seconds", 120, "--seed", 7, "--record", tmp_path
    )
    assert status == 0, errors
    assert record["failures"] == []
    assert record["cases"] == 400
    for kind in ["bitcode", "text"]:
        counts = record["counts"][kind]
        assert counts["taken"] > 10 and counts["refused while reading"] > 10, counts
    [file] = tmp_path.iterdir()
    assert json.loads(file.read_text())["counts"] == record["counts"]
