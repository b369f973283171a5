"""What `from_pointer` reads of the objects of ctypes, cffi, SciPy, Cython and numba.

Each object is a real one, made by its own library; what cannot be called is refused by name.
"""

from __future__ import annotations

import ctypes
import importlib.util
import subprocess
import sys
import sysconfig

import numpy as np
import pytest
from scipy import LowLevelCallable
from scipy.special import cython_special

import shiver

pytestmark = pytest.mark.toolchain

CDOUBLE, CLONG, VOIDP = ctypes.c_double, ctypes.c_long, ctypes.c_void_p


def load(name: str, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def libm() -> ctypes.CDLL:
    return ctypes.CDLL("libm.so.6")


@pytest.fixture
def ldexp(libm):
    """A function of a library, with its types."""
    kind = ctypes.CFUNCTYPE(CDOUBLE, CDOUBLE, ctypes.c_int)
    return kind(("ldexp", libm))


def is_ldexp(fn) -> bool:
    return shiver.parfor(fn, 4, 1.5).tolist() == [1.5, 3, 6, 12]


# ------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    "made", [int, np.uint64, ctypes.c_void_p, shiver.GenericValue.pointer], ids=lambda f: f.__name__
)
def test_addresses(ldexp, made):
    address = ctypes.cast(ldexp, VOIDP).value
    fn = shiver.from_pointer(made(address), "double ldexp(double x, int e)")
    assert is_ldexp(fn)
    assert fn == shiver.from_pointer(address, "double ldexp(double x, int e)")


@pytest.mark.parametrize(
    "p, error, words",
    [
        (0, ValueError, "null"),
        (ctypes.c_void_p(), ValueError, "null"),
        (ctypes.CFUNCTYPE(None)(), ValueError, "null"),
        (-1, OverflowError, "64 bits"),
        (1 << 64, OverflowError, "64 bits"),
        (True, TypeError, "builtins.bool"),
        (1.0, TypeError, "builtins.float"),
        (None, TypeError, "NoneType"),
        ("cos", TypeError, "builtins.str"),
        (len, TypeError, "numba.cfunc"),
        (lambda i: i, TypeError, "numba.cfunc"),
        (ctypes.CFUNCTYPE(None), TypeError, "from_pointer takes"),
        (ctypes.c_double(1), TypeError, "from_pointer takes"),
    ],
    ids=repr,
)
def test_what_is_no_function_is_refused(p, error, words):
    with pytest.raises(error, match=words):
        shiver.from_pointer(p, "void f(long i)")


def test_a_function_of_ours_needs_no_pointer():
    with pytest.raises(TypeError, match="already"):
        shiver.from_pointer(shiver.from_c("long f(long i) { return i; }"), "long f(long i)")


# ------------------------------------------------------------------ ctypes


def test_a_ctypes_function_tells_its_types(ldexp):
    assert is_ldexp(shiver.from_pointer(ldexp))
    assert is_ldexp(shiver.from_pointer(ldexp, "double ldexp(double x, int e)"))


def test_a_function_of_a_library_has_to_be_told_its_types(libm):
    libm.ldexp.argtypes = None
    with pytest.raises(TypeError, match=r"ctypes function ldexp .*argtypes"):
        shiver.from_pointer(libm.ldexp)
    assert is_ldexp(shiver.from_pointer(libm.ldexp, "double ldexp(double, int)"))
    # The result is what ctypes assumes of all, and so says nothing.
    libm.ldexp.argtypes = [CDOUBLE, ctypes.c_int]
    assert is_ldexp(shiver.from_pointer(libm.ldexp, "double ldexp(double, int)"))
    libm.ldexp.restype = CDOUBLE
    assert shiver.from_pointer(libm.ldexp).signature == "float64 ldexp(float64, int32)"


class Point(ctypes.Structure):
    pass


Point._fields_ = [("x", CDOUBLE), ("tags", ctypes.c_short * 3), ("next", ctypes.POINTER(Point))]


class Packed(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("c", ctypes.c_char), ("x", CDOUBLE)]


class Bits(ctypes.Structure):
    _fields_ = [("a", ctypes.c_int, 3), ("b", ctypes.c_int, 5)]


class Either(ctypes.Union):
    _fields_ = [("i", ctypes.c_int), ("x", CDOUBLE)]


