"""LLVM code as the body of a loop: text, bitcode and files from several compilers.

Holds issue 5, points 1 and 2: what `from_llvm` takes, how a function is chosen, and what is inferred
of the memory behind opaque pointers.
"""

from __future__ import annotations

import gc
import os
import pathlib
import pickle
import shutil
import subprocess
import weakref

import numpy as np
import pytest

import shiver

SCALED = """
define double @scaled(ptr %x, double %by, i64 %i) {
  %place = getelementptr double, ptr %x, i64 %i
  %value = load double, ptr %place
  %product = fmul double %value, %by
  ret double %product
}
"""

TWO = """
define i64 @double_it(i64 %i) {
  %r = mul i64 %i, 2
  ret i64 %r
}
define i64 @triple_it(i64 %i) {
  %r = call i64 @helper(i64 %i)
  ret i64 %r
}
define internal i64 @helper(i64 %i) {
  %r = mul i64 %i, 3
  ret i64 %r
}
declare i64 @nowhere(i64)
"""


def check(fn: object) -> None:
    x = np.arange(50.0)
    assert np.array_equal(shiver.parfor(fn, 50, (x, 1.5)), x * 1.5)


def test_text_and_bitcode_and_files_of_either(tmp_path):
    fn = shiver.from_llvm(SCALED)
    check(fn)
    bitcode = fn.module.bitcode
    assert isinstance(bitcode, bytes)
    check(shiver.from_llvm(bitcode))
    check(shiver.from_llvm(bytearray(bitcode)))
    (tmp_path / "f.ll").write_text(SCALED)
    (tmp_path / "f.bc").write_bytes(bitcode)
    for path in (tmp_path / "f.ll", tmp_path / "f.bc"):
        check(shiver.from_llvm(path))
        check(path)


def test_parfor_run_and_reduce_take_the_same_objects(tmp_path):
    path = tmp_path / "two.ll"
    path.write_text(SCALED)
    x = np.arange(20.0)
    for obj in (SCALED, shiver.from_llvm(SCALED).module.bitcode, path):
        check(obj)
        assert shiver.run(obj, x, 2.0, 3).as_real() == 6.0
        assert shiver.reduce(obj, 20, (x, 2.0)) == 2 * x.sum()
        future = shiver.parfor_async(obj, 20, (x, 2.0))
        assert np.array_equal(future.result(timeout=60), 2 * x)


def test_a_file_is_read_anew(tmp_path):
    path = tmp_path / "f.ll"
    for factor in (2, 3):
        path.write_text(f"define i64 @f(i64 %i) {{ %r = mul i64 %i, {factor}\n ret i64 %r }}")
        assert shiver.parfor(path, 3).tolist() == [0, factor, 2 * factor]


def test_several_functions_are_chosen_from_by_name():
    assert shiver.from_llvm(TWO, "triple_it")(5) == 15
    assert shiver.from_llvm(TWO, name="double_it")(5) == 10
    with pytest.raises(ValueError, match="double_it, triple_it"):
        shiver.from_llvm(TWO)
    with pytest.raises(ValueError, match="double_it, triple_it"):
        shiver.parfor(TWO, 3)
    with pytest.raises(ValueError, match="did you mean 'triple_it'"):
        shiver.from_llvm(TWO, "triple_us")
    for name in ("helper", "nowhere"):
        with pytest.raises(ValueError, match=name):
            shiver.from_llvm(TWO, name)
    with pytest.raises(ValueError, match="no function with external linkage"):
        shiver.from_llvm("define internal void @f() {\n ret void\n}")
    assert [fn.name for fn in shiver.from_llvm(TWO, "double_it").module.functions] == [
        "double_it",
        "triple_it",
    ]


@pytest.mark.parametrize(
    "obj",
    [None, 3.5, object(), [SCALED], len, lambda i: i, SCALED.splitlines, type("T", (), {})],
    ids=str,
)
def test_anything_else_is_a_type_error(obj):
    for call in (shiver.from_llvm, lambda obj: shiver.parfor(obj, 3)):
        with pytest.raises(TypeError, match=r"LLVM code .*llvmlite"):
            call(obj)


