"""Code from outside is read and compiled in a process of its own: whatever LLVM does there is an error here.

What crashes LLVM here was found by `tools/fuzz.py`. Processes of their own run what is about processes.
"""

from __future__ import annotations

import os
import pickle
import signal
from pathlib import Path

import numpy as np
import pytest

import shiver

FOUND = sorted((Path(__file__).parents[1] / "fuzz/found").glob("*.*"))
NEXT = "define i64 @next(i64 %i) { %r = add i64 %i, 1\n ret i64 %r }"

#: Something that the assembler expands for minutes.
ENDLESS = """define i64 @endless(i64 %i) {
  call void asm sideeffect ".rept 2000000000\\0Anop\\0A.endr", ""()
  ret i64 %i
}"""

#: For a script: the processes in which this one has code read.
HELPERS = """
    import os, pathlib, signal, sys, threading, time
    import numpy as np
    import shiver

    NEXT = "define i64 @next(i64 %i) { %r = add i64 %i, 1\\n ret i64 %r }"
    ENDLESS = '''define i64 @endless(i64 %i) {
      call void asm sideeffect ".rept 2000000000\\\\0Anop\\\\0A.endr", ""()
      ret i64 %i
    }'''

    def code(k):
        # Nobody has it in the cache.
        return f"; {os.getpid()}\\ndefine i64 @f(i64 %i) {{ %r = add i64 %i, {k}\\n ret i64 %r }}"

    def helpers(owner=None):
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().split(b"\\0")
                state = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if words[-2:-1] == [str(owner or os.getpid()).encode()] and state[0] != "Z":
                if any(b".serve()" in word for word in words):
                    found.append((int(folder.name), int(state[1])))
        # Not those that they fork.
        return [pid for pid, parent in found if parent not in dict(found)]

    def until(condition, seconds=10):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.005)
"""


def message_of(code, **keywords):
    with pytest.raises(shiver.CompileError) as caught:
        function = shiver.from_llvm(code, **keywords)
        function.inspect_asm()
    return str(caught.value)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_the_fuzzer_found_is_an_error(path):
    code = path.read_bytes() if path.suffix == ".bc" else path.read_text(encoding="latin-1")
    try:
        module = shiver.Module.import_llvm(code, None, None, [])
    except shiver.CompileError as error:
        text = str(error)
    else:
        with pytest.raises(shiver.CompileError) as caught:
            for function in module.functions:
                function.inspect_asm()
        text = str(caught.value)
    assert "Shiver failed" not in text
    # Another LLVM may find words for it.
    if "22.1.8" in text and "crashed" in text:
        assert "(SIG" in text and "It happened in a process of its own" in text
    assert shiver.from_llvm(NEXT)(4) == 5


def test_some_of_it_crashes_llvm():
    texts = []
    for path in FOUND:
        with pytest.raises(shiver.CompileError) as caught:
            module = shiver.Module.import_llvm(path.read_bytes(), None, None, [])
            for function in module.functions:
                function.inspect_asm()
        texts.append(str(caught.value))
    for told in [
        "crashed (SIGSEGV) while it was reading this code: the code is damaged, or LLVM has a fault. "
        "It happened in a process of its own, and this one is as it was",
        "crashed (SIGSEGV) while it was compiling this code",
        "crashed (SIGABRT: it gave up, perhaps for want of memory, of which it may have 4 GiB) while "
        "it was reading this code",
    ]:
        assert any(told in text for text in texts), told


def test_code_is_sound_and_runs_like_ours():
    source = (
        "double f(const double *x, double a, long i) { return x[i] > a ? x[i] * a : -x[i] / 3; }"
    )
    ours = shiver.from_c(source)
    theirs = shiver.from_llvm(ours.module.bitcode)
    x = np.linspace(-5, 5, 1000)
    expected = shiver.parfor(ours, 1000, (x, 1.5))
    assert (shiver.parfor(theirs, 1000, (x, 1.5)) == expected).all()
    assert (shiver.parfor(theirs, range(0, 1000, 3), (x, 1.5)) == expected[::3]).all()
    total = shiver.reduce(theirs, 1000, (x, 1.5))
    assert total == shiver.reduce(ours, 1000, (x, 1.5))
    assert theirs.inspect_asm() == ours.inspect_asm()
    assert theirs.report().width == ours.report().width