POINTERS = [
    (ctypes.POINTER(CDOUBLE), "float64*"),
    (ctypes.POINTER(ctypes.POINTER(ctypes.c_uint8)), "uint8**"),
    (CDOUBLE * 4, "float64*"),
    (ctypes.POINTER(ctypes.c_int * 3), "int32 (*)[3]"),
    (ctypes.c_void_p, "void*"),
    (ctypes.c_char_p, "char*"),
    (ctypes.POINTER(Point), "struct Point*"),
    (ctypes.POINTER(Packed), "struct Packed*"),
    (ctypes.POINTER(Bits), "struct Bits*"),
    (ctypes.POINTER(Either), "struct Either*"),
    (np.ctypeslib.ndpointer(np.float32), "float32*"),
    (np.ctypeslib.ndpointer(), "void*"),
    (ctypes.c_bool, "bool"),
    (ctypes.c_char, "char"),
    (ctypes.c_byte, "int8"),
    (ctypes.c_ubyte, "uint8"),
    (ctypes.c_short, "int16"),
    (ctypes.c_ushort, "uint16"),
    (ctypes.c_int, "int32"),
    (ctypes.c_uint, "uint32"),
    (ctypes.c_long, "int64"),
    (ctypes.c_ulonglong, "uint64"),
    (ctypes.c_size_t, "uint64"),
    (ctypes.c_float, "float32"),
    (ctypes.c_double, "float64"),
]


@pytest.mark.parametrize("kind, printed", POINTERS, ids=lambda v: getattr(v, "__name__", v))
def test_each_type_of_ctypes(libm, kind, printed):
    function = ctypes.CDLL("libm.so.6").nearbyint
    function.argtypes, function.restype = [kind, CLONG], None
    assert shiver.from_pointer(function).signature == f"void nearbyint({printed}, int64)"


def test_structs_of_ctypes_lie_as_they_do_there():
    function = ctypes.CDLL("libm.so.6").nearbyint
    function.argtypes = [ctypes.POINTER(Point), ctypes.POINTER(Packed)]
    point, packed = shiver.from_pointer(function).args
    assert point.dtype is None  # It points to its own kind.
    assert packed.dtype is None

    class Flat(ctypes.Structure):
        _fields_ = [("c", ctypes.c_char), ("x", CDOUBLE), ("n", ctypes.c_short * 3)]

    function.argtypes = [ctypes.POINTER(Flat)]
    (flat,) = shiver.from_pointer(function).args
    offsets = {name: offset for name, (_, offset) in flat.dtype.fields.items()}
    assert offsets == {"c": 0, "x": 8, "n": 16} and flat.dtype.itemsize == ctypes.sizeof(Flat)


@pytest.mark.parametrize(
    "argtypes, restype, words",
    [
        ([Point], None, "parameter number 1 is the struct or union Point by value"),
        ([CDOUBLE, Either], None, "parameter number 2 is the struct or union Either by value"),
        ([], Point, "the result is the struct or union Point by value"),
        ([ctypes.c_longdouble], None, "long double"),
        ([ctypes.py_object], None, "interpreter's lock"),
        ([], ctypes.py_object, "interpreter's lock"),
    ],
)
def test_types_of_ctypes_that_are_refused(argtypes, restype, words):
    function = ctypes.CDLL("libm.so.6").nearbyint
    function.argtypes, function.restype = argtypes, restype
    with pytest.raises(TypeError, match=words):
        shiver.from_pointer(function)


def test_functions_of_pythons_own_interface_are_refused():
    for function in (ctypes.pythonapi.PyLong_FromLong, ctypes.PYFUNCTYPE(CLONG, CLONG)(len)):
        with pytest.raises(TypeError, match="Python's own interface.*interpreter's lock"):
            shiver.from_pointer(function, "void *f(long)")


# ------------------------------------------------------------------ what disagrees


@pytest.mark.parametrize(
    "signature, words",
    [
        ("float f(double x, int e)", "the result is float32 .*float64"),
        ("double f(float x, int e)", "parameter x is float32 .*float64"),
        ("double f(double, long)", "parameter 2 is int64 .*int32"),
        ("double f(double, unsigned)", "parameter 2 is uint32 .*int32"),
        ("double f(double *x, int e)", r"parameter x is float64\* .*float64"),
        ("double f(double)", "takes 2 arguments, and .* 1"),
        ("void f(double, int)", "the result is void .*float64"),
    ],
)
def test_a_signature_that_disagrees_with_the_object(ldexp, signature, words):
    with pytest.raises(TypeError, match=words):
        shiver.from_pointer(ldexp, signature)


