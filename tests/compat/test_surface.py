"""What Shiver 0.12 offered and still works.

Holds "Kept from 0.12" of the contract. llvmlite is installed with the test extras, so the types
here are llvmlite's.
"""

from __future__ import annotations

import ctypes
import re

import numpy as np
import pytest
from llvmlite import ir

import shiver
from shiver import GenericValue, llvm_helpers, type_helpers

INTEGERS = {
    8: (shiver.ty_int8, np.int8, ctypes.c_int8),
    16: (shiver.ty_int16, np.int16, ctypes.c_int16),
    32: (shiver.ty_int32, np.int32, ctypes.c_int32),
    64: (shiver.ty_int64, np.int64, ctypes.c_int64),
}
FLOATS = {
    32: (shiver.ty_float32, np.float32, ctypes.c_float),
    64: (shiver.ty_float64, np.float64, ctypes.c_double),
}
SCALARS = list(INTEGERS.values()) + list(FLOATS.values())
POINTERS = [
    (shiver.ty_ptr_int8, np.int8, ctypes.c_int8),
    (shiver.ty_ptr_int16, np.int16, ctypes.c_int16),
    (shiver.ty_ptr_int32, np.int32, ctypes.c_int32),
    (shiver.ty_ptr_int64, np.int64, ctypes.c_int64),
    (shiver.ty_ptr_float32, np.float32, ctypes.c_float),
    (shiver.ty_ptr_float64, np.float64, ctypes.c_double),
]


# ------------------------------------------------------------------ GenericValue


@pytest.mark.parametrize("ty, value", [(shiver.ty_int8, 100), (shiver.ty_int64, 2**62)])
def test_generic_int(ty, value):
    gv = GenericValue.int(ty, value)
    assert gv.as_int() == gv.as_int_signed() == int(gv) == value


def test_generic_int_of_a_negative_number():
    gv = GenericValue.int_signed(shiver.ty_int32, -5)
    assert gv.as_int_signed() == -5
    assert gv.as_int() == 2**32 - 5


def test_generic_real():
    gv = GenericValue.real(shiver.ty_float64, 0.1)
    assert gv.as_real() == gv.as_real(shiver.ty_float64) == float(gv) == 0.1
    assert gv.as_real(ty=shiver.ty_float64) == 0.1


def test_generic_real_of_single_precision():
    assert GenericValue.real(shiver.ty_float32, 0.1).as_real() == float(np.float32(0.1))


def test_generic_pointer():
    x = np.zeros(3)
    gv = GenericValue.pointer(x.ctypes.data)
    assert gv.as_pointer() == x.ctypes.data


def test_generic_values_compare():
    one = GenericValue.int(shiver.ty_int32, 1)
    assert one == GenericValue.int(shiver.ty_int32, 1)
    assert one != GenericValue.int(shiver.ty_int32, 2)
    assert GenericValue.real(shiver.ty_float64, 0.5) == GenericValue.real(shiver.ty_float64, 0.5)
    assert GenericValue.pointer(64) != GenericValue.pointer(65)


def test_generic_value_tells_what_it_is():
    assert "42" in repr(GenericValue.int(shiver.ty_int32, 42))


# ------------------------------------------------------------------ constants


def test_constants():
    for constant, ty, value in [
        (shiver.const_int(3), shiver.ty_int64, 3),
        (shiver.const_int(3, shiver.ty_int8), shiver.ty_int8, 3),
        (shiver.const_float(0.5), shiver.ty_float64, 0.5),
        (shiver.const_float(0.5, shiver.ty_float32), shiver.ty_float32, 0.5),
        (shiver.const(7), shiver.ty_int64, 7),
        (shiver.const(2.5), shiver.ty_float64, 2.5),
    ]:
        assert isinstance(constant, ir.Constant)
        assert constant.type == ty
        assert constant.constant == value


# ------------------------------------------------------------------ types


def test_types_are_llvmlites():
    assert shiver.ty_void == ir.VoidType()
    assert all(ty == ir.IntType(bits) for bits, (ty, _, _) in INTEGERS.items())
    assert shiver.ty_float32 == ir.FloatType()
    assert shiver.ty_float64 == ir.DoubleType()
    assert all(isinstance(ty, ir.PointerType) for ty, _, _ in POINTERS)


def test_kinds_of_types():
    pointers = [ty for ty, _, _ in POINTERS]
    integers = [ty for ty, _, _ in INTEGERS.values()]
    floats = [ty for ty, _, _ in FLOATS.values()]
    everything = [shiver.ty_void, *pointers, *integers, *floats]
    assert [ty for ty in everything if shiver.is_llvm_ptr_type(ty)] == pointers
    assert [ty for ty in everything if shiver.is_llvm_int_type(ty)] == integers
    assert [ty for ty in everything if shiver.is_llvm_float_type(ty)] == floats


