"""Draws a record: add1 by size, and how evenly uneven loops are shared.

    python bench/plot.py bench/records/RECORD.json

The picture is written beside the record, under its name with .svg.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib
from figures import IDEAL

matplotlib.use("svg")
import matplotlib.pyplot as plt

# One runtime, one colour; Shiver stands out.
COLOURS = {
    "Shiver": "black",
    "libgomp": "tab:orange",
    "the best of libgomp's schedules": "tab:orange",
    "libomp": "tab:green",
    "oneTBB": "tab:blue",
    "rayon": "tab:brown",
    "numba": "tab:purple",
    "NumPy": "tab:red",
}


def medians(work: dict) -> dict[str, float]:
    return {each["name"]: each["seconds"]["median"] for each in work["contenders"]}


def by_size(axes: plt.Axes, works: list[dict]) -> None:
    """Each contender's time as a multiple of the plain loop's."""
    curves: dict[str, list[tuple[float, float]]] = {}
    for work in works:
        times = medians(work)
        plain = times.get(work["plain"])
        if plain is None:
            continue
        for name, seconds in times.items():
            if name != work["plain"]:
                curves.setdefault(name, []).append((work["axis"], seconds / plain))
    for name, points in curves.items():
        axes.plot(
            *zip(*points, strict=True),
            marker=".",
            label=name,
            color=COLOURS.get(name.removesuffix(", one thread"), "grey"),
            linestyle="--" if name.endswith(", one thread") else "-",
            linewidth=2.2 if name == "Shiver" else 1.2,
            zorder=3 if name == "Shiver" else 2,
        )
    axes.axhline(1, color="grey", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel="doubles", ylabel="time / plain C's")
    axes.set_title("y[i] = x[i] + 1.0: below 1, threads pay")
    axes.legend(fontsize="small")


def by_cost(axes: plt.Axes, works: list[dict]) -> None:
    """Each runtime's time as a multiple of the ideal split's."""
    names: list[str] = []
    bars: dict[str, list[float]] = {}
    for work in works:
        times = medians(work)
        ideal = next(each for each in work["ratios"] if each["against"] == IDEAL)
        ideal_seconds = times["Shiver"] / ideal["median"]
        names.append(work["work"].partition(": ")[2])
        best = next((each for each in work["ratios"] if each["member"]), None)
        shown = {"Shiver": times["Shiver"]}
        if best:
            shown[best["against"]] = times[best["member"]]
        for each in work["contenders"]:
            if each["runtime"] != "shiver" and not each["group"]:
                shown[each["name"]] = each["seconds"]["median"]
        for name, seconds in shown.items():
            bars.setdefault(name, []).append(seconds / ideal_seconds)
    width = 0.8 / max(1, len(bars))
    for number, (name, values) in enumerate(bars.items()):
        at = [place + number * width for place in range(len(values))]
        axes.bar(at, values, width, label=name, color=COLOURS.get(name, "grey"))
    axes.axhline(1, color="grey", linewidth=0.8)
    axes.set_xticks([place + 0.4 for place in range(len(names))], names, rotation=20, ha="right")
    axes.set_ylabel("time / ideal split's")
    axes.set_title("uneven loops")
    axes.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=3)


def main(path: str) -> None:
    record = json.loads(Path(path).read_text(encoding="utf-8"))
    # The same record gives the same file.
    plt.rcParams["svg.hashsalt"] = record["commit"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 5.5), layout="constrained")
    by_size(left, [work for work in record["works"] if work["row"] == "sizes"])
    by_cost(right, [work for work in record["works"] if work["row"] == "evenness"])
    figure.suptitle(f"{record['cpu']}, {record['cores']} cores; commit {record['commit']}")
    figure.savefig(Path(path).with_suffix(".svg"), metadata={"Date": None})


if __name__ == "__main__":
    main(sys.argv[1])