@pytest.mark.parametrize(
    "argtype, good, bad",
    [
        (ctypes.POINTER(CDOUBLE), "const double *", "const float *"),
        (ctypes.POINTER(CDOUBLE), "double x[4]", "int x[4]"),
        (ctypes.POINTER(CDOUBLE), "void *", "double **"),
        (ctypes.c_void_p, "const float *", "double"),
        (ctypes.c_char_p, "const signed char *", "const short *"),
        (ctypes.c_longlong, "int64_t", "uint64_t"),
    ],
)
def test_how_far_pointers_have_to_agree(argtype, good, bad):
    function = ctypes.CDLL("libm.so.6").nearbyint
    function.argtypes, function.restype = [argtype], None
    shiver.from_pointer(function, f"void f({good})")
    with pytest.raises(TypeError, match="parameter (1|x)"):
        shiver.from_pointer(function, f"void f({bad})")


# ------------------------------------------------------------------ cffi

CFFI_TYPES = """
    typedef struct { double x; int n; } point;
    double scale(const double *x, double by, long i);
    void count(point *p, long i);
    float _Complex turn(float _Complex z, unsigned char quarters);
    long mean(point p);
    int sum(int count, ...);
    double nothing(void);
"""


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """A module in cffi's API mode."""
    import cffi

    ffi = cffi.FFI()
    ffi.cdef(CFFI_TYPES)
    source = """
        typedef struct { double x; int n; } point;
        double scale(const double *x, double by, long i) { return x[i] * by; }
        void count(point *p, long i) { p[i].n++; }
        float _Complex turn(float _Complex z, unsigned char quarters) {
            for (; quarters; quarters--) z *= (float _Complex)_Complex_I;
            return z;
        }
        long mean(point p) { return p.n; }
        int sum(int count, ...) { return count; }
        double nothing(void) { return 7; }
    """
    ffi.set_source("compiled_by_cffi", "#include <complex.h>\n" + source)
    folder = tmp_path_factory.mktemp("cffi")
    return load("compiled_by_cffi", ffi.compile(str(folder)))


def test_cffi_in_api_mode(compiled):
    scale = shiver.from_pointer(compiled.lib.scale)
    assert scale.signature == "float64 scale(float64*, float64, int64)"
    assert shiver.parfor(scale, 3, (np.arange(3.0), 2.0)).tolist() == [0, 2, 4]
    same = compiled.ffi.addressof(compiled.lib, "scale")
    text = "double scale(const double *x, double by, long i)"
    assert shiver.from_pointer(same, text) == shiver.from_pointer(compiled.lib.scale, text)
    points = np.zeros(3, dtype=np.dtype([("x", "f8"), ("n", "i4")], align=True))
    shiver.parfor(shiver.from_pointer(compiled.lib.count), 3, points)
    assert points["n"].tolist() == [1, 1, 1]
    assert shiver.from_pointer(compiled.lib.turn)(1 + 2j, 1) == (1 + 2j) * 1j
    assert shiver.from_pointer(compiled.lib.nothing)() == 7


def test_cffi_functions_that_are_refused(compiled):
    with pytest.raises(shiver.SignatureError, match="point by value"):
        shiver.from_pointer(compiled.lib.mean)
    with pytest.raises(shiver.SignatureError, match="variable arguments"):
        shiver.from_pointer(compiled.lib.sum)
    with pytest.raises(TypeError, match="not the pointer"):
        shiver.from_pointer(compiled.ffi.new("double *"), "double f(long)")
    with pytest.raises(TypeError, match="parameter 2 is float32"):
        shiver.from_pointer(compiled.lib.scale, "double(const double *, float, long)")


def test_cffi_in_abi_mode_and_its_callbacks():
    import cffi

    ffi = cffi.FFI()
    ffi.cdef("double ldexp(double, int); enum sign { MINUS = -1 }; typedef double row[3];")
    libm = ffi.dlopen("libm.so.6")
    assert is_ldexp(shiver.from_pointer(libm.ldexp))
    assert is_ldexp(shiver.from_pointer(ffi.cast("void *", libm.ldexp), "double(double, int)"))
    square = ffi.callback("long(long)", lambda i: i * i)
    assert shiver.parfor(shiver.from_pointer(square), 4).tolist() == [0, 1, 4, 9]
    for declared, printed in [
        ("void(*)(enum sign, _Bool, uint8_t, char *)", "(int32, bool, uint8, char*)"),
        ("void(*)(row, row *, int(*)(int))", "(float64*, float64 (*)[3], void (void)*)"),
        ("void(*)(double _Complex, wchar_t, ssize_t)", "(complex128, int32, int64)"),
    ]:
        fn = shiver.from_pointer(ffi.cast(declared, libm.ldexp))
        assert fn.signature == f"void function{printed}"
    with pytest.raises(ValueError, match="null"):
        shiver.from_pointer(ffi.cast("double(*)(double)", 0))


# ------------------------------------------------------------------ capsules, Cython

