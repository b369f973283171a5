"""y[i] = x[i] + 1.0 from 64 doubles to 1e8: from which size on a second thread pays.

Everybody decides alone how many threads to use, as a program that does not ask would have it. What
a runtime costs shows at the small end, against the plain loop; what it brings at the large one. The
plain loop is in cache to some 1e5 elements, and from 1e7 on memory is the limit for all.
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

SIZES = (64, 256, 1_000, 4_000, 16_000, 64_000, 250_000, 1_000_000, 10_000_000, 100_000_000)
SMALL_SIZES = (64, 4_000)


def rows(small: bool) -> Iterator[Work]:
    sizes = SMALL_SIZES if small else SIZES
    body = shiver.from_c(bodies.ADD1)
    longest_x, longest_y = np.arange(float(sizes[-1])), np.zeros(sizes[-1])
    found, missing = peers.find(
        peers.PLAIN, "plain C, gcc", "libgomp", "libomp", "oneTBB", "rayon", "numba"
    )
    for peer in found:
        peer.threads(len(os.sched_getaffinity(0)))
    for n in sizes:
        x, y = longest_x[:n], longest_y[:n]
        theirs = [
            Contender(peer.name, Batch(peer.call("add1", x, y, n)), peer.runtime, peer.how)
            for peer in found
        ]
        how = f"NumPy {np.__version__}, one thread"
        theirs.append(Contender("NumPy", Batch(partial(np.add, x, 1.0, out=y)), how=how))
        one = partial(shiver.parfor, body, n, (x, y), num_threads=1)
        yield Work(
            f"add1 over {n:,} doubles",
            Contender("Shiver", Batch(partial(shiver.parfor, body, n, (x, y))), bodies.RUNTIME),
            theirs,
            rounds=2 if small else 4 if n >= 10_000_000 else 7,
            one_thread=Contender("Shiver, one thread", Batch(one), bodies.RUNTIME),
            plain=peers.PLAIN if any(peer.name == peers.PLAIN for peer in found) else "",
            clear=lambda y=y: y.fill(0),
            right=lambda x=x, y=y: bool((y == x + 1).all()),
            missing=missing,
            axis=n,
        )
