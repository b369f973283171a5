"""What a `Function` and a `Module` tell of themselves, and how they compare and travel.

Holds the paragraphs `Function` and `Module` of the contract.
"""

from __future__ import annotations

import copy
import pickle
import re

import numpy as np
import pytest

import shiver

FN1 = "void fn1(long *x, long i) { x[i] = i; }"
ADD1 = "int add1(int x) { return x + 1; }"
MIXED = "double mixed(const float *restrict w, unsigned char k, long i) { return w[i] * k; }"


def test_name_and_signature():
    fn = shiver.from_c(FN1)
    assert fn.name == "fn1"
    assert fn.signature == "void fn1(int64* x, int64 i)"


def test_signature_has_const_and_signedness_and_no_typedef():
    fn = shiver.from_c(
        "#include <stdint.h>\n#include <stddef.h>\ntypedef float weight;"
        "double mixed(const weight *restrict w, unsigned char k, size_t n, _Bool b, int32_t i)"
        " { return w[i] * k + n + b; }"
    )
    assert re.fullmatch(
        r"float64 mixed\(const float32\s?\* w, uint8 k, uint64 n, bool b, int32 i\)", fn.signature
    )


def test_args_in_order():
    assert [arg.name for arg in shiver.from_c(MIXED).args] == ["w", "k", "i"]
    assert list(shiver.from_c("long three(void) { return 3; }").args) == []


def test_return_type():
    assert str(shiver.from_c(MIXED).return_type) in ("float64", "double")
    assert str(shiver.from_c(FN1).return_type) == "void"


def test_repr_tells_the_signature():
    assert "fn1" in repr(shiver.from_c(FN1))
    assert "int64* x" in repr(shiver.from_c(FN1))


# ------------------------------------------------------------------ looking inside


def test_inspect_llvm_is_the_body():
    ir = shiver.from_c(FN1).inspect_llvm()
    assert re.search(r"define .*void @fn1\(", ir)
    assert "store i64" in ir


def test_inspect_llvm_optimized_has_no_stack_slot_left():
    fn = shiver.from_c(
        "long f(long n, long i) { long s = 0; for (long k = 0; k < 4; ++k) s += n * i; return s; }"
    )
    assert isinstance(fn.inspect_llvm(optimized=True), str)
    assert "alloca" not in fn.inspect_llvm(optimized=True)


def test_inspect_asm_is_assembly():
    assembly = shiver.from_c(FN1).inspect_asm()
    assert re.search(r"^\s+ret[ql]?\b", assembly, re.MULTILINE)


# ------------------------------------------------------------------ equality and hash


def test_equal_sources_give_equal_functions():
    first, second = shiver.from_c(FN1), shiver.from_c(FN1)
    assert first == second
    assert hash(first) == hash(second)
    assert len({first, second}) == 1


def test_other_functions_are_not_equal():
    first = shiver.from_c(FN1)
    assert first != shiver.from_c("void fn1(long *x, long i) { x[i] = i + 1; }")
    assert first != "fn1"
    assert {first: 1, shiver.from_c(ADD1): 2}[first] == 1


def test_two_functions_of_one_module_are_not_equal():
    module = shiver.module_from_c("int a(int x) { return x; } int b(int x) { return x; }")
    assert module["a"] != module["b"]
    assert module["a"] == module["a"]


# ------------------------------------------------------------------ travelling


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_gives_an_equal_function_that_works(protocol):
    fn = shiver.from_c(MIXED)
    back = pickle.loads(pickle.dumps(fn, protocol))
    assert back == fn and hash(back) == hash(fn)
    assert back.signature == fn.signature
    w = np.arange(7, dtype=np.float32)
    assert np.array_equal(shiver.parfor(back, 7, (w, 200)), w * 200.0)


def test_copies_are_equal():
    fn = shiver.from_c(FN1)
    assert copy.copy(fn) == fn
    assert copy.deepcopy(fn) == fn


def test_a_pickled_function_runs_in_another_process(run_python, tmp_path):
    fn = shiver.from_c(
        "static double scale(double x) { return x * 3; }"
        "double body(const double *x, unsigned char k, long i) { return scale(x[i]) + k; }",
        fastmath={"nsz"},
    )
    (tmp_path / "function.pickle").write_bytes(pickle.dumps(fn))
    done = run_python(
        """
        import pickle
        import numpy as np
        import shiver

        fn = pickle.load(open("function.pickle", "rb"))
        print(fn.signature)
        print(shiver.parfor(fn, 3, (np.arange(3.0), 200)).tolist())
        try:
            shiver.parfor(fn, 3, (np.arange(3), 200))
        except TypeError:
            print("still checks")
        """
    )
    assert done.stdout.splitlines() == [fn.signature, "[200.0, 203.0, 206.0]", "still checks"]


# ------------------------------------------------------------------ Module


def test_module_of_a_function():
    fn = shiver.from_c(FN1)
    assert isinstance(fn.module, shiver.Module)
    assert fn.module["fn1"] == fn


def test_str_of_a_module_is_its_ir():
    text = str(shiver.module_from_c(FN1 + ADD1))
    assert re.search(r"define .*@fn1\(", text) and re.search(r"define .*@add1\(", text)


def test_bitcode_of_a_module():
    bitcode = shiver.module_from_c(FN1).bitcode
    assert isinstance(bitcode, bytes)
    assert bitcode.startswith(b"BC\xc0\xde")


def test_functions_of_a_module():
    module = shiver.module_from_c(FN1 + ADD1 + "double declared(double);")
    assert {"fn1", "add1"} <= {fn.name for fn in module.functions}
    assert module["add1"] == module.get_function_named("add1")
    assert module["add1"](1) == 2


def test_an_absent_function_of_a_module_is_named():
    module = shiver.module_from_c(FN1)
    with pytest.raises((KeyError, ValueError), match="fn2"):
        module["fn2"]


def test_static_variables_are_shared_by_the_functions_of_a_module():
    module = shiver.module_from_c(
        "static long held; void put(long v) { held = v; } long get(void) { return held; }"
    )
    module["put"](17)
    assert module["get"]() == 17


def test_repr_of_a_module_names_its_functions():
    assert "fn1" in repr(shiver.module_from_c(FN1))


# ------------------------------------------------------------------ a call


def test_a_call_takes_what_parfor_takes():
    f = shiver.from_c(
        "double dot3(const double *x, const double (*m)[2]) { return x[0] * m[1][1]; }"
    )
    assert f(np.array([2.0]), np.arange(4.0).reshape(2, 2)) == 6.0
    with pytest.raises(TypeError):
        f(np.array([2]), np.arange(4.0).reshape(2, 2))
