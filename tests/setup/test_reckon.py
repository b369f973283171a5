"""tools/reckon.py: what counts as passed, failed and skipped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "reckon.py"

JUNIT = """<testsuites><testsuite>
<testcase classname="tests.a" name="test_one"/>
<testcase classname="tests.a" name="test_two"><skipped message="no network"/></testcase>
</testsuite></testsuites>"""

CARGO = """
     Running unittests src/lib.rs (target/debug/deps/shiver_queue-1)
test few::tests::one ... ok
test few::tests::slow ... ignored, takes an hour

test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out
"""


@pytest.fixture
def reckon(tmp_path):
    def run(reports: dict[str, str], skips: str = "") -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "reports"
        folder.mkdir()
        for name, text in reports.items():
            (folder / name).write_text(text)
        (tmp_path / "skips.toml").write_text(skips)
        return subprocess.run(
            [sys.executable, str(SCRIPT), str(folder), str(tmp_path / "skips.toml")],
            capture_output=True,
            text=True,
        )

    return run


def test_all_is_well(reckon):
    done = reckon({"a.xml": '<testsuite><testcase classname="t" name="x"/></testsuite>'})
    assert done.returncode == 0
    assert done.stdout == "Skipped: nothing.\n1 passed, 0 failed, 0 skipped\n"


def test_a_skip_nobody_foresaw_is_a_failure(reckon):
    done = reckon({"a.xml": JUNIT})
    assert done.returncode == 1
    assert "a: tests.a.test_two: no network  <- not in" in done.stdout
    assert done.stdout.endswith("1 passed, 1 failed, 0 skipped\n")


def test_a_skip_on_the_list_is_shown_and_passes(reckon):
    done = reckon({"a.xml": JUNIT}, '[[skip]]\ntest = "*two"\nreason = "network"\n')
    assert done.returncode == 0
    assert "a: tests.a.test_two: no network\n" in done.stdout
    assert done.stdout.endswith("1 passed, 0 failed, 1 skipped\n")


def test_another_reason_is_another_skip(reckon):
    assert reckon({"a.xml": JUNIT}, '[[skip]]\ntest = "*two"\nreason = "moon"\n').returncode == 1


def test_cargo_is_read_too(reckon):
    done = reckon({"rust.log": CARGO})
    assert done.returncode == 1
    assert "src/lib.rs few::tests::slow: takes an hour" in done.stdout
    assert "1 passed, 1 failed, 0 skipped" in done.stdout


def test_no_test_at_all_is_a_failure(reckon):
    assert reckon({}).returncode == 1
