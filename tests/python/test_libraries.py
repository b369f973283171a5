"""Names that a body uses and does not define: libraries, `add_symbol`, and what is told of missing ones.

Holds the contract's `libraries=`, `add_symbol` and `LinkError`. The libraries are compiled here by the
machine's C compiler. What the C library and compilers define is in `test_libc.py`.
"""

from __future__ import annotations

import ctypes
import pickle
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import shiver

pytestmark = pytest.mark.toolchain


def build(folder, name: str, source: str, *flags: str):
    """A library; gives its path."""
    (folder / f"{name}.c").write_text(source, encoding="utf-8")
    library = folder / f"lib{name}.so"
    subprocess.run(
        ["cc", "-O1", "-shared", "-fPIC", "-o", library, folder / f"{name}.c", *flags], check=True
    )
    return library


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("libraries")


@pytest.fixture(scope="session")
def shapes(folder):
    return build(
        folder,
        "shapes",
        """
        double area_of_circle(double r) { return 3.25 * r * r; }
        double unit_of_length = 2.5;
        int square_by_macro(int x) { return x * x; }
        """,
    )


CIRCLE = """double area_of_circle(double); extern double unit_of_length;
    double f(long i) { return area_of_circle(i) * unit_of_length; }"""


def test_functions_and_variables_of_a_library(shapes, monkeypatch):
    fn = shiver.from_c(CIRCLE, libraries=[str(shapes)])
    assert shiver.parfor(fn, 3).tolist() == [0, 8.125, 32.5]
    module = shiver.module_from_c(CIRCLE, libraries=[str(shapes)])
    assert module["f"](1) == 8.125
    assert pickle.loads(pickle.dumps(fn))(1) == 8.125
    assert shiver.from_c(CIRCLE, libraries=[shapes])(1) == 8.125
    monkeypatch.chdir(shapes.parent)
    assert shiver.from_c(CIRCLE, libraries=[Path(shapes.name)])(1) == 8.125
    without = shiver.from_c(CIRCLE)
    assert without != fn
    with pytest.raises(shiver.LinkError, match="area_of_circle, unit_of_length"):
        without(1)


@pytest.mark.parametrize("name", ["numbers", "libnumbers.so.3", "numbers2"])
def test_names_as_the_linker_takes_them(run_python, folder, name):
    """Without the file that is there for linking only, the newest version is taken."""
    path = build(folder, "numbers", "int version(void) { return VERSION; }", "-DVERSION=1")
    path.rename(folder / "libnumbers.so.3")
    for version, built in (("10.2", 10), ("9", 9)):
        path = build(
            folder, "numbers", "int version(void) { return VERSION; }", f"-DVERSION={built}"
        )
        path.rename(folder / f"libnumbers.so.{version}")
    path = build(folder, "numbers2", "int version(void) { return 2; }")
    expected = {"numbers": 10, "libnumbers.so.3": 1, "numbers2": 2}[name]
    run_python(
        f"""
        import shiver
        f = shiver.from_c("int version(void); int f(void) {{ return version(); }}",
                          libraries=[{name!r}])
        assert f() == {expected}, f()
        """,
        env={"LD_LIBRARY_PATH": str(folder)},
    )


@pytest.mark.parametrize("order", [("needs", "gives", "given"), ("given", "gives", "needs")])
def test_libraries_that_need_one_another_in_any_order(run_python, folder, order):
    """As GSL needs a BLAS, and does not say which."""
    build(folder, "needs", "int gives(void); int needs(void) { return gives() + 1; }")
    build(folder, "gives", "int given(void); int gives(void) { return given() + 1; }")
    build(folder, "given", "int given(void) { return 40; }")
    paths = [str(folder / f"lib{name}.so") for name in order]
    # In a process of its own: what one library is given, the others see as well.
    run_python(f"""
        import shiver
        f = shiver.from_c("int needs(void); int f(void) {{ return needs(); }}", libraries={paths})
        assert f() == 42
    """)


def test_a_library_that_cannot_be_opened(tmp_path, monkeypatch, folder):
    build(tmp_path, "needy", "int far_away(void); int needy(void) { return far_away(); }")
    shutil.copy(tmp_path / "libneedy.so", tmp_path / "needy_too")
    (tmp_path / "broken.so").write_text("not a library")
    monkeypatch.chdir(tmp_path)
    for name, *words in [
        ("no_such_library", "libno_such_library.so", "No such file", "give its path"),
        (str(tmp_path / "absent.so"), "No such file"),
        (str(tmp_path / "libneedy.so"), "undefined symbol: far_away"),
        ("./broken.so", "broken.so"),
        ("needy_too", '"./needy_too"'),
    ]:
        with pytest.raises(shiver.LinkError) as refused:
            shiver.from_c("int f(void) { return 1; }", libraries=[name])
        for word in (name, *words):
            assert word in str(refused.value)


