"""The loops of peers/loops.c as bodies for Shiver, and what it ran them with."""

from __future__ import annotations

RUNTIME = "shiver"

MARK = "void mark(long *x, long i) { x[i] = (long)__builtin_thread_pointer(); }"

ADD1 = "void add1(const double *x, double *y, long i) { y[i] = x[i] + 1.0; }"

UNEVEN = """
#include <stdint.h>
void uneven(const uint32_t *steps, uint64_t *x, long i) {
    uint64_t value = (uint64_t)i + 1;
    for (uint32_t step = 0; step < steps[i]; step++)
        value = (value ^ value >> 29) * 6364136223846793005u;
    x[i] = value;
}
"""