def test_wrong_keywords_are_refused():
    with pytest.raises(TypeError, match="name"):
        shiver.from_llvm(SCALED, 3)
    with pytest.raises(TypeError, match="fastmath"):
        shiver.from_llvm(SCALED, fastmath=3)
    with pytest.raises(ValueError, match="quick"):
        shiver.from_llvm(SCALED, fastmath="quick")
    with pytest.raises(TypeError, match="argtypes"):
        shiver.from_llvm(SCALED, argtypes="float64*")
    with pytest.raises(TypeError, match="argtypes"):
        shiver.from_llvm(SCALED, argtypes=3)
    with pytest.raises(TypeError, match="argtypes"):
        shiver.from_llvm(SCALED, argtypes=["float64*", np.float64, "int64"])


def test_code_that_is_none(tmp_path):
    for text in ("", "this is no IR", "define void @f( {"):
        with pytest.raises((shiver.CompileError, ValueError)):
            shiver.from_llvm(text)
    with pytest.raises(shiver.CompileError, match="bitcode"):
        shiver.from_llvm(SCALED.encode())
    with pytest.raises(shiver.CompileError):
        shiver.from_llvm(b"BC\xc0\xde" + b"garbage" * 10)
    with pytest.raises(ValueError, match="pathlib"):
        shiver.from_llvm("body.ll")
    with pytest.raises(FileNotFoundError):
        shiver.from_llvm(tmp_path / "nothing.ll")
    (tmp_path / "f.bc").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(shiver.CompileError, match=r"f\.bc"):
        shiver.from_llvm(tmp_path / "f.bc")
    with pytest.raises(shiver.SignatureError, match="i128"):
        shiver.from_llvm("define void @f(i128 %x, i64 %i) {\n ret void\n}")


def test_equal_code_is_one_function_and_is_freed():
    fn = shiver.from_llvm(SCALED)
    assert fn is shiver.from_llvm(SCALED)
    assert fn == shiver.from_llvm(fn.module.bitcode)
    assert hash(fn) == hash(shiver.from_llvm(fn.module.bitcode))
    assert fn != shiver.from_llvm(SCALED, fastmath=True)
    assert fn != shiver.from_llvm(SCALED, argtypes=["const float64*", "float64", "uint64"])
    check(pickle.loads(pickle.dumps(fn)))
    gone = weakref.ref(fn)
    del fn
    from shiver.sharing import drop_kept

    drop_kept()
    gc.collect()
    assert gone() is None


def test_fastmath_reaches_the_arithmetic():
    plain, fast = shiver.from_llvm(SCALED), shiver.from_llvm(SCALED, fastmath={"nnan", "contract"})
    assert "fmul double" in plain.inspect_llvm()
    assert "fmul nnan contract double" in fast.inspect_llvm()
    assert "fmul fast double" in shiver.from_llvm(SCALED, fastmath=True).inspect_llvm()
    check(fast)


# Types behind pointers.

READ = """
define void @f(ptr %x, ptr %y, i64 %i) {{
  %px = getelementptr {ty}, ptr %x, i64 %i
  %v = load {ty}, ptr %px
  %py = getelementptr {ty}, ptr %y, i64 %i
  store {ty} %v, ptr %py
  ret void
}}
"""


