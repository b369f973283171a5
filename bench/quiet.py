"""Waiting until no runtime's threads spin any more.

After a loop most runtimes let their workers spin for a while in hope of the next: libgomp's for
some ten milliseconds, libomp's for 200. On a machine whose cores are all in use, one runtime's
spinning workers are another's slow-down. So before another runtime has its turn, every other thread
of the process must have gone to sleep, which the kernel tells.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

TASKS = Path("/proc/self/task")
PATIENCE = 30.0  # seconds; on a machine that is busy with other things, spinning takes its time
LOOKS = 3  # in a row, a millisecond apart: a thread may sleep for a moment between two spins


class RestlessError(Exception):
    """Some thread would not sleep."""


def running() -> list[str]:
    """The names of the process's other threads that run or want to."""
    me = threading.get_native_id()
    names = []
    for task in TASKS.iterdir():
        if int(task.name) == me:
            continue
        try:
            # The name is in parentheses and may hold anything; the state is what follows.
            name, _, rest = (task / "stat").read_text().rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if rest.split()[0] == "R":
            names.append(name.partition("(")[2])
    return names


class Others:
    """How much of the machine other processes used since this was made."""

    def __init__(self) -> None:
        self.begin = time.monotonic()
        self.busy = busy() - own()

    def share(self) -> float:
        elapsed = (time.monotonic() - self.begin) * (os.cpu_count() or 1)
        return max(0.0, busy() - own() - self.busy) / elapsed


def busy() -> float:
    """CPU seconds of the whole machine, without idling and waiting."""
    user, nice, system, _, _, *rest = (
        int(ticks) for ticks in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")


def own() -> float:
    """CPU seconds of this process and of those that it started and that ended."""
    return sum(os.times()[:4])


def settle() -> None:
    """Returns when all other threads sleep."""
    end = time.monotonic() + PATIENCE
    quiet = 0
    while quiet < LOOKS:
        awake = running()
        quiet = 0 if awake else quiet + 1
        if time.monotonic() > end:
            raise RestlessError(f"still running after {PATIENCE} s: {', '.join(awake)}")
        time.sleep(1e-3)
