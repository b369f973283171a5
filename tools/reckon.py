"""Adds up the reports of a test run, and lists what was skipped and why.

    python tools/reckon.py REPORTS SKIPS

REPORTS is a folder of pytest's JUnit files (`*.xml`) and of what `cargo test` printed (`*.log`).
SKIPS is a TOML file: the one list of tests that may be skipped. A skip that it does not foresee
fails the run as a failed test does, so that nothing is skipped unseen.
"""

from __future__ import annotations

import fnmatch
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True)
class Outcome:
    """What became of one test."""

    report: str
    test: str
    verdict: str  # "passed", "failed" or "skipped"
    reason: str = ""


def read_junit(path: Path) -> Iterator[Outcome]:
    """The outcomes in a JUnit file. An expected failure counts as skipped: it did not pass."""
    for case in ElementTree.parse(path).iter("testcase"):
        test = f"{case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            yield Outcome(path.stem, test, "failed")
        elif skipped is not None:
            yield Outcome(path.stem, test, "skipped", skipped.get("message", ""))
        else:
            yield Outcome(path.stem, test, "passed")


def read_cargo(path: Path) -> Iterator[Outcome]:
    """The outcomes in what `cargo test` printed."""
    words = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}
    # A test's own output may stand between its name and its verdict: the count at the end decides.
    line_of_a_skip = re.compile(r"test (.+?) \.\.\. ignored(?:, (.*))?$")
    line_of_a_count = re.compile(r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored")
    target = ""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if found := re.match(r"\s+(?:Running|Doc-tests) (\S+(?: \S+\.rs)?)", line):
            target = found[1]
        elif found := line_of_a_skip.match(line):
            yield Outcome(path.stem, f"{target} {found[1]}", words["ignored"], found[2] or "")
        elif found := line_of_a_count.match(line):
            for verdict, count in (("passed", found[1]), ("failed", found[2])):
                yield from [Outcome(path.stem, target, verdict)] * int(count)


def foreseen(outcome: Outcome, skips: list[dict[str, str]]) -> bool:
    """Whether the list of skips allows this one."""
    return any(
        fnmatch.fnmatchcase(outcome.test, skip["test"]) and skip["reason"] in outcome.reason
        for skip in skips
    )


def main(folder: str, list_of_skips: str) -> int:
    """Prints the account; 0 if all is well."""
    outcomes: list[Outcome] = []
    for path in sorted(Path(folder).iterdir()):
        read = {".xml": read_junit, ".log": read_cargo}.get(path.suffix)
        if read is not None:
            outcomes += read(path)
    with Path(list_of_skips).open("rb") as file:
        skips = tomllib.load(file).get("skip", [])

    skipped = [outcome for outcome in outcomes if outcome.verdict == "skipped"]
    print("Skipped:" if skipped else "Skipped: nothing.")
    for outcome in skipped:
        mark = "" if foreseen(outcome, skips) else f"  <- not in {list_of_skips}: counts as failed"
        print(f"  {outcome.report}: {outcome.test}: {outcome.reason or 'no reason given'}{mark}")

    unforeseen = sum(not foreseen(outcome, skips) for outcome in skipped)
    passed = sum(outcome.verdict == "passed" for outcome in outcomes)
    failed = sum(outcome.verdict == "failed" for outcome in outcomes) + unforeseen
    print(f"{passed} passed, {failed} failed, {len(skipped) - unforeseen} skipped")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
