"""Arrays from anywhere: whoever owns memory can hand it over, and it is neither copied nor lost.

Holds the words "anything with the buffer protocol, `__array_interface__`, a ctypes pointer or array"
of the contract's paragraph "Arguments", and `strided`; DLPack is in `test_dlpack.py`, structs are in
`test_structs.py`. Where an owner refuses writing, or has let go of its memory, so is the call.
"""

from __future__ import annotations

import array
import ctypes
import gc
import io
import mmap
import multiprocessing
import sys
import time
import weakref
from multiprocessing import shared_memory

import cffi
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shiver

READ = "double f(const double *x, long i) { return x[i]; }"
TWICE = "void twice(double *x, long i) { x[i] *= 2; }"
BYTES = "int f(const unsigned char *x, long i) { return x[i]; }"
SET = "void set(unsigned char *x, long i) { x[i] = 7; }"

ffi = cffi.FFI()
ffi.cdef(
    "struct point { char tag; double x; float y; }; enum color { RED, GREEN };"
    "union both { double a; long n; }; struct opaque; struct bits { int a: 3; };"
)


def read(x, n=None):
    return shiver.parfor(shiver.from_c(READ), len(x) if n is None else n, (x,)).tolist()


def refused(source, x, error, match, n=1):
    with pytest.raises(error, match=match) as caught:
        shiver.parfor(shiver.from_c(source), n, (x,))
    assert "argument x of" in str(caught.value)


WAIT = (
    "double wait(const double *x, const volatile int *go, long i)"
    " { if (i == 0) while (!*go); return x[i]; }"
)


class Held:
    """A loop over `x` that runs until it is let go."""

    def __init__(self, x, n=5):
        self.go = np.zeros(1, np.int32)
        self.future = shiver.parfor_async(shiver.from_c(WAIT), n, (x, self.go))

    def let_go(self):
        self.go[0] = 1
        result = self.future.result(60)
        del self.future
        return result


# ------------------------------------------------------------------ the buffer protocol


def test_a_memoryview_of_several_dimensions():
    view = memoryview(bytearray(np.arange(12.0).tobytes())).cast("d", (3, 4))
    f = shiver.from_c("double f(const double (*x)[4], long i, long j) { return x[i][j]; }")
    assert shiver.parfor(f, (3, 4), (view,)).ravel().tolist() == list(range(12))
    with pytest.raises(ValueError, match=r"shape \(4, 3\)"):
        shiver.parfor(f, (3, 4), (view.cast("B").cast("d", (4, 3)),))


@pytest.mark.parametrize("code, ctype", [("b", "signed char"), ("H", "unsigned short"), ("i", "int"),
                                         ("L", "unsigned long"), ("n", "long"), ("N", "unsigned long"),
                                         ("f", "float"), ("d", "double"), ("?", "_Bool"), ("c", "char")])  # fmt: skip
def test_each_format_of_a_memoryview(code, ctype):
    view = memoryview(bytearray(16 * 8)).cast(code)
    shiver.parfor(shiver.from_c(f"void f({ctype} *x, long i) {{ x[i] = 1; }}"), len(view), (view,))
    want = b"\1" if code == "c" else 1
    assert all(value == want for value in view.tolist())
    other = "float" if code != "f" else "int"
    refused(f"void f({other} *x, long i) {{ x[i] = 1; }}", view, TypeError, "dtype")


def test_a_memoryview_that_was_released():
    view = memoryview(bytearray(8))
    view.release()
    refused(BYTES, view, ValueError, "released")


def test_what_a_loop_uses_is_neither_resized_nor_released():
    owner = bytearray(40)
    view = memoryview(owner).cast("d")
    loop = Held(view)
    with pytest.raises(BufferError):
        owner.append(1)
    view.release()  # the loop has one of its own
    with pytest.raises(BufferError):
        owner.append(1)
    assert loop.let_go().tolist() == [0] * 5
    owner.append(1)
    numbers = array.array("d", range(5))
    loop = Held(numbers)
    with pytest.raises(BufferError):
        numbers.append(1)
    assert loop.let_go().tolist() == [0, 1, 2, 3, 4]
    numbers.append(1)
    pages = mmap.mmap(-1, 4096)
    loop = Held(memoryview(pages).cast("d"))
    with pytest.raises(BufferError):
        pages.close()
    loop.let_go()
    pages.close()


