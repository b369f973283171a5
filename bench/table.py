"""Puts the figures of a record into the README and into bench/README.md, between their markers.

    python bench/table.py bench/records/RECORD.json

The README has what there is a goal for; the benchmark's own page has a table for each row's works.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from show import duration

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGE = ROOT / "bench" / "README.md"
MARKED = re.compile(r"<!-- ([\w ]+): begin -->\n.*?<!-- \1: end -->\n", re.DOTALL)


def ratio_cell(ratio: dict) -> str:
    return f"{ratio['median']:.2f} ({ratio['q1']:.2f} … {ratio['q3']:.2f})"


def median_of(work: dict, name: str) -> str:
    for contender in work["contenders"]:
        if contender["name"] == name:
            return duration(contender["seconds"]["median"])
    return ""


def machine(record: dict) -> str:
    return (
        f"{record['cpu']}, {record['cores']} cores, {record['system']}; {record['gcc']}; "
        f"{record['clang']}; {record['rustc']}; Python {record['python']}; NumPy "
        f"{record['numpy']} with {record['blas']}; {record['date']}, commit {record['commit']}.\n"
    )


def goals(record: dict) -> str:
    """All that there is a goal for."""
    lines = [
        "| work | Shiver | against | its time | ratio (quartiles) | goal |",
        "|---|--:|---|--:|--:|--:|",
    ]
    for work in record["works"]:
        for ratio in work["ratios"]:
            if ratio["goal"] is not None:
                theirs = ratio["member"] or ratio["against"]
                note = work["contenders"][0]["note"]
                told = f"{work['work']} ({note})" if note else work["work"]
                lines.append(
                    f"| {told} | {median_of(work, ratio['ours'])} | {theirs} "
                    f"| {median_of(work, theirs)} | {ratio_cell(ratio)} | {ratio['goal']} |"
                )
    return "\n".join(lines) + "\n"


def works(record: dict, row: str) -> str:
    """A table for each of a row's works."""
    parts = []
    for work in record["works"]:
        if work["row"] != row:
            continue
        against = {ratio["member"] or ratio["against"]: ratio for ratio in work["ratios"]}
        lines = [
            f"**{work['work']}**, {work['rounds']} rounds in {work['processes']} processes",
            "",
            "| | time (quartiles) | Shiver / it | goal | |",
            "|---|--:|--:|--:|---|",
        ]
        main = work["contenders"][0]["name"]
        for contender in work["contenders"]:
            seconds = contender["seconds"]
            time = duration(seconds["median"])
            spread = f"{duration(seconds['q1'])} … {duration(seconds['q3'])}"
            ratio = against.pop(contender["name"], None)
            if ratio is not None and ratio["ours"] != main:
                against[contender["name"]] = ratio
                ratio = None
            lines.append(
                f"| {contender['name']} | {time} ({spread}) "
                f"| {ratio_cell(ratio) if ratio else ''} "
                f"| {'' if not ratio or ratio['goal'] is None else ratio['goal']} "
                f"| {contender['note']} |"
            )
        for ratio in against.values():
            goal = "" if ratio["goal"] is None else ratio["goal"]
            lines.append(
                f"| {ratio['ours']} / {ratio['against']} | | {ratio_cell(ratio)} | {goal} | |"
            )
        lines += ["", *(f"Missing: {missing}." for missing in work["missing"])]
        parts.append("\n".join(lines).rstrip() + "\n")
    return "\n".join(parts) or "Not measured in this record.\n"


def losses(record: dict) -> str:
    """Every comparison in which three rounds of four went to the other side, a line for a work."""
    lines = []
    for work in record["works"]:
        less = {each["name"] for each in work["contenders"] if each["does_less"]}
        own = {each["name"] for each in work["contenders"] if each["runtime"] == "shiver"}
        if work["contenders"][0]["runtime"] != "shiver" or work["row"] == "company":
            continue  # the house's own affair
        lost = []
        for ratio in work["ratios"]:
            against = ratio["member"] or ratio["against"]
            if ratio["q1"] <= 1 or against in own or (against in less and ratio["goal"] is None):
                continue
            goal = "" if ratio["goal"] is None else f" (goal {ratio['goal']})"
            ours = "" if ratio["ours"] == work["contenders"][0]["name"] else f"{ratio['ours']}: "
            lost.append(f"{ours}{ratio['median']:.2f} times {against}{goal}")
        if lost:
            lines.append(f"- {work['work']}: {'; '.join(lost)}.")
    return "\n".join(lines) + "\n" if lines else "In none of the comparisons.\n"


def paying(record: dict) -> str:
    """From which size on each runtime is faster than the plain loop, at that size and all above."""
    sizes = sorted(
        (work for work in record["works"] if work["row"] == "sizes" and work["plain"]),
        key=lambda work: work["axis"],
    )
    faster: dict[str, float | None] = {}
    for work in reversed(sizes):
        medians = {each["name"]: each["seconds"]["median"] for each in work["contenders"]}
        for each in work["contenders"]:
            name = each["name"]
            if each["runtime"] and name not in faster:
                faster[name] = None
            if each["runtime"] and medians[name] < medians[work["plain"]]:
                above = [other for other in sizes if other["axis"] > work["axis"]]
                if not above or faster[name] == above[0]["axis"]:
                    faster[name] = work["axis"]
    lines = ["| | faster than the plain loop from |", "|---|--:|"]
    for name, size in faster.items():
        lines.append(f"| {name} | {'never' if size is None else f'{size:,} doubles'} |")
    return "\n".join(lines) + "\n"


def compiled(record: dict) -> str:
    """How each contender was compiled and run."""
    how = {}
    for work in record["works"]:
        for contender in work["contenders"]:
            if contender["how"]:
                how.setdefault(contender["how"], contender["name"])
    return "".join(f"- {name}: {text}\n" for text, name in how.items())


def filled(text: str, record: dict, name: str) -> str:
    """The page with what stands between its markers written anew."""
    rows = {work["row"] for work in record["works"]}

    def block(found: re.Match[str]) -> str:
        marker = found[1]
        if marker == "figures":
            content = goals(record) + "\n" + machine(record)
        elif marker == "machine":
            content = machine(record)
        elif marker == "plot":
            content = f"![add1 by size, and uneven loops](records/{name}.svg)\n"
        elif marker == "losses":
            content = losses(record)
        elif marker == "paying":
            content = paying(record)
        elif marker == "compiled":
            content = compiled(record)
        else:
            content = works(record, marker)
            rows.discard(marker)
        return f"<!-- {marker}: begin -->\n{content}<!-- {marker}: end -->\n"

    written = MARKED.sub(block, text)
    if rows and "<!-- losses: begin -->" in text:
        raise SystemExit(f"bench/README.md has no markers for {', '.join(sorted(rows))}")
    return written


def main(path: str) -> None:
    record = json.loads(Path(path).read_text(encoding="utf-8"))
    for page in (README, PAGE):
        text = page.read_text(encoding="utf-8")
        page.write_text(filled(text, record, Path(path).stem), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
