"""llvmlite beside Shiver: its functions go straight in, and two LLVMs live in one process.

Holds promise 7 of the design and "A function built with llvmlite goes straight into `parfor`".
0.12's own way, through `shiver.empty_fn`, is in `test_compat.py`.
"""

from __future__ import annotations

import numpy as np
import pytest
from llvmlite import binding, ir

import shiver

I64, F64 = ir.IntType(64), ir.DoubleType()


def scaled(factor: float, name: str = "scaled") -> ir.Function:
    """double scaled(double* x, i64 i) { return x[i] * factor; }, in a module of its own."""
    fn = ir.Function(ir.Module(), ir.FunctionType(F64, [F64.as_pointer(), I64]), name)
    fn.args[0].name, fn.args[1].name = "x", "i"
    builder = ir.IRBuilder(fn.append_basic_block())
    element = builder.load(builder.gep(fn.args[0], [fn.args[1]]))
    builder.ret(builder.fmul(element, ir.Constant(F64, factor)))
    return fn


def test_a_function_goes_straight_into_parfor_and_run():
    x = np.arange(70.0)
    fn = scaled(1.5)
    assert np.array_equal(shiver.parfor(fn, 70, x), x * 1.5)
    assert shiver.run(fn, x, 3).as_real() == 4.5


def test_two_functions_of_one_name_are_two_functions():
    x = np.arange(5.0)
    for factor in (2.0, 3.0, 4.0):
        assert np.array_equal(shiver.parfor(scaled(factor), 5, x), x * factor)


def test_from_llvm_gives_a_function():
    fn = shiver.from_llvm(scaled(2.0))
    assert isinstance(fn, shiver.Function)
    assert fn.name == "scaled"
    assert [arg.name for arg in fn.args] == ["x", "i"]
    assert fn == shiver.from_llvm(scaled(2.0))
    assert np.array_equal(shiver.parfor(fn, 9, np.arange(9.0)), np.arange(9.0) * 2)


def two_functions() -> ir.Module:
    """A module of twice and thrice, which it calls through a helper, and of a declaration."""
    module = ir.Module()
    kind = ir.FunctionType(I64, [I64])
    ir.Function(module, kind, "elsewhere")
    helper = ir.Function(module, kind, "helper")
    helper.linkage = "internal"
    made = [helper]
    for name, factor in (("twice", 2), ("thrice", 3)):
        fn = ir.Function(module, kind, name)
        builder = ir.IRBuilder(fn.append_basic_block())
        builder.ret(builder.call(helper, [builder.mul(fn.args[0], I64(factor))]))
        made.append(fn)
    builder = ir.IRBuilder(helper.append_basic_block())
    builder.ret(helper.args[0])
    return module


def test_a_module_that_was_built():
    module = two_functions()
    assert shiver.from_llvm(module, "thrice")(5) == 15
    assert shiver.from_llvm(module, "twice")(5) == 10
    for call in (shiver.from_llvm, lambda module: shiver.parfor(module, 3)):
        with pytest.raises(ValueError, match="one of: twice, thrice"):
            call(module)
    with pytest.raises(ValueError, match="did you mean 'thrice'"):
        shiver.from_llvm(module, "thrise")
    with pytest.raises(ValueError, match="helper"):
        shiver.from_llvm(module, "helper")
    one = scaled(2.5).module
    assert np.array_equal(shiver.parfor(one, 4, np.arange(4.0)), np.arange(4.0) * 2.5)


def test_what_llvmlites_llvm_has_parsed():
    module = binding.parse_assembly(str(two_functions()))
    assert shiver.from_llvm(module, "thrice")(5) == 15
    with pytest.raises(ValueError, match="one of: twice, thrice"):
        shiver.from_llvm(module)
    value = module.get_function("twice")
    assert shiver.from_llvm(value)(5) == 10
    assert shiver.parfor(value, 3).tolist() == [0, 2, 4]
    assert shiver.from_llvm(value, "twice")(5) == 10
    with pytest.raises(ValueError, match="'twice' alone"):
        shiver.from_llvm(value, "thrice")
    with pytest.raises(ValueError, match="elsewhere"):
        shiver.from_llvm(module.get_function("elsewhere"))
    text = "@number = global i64 3\n define i64 @f(i64 %i) { ret i64 %i }"
    module = binding.parse_assembly(text)
    with pytest.raises(TypeError, match="a body is a function"):
        shiver.from_llvm(module.get_global_variable("number"))


def test_a_function_that_was_changed_is_compiled_again():
    fn = scaled(2.0)
    x = np.arange(4.0)
    assert np.array_equal(shiver.parfor(fn, 4, x), x * 2)
    [multiply] = [i for i in fn.blocks[0].instructions if getattr(i, "opname", "") == "fmul"]
    multiply.operands = (multiply.operands[0], ir.Constant(F64, 7.0))
    multiply._clear_string_cache()
    assert np.array_equal(shiver.parfor(fn, 4, x), x * 7)


def test_pointers_of_which_llvmlite_was_told_nothing():
    kind = ir.FunctionType(F64, [ir.PointerType(), I64])
    fn = ir.Function(ir.Module(), kind, "f")
    fn.args[0].name = "x"
    builder = ir.IRBuilder(fn.append_basic_block())
    place = builder.gep(fn.args[0], [fn.args[1]], source_etype=F64)
    builder.ret(builder.load(place, typ=F64))
    assert "float64* x /* inferred" in shiver.from_llvm(fn).signature
    declared = shiver.from_llvm(fn, argtypes=["float64*", "uint64"])
    assert declared.signature.startswith("float64 f(float64* x, uint64")