def test_a_refused_call_holds_nothing():
    owner = bytearray(40)
    f = shiver.from_c("void f(unsigned char *a, double *x, long i) { a[i] = x[i]; }")
    with pytest.raises(TypeError, match="argument x of f"):
        shiver.parfor(f, 5, (owner, memoryview(bytearray(40))))
    owner.append(1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: memoryview(bytearray(b"\1\2\3")).toreadonly(),
        lambda: b"\1\2\3",
        lambda: mmap.mmap(-1, 3, access=mmap.ACCESS_READ),
        lambda: pa.py_buffer(b"\1\2\3"),
        lambda: np.frombuffer(b"\1\2\3", np.uint8),
    ],
    ids=["memoryview", "bytes", "mmap", "pyarrow buffer", "array"],
)
def test_an_owner_that_refuses_writing_is_respected(make):
    const = "int f(const void *x, long i) { return ((const char *)x)[i]; }"
    assert len(shiver.parfor(shiver.from_c(const), 3, (make(),))) == 3
    refused("void f(void *x, long i) { ((char *)x)[i] = 1; }", make(), ValueError, "read-only", 3)


def test_other_owners_of_bytes():
    stream = io.BytesIO(b"abc")
    with stream.getbuffer() as view:
        shiver.parfor(shiver.from_c(SET), 3, (view,))
    assert stream.getvalue() == b"\7\7\7"
    memory = shared_memory.SharedMemory(create=True, size=16)
    try:
        shiver.parfor(shiver.from_c(SET), 16, (memory.buf,))
        assert bytes(memory.buf)[:16] == b"\7" * 16
    finally:
        memory.close()
        memory.unlink()
    shared = multiprocessing.RawArray("d", range(3))
    shiver.parfor(shiver.from_c(TWICE), 3, (shared,))
    assert list(shared) == [0, 2, 4]


def test_a_file_that_is_mapped(tmp_path):
    path = tmp_path / "numbers"
    path.write_bytes(np.arange(6.0).tobytes())
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as pages:
        with memoryview(pages) as view, view.cast("d") as numbers:
            shiver.parfor(shiver.from_c(TWICE), 6, (numbers,))
    assert np.fromfile(path).tolist() == [0, 2, 4, 6, 8, 10]
    closed = mmap.mmap(-1, 8)
    closed.close()
    refused(BYTES, closed, ValueError, "closed")


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_a_memory_mapped_array(tmp_path, mode):
    path = tmp_path / "numbers"
    path.write_bytes(np.arange(6.0).tobytes())
    x = np.memmap(path, np.float64, mode, 8)
    assert read(x) == [1, 2, 3, 4, 5]
    if mode == "r":
        refused(TWICE, x, ValueError, "read-only", 5)
        return
    shiver.parfor(shiver.from_c(TWICE), 5, (x,))
    assert x.tolist() == [2, 4, 6, 8, 10]
    x.flush()
    assert np.fromfile(path).tolist() == ([0, 2, 4, 6, 8, 10] if mode == "r+" else list(range(6)))


def test_a_buffer_that_no_dtype_describes():
    class WithPointer(ctypes.Structure):
        _fields_ = (("a", ctypes.c_int), ("b", ctypes.c_int, 3))

    held = WithPointer()
    refused(READ, memoryview(held), TypeError, "format|dtype")
    refused(READ, held, TypeError, "WithPointer, whose elements no dtype describes")


# ------------------------------------------------------------------ __array_interface__


class Interface:
    """An object with nothing but the interface, which may differ from its owner's."""

    def __init__(self, owner, **changes):
        self.owner = owner
        self.__array_interface__ = {**owner.__array_interface__, **changes}


class Struct:
    """An object with nothing but the older interface, a capsule."""

    def __init__(self, owner):
        self.owner = owner

    @property
    def __array_struct__(self):
        return self.owner.__array_struct__


