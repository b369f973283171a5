"""What LLVM cannot compile is an error, not the end of the process; names of ours are not special."""

from __future__ import annotations

import numpy as np
import pytest

import shiver

#: An instruction that only some of AMD's old CPUs have.
XOP = """
typedef double v2 __attribute__((vector_size(16)));
__attribute__((target("xop"))) static v2 fraction(v2 a) { return __builtin_ia32_vfrczpd(a); }
double f(double x, long i) { v2 a = {x, x}; return fraction(a)[0] + i; }
"""


def test_an_instruction_that_the_cpu_lacks_is_an_error_and_the_process_goes_on():
    for _ in range(2):
        f = shiver.from_c(XOP)
        with pytest.raises(shiver.CompileError, match="xop|frcz|select"):
            shiver.parfor(f, 10, 1.5)
    square = shiver.from_c("double square(double x) { return x * x; }")
    assert square(3.0) == 9.0


@pytest.mark.parametrize("name", ["shiver_nest", "shiver_combine", "nest", "printf_like"])
def test_a_body_may_have_any_name(name):
    f = shiver.from_c(f"double {name}(long i) {{ return i * 2.0; }}")
    assert (shiver.parfor(f, 10) == np.arange(10) * 2.0).all()


@pytest.mark.parametrize("name", ["shiver_nest", "shiver_combine"])
def test_a_helper_may_have_any_name(name):
    f = shiver.from_c(
        f"static __attribute__((noinline)) double {name}(long i) {{ return i * 3.0; }}"
        f"double f(long i) {{ return {name}(i); }}"
    )
    assert (shiver.parfor(f, 100) == np.arange(100) * 3.0).all()


def test_a_naked_body_is_refused():
    f = shiver.from_c('__attribute__((naked)) long f(long i) { __asm__("mov %rdi, %rax; ret"); }')
    with pytest.raises(shiver.CompileError, match="naked"):
        shiver.parfor(f, 10)


def test_deep_expressions_compile():
    f = shiver.from_c(f"long f(long i) {{ return {'(' * 200}i{' + 1)' * 200}; }}")
    assert f(5) == 205
    f = shiver.from_c(f"long f(long i) {{ return {' + '.join(['i'] * 10_000)}; }}")
    assert f(3) == 30_000