@pytest.mark.parametrize(
    "ty, dtype",
    [
        ("double", "float64"),
        ("float", "float32"),
        ("half", "float16"),
        ("i8", "int8"),
        ("i16", "int16"),
        ("i32", "int32"),
        ("i64", "int64"),
    ],
)
def test_elements_are_inferred_from_loads_and_stores(ty, dtype):
    fn = shiver.from_llvm(READ.format(ty=ty))
    assert fn.signature == (
        f"void f(const {dtype}* x /* inferred from its loads and stores */, "
        f"{dtype}* y /* inferred from its loads and stores */, int64 i)"
    )
    assert [arg.dtype for arg in fn.args[:2]] == [np.dtype(dtype)] * 2
    for given in (dtype, "u" + dtype) if dtype.startswith("int") else (dtype,):
        x, y = np.arange(9).astype(given), np.zeros(9, given)
        x.flags.writeable = False
        shiver.parfor(fn, 9, (x, y))
        assert np.array_equal(x, y)
    if dtype == "int8":
        x, y = np.arange(9) % 2 == 0, np.zeros(9, bool)
        shiver.parfor(fn, 9, (x, y))
        assert np.array_equal(x, y)
    y = np.zeros(9, dtype)
    y.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        shiver.parfor(fn, 9, (np.zeros(9, dtype), y))
    inferred = rf"complex128, but is from its loads and stores const {dtype}\*: .*argtypes="
    with pytest.raises(TypeError, match=inferred):
        shiver.parfor(fn, 9, (np.zeros(9, "complex128"), np.zeros(9, dtype)))


@pytest.mark.parametrize(
    "body",
    [
        "ret void",
        "%a = load i64, ptr %x\n %b = load double, ptr %x\n ret void",
        "%a = load i1, ptr %x\n ret void",
        "%p = getelementptr {double, i32}, ptr %x, i64 %i, i32 1\n store i32 1, ptr %p\n ret void",
        "%p = getelementptr [16 x i8], ptr %x, i64 %i\n store double 1.0, ptr %p\n ret void",
        "%p = getelementptr i8, ptr %x, i64 4\n store double 1.0, ptr %p\n ret void",
    ],
)
def test_where_nothing_tells_any_dtype_is_taken(body):
    fn = shiver.from_llvm(f"define void @f(ptr %x, i64 %i) {{\n {body}\n}}")
    assert "inferred" not in fn.signature
    assert fn.args[0].dtype is None
    for dtype in ("float64", "complex64", [("a", "f8"), ("b", "i4")]):
        shiver.parfor(fn, 1, np.zeros(3, dtype))


def test_argtypes_say_what_llvm_does_not():
    text = "define i32 @f(ptr %x, ptr %y, i32 %n, i1 %flag, i64 %i) {\n ret i32 %n\n}"
    types = ["float64*", "const uint8 *", "uint32", None, "uint64"]
    fn = shiver.from_llvm(text, argtypes=types)
    assert fn.signature == ("int32 f(float64* x, const uint8* y, uint32 n, bool flag, uint64 i)")
    x, y = np.zeros(3), np.zeros(3, "uint8")
    y.flags.writeable = False
    shiver.parfor(fn, 3, (x, y, 2**32 - 1, True))
    with pytest.raises(OverflowError):
        shiver.parfor(fn, 3, (x, y, -1, True))
    with pytest.raises(TypeError, match="dtype"):
        shiver.parfor(fn, 3, (x, x, 1, True))
    with pytest.raises(TypeError, match="dtype"):
        shiver.parfor(fn, 3, (x, y.astype("int8"), 1, True))
    for kind in ("complex64", "complex128", "bool", "char", "float16", "int16"):
        fn = shiver.from_llvm(text, argtypes=[f"{kind}*", "void*", "int32", "bool", "int64"])
        assert fn.signature == f"int32 f({kind}* x, void* y, int32 n, bool flag, int64 i)"
    fn = shiver.from_llvm(text, argtypes=["float64**", "double*", None, None, "int64_t"])
    assert fn.signature.startswith("int32 f(float64** x, float64* y, int32 n")


def test_argtypes_overrule_what_loads_say():
    fn = shiver.from_llvm(READ.format(ty="i64"), argtypes=["float64*", "float64*", None])
    x, y = np.arange(5.0), np.zeros(5)
    shiver.parfor(fn, 5, (x, y))
    assert np.array_equal(x, y)
    with pytest.raises(TypeError, match="dtype"):
        shiver.parfor(fn, 5, (x.astype(int), y))