@pytest.mark.parametrize("make", [Interface, Struct])
def test_an_interface_is_read_and_written(make):
    x = np.arange(5.0)
    assert read(make(x), 5) == [0, 1, 2, 3, 4]
    shiver.parfor(shiver.from_c(TWICE), 5, (make(x),))
    assert x.tolist() == [0, 2, 4, 6, 8]
    x.flags.writeable = False
    refused(TWICE, make(x), ValueError, "read-only")


def test_the_parts_of_an_interface():
    x = np.arange(12.0)
    here = x.__array_interface__["data"][0]
    assert read(Interface(x, strides=None), 12) == x.tolist()
    assert read(Interface(x, shape=(4,), data=(here + 16, True)), 4) == [2, 3, 4, 5]
    assert read(Interface(x, shape=(4,), data=x, offset=24), 4) == [3, 4, 5, 6]
    owner = bytearray(x.tobytes())
    shiver.parfor(shiver.from_c(TWICE), 12, (Interface(x, data=owner),))
    assert np.array_equal(np.frombuffer(owner), x * 2)
    gaps = Interface(x, shape=(6,), strides=(16,))
    refused(READ, gaps, ValueError, "not C-contiguous.*shiver.strided")
    f = shiver.from_c("double f(const double *x, long i) { return x[2 * i]; }")
    assert shiver.parfor(f, 6, (shiver.strided(gaps),)).tolist() == x[::2].tolist()
    refused(TWICE, Interface(x, data=(here, True)), ValueError, "read-only")
    refused(READ, Interface(x, typestr=">f8"), ValueError, "byte order")
    refused(READ, Interface(x, typestr="<i8"), TypeError, "int64")
    refused(READ, Interface(x, data=(here + 1, True), shape=(3,)), ValueError, "not aligned")


def test_a_mask_is_refused():
    x = np.arange(4.0)
    refused(READ, Interface(x, mask=np.zeros(4, bool)), TypeError, "mask")
    assert read(Interface(x, mask=None), 4) == [0, 1, 2, 3]
    masked = np.ma.array(x, mask=[0, 1, 0, 0])
    for bad in (masked, np.ma.array(x)):
        refused(TWICE, bad, TypeError, r"masked array.*filled\(")
    with pytest.raises(TypeError, match="masked array"):
        shiver.strided(masked)
    assert read(masked.filled(9.0)) == [0, 9, 2, 3]


@pytest.mark.parametrize("interface", [3, {}, {"shape": (3,)}, {"shape": 3, "typestr": "<f8"}])
def test_an_interface_that_is_wrong(interface):
    class Wrong:
        __array_interface__ = interface

    refused(READ, Wrong(), ValueError, "array interface that is wrong")


def test_what_only_makes_copies_is_refused_with_the_way_out():
    class Copies:
        def __array__(self, dtype=None, copy=None):
            return np.zeros(4)

    refused(READ, Copies(), TypeError, r"not Copies; np.asarray\(...\) makes an array of it")
    refused(READ, [1.0], TypeError, "not list; np.asarray")
    refused(READ, np.float64(1), TypeError, r"not float64; .* x\[i:i\+1\]")


# ------------------------------------------------------------------ NumPy's own


def test_subclasses_of_ndarray():
    table = np.rec.array([(1, 2.5), (2, 3.5)], np.dtype([("n", "i4"), ("x", "f8")], align=True))
    f = shiver.from_c(
        "struct row { int n; double x; }; double f(const struct row *r, long i) { return r[i].n + r[i].x; }"
    )
    assert shiver.parfor(f, 2, (table,)).tolist() == [3.5, 5.5]
    assert read(np.array([1.0, 2.0]).view(np.matrix), 2) == [1, 2]


@pytest.mark.parametrize("dtype", ["O", np.dtype([("a", "O")])])
def test_python_objects_are_not_for_a_void_pointer(dtype):
    refused("void f(const void *x, long i) { (void)x; }", np.zeros(3, dtype), TypeError, "objects")


# ------------------------------------------------------------------ ctypes


class Point(ctypes.Structure):
    _fields_ = (("tag", ctypes.c_char), ("x", ctypes.c_double), ("y", ctypes.c_float))


POINT = "struct point { char tag; double x; float y; };"
ATX = POINT + "double f(const struct point *x, long i) { return x[i].tag + x[i].x; }"


