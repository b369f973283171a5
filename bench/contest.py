"""Several ways of doing the same work, measured in rounds within one run."""

from __future__ import annotations

import gc
import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import quiet


@dataclass(frozen=True)
class Contender:
    """One way of doing the work: Shiver's or a peer's."""

    name: str
    run: Callable[[], float]  # does the work and gives its seconds
    runtime: str = ""  # whose threads it leaves spinning: another's turn waits until they sleep
    how: str = ""  # how it was compiled, and the like
    goal: float | None = None  # Shiver's time / this one's, at most
    group: str = ""  # of the contenders of a group, the best alone is compared
    does_less: bool = False  # shows what a part of the work costs: there is no answer to check
    # What else is to be said of what was measured: a text with a place for a number, and that.
    note: Callable[[], tuple[str, float]] | None = None


@dataclass
class Work:
    """What is done, and by whom."""

    title: str
    ours: Contender
    peers: list[Contender]
    rounds: int  # in each process, at least two
    # Shiver on one thread: its time against that of the plain loop is what Shiver itself costs.
    one_thread: Contender | None = None
    plain: str = ""  # the peer that is the plain loop, by name
    # The part of `one_thread`'s time that a split by known costs would take.
    ideal: float | None = None
    ideal_goal: float | None = None
    clear: Callable[[], None] = lambda: None  # makes a right answer of before a wrong one
    right: Callable[[], bool] = lambda: True  # whether the last run left the right answer
    # Whether what was measured is what was asked for; else the goals do not count as reached.
    holds: Callable[[], bool] = lambda: True
    missing: list[str] = field(default_factory=list)  # peers that are not here, and why
    axis: float | None = None  # the size, where works differ in nothing else


class WrongAnswerError(Exception):
    """A contender did not do the work."""


class Batch:
    """Some calls in a row, as many as take a few milliseconds; gives the seconds of one call.

    The calls before those that count wake the runtime's workers and bring the arrays near, so that
    what is measured is a program that calls loop after loop. The kernel may take milliseconds until
    a thread that slept has a core to itself; what is left of that does not count either, since the
    batch comes in parts, and the middle one is told.
    """

    PARTS = 5
    PART = 0.5e-3
    WAKING = 10e-3
    NO_MATTER = 20e-3  # of a call that takes longer, waking the workers is no part worth telling

    def __init__(
        self, call: Callable[[], object], *, before: Callable[[], object] = lambda: None
    ) -> None:
        self.call = call
        self.before = before  # what is to be done before a batch, outside of the time
        self.calls = 0  # in a part

    def __call__(self) -> float:
        self.before()
        if self.calls == 0:
            self.call()  # may compile
            self.calls = max(1, min(100, round(self.PART / timed(self.call))))
        awake = time.perf_counter() + self.WAKING
        while (part := self.part()) < self.NO_MATTER and time.perf_counter() < awake:
            pass
        if part >= self.NO_MATTER:
            return part
        return statistics.median(self.part() for _ in range(self.PARTS))

    def part(self) -> float:
        start = time.perf_counter()
        for _ in itertools.repeat(None, self.calls):
            self.call()
        return (time.perf_counter() - start) / self.calls


def timed(call: Callable[[], object]) -> float:
    """Seconds that one call took."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure(work: Work, settle: Callable[[], None] = quiet.settle) -> dict[str, object]:
    """Checks every contender's answer, runs the rounds, and gives everybody's times.

    In a round everybody has one turn, each time in another order; ratios are to be those of one
    round's times, so that what slows the machine for a while slows both sides.
    """
    contenders = [work.ours, *([work.one_thread] if work.one_thread else []), *work.peers]
    for contender in contenders:
        work.clear()
        settle()
        contender.run()
        if not (contender.does_less or work.right()):
            raise WrongAnswerError(f"{contender.name}: wrong answer in {work.title!r}")
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    assert len(times) == len(contenders), "two contenders of one name"
    settle()
    awake = ""
    gc.collect()
    gc.disable()
    try:
        for number in range(work.rounds):
            first = number // 2 % len(contenders)
            order = contenders[first:] + contenders[:first]
            for contender in reversed(order) if number % 2 else order:
                if awake not in ("", contender.runtime):
                    settle()
                awake = contender.runtime
                times[contender.name].append(contender.run())
    finally:
        gc.enable()
    return {
        "work": work.title,
        "axis": work.axis,
        "plain": work.plain,
        "one_thread": work.one_thread.name if work.one_thread else None,
        "ideal": work.ideal,
        "ideal_goal": work.ideal_goal,
        "holds": work.holds(),
        "missing": work.missing,
        "contenders": [
            {
                "name": contender.name,
                "how": contender.how,
                "runtime": contender.runtime,
                "group": contender.group,
                "goal": contender.goal,
                "does_less": contender.does_less,
                "note": contender.note() if contender.note else None,
                "times": times[contender.name],
            }
            for contender in contenders
        ],
    }
