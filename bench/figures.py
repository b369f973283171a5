"""From the times of rounds to medians, quartiles and ratios."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass

IDEAL = "an ideal split of one thread's time"


@dataclass(frozen=True)
class Quartiles:
    """The middle of some measurements and how far they spread."""

    q1: float
    median: float
    q3: float

    @classmethod
    def of(cls, values: list[float]) -> Quartiles:
        q1, median, q3 = statistics.quantiles(values, n=4, method="inclusive")
        # Of what is measured to a per cent, five digits are enough.
        return cls(*(float(f"{value:.5g}") for value in (q1, median, q3)))


def figures(parts: list[dict]) -> dict:
    """One work's figures, of what `contest.measure` gave for it in each process.

    A process's luck, such as where its runtimes' locks came to lie in memory, is a part of what is
    measured: rounds of all processes count alike.
    """
    first = parts[0]
    names = [contender["name"] for contender in first["contenders"]]
    times = {
        name: [
            seconds
            for part in parts
            for contender in part["contenders"]
            if contender["name"] == name
            for seconds in contender["times"]
        ]
        for name in names
    }
    contenders = []
    for at, contender in enumerate(first["contenders"]):
        kept = {key: contender[key] for key in ("name", "how", "runtime", "group", "does_less")}
        notes = [part["contenders"][at]["note"] for part in parts]
        note = ""
        if notes[0]:
            text, _ = notes[0]
            note = text.format(statistics.mean(value for _, value in notes))
        seconds = asdict(Quartiles.of(times[contender["name"]]))
        contenders.append({**kept, "seconds": seconds, "note": note})
    return {
        **{key: first[key] for key in ("row", "work", "axis", "plain", "missing")},
        "rounds": len(times[names[0]]),
        "processes": len(parts),
        "contenders": contenders,
        "ratios": ratios(first, times),
        "holds": all(part["holds"] for part in parts),
    }


def ratios(work: dict, times: dict[str, list[float]]) -> list[dict[str, object]]:
    """Shiver's times against the peers', and against what else the work has to be held to."""
    compared: list[dict[str, object]] = []

    def compare(
        ours: str, against: str, theirs: list[float], goal: float | None, member: str = ""
    ) -> None:
        rounds = [a / b for a, b in zip(times[ours], theirs, strict=True)]
        compared.append(
            {
                "ours": ours,
                "against": against,
                "member": member,
                "goal": goal,
                **asdict(Quartiles.of(rounds)),
            }
        )

    ours, *others = work["contenders"]
    one_thread = work["one_thread"]
    seen = set()
    for peer in others:
        name, group = peer["name"], peer["group"]
        if name == one_thread or group in seen:
            continue
        if group:
            seen.add(group)
            members = [other["name"] for other in others if other["group"] == group]
            best = min(members, key=lambda member: statistics.median(times[member]))
            compare(ours["name"], group, times[best], peer["goal"], best)
        else:
            compare(ours["name"], name, times[name], peer["goal"])
    if one_thread and work["plain"]:
        compare(one_thread, work["plain"], times[work["plain"]], None)
    if one_thread and work["ideal"] is not None:
        ideal = [seconds * work["ideal"] for seconds in times[one_thread]]
        compare(ours["name"], IDEAL, ideal, work["ideal_goal"])
    return compared