@pytest.mark.parametrize("libraries", ["shapes", 3, [3], [b"shapes"], None])
def test_libraries_of_the_wrong_type(libraries):
    with pytest.raises(TypeError, match="libraries"):
        shiver.from_c("int f(void) { return 1; }", libraries=libraries)


# ------------------------------------------------------------------ in which order names are looked for


def test_what_the_user_gave_comes_first(shapes):
    better = shiver.from_c("double better(double r) { return r; }")
    get = shiver.llvm_helpers.get_fn_ptr(better)
    shiver.add_symbol("area_of_square", ctypes.cast(get, ctypes.c_void_p).value)
    source = "double area_of_square(double); double f(double x) { return area_of_square(x); }"
    assert shiver.from_c(source, libraries=[str(shapes)])(7.0) == 7.0
    # A library's comes before the C library's of the same name.
    library = build(shapes.parent, "own", "int rand(void) { return -7; }")
    source = "int rand(void); int f(void) { return rand(); }"
    assert shiver.from_c(source, libraries=[str(library)])() == -7
    assert shiver.from_c(source)() >= 0


def test_even_printing_can_be_taken_over(run_python):
    run_python("""
        import ctypes, shiver
        seen = []
        @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p)
        def puts(text):
            seen.append(text)
            return 1
        shiver.add_symbol("puts", ctypes.cast(puts, ctypes.c_void_p).value)
        shiver.from_c('int puts(const char *); void f(void) { puts("mine"); }')()
        assert seen == [b"mine"]
    """)


def test_linked_definitions_are_given_names():
    shiver.from_c("long counted = 5; long count_up(void) { return ++counted; }", link=True)
    fn = shiver.from_c("long count_up(void); extern long counted;"
                       "long f(void) { return count_up() * 100 + counted; }")  # fmt: skip
    assert fn() == 606


def test_add_symbol_for_data_and_functions():
    table = np.array([1.5, 2.5, 4.5])
    shiver.add_symbol("libraries_table", table.ctypes.data)
    fn = shiver.from_c("extern double libraries_table[3];"
                       "double f(long i) { return libraries_table[i]++; }")  # fmt: skip
    assert shiver.parfor(fn, 3).tolist() == [1.5, 2.5, 4.5]
    assert table.tolist() == [2.5, 3.5, 5.5]
    hypot = ctypes.CDLL("libm.so.6").hypot
    with pytest.raises(TypeError, match=r"is an int, not _FuncPtr.*ctypes\.cast"):
        shiver.add_symbol("libraries_hypot", hypot)
    shiver.add_symbol("libraries_hypot", ctypes.cast(hypot, ctypes.c_void_p).value)
    fn = shiver.from_c("double libraries_hypot(double, double);"
                       "double f(double x) { return libraries_hypot(x, 4); }")  # fmt: skip
    assert fn(3.0) == 5.0


# ------------------------------------------------------------------ what is told of missing names


@pytest.mark.parametrize(
    "source, options, words",
    [
        ("double cosinus(double); double f(double x) { return cosinus(x); }", {}, ["cosinus"]),
        ("void qsrot(void); void f(void) { qsrot(); }", {}, ["qsrot", "there is qsort"]),
        (
            'int f(void) { return __builtin_cpu_supports("avx2"); }',
            {},
            ["__cpu_model", "#ifdef __AVX2__"],
        ),
        ("double lgama(double); double f(double x) { return lgama(x); }", {}, ["lgamma"]),
        (
            "double area_of_circel(double); double f(double x) { return area_of_circel(x); }",
            {"libraries": True},
            ["area_of_circle"],
        ),
        (
            'double cube(double, int *); extern "C" double f(double x) { return cube(x, 0); }',
            {"lang": "c++"},
            ["_Z4cubedPi is cube(double, int*) in C++", 'extern "C"'],
        ),
    ],
)
def test_a_missing_name_is_told_with_what_may_be_meant(shapes, source, options, words):
    if options.get("libraries"):
        options = {"libraries": [str(shapes)]}
    fn = shiver.from_c(source, **options)
    with pytest.raises(shiver.LinkError) as refused:
        fn(*[0.0 for _ in fn.args])
    text = str(refused.value)
    for word in (*words, "f uses", "libraries=[...]", "add_symbol(name, address)"):
        assert word in text, text
    # It is not remembered: who adds the symbol goes on.


def test_the_name_of_a_symbol_that_was_given_is_suggested():
    shiver.add_symbol("my_own_table_of_data", 0x1000)
    fn = shiver.from_c(
        "extern int my_own_table_of_dota; int f(void) { return my_own_table_of_dota; }"
    )
    with pytest.raises(shiver.LinkError, match="there is my_own_table_of_data"):
        fn()
