"""`printf` and `puts` in a body reach Python's `sys.stdout`, in whole lines.

Holds the contract's sentence on `printf`: whole lines, into whatever `sys.stdout` is at the time,
written by the thread that waits for the loop.
"""

from __future__ import annotations

import contextlib
import io
import re
import threading
from typing import ClassVar

import pytest

import shiver

LINES = '#include <stdio.h>\nvoid f(long i) { printf("line %ld\\n", i); }'
PARTS = """#include <stdio.h>
void f(long i) { printf("a%ld ", i); printf("b%ld", i); printf("\\n"); }"""


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_every_line_arrives_whole(capsys, threads):
    shiver.parfor(shiver.from_c(LINES), 500, num_threads=threads)
    lines = capsys.readouterr().out.splitlines()
    assert sorted(lines) == sorted(f"line {i}" for i in range(500))


def test_lines_of_one_iteration_come_in_order(capsys):
    f = shiver.from_c(
        "#include <stdio.h>\nvoid f(int n, long i)"
        ' { for (int k = 0; k < n; ++k) printf("%ld: %d\\n", i, k); }'
    )
    shiver.parfor(f, 4, (50,), num_threads=2)
    lines = capsys.readouterr().out.splitlines()
    for i in range(4):
        own = [line for line in lines if line.startswith(f"{i}:")]
        assert own == [f"{i}: {k}" for k in range(50)]


def test_a_line_made_of_parts_is_not_torn(capsys):
    shiver.parfor(shiver.from_c(PARTS), 400, num_threads=4, schedule="dynamic", grain=1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 400
    assert all(re.fullmatch(r"a(\d+) b\1", line) for line in lines)


def test_a_last_line_without_an_end_arrives_too(capsys):
    f = shiver.from_c('#include <stdio.h>\nvoid f(long i) { printf("no end"); }')
    shiver.parfor(f, 1)
    assert capsys.readouterr().out.rstrip("\n") == "no end"


def test_puts(capsys):
    f = shiver.from_c('#include <stdio.h>\nvoid f(long i) { puts("put"); }')
    shiver.parfor(f, 3)
    assert capsys.readouterr().out == "put\n" * 3


def test_formats_and_the_returned_length(capsys):
    f = shiver.from_c(
        "#include <stdio.h>\n#include <inttypes.h>\n"
        'int f(void) { return printf("%5.2f|%-4d|%s|%c|%x|%" PRIu64 "|%%\\n",'
        ' 3.14159, 42, "text", 33, 255u, (uint64_t)-1); }'
    )
    want = f"{3.14159:5.2f}|42  |text|!|ff|{2**64 - 1}|%\n"
    assert f() == len(want)
    assert capsys.readouterr().out == want


def test_a_long_line(capsys):
    f = shiver.from_c(
        '#include <stdio.h>\nvoid f(long i) { for (int k = 0; k < 20000; ++k) printf("%d", k % 10);'
        ' printf("\\n"); }'
    )
    shiver.parfor(f, 2, num_threads=2)
    assert capsys.readouterr().out == ("0123456789" * 2000 + "\n") * 2


def test_text_that_is_not_ascii(capsys):
    f = shiver.from_c('#include <stdio.h>\nvoid f(long i) { printf("größer\\n"); }')
    shiver.parfor(f, 1)
    assert capsys.readouterr().out == "größer\n"


def test_stdout_that_was_replaced():
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        shiver.parfor(shiver.from_c(LINES), 3, num_threads=1)
    assert sorted(text.getvalue().splitlines()) == ["line 0", "line 1", "line 2"]


def test_the_waiting_thread_writes():
    class Watched(io.StringIO):
        writers: ClassVar[set[int]] = set()

        def write(self, text: str) -> int:
            self.writers.add(threading.get_ident())
            return super().write(text)

    text = Watched()
    with contextlib.redirect_stdout(text):
        shiver.parfor(shiver.from_c(LINES), 300, num_threads=4, schedule="dynamic", grain=1)
    assert len(text.getvalue().splitlines()) == 300
    assert text.writers == {threading.get_ident()}


def test_nothing_goes_past_sys_stdout(capfd):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        shiver.parfor(shiver.from_c(LINES), 3)
    assert capfd.readouterr().out == ""
    assert text.getvalue().count("\n") == 3


def test_printf_in_a_call_and_in_run(capsys):
    f = shiver.from_c('#include <stdio.h>\nint f(int x) { printf("x=%d\\n", x); return x; }')
    assert f(3) == 3
    assert shiver.run(f, 4).as_int() == 4
    assert capsys.readouterr().out == "x=3\nx=4\n"
