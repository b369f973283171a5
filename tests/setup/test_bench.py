"""The benchmark's own arithmetic, a run at sizes that show nothing, and the pages' figures."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import contest  # noqa: E402
import figures  # noqa: E402
import quiet  # noqa: E402
import run  # noqa: E402
import show  # noqa: E402
import table  # noqa: E402


class Scripted:
    """A contender that takes the times it is told to, one after the other."""

    def __init__(self, order: list[str], name: str, *times: float, **more: object) -> None:
        self.times = iter(times)
        self.order = order
        self.contender = contest.Contender(name, self.run, **more)

    def run(self) -> float:
        self.order.append(self.contender.name)
        return next(self.times)


def measured(*scripts: Scripted, **more: object) -> dict:
    ours, *peers = [script.contender for script in scripts]
    work = contest.Work("w", ours, peers, rounds=3, **more)
    return figures.figures([{"row": "r", **contest.measure(work, settle=lambda: None)}])


def test_rounds_change_their_order_and_ratios_are_those_of_rounds():
    order = []
    told = measured(
        Scripted(order, "ours", 99.0, 1.0, 2.0, 3.0),
        Scripted(order, "theirs", 99.0, 2.0, 2.0, 2.0, goal=0.5),
    )
    assert order[:2] == ["ours", "theirs"]  # the check
    assert {tuple(order[at : at + 2]) for at in (2, 4, 6)} == {
        ("ours", "theirs"),
        ("theirs", "ours"),
    }
    (ratio,) = told["ratios"]
    assert (ratio["against"], ratio["goal"]) == ("theirs", 0.5)
    assert (ratio["q1"], ratio["median"], ratio["q3"]) == (0.75, 1.0, 1.25)
    assert told["contenders"][1]["seconds"]["median"] == 2.0


def test_rounds_of_several_processes_count_alike():
    def part(ours: list[float], share: float, holds: bool) -> dict:
        script = Scripted([], "ours", 9, *ours, note=lambda: ("both in {:.0%}", share))
        theirs = Scripted([], "theirs", 9, *(2.0 for _ in ours))
        work = contest.Work(
            "w", script.contender, [theirs.contender], len(ours), holds=lambda: holds
        )
        return {"row": "r", **contest.measure(work, settle=lambda: None)}

    told = figures.figures([part([2.0, 4.0], 1.0, True), part([6.0, 8.0, 10.0], 0.5, False)])
    assert (told["rounds"], told["processes"], told["holds"]) == (5, 2, False)
    assert told["ratios"][0]["median"] == 3.0
    assert told["contenders"][0]["seconds"]["median"] == 6.0
    assert told["contenders"][0]["note"] == "both in 75%"


def test_of_a_group_the_best_is_compared():
    order = []
    told = measured(
        Scripted(order, "ours", 9, 1, 1, 1),
        Scripted(order, "slow", 9, 4, 4, 4, group="schedules", goal=1.0),
        Scripted(order, "fast", 9, 2, 2, 2, group="schedules", goal=1.0),
    )
    (ratio,) = told["ratios"]
    assert (ratio["against"], ratio["member"], ratio["median"]) == ("schedules", "fast", 0.5)


def test_overhead_and_the_ideal_split_come_from_one_thread():
    order = []
    told = measured(
        Scripted(order, "ours", 9, 3, 3, 3),
        Scripted(order, "plain", 9, 2, 2, 2),
        one_thread=Scripted(order, "one", 9, 4, 4, 4).contender,
        plain="plain",
        ideal=0.5,
        ideal_goal=1.05,
    )
    found = {(ratio["ours"], ratio["against"]): ratio["median"] for ratio in told["ratios"]}
    assert found["one", "plain"] == 2.0
    assert found["ours", "an ideal split of one thread's time"] == 1.5


def test_a_wrong_answer_fails_the_work_unless_there_is_none():
    with pytest.raises(contest.WrongAnswerError, match="theirs: wrong answer in 'w'"):
        order = []
        answers = iter([True, False])
        measured(
            Scripted(order, "ours", 9), Scripted(order, "theirs", 9), right=lambda: next(answers)
        )
    answers = iter([True])
    measured(
        Scripted([], "ours", 9, 1, 1, 1),
        Scripted([], "nothing", 9, 1, 1, 1, does_less=True),
        right=lambda: next(answers),
    )


def test_quiet_waits_for_a_thread_that_spins(monkeypatch):
    stop = threading.Event()

    def spin() -> None:
        while not stop.is_set():
            sum(range(1000))

    thread = threading.Thread(target=spin)
    thread.start()
    try:
        monkeypatch.setattr(quiet, "PATIENCE", 0.2)
        with pytest.raises(quiet.RestlessError, match="still running"):
            quiet.settle()
    finally:
        stop.set()
        thread.join()
    quiet.settle()


def test_a_batch_does_what_is_asked_before_each_batch():
    calls = []
    batch = contest.Batch(lambda: calls.append("call"), before=lambda: calls.append("before"))
    assert 0 < batch() < 1e-3
    assert calls.count("before") == 1
    assert calls[0] == "before"
    batch()
    assert calls.count("before") == 2


def test_every_row_runs_and_everybody_agrees():
    done = subprocess.run(
        [sys.executable, "bench/run.py", "--small", "--no-record"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    for row in run.ROWS:
        assert f"\n=== {row}\n" in done.stdout
    # A peer is there, or it is said why not.
    calling = done.stdout.partition("=== calling")[2].partition("=== waking")[0]
    for peer in ("libgomp", "libomp", "oneTBB", "rayon", "numba"):
        assert f"\n  {peer} " in calling or f"\n  missing: {peer}: " in calling
    assert "both threads ran in 100.0% of the calls" in calling


def test_a_missing_peer_is_told(monkeypatch):
    import peers
    from peers import native

    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(native, "RAYON", ROOT / "no such file")
    for peer in (native.libgomp, native.one_tbb, native.rayon):
        peer.cache_clear()
    try:
        found, missing = peers.find("libgomp", "oneTBB", "rayon")
    finally:
        for peer in (native.libgomp, native.one_tbb, native.rayon):
            peer.cache_clear()
    assert found == []
    assert missing == [
        "libgomp: there is no gcc",
        "oneTBB: there is no g++",
        "rayon: its crate is not built; `make bench` builds it",
    ]


def test_a_row_that_fails_is_told_and_the_others_go_on(capfd):
    with pytest.raises(subprocess.CalledProcessError):
        list(run.measured("no_such_row", small=True))
    assert "No module named 'rows.no_such_row'" in capfd.readouterr().err


THREE = {"q1": 1.5, "median": 2.0, "q3": 2.5}


def record() -> dict:
    def contender(name: str, runtime: str = "") -> dict:
        seconds = {"q1": 1e-3, "median": 2e-3, "q3": 3e-3}
        more = {"how": f"{name} -O3", "group": "", "note": "", "does_less": False}
        return {"name": name, "seconds": seconds, "runtime": runtime, **more}

    work = {
        "row": "adding",
        "work": "add1",
        "rounds": 3,
        "processes": 1,
        "plain": "",
        "axis": None,
        "contenders": [contender("Shiver", "shiver"), contender("C"), contender("D")],
        "ratios": [
            {"ours": "Shiver", "against": "C", "member": "", "goal": 0.65, **THREE},
            {"ours": "Shiver", "against": "D", "member": "", "goal": None, **THREE, "q1": 0.9},
        ],
        "missing": ["E: it is not installed"],
        "holds": True,
    }
    words = "cpu cores system gcc clang rustc python numpy blas date commit".split()
    return {**dict.fromkeys(words, "known"), "works": [work]}


def test_a_record_is_written_with_a_line_for_each_work():
    told = record()
    works = told.pop("works") * 2
    text = run.as_text(told, works)
    assert json.loads(text) == {**told, "works": works}
    assert [line.startswith('{"row"') for line in text.splitlines()].count(True) == 2


def test_a_record_becomes_tables_between_the_markers():
    names = ("figures", "losses", "adding")
    page = "".join(f"before\n<!-- {name}: begin -->\nold\n<!-- {name}: end -->\n" for name in names)
    text = table.filled(page + "after\n", record(), "name")
    assert "old" not in text
    assert text.startswith("before\n<!-- figures: begin -->\n| work |")
    assert text.endswith("<!-- adding: end -->\nafter\n")
    assert "| add1 | 2 ms | C | 2 ms | 2.00 (1.50 … 2.50) | 0.65 |" in text
    assert "- add1: 2.00 times C (goal 0.65).\n<!-- losses" in text
    assert "| C | 2 ms (1 ms … 3 ms) | 2.00 (1.50 … 2.50) | 0.65 |  |" in text
    assert "| D | 2 ms (1 ms … 3 ms) | 2.00 (0.90 … 2.50) |  |  |" in text
    assert "Missing: E: it is not installed." in text


def test_where_a_runtime_pays_is_where_it_is_faster_from_then_on():
    def size(axis: int, **seconds: float) -> dict:
        contenders = [
            {
                "name": name,
                "runtime": "" if name == "plain" else name,
                "seconds": {"median": value},
            }
            for name, value in seconds.items()
        ]
        return {"row": "sizes", "axis": axis, "plain": "plain", "contenders": contenders}

    works = [
        size(10, plain=2.0, early=1.0, lucky=1.0, never=3.0),
        size(100, plain=2.0, early=1.0, lucky=3.0, never=3.0),
        size(1000, plain=2.0, early=1.0, lucky=1.0, never=3.0),
    ]
    text = table.paying({"works": works})
    assert "| early | 10 doubles |\n| lucky | 1,000 doubles |\n| never | never |" in text


def test_a_goal_does_not_count_when_the_work_was_not_what_was_asked():
    told = measured(
        Scripted([], "ours", 9, 1, 1, 1),
        Scripted([], "theirs", 9, 2, 2, 2, goal=0.8),
        holds=lambda: False,
    )
    assert "goal 0.8: does not count" in show.work(told)
    assert "goal 0.8: reached" in show.work({**told, "holds": True})
    assert "goal 0.4: missed" in show.work(
        {**told, "holds": True, "ratios": [{**told["ratios"][0], "goal": 0.4}]}
    )


def test_the_pages_have_markers_for_every_row():
    page = table.PAGE.read_text(encoding="utf-8")
    names = [found[1] for found in table.MARKED.finditer(page)]
    assert sorted(names) == sorted([*run.ROWS, "machine", "plot", "losses", "paying", "compiled"])
    readme = table.README.read_text(encoding="utf-8")
    assert [found[1] for found in table.MARKED.finditer(readme)] == ["figures"]


def test_the_pages_say_what_their_record_says():
    (name,) = re.findall(r"\(records/(.+)\.svg\)", table.PAGE.read_text(encoding="utf-8"))
    source = ROOT / "bench" / "records" / f"{name}.json"
    told = json.loads(source.read_text(encoding="utf-8"))
    for page in (table.README, table.PAGE):
        text = page.read_text(encoding="utf-8")
        assert table.filled(text, told, name) == text
    assert source.with_suffix(".svg").exists()
