"""y[i] = x[i] + 1.0: memory is the limit, and how it is written is the difference."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import bodies
import numpy as np
import peers
from contest import Contender, Work, timed

import shiver


def rows(small: bool) -> Iterator[Work]:
    n = 1_000_000 if small else 100_000_000
    body = shiver.from_c(bodies.ADD1)
    x = np.arange(float(n))
    y = np.zeros(n)  # one result for all, touched before: each sees the same pages
    found, missing = peers.find("libgomp")
    theirs = [
        Contender(
            "gcc with OpenMP",
            partial(timed, peer.call("add1", x, y, n)),
            peer.runtime,
            peer.how,
            goal=0.65,
        )
        for peer in found
    ]
    how = f"NumPy {np.__version__}, one thread"
    theirs.append(
        Contender("NumPy, one thread", partial(timed, partial(np.add, x, 1.0, y)), how=how)
    )
    yield Work(
        f"y[i] = x[i] + 1.0 over {n:.0e} doubles",
        Contender(
            "Shiver", partial(timed, partial(shiver.parfor, body, n, (x, y))), bodies.RUNTIME
        ),
        theirs,
        rounds=2 if small else 11,
        clear=lambda: y.fill(0),
        right=lambda: bool((y == x + 1.0).all()),
        missing=missing,
    )
