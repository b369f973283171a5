"""The wheel lives in one process with others that bring an LLVM of their own, in either order."""

from __future__ import annotations

import itertools
import subprocess

import pytest

USE = {
    "shiver": """
import shiver
y = np.zeros(1000)
f = shiver.from_c("#include <math.h>\\nvoid f(double *y, long i) { y[i] = sqrt(i); }")
shiver.parfor(f, 1000, y)
assert np.array_equal(y, np.sqrt(np.arange(1000)))
""",
    "llvmlite": """
import ctypes
import llvmlite.binding as llvm
llvm.initialize_native_target()
llvm.initialize_native_asmprinter()
module = llvm.parse_assembly("define i64 @twice(i64 %x) { %y = add i64 %x, %x  ret i64 %y }")
machine = llvm.Target.from_default_triple().create_target_machine()
engine = llvm.create_mcjit_compiler(module, machine)
engine.finalize_object()
twice = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(engine.get_function_address("twice"))
assert twice(21) == 42
""",
    "numba": """
import numba
@numba.njit(parallel=True)
def total(x):
    sum = 0.0
    for i in numba.prange(len(x)):
        sum += x[i]
    return sum
assert total(np.ones(1000)) == 1000.0
""",
}
ORDERS = [
    order for other in ("llvmlite", "numba") for order in itertools.permutations(("shiver", other))
] + [("numba", "shiver", "llvmlite"), ("llvmlite", "shiver", "numba")]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_imported_and_used_in_this_order(python, order, tmp_path):
    # Each is used once more at the end, after all the others have been.
    code = "import numpy as np\n" + "".join(USE[name] for name in (*order, *order))
    done = subprocess.run(
        [str(python), "-X", "faulthandler", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("order", [("shiver", "llvmlite"), ("llvmlite", "shiver")], ids="-".join)
def test_all_imported_before_any_is_used(python, order, tmp_path):
    code = "import numpy as np\n" + "".join(f"import {name}\n" for name in order)
    code += "".join(USE[name] for name in order)
    done = subprocess.run(
        [str(python), "-X", "faulthandler", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
