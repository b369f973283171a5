"""ctypes' and cffi's types as C would declare them.

What a library knows of a type becomes text for clang, which then says how it is passed and how it
lies in memory. No library is imported: who has a type of its has imported it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

import numpy as np

__all__ = ["CffiTypes", "CtypesTypes", "NotTold"]

#: Names that signatures may use without a header, by NumPy's name.
_NUMPY = {
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64", "complex128",
}  # fmt: skip


class NotTold(Exception):  # noqa: N818 - caught where a signature says what is missing
    """A type does not tell what it is in C."""


class Member(NamedTuple):
    """A member of a struct: its type as C writes it, and where it lies."""

    name: str
    text: str
    offset: int
    size: int
    align: int


class _Types:
    """Writes types, and collects the structs that they need.

    A struct that C would lay out otherwise, such as a packed one, is left without its members: a
    pointer to it can be passed on, and nothing is said of what is there.
    """

    def __init__(self) -> None:
        self.definitions: list[str] = []
        self._known: dict[Any, str] = {}

    def declaration(self, name: str, returns: str, params: Iterable[str]) -> str:
        """The declaration of a function, and before it those of the structs.

        >>> from shiver.c_types import CtypesTypes
        >>> CtypesTypes().declaration("f", "double", ["double", "long"])
        'double f(double, long)'
        """
        name = name if re.fullmatch(r"[A-Za-z_]\w*", name) else ""
        return " ".join([*self.definitions, f"{returns} {name}({', '.join(params) or 'void'})"])

    def _struct(self, kind: Any, members: list[Member] | None, size: int) -> None:
        if members and _lies_as_in_c(members, size):
            body = " ".join(f"{member.text} {member.name};" for member in members)
            self.definitions.append(f"{self._known[kind]} {{ {body} }};")
        else:
            self.definitions.append(f"{self._known[kind]};")

    def _name(self, kind: Any, wish: str) -> str:
        wish = re.sub(r"\W", "_", wish) or "nameless"
        taken = set(self._known.values())
        name, number = f"struct {wish}", 1
        while name in taken:
            number += 1
            name = f"struct {wish}_{number}"
        self._known[kind] = name
        return name


def _lies_as_in_c(members: list[Member], size: int) -> bool:
    end, align = 0, 1
    for member in members:
        if member.offset != -(-end // member.align) * member.align:
            return False
        if not re.fullmatch(r"[A-Za-z_]\w*", member.name):
            return False
        end, align = member.offset + member.size, max(align, member.align)
    return size == -(-end // align) * align


class CtypesTypes(_Types):
    """Writes ctypes' types.

    >>> import ctypes
    >>> from shiver.c_types import CtypesTypes
    >>> types = CtypesTypes()
    >>> types.write(ctypes.POINTER(ctypes.c_double)), types.write(ctypes.c_long * 3)
    ('double *', '__typeof__(long[3])')
    """

    _SIMPLE: ClassVar = {
        "b": "signed char", "B": "unsigned char", "h": "short", "H": "unsigned short",
        "i": "int", "I": "unsigned int", "l": "long", "L": "unsigned long",
        "q": "long long", "Q": "unsigned long long", "f": "float", "d": "double",
        "g": "long double", "?": "_Bool", "c": "char", "u": "int", "P": "void *",
        "z": "char *", "Z": "int *",
    }  # fmt: skip
    _COMPLEX: ClassVar = {
        "c_float_complex": "float _Complex",
        "c_double_complex": "double _Complex",
        "c_longdouble_complex": "long double _Complex",
    }

    def param(self, kind: Any) -> str:
        """A parameter's type: an array is a pointer there.

        Raises
        ------
        NotTold
            It is nothing of ctypes'.
        """
        import _ctypes

        if isinstance(kind, type) and issubclass(kind, _ctypes.Array):
            return self._pointer(kind._type_)
        return self.write(kind)

    def write(self, kind: Any) -> str:
        """A type.

        Raises
        ------
        NotTold
            It is nothing of ctypes'.
        """
        import _ctypes

        if kind is None:
            return "void"
        if not isinstance(kind, type):
            raise NotTold(repr(kind))
        dtype = getattr(kind, "_dtype_", None)
        if isinstance(dtype, np.dtype) and hasattr(kind, "from_param"):
            return f"{dtype.name} *" if dtype.name in _NUMPY else "void *"
        if issubclass(kind, _ctypes._SimpleCData):
            text = self._COMPLEX.get(kind.__name__) or self._SIMPLE.get(_code(kind))
            if text is None or _native(kind) is not kind:
                raise NotTold(kind.__name__)
            return text
        if issubclass(kind, _ctypes._Pointer):
            return self._pointer(kind._type_)
        if issubclass(kind, _ctypes.Array):
            return f"__typeof__({self.write(kind._type_)}[{kind._length_}])"
        if issubclass(kind, _ctypes.CFuncPtr):
            return "__typeof__(void(void)) *"
        if issubclass(kind, (_ctypes.Structure, _ctypes.Union)):
            return self._known.get(kind) or self._new_struct(kind)
        raise NotTold(kind.__name__)

    def _pointer(self, to: Any) -> str:
        return f"{self.write(to)} *"

    def _new_struct(self, kind: Any) -> str:
        import _ctypes

        name = self._name(kind, kind.__name__)
        fields = [f for c in reversed(kind.__mro__) for f in c.__dict__.get("_fields_", ())]
        members: list[Member] | None = None
        if not issubclass(kind, _ctypes.Union) and all(len(field) == 2 for field in fields):
            try:
                members = [
                    Member(key, self.write(field), getattr(kind, key).offset,
                           _ctypes.sizeof(field), _ctypes.alignment(field))
                    for key, field in fields
                ]  # fmt: skip
            except NotTold:
                members = None
        self._struct(kind, members, _ctypes.sizeof(kind))
        return name


def _code(kind: Any) -> str:
    return str(getattr(kind, "_type_", ""))


def _native(kind: Any) -> Any:
    """The type with this machine's order of bytes."""
    return getattr(kind, "__ctype_le__" if sys.byteorder == "little" else "__ctype_be__", kind)