@pytest.mark.parametrize("ty, scalar, ctype", SCALARS)
def test_scalar_types_there_and_back(ty, scalar, ctype):
    assert shiver.python_to_lltype(scalar) == ty
    assert shiver.python_to_lltype(np.dtype(scalar)) == ty
    assert shiver.lltype_to_dtype(ty) == np.dtype(scalar)
    assert np.dtype(shiver.lltype_to_numpy_type(ty)) == np.dtype(scalar)
    assert shiver.lltype_to_ctype(ty) is ctype


def test_types_of_python():
    assert shiver.python_to_lltype(int) == shiver.ty_int64
    assert shiver.python_to_lltype(float) == shiver.ty_float64
    assert shiver.python_to_lltype(bool) == shiver.ty_int8
    assert shiver.python_to_lltype(np.uint16) == shiver.ty_int16


@pytest.mark.parametrize("ty, scalar, ctype", POINTERS)
def test_pointer_types(ty, scalar, ctype):
    assert shiver.python_to_lltype([scalar]) == ty
    assert shiver.lltype_to_ctype(ty) is ctypes.POINTER(ctype)


def test_ctypes_of_void_and_of_functions():
    assert shiver.lltype_to_ctype(shiver.ty_void) is None
    ty = ir.FunctionType(shiver.ty_int32, [shiver.ty_int64, shiver.ty_float64])
    prototype = shiver.lltype_to_ctype(ty)
    assert prototype._restype_ is ctypes.c_int32
    assert list(prototype._argtypes_) == [ctypes.c_int64, ctypes.c_double]


@pytest.mark.parametrize(
    "dtype, name",
    [("int8", "char"), ("int16", "int16_t"), ("int32", "int"), ("int64", "long"),
     ("float32", "float"), ("float64", "double")],
)  # fmt: skip
def test_names_of_dtypes_in_c(dtype, name):
    assert shiver.dtype_to_ctype_name(np.dtype(dtype)) == name


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64"])
def test_unsigned_dtypes_have_unsigned_names(dtype):
    name = shiver.dtype_to_ctype_name(np.dtype(dtype))
    f = shiver.from_c(f"#include <stdint.h>\n{name} f(const {name} *x, long i) {{ return x[i]; }}")
    x = np.array([0, np.iinfo(dtype).max], dtype=dtype)
    got = shiver.parfor(f, 2, x)
    assert got.dtype == x.dtype
    assert np.array_equal(got, x)


# ------------------------------------------------------------------ functions built by hand


def build(name: str, types, output=shiver.ty_void, module=None) -> tuple[ir.Function, ir.IRBuilder]:
    fn = shiver.empty_fn(name, types, output, module)
    return fn, ir.IRBuilder(fn.append_basic_block("entry"))


def test_identity_as_0_12s_own_tests_built_it():
    fn, builder = build("ident", (shiver.ty_int64,), shiver.ty_int64)
    builder.ret(fn.args[0])
    assert isinstance(fn, ir.Function)
    assert shiver.parfor(fn, 10).tolist() == list(range(10))
    assert shiver.run(fn, 7).as_int() == 7


def test_names_of_arguments():
    fn, builder = build(
        "named", [("x", shiver.ty_ptr_float64), shiver.ty_int64, ["k", shiver.ty_int8]]
    )
    builder.ret_void()
    assert [arg.name for arg in fn.args] == ["x", "arg2", "k"]


def test_a_body_that_fills_an_array():
    fn, builder = build("fill", [("x", shiver.ty_ptr_float64), ("i", shiver.ty_int64)])
    x, i = fn.args
    value = builder.fmul(builder.sitofp(i, shiver.ty_float64), shiver.const_float(0.5))
    builder.store(value, builder.gep(x, [i]))
    builder.ret_void()
    data = np.zeros(50)
    assert shiver.parfor(fn, 50, fixed_args=[data]) is None
    assert np.array_equal(data, np.arange(50) * 0.5)
    with pytest.raises(TypeError):
        shiver.parfor(fn, 50, fixed_args=[np.zeros(50, dtype=np.int32)])


def test_the_default_module_is_shared_and_a_taken_name_gets_a_suffix():
    first, builder = build("taken", [shiver.ty_int64], shiver.ty_int64)
    builder.ret(first.args[0])
    second, builder = build("taken", [shiver.ty_int64], shiver.ty_int64)
    builder.ret(builder.add(second.args[0], shiver.const_int(100)))
    assert first.module is second.module is shiver.shared_module
    assert first.name == "taken" != second.name and second.name.startswith("taken")
    assert shiver.parfor(first, 3).tolist() == [0, 1, 2]
    assert shiver.parfor(second, 3).tolist() == [100, 101, 102]


