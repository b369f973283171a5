"""`stats`: what this thread's last loop did."""

from __future__ import annotations

from typing import NamedTuple

from shiver import _native

__all__ = ["Stats", "WorkerStats", "stats"]


class WorkerStats(NamedTuple):
    """What one worker did in a loop.

    Attributes
    ----------
    iterations
        The iterations that it ran.
    pieces
        The pieces in which it ran them.
    steals
        How often it took from another worker.
    busy
        The seconds between its coming to the loop and its leaving.

    Examples
    --------
    >>> from shiver.statistics import WorkerStats
    >>> WorkerStats(1000, 3, 1, 2.5e-6)
    WorkerStats(iterations=1000, pieces=3, steals=1, busy=2.5e-06)
    """

    iterations: int
    pieces: int
    steals: int
    busy: float


class Stats(NamedTuple):
    """What a loop did; `stats` makes it.

    Attributes
    ----------
    completed
        Whether it came to its end.
    wall
        The seconds that the loop took, without the reading of arguments and compiling.
    iterations
        The iterations that ran.
    workers
        A `WorkerStats` for each worker that the loop could have; the first is the calling thread.

    Examples
    --------
    >>> from shiver.statistics import Stats, WorkerStats
    >>> workers = WorkerStats(700, 5, 1, 0.002), WorkerStats(300, 2, 0, 0.001)
    >>> did = Stats(True, 0.002, 1000, workers)
    >>> did.pieces, did.steals
    (7, 1)
    >>> did
    <shiver.Stats 1,000 iterations in 2 ms, 7 pieces, 1 steal
      worker 0: 700 iterations, 5 pieces, 1 steal, busy 2 ms
      worker 1: 300 iterations, 2 pieces, 0 steals, busy 1 ms>
    """

    completed: bool
    wall: float
    iterations: int
    workers: tuple[WorkerStats, ...]

    @property
    def pieces(self) -> int:
        """How many pieces the loop was run in.

        >>> from shiver.statistics import Stats
        >>> Stats(True, 0.0, 0, ()).pieces
        0
        """
        return sum(worker.pieces for worker in self.workers)

    @property
    def steals(self) -> int:
        """How often a worker took from another.

        >>> from shiver.statistics import Stats
        >>> Stats(True, 0.0, 0, ()).steals
        0
        """
        return sum(worker.steals for worker in self.workers)

    def __repr__(self) -> str:
        end = "" if self.completed else ", ended early"
        lines = [
            f"<shiver.Stats {_counted(self.iterations, 'iteration')} in {time_text(self.wall)}, "
            f"{_counted(self.pieces, 'piece')}, {_counted(self.steals, 'steal')}{end}"
        ]
        lines += [
            f"  worker {k}: {_counted(worker.iterations, 'iteration')}, "
            f"{_counted(worker.pieces, 'piece')}, {_counted(worker.steals, 'steal')}, "
            f"busy {time_text(worker.busy)}"
            for k, worker in enumerate(self.workers)
        ]
        return "\n".join(lines) + ">"


def stats() -> Stats | None:
    """What the last loop did that this thread called.

    It tells of `parfor` and `reduce`; a loop of `parfor_async` runs on a thread of its own. A
    worker's time is wall time: on a busy machine it may have waited for a core.

    Returns
    -------
    Stats or None
        `None` before the first loop. Of a `reduce`, which is dealt out in blocks, the workers'
        iterations are right to within a block each, and pieces are runs of blocks.

    Examples
    --------
    >>> import shiver
    >>> square = shiver.from_c("long square(long i) { return i * i; }")
    >>> _ = shiver.parfor(square, 1000, num_threads=1)
    >>> did = shiver.stats()
    >>> did.completed, did.iterations, len(did.workers)
    (True, 1000, 1)
    """
    found = _native.stats()
    if found is None:
        return None
    completed, iterations, figures = found
    workers = tuple(WorkerStats(*worker) for worker in figures)
    # The calling thread comes first and leaves last.
    return Stats(completed, workers[0].busy, iterations, workers)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def time_text(seconds: float) -> str:
    """A time to three digits, with its unit.

    >>> from shiver.statistics import time_text
    >>> time_text(0.0123)
    '12.3 ms'
    """
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