def test_ctypes_structures():
    points = (Point * 3)(Point(b"a", 1.0), Point(b"b", 2.0), Point(b"c", 3.0))
    f = shiver.from_c(ATX)
    want = [98, 100, 102]
    for given_ in (
        points,
        ctypes.pointer(points[0]),
        ctypes.byref(points),
        ctypes.pointer(points),
        memoryview(points),
    ):
        assert shiver.parfor(f, 3, (given_,)).tolist() == want
    assert shiver.parfor(f, 1, (points[2],)).tolist() == [102]
    write = shiver.from_c(POINT + "void f(struct point *x, long i) { x[i].x = -1; }")
    shiver.parfor(write, 3, (points,))
    assert [p.x for p in points] == [-1, -1, -1]

    class Swapped(ctypes.Structure):
        _fields_ = (("tag", ctypes.c_char), ("y", ctypes.c_float), ("x", ctypes.c_double))

    for bad in ((Swapped * 3)(), ctypes.pointer(Swapped()), memoryview((Swapped * 3)())):
        refused(ATX, bad, TypeError, "its field y lies at byte 4")


def test_a_ctypes_structure_with_a_pointer():
    class Vector(ctypes.Structure):
        _fields_ = (("at", ctypes.POINTER(ctypes.c_double)), ("n", ctypes.c_long))

    class Named(Vector):
        _fields_ = (("name", ctypes.c_char * 4),)

    numbers = (ctypes.c_double * 3)(1, 2, 3)
    f = shiver.from_c(
        "struct v { const double *at; long n; char name[4]; };"
        "double f(const struct v *x, long i) { return x->at[i] * x->n + x->name[0]; }"
    )
    named = Named(numbers, 10, b"A")
    for given_ in (named, (Named * 1)(named), ctypes.byref(named)):
        assert shiver.parfor(f, 3, (given_,)).tolist() == [75, 85, 95]
    shorter = "struct v { double *at; long n; }; long f(const struct v *x, long i) { return x->n; }"
    refused(shorter, named, TypeError, "its field name is none of struct v")


def test_structs_without_a_name_inside():
    source = (
        "struct item { char tag; struct { double x; short n; }; };"
        "double f(const struct item *x, long i) { return x[i].tag + x[i].x + x[i].n; }"
    )

    class Inner(ctypes.Structure):
        _fields_ = (("x", ctypes.c_double), ("n", ctypes.c_short))

    class Item(ctypes.Structure):
        _anonymous_ = ("inner",)
        _fields_ = (("tag", ctypes.c_char), ("inner", Inner))

    theirs = cffi.FFI()
    theirs.cdef("struct item { char tag; struct { double x; short n; }; };")
    pair = theirs.new("struct item[2]")
    for k, item in enumerate(pair):
        item.tag, item.x, item.n = b"A", k + 0.5, 100
    items = (Item * 2)(Item(b"A", Inner(0.5, 100)), Item(b"A", Inner(1.5, 100)))
    for given_ in (items, pair):
        assert shiver.parfor(shiver.from_c(source), 2, (given_,)).tolist() == [165.5, 166.5]
    theirs.cdef("struct either { char tag; union { double x; long n; }; };")
    refused(source, theirs.new("struct either[2]"), TypeError, "its field n lies at byte 8")


def test_a_ctypes_union_goes_by_its_address():
    class Both(ctypes.Union):
        _fields_ = (("a", ctypes.c_double), ("n", ctypes.c_long))

    class Holder(ctypes.Structure):
        _fields_ = (("k", ctypes.c_int), ("both", Both))

    source = (
        "union both { double a; long n; }; double f(const union both *x, long i) { return x[i].a; }"
    )
    both = (Both * 2)(Both(1.5), Both(2.5))
    assert shiver.parfor(shiver.from_c(source), 2, (ctypes.pointer(both),)).tolist() == [1.5, 2.5]
    refused(source, both, TypeError, "pass an address")
    source = "struct h { int k; union { double a; long n; } both; }; double f(const struct h *x, long i) { return x->both.a; }"
    holder = Holder(1, Both(0.5))
    assert shiver.parfor(shiver.from_c(source), 1, (ctypes.byref(holder),)).tolist() == [0.5]
    refused(source, holder, TypeError, "union both at byte 8, which no dtype describes")


