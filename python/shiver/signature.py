"""Reads the declared types that the native module tells of a function.

They come as JSON: ``{"name", "symbol", "returns", "params": [{"name", "type"}]}``, in which a type
is ``"void"``, ``"unknown"``, ``{"scalar": "int64"}``, ``{"pointer": {"to", "const", "dims"}}``,
``{"struct": {"name", "size", "align", "fields"}}``, ``{"array": {"of", "len"}}``,
``{"opaque": "FILE"}`` or ``{"unsupported": "long double"}``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from shiver import _native
from shiver.errors import SignatureError
from shiver.llvm_types import LLVMType, type_classes

__all__ = [
    "Argument",
    "arguments",
    "check_supported",
    "dtype",
    "llvm_type",
    "read",
    "spelling",
    "tagged",
]

Signature = dict[str, Any]

#: LLVM's types of the scalars, by NumPy's name: a class of `shiver.llvm_types` and its arguments.
_LLVM: dict[str, tuple[str, tuple[int, ...]]] = {
    "bool": ("IntType", (1,)),
    "char": ("IntType", (8,)),
    "float16": ("HalfType", ()),
    "float32": ("FloatType", ()),
    "float64": ("DoubleType", ()),
    **{f"int{bits}": ("IntType", (bits,)) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": ("IntType", (bits,)) for bits in (8, 16, 32, 64)},
}
_PARTS = {"complex64": "FloatType", "complex128": "DoubleType"}

_REFUSED = (
    "A struct or union by value, long double, __int128 and variable arguments are not taken from "
    "outside: use a pointer to the struct, double, int64_t"
)


class Argument:
    """A parameter of a `Function`.

    >>> import shiver
    >>> fn = shiver.from_c("void fill(const float *w, double *x, long i) { x[i] = w[i]; }")
    >>> fn.args
    (<Argument const float32* w>, <Argument float64* x>, <Argument int64 i>)
    >>> fn.args[0].name, fn.args[0].dtype
    ('w', dtype('float32'))
    """

    __slots__ = ("_declaration", "_json", "name")

    #: Its name; empty where the declaration gives none.
    name: str

    def __init__(self, name: str, type_json: Any, declaration: str) -> None:
        self.name = name
        self._json = type_json
        self._declaration = declaration

    @property
    def type(self) -> LLVMType:
        """Its LLVM type: llvmlite's where that is installed, which this then imports.

        >>> import shiver
        >>> fn = shiver.from_c("void fill(double *x, long i) { x[i] = 1; }")
        >>> fn.args[0].type == shiver.ty_ptr_float64, fn.args[1].type == shiver.ty_int64
        (True, True)
        """
        return llvm_type(self._json)

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """The dtype of the number, or of the elements behind the pointer.

        It is `None` where these are not known, as for ``void *``.

        >>> import shiver
        >>> fn = shiver.from_c("struct p { char c; double x; }; void f(struct p *a, long i) {}")
        >>> fn.args[0].dtype.fields["x"], fn.args[0].dtype.itemsize
        ((dtype('float64'), 8), 16)
        """
        pointer = tagged(self._json, "pointer")
        return dtype(self._json if pointer is None else pointer["to"])

    def __str__(self) -> str:
        return self._declaration

    def __repr__(self) -> str:
        return f"<Argument {self._declaration}>"


def read(signature_json: str) -> Signature:
    """The signature as Python objects.

    >>> from shiver import signature
    >>> signature.read('{"name": "f", "symbol": "f", "returns": "void", "params": []}')["returns"]
    'void'
    """
    signature: Signature = _native.read_json(signature_json)
    return signature


def arguments(signature: Signature) -> tuple[Argument, ...]:
    """The parameters, each with its part of the printed prototype.

    >>> from shiver import signature
    >>> rows = {"pointer": {"to": {"scalar": "float64"}, "dims": [{"const": 3}]}}
    >>> signature.arguments({"params": [{"name": "x", "type": rows}]})
    (<Argument float64 (*x)[3]>,)
    """
    names = [param["name"] for param in signature["params"]]
    return tuple(
        Argument(param["name"], param["type"], _declaration(param["name"], param["type"], names))
        for param in signature["params"]
    )


def check_supported(signature: Signature) -> None:
    """Refuses a function whose parameters or result cannot be passed.

    Raises
    ------
    SignatureError
        It names the parameter and its type.

    Examples
    --------
    >>> from shiver import signature
    >>> wide = {"name": "x", "type": {"unsupported": "long double"}}
    >>> signature.check_supported({"name": "f", "returns": "void", "params": [wide]})
    Traceback (most recent call last):
    shiver.errors.SignatureError: f: parameter 'x' is declared long double. A struct or union ...
    """
    name = signature["name"]
    refused = _refused(signature["returns"])
    if refused is not None:
        raise SignatureError(f"{name}: the result is declared {refused}. {_REFUSED}")
    for position, param in enumerate(signature["params"]):
        refused = _refused(param["type"])
        if refused == "()":
            raise SignatureError(
                f"{name} declares its parameters after the parentheses, in C's oldest style, which "
                "promotes what it is given: declare them in between, as in `double f(double x)`"
            )
        if refused == "...":
            raise SignatureError(f"{name} takes variable arguments (...). {_REFUSED}")
        if refused is not None:
            which = repr(param["name"]) if param["name"] else f"number {position + 1}"
            raise SignatureError(f"{name}: parameter {which} is declared {refused}. {_REFUSED}")


def llvm_type(type_json: Any) -> LLVMType:
    """The LLVM type of a declared one.

    A pointer to what has no such type is ``i8*``, as it is in C compilers' eyes. A complex number
    is a struct of two floats.

    >>> from shiver import signature
    >>> print(signature.llvm_type({"scalar": "uint32"}), signature.llvm_type("void"))
    i32 void
    """
    classes = type_classes()
    made: LLVMType
    scalar = tagged(type_json, "scalar")
    pointer = tagged(type_json, "pointer")
    if scalar in _PARTS:
        part = getattr(classes, _PARTS[scalar])()
        made = classes.LiteralStructType([part, part])
    elif scalar is not None:
        maker, values = _LLVM[scalar]
        made = getattr(classes, maker)(*values)
    elif pointer is not None:
        known = any(tagged(pointer["to"], tag) is not None for tag in ("scalar", "pointer"))
        # A _Bool in memory is a byte.
        is_bool = tagged(pointer["to"], "scalar") == "bool"
        element = llvm_type(pointer["to"]) if known and not is_bool else classes.IntType(8)
        made = element.as_pointer()
    else:
        made = classes.VoidType()
    return made


def _declaration(name: str, type_json: Any, names: list[str]) -> str:
    pointer = tagged(type_json, "pointer")
    if pointer is not None and pointer.get("dims"):
        extents = "".join(f"[{_extent(dim, names)}]" for dim in pointer["dims"])
        qualifier = "const " if pointer.get("const") else ""
        return f"{qualifier}{spelling(pointer['to'])} (*{name}){extents}"
    return f"{spelling(type_json)} {name}".rstrip()


def _extent(dim: Any, names: list[str]) -> str:
    if dim == "unknown":
        return "?"
    return str(dim["const"]) if "const" in dim else names[dim["param"]]


def spelling(type_json: Any) -> str:
    """The type as in a C prototype, with NumPy's names.

    >>> from shiver import signature
    >>> signature.spelling({"pointer": {"to": {"scalar": "int64"}, "const": True}})
    'const int64*'
    """
    if not isinstance(type_json, dict):
        return "void"
    [(tag, value)] = type_json.items()
    if tag == "pointer":
        return f"{'const ' if value.get('const') else ''}{spelling(value['to'])}*"
    if tag == "struct":
        return f"struct {value['name']}".rstrip()
    if tag == "array":
        return f"{spelling(value['of'])}[{value['len']}]"
    return str(value)


def tagged(type_json: Any, tag: str) -> Any:
    """What stands under a tag; `None` where the type is of another kind.

    >>> from shiver import signature
    >>> signature.tagged({"scalar": "int64"}, "scalar"), signature.tagged("void", "scalar")
    ('int64', None)
    """
    return type_json.get(tag) if isinstance(type_json, dict) else None


def _refused(type_json: Any) -> str | None:
    """The C name of a type that cannot be passed, by value or behind a pointer."""
    name: str | None = tagged(type_json, "unsupported")
    pointer = tagged(type_json, "pointer")
    struct = tagged(type_json, "struct")
    if name is None and pointer is not None:
        behind = tagged(pointer["to"], "unsupported")
        name = None if behind is None else f"{behind} *"
    elif name is None and struct is not None:
        name = f"struct {struct['name']}"
    return name


def dtype(type_json: Any) -> np.dtype[Any] | None:
    """The dtype of a declared number or struct; `None` where there is none.

    >>> from shiver import signature
    >>> signature.dtype({"scalar": "uint8"})
    dtype('uint8')
    """
    scalar = tagged(type_json, "scalar")
    struct = tagged(type_json, "struct")
    array = tagged(type_json, "array")
    if scalar is not None:
        return np.dtype("int8" if scalar == "char" else scalar)
    if array is not None:
        element = dtype(array["of"])
        return None if element is None else np.dtype((element, (array["len"],)))
    if struct is None:
        return None
    fields = [(f["name"], dtype(f["type"]), f["offset"]) for f in struct["fields"]]
    if any(kind is None for _, kind, _ in fields):
        return None
    names, formats, offsets = zip(*fields, strict=True) if fields else ((), (), ())
    layout: Any = {
        "names": names,
        "formats": formats,
        "offsets": offsets,
        "itemsize": struct["size"],
    }
    made: np.dtype[Any] = np.dtype(layout)
    return made