def test_variables_and_functions_of_two_values():
    counter = shiver.from_llvm(
        "@n = internal global i64 40\n"
        "define i64 @up(i64 %i) { %a = load i64, ptr @n\n %b = add i64 %a, %i\n"
        " store i64 %b, ptr @n\n ret i64 %b }"
    )
    assert [counter(1), counter(1)] == [41, 42]
    add = shiver.from_llvm("define i64 @add(i64 %a, i64 %b) { %r = add i64 %a, %b\n ret i64 %r }")
    ident = shiver.from_c("long ident(long i) { return i; }")
    assert shiver.reduce(ident, 1000, op=add, init=0) == 499_500
    assert shiver.reduce(shiver.from_llvm(NEXT), 1000, op=add, init=0) == 500_500


def test_it_travels_as_code_from_outside():
    function = shiver.from_llvm(NEXT)
    assert function.module.state()[3] is True
    copy = pickle.loads(pickle.dumps(function))
    assert copy == function
    assert copy.module.state()[3] is True
    assert copy(41) == 42
    assert shiver.from_c("int f(int i) { return i; }").module.state()[3] is False


def test_what_llvm_gives_up_on_is_told_in_its_words():
    text = (
        "declare <2 x double> @llvm.x86.xop.vfrcz.pd(<2 x double>)\n"
        "define void @f(ptr %p, i64 %i) { %a = load <2 x double>, ptr %p\n"
        " %b = call <2 x double> @llvm.x86.xop.vfrcz.pd(<2 x double> %a)\n"
        " store <2 x double> %b, ptr %p\n ret void }"
    )
    assert "elect" in message_of(text)
    assert "verifier" in message_of("define i64 @f(i64 %i) { %r = add i64 %r, 1\n ret i64 %r }")
    assert "expected" in message_of("define i64 @f(")
    assert "cannot read" in message_of(b"BC\xc0\xde no bitcode")