class CffiTypes(_Types):
    """Writes cffi's types.

    >>> import cffi
    >>> from shiver.c_types import CffiTypes
    >>> CffiTypes().write(cffi.FFI().typeof("double *"))
    'double *'
    """

    _SPELLED: ClassVar = {
        "_cffi_float_complex_t": "float _Complex",
        "_cffi_double_complex_t": "double _Complex",
        "wchar_t": "int",
        "char16_t": "unsigned short",
        "char32_t": "unsigned int",
    }

    def write(self, kind: Any) -> str:
        """A type, or that of a parameter, which cffi has made a pointer where it was an array."""
        if kind.kind in ("primitive", "void"):
            return self._SPELLED.get(kind.cname, str(kind.cname))
        if kind.kind == "pointer":
            return f"{self.write(kind.item)} *"
        if kind.kind == "array":
            # Without a length, in a struct, it takes no room.
            return f"__typeof__({self.write(kind.item)}[{kind.length or 0}])"
        if kind.kind == "function":
            return "__typeof__(void(void)) *"
        if kind.kind == "enum":
            return "int" if any(value < 0 for value in kind.elements) else "unsigned int"
        known = self._known.get(kind)
        if known is not None:
            return known
        name = self._name(kind, kind.cname.removeprefix("struct ").removeprefix("union "))
        members: list[Member] | None = None
        size, cffi = 0, sys.modules["_cffi_backend"]
        if kind.kind == "struct" and kind.fields:
            size = cffi.sizeof(kind)
            if all(field.bitshift < 0 for _, field in kind.fields):
                members = [
                    Member(key, self.write(field.type), field.offset,
                           cffi.sizeof(field.type), cffi.alignof(field.type))
                    for key, field in kind.fields
                ]  # fmt: skip
        self._struct(kind, members, size)
        return name