@pytest.mark.parametrize(
    "types, error, words",
    [
        (["float64*", "float64"], ValueError, "2 types, and scaled takes 3"),
        (["float64*", "float64", "int64", "int64"], ValueError, "4 types"),
        (["flaot64*", "float64", "int64"], ValueError, r"argtypes\[0\].*flaot64"),
        (["float64&", "float64", "int64"], ValueError, r"argtypes\[0\]"),
        (["void", "float64", "int64"], ValueError, r"argtypes\[0\]"),
        (["float*", "float64", "int64"], ValueError, "float32 to C and float64 to NumPy"),
        (
            ["float64", "float64", "int64"],
            TypeError,
            r"argtypes\[0\].*a pointer for 'x': write .* \*",
        ),
        (["float64*", "float32", "int64"], TypeError, r"argtypes\[1\].* for 'by': write 'float64'"),
        (["float64*", "float64*", "int64"], TypeError, r"argtypes\[1\].*'by'"),
        (["float64*", "float64", "int32"], TypeError, r"argtypes\[2\].*64 bits.*'uint64'"),
        (["float64*", "float64", "float64"], TypeError, r"argtypes\[2\].*'i'"),
    ],
)
def test_argtypes_that_do_not_fit(types, error, words):
    with pytest.raises(error, match=words):
        shiver.from_llvm(SCALED, argtypes=types)


def test_a_declared_function_stays_declared():
    c = "unsigned f(const unsigned char *x, unsigned n, int i) { return x[i] * n; } void g(int i) {}"
    declared = shiver.from_c(c, "f")
    fn = shiver.from_llvm(declared.module.bitcode, "f")
    assert fn.signature == declared.signature == "uint32 f(const uint8* x, uint32 n, int32 i)"
    fn = shiver.from_llvm(str(declared.module), "f", argtypes=["const int8*", None, None])
    assert fn.signature == "uint32 f(const int8* x, uint32 n, int32 i)"


# Other compilers' code.


def find(tool: str) -> str:
    found = shutil.which(tool) or shutil.which(f"{tool}-22")
    if found is None:
        pytest.skip(f"{tool} is not installed")
    return found