def test_ctypes_arrays_of_several_dimensions():
    grid = ((ctypes.c_double * 3) * 2)((1, 2, 3), (4, 5, 6))
    f = shiver.from_c("double f(const double (*x)[3], long i, long j) { return x[i][j]; }")
    rows = ctypes.cast(grid, ctypes.POINTER(ctypes.c_double * 3))
    for given_ in (grid, rows, ctypes.cast(grid, ctypes.POINTER(ctypes.c_double))):
        assert shiver.parfor(f, (2, 3), (given_,)).ravel().tolist() == [1, 2, 3, 4, 5, 6]
    for bad in (
        ((ctypes.c_double * 2) * 3)(),
        ctypes.cast(grid, ctypes.POINTER(ctypes.c_double * 2)),
    ):
        with pytest.raises(ValueError, match=r"\b2,?\).*trailing dimensions.*\(3\)"):
            shiver.parfor(f, (2, 3), (bad,))


def test_a_ctypes_pointer_that_is_pointed_elsewhere_meanwhile():
    class Target(ctypes.Structure):
        _fields_ = (("x", ctypes.c_double * 5),)

    first = Target((1, 2, 3, 4, 5))
    alive = weakref.ref(first)
    pointer = ctypes.pointer(first)
    f = shiver.from_c(
        "double wait(const void *x, const volatile int *go, long i)"
        " { if (i == 0) while (!*go); return ((const double *)x)[i]; }"
    )
    go = np.zeros(1, np.int32)
    future = shiver.parfor_async(f, 5, (pointer, go))
    del first
    pointer.contents = Target()
    gc.collect()
    assert alive() is not None
    go[0] = 1
    assert future.result(60).tolist() == [1, 2, 3, 4, 5]


# ------------------------------------------------------------------ cffi


def test_cffi_arrays_and_pointers():
    x = ffi.new("double[5]", [0, 1, 2, 3, 4])
    for given_ in (
        x,
        x + 0,
        ffi.cast("double *", x),
        ffi.cast("void *", x),
        ffi.cast("struct opaque *", x),
    ):
        assert read(given_, 5) == [0, 1, 2, 3, 4]
    shiver.parfor(shiver.from_c(TWICE), 5, (x,))
    assert list(x) == [0, 2, 4, 6, 8]
    assert shiver.parfor(
        shiver.from_c("_Bool f(const double *x, long i) { return !x; }"), 1, (ffi.NULL,)
    )[0]
    refused(READ, ffi.new("float[5]"), TypeError, "float32")
    refused(READ, ffi.new("long *"), TypeError, "int64")
    refused(READ, ffi.cast("double", 3), TypeError, "takes a NumPy array")
    grid = ffi.new("int[2][3]", [[1, 2, 3], [4, 5, 6]])
    f = shiver.from_c("int f(const int (*x)[3], long i, long j) { return x[i][j]; }")
    for given_ in (grid, grid + 0):
        assert shiver.parfor(f, (2, 3), (given_,)).ravel().tolist() == [1, 2, 3, 4, 5, 6]
    with pytest.raises(ValueError, match="trailing dimensions"):
        shiver.parfor(f, (3, 2), (ffi.new("int[3][2]"),))


@pytest.mark.parametrize(
    "theirs, ours",
    [("signed char", "signed char"), ("unsigned short", "unsigned short"), ("int", "int"), ("size_t", "unsigned long"),
     ("uint16_t", "unsigned short"), ("char", "char"), ("_Bool", "_Bool"), ("enum color", "unsigned"),
     ("float", "float"), ("long long", "long"), ("wchar_t", "int"), ("void *", "unsigned long")],
)  # fmt: skip
def test_each_type_of_cffi(theirs, ours):
    x = ffi.new(f"{theirs}[3]")
    shiver.parfor(shiver.from_c(f"void f({ours} *x, long i) {{ x[i] = 1; }}"), 3, (x,))
    assert [int(ffi.cast("long", v)) for v in x] == [1, 1, 1]
    other = "double" if ours != "double" else "int"
    refused(f"void f({other} *x, long i) {{ x[i] = 1; }}", x, TypeError, "dtype")


