"""`shiver.parfor_async` and its `Future`: waiting, cancelling, awaiting, forking, leaving.

Holds "parfor_async" of the contract. Deadlines are generous: the machine may be busy.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import gc
import threading
import time
import weakref

import numpy as np
import pytest

import shiver

SOON = 60.0

square = shiver.from_c("long square(long i) { return i * i; }")
nap = shiver.from_c("""int usleep(unsigned);
    void nap(int *ran, long i) { usleep(200); __atomic_fetch_add(ran, 1, 0); }""")


def counter() -> np.ndarray:
    return np.zeros(1, dtype=np.int32)


def endless(ran: np.ndarray, **keywords) -> shiver.Future:
    """A loop that runs for hours, and is running."""
    future = shiver.parfor_async(nap, 10**9, ran, **keywords)
    end = time.monotonic() + SOON
    while not ran[0] and time.monotonic() < end:
        time.sleep(0.001)
    assert ran[0]
    return future


def rests(ran: np.ndarray) -> bool:
    before = ran[0]
    time.sleep(0.1)
    return before == ran[0]


def test_the_result_is_parfors():
    future = shiver.parfor_async(square, (1000,), num_threads=2)
    assert isinstance(future, shiver.Future)
    assert (future.result() == np.arange(1000) ** 2).all()
    assert future.result() is future.result()
    assert future.done() and not future.running() and not future.cancelled()
    assert future.exception() is None
    assert future.cancel() is False


def test_all_keywords_of_parfor():
    out = np.empty(50, dtype=np.int64)
    told = []
    future = shiver.parfor_async(
        square, 50, (), out=out, schedule="dynamic", grain=3, num_threads=3, timeout=SOON,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert future.result() is out
    assert (out == np.arange(50) ** 2).all()
    assert told[-1] == (50, 50)


def test_nothing_is_returned_for_a_void_body():
    ran = counter()
    assert shiver.parfor_async(nap, 20, ran).result(SOON) is None
    assert ran[0] == 20


def test_the_caller_goes_on_while_the_loop_runs():
    ran = counter()
    future = endless(ran)
    assert not future.done() and future.running() and not future.cancelled()
    with pytest.raises(TimeoutError):
        future.result(timeout=0.01)
    with pytest.raises(TimeoutError):
        future.exception(timeout=0.01)
    assert not future.done(), "waiting for a while ended the loop"
    # Loops called meanwhile run.
    assert shiver.parfor(square, 4, num_threads=2).tolist() == [0, 1, 4, 9]
    assert future.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        future.result(SOON)


def test_cancelling():
    ran = counter()
    future = endless(ran)
    begin = time.monotonic()
    assert future.cancel() is True
    assert future.cancel() is True, "a second time it is cancelled already"
    with pytest.raises(concurrent.futures.CancelledError):
        future.result(SOON)
    assert time.monotonic() - begin < 5
    assert future.done() and future.cancelled()
    assert rests(ran), "iterations run on after the loop is done"
    assert future.cancel() is True
    with pytest.raises(concurrent.futures.CancelledError):
        future.exception()


@pytest.mark.parametrize("schedule", ["auto", "static", "dynamic", "guided"])
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_cancelling_takes_less_than_a_tenth_of_a_second(schedule, threads):
    took = []
    for _ in range(5):
        future = endless(counter(), schedule=schedule, num_threads=threads)
        begin = time.monotonic()
        future.cancel()
        concurrent.futures.wait([future], SOON)
        took.append(time.monotonic() - begin)
    assert min(took) < 0.1, took


@pytest.mark.parametrize(
    "args, error",
    [
        ((square, 10, np.zeros(3)), TypeError),
        ((nap, 10, np.zeros(3)), TypeError),
        ((square, "10"), TypeError),
        ((square, ()), ValueError),
        ((square, 2**64), OverflowError),
        ((len, 10), TypeError),
    ],
)
def test_errors_in_arguments_are_raised_at_once(args, error):
    before = threading.active_count()
    with pytest.raises(error):
        shiver.parfor_async(*args)
    assert threading.active_count() == before


@pytest.mark.parametrize(
    "keywords, error",
    [
        ({"schedule": "fair"}, ValueError),
        ({"grain": 0}, ValueError),
        ({"num_threads": 0}, ValueError),
        ({"timeout": -1}, ValueError),
        ({"progress": 3}, TypeError),
        ({"out": np.zeros(3)}, TypeError),
    ],
)
def test_errors_in_keywords_are_raised_at_once(keywords, error):
    with pytest.raises(error):
        shiver.parfor_async(square, 10, **keywords)


def test_what_happens_later_is_raised_by_the_future():
    def told(done, total):
        raise LookupError("enough")

    future = shiver.parfor_async(nap, 10**9, counter(), progress=told)
    with pytest.raises(LookupError, match="enough"):
        future.result(SOON)
    assert isinstance(future.exception(), LookupError)
    late = shiver.parfor_async(nap, 10**9, counter(), timeout=0.05)
    with pytest.raises(TimeoutError, match="iterations done"):
        late.result(SOON)
    missing = shiver.from_c("int nowhere(int); int f(int i) { return nowhere(i); }")
    with pytest.raises(shiver.LinkError, match="nowhere"):
        shiver.parfor_async(missing, 3).result(SOON)


def test_repr_tells_the_state():
    future = endless(counter())
    assert repr(future) == "<shiver.Future nap: running>"
    future.cancel()
    assert repr(future) in (
        "<shiver.Future nap: being cancelled>",
        "<shiver.Future nap: cancelled>",
    )
    concurrent.futures.wait([future], SOON)
    assert repr(future) == "<shiver.Future nap: cancelled>"
    done = shiver.parfor_async(square, 3)
    done.result()
    assert repr(done) == "<shiver.Future square: done>"
    failed = shiver.parfor_async(nap, 10**9, counter(), timeout=0.0)
    concurrent.futures.wait([failed], SOON)
    assert repr(failed) == "<shiver.Future nap: raised TimeoutError>"


def test_arrays_live_as_long_as_the_loop():
    class Array(np.ndarray):
        pass

    ran = counter()
    x = np.zeros(10).view(Array)
    reference = weakref.ref(x)
    slow = shiver.from_c("""int usleep(unsigned);
        void slow(double *x, int *ran, long i) { usleep(200); x[i % 10] = 1; ran[0] = 1; }""")
    future = shiver.parfor_async(slow, 10**9, [x, ran])
    del x
    gc.collect()
    while not ran[0]:
        time.sleep(0.001)
    assert reference() is not None
    future.cancel()
    concurrent.futures.wait([future], SOON)
    end = time.monotonic() + SOON
    while reference() is not None and time.monotonic() < end:
        gc.collect()
    assert reference() is None, "a loop that has ended holds its arrays"


def test_a_list_of_arguments_may_change_meanwhile():
    ran, args = counter(), []
    args.append(ran)
    future = endless(ran)
    args.clear()
    future.cancel()
    concurrent.futures.wait([future], SOON)


def test_the_loop_goes_on_when_nobody_holds_the_future():
    ran = counter()
    shiver.parfor_async(nap, 200, ran)
    gc.collect()
    end = time.monotonic() + SOON
    while ran[0] < 200 and time.monotonic() < end:
        time.sleep(0.01)
    assert ran[0] == 200


def test_many_at_once():
    futures = [shiver.parfor_async(square, 100 + k, num_threads=1 + k % 3) for k in range(50)]
    done, late = concurrent.futures.wait(futures, SOON)
    assert not late
    assert all((f.result() == np.arange(100 + k) ** 2).all() for k, f in enumerate(futures))
    assert set(concurrent.futures.as_completed(futures)) == set(futures)


def test_callbacks_of_the_base():
    future, seen = shiver.parfor_async(square, 10), threading.Event()
    future.add_done_callback(lambda done: seen.set() if done is future else None)
    assert seen.wait(SOON)


def test_progress_is_called_in_a_copy_of_the_callers_context():
    variable = contextvars.ContextVar("variable", default="none")
    token = variable.set("caller")
    seen = []

    def told(done, total):
        seen.append((variable.get(), threading.get_ident()))
        variable.set("changed")

    try:
        with shiver.threads(3):
            shiver.parfor_async(nap, 300, counter(), progress=told).result(SOON)
        assert variable.get() == "caller"
    finally:
        variable.reset(token)
    assert seen[0][0] == "caller"
    assert len({thread for _, thread in seen}) == 1
    assert seen[0][1] != threading.get_ident()


def test_printing_bodies(capsys):
    loud = shiver.from_c('#include <stdio.h>\nvoid loud(long i) { printf("%ld\\n", i); }')
    shiver.parfor_async(loud, 100, num_threads=2).result(SOON)
    assert sorted(map(int, capsys.readouterr().out.split())) == list(range(100))


# ------------------------------------------------------------------ asyncio


def test_awaiting():
    async def main() -> list[int]:
        future = shiver.parfor_async(square, 5)
        first, second = await future, await future
        assert first is second
        return first.tolist()

    assert asyncio.run(main()) == [0, 1, 4, 9, 16]


def test_awaiting_several():
    async def main():
        return await asyncio.gather(*(shiver.parfor_async(square, n) for n in (1, 2, 3)))

    assert [len(result) for result in asyncio.run(main())] == [1, 2, 3]


def test_awaiting_does_not_block_the_event_loop():
    async def main() -> int:
        ticks = 0
        future = shiver.parfor_async(nap, 2000, counter(), num_threads=2)
        waiting = asyncio.ensure_future(future)
        while not waiting.done():
            await asyncio.sleep(0.005)
            ticks += 1
        await waiting
        return ticks

    assert asyncio.run(main()) >= 5


def test_cancelling_the_task_cancels_the_loop():
    async def main() -> None:
        ran = counter()
        future = endless(ran)

        async def wait():
            await future

        task = asyncio.create_task(wait())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        concurrent.futures.wait([future], SOON)
        assert future.cancelled()
        assert rests(ran)

    asyncio.run(main())


def test_a_deadline_of_asyncio():
    async def main() -> shiver.Future:
        future = endless(counter())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(future, 0.05)
        return future

    future = asyncio.run(main())
    concurrent.futures.wait([future], SOON)
    assert future.cancelled()


def test_a_loop_that_was_cancelled_cancels_who_awaits_it():
    async def main() -> None:
        future = endless(counter())
        waiting = asyncio.ensure_future(future)
        await asyncio.sleep(0.01)
        future.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(main())


def test_errors_come_out_of_await():
    async def main() -> None:
        with pytest.raises(TimeoutError, match="iterations done"):
            await shiver.parfor_async(nap, 10**9, counter(), timeout=0.05)

    asyncio.run(main())


def test_context_threads_hold_in_tasks():
    async def main() -> int:
        with shiver.threads(3):
            return await asyncio.to_thread(shiver.get_num_threads)

    assert asyncio.run(main()) == 3


# ------------------------------------------------------------------ processes

START = """
    import asyncio, os, signal, sys, time
    import numpy as np
    import shiver

    nap = shiver.from_c("int usleep(unsigned);"
                        "void nap(int *x, long i) { usleep(200); __atomic_fetch_add(x, 1, 0); }")
    x = np.zeros(1, dtype=np.int32)
    def endless():
        future = shiver.parfor_async(nap, 10**9, x, num_threads=2)
        while not x[0]:
            time.sleep(0.001)
        return future