def compiled(tool: str, tmp_path: pathlib.Path, source: str, suffix: str, *flags: str):
    """What a compiler of the machine's makes of a source: bitcode and text."""
    file = tmp_path / f"source{suffix}"
    file.write_text(source)
    made = []
    for number, form in enumerate(("bc", "ll")):
        out = tmp_path / f"out{number}.{form}"
        if tool == "rustc":
            how = [f"--emit=llvm-{'bc' if form == 'bc' else 'ir'}", "--crate-type=lib"]
        else:
            how = ["-emit-llvm", "-c" if form == "bc" else "-S"]
        command = [find(tool), str(file), *how, *flags, "-o", str(out)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        made.append(out)
    return made


RUST = """
#[no_mangle]
pub unsafe extern "C" fn scaled(x: *const f32, n: u32, y: *mut f32, i: usize) {
    *y.add(i) = *x.add(i) * n as f32;
}
"""


@pytest.mark.toolchain
@pytest.mark.parametrize("flags", [["-O"], ["-O", "-g"], ["-g"], []], ids=" ".join)
def test_code_from_rustc(tmp_path, flags):
    # With them, every access through a pointer may call Rust's panics, which are in Rust's library.
    flags = [*flags, "-Cdebug-assertions=off"]
    for path in compiled("rustc", tmp_path, RUST, ".rs", *flags):
        fn = shiver.from_llvm(path)
        x, y = np.arange(40, dtype="float32"), np.zeros(40, "float32")
        shiver.parfor(fn, 40, (x, 3, y))
        assert np.array_equal(y, x * 3)
        assert "float32* x" in fn.signature and "float32* y" in fn.signature
        if "-g" in flags:
            assert "const float32* x /* inferred from debug info */" in fn.signature
            assert "uint32 n" in fn.signature and "uint64 i" in fn.signature
        with pytest.raises(TypeError, match="dtype"):
            shiver.parfor(fn, 40, (x.astype("float64"), 3, y))


RUST_SLICE = """
#[no_mangle]
pub fn total(x: &[f64], i: usize) -> f64 {
    x[i..].iter().sum()
}
"""


@pytest.mark.toolchain
def test_a_slice_is_its_pointer_and_its_length(tmp_path):
    for path in compiled("rustc", tmp_path, RUST_SLICE, ".rs", "-g", "-O"):
        fn = shiver.from_llvm(path, "total")
        assert [arg.dtype for arg in fn.args] == [
            np.dtype("float64"),
            np.dtype("uint64"),
            np.dtype("uint64"),
        ]


C = """
#include <stdint.h>
struct point { double x; int32_t tag; };
void move(struct point *p, const uint16_t *by, unsigned n, int i) {
    p[i].x += by[i] * n;
    p[i].tag = i;
}
"""


@pytest.mark.toolchain
@pytest.mark.parametrize("flags", [["-O2"], ["-O0"], ["-O2", "-g"], ["-O0", "-g"]], ids=" ".join)
def test_code_from_a_clang_of_the_machine(tmp_path, flags):
    dtype = np.dtype([("x", "f8"), ("tag", "i4")], align=True)
    for path in compiled("clang", tmp_path, C, ".c", *flags):
        fn = shiver.from_llvm(path)
        p, by = np.zeros(30, dtype), np.arange(30, dtype="uint16")
        shiver.parfor(fn, 30, (p, by, 2))
        assert np.array_equal(p["x"], by * 2.0)
        assert np.array_equal(p["tag"], np.arange(30))
        wrong = np.zeros(30, "float64")
        if "-g" in flags:
            assert "const uint16* " in fn.signature and "struct point* " in fn.signature
            with pytest.raises(TypeError, match="struct point"):
                shiver.parfor(fn, 30, (wrong, by, 2))
        with pytest.raises(TypeError, match="dtype"):
            shiver.parfor(fn, 30, (p, by.astype("uint32"), 2))


def test_nothing_is_imported_for_code(run_python):
    run_python(
        f"""
        import sys
        import shiver
        fn = shiver.from_llvm({TWO!r}, "double_it", argtypes=["uint64"])
        assert shiver.parfor(fn, 3).tolist() == [0, 2, 4]
        assert "llvmlite" not in sys.modules and "numba" not in sys.modules
        """,
        env={"PATH": os.environ["PATH"]},
    )


@pytest.mark.parametrize(
    ("ty", "name"), [("double", "sqrt"), ("double", "log"), ("float", "fabsf"), ("float", "expf")]
)
def test_functions_of_libm_leave_errno_alone_however_they_were_declared(ty, name):
    fn = shiver.from_llvm(f"""
        declare {ty} @{name}({ty})
        define {ty} @f(ptr %x, ptr %y, i64 %i) {{
          %p = getelementptr {ty}, ptr %x, i64 %i
          %v = load {ty}, ptr %p
          %q = getelementptr {ty}, ptr %y, i64 %i
          %w = load {ty}, ptr %q
          %e = call {ty} @{name}({ty} %v)
          %r = fmul {ty} %e, %w
          ret {ty} %r
        }}""")
    x = np.linspace(0.5, 2, 100, dtype={"double": "float64", "float": "float32"}[ty])
    want = {"sqrt": np.sqrt, "log": np.log, "fabsf": np.abs, "expf": np.exp}[name](x) * x
    np.testing.assert_allclose(shiver.parfor(fn, 100, (x, x)), want, rtol=1e-6)
    loop = fn.inspect_llvm(optimized=True)
    assert "vector.body" in loop and "vector.memcheck" not in loop
