"""Puts the figures of a record into the README, between its two markers.

python bench/table.py bench/records/RECORD.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from first import duration

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"


def table(record: dict) -> str:
    """The figures as a table in Markdown."""
    lines = [
        "| work | Shiver | against | its time | ratio (quartiles) | goal |",
        "|---|--:|---|--:|--:|--:|",
    ]
    for row in record["rows"]:
        ratio = row["ratio"]
        lines.append(
            f"| {row['work']} | {duration(row['ours']['median'])} | {row['against']} "
            f"| {duration(row['theirs']['median'])} "
            f"| {ratio['median']:.2f} ({ratio['q1']:.2f} … {ratio['q3']:.2f}) "
            f"| {'' if row['goal'] is None else row['goal']} |"
        )
    lines += [
        "",
        f"{record['cpu']}, {record['cores']} cores; {record['gcc']}; NumPy {record['numpy']} with "
        f"{record['blas']}; {record['date']}, commit {record['commit']}.",
    ]
    return "\n".join(lines) + "\n"


def main(path: str) -> None:
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    figures = table(json.loads(Path(path).read_text(encoding="utf-8")))
    README.write_text(f"{before}{BEGIN}{figures}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
