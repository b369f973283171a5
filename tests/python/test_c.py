"""`from_c` and `module_from_c`: which function, which errors, which options.

Holds the list under "Making functions" of the contract as far as it is about names, diagnostics,
flags, defines, include folders, libraries and the compiler. What the C library's headers offer is
in `test_headers.py`, what the compiled code does in `test_codegen.py`.
"""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

import shiver


def value(source: str, **options: object) -> object:
    """What the one function of `source`, which takes nothing, gives."""
    return shiver.from_c(source, **options)()


# ------------------------------------------------------------------ which function


OVERLOADS = "int f(int x) { return x; } double f(double x) { return x; } int g(int x) { return x; }"


@pytest.mark.parametrize("name", [None, "h"])
def test_overloads_are_listed_by_their_symbols(name):
    with pytest.raises(ValueError, match="_Z1fi, _Z1fd, _Z1gi|_Z1fi, _Z1fd, g"):
        shiver.from_c(OVERLOADS, name, lang="c++")
    assert shiver.from_c(OVERLOADS, "_Z1fd", lang="c++")(2.5) == 2.5


def test_a_body_in_the_oldest_style_is_refused_as_such():
    with pytest.raises(shiver.SignatureError, match="f declares its parameters after the paren"):
        shiver.from_c("double f(x) float x; { return x; }", flags=["-Wno-deprecated-non-prototype"])


def test_the_one_external_function_with_a_body_is_taken():
    f = shiver.from_c(
        "double elsewhere(double);"
        "static int helper(int x) { return x + 1; }"
        "int body(int x) { return helper(x) * 2; }"
    )
    assert f.name == "body"
    assert f(3) == 8


def test_plain_inline_helpers_are_no_candidates_and_are_found():
    f = shiver.from_c(
        "inline double square(double x) { return x * x; }"
        "double body(double x) { return square(x) + square(x + 1); }"
    )
    assert f.name == "body"
    assert f(2) == 13


TWO = "int left(int x) { return x; } int right(int x) { return -x; }"


def test_two_candidates_are_listed():
    with pytest.raises(ValueError) as refused:
        shiver.from_c(TWO)
    assert "left" in str(refused.value) and "right" in str(refused.value)


def test_a_name_chooses():
    assert shiver.from_c(TWO, "right")(4) == -4
    assert shiver.from_c(TWO, name="left")(4) == 4


def test_an_absent_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError) as refused:
        shiver.from_c("int multiply_all(int x) { return x; }", name="multipy_all")
    assert "multipy_all" in str(refused.value)
    assert "multiply_all" in re.sub("multipy_all", "", str(refused.value))


@pytest.mark.parametrize("source", ["", "int declared(int);", "static int f(int x) { return x; }"])
def test_no_function_at_all_is_a_value_error(source):
    with pytest.raises(ValueError):
        shiver.from_c(source)


@pytest.mark.parametrize("source", [None, 3, ["int f(int x) { return x; }"]])
def test_source_that_is_no_text(source):
    with pytest.raises(TypeError):
        shiver.from_c(source)


def test_equal_sources_share_one_function_with_its_static_variables():
    source = "static long calls; long count_up(void) { return ++calls; }"
    first, second = shiver.from_c(source), shiver.from_c(source)
    assert [first(), second(), first()] == [1, 2, 3]


# ------------------------------------------------------------------ errors and warnings


def test_an_error_is_clangs_own_text_with_line_and_caret():
    with pytest.raises(shiver.CompileError) as refused:
        shiver.from_c("double f(double x)\n{\n    return x + unheard_of;\n}\n")
    text = str(refused.value)
    assert "unheard_of" in text
    assert "return x + unheard_of;" in text
    assert re.search(r"3:16", text)
    assert "^" in text


def test_an_error_as_data():
    with pytest.raises(shiver.CompileError) as refused:
        shiver.from_c("double f(double x)\n{\n    return x + unheard_of;\n}\n")
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.severity == "error"
    assert (diagnostic.line, diagnostic.column) == (3, 16)
    assert isinstance(diagnostic.file, str)
    assert "undeclared identifier" in diagnostic.message
    assert diagnostic.source_line.strip() == "return x + unheard_of;"


