"""`report`, `inspect_llvm`, `inspect_asm` and `SHIVER_DUMP`: looking at how a loop was compiled."""

from __future__ import annotations

import json
import pickle
import re

import numpy as np
import pytest

import shiver

SUM = """
double total(const double *x, long n, long i) {
    double sum = 0;
    for (long k = 0; k < n; k++)
        sum += x[i * n + k];
    return sum;
}
"""


def test_a_vectorised_loop():
    report = shiver.from_c("void f(double *x, long i) { x[i] = 2 * x[i] + 1; }").report()
    assert report.vectorized is True
    assert report.width >= 2
    assert report.interleaving >= 1
    assert report.remarks == []
    assert report.streaming in (True, False)
    assert report.tiling is None
    assert set(report.stages) == {"clang", "nest", "optimize", "emit", "load"}
    assert all(0 < seconds < 60 for seconds in report.stages.values())
    text = str(report)
    assert f"vectorised, {report.width} iterations in a vector" in text
    assert "clang" in text and "ms" in text


def test_a_reason_has_its_line_and_a_hint():
    report = shiver.from_c(SUM).report()
    assert report.vectorized is False
    assert report.width == 1
    (remark,) = [r for r in report.remarks if r.line == 5]
    assert remark.file == "<source>"
    assert remark.column == 13
    assert remark.source_line == "sum += x[i * n + k];"
    assert "fastmath" in remark.hint
    assert "reorder floating-point" in remark.llvm
    assert remark.inner
    (loop,) = report.inner_loops
    assert (loop.line, loop.vectorized) == (4, False)
    text = str(report)
    for part in (remark.source_line, remark.reason, remark.hint, remark.llvm, "line 5"):
        assert part in text


def test_following_the_hint_helps():
    before = shiver.from_c(SUM).report()
    after = shiver.from_c(SUM, fastmath="reassoc").report()
    assert not before.inner_loops[0].vectorized
    assert after.vectorized or after.inner_loops[0].vectorized


def test_it_is_there_before_the_first_loop_and_follows_the_last():
    f = shiver.from_c("void f(double *x, long n, long i, long j) { x[i * n + j] += 1; }")
    assert f.report().indices == 1
    x = np.zeros((4, 5))
    shiver.parfor(f, (4, 5), (x, 5))
    assert f.report().indices == 2
    assert f.report().unit_steps
    shiver.parfor(f, (slice(0, 4, 2), 5), (x, 5))
    assert not f.report().unit_steps
    assert f.report(indices=1).indices == 1


def test_inspect_shows_the_loop_that_runs():
    f = shiver.from_c("void f(double *x, long n, long i, long j) { x[i * n + j] += 1; }")
    shiver.parfor(f, (4, 5), (np.zeros((4, 5)), 5))
    two = f.inspect_llvm(optimized=True)
    assert two == f.inspect_llvm(optimized=True, indices=2)
    assert two != f.inspect_llvm(optimized=True, indices=1)
    assert f.inspect_asm() == f.inspect_asm(indices=2)
    assert "@f(" in f.inspect_llvm()


def test_a_function_without_indices_runs_once():
    report = shiver.from_c("double f(double x) { return x + 1; }").report()
    assert report.indices == 0
    assert not report.vectorized
    assert report.remarks == []
    assert "run once" in str(report)


def test_a_reduction():
    square = shiver.from_c("double square(const double *x, long i) { return x[i] * x[i]; }")
    shiver.reduce(square, 100, np.ones(100))
    assert square.report().reduction
    assert "as a reduction" in str(square.report())


def test_the_notebook_table_is_html_that_is_escaped():
    report = shiver.from_c(SUM).report()
    page = report._repr_html_()
    assert page.count("<table") == 2
    assert "k &lt; n" in page and "k < n" not in page
    assert "sum += x[i * n + k];" in page
    tags = re.findall(r"<(/?)(\w+)", page)
    opened = [name for slash, name in tags if not slash]
    closed = [name for slash, name in tags if slash]
    assert sorted(opened) == sorted(closed)
    assert "<table" in shiver.from_c("long f(long i) { return i; }").report()._repr_html_()


def test_repr_and_str_and_pickle():
    report = shiver.from_c(SUM).report()
    assert repr(report).startswith("<shiver.Report float64 total(")
    assert pickle.loads(pickle.dumps(report)) == report


def test_a_pickled_function_has_reasons_without_lines():
    f = shiver.from_c(SUM)
    (remark,) = [r for r in pickle.loads(pickle.dumps(f)).report().remarks if r.inner]
    assert (remark.line, remark.source_line) == (0, "")
    assert "fastmath" in remark.hint
    assert "clang" not in pickle.loads(pickle.dumps(f)).report().stages