"""


def test_a_forked_child_does_not_have_the_parents_loops(run_python):
    run_python(
        START
        + """
    future = endless()
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)
        status = 1
        try:
            refused = 0
            async def awaiting():
                await future
            for method in (future.result, future.exception, future.done, future.cancel,
                           future.running, future.cancelled, lambda: asyncio.run(awaiting())):
                try:
                    method()
                except RuntimeError as error:
                    assert "forked child" in str(error), error
                    refused += 1
            assert refused == 7, refused
            assert str(os.getppid()) in repr(future)
            x[0] = 0
            own = endless()
            assert own.cancel()
            try:
                own.result(60)
            except BaseException as error:
                assert type(error).__name__ == "CancelledError"
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert not future.done()
    assert future.cancel()
    """
    )


@pytest.mark.parametrize("how", ["pass", "sys.exit(0)", "del future"])
def test_the_interpreters_exit_ends_loops(run_python, how):
    begin = time.monotonic()
    done = run_python(START + f"\n    future = endless()\n    {how}\n", timeout=60)
    assert done.stderr == ""
    assert time.monotonic() - begin < 30


def test_exit_with_many_loops_and_waiters(run_python):
    done = run_python(
        START
        + """
    import threading
    futures = [endless() for _ in range(10)]
    def wait(future):
        try:
            future.result()
        except BaseException as error:
            # Not print: a daemon thread that holds the lock of sys.stdout while the interpreter ends
            # makes CPython abort.
            os.write(1, type(error).__name__.encode() + b"\\n")
    for future in futures:
        threading.Thread(target=wait, args=(future,), daemon=True).start()
    """,
        timeout=60,
    )
    assert done.stderr == ""
    # Lines of several threads may run into one another.
    assert done.stdout.replace("CancelledError", "").strip() == ""


def test_exit_while_an_event_loop_awaits(run_python):
    done = run_python(
        START
        + """
    async def main():
        task = asyncio.ensure_future(endless())
        await asyncio.sleep(0.05)
    asyncio.run(main())
    print("left")
    """,
        timeout=60,
    )
    assert done.stdout.strip() == "left" and done.stderr == ""


def test_ctrl_c_while_waiting_for_a_loop(run_python):
    run_python(
        START
        + """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    future = endless()
    import threading
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        future.result()
    except KeyboardInterrupt:
        pass
    else:
        raise AssertionError
    assert not future.done(), "the loop is not the waiting thread's"
    future.cancel()
    """,
        timeout=60,
    )


def test_importing_the_package_imports_none_of_this(run_python):
    done = run_python(
        "import sys, numpy; before = set(sys.modules); import shiver\n"
        "print(sorted({'asyncio', 'concurrent.futures', 'logging', 'tqdm'}"
        " & (set(sys.modules) - before)))"
    )
    assert done.stdout.strip() == "[]"
