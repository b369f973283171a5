"""One body by four ways in: C, llvmlite, numba's cfunc, and the address of compiled code.

What comes in as LLVM is optimised together with the loop and should run as C does. An address can
only be called, once for each iteration: what that costs is the reason to hand in something better.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version

import bodies
import numpy as np
from contest import Batch, Contender, Work, timed
from llvmlite import ir
from numba import cfunc, types

import shiver

C = "void square(const double *x, double *y, long i) {{ y[i] = x[i] * x[i] + {number}.0; }}"
NUMBERS = itertools.count(secrets.randbelow(2**50))


def built(number: float) -> ir.Function:
    double, index = ir.DoubleType(), ir.IntType(64)
    pointer = double.as_pointer()
    body = ir.Function(
        ir.Module(), ir.FunctionType(ir.VoidType(), [pointer, pointer, index]), "square"
    )
    x, y, i = body.args
    builder = ir.IRBuilder(body.append_basic_block())
    value = builder.load(builder.gep(x, [i]))
    builder.store(builder.fadd(builder.fmul(value, value), double(number)), builder.gep(y, [i]))
    builder.ret_void()
    return body


def pythons(x, y, i):
    y[i] = x[i] * x[i] + 1.0


def first_result(make) -> float:
    """Seconds from a text or a tree that nobody compiled before to what it computes."""
    number = next(NUMBERS)
    x = np.arange(16.0)
    y = np.zeros(16)
    source = make(number)
    took = timed(lambda: shiver.parfor(source(), 16, (x, y)))
    assert (y == x * x + number).all()
    return took


def from_source(number: int):
    return partial(shiver.from_c, C.format(number=number))


def from_tree(number: int):
    return partial(shiver.from_llvm, built(float(number)))


def rows(small: bool) -> Iterator[Work]:
    n = 4_000 if small else 100_000
    double = types.CPointer(types.float64)
    numbas = cfunc(types.void(double, double, types.int64))(pythons)
    ways = {
        "llvmlite": (shiver.from_llvm(built(1.0)), f"llvmlite {version('llvmlite')}", 1.02),
        "numba's cfunc": (shiver.from_llvm(numbas), f"numba {version('numba')}", 1.02),
        "from_pointer": (
            shiver.from_pointer(numbas.address, "void square(const double *x, double *y, long i)"),
            "numba's cfunc.address",
            None,
        ),
    }
    x, y = np.arange(float(n)), np.zeros(n)
    in_c = shiver.from_c(C.format(number=1))
    for way, (body, how, goal) in ways.items():
        yield Work(
            f"y[i] = x[i] * x[i] + 1.0 over {n:,} doubles, from {way}",
            Contender(
                "Shiver", Batch(partial(shiver.parfor, body, n, (x, y))), bodies.RUNTIME, how
            ),
            [
                Contender(
                    "Shiver, the same in C",
                    Batch(partial(shiver.parfor, in_c, n, (x, y))),
                    bodies.RUNTIME,
                    goal=goal,
                )
            ],
            rounds=2 if small else 15,
            clear=lambda: y.fill(0),
            right=lambda: bool((y == x * x + 1.0).all()),
        )
    yield Work(
        "a new tree of llvmlite's to its first result",
        Contender("Shiver", partial(first_result, from_tree), bodies.RUNTIME),
        [
            Contender(
                "Shiver, the same in C",
                partial(first_result, from_source),
                bodies.RUNTIME,
            )
        ],
        rounds=2 if small else 11,
    )
