"""Memory that is lent by DLPack: an exporter of our own, and those of NumPy and pyarrow.

Holds the word "DLPack on the CPU" of the contract's paragraph "Arguments". The exporter keeps count of
what it lent: each loan is given back once, whatever became of the call.
"""

from __future__ import annotations

import ctypes
import gc
import threading

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shiver

READ = "double f(const double *x, long i) { return x[i]; }"
TWICE = "void twice(double *x, long i) { x[i] *= 2; }"
CODES = {"i": 0, "u": 1, "f": 2, "c": 5, "b": 6}
READ_ONLY, IS_COPIED = 1, 2

Deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device", ctypes.c_int32 * 2),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


class Plain(ctypes.Structure):
    _fields_ = (("tensor", Tensor), ("context", ctypes.c_void_p), ("deleter", Deleter))


class Versioned(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_uint32 * 2),
        ("context", ctypes.c_void_p),
        ("deleter", Deleter),
        ("flags", ctypes.c_uint64),
        ("tensor", Tensor),
    )


api = ctypes.pythonapi
api.PyCapsule_New.restype = ctypes.py_object
api.PyCapsule_New.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
api.PyCapsule_IsValid.argtypes = (ctypes.py_object, ctypes.c_char_p)


class Exporter:
    """Lends a NumPy array's memory, in whatever way a test wants."""

    def __init__(self, array, device=(1, 0), **changes):
        self.array, self.device, self.changes = array, device, changes
        self.lent, self.returned, self.asked = 0, 0, []
        self.held = []

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        self.asked.append((stream, max_version, dl_device, copy))
        return self.capsule(versioned=max_version is not None)

    def capsule(self, versioned):
        x, changes = self.array, self.changes
        shape = changes.get("shape", x.shape)
        strides = changes.get("strides", [n // x.itemsize for n in x.strides])
        managed = Versioned() if versioned else Plain()
        tensor = managed.tensor
        tensor.data = changes.get("data", x.ctypes.data)
        tensor.device[:] = changes.get("tensor_device", self.device)
        tensor.ndim = changes.get("ndim", len(shape))
        tensor.code = changes.get("code", CODES.get(x.dtype.kind, 0))
        tensor.bits = changes.get("bits", 8 * x.itemsize)
        tensor.lanes = changes.get("lanes", 1)
        tensor.shape = (ctypes.c_int64 * len(shape))(*shape)
        tensor.strides = None if strides is None else (ctypes.c_int64 * len(strides))(*strides)
        tensor.byte_offset = changes.get("byte_offset", 0)
        if versioned:
            managed.version[:] = changes.get("version", (1, 0))
            managed.flags = changes.get("flags", 0 if x.flags.writeable else READ_ONLY)
        self.lent += 1
        managed.deleter = changes.get("deleter", Deleter(self.give_back))
        self.held.append(managed)
        name = b"dltensor_versioned" if versioned else b"dltensor"
        return api.PyCapsule_New(ctypes.addressof(managed), name, None)

    def give_back(self, managed):
        assert managed == ctypes.addressof(self.held[-1])
        self.returned += 1


class Older(Exporter):
    """As libraries wrote it before DLPack had versions."""

    def __dlpack__(self, stream=None):
        return self.capsule(versioned=False)


class Between(Exporter):
    """Knows versions, and neither copies nor devices."""

    def __dlpack__(self, *, max_version=None):
        return self.capsule(versioned=max_version is not None)


def balanced(exporter):
    gc.collect()
    assert exporter.lent == exporter.returned == 1


def refuse(source, exporter, error, match, loans=1):
    """The call is refused with the argument's name, nothing is written, every loan is given back."""
    before = exporter.array.tobytes()
    with pytest.raises(error, match=match) as refused:
        shiver.parfor(shiver.from_c(source), 4, (exporter,))
    assert "argument x of" in str(refused.value)
    del refused
    gc.collect()
    assert exporter.array.tobytes() == before
    assert (exporter.lent, exporter.returned) == (loans, loans)


# ------------------------------------------------------------------ what is taken


@pytest.mark.parametrize("kind", [Exporter, Older, Between])
def test_memory_is_read_and_written_and_given_back(kind):
    exporter = kind(np.arange(5.0))
    shiver.parfor(shiver.from_c(TWICE), 5, (exporter,))
    assert exporter.array.tolist() == [0, 2, 4, 6, 8]
    balanced(exporter)


def test_what_the_exporter_is_asked_for():
    exporter = Exporter(np.arange(5.0))
    shiver.parfor(shiver.from_c(READ), 5, (exporter,))
    [(stream, version, device, copy)] = exporter.asked
    assert stream is None and version[0] == 1 and device is None and copy is False


@pytest.mark.parametrize("versioned", [True, False])
def test_a_capsule_alone(versioned):
    exporter = Exporter(np.arange(5.0))
    capsule = exporter.capsule(versioned)
    assert shiver.parfor(shiver.from_c(READ), 5, (capsule,)).tolist() == [0, 1, 2, 3, 4]
    balanced(exporter)
    with pytest.raises(TypeError, match="used_dltensor.*once"):
        shiver.parfor(shiver.from_c(READ), 5, (capsule,))
    balanced(exporter)


@pytest.mark.parametrize(
    "ctype, dtype",
    [
        ("signed char", "int8"),
        ("short", "int16"),
        ("int", "int32"),
        ("long", "int64"),
        ("unsigned char", "uint8"),
        ("unsigned short", "uint16"),
        ("unsigned", "uint32"),
        ("unsigned long", "uint64"),
        ("_Float16", "float16"),
        ("float", "float32"),
        ("double", "float64"),
        ("float _Complex", "complex64"),
        ("double _Complex", "complex128"),
        ("_Bool", "bool"),
    ],
)
def test_each_type_of_element(ctype, dtype):
    f = shiver.from_c(f"{ctype} f(const {ctype} *x, long i) {{ return x[i]; }}")
    exporter = Exporter((np.arange(9) % 2).astype(dtype))
    got = shiver.parfor(f, 9, (exporter,))
    assert got.dtype == dtype and np.array_equal(got, exporter.array)
    balanced(exporter)
    other = "double" if dtype != "float64" else "long"
    wrong = shiver.from_c(f"void f({other} *x, long i) {{ x[i] = 0; }}")
    with pytest.raises(TypeError, match=f"argument x of f has dtype {dtype}, but is declared"):
        shiver.parfor(wrong, 1, (exporter,))
    gc.collect()
    assert exporter.lent == exporter.returned == 2


@given(
    st.lists(st.integers(0, 4), max_size=3),
    st.integers(0, 5),
    st.booleans(),
    st.sampled_from([Exporter, Older]),
)
def test_shapes_and_offsets_against_numpy(shape, offset, has_strides, kind):
    base = np.arange(200.0)
    size = int(np.prod(shape))
    want = base[offset : offset + size].reshape(shape)
    changes = {} if has_strides else {"strides": None}
    exporter = kind(want, data=base.ctypes.data, byte_offset=offset * 8, **changes)
    f = shiver.from_c(READ)
    assert shiver.parfor(f, size, (exporter,)).tolist() == want.ravel().tolist()
    balanced(exporter)


def test_no_elements_and_no_memory():
    exporter = Exporter(np.empty((0, 3)), data=None)
    assert shiver.parfor(shiver.from_c(READ), 0, (exporter,)).shape == (0,)
    balanced(exporter)


@pytest.mark.parametrize(
    "device", [(3, 0), (11, 1), (13, 0)], ids=["CUDA host", "ROCm host", "managed"]
)
def test_memory_that_the_cpu_shares_with_another_device(device):
    exporter = Exporter(np.arange(4.0), device)
    assert shiver.parfor(shiver.from_c(READ), 4, (exporter,)).tolist() == [0, 1, 2, 3]
    balanced(exporter)


def test_dimensions_that_the_parameter_declares():
    f = shiver.from_c("double f(const double (*x)[3], long i) { return x[i][2]; }")
    exporter = Exporter(np.arange(12.0).reshape(4, 3))
    assert shiver.parfor(f, 4, (exporter,)).tolist() == [2, 5, 8, 11]
    balanced(exporter)
    with pytest.raises(ValueError, match=r"shape \(3, 4\).*\(3\)"):
        shiver.parfor(f, 4, (Exporter(np.zeros((3, 4))),))


def test_strided_takes_a_layout_with_gaps():
    f = shiver.from_c(
        "double f(const double *x, long s, long t, long i, long j) { return x[i*s + j*t]; }"
    )
    exporter = Exporter(np.arange(24.0).reshape(4, 6)[::-1, ::2].T)
    refuse(READ, exporter, ValueError, "not C-contiguous.*shiver.strided")
    exporter = Exporter(exporter.array)
    held = shiver.strided(exporter)
    down, across = (n // 8 for n in exporter.array.strides)
    assert np.array_equal(shiver.parfor(f, (3, 4), (held, down, across)), exporter.array)
    assert exporter.returned == 0
    del held
    balanced(exporter)


def test_the_loan_lasts_as_long_as_the_loop():
    f = shiver.from_c(
        "double f(const double *x, const volatile int *go, long i)"
        " { if (i == 0) while (!*go); return x[i]; }"
    )
    exporter, go = Exporter(np.arange(100.0)), np.zeros(1, np.int32)
    future = shiver.parfor_async(f, 100, (exporter, go))
    gc.collect()
    assert (exporter.lent, exporter.returned) == (1, 0)
    go[0] = 1
    assert np.array_equal(future.result(60), np.arange(100.0))
    del future
    for _ in range(100):
        if exporter.returned:
            break
        threading.Event().wait(0.05)
    balanced(exporter)


def test_a_loop_that_ends_early_gives_the_loan_back():
    exporter = Exporter(np.arange(4.0))
    f = shiver.from_c(
        "void f(const volatile double *x, long i) { for (int k = 0; k < 99; k++) x[0]; }"
    )
    with pytest.raises(TimeoutError):
        shiver.parfor(f, 10**12, (exporter,), timeout=0.05)
    balanced(exporter)


def test_one_refused_argument_gives_the_others_back():
    first, second = Exporter(np.arange(4.0)), Exporter(np.arange(4))
    f = shiver.from_c("void f(double *a, double *x, long i) { a[i] = x[i]; }")
    with pytest.raises(TypeError, match="argument x of f has dtype int64"):
        shiver.parfor(f, 4, (first, second))
    balanced(first)
    balanced(second)


def test_an_exporter_without_a_deleter():
    exporter = Exporter(np.arange(3.0), deleter=Deleter())
    assert shiver.parfor(shiver.from_c(READ), 3, (exporter,)).tolist() == [0, 1, 2]


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    "kind, name",
    [(2, "CUDA device 1"), (4, "OpenCL"), (7, "Vulkan"), (8, "Metal"), (10, "ROCm"), (14, "oneAPI"),
     (99, "device 1 of DLPack's type 99")],
)  # fmt: skip
def test_another_device_is_refused_by_name_before_anything_is_lent(kind, name):
    refuse(READ, Exporter(np.arange(4.0), (kind, 1)), TypeError, name, loans=0)
    # An exporter that says one thing and lends another.
    refuse(READ, Exporter(np.arange(4.0), (1, 0), tensor_device=(kind, 1)), TypeError, name)


def test_a_cuda_array_interface_is_refused_by_name():
    class OnTheDevice:
        __cuda_array_interface__ = np.zeros(3).__array_interface__

    with pytest.raises(TypeError, match="argument x of f lies on a CUDA device"):
        shiver.parfor(shiver.from_c(READ), 3, (OnTheDevice(),))


def test_read_only_memory_is_read_and_not_written():
    x = np.arange(4.0)
    x.flags.writeable = False
    assert shiver.parfor(shiver.from_c(READ), 4, (Exporter(x),)).tolist() == [0, 1, 2, 3]
    refuse(TWICE, Exporter(x), ValueError, "read-only")
    refuse(TWICE, Exporter(np.arange(4.0), flags=READ_ONLY), ValueError, "read-only")


@pytest.mark.parametrize(
    "changes, name",
    [
        ({"code": 4, "bits": 16}, "bfloat16"),
        ({"code": 2, "bits": 128}, "float128"),
        ({"code": 3}, "opaque"),
        ({"code": 0, "bits": 4}, "int4"),
        ({"code": 10, "bits": 8}, "float8"),
        ({"code": 17, "bits": 4}, "float4"),
        ({"code": 200, "bits": 8}, "type 200 of 8 bits"),
        ({"lanes": 4}, "float64 in vectors of 4"),
    ],
)
def test_types_without_a_dtype_are_named(changes, name):
    refuse(READ, Exporter(np.arange(4.0), **changes), TypeError, name)


@pytest.mark.parametrize(
    "changes, error, match",
    [
        ({"version": (2, 0)}, TypeError, "DLPack 2"),
        ({"flags": IS_COPIED}, ValueError, "copy"),
        ({"data": None}, ValueError, "no memory"),
        ({"ndim": -1}, ValueError, "-1 dimensions"),
        ({"ndim": 1000}, ValueError, "1000 dimensions"),
        ({"shape": (-4,)}, ValueError, "shape"),
        ({"shape": (2**62, 2**62), "strides": None}, ValueError, "shape"),
        ({"strides": (2**62,)}, ValueError, "strides"),
    ],
)  # fmt: skip
def test_what_is_broken_or_unknown_is_refused(changes, error, match):
    refuse(READ, Exporter(np.arange(4.0), **changes), error, match)


@pytest.mark.parametrize(
    "raised, error",
    [
        (BufferError, ValueError),
        (RuntimeError, ValueError),
        (TypeError, TypeError),
        (KeyError, KeyError),
    ],
)
def test_an_exporter_that_refuses_is_quoted(raised, error):
    class Refuses(Exporter):
        def __dlpack__(self, **_):
            raise raised("call detach() first")

    with pytest.raises(error, match="detach") as refused:
        shiver.parfor(shiver.from_c(READ), 4, (Refuses(np.arange(4.0)),))
    if error is not KeyError:
        assert "argument x of f" in str(refused.value)
        assert type(refused.value.__cause__) is raised


def test_an_exporter_that_gives_no_capsule():
    class Gives(Exporter):
        def __dlpack__(self, **_):
            return self.array

    with pytest.raises(TypeError, match="ndarray by DLPack"):
        shiver.parfor(shiver.from_c(READ), 4, (Gives(np.arange(4.0)),))


def test_another_capsule_is_refused():
    held = ctypes.c_int()
    capsule = api.PyCapsule_New(ctypes.addressof(held), b"arrow_array", None)
    with pytest.raises(TypeError, match="arrow_array.*dltensor"):
        shiver.parfor(shiver.from_c(READ), 4, (capsule,))
    assert api.PyCapsule_IsValid(capsule, b"arrow_array")


# ------------------------------------------------------------------ others' exporters


class OnlyDlpack:
    """An object of another library's that speaks DLPack alone."""

    def __init__(self, owner):
        self.owner = owner

    def __dlpack__(self, **keywords):
        return self.owner.__dlpack__(**keywords)

    def __dlpack_device__(self):
        return self.owner.__dlpack_device__()


def test_numpy_as_an_exporter():
    x = np.arange(6.0)
    shiver.parfor(shiver.from_c(TWICE), 6, (OnlyDlpack(x),))
    assert x.tolist() == [0, 2, 4, 6, 8, 10]
    x.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        shiver.parfor(shiver.from_c(TWICE), 6, (OnlyDlpack(x),))


def test_pyarrow_as_an_exporter():
    x = pa.array([1.0, 2.0, 3.0])[1:]
    assert shiver.parfor(shiver.from_c(READ), 2, (OnlyDlpack(x),)).tolist() == [2, 3]
    with pytest.raises(TypeError, match="null"):
        shiver.parfor(shiver.from_c(READ), 2, (OnlyDlpack(pa.array([1.0, None])),))