def test_a_fatal_error_is_called_as_clang_calls_it():
    with pytest.raises(shiver.CompileError) as failed:
        shiver.from_c('#include "nowhere.h"\nint f(void) { return 0; }')
    assert failed.value.diagnostics[0].severity == "fatal error"
    assert str(failed.value).startswith("<source>:1:10: fatal error: ")


def test_several_errors_are_all_told():
    with pytest.raises(shiver.CompileError) as refused:
        shiver.from_c("int f(int x) {\n return first_thing\n + second_thing; }")
    errors = [d for d in refused.value.diagnostics if d.severity == "error"]
    assert [d.line for d in errors] == [2, 3]


def test_a_note_comes_with_its_error():
    with pytest.raises(shiver.CompileError) as refused:
        shiver.from_c("int f(int x) { return x; }\nint f(int x) { return -x; }")
    (error,) = [d for d in refused.value.diagnostics if d.severity == "error"]
    assert (error.line, error.notes[0].line) == (2, 1)
    assert "previous definition" in error.notes[0].message
    assert "previous definition" in str(refused.value)


def test_an_error_in_a_header_names_its_file(tmp_path):
    (tmp_path / "broken.h").write_text("\n\nint oops(;\n")
    with pytest.raises(shiver.CompileError) as refused:
        shiver.from_c('#include "broken.h"\nint f(int x) { return x; }', include_dirs=[tmp_path])
    first = refused.value.diagnostics[0]
    assert first.file.endswith("broken.h")
    assert first.line == 3


def test_nothing_of_an_error_goes_to_the_real_stderr(capfd):
    with pytest.raises(shiver.CompileError):
        shiver.from_c("this is no C at all;")
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err == ""


def test_a_warning_is_a_compile_warning():
    with pytest.warns(shiver.CompileWarning, match="parentheses"):
        f = shiver.from_c("int f1(int i) { if (i = 2) return i; return 0; }")
    assert f(5) == 2


def test_a_clean_source_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shiver.from_c("int f2(int unused, int i) { return i; }")


UNUSED = "int {name}(int i) {{ int idle = 3; return i; }}"