def test_functions_of_the_shared_module_call_each_other():
    square, builder = build("square_of", [shiver.ty_float64], shiver.ty_float64)
    builder.ret(builder.fmul(square.args[0], square.args[0]))
    caller, builder = build("caller_of", [shiver.ty_float64, shiver.ty_int64], shiver.ty_float64)
    x, i = caller.args
    builder.ret(builder.fadd(builder.call(square, [x]), builder.sitofp(i, shiver.ty_float64)))
    assert shiver.parfor(caller, 3, 1.5).tolist() == [2.25, 3.25, 4.25]


def test_an_unfinished_neighbour_is_not_taken_along():
    shiver.empty_fn("never_finished", [shiver.ty_int64]).append_basic_block("entry")
    fn, builder = build("finished", [shiver.ty_int64], shiver.ty_int64)
    builder.ret(fn.args[0])
    assert shiver.parfor(fn, 3).tolist() == [0, 1, 2]


def test_a_module_of_ones_own():
    module = ir.Module("mine")
    fn, builder = build("own", [shiver.ty_int32], shiver.ty_int32, module)
    builder.ret(fn.args[0])
    assert fn.module is module
    assert shiver.parfor(fn, 3).tolist() == [0, 1, 2]


# ------------------------------------------------------------------ options


def test_ee_is_ignored_with_a_warning():
    identity = shiver.from_c("long identity(long i) { return i; }")
    with pytest.warns(DeprecationWarning, match="ee"):
        assert shiver.parfor(identity, 3, ee=object()).tolist() == [0, 1, 2]
    with pytest.warns(DeprecationWarning, match="ee"):
        assert shiver.run(identity, 3, ee=object()).as_int() == 3


# ------------------------------------------------------------------ the old modules


def test_names_of_the_old_modules():
    for name in (
        "get_fn_ptr return_type input_types input_names optimize const const_int const_float"
        " empty_fn from_c module_from_c"
    ).split():
        assert callable(getattr(llvm_helpers, name)), name
    assert llvm_helpers.from_c is shiver.from_c
    for name in (
        "python_to_lltype lltype_to_dtype lltype_to_numpy_type lltype_to_ctype"
        " dtype_to_ctype_name is_llvm_float_type is_llvm_int_type is_llvm_ptr_type"
    ).split():
        assert getattr(type_helpers, name) is getattr(shiver, name), name
    for name in filter(re.compile("ty_").match, dir(shiver)):
        assert getattr(type_helpers, name) == getattr(shiver, name), name


@pytest.mark.parametrize("made_by", ["from_c", "empty_fn"])
def test_helpers_on_a_function(made_by):
    if made_by == "from_c":
        fn = shiver.from_c("int plus(int x, double y) { return x + (int)y; }")
    else:
        types = [("x", shiver.ty_int32), ("y", shiver.ty_float64)]
        fn, builder = build("plus_by_hand", types, shiver.ty_int32)
        builder.ret(builder.add(fn.args[0], builder.fptosi(fn.args[1], shiver.ty_int32)))
    assert llvm_helpers.return_type(fn) == shiver.ty_int32
    assert list(llvm_helpers.input_types(fn)) == [shiver.ty_int32, shiver.ty_float64]
    assert list(llvm_helpers.input_names(fn)) == ["x", "y"]
    llvm_helpers.optimize(fn)
    assert llvm_helpers.get_fn_ptr(fn)(3, 4.5) == 7


@pytest.mark.parametrize(
    "ctype, value, want",
    [
        ("signed char", shiver.GenericValue.int(shiver.ty_int8, 255), -1),
        ("unsigned char", shiver.GenericValue.int_signed(shiver.ty_int8, -1), 255),
        ("char", shiver.GenericValue.int(shiver.ty_int8, 200), -56),
        ("int", shiver.GenericValue.int(shiver.ty_int32, 2**32 - 1), -1),
        ("unsigned", shiver.GenericValue.int(shiver.ty_int32, -1), 2**32 - 1),
        ("long", shiver.GenericValue.int(shiver.ty_int64, 2**64 - 1), -1),
        ("unsigned long", shiver.GenericValue.int(shiver.ty_int64, -1), 2**64 - 1),
        ("long", shiver.GenericValue.int(shiver.ty_int32, 2**32 - 1), 2**32 - 1),
    ],
)
def test_a_generic_integer_of_the_parameters_width_passes_its_bits(ctype, value, want):
    assert shiver.from_c(f"{ctype} same({ctype} x) {{ return x; }}")(value) == want


def test_a_generic_integer_of_another_width_must_fit():
    same = shiver.from_c("int same(int x) { return x; }")
    with pytest.raises(OverflowError):
        same(shiver.GenericValue.int(shiver.ty_int64, 2**64 - 1))
