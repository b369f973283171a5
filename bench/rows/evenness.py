"""Loops whose iterations cost different amounts: how evenly the work is shared.

An iteration is a chain of steps, each of which waits for the last, so it takes its time whatever
the compiler and the state of the caches. The numbers of steps are known beforehand, and no
iteration is half of the loop, so the ideal split takes half of one thread's time on two. libgomp
has each of its schedules with each of its usual chunks; only the best of these twelve counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

import bodies
import numpy as np
import peers
from contest import Batch, Contender, Work

import shiver

N = 20_000
STEPS = 2.5e6  # of about a nanosecond: a loop takes some 2.5 ms on one thread
HUGE = "one huge iteration"
SCHEDULES = [
    f"{schedule}{chunk}"
    for schedule in ("static", "dynamic", "guided")
    for chunk in ("", "_16", "_64", "_256")
]


def weights() -> Iterator[tuple[str, np.ndarray]]:
    """What the iterations cost, up to a factor."""
    i = np.arange(float(N))
    yield "uniform", np.ones(N)
    yield "triangular, rising", i
    yield "triangular, falling", N - i
    yield "quadratic", i**2
    # Pareto's law with an exponent of 1.5: it has a mean, but no variance.
    yield "heavy-tailed", np.random.default_rng(0).random(N) ** (-1 / 1.5)
    # A third of the loop's time in one iteration, at a place that no schedule expects. It is less
    # of the steps: a short chain's last steps overlap with the next one's first, so that a step of
    # 83 takes 0.77 ns and one of many 1.25 ns (2026-11, Sapphire Rapids).
    one_huge = np.ones(N)
    one_huge[N * 3 // 5] = 0.3 * N
    yield HUGE, one_huge


def chains(steps: np.ndarray) -> np.ndarray:
    """The right answer, slowly and obviously: one step of all chains that still run at a time."""
    factor, shift = np.uint64(6364136223846793005), np.uint64(29)
    order = np.argsort(-steps.astype(np.int64), kind="stable")
    counts, values = steps[order], np.arange(1, N + 1, dtype=np.uint64)[order]
    for step in range(int(counts[0])):
        running = int(np.searchsorted(-counts.astype(np.int64), -step, side="left"))
        if running == 1:
            value = int(values[0])
            for _ in range(step, int(counts[0])):
                value = (value ^ value >> 29) * int(factor) % 2**64
            values[0] = value
            break
        values[:running] = (values[:running] ^ values[:running] >> shift) * factor
    answer = np.empty(N, dtype=np.uint64)
    answer[order] = values
    return answer


def rows(small: bool) -> Iterator[Work]:
    body = shiver.from_c(bodies.UNEVEN)
    cores = len(os.sched_getaffinity(0))
    found, missing = peers.find("libgomp", "libomp", "oneTBB", "rayon", "numba")
    x = np.zeros(N, dtype=np.uint64)
    for name, weight in weights():
        steps = np.rint(weight * (STEPS / (20 if small else 1) / weight.sum())).astype(np.uint32)
        call = partial(shiver.parfor, body, N, (steps, x))
        theirs = [
            Contender(
                f"Shiver, schedule={schedule!r}",
                Batch(partial(call, schedule=schedule)),
                bodies.RUNTIME,
            )
            for schedule in ("static", "dynamic", "guided")
        ]
        for peer in found:
            loops = [f"uneven_{schedule}" for schedule in SCHEDULES]
            goal = 1.0 if peer.name == "libgomp" else None
            for loop in loops if peer.name == "libgomp" else ["uneven"]:
                own = loop.partition("_")[2].replace("_", ", ")
                theirs.append(
                    Contender(
                        f"{peer.name} {own}".strip(),
                        Batch(
                            peer.call(loop, steps, x, N),
                            before=lambda peer=peer: peer.threads(cores),
                        ),
                        peer.runtime,
                        peer.how,
                        goal=goal,
                        group="the best of libgomp's schedules" if own else "",
                    )
                )
        right = chains(steps)
        yield Work(
            f"uneven loop: {name}",
            Contender("Shiver", Batch(call), bodies.RUNTIME),
            theirs,
            rounds=2 if small else 5,
            one_thread=Contender(
                "Shiver, one thread", Batch(partial(call, num_threads=1)), bodies.RUNTIME
            ),
            # No split is shorter than its longest iteration.
            ideal=max(1 / cores, 1 / 3 if name == HUGE else float(steps.max() / steps.sum())),
            ideal_goal=1.05,
            clear=lambda: x.fill(0),
            right=lambda right=right: bool((x == right).all()),
            missing=missing,
        )
