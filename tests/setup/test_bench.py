"""The benchmark's own arithmetic, a run at sizes that show nothing, and the README's table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import pairs
    import table

    return pairs, table


def test_pairs_take_turns_and_the_ratio_is_that_of_pairs(bench):
    pairs, _ = bench
    order, checked = [], []

    def side(name, times):
        return lambda: (order.append(name), next(times))[1]

    row = pairs.Comparison(
        work="w",
        against="a",
        ours=side("ours", iter([99.0, 1.0, 2.0, 3.0])),
        theirs=side("theirs", iter([99.0, 2.0, 2.0, 2.0])),
        pairs=3,
        check=lambda: checked.append(True),
        rest=0,
    )
    result = pairs.measure(row)
    assert order == ["ours", "theirs", "theirs", "ours"] * 2
    assert (result.ours.median, result.theirs.median, result.ratio.median) == (2.0, 2.0, 1.0)
    assert (result.ratio.q1, result.ratio.q3) == (0.75, 1.25)
    assert checked


def test_every_row_runs_and_agrees_with_its_peer():
    done = subprocess.run(
        [sys.executable, "bench/first.py", "--small", "--no-record", "calling", "adding"]
        + ["multiplying"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("  ratio ") == 5


def test_a_record_becomes_a_table_between_the_markers(bench, tmp_path, monkeypatch):
    _, table = bench
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{table.BEGIN}old\n{table.END}after\n")
    monkeypatch.setattr(table, "README", readme)
    three = {"q1": 0.5, "median": 0.001, "q3": 2.0}
    row = {"work": "adding", "against": "C", "goal": 0.65, "ours": three, "theirs": three}
    machine = dict.fromkeys(("cpu", "gcc", "numpy", "blas", "date", "commit"), "known")
    record = tmp_path / "record.json"
    record.write_text(json.dumps({"rows": [{**row, "ratio": three}], "cores": 2, **machine}))
    table.main(str(record))
    text = readme.read_text()
    assert text.startswith(f"before\n{table.BEGIN}| work |")
    assert "| adding | 1 ms | C | 1 ms | 0.00 (0.50 … 2.00) | 0.65 |" in text
    assert text.endswith(f"{table.END}after\n")


def test_the_readme_has_the_markers(bench):
    _, table = bench
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count(table.BEGIN) == text.count(table.END) == 1