def test_an_attribute_of_another_llvm_names_both():
    bitcode = shiver.from_llvm(
        "define i64 @next(i64 %i) nounwind willreturn { ret i64 %i }"
    ).module.bitcode
    for k in range(8 * 200, 8 * len(bitcode)):
        damaged = bytearray(bitcode)
        damaged[k // 8] ^= 1 << k % 8
        try:
            shiver.Module.import_llvm(bytes(damaged), None, None, [])
        except shiver.CompileError as error:
            told = str(error)
            if "Unknown attribute kind" in told:
                break
    else:
        pytest.fail("no bit makes the attribute another")
    assert "Producer: 'LLVM22" in told
    assert "Reader: 'LLVM 22" in told


def test_endless_work_is_stopped(run_python):
    run_python(
        HELPERS
        + """
    begin = time.monotonic()
    endless = shiver.from_llvm(ENDLESS)
    try:
        shiver.parfor(endless, 10)
    except shiver.CompileError as error:
        text = str(error)
    assert "was still compiling this code after 0.5 s, and was stopped" in text, text
    assert "SHIVER_LLVM_TIMEOUT=SECONDS gives it more time" in text, text
    assert time.monotonic() - begin < 10
    # The process that watched takes the next request.
    [helper] = helpers()
    assert shiver.parfor(shiver.from_llvm(NEXT), 3).tolist() == [1, 2, 3]
    assert helpers() == [helper]
    """,
        env={"SHIVER_LLVM_TIMEOUT": "0.5"},
    )


def test_ctrl_c_and_timeouts_end_the_wait(run_python):
    run_python(
        HELPERS
        + """
    endless = shiver.from_llvm(ENDLESS)
    for work in [lambda: shiver.parfor(endless, 10), lambda: endless(1), endless.inspect_asm]:
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        begin = time.monotonic()
        try:
            work()
        except KeyboardInterrupt:
            pass
        else:
            raise AssertionError("no interrupt")
        assert time.monotonic() - begin < 2
        timer.join()
    begin = time.monotonic()
    try:
        shiver.parfor(endless, 10, timeout=0.3)
    except TimeoutError as error:
        assert "0 of 10 iterations" in str(error), error
    assert time.monotonic() - begin < 2
    future = shiver.parfor_async(endless, 10)
    time.sleep(0.2)
    future.cancel()
    begin = time.monotonic()
    try:
        future.result()
    except BaseException:
        pass
    assert time.monotonic() - begin < 2
    # What was working for nobody has been ended.
    until(lambda: len(helpers()) == 0)
    assert shiver.from_llvm(NEXT)(1) == 2
    """
    )


def test_a_process_that_was_killed_is_replaced(run_python):
    run_python(
        HELPERS
        + """
    for k in range(3):
        assert shiver.from_llvm(code(k))(10) == 10 + k
        [helper] = helpers()
        os.kill(helper, signal.SIGKILL)
        until(lambda: not helpers())

    # In the middle of its work.
    endless = shiver.from_llvm(ENDLESS)
    def kill():
        time.sleep(0.3)
        [helper] = helpers()
        os.kill(helper, signal.SIGKILL)
    thread = threading.Thread(target=kill)
    thread.start()
    try:
        shiver.parfor(endless, 10)
    except shiver.CompileError as error:
        assert "was compiling this code was ended by somebody else" in str(error), error
    thread.join()
    assert shiver.from_llvm(code(9))(1) == 10
    """
    )


def test_it_is_nobodys_child(run_python):
    run_python(
        HELPERS
        + """
    told = []
    signal.signal(signal.SIGCHLD, lambda *_: told.append(1))
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    assert shiver.from_llvm(code(1))(1) == 2
    [helper] = helpers()
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        pass
    else:
        raise AssertionError("there is a child")
    assert os.getsid(helper) != os.getsid(0)
    # It holds nothing that was open here.
    os.close(writer)
    os.set_blocking(reader, False)
    assert os.read(reader, 1) == b""
    os.kill(helper, signal.SIGKILL)
    until(lambda: not helpers())
    assert shiver.from_llvm(code(2))(1) == 3
    assert not told
    """
    )


@pytest.mark.parametrize("ending", ["pass", "os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_it_ends_with_the_interpreter(run_python, tmp_path, ending):
    done = run_python(
        HELPERS
        + f"""
    endless = shiver.from_llvm(ENDLESS)
    def work():
        try:
            shiver.parfor(endless, 10)
        except BaseException:
            pass
    threading.Thread(target=work, daemon=True).start()
    until(helpers)
    time.sleep(0.2)
    print(os.getpid(), flush=True)
    {ending}
    """,
        check=False,
    )
    owner = int(done.stdout)
    run_python(HELPERS + f"\n    until(lambda: not helpers({owner}))")


def test_a_forked_child_has_one_of_its_own(run_python):
    run_python(
        HELPERS
        + """
    assert shiver.from_llvm(code(1))(1) == 2
    [helper] = helpers()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.alarm(60)
            assert shiver.from_llvm(code(1))(1) == 2
            assert shiver.from_llvm(code(2))(1) == 3
            assert len(helpers()) == 0 and len(helpers(os.getppid())) == 2
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    until(lambda: helpers() == [helper])
    assert shiver.from_llvm(code(3))(1) == 4
    assert helpers() == [helper]
    """
    )


def test_a_forked_child_keeps_nothing_alive(run_python):
    done = run_python(
        HELPERS
        + """
    assert shiver.from_llvm(code(1))(1) == 2
    child = os.fork()
    if child == 0:
        os.close(1)
        os.close(2)
        signal.alarm(60)
        signal.pause()
    print(os.getpid(), child, flush=True)
    os._exit(0)
    """
    )
    owner, child = map(int, done.stdout.split())
    try:
        run_python(HELPERS + f"\n    until(lambda: not helpers({owner}))\n    os.kill({child}, 0)")
    finally:
        os.kill(child, signal.SIGKILL)


def test_threads_have_theirs_at_the_same_time(run_python):
    bad = [path.as_posix() for path in FOUND]
    run_python(
        HELPERS
        + f"""
    bad = [pathlib.Path(path).read_bytes() for path in {bad!r} if path.endswith(".bc")]
    wrong = []
    def work(n):
        try:
            for k in range(8):
                assert shiver.from_llvm(code(100 * n + k))(1) == 100 * n + k + 1
                try:
                    module = shiver.Module.import_llvm(bad[(n + k) % len(bad)], None, None, [])
                    for function in module.functions:
                        function.inspect_asm()
                except shiver.CompileError:
                    continue
                raise AssertionError("bad code was taken")
        except BaseException as error:
            wrong.append(repr(error))
    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong
    # Those that are not needed any more are not kept.
    until(lambda: 1 <= len(helpers()) <= 4)
    """
    )


def test_forks_while_threads_wait(run_python):
    run_python(
        HELPERS
        + """
    endless = shiver.from_llvm(ENDLESS)
    def work():
        try:
            shiver.parfor(endless, 10)
        except shiver.CompileError:
            pass
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    begin = time.monotonic()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.alarm(60)
            assert shiver.from_llvm(code(5))(1) == 6
            status = 0
        finally:
            os._exit(status)
    # Nothing that a fork waits for is held while another process works.
    assert time.monotonic() - begin < 1
    assert os.waitpid(child, 0)[1] == 0
    for thread in threads:
        thread.join()
    """,
        env={"SHIVER_LLVM_TIMEOUT": "3"},
    )


@pytest.mark.parametrize(
    "prelude",
    [
        "sys.executable = ''",
        "sys.executable = None",
        "sys.executable = '/nowhere/python3'",
        "sys.executable = '/bin/cat'",
        "sys.frozen = True",
    ],
)
def test_without_such_a_process_code_is_read_here(run_python, prelude):
    run_python(
        HELPERS
        + f"""
    {prelude}
    assert shiver.parfor(shiver.from_llvm(NEXT), 3).tolist() == [1, 2, 3]
    assert helpers() == []
    try:
        shiver.from_llvm("define i64 @f(")
    except shiver.CompileError as error:
        assert "expected" in str(error)
    """
    )


def test_a_program_that_only_looks_like_python_is_given_up_on(run_python, tmp_path):
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    run_python(
        HELPERS
        + f"""
    sys.executable = {str(program)!r}
    assert shiver.parfor(shiver.from_llvm(NEXT), 3).tolist() == [1, 2, 3]
    """
    )


def test_what_is_in_the_cache_needs_no_such_process(run_python, tmp_path):
    script = (
        HELPERS
        + """
    source = "define void @f(ptr %x, i64 %i) { store i64 %i, ptr %x\\n ret void }"
    function = shiver.from_llvm(source, argtypes=["int64*", "int64"])
    x = np.zeros(1, dtype=np.int64)
    shiver.parfor(function, 1, x)
    total = shiver.from_llvm("@n = internal global i64 2\\n"
        "define double @g(double %x, i64 %i) { %n = load i64, ptr @n\\n %m = add i64 %n, 1\\n"
        " store i64 %m, ptr @n\\n %r = fadd double %x, %x\\n ret double %r }", fastmath=True)
    assert shiver.reduce(total, 4, 1.0) == 8.0
    print(len(helpers()))
    """
    )
    env = {"SHIVER_CACHE_DIR": str(tmp_path / "cache")}
    assert run_python(script, env=env).stdout == "1\n"
    assert run_python(script, env=env).stdout == "0\n"


def test_damaged_entries_of_the_cache_are_made_anew(run_python, tmp_path):
    cache = tmp_path / "cache"
    env = {"SHIVER_CACHE_DIR": str(cache)}
    script = HELPERS + "\n    assert shiver.parfor(shiver.from_llvm(NEXT), 3).tolist() == [1, 2, 3]"
    run_python(script, env=env)
    for path in cache.iterdir():
        path.write_bytes(path.read_bytes()[:-3])
    run_python(script, env=env)