def test_llvmlite_code():
    ir = pytest.importorskip("llvmlite.ir")
    double, index = ir.DoubleType(), ir.IntType(64)
    function = ir.Function(
        ir.Module(), ir.FunctionType(ir.VoidType(), [double.as_pointer(), index]), "twice"
    )
    builder = ir.IRBuilder(function.append_basic_block())
    place = builder.gep(function.args[0], [function.args[1]])
    builder.store(builder.fadd(builder.load(place), builder.load(place)), place)
    builder.ret_void()
    report = shiver.from_llvm(function).report()
    assert report.vectorized
    assert "clang" not in report.stages


def test_cpp():
    report = shiver.from_c(
        'extern "C" int f(int i) {\n    while (i & 7)\n        i = i * 5 + 1;\n    return i;\n}',
        lang="c++",
    ).report()
    assert any(r.line == 2 and r.inner for r in report.remarks)


@pytest.mark.parametrize(
    ("indices", "error", "text"),
    [
        (-1, ValueError, "0 or more"),
        ("2", TypeError, "int or None, not str"),
        (3, shiver.ShiverError, "too few"),
    ],
)
@pytest.mark.parametrize("method", ["report", "inspect_asm", "inspect_llvm"])
def test_wrong_numbers_of_indices(method, indices, error, text):
    f = shiver.from_c("void f(double *x, long i) { x[i] = i; }")
    more = {"optimized": True} if method == "inspect_llvm" else {}
    with pytest.raises(error, match=text):
        getattr(f, method)(indices=indices, **more)


def test_what_cannot_be_inlined_is_named():
    report = shiver.from_c(
        '#include <stdio.h>\nvoid f(long i) {\n    printf("%ld\\n", i);\n}'
    ).report()
    assert any("printf" in r.reason and r.line == 3 for r in report.remarks)


DUMP = """
import sys, warnings
import numpy as np, shiver
f = shiver.from_c("void add_one(double *x, long n, long i, long j) { x[i * n + j] += 1; }")
x = np.zeros((4, 6))
shiver.parfor(f, (4, 6), (x, 6))
assert (x == 1).all()
square = shiver.from_c('extern "C" long square(long i) { return i * i; }', lang="c++")
assert shiver.reduce(square, 10) == 285
assert (shiver.parfor(square, range(0, 10, 3)) == np.arange(0, 10, 3) ** 2).all()
"""

ENDINGS = {"before.ll", "after.ll", "s", "o", "json"}


def test_dump_writes_every_stage(run_python, tmp_path):
    folder = tmp_path / "made" / "dump"
    env = {"SHIVER_DUMP": str(folder), "SHIVER_CACHE_DIR": str(tmp_path / "cache")}
    for _ in range(2):  # what the cache has is compiled again
        run_python(DUMP, env=env)
        stems = {}
        for file in folder.iterdir():
            stem, _, ending = file.name.partition(".")
            stems.setdefault(stem, set()).add(ending)
            assert file.stat().st_size > 0
        shapes = {re.sub(r"-[0-9a-f]{8}$", "", stem): endings for stem, endings in stems.items()}
        assert shapes == {
            "add_one-2-indices": ENDINGS | {"c"},
            "square-1-index-add": ENDINGS | {"cpp"},
            "square-1-index-in-steps": ENDINGS | {"cpp"},
        }
        (stem,) = [stem for stem in stems if stem.startswith("add_one")]

        def read(ending, stem=stem):
            return (folder / f"{stem}.{ending}").read_text()

        assert "x[i * n + j] += 1" in read("c")
        assert "call void @add_one(" in read("before.ll")
        assert "define void @shiver.nest(" in read("after.ll")
        assert "call void @add_one(" not in read("after.ll")
        assert "shiver.nest:" in read("s")
        assert (folder / f"{stem}.o").read_bytes().startswith(b"\x7fELF")
        record = json.loads(read("json"))
        assert record["function"] == "void add_one(float64* x, int64 n, int64 i, int64 j)"
        assert [name for name, _ in record["stages"]] == ["clang", "nest", "optimize", "emit"]
        assert all(0 < seconds < 60 for _, seconds in record["stages"])
        for file in folder.iterdir():
            file.unlink()


def test_nothing_is_dumped_unasked(run_python, tmp_path):
    run_python(DUMP, env={"SHIVER_DUMP": "", "SHIVER_CACHE_DIR": str(tmp_path / "cache")})
    assert not any(entry.suffix in {".ll", ".o", ".s"} for entry in tmp_path.rglob("*"))


def test_a_folder_that_cannot_be_written_is_one_warning(run_python, tmp_path):
    (tmp_path / "file").write_text("")
    code = """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import shiver
    for k in range(3):
        f = shiver.from_c(f"long f(long i) {{ return i + {k}; }}")
        assert f(1) == k + 1
(warning,) = caught
assert warning.category is RuntimeWarning, warning
print(warning.message, warning.filename)
"""
    done = run_python(code, env={"SHIVER_DUMP": str(tmp_path / "file" / "below")})
    assert "SHIVER_DUMP=" in done.stdout
    assert "cannot be written to" in done.stdout
    assert "script1.py" in done.stdout, "it points at the user's line"
