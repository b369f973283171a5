"""The cache of compiled code: `cache_info`, `clear_cache`, new processes, bad folders."""

from __future__ import annotations

import gc
import os
import stat

import numpy as np
import pytest

import shiver

ROUND = """
import numpy as np, shiver
f = shiver.from_c("long f(long i) { return i * 3; }")
assert (shiver.parfor(f, 10) == np.arange(10) * 3).all()
info = shiver.cache_info()
print(info.folder, info.files, info.hits, info.misses)
"""


def counts(done):
    folder, files, hits, misses = done.stdout.split()
    return folder, int(files), int(hits), int(misses)


def test_a_new_process_finds_what_another_compiled(run_python, tmp_path):
    env = {"SHIVER_CACHE_DIR": str(tmp_path / "cache")}
    folder, files, hits, misses = counts(run_python(ROUND, env=env))
    assert (folder, hits) == (env["SHIVER_CACHE_DIR"], 0)
    assert files == misses > 0
    assert counts(run_python(ROUND, env=env)) == (folder, files, files, 0)


def test_a_process_that_finds_its_short_loop_starts_no_thread(run_python, tmp_path):
    code = """
import os
import numpy as np, shiver
from pathlib import Path
def threads():
    tasks = Path("/proc/self/task").iterdir()
    return sum((task / "comm").read_text().startswith("shiver") for task in tasks)
x = np.arange(16.0)
f = shiver.from_c("void f(double *x, long i) { x[i] = x[i] * 2 + 1; }")
shiver.parfor(f, 16, x)
assert (x == np.arange(16.0) * 2 + 1).all()
print(shiver.cache_info().misses, threads(), len(shiver.stats().workers))
# One that is worth it has its threads all the same.
total = shiver.from_c("double s(long n, long i) { double s = 0; for (long k = 0; k < n; k++) s += k ^ i; return s; }")
shiver.parfor(total, 64, 100_000, num_threads=2)
assert threads() == 1
"""
    env = {"SHIVER_CACHE_DIR": str(tmp_path / "cache")}
    run_python(code, env=env)
    workers = str(shiver.get_num_threads())
    # A process that is held up in the middle of its loop may think it a long one.
    found = [run_python(code, env=env).stdout.split() for _ in range(5)]
    assert ["0", "0", workers] in found, found


def test_another_cpu_is_another_entry(run_python, tmp_path):
    env = {"SHIVER_CACHE_DIR": str(tmp_path / "cache")}
    files = counts(run_python(ROUND, env=env))[1]
    other = counts(run_python(ROUND, env=env | {"SHIVER_CPU": "x86-64-v2"}))
    assert other[1:] == (2 * files, 0, files)


@pytest.mark.parametrize("kind", ["file", "others", "nowhere", "damaged"])
def test_a_folder_that_cannot_be_used_costs_only_the_compile(run_python, tmp_path, kind):
    cache = tmp_path / "cache"
    env = {"SHIVER_CACHE_DIR": str(cache)}
    if kind == "file":
        cache.write_text("")
    elif kind == "others":
        cache.mkdir()
        cache.chmod(0o777)
    elif kind == "nowhere":
        env = {"SHIVER_CACHE_DIR": "/proc/nowhere"}
    else:
        run_python(ROUND, env=env)
        for entry in cache.iterdir():
            entry.write_bytes(entry.read_bytes()[:-1] + b"?")
    _folder, _files, hits, _misses = counts(run_python(ROUND, env=env))
    assert hits == 0


def test_a_read_only_folder_still_gives_what_it_holds(run_python, tmp_path):
    cache = tmp_path / "cache"
    env = {"SHIVER_CACHE_DIR": str(cache)}
    files = counts(run_python(ROUND, env=env))[1]
    cache.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert counts(run_python(ROUND, env=env))[2] == files
    finally:
        cache.chmod(0o700)


def test_a_full_disk_costs_only_the_compile(run_python, tmp_path):
    cache = tmp_path / "cache"
    full = (
        "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (40, resource.RLIM_INFINITY))\n"
    )
    for _ in range(2):
        _folder, files, hits, misses = counts(
            run_python(full + ROUND, env={"SHIVER_CACHE_DIR": str(cache)})
        )
        assert (files, hits) == (0, 0)
        assert misses > 0
        assert list(cache.iterdir()) == [], "nothing half written is left behind"


def test_each_shape_of_a_loop_is_an_entry_of_its_own(run_python, tmp_path):
    code = """
import shiver
f = shiver.from_c("long f(long i) { return i * 3; }")
def misses(loop):
    before = shiver.cache_info().misses
    loop()
    return shiver.cache_info().misses - before
first = misses(lambda: shiver.parfor(f, 10))
print(first, misses(lambda: shiver.parfor(f, 20)), misses(lambda: shiver.parfor(f, range(0, 9, 2))),
      misses(lambda: shiver.reduce(f, 10)), misses(lambda: shiver.reduce(f, 10, op="max")))
"""
    env = {"SHIVER_CACHE_DIR": str(tmp_path / "cache")}
    first, again, steps, total, greatest = map(int, run_python(code, env=env).stdout.split())
    assert first > 0
    assert again == 0
    assert (steps, total, greatest) == (1, 1, 1)
    assert run_python(code, env=env).stdout.split() == ["0"] * 5


def test_entries_are_private(run_python, tmp_path):
    cache = tmp_path / "cache"
    run_python(ROUND, env={"SHIVER_CACHE_DIR": str(cache)})
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert {stat.S_IMODE(entry.stat().st_mode) for entry in cache.iterdir()} == {0o600}


def test_many_processes_share_one_folder(run_python, tmp_path):
    code = """
import subprocess, sys
script = '''
import numpy as np, shiver
for k in range(5):
    f = shiver.from_c(f"long f(long i) {{ return i + {k}; }}")
    assert (shiver.parfor(f, 100) == np.arange(100) + k).all()
'''
children = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(4)]
assert [child.wait() for child in children] == [0] * 4
"""
    run_python(code, env={"SHIVER_CACHE_DIR": str(tmp_path / "cache")})


def test_equal_sources_share_a_function_for_a_while():
    source = "static long n; long f(long i) { return ++n + 0 * i; }"
    assert shiver.from_c(source)(0) == 1
    gc.collect()
    assert shiver.from_c(source)(0) == 2, "among the last 64"
    shiver.clear_cache()
    gc.collect()
    assert shiver.from_c(source)(0) == 1


def test_clear_cache_leaves_functions_in_use_alone():
    f = shiver.from_c("long f(long i) { return i + 7; }")
    assert f(0) == 7
    shiver.clear_cache()
    assert shiver.cache_info().files == 0
    assert f(1) == 8
    assert (shiver.parfor(f, range(0, 10, 2)) == np.arange(0, 10, 2) + 7).all()


def test_cache_info_tells_where_and_how_much():
    shiver.from_c("long f(long i) { return i + 11; }")(0)
    info = shiver.cache_info()
    assert info.folder is not None
    assert os.fspath(info.folder) == os.environ["SHIVER_CACHE_DIR"]
    assert info.files > 0
    assert 0 < info.bytes <= info.limit == 100_000_000