def test_cffi_structs():
    points = ffi.new("struct point[2]", [(b"a", 1.0, 0), (b"b", 2.0, 0)])
    f = shiver.from_c(ATX)
    for given_ in (points, points + 0, ffi.addressof(points, 0)):
        assert shiver.parfor(f, 2, (given_,)).tolist() == [98, 100]
    refused(POINT.replace("char tag", "int tag") + "int f(const struct point *x, long i) { return x->tag; }",
            points, TypeError, "its field tag is .S1, and struct point has int32 tag at byte 0")  # fmt: skip
    both = ffi.new("union both[2]")
    refused(READ, both, TypeError, "union both.*addressof")
    refused(READ, ffi.new("struct bits[2]"), TypeError, "struct bits")
    source = (
        "union both { double a; long n; }; double f(const union both *x, long i) { return x[i].a; }"
    )
    assert shiver.parfor(shiver.from_c(source), 2, (both + 0,)).tolist() == [0, 0]


def test_cffi_memory_is_held():
    x = ffi.new("double[5]", [0, 1, 2, 3, 4])
    loop = Held(x)
    del x
    gc.collect()
    [ffi.new("double[5]") for _ in range(1000)]
    assert loop.let_go().tolist() == [0, 1, 2, 3, 4]


# ------------------------------------------------------------------ pyarrow


def test_pyarrow_arrays_are_read_and_not_written():
    x = pa.array([1.0, 2.0, 3.0])
    assert read(x) == [1, 2, 3]
    assert read(x[1:]) == [2, 3]
    refused(TWICE, x, ValueError, "read-only")
    refused(READ, pa.array([1, 2]), TypeError, "int64")
    times = pa.array([1, 2], pa.timestamp("ns"))
    assert shiver.parfor(
        shiver.from_c("long f(const long *x, long i) { return x[i]; }"), 2, (times,)
    ).tolist() == [1, 2]


def test_pyarrow_arrays_that_a_body_cannot_read():
    refused(
        READ, pa.array([1.0, None, None]), ValueError, "2 nulls in its validity bitmap.*fill_null"
    )
    assert read(pa.array([1.0, None]).fill_null(7.0)) == [1, 7]
    refused(READ, pa.chunked_array([[1.0], [2.0]]), TypeError, "ChunkedArray.*combine_chunks")
    refused(READ, pa.array([True, False]), TypeError, "pyarrow array of bool")
    refused(READ, pa.array(["a"]), TypeError, "pyarrow array of string")


# ------------------------------------------------------------------ strided


@given(st.data())
def test_strided_against_numpy(data):
    shape = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    x = np.arange(float(np.prod(shape))).reshape(shape, order=data.draw(st.sampled_from("CF")))
    steps = tuple(slice(None, None, data.draw(st.sampled_from([1, 2, -1, -3]))) for _ in shape)
    view = x[steps].transpose(data.draw(st.permutations(range(len(shape)))))
    names = "ijk"[: view.ndim]
    params = ", ".join([f"long s{n}" for n in names] + [f"long {n}" for n in names])
    offset = " + ".join(f"s{n} * {n}" for n in names)
    f = shiver.from_c(
        f"double f(const void *x, {params})"
        f" {{ return *(const double *)((const char *)x + {offset}); }}"
    )
    assert np.array_equal(shiver.parfor(f, view.shape, (shiver.strided(view), *view.strides)), view)