def test_argtypes_and_fastmath():
    fn = shiver.from_llvm(scaled(2.0), argtypes=["const float64*", None], fastmath={"nsz"})
    assert fn.signature == "float64 scaled(const float64* x, int64 i)"
    assert "fmul nsz double" in fn.inspect_llvm()
    with pytest.raises(TypeError, match=r"argtypes\[1\].*'i'"):
        shiver.from_llvm(scaled(2.0), argtypes=["float64*", "float64"])


def test_from_llvm_of_something_else_is_a_type_error():
    for other in (None, 3.5, object()):
        with pytest.raises(TypeError):
            shiver.from_llvm(other)


def test_typed_pointers_are_checked():
    with pytest.raises(TypeError, match="x"):
        shiver.parfor(scaled(2.0), 5, np.arange(5))
    with pytest.raises(TypeError):
        shiver.parfor(scaled(2.0), 5)


def test_an_inner_loop_of_basic_blocks():
    fn = ir.Function(ir.Module(), ir.FunctionType(I64, [I64, I64]), "power")
    base, n = fn.args
    entry, head, body, end = (fn.append_basic_block(name) for name in ("a", "b", "c", "d"))
    ir.IRBuilder(entry).branch(head)
    builder = ir.IRBuilder(head)
    k, product = builder.phi(I64), builder.phi(I64)
    builder.cbranch(builder.icmp_signed("<", k, n), body, end)
    builder = ir.IRBuilder(body)
    next_k, next_product = builder.add(k, I64(1)), builder.mul(product, base)
    builder.branch(head)
    for phi, first, later in ((k, 0, next_k), (product, 1, next_product)):
        phi.add_incoming(I64(first), entry)
        phi.add_incoming(later, body)
    ir.IRBuilder(end).ret(product)
    assert shiver.parfor(fn, 20, 3).tolist() == [3**n for n in range(20)]


def test_import_shiver_imports_no_llvmlite_and_no_numba(run_python):
    run_python(
        """
        import sys
        import shiver
        fn = shiver.from_c("long f(long i) { return i; }")
        shiver.parfor(fn, 5)
        assert "llvmlite" not in sys.modules and "numba" not in sys.modules
        """
    )


BOTH = """
    import ctypes
    {imports}
    import numpy as np

    def through_llvmlite():
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        module = llvm.parse_assembly(
            "define i64 @triple(i64 %x) {{ %y = mul i64 %x, 3  ret i64 %y }}")
        machine = llvm.Target.from_default_triple().create_target_machine()
        engine = llvm.create_mcjit_compiler(module, machine)
        engine.finalize_object()
        call = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)
        return engine, call(engine.get_function_address("triple"))

    def through_shiver(k):
        fn = shiver.from_c("#include <math.h>\\ndouble f(const double *x, long i)"
                           f" {{{{ return sqrt(x[i]) + {{k}}; }}}}")
        x = np.arange(1000.0)
        assert np.array_equal(shiver.parfor(fn, 1000, x, num_threads=2), np.sqrt(x) + k)

    for k in range(3):
        through_shiver(k)
        engine, triple = through_llvmlite()
        assert triple(14) == 42
        through_shiver(k + 10)
    try:
        llvm.parse_assembly("this is no IR")
    except RuntimeError:
        pass
    try:
        shiver.from_c("this is no C")
    except shiver.CompileError:
        pass
    print("both")
"""


@pytest.mark.parametrize(
    "imports",
    [
        "import shiver; import llvmlite.binding as llvm",
        "import llvmlite.binding as llvm; import shiver",
    ],
    ids=["shiver first", "llvmlite first"],
)
def test_both_in_one_process(run_python, imports):
    assert run_python(BOTH.format(imports=imports)).stdout == "both\n"


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_integers_without_a_sign_take_arrays_of_either(bits):
    fn = shiver.empty_fn(
        f"inc{bits}", [("x", ir.IntType(bits).as_pointer()), ("i", ir.IntType(64))]
    )
    builder = ir.IRBuilder(fn.append_basic_block())
    place = builder.gep(fn.args[0], [fn.args[1]])
    builder.store(builder.add(builder.load(place), ir.Constant(ir.IntType(bits), 1)), place)
    builder.ret_void()
    for dtype in (f"int{bits}", f"uint{bits}"):
        x = np.arange(10, dtype=dtype)
        shiver.parfor(fn, 10, x)
        assert (x == np.arange(1, 11)).all()
    with pytest.raises(TypeError, match="dtype"):
        shiver.parfor(fn, 10, np.zeros(10, dtype="float64"))


def test_what_is_only_read_is_const():
    i64 = ir.IntType(64)
    kind = ir.FunctionType(ir.VoidType(), [i64.as_pointer(), i64.as_pointer(), i64])
    fn = ir.Function(ir.Module(), kind, "copy")
    x, y, i = fn.args
    builder = ir.IRBuilder(fn.append_basic_block())
    builder.store(builder.load(builder.gep(x, [i])), builder.gep(y, [i]))
    builder.ret_void()
    source, target = np.arange(5), np.zeros(5, dtype=int)
    source.flags.writeable = False
    shiver.parfor(fn, 5, (source, target))
    assert (target == source).all()
    with pytest.raises(ValueError, match="argument 2 of copy is read-only"):
        shiver.parfor(fn, 5, (target, source))
