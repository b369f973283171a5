"""The cache of compiled code: `cache_info`, `clear_cache`, new processes, bad folders."""

from __future__ import annotations

import gc
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

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


#: A process that opens folders and files as a user who may do nothing, even where the tests may do all.
AS_NOBODY = """
import os, pathlib, numpy, shiver
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
"""


@pytest.fixture
def nobodys():
    """A folder that belongs to the user whom `AS_NOBODY` becomes, and that this one can change."""
    folder = Path(tempfile.mkdtemp(prefix="shiver-nobody-"))
    folder.chmod(0o755)
    cache = folder / "cache"
    cache.mkdir(0o700)
    if os.geteuid() == 0:
        os.chown(cache, 65534, 65534)
    yield cache
    cache.chmod(0o700)
    shutil.rmtree(folder)


def filler(count):
    """Names of entries."""
    return [f"{k:064x}" for k in range(count)]


def fill(cache, count, size):
    """Entries of that size that nobody has used for days, each a minute before the next; they take no room."""
    for k, name in enumerate(filler(count)):
        with (cache / name).open("wb") as file:
            file.truncate(size)
        (cache / name).chmod(0o600)
        used = time.time() - 5 * 86_400 + 60 * k
        os.utime(cache / name, (used, used))


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


def test_a_read_only_folder_still_gives_what_it_holds(run_python, nobodys):
    env = {"SHIVER_CACHE_DIR": str(nobodys)}
    files = counts(run_python(AS_NOBODY + ROUND, env=env))[1]
    assert files > 0
    nobodys.chmod(0o500)
    assert counts(run_python(AS_NOBODY + ROUND, env=env))[1:] == (files, files, 0)
    other = ROUND.replace("i * 3", "3 * i + 0")
    for _ in range(2):
        _folder, still, hits, misses = counts(run_python(AS_NOBODY + other, env=env))
        assert (still, hits) == (files, 0)
        assert misses > 0


@pytest.mark.parametrize("what", ["folder", "entries"])
def test_what_may_not_be_read_costs_only_the_compile(run_python, nobodys, what):
    env = {"SHIVER_CACHE_DIR": str(nobodys)}
    run_python(AS_NOBODY + ROUND, env=env)
    for path in [nobodys] if what == "folder" else nobodys.iterdir():
        path.chmod(0)
    _folder, _files, hits, misses = counts(run_python(AS_NOBODY + ROUND, env=env))
    assert hits == 0
    assert misses > 0
    # What was written since is readable; what could not be is as it was.
    again = counts(run_python(AS_NOBODY + ROUND, env=env))
    assert again[2] == (0 if what == "folder" else misses)


def test_a_folder_of_somebody_elses_is_not_used(run_python, nobodys):
    if os.geteuid() != 0:
        nobodys.parent.chmod(0o500)
        cache = Path("/")  # the superuser's
    else:
        nobodys.chmod(0o777)
        os.chown(nobodys, 0, 0)
        cache = nobodys
    done = run_python(AS_NOBODY + ROUND, env={"SHIVER_CACHE_DIR": str(cache)})
    assert counts(done)[:3] == ("None", 0, 0)
    nobodys.parent.chmod(0o755)


def swap(entries, _elsewhere):
    """Each gets what another held."""
    contents = [entry.read_bytes() for entry in entries]
    for entry, content in zip(entries, contents[1:] + contents[:1], strict=True):
        entry.write_bytes(content)


def each(change):
    def damage(entries, elsewhere):
        for entry in entries:
            change(entry, elsewhere)

    return damage


