"""Two ways of doing the same work, measured in pairs within one run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Comparison:
    """One row: our way and a peer's. Either function does the work and gives its seconds."""

    work: str
    against: str
    ours: Callable[[], float]
    theirs: Callable[[], float]
    pairs: int
    goal: float | None = None  # ours / theirs, at most
    flags: dict[str, str] = field(default_factory=dict)  # how each was compiled, and the like
    check: Callable[[], None] = lambda: None  # raises unless both have the right answer
    # Seconds of quiet before each measurement: libgomp's threads spin for some 20 ms after a loop.
    rest: float = 0.1


@dataclass(frozen=True)
class Quartiles:
    """The middle of some measurements and how far they spread."""

    q1: float
    median: float
    q3: float

    @classmethod
    def of(cls, values: list[float]) -> Quartiles:
        q1, median, q3 = statistics.quantiles(values, n=4, method="inclusive")
        return cls(q1, median, q3)


@dataclass(frozen=True)
class Measured:
    """What a comparison gave. `ratio` is that of the pairs, not that of the medians."""

    ours: Quartiles
    theirs: Quartiles
    ratio: Quartiles


def measure(comparison: Comparison) -> Measured:
    """Runs the pairs, either side first in turn, after one pair that does not count."""
    ours: list[float] = []
    theirs: list[float] = []
    sides = [(comparison.ours, ours), (comparison.theirs, theirs)]
    for _ in range(comparison.pairs + 1):
        for run, into in sides:
            time.sleep(comparison.rest)
            into.append(run())
        sides.reverse()
    comparison.check()
    ratios = [a / b for a, b in zip(ours[1:], theirs[1:], strict=True)]
    return Measured(Quartiles.of(ours[1:]), Quartiles.of(theirs[1:]), Quartiles.of(ratios))


def timed(work: Callable[[], object]) -> float:
    """Seconds that one call took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