CYTHON = """
# cython: language_level=3

cdef double half(double x, long i) noexcept nogil:
    return x + i / 2.0

cpdef double twice(double x) noexcept nogil:
    return 2 * x

cdef void fill(double *x, Py_ssize_t i) noexcept nogil:
    x[i] = i

cdef double complex turn(double complex z) noexcept nogil:
    return z * 1j

cdef double shifted(double x, void *by) noexcept nogil:
    return x + (<double *>by)[0]

cdef object thing(object x):
    return x

__pyx_used = (<size_t>&half, <size_t>&fill, <size_t>&turn, <size_t>&shifted, <size_t>&thing)
"""


@pytest.fixture(scope="session")
def cython(tmp_path_factory):
    """The capsules of a module that Cython compiled."""
    folder = tmp_path_factory.mktemp("cython")
    (folder / "of_cython.pyx").write_text(CYTHON, encoding="utf-8")
    names = ["double half(double x, long i) noexcept nogil", "double twice(double x) noexcept nogil",
             "void fill(double *x, Py_ssize_t i) noexcept nogil",
             "double complex turn(double complex z) noexcept nogil",
             "double shifted(double x, void *by) noexcept nogil", "object thing(object x)"]  # fmt: skip
    # What a .pxd declares is exported.
    declared = "\n".join(f"{'cpdef' if 'twice' in n else 'cdef'} {n}" for n in names)
    (folder / "of_cython.pxd").write_text(declared + "\n", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "cython", "-3", "of_cython.pyx"], cwd=folder, check=True)
    library = folder / f"of_cython{sysconfig.get_config_var('EXT_SUFFIX')}"
    include = sysconfig.get_path("include")
    subprocess.run(
        ["cc", "-O1", "-shared", "-fPIC", f"-I{include}", "-o", library, "of_cython.c"],
        cwd=folder,
        check=True,
    )
    return load("of_cython", library).__pyx_capi__


def test_what_cython_exports(cython):
    half = shiver.from_pointer(cython["half"])
    assert half.signature == "float64 function(float64, int64)"
    assert shiver.parfor(half, 3, 1.0).tolist() == [1, 1.5, 2]
    assert shiver.from_pointer(cython["half"], "double half(double x, long i)").name == "half"
    x = np.zeros(5)
    shiver.parfor(shiver.from_pointer(cython["fill"], "void fill(double *x, long i)"), 5, x)
    assert x.tolist() == [0, 1, 2, 3, 4]
    assert shiver.from_pointer(cython["turn"])(1 + 2j) == -2 + 1j
    with pytest.raises(TypeError, match="Python's objects.*lock"):
        shiver.from_pointer(cython["thing"])
    with pytest.raises(TypeError, match="parameter x is float32"):
        shiver.from_pointer(cython["half"], "double half(float x, long i)")


def test_what_cython_adds_to_a_cpdef_function_is_passed(cython):
    assert shiver.from_pointer(cython["twice"]).signature == "float64 function(float64)"
    assert shiver.from_pointer(cython["twice"])(4.0) == 8.0
    j0 = shiver.from_pointer(cython_special.__pyx_capi__["j0"], "double j0(double x)")
    values = np.linspace(0, 20, 7)
    assert [j0(x) for x in values] == [cython_special.j0(x) for x in values]


def capsule(address: int, name: bytes | None, context: int = 0):
    """A capsule as C makes it; `name` has to outlive it."""
    api = ctypes.pythonapi
    make = ctypes.PYFUNCTYPE(ctypes.py_object, VOIDP, ctypes.c_char_p, VOIDP)(
        ("PyCapsule_New", api)
    )
    made = make(address, name, None)
    ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, VOIDP)(("PyCapsule_SetContext", api))(
        made, context
    )
    return made


def test_capsules_without_a_signature(ldexp):
    address = ctypes.cast(ldexp, VOIDP).value
    for name in (None, b"library.function", b"mystery (enigma *)"):
        p = capsule(address, name)
        assert is_ldexp(shiver.from_pointer(p, "double ldexp(double, int)"))
    with pytest.raises(TypeError, match="capsule without a name"):
        shiver.from_pointer(capsule(address, None))
    with pytest.raises(TypeError, match="'library.function'"):
        shiver.from_pointer(capsule(address, b"library.function"))
    with pytest.raises(shiver.CompileError, match="mystery"):
        shiver.from_pointer(capsule(address, b"mystery (enigma *)"))


# ------------------------------------------------------------------ scipy.LowLevelCallable


@pytest.fixture(scope="session")
def by() -> ctypes.Array:
    """User data."""
    return (CDOUBLE * 1)(0.25)


