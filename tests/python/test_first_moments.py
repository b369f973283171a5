"""What a process sets up once, on first use: by many threads at once, and in forked children.

Each test is a process of its own, in which nothing was used yet.
"""

from __future__ import annotations

import pytest

#: Runs `work(k)` on eight threads that begin together, and fails if one of them does.
TOGETHER = """
import threading
def together(work):
    barrier, errors = threading.Barrier(8), []
    def run(k):
        try:
            barrier.wait()
            work(k)
        except BaseException as error:
            errors.append(error)
    threads = [threading.Thread(target=run, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
"""

#: Runs `work` in a forked child, which must end well.
IN_CHILD = """
import os, signal
def in_child(work):
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    status = os.waitpid(pid, 0)[1]
    assert status == 0, status
"""

#: Passes an array of each dtype and collects one of each, so that all of NumPy's are looked up.
EVERY_DTYPE = """
TYPES = {
    "_Bool": "bool", "signed char": "int8", "short": "int16", "int": "int32", "long": "int64",
    "unsigned char": "uint8", "unsigned short": "uint16", "unsigned": "uint32",
    "unsigned long": "uint64", "_Float16": "float16", "float": "float32", "double": "float64",
    "float _Complex": "complex64", "double _Complex": "complex128",
}
def every_dtype(k=0):
    import numpy as np
    import shiver
    names = list(TYPES)
    for c in names[k:] + names[:k]:
        dtype = np.dtype(TYPES[c])
        x = np.arange(2, dtype=dtype)
        same = shiver.from_c(f"{c} same(const {c} *x, long i) {{ return x[i]; }}")
        got = shiver.parfor(same, 2, x)
        assert got.dtype is dtype and (got == x).all(), (c, got)
        try:
            shiver.parfor(same, 2, np.arange(2, dtype="S3" if c != "_Bool" else "int64"))
        except TypeError:
            pass
        else:
            raise AssertionError(f"{c}: another dtype")
"""


def test_threads_that_import_and_call_at_once(run_python):
    run_python(TOGETHER + EVERY_DTYPE + "together(every_dtype)")


def test_children_of_a_process_that_has_only_imported(run_python):
    run_python(
        IN_CHILD
        + EVERY_DTYPE
        + """
import shiver
in_child(every_dtype)
in_child(lambda: in_child(every_dtype))
every_dtype()
in_child(every_dtype)
"""
    )


COMPILE = """
import numpy as np
import shiver
def compile(k):
    f = shiver.from_c(
        f"#include <math.h>\\ndouble f(const double *x, long i) {{ return fmax(x[i] * {k}, 1); }}"
    )
    x = np.arange(100.0)
    assert (shiver.parfor(f, 100, x) == np.maximum(x * k, 1)).all()
    assert shiver.reduce(f, 100, x) == np.maximum(x * k, 1).sum()
"""


@pytest.mark.parametrize(
    "first",
    ["together(compile)", "in_child(lambda: compile(9))", "in_child(lambda: together(compile))"],
)
def test_the_first_compile(run_python, tmp_path, first):
    code = TOGETHER + IN_CHILD + COMPILE + first + "\ncompile(77)\nin_child(lambda: compile(78))"
    run_python(code, env={"SHIVER_CACHE_DIR": str(tmp_path / "cache")})


def test_a_child_forked_amid_the_first_compiles(run_python, tmp_path):
    code = """
def work(k):
    if k % 2:
        compile(10 + k)
    else:
        in_child(lambda: compile(20 + k))
together(work)
"""
    env = {"SHIVER_CACHE_DIR": str(tmp_path / "cache")}
    run_python(TOGETHER + IN_CHILD + COMPILE + code, env=env)


def test_the_first_look_into_the_cache_by_many_threads(run_python, tmp_path):
    env = {"SHIVER_CACHE_DIR": str(tmp_path / "cache")}
    code = TOGETHER + COMPILE + "together(compile)\n"
    run_python(code, env=env)
    run_python(code + "assert shiver.cache_info().misses == 0, shiver.cache_info()", env=env)