def test_strided_writes_only_what_the_view_has():
    x = np.arange(12.0).reshape(3, 4)
    f = shiver.from_c("void f(double *x, long s, long i) { x[i * s] = -1; }")
    view = x[::-1, 2]
    shiver.parfor(f, 3, (shiver.strided(view), view.strides[0] // 8))
    want = np.arange(12.0).reshape(3, 4)
    want[:, 2] = -1
    assert np.array_equal(x, want)


def test_strided_with_a_stride_of_0():
    f = shiver.from_c("double f(const double *x, long s, long i) { return x[i * s]; }")
    assert shiver.parfor(f, 3, (shiver.strided(np.broadcast_to(2.5, 3)), 0)).tolist() == [2.5] * 3
    write = "void f(double *x, long i) { x[0] = i; }"
    refused(write, shiver.strided(np.broadcast_to(2.5, 3)), ValueError, "stride of 0")
    held = np.zeros(1)
    repeated = np.lib.stride_tricks.as_strided(held, (4,), (0,))
    refused(write, shiver.strided(repeated), ValueError, "stride of 0.*const")
    assert held[0] == 0
    # One element repeats nothing.
    shiver.parfor(
        shiver.from_c(write),
        1,
        (shiver.strided(np.lib.stride_tricks.as_strided(held, (1,), (0,))),),
    )


def test_strided_and_declared_dimensions():
    f = shiver.from_c("double f(const double (*x)[3], long i) { return x[2 * i][1]; }")
    x = np.arange(18.0).reshape(6, 3)
    assert shiver.parfor(f, 3, (shiver.strided(x[::2]),)).tolist() == [1, 7, 13]
    gaps = shiver.strided(np.zeros((4, 6))[:, ::2])
    with pytest.raises(ValueError, match="argument x of f is not C-contiguous"):
        shiver.parfor(f, 3, (gaps,))
    with pytest.raises(ValueError, match="trailing dimensions"):
        shiver.parfor(f, 3, (shiver.strided(np.zeros((4, 6))[::2]),))
    with pytest.raises(ValueError, match="trailing dimensions"):
        shiver.parfor(f, 1, (shiver.strided(np.zeros(())),))


def test_strided_takes_whatever_owns_memory():
    f = shiver.from_c("double f(const double *x, long i) { return x[2 * i]; }")
    for owner in (
        array.array("d", range(6)),
        memoryview(array.array("d", range(12)))[::2][:3],
        pa.array(np.arange(6.0)),
    ):
        got = shiver.parfor(f, 3, (shiver.strided(owner),))
        assert got.tolist() == [0, 2, 4]
    held = shiver.strided(np.zeros(3))
    assert shiver.strided(held) is held
    for bad in ([1.0], 3, None, "text"):
        with pytest.raises(
            TypeError, match=f"strided takes a NumPy array.*not {type(bad).__name__}"
        ):
            shiver.strided(bad)


# ------------------------------------------------------------------ what is held, and for how long


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.arange(5.0),
        lambda: np.arange(10.0)[5:],
        lambda: np.arange(5.0).view(np.matrix),
        lambda: array.array("d", range(5)),
        lambda: (ctypes.c_double * 5)(*range(5)),
        lambda: ctypes.pointer(ctypes.c_double(1)),
        lambda: memoryview(bytearray(40)).cast("d"),
        lambda: Interface(np.arange(5.0)),
        lambda: shiver.strided(np.arange(5.0)),
        lambda: ffi.new("double[5]"),
        lambda: pa.array(np.arange(5.0)),
    ],
)
def test_reference_counts_are_what_they_were(make):
    x = make()
    good = shiver.from_c(READ)
    bad = shiver.from_c("float f(const float *x, long i) { return x[i]; }")
    none = shiver.from_c(
        "double f(const double *x, const double *y, long i) { return x[i] + y[i]; }"
    )

    def calls():
        shiver.parfor(good, 1, (x,))
        good(x, 0)
        shiver.parfor_async(good, 1, (x,)).result(60)
        for refusing, given_ in ((bad, (x,)), (none, (x, "text"))):
            with pytest.raises(TypeError):
                shiver.parfor(refusing, 1, given_)

    calls()
    gc.collect()
    before = sys.getrefcount(x)
    for _ in range(20):
        calls()
    gc.collect()
    assert sys.getrefcount(x) == before


@pytest.mark.parametrize(
    "wrap", [lambda x: x, memoryview, Interface, shiver.strided, lambda x: x[:]]
)
def test_a_view_stays_while_the_loop_runs(wrap):
    x = np.arange(5.0)
    alive = weakref.ref(x)
    loop = Held(wrap(x))
    del x
    gc.collect()
    assert alive() is not None
    with pytest.raises(ValueError, match="resize|referenc"):
        alive().resize(10**6)
    assert loop.let_go().tolist() == [0, 1, 2, 3, 4]
    for _ in range(100):
        gc.collect()
        if alive() is None:
            return
        time.sleep(0.02)
    raise AssertionError("the loop is over and still holds its array")
