"""Whoever may call: many threads, executors, processes made in every way, callbacks, all at once.

Holds item 6 of the queue's issue. The combinations are those of numba's `test_parallel_backend.py`,
which break other runtimes: each kind of work, and all of them mixed, under each kind of parallelism
of Python's, with and without limits on threads; forks in parents and children that are parallel
themselves. Every test that forks runs in a process of its own.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pathlib
import sys
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import shiver

square = shiver.from_c("long square(long i) { return i * i; }")

# ------------------------------------------------------------------ numba's combinations

WORK = """
    import multiprocessing, os, queue, random, signal, sys, threading, time
    import numpy as np
    import shiver

    SOURCE = "double f(const double *x, double k, long i) {{ return x[i] * k; }}"

    class Parfor:
        def __init__(self, **keywords):
            self.keywords = keywords

        def __call__(self):
            fn = shiver.from_c(SOURCE)
            x = np.random.default_rng(1).random(2000)
            got = shiver.parfor(fn, 2000, (x, 3.0), **self.keywords)
            assert np.array_equal(got, x * 3.0)

    class Compile:
        def __call__(self):
            k = random.randrange(10**9)
            fn = shiver.from_c(f"long g(long i) {{{{ return i + {{k}}L; }}}}")
            assert shiver.parfor(fn, 3, num_threads=2).tolist() == [k, k + 1, k + 2]

    class Reduce:
        def __init__(self, **keywords):
            self.keywords = keywords

        def __call__(self):
            fn = shiver.from_c("long h(long i) {{ return i; }}")
            assert shiver.reduce(fn, 50_000, **self.keywords) == 50_000 * 49_999 // 2

    class Async:
        def __call__(self):
            fn = shiver.from_c("long h(long i) {{ return i; }}")
            assert shiver.parfor_async(fn, 3000).result(60).sum() == 3000 * 2999 // 2

    class Masked:
        def __init__(self, work, threads):
            self.work, self.threads = work, threads

        def __call__(self):
            with shiver.threads(self.threads):
                self.work()

    ALL = [Parfor(), Parfor(num_threads=2), Parfor(schedule="dynamic", grain=7, num_threads=3),
           Parfor(schedule="static", num_threads=2), Compile(), Reduce(), Reduce(num_threads=2),
           Async()]
    WORKS = {{
        "parfor": [Parfor(num_threads=2)],
        "compile": [Compile()],
        "reduce": [Reduce(num_threads=2)],
        "async": [Async()],
        "mix": ALL,
        "mix with masks": [Masked(work, n) for work in ALL for n in (1, 2, 4)],
    }}

    def chooser(name, errors):
        try:
            works = WORKS[name]
            for _ in range(int(len(works) * 1.5) + 1):
                random.choice(works)()
        except BaseException as error:
            errors.put(repr(error))

    def concurrently(make, errors, name):
        workers = [make(target=chooser, args=(name, errors)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
            assert getattr(worker, "exitcode", 0) == 0, worker.exitcode
        assert errors.empty(), errors.get()

    def threading_(name):
        concurrently(threading.Thread, queue.Queue(), name)

    def process(method):
        context = multiprocessing.get_context(method)
        return lambda name: concurrently(context.Process, context.SimpleQueue(), name)

    WAYS = {{"threading": threading_, **{{m: process(m) for m in ("fork", "spawn", "forkserver")}}}}

    if __name__ == "__main__":
        signal.alarm(150)
        ways = random.sample(list(WAYS), 4) if {way!r} == "random" else [{way!r}]
        for way in ways:
            WAYS[way]({work!r})
        print("done", *ways)
"""


@pytest.mark.parametrize("way", ["threading", "fork", "spawn", "forkserver", "random"])
@pytest.mark.parametrize("work", ["parfor", "compile", "reduce", "async", "mix", "mix with masks"])
def test_combinations(run_python, way, work):
    done = run_python(WORK.format(way=way, work=work), timeout=200)
    assert done.stdout.startswith("done")
    assert done.stderr == ""


FORKS = """
    import multiprocessing, os, signal, sys, threading, time
    import numpy as np
    import shiver

    identity = shiver.from_c("long identity(long i) { return i; }")

    def works(num_threads=3):
        got = shiver.parfor(identity, 5000, num_threads=num_threads)
        assert got[4999] == 4999 and got.sum() == 5000 * 4999 // 2
        assert shiver.reduce(identity, 20_000, num_threads=num_threads) == 20_000 * 19_999 // 2

    def child(work):
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            signal.alarm(60)
            status = 1
            try:
                work()
                status = 0
            except BaseException as error:
                print("child:", repr(error), file=sys.stderr, flush=True)
            finally:
                os._exit(status)
        return pid

    def ended_well(pid):
        status = os.waitpid(pid, 0)[1]
        assert status == 0, f"child ended with {status}"

    def in_process(method):
        process = multiprocessing.get_context(method).Process(target=works)
        process.start()
        process.join()
        assert process.exitcode == 0, process.exitcode
"""


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
@pytest.mark.parametrize("parent", ["parallel", "serial", "parallel after"])
def test_parallel_children_of_processes(run_python, method, parent):
    run_python(
        FORKS
        + f"""
    if __name__ == "__main__":
        works({1 if parent == "serial" else 3}) if {parent!r} != "parallel after" else None
        for _ in range(3):
            in_process({method!r})
        works()
    """,
        timeout=120,
    )


def test_fork_from_a_thread_that_is_not_the_main_one(run_python):
    run_python(
        FORKS
        + """
    works()
    def work():
        for _ in range(5):
            ended_well(child(works))
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    works()
    """
    )


def test_fork_from_a_callback_inside_of_a_loop(run_python):
    # The child is inside of a loop whose workers it does not have. It leaves it, and runs others.
    run_python(
        FORKS
        + """
    nap = shiver.from_c("int usleep(unsigned); void nap(long i) { usleep(100); }")
    children = []
    def told(done, total):
        if len(children) < 5 and done < total:
            children.append(child(works))
    shiver.parfor(nap, 3000, progress=told, num_threads=3)
    assert len(children) == 5, children
    for pid in children:
        ended_well(pid)
    works()
    """
    )


def test_a_child_that_returns_into_its_parents_loop(run_python):
    done = run_python(
        FORKS
        + """
    nap = shiver.from_c("int usleep(unsigned); void nap(long i) { usleep(100); }")
    parent, pids = os.getpid(), []
    def told(done, total):
        if os.getpid() == parent and not pids and done < total:
            pids.append(os.fork())
            if pids[0] == 0:
                signal.alarm(60)
    status = 0
    try:
        shiver.parfor(nap, 3000, progress=told, num_threads=3)
    except BaseException as error:
        assert os.getpid() != parent
    if os.getpid() != parent:
        works()
        os._exit(0)
    ended_well(pids[0])
    works()
    print("both")
    """
    )
    assert done.stdout.strip() == "both"


BUSY = """
    stop = False
    def loops():
        while not stop:
            works(2)
    def compiles():
        k = 0
        while not stop:
            k += 1
            fn = shiver.from_c(f"long compiled_{k}(long i) {{ return i * {k}; }}")
            assert shiver.parfor(fn, 3).tolist() == [0, k, 2 * k]
    def loads_and_frees():
        # Compiled once, and loaded anew each time that the last reference is gone.
        import pickle
        data = pickle.dumps(shiver.from_c("long twice(long i) { return 2 * i; }"))
        while not stop:
            fn = pickle.loads(data)
            assert shiver.parfor(fn, 3).tolist() == [0, 2, 4]
            del fn
    def starts():
        while not stop:
            shiver.parfor_async(identity, 500, num_threads=2).result(60)
    threads = [threading.Thread(target=f) for f in (loops, compiles, loads_and_frees, starts)]
"""


def test_500_forks_while_others_loop_compile_load_and_free(run_python):
    begin = time.monotonic()
    done = run_python(
        FORKS
        + BUSY
        + """
    works()
    for thread in threads:
        thread.start()
    begin, count = time.monotonic(), 0
    try:
        # On a machine that is too busy for all of them in time, as many as there is time for.
        while count < 500 and time.monotonic() - begin < 60:
            pids = [child(lambda: works(2)) for _ in range(5)]
            for pid in pids:
                ended_well(pid)
            count += 5
    finally:
        stop = True
        for thread in threads:
            thread.join()
    works()
    print(count, round(time.monotonic() - begin, 1))
    """,
        timeout=300,
    )
    count = int(done.stdout.split()[0])
    print(f"{count} forks in {time.monotonic() - begin:.1f} s")
    assert count >= 50


def test_children_compile_while_the_parent_does(run_python):
    run_python(
        FORKS
        + BUSY
        + """
    def compiles_too():
        fn = shiver.from_c(f"long own(long i) {{ return i + {os.getpid()}; }}")
        assert shiver.parfor(fn, 2, num_threads=2).tolist() == [os.getpid(), os.getpid() + 1]
        works()
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            ended_well(child(compiles_too))
    finally:
        stop = True
        for thread in threads:
            thread.join()
    """,
        timeout=200,
    )


def test_a_pool_made_before_and_after_loops(run_python):
    run_python(
        FORKS
        + """
    from concurrent.futures import ProcessPoolExecutor
    if __name__ == "__main__":
        for method in ("fork", "forkserver", "spawn"):
            context = multiprocessing.get_context(method)
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                for future in [pool.submit(works) for _ in range(6)]:
                    works()
                    future.result(60)
    """,
        timeout=150,
    )


def test_nothing_is_left_for_the_resource_tracker(run_python):
    # numba's "orphaned semaphore": what a process leaves behind is told on stderr at its end.
    done = run_python(
        FORKS
        + """
    if __name__ == "__main__":
        works()
        in_process("spawn")
        works()
    """
    )
    assert done.stderr == ""


# ------------------------------------------------------------------ threads and callbacks


def test_executors_of_many_threads():
    def work(k: int) -> bool:
        got = shiver.parfor(square, 500 + k, num_threads=1 + k % 4)
        return bool((got == np.arange(500 + k) ** 2).all())

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(work, range(400), timeout=120))


def test_callers_share_the_workers_fairly():
    nap = shiver.from_c("""int usleep(unsigned);
        void nap(int *ran, long i) { usleep(500); __atomic_fetch_add(ran, 1, 0); }""")
    counts = [np.zeros(1, np.int32) for _ in range(4)]
    end = time.monotonic() + 1.5

    def work(ran: np.ndarray) -> None:
        while time.monotonic() < end:
            shiver.parfor(nap, 40, ran, num_threads=2)

    threads = [threading.Thread(target=work, args=(ran,)) for ran in counts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    ran = [int(count[0]) for count in counts]
    assert min(ran) > max(ran) / 10, ran


def test_loops_from_callbacks_of_loops_from_callbacks():
    nap = shiver.from_c("int usleep(unsigned); long nap(long i) { usleep(100); return i; }")
    deepest = 0

    def loop(depth: int) -> None:
        nonlocal deepest
        deepest = max(deepest, depth)

        def told(done: int, total: int) -> None:
            if depth < 4 and done < total:
                loop(depth + 1)

        got = shiver.parfor(nap, 400, num_threads=2, progress=told if depth < 4 else None)
        assert got.sum() == 400 * 399 // 2

    end = time.monotonic() + 60
    loop(3)
    assert deepest == 4 and time.monotonic() < end


def test_callbacks_of_several_threads_at_once():
    nap = shiver.from_c("int usleep(unsigned); long nap(long i) { usleep(100); return i; }")

    def work(k: int) -> int:
        inner = []

        def told(done: int, total: int) -> None:
            inner.append(int(shiver.reduce(square, 100 + k, num_threads=2)))

        shiver.parfor(nap, 500, progress=told, num_threads=2)
        return len(set(inner))

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(work, range(12), timeout=120)) == {1}


# ------------------------------------------------------------------ interpreters


def subinterpreters() -> object:
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            return __import__(name)
        except ImportError:
            continue
    return None


@pytest.mark.skipif(subinterpreters() is None, reason="no sub-interpreters here")
def test_sub_interpreters_are_refused(run_python):
    # The native module alone, as NumPy may refuse too, and from 3.12 on Python itself.
    done = run_python(
        """
    import shiver
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
    code = [
        "import importlib.machinery, importlib.util",
        f"path = {shiver._native.__file__!r}",
        "loader = importlib.machinery.ExtensionFileLoader('shiver._native', path)",
        "spec = importlib.util.spec_from_loader('shiver._native', loader)",
        "text = 'no error'",
        "try:",
        "    loader.exec_module(importlib.util.module_from_spec(spec))",
        "except ImportError as error:",
        "    text = str(error)",
        "with open('told', 'w') as file:",
        "    print(text, file=file)",
    ]
    interpreter = interpreters.create()
    interpreters.run_string(interpreter, chr(10).join(code))
    interpreters.destroy(interpreter)
    print(open("told").read())
    fn = shiver.from_c("long f(long i) { return i; }")
    assert shiver.parfor(fn, 3).tolist() == [0, 1, 2]
    """
    )
    assert "cannot be imported in a sub-interpreter" in done.stdout, done.stdout


# ------------------------------------------------------------------ threadpoolctl


class LibController:
    """What we use of threadpoolctl's, as its version 3 has it."""

    def __init__(self, *, filepath: str, prefix: str, parent: object) -> None:
        self.parent, self.prefix, self.filepath = parent, prefix, filepath
        self.dynlib = ctypes.CDLL(filepath)
        self.version = self.get_version()
        self.set_additional_attributes()


def test_the_controller_for_threadpoolctl(monkeypatch, default_threads):
    registered = []
    package = types.ModuleType("threadpoolctl")
    package.LibController, package.register = LibController, registered.append
    monkeypatch.setitem(sys.modules, "threadpoolctl", package)
    monkeypatch.setattr("shiver.thread_pool._registered", None)
    made = shiver.threadpool_controller()
    assert shiver.threadpool_controller() is made
    assert registered == [made]

    path = os.path.realpath(shiver._native.__file__)
    assert pathlib.Path(path).name.startswith(made.filename_prefixes)
    controller = made(filepath=path, prefix=made.filename_prefixes[0], parent=None)
    assert any(hasattr(controller.dynlib, symbol) for symbol in made.check_symbols)
    assert controller.version == shiver.__version__
    controller.set_num_threads(3)
    assert controller.get_num_threads() == shiver.get_num_threads() == 3
    # Another package's file of the same name is none of ours.
    other = made(filepath=np._core._multiarray_umath.__file__, prefix="", parent=None)
    assert not any(hasattr(other.dynlib, symbol) for symbol in made.check_symbols)


if importlib.util.find_spec("threadpoolctl"):

    def test_threadpoolctl_itself(run_python):
        run_python("""
    import os
    import shiver, threadpoolctl

    def ours():
        return [i for i in threadpoolctl.threadpool_info() if i["user_api"] == "shiver"]

    assert ours() == []
    shiver.threadpool_controller()
    shiver.set_num_threads(3)
    [info] = ours()
    assert info["num_threads"] == 3
    assert info["filepath"] == os.path.realpath(shiver._native.__file__)
    assert info["version"] == shiver.__version__
    for limits in (1, {"shiver": 1}):
        with threadpoolctl.threadpool_limits(limits):
            assert shiver.get_num_threads() == 1
            assert ours()[0]["num_threads"] == 1
        assert shiver.get_num_threads() == 3
    """)


def test_without_threadpoolctl(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    monkeypatch.setattr("shiver.thread_pool._registered", None)
    with pytest.raises(ImportError, match="threadpoolctl"):
        shiver.threadpool_controller()