def flip(entry, _elsewhere):
    content = bytearray(entry.read_bytes())
    content[len(content) // 2] ^= 4
    entry.write_bytes(content)


def enlarge(entry, _elsewhere):
    os.truncate(entry, 200_000_000)  # it takes no room


def replace_by_link(entry, elsewhere):
    entry.rename(elsewhere / entry.name)
    entry.symlink_to(elsewhere / entry.name)


def replace_by_circle(entry, _elsewhere):
    entry.unlink()
    entry.symlink_to(entry)


def replace_by_pipe(entry, _elsewhere):
    entry.unlink()
    os.mkfifo(entry, 0o600)


def replace_by_folder(entry, _elsewhere):
    entry.unlink()
    entry.mkdir()


@pytest.mark.parametrize(
    "damage",
    [
        swap,
        each(flip),
        each(enlarge),
        each(lambda entry, _: entry.write_bytes(b"")),
        each(lambda entry, _: os.truncate(entry, entry.stat().st_size - 1)),
        each(lambda entry, _: os.truncate(entry, 40)),
        each(lambda entry, _: entry.write_bytes(entry.read_bytes() + b"?")),
        each(lambda entry, _: entry.chmod(0o622)),
        each(replace_by_link),
        each(replace_by_circle),
        each(replace_by_pipe),
        each(replace_by_folder),
    ],
    ids=[
        "swapped",
        "flipped",
        "huge",
        "empty",
        "without-its-last-byte",
        "without-its-sum",
        "with-a-byte-more",
        "others-can-write",
        "link",
        "circle",
        "pipe",
        "folder",
    ],
)
def test_a_bad_entry_costs_only_the_compile(run_python, tmp_path, damage):
    cache, elsewhere = tmp_path / "cache", tmp_path / "elsewhere"
    elsewhere.mkdir()
    env = {"SHIVER_CACHE_DIR": str(cache)}
    files = counts(run_python(ROUND, env=env))[1]
    entries = sorted(cache.iterdir())
    contents = [entry.read_bytes() for entry in entries]
    damage(entries, elsewhere)
    kept = {path.name: path.read_bytes() for path in elsewhere.iterdir()}
    assert counts(run_python(ROUND, env=env))[2:] == (0, files)
    assert {path.name: path.read_bytes() for path in elsewhere.iterdir()} == kept
    assert sorted(cache.iterdir()) == entries, "nothing half written is left behind"
    if entries[0].is_dir():
        return  # a folder is not the cache's to delete
    assert [entry.read_bytes() for entry in entries] == contents, "made anew, and the same"
    assert counts(run_python(ROUND, env=env))[2:] == (files, 0)


def test_another_build_is_another_entry(run_python, tmp_path):
    """The linker's hash of the native module tells builds apart, wherever and since when it is installed."""
    package = Path(shiver.__file__).parent
    copy = tmp_path / "site" / "shiver"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    env = {"SHIVER_CACHE_DIR": str(tmp_path / "cache")}
    env_of_copy = env | {"PYTHONPATH": str(copy.parent)}
    files = counts(run_python(ROUND, env=env))[1]
    assert counts(run_python(ROUND, env=env_of_copy))[1:] == (files, files, 0)
    (native,) = copy.glob("_native*.so")
    with native.open("r+b") as module:
        # The head of an ELF note of 20 bytes, type 3, by GNU.
        head = b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0"
        module.seek(module.read(8192).index(head) + len(head) + 19)
        last = module.read(1)[0]
        module.seek(-1, os.SEEK_CUR)
        module.write(bytes([last ^ 1]))
    assert counts(run_python(ROUND, env=env_of_copy))[1:] == (2 * files, 0, files)
    assert counts(run_python(ROUND, env=env))[1:] == (2 * files, files, 0)


def test_finding_a_loop_opens_no_compiler(run_python, tmp_path):
    """By how much of the native module's code is in memory: LLVM's is twenty times all else."""
    code = """
import re
import numpy as np, shiver
def code_in_memory():
    total, native = 0, False
    with open("/proc/self/smaps") as maps:
        for line in maps:
            if re.match("[0-9a-f]+-[0-9a-f]+ ", line):
                native = "_native" in line and " r-xp " in line
            elif native and line.startswith("Rss:"):
                total += int(line.split()[1])
    return total
before = code_in_memory()
f = shiver.from_c("long f(const double *x, long i) { return x[i] * 3; }")
assert shiver.parfor(f, 3, np.arange(3.0)).tolist() == [0, 3, 6]
print(code_in_memory() - before)
"""
    env = {"SHIVER_CACHE_DIR": str(tmp_path / "cache")}
    compiled, found = (int(run_python(code, env=env).stdout) for _ in range(2))
    assert found < compiled / 8, (compiled, found)


@pytest.mark.parametrize(
    "variables, folder",
    [
        ({"SHIVER_CACHE_DIR": "{}/a", "XDG_CACHE_HOME": "{}/b", "HOME": "{}/c"}, "{}/a"),
        ({"XDG_CACHE_HOME": "{}/b", "HOME": "{}/c"}, "{}/b/shiver"),
        ({"HOME": "{}/c"}, "{}/c/.cache/shiver"),
        ({"XDG_CACHE_HOME": "", "HOME": "{}/c"}, "{}/c/.cache/shiver"),
        ({"XDG_CACHE_HOME": "not/absolute", "HOME": "{}/c"}, "{}/c/.cache/shiver"),
        ({"HOME": "not/absolute"}, "None"),
        ({"HOME": "/proc/nowhere"}, "None"),
        ({}, "None"),
    ],
)
def test_where_the_folder_is(run_python, tmp_path, variables, folder):
    code = (
        f"import os\nfor name in {['XDG_CACHE_HOME', 'HOME']!r}:\n    os.environ.pop(name, None)\n"
    )
    given = {name: value.format(tmp_path) for name, value in variables.items()}
    code += f"os.environ.update({given!r})\n"
    found, files, hits, _misses = counts(run_python(code + ROUND, env={"SHIVER_CACHE_DIR": ""}))
    assert (found, hits) == (folder.format(tmp_path), 0)
    assert (files > 0) == (folder != "None")


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
    """They start together, with the same sources and an empty folder; then with one that is full."""
    cache = tmp_path / "cache"
    code = """
import subprocess, sys, time
script = '''
import sys, time
import numpy as np, shiver
time.sleep(max(0.0, float(sys.argv[1]) - time.time()))
for k in range(5):
    f = shiver.from_c(f"long f(long i) {{ return i + {k}; }}")
    assert (shiver.parfor(f, 100) == np.arange(100) + k).all()
'''
begin = str(time.time() + 1)
children = [subprocess.Popen([sys.executable, "-c", script, begin]) for _ in range(4)]
assert [child.wait() for child in children] == [0] * 4
"""
    env = {"SHIVER_CACHE_DIR": str(cache)}
    run_python(code, env=env)
    entries = sorted(cache.iterdir())
    assert all(len(entry.name) == 64 for entry in entries), "nothing half written is left behind"
    # A full folder: each process makes room in it when it writes first.
    for entry in entries:
        entry.unlink()
    fill(cache, count=50, size=2_000_000)
    run_python(code, env=env)
    assert sum(entry.stat().st_size for entry in cache.iterdir()) <= 100_000_000
    assert {entry.name for entry in entries} <= {entry.name for entry in cache.iterdir()}
    left = [(cache / name).exists() for name in filler(50)]
    gone = left.index(True)
    assert 0 < gone <= 10, "about a tenth"
    assert all(left[gone:]), "the least recently used went first"


def test_equal_sources_share_a_function_for_a_while():
    source = "static long n; long f(long i) { return ++n + 0 * i; }"
    assert shiver.from_c(source)(0) == 1
    gc.collect()
    assert shiver.from_c(source)(0) == 2, "among the last 64"
    shiver.clear_cache()
    gc.collect()
    assert shiver.from_c(source)(0) == 1


def test_the_last_64_functions_are_kept():
    sources = [f"static long n; long f(long i) {{ return ++n + {k} + 0 * i; }}" for k in range(64)]
    assert [shiver.from_c(source)(0) for source in sources] == list(range(1, 65))
    gc.collect()
    # Found again in the same order, which makes the first the one that was not used for longest.
    assert [shiver.from_c(source)(0) for source in sources] == list(range(2, 66))
    shiver.from_c("long one_more(long i) { return i; }")
    gc.collect()
    assert shiver.from_c(sources[1])(0) == 4
    assert shiver.from_c(sources[0])(0) == 1, "made anew"


def test_equal_sources_give_one_function():
    source = "long f(long i) { return i ^ 77; }"
    f = shiver.from_c(source)
    assert shiver.from_c(source) is f
    assert shiver.from_c(source, defines={"A": 1}) is not f
    assert shiver.module_from_c(source)["f"] is f


def test_headers_count_by_content_and_by_folder(run_python, tmp_path):
    code = """
import os, shiver
from pathlib import Path
source = '#include "n.h"\\nlong f(long i) { return N + 0 * i; }'
def value():
    return shiver.from_c(source, include_dirs=["include"])(0)
for folder, number in (("a", 1), ("b", 2)):
    os.makedirs(folder + "/include", exist_ok=True)
    os.chdir(folder)
    Path("include/n.h").write_text(f"#define N {number}")
    assert value() == number
    os.chdir("..")
# Another content of the same length and time; then none.
os.chdir("a")
header = Path("include/n.h")
times = header.stat()
header.write_text("#define N 3")
os.utime(header, ns=(times.st_atime_ns, times.st_mtime_ns))
assert value() == 3
header.unlink()
try:
    value()
except shiver.CompileError:
    pass
else:
    raise AssertionError("the header is gone")
os.chdir("..")
"""
    env = {"SHIVER_CACHE_DIR": str(tmp_path / "cache")}
    for _ in range(2):
        run_python(code, env=env)


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