def test_low_level_callables_of_each_kind(ldexp, cython):
    import cffi

    ffi = cffi.FFI()
    ffi.cdef("double ldexp(double, int);")
    for function in (ldexp, ffi.dlopen("libm.so.6").ldexp):
        assert is_ldexp(shiver.from_pointer(LowLevelCallable(function)))
        assert is_ldexp(
            shiver.from_pointer(LowLevelCallable(function), "double ldexp(double, int)")
        )
    half = shiver.from_pointer(LowLevelCallable(cython["half"]))
    assert shiver.parfor(half, 3, 1.0).tolist() == [1, 1.5, 2]
    j0 = LowLevelCallable.from_cython(cython_special, "j0")
    assert shiver.from_pointer(j0)(1.0) == cython_special.j0(1.0)


def test_user_data_goes_to_the_last_parameter(cython, by):
    import cffi

    ffi = cffi.FFI()
    address = ctypes.addressof(by)
    shifted = cython["shifted"]
    kind = ctypes.CFUNCTYPE(CDOUBLE, CDOUBLE, VOIDP)
    for function, data in [
        (shifted, ctypes.cast(by, VOIDP)),
        (shifted, ffi.cast("void *", address)),
        (shifted, capsule(address, None)),
        (kind(pointer_in(shifted)), ctypes.cast(by, VOIDP)),
    ]:
        callable_ = LowLevelCallable(function, data)
        for given in ((), ("double shifted(double x, void *by)",), ("double (double, void *)",)):
            fn = shiver.from_pointer(callable_, *given)
            assert len(fn.args) == 1 and fn(2.0) == 2.25
    # A capsule's context is user data too.
    fn = shiver.from_pointer(capsule(pointer_in(shifted), b"double (double, void *)", address))
    assert fn(2.0) == 2.25


def pointer_in(p) -> int:
    api = ctypes.pythonapi
    name = ctypes.PYFUNCTYPE(ctypes.c_char_p, ctypes.py_object)(("PyCapsule_GetName", api))(p)
    get = ctypes.PYFUNCTYPE(VOIDP, ctypes.py_object, ctypes.c_char_p)
    return get(("PyCapsule_GetPointer", api))(p, name)


def test_without_user_data_the_last_parameter_is_null():
    kind = ctypes.CFUNCTYPE(CLONG, CLONG, VOIDP)
    seen = []
    function = kind(lambda i, data: seen.append(data) or i)
    fn = shiver.from_pointer(LowLevelCallable(function))
    assert shiver.parfor(fn, 3).tolist() == [0, 1, 2] and seen == [None] * 3
    # A bare function has no user data to speak of.
    assert len(shiver.from_pointer(function).args) == 2


def test_user_data_in_a_reduction_whose_function_has_its_own(by):
    kind = ctypes.CFUNCTYPE(CDOUBLE, CDOUBLE, CLONG, VOIDP)
    scaled = kind(lambda x, i, data: x * i * CDOUBLE.from_address(data).value)
    op = ctypes.CFUNCTYPE(CDOUBLE, CDOUBLE, CDOUBLE, VOIDP)
    other = (CDOUBLE * 1)(100.0)
    limited = op(lambda a, b, data: min(a + b, CDOUBLE.from_address(data).value))
    fn = shiver.from_pointer(LowLevelCallable(scaled, ctypes.cast(by, VOIDP)))
    plus = shiver.from_pointer(LowLevelCallable(limited, ctypes.cast(other, VOIDP)))
    assert shiver.reduce(fn, 5, 2.0, plus) == 2.0 * 10 * 0.25
    assert shiver.reduce(fn, 50, 2.0, plus) == 100.0


def test_user_data_that_no_parameter_takes(ldexp, by):
    with pytest.raises(ValueError, match=r"no last parameter void \*.*user data"):
        shiver.from_pointer(LowLevelCallable(ldexp, ctypes.cast(by, VOIDP)))


# ------------------------------------------------------------------ numba


def test_numba_cfunc_and_its_address():
    import numba

    @numba.cfunc("float64(float64, int64)")
    def half(x, i):
        return x + i / 2.0

    for fn in (
        shiver.from_pointer(half),
        shiver.from_pointer(half, "double half(double x, long i)"),
        shiver.from_pointer(half.address, "double half(double x, long i)"),
        shiver.from_pointer(half.ctypes),
    ):
        assert shiver.parfor(fn, 3, 1.0).tolist() == [1, 1.5, 2]
    with pytest.raises(TypeError, match="numba cfunc"):
        shiver.from_pointer(half, "double half(float x, long i)")