def test_flags_turn_warnings_on_off_and_into_errors():
    with pytest.warns(shiver.CompileWarning, match="idle"):
        shiver.from_c(UNUSED.format(name="f3"), flags=["-Wall"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shiver.from_c(UNUSED.format(name="f4"), flags=["-Wall", "-Wno-unused-variable"])
    with pytest.raises(shiver.CompileError, match="idle"):
        shiver.from_c(UNUSED.format(name="f5"), flags=["-Wall", "-Werror"])


# ------------------------------------------------------------------ options


@pytest.mark.parametrize("compiler", ["gcc", "clang-22", "", "cc"])
def test_only_the_clang_inside_is_a_compiler(compiler):
    with pytest.raises(ValueError, match="clang"):
        shiver.from_c("int f(int x) { return x; }", compiler=compiler)


def test_the_clang_inside_may_be_named():
    assert shiver.from_c("int f(int x) { return x; }", compiler="clang")(3) == 3


def test_an_unknown_language_is_a_value_error():
    with pytest.raises(ValueError, match="fortran"):
        shiver.from_c("int f(int x) { return x; }", lang="fortran")


def test_define_flags():
    assert value("int f(void) { return K; }", flags=["-DK=41"]) == 41
    assert value("int f(void) { return K; }", flags=["-DK"]) == 1
    assert value("int f(void) {\n#ifdef K\nreturn 1;\n#else\nreturn 0;\n#endif\n}",
                 flags=["-DK", "-UK"]) == 0  # fmt: skip


def test_defines_as_a_dict():
    assert value("int f(void) { return A + B; }", defines={"A": 40, "B": "2"}) == 42
    assert value("#ifdef PLAIN\nint f(void) { return 7; }\n#endif", defines={"PLAIN": None}) == 7


@pytest.mark.parametrize(
    "flag",
    ["-O0", "-O1", "-O3", "-g", "-Wextra", "-fwrapv", "-fno-strict-aliasing", "-mavx", "-std=c11"],
)
def test_flags_that_are_clangs_own_business(flag):
    f = shiver.from_c("double f(double x, long i) { return x + i; }", flags=[flag])
    assert shiver.parfor(f, 5, (0.5,)).tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]


@pytest.mark.parametrize(
    "number",
    [np.float32(0.1), np.float64(1e300), np.float16(-2), np.inf, -np.inf, np.float32("inf"), np.nan,
     np.int8(-3), np.bool_(True), np.longdouble(0.25)],
)  # fmt: skip
def test_defines_of_every_kind_of_number(number):
    got = value("double f(void) { return -D; }", defines={"D": number})
    assert np.array_equal(got, -float(number), equal_nan=True)


def test_the_standard_is_c17_unless_a_flag_says_otherwise():
    source = "long f(void) { return __STDC_VERSION__; }"
    assert value(source) == 201710
    assert value(source, flags=["-std=c11"]) == 201112


@pytest.mark.parametrize(
    "flag",
    [
        "-o",
        "-ofile",
        "-x",
        "-xc++",
        "-Xclang",
        "-mllvm",
        "-load",
        "-c",
        "-S",
        "-E",
        "-emit-llvm",
        "-include",
        "-isystem",
        "-lm",
        "-Lfolder",
        "--sysroot=folder",
        "other.c",
        "@file",
    ],
)
def test_other_flags_are_refused_by_name(flag):
    with pytest.raises(ValueError, match=re.escape(flag)):
        shiver.from_c("int f(int x) { return x; }", flags=[flag])


def test_a_refused_flag_among_good_ones():
    with pytest.raises(ValueError, match="-mllvm"):
        shiver.from_c("int f(int x) { return x; }", flags=["-O2", "-mllvm", "-debug"])


# ------------------------------------------------------------------ headers of the user's


def test_include_dirs_are_searched_in_order(tmp_path):
    for folder, number in (("one", 1), ("two", 2)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "number.h").write_text(f"#define NUMBER {number}\n")
    (tmp_path / "two" / "only.h").write_text("#define ONLY 20\n")
    source = '#include "number.h"\n#include <only.h>\nint f(void) { return NUMBER + ONLY; }'
    one, two = tmp_path / "one", tmp_path / "two"
    assert value(source, include_dirs=[one, two]) == 21
    assert value(source, include_dirs=[str(two), str(one)]) == 22
    assert value(source, flags=[f"-I{two}"]) == 22


def test_a_header_that_changed_is_read_anew(tmp_path):
    header = tmp_path / "number.h"
    source = '#include "number.h"\nint f(void) { return NUMBER; }'
    for number in (5, 6):
        header.write_text(f"#define NUMBER {number}\n")
        assert value(source, include_dirs=[tmp_path]) == number


READERS = {
    "include": ('#include "{path}"\nint f(void) {{ return VALUE; }}', "#define VALUE {n}"),
    "embed": (
        'static const unsigned char d[] = {{\n#embed "{path}"\n}};\nint f(void) {{ return d[0]; }}',
        "{c}",
    ),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.filterwarnings("ignore:.*C23 extension")
def test_a_file_with_a_whole_path_is_read_anew(tmp_path, reader):
    source, content = READERS[reader]
    path = tmp_path / "file.h"
    source = source.format(path=path)
    for n in (1, 2):
        path.write_text(content.format(n=n, c=chr(n)))
        assert value(source) == n
    # What has not changed comes from the disk's cache, and is no less checked.
    assert value(source) == 2
    path.unlink()
    with pytest.raises(shiver.CompileError):
        value(source)


def test_a_file_that_was_looked_for_is_looked_for_again(tmp_path):
    path = tmp_path / "later.h"
    source = f'#if __has_include("{path}")\n#define V 1\n#else\n#define V 0\n#endif\n' + (
        "int f(void) { return V; }"
    )
    assert value(source) == 0
    path.write_text("")
    assert value(source) == 1
    path.unlink()
    assert value(source) == 0


@pytest.mark.parametrize("name", ["file.h", "./file.h", "folder/file.h"])
def test_the_working_directory_is_no_place_of_the_sources(tmp_path, monkeypatch, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("1")
    monkeypatch.chdir(tmp_path)
    for source in (
        f'int f(void) {{ return\n#include "{name}"\n;}}',
        f'int f(void) {{ return\n#embed "{name}"\n;}}',
        f'#if __has_include("{name}")\nint f(void) {{ return 1; }}\n#endif',
    ):
        with pytest.raises((shiver.CompileError, ValueError)):
            shiver.from_c(source)


@pytest.mark.parametrize("folder", [".", "mine", "mine/", "./mine", "mine/../mine"])
def test_relative_folders_are_the_working_directorys(tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / folder / "file.h").write_text('#include "other.h"\n')
    (tmp_path / folder / "other.h").write_text("#define VALUE 7\n")
    source = "#include <file.h>\nint f(void) { return VALUE; }"
    assert value(source, include_dirs=[folder]) == 7
    assert value(source, flags=["-I" + folder]) == 7


def test_the_users_folder_comes_before_our_headers(tmp_path):
    (tmp_path / "math.h").write_text("#define ANSWER 42\n")
    source = "#include <math.h>\nint f(void) { return ANSWER; }"
    assert value(source, include_dirs=[tmp_path]) == 42
    with pytest.raises(shiver.CompileError, match="ANSWER"):
        shiver.from_c(source)


def test_our_headers_still_serve_what_the_users_folder_has_not(tmp_path):
    (tmp_path / "mine.h").write_text("#include <math.h>\nstatic double r(void) {return sqrt(4.0);}")
    source = '#include "mine.h"\ndouble f(void) { return r(); }'
    assert value(source, include_dirs=[tmp_path]) == 2


@pytest.mark.parametrize("lang, header", [("c", "gsl/gsl_sf.h"), ("c", "unistd.h"),
                                          ("c++", "vector"), ("c++", "iostream")])  # fmt: skip
def test_another_header_is_refused_with_the_way_to_add_it(lang, header):
    with pytest.raises(shiver.CompileError) as refused:
        shiver.from_c(f"#include <{header}>\nint f(int x) {{ return x; }}", lang=lang)
    assert header in str(refused.value)
    assert "include_dirs" in str(refused.value)


# ------------------------------------------------------------------ symbols from elsewhere


def test_an_undefined_symbol_is_a_link_error_that_names_it():
    with pytest.raises(shiver.LinkError) as refused:
        f = shiver.from_c(
            "double nowhere_to_be_found(double); double f(double x, long i)"
            "{ return nowhere_to_be_found(x + i); }"
        )
        shiver.parfor(f, 3, (1.0,))
    assert "nowhere_to_be_found" in str(refused.value)
    assert re.search("libraries|add_symbol", str(refused.value))


def test_add_symbol_gives_an_address_a_name():
    answer = np.array([42], dtype=np.int64)
    shiver.add_symbol("shiver_test_answer", answer.ctypes.data)
    assert (
        value("extern long shiver_test_answer; long f(void) { return shiver_test_answer; }") == 42
    )


def test_a_library_that_is_not_there_is_named():
    with pytest.raises((shiver.LinkError, OSError), match="no_such_library_anywhere"):
        shiver.from_c(
            "double far_away(double); double f(double x) { return far_away(x); }",
            libraries=["no_such_library_anywhere"],
        )(1.0)


def test_link_makes_definitions_callable_from_what_comes_later():
    shiver.from_c("double linked_cube(double x) { return x * x * x; }", link=True)
    f = shiver.from_c("double linked_cube(double); double f(long i) { return linked_cube(i); }")
    assert shiver.parfor(f, 4).tolist() == [0, 1, 8, 27]


# ------------------------------------------------------------------ module_from_c


def test_module_from_c_holds_every_function():
    module = shiver.module_from_c(TWO)
    assert isinstance(module, shiver.Module)
    assert sorted(f.name for f in module.functions) == ["left", "right"]
    assert module["right"](4) == -4
    assert module.get_function_named("left")(4) == 4


def test_module_from_c_takes_the_same_options():
    module = shiver.module_from_c("int f(void) { return K; }", defines={"K": 3}, flags=["-O1"])
    assert module["f"]() == 3


@pytest.mark.parametrize("make", [shiver.from_c, shiver.module_from_c])
def test_print_llvm_writes_to_sys_stdout(make, capsys):
    make("int printed_body(int x) { return x; }", print_llvm=True)
    out = capsys.readouterr().out
    assert "define" in out and "printed_body" in out
