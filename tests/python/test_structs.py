"""Structured arrays behind a pointer to a C struct: taken when they agree field by field.

Random structs are laid out by clang, and by a slow obvious oracle here; a dtype made from the oracle's
offsets is taken and read right, and each way of spoiling it is refused with the name of the field.
"""

from __future__ import annotations

import ctypes
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shiver

SCALARS = {
    "signed char": "i1",
    "unsigned char": "u1",
    "short": "i2",
    "unsigned short": "u2",
    "int": "i4",
    "unsigned": "u4",
    "long": "i8",
    "unsigned long": "u8",
    "float": "f4",
    "double": "f8",
    "_Bool": "?",
    "_Float16": "f2",
    "float _Complex": "c8",
    "double _Complex": "c16",
    "double *": "u8",
    "enum color": "u4",
}
PRELUDE = "enum color { RED, GREEN };\n"


class Layout:
    """C's rule: each field at the next multiple of its alignment, the whole a multiple of the largest."""

    def __init__(self, fields):
        self.names = [f"m{k}" for k in range(len(fields))]
        self.declared, self.dtypes, self.offsets = [], [], []
        size, self.align = 0, 1
        for name, (kind, shape) in zip(self.names, fields, strict=True):
            if isinstance(kind, Layout):
                dtype, align, ctype = kind.dtype, kind.align, kind.body
            else:
                dtype, ctype = np.dtype(SCALARS[kind]), kind
                align = dtype.itemsize // 2 if dtype.kind == "c" else dtype.itemsize
            size = -(-size // align) * align
            self.align = max(self.align, align)
            self.declared.append(f"{ctype} {name}{''.join(f'[{n}]' for n in shape)};")
            self.dtypes.append(np.dtype((dtype, tuple(shape))) if shape else dtype)
            self.offsets.append(size)
            size += self.dtypes[-1].itemsize
        self.size = -(-size // self.align) * self.align
        self.body = f"struct {{ {' '.join(self.declared)} }}"
        self.dtype = self.with_(self.names, self.dtypes, self.offsets, self.size)

    @staticmethod
    def with_(names, dtypes, offsets, size):
        return np.dtype({"names": names, "formats": dtypes, "offsets": offsets, "itemsize": size})


shapes = st.lists(st.integers(1, 3), max_size=2)
flat = st.lists(st.tuples(st.sampled_from(sorted(SCALARS)), shapes), min_size=1, max_size=5)
layouts = flat.map(Layout)
nested = st.lists(
    st.tuples(st.one_of(st.sampled_from(sorted(SCALARS)), layouts), shapes), min_size=1, max_size=4
).map(Layout)


def copier(layout):
    return shiver.from_c(
        PRELUDE + f"typedef {layout.body} item;\n"
        "void f(const item *x, item *y, long i) { y[i] = x[i]; }"
    )


def leaves(x):
    """The bytes of all that lies inside, without the padding."""
    if x.dtype.names is None:
        return [x.tobytes()]
    return [leaf for name in x.dtype.names for leaf in leaves(x[name])]


def refuse(f, dtype, *words):
    bad = np.zeros(3, dtype)
    with pytest.raises(TypeError) as refused:
        shiver.parfor(f, 3, (bad, bad))
    text = str(refused.value)
    assert "argument x of f has dtype" in text and "declared const struct item*" in text
    for word in words:
        assert re.search(word, text), f"{word!r} is not in: {text}"
    return text


@given(nested, st.randoms(use_true_random=False))
def test_a_dtype_of_c_layout_is_taken(layout, random):
    x = np.zeros(4, layout.dtype)
    x.view("u1")[:] = [random.randrange(2) for _ in range(x.nbytes)]
    y = np.zeros_like(x)
    shiver.parfor(copier(layout), 4, (x, y))
    for name in layout.names:
        assert leaves(x[name]) == leaves(y[name])


@given(flat, st.data())
def test_a_spoiled_dtype_is_refused_by_the_field(fields, data):
    layout = Layout(fields)
    f = copier(layout)
    k = data.draw(st.integers(0, len(fields) - 1))
    name = layout.names[k]
    names, dtypes, offsets = list(layout.names), list(layout.dtypes), list(layout.offsets)

    # One byte further, in an element that has room for it.
    moved = [*offsets[:k], *[n + 1 for n in offsets[k:]]]
    text = refuse(f, layout.with_(names, dtypes, moved, layout.size + 1), f"field {name} lies at")
    assert f"{name} at byte {layout.offsets[k]}" in text

    # Another type of the same size.
    other = np.dtype(("V", dtypes[k].itemsize))
    changed = [*dtypes[:k], other, *dtypes[k + 1 :]]
    refuse(f, layout.with_(names, changed, offsets, layout.size), f"field {name} is .V")

    # One less, and one more.
    rest = [[*row[:k], *row[k + 1 :]] for row in (names, dtypes, offsets)]
    if len(fields) > 1:
        refuse(
            f, layout.with_(*rest, layout.size), r"field m\d lies at|has no such field|is .*, and"
        )
    size = layout.size
    more = layout.with_([*names, "more"], [*dtypes, np.dtype("i1")], [*offsets, size], size + 1)
    refuse(f, more, "its field more is none of struct item")

    # A longer element.
    longer = layout.with_(names, dtypes, offsets, size + layout.align)
    refuse(f, longer, f"an element takes {size + layout.align} bytes, and struct item {size}")


def test_fields_go_by_their_places_and_may_not_change_them():
    f = shiver.from_c(
        "struct item { double x, y; };"
        "double f(const struct item *x, struct item *y, long i) { return x[i].x - x[i].y; }"
    )
    pairs = [(5.0, 1.0), (7.0, 2.0)]
    for dtype in ("f8, f8", [("a", "f8"), ("b", "f8")], [("x", "f8"), ("other", "f8")]):
        x = np.array(pairs, dtype)
        assert shiver.parfor(f, 2, (x, x)).tolist() == [4, 5]
    refuse(
        f,
        [("y", "f8"), ("x", "f8")],
        "field y lies at byte 0, and struct item has float64 x at byte 0",
    )
    refuse(
        f,
        [("a", "f8"), ("x", "f8")],
        "field x lies at byte 8, and struct item has float64 y at byte 8",
    )
    # The order in which a dtype lists its fields is of no matter.
    listed = np.dtype({"names": ["y", "x"], "formats": ["f8", "f8"], "offsets": [8, 0]})
    x = np.zeros(2, listed)
    x["x"], x["y"] = [5, 7], [1, 2]
    assert shiver.parfor(f, 2, (x, x)).tolist() == [4, 5]


def test_the_path_to_a_field_of_a_struct_inside():
    f = shiver.from_c(
        "struct pair { short a; int b; }; struct item { long n; struct pair p; struct pair q[2]; };"
        "void f(const struct item *x, struct item *y, long i) { y[i] = x[i]; }"
    )
    pair = np.dtype([("a", "i2"), ("b", "i4")], align=True)
    good = np.dtype([("n", "i8"), ("p", pair), ("q", pair, (2,))], align=True)
    x = np.zeros(3, good)
    shiver.parfor(f, 3, (x, x))
    packed = np.dtype([("a", "i2"), ("b", "i4"), ("c", "i2")])
    refuse(
        f,
        np.dtype([("n", "i8"), ("p", packed), ("q", pair, (2,))]),
        "field p.b lies at byte 2, and struct pair has int32 p.b at byte 4",
    )
    other = np.dtype([("a", "i2"), ("b", "f4")], align=True)
    refuse(
        f,
        np.dtype([("n", "i8"), ("p", pair), ("q", other, (2,))]),
        "field q.b is float32, and struct pair has int32 q.b",
    )
    refuse(
        f,
        np.dtype([("n", "i8"), ("p", pair), ("q", pair, (3,))]),
        r"field q is .*, and struct item has struct pair\[2\] q at byte 16",
    )
    refuse(
        f,
        np.dtype([("n", "i8"), ("p", "i8"), ("q", pair, (2,))]),
        "field p is int64, and not struct pair",
    )
    refuse(f, "i8", "it has no fields, and struct item has")


def test_the_shape_of_an_array_inside():
    f = shiver.from_c(
        "struct item { int m[2][3]; };"
        "void f(const struct item *x, struct item *y, long i) { y[i] = x[i]; }"
    )
    for shape in ((2, 3), 6, (1, 2, 3)):
        x = np.zeros(3, [("m", "i4", shape)])
        shiver.parfor(f, 3, (x, x))
    for shape in ((3, 2), (2, 2), 5):
        refuse(
            f,
            [("m", "i4", shape)],
            r"field m is .*, and struct item has int32\[3\]\[2\] m at byte 0",
        )


def test_members_of_an_anonymous_struct_and_of_a_packed_one():
    f = shiver.from_c(
        "struct __attribute__((packed)) item { char tag; struct { double x; short n; }; };"
        "double f(const struct item *x, struct item *y, long i) { return x[i].x + x[i].n; }"
    )
    places = {"names": ["tag", "x", "n"], "formats": ["i1", "f8", "i2"], "offsets": [0, 1, 9]}
    x = np.zeros(3, {**places, "itemsize": 17})
    x["x"], x["n"] = [1, 2, 3], [10, 20, 30]
    assert shiver.parfor(f, 3, (x, x)).tolist() == [11, 22, 33]


@pytest.mark.parametrize(
    "member, named",
    [
        ("union { double a; long n; } v;", "struct item has union v at byte 8"),
        ("int a : 3; int b : 5;", "struct item has int : 3 a at byte 4"),
        ("long double v;", "struct item has long double v at byte 16"),
        ("union { int a; float b; } v[2];", r"v at byte 4"),
        ("struct { long n; union { int a; float b; } w; } v;", r"v\.w at byte 8"),
        ("double v[];", r"v at byte 8"),
    ],
)
def test_members_that_no_dtype_describes_are_named(member, named):
    f = shiver.from_c(
        f"struct item {{ int first; {member} }};"
        "int f(const struct item *x, struct item *y, long i) { return x[i].first; }"
    )
    refuse(
        f,
        np.dtype([("first", "i4"), ("v", "f8")], align=True),
        named,
        "which no dtype describes",
        "pass an address",
    )
    x = np.array([7, 0, 0, 0, 0, 0, 0, 0], np.int32)
    assert shiver.parfor(f, 1, (x.ctypes.data, None)).tolist() == [7]


def test_a_struct_of_which_only_the_name_is_known():
    f = shiver.from_c(
        "struct item; _Bool f(const struct item *x, struct item *y, long i) { return x == y; }"
    )
    refuse(f, [("a", "f8")], "pass an address")
    refuse(f, "f8", "pass an address")
    x = np.zeros(3)
    assert shiver.parfor(f, 1, (x.ctypes.data, ctypes.c_void_p(x.ctypes.data))).all()


def test_memory_that_is_not_aligned_as_the_struct_is():
    f = shiver.from_c(
        "struct item { char tag; double x; };"
        "double f(const struct item *x, long i) { return x[i].x; }"
    )
    dtype = np.dtype(
        {"names": ["tag", "x"], "formats": ["i1", "f8"], "offsets": [0, 8], "itemsize": 16}
    )
    memory = np.zeros(65, np.uint8)
    begin = -memory.ctypes.data % 16
    odd = memory[begin + 1 :][:32].view(dtype)
    assert odd.flags.aligned  # as far as NumPy can tell
    with pytest.raises(ValueError, match="argument x of f is not aligned for struct item"):
        shiver.parfor(f, 2, (odd,))
    assert shiver.parfor(f, 2, (odd.copy(),)).tolist() == [0, 0]
