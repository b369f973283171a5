"""LLVM's types under the names of Shiver 0.12: `ty_void`, `ty_int8` … `ty_ptr_float64`.

Where llvmlite is installed they are llvmlite's own, so that they mix with a user's builder code.
Where it is not, they are the small classes below, which print, compare and answer the same.

llvmlite is imported when the first of these names is asked for, never by ``import shiver``.

>>> import shiver
>>> print(shiver.ty_int32, shiver.ty_float64, shiver.ty_ptr_float64.pointee)
i32 double double
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, Protocol

#: The scalars by the end of their name: the class that makes them and what it is called with.
_SCALARS: dict[str, tuple[str, tuple[int, ...]]] = {
    "int8": ("IntType", (8,)),
    "int16": ("IntType", (16,)),
    "int32": ("IntType", (32,)),
    "int64": ("IntType", (64,)),
    "float32": ("FloatType", ()),
    "float64": ("DoubleType", ()),
}

__all__ = [
    "DoubleType",
    "FloatType",
    "FunctionType",
    "HalfType",
    "IntType",
    "LLVMType",
    "LiteralStructType",
    "PointerType",
    "Type",
    "VoidType",
    "ty_float32",
    "ty_float64",
    "ty_int8",
    "ty_int16",
    "ty_int32",
    "ty_int64",
    "ty_ptr_float32",
    "ty_ptr_float64",
    "ty_ptr_int8",
    "ty_ptr_int16",
    "ty_ptr_int32",
    "ty_ptr_int64",
    "ty_void",
    "type_classes",
]


class LLVMType(Protocol):
    """What llvmlite's types and ours have in common; ``str(t)`` is LLVM's name for it."""

    def as_pointer(self, addrspace: int = 0, /) -> Any:
        """The type of a pointer to this one."""


# Made by `__getattr__` below.
ty_void: LLVMType
ty_int8: LLVMType
ty_int16: LLVMType
ty_int32: LLVMType
ty_int64: LLVMType
ty_float32: LLVMType
ty_float64: LLVMType
ty_ptr_int8: LLVMType
ty_ptr_int16: LLVMType
ty_ptr_int32: LLVMType
ty_ptr_int64: LLVMType
ty_ptr_float32: LLVMType
ty_ptr_float64: LLVMType


class Type:
    """A type of LLVM's, where llvmlite is not installed. Equal types print alike."""

    is_pointer = False

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<shiver.llvm_types.{type(self).__name__} {self}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Type):
            return NotImplemented
        return self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def as_pointer(self, addrspace: int = 0) -> PointerType:
        """The type of a pointer to this one.

        >>> from shiver.llvm_types import IntType
        >>> print(IntType(8).as_pointer())
        i8*
        """
        return PointerType(self, addrspace)


class VoidType(Type):
    """No value."""

    def __init__(self) -> None:
        super().__init__("void")


class IntType(Type):
    """An integer of `width` bits, which LLVM gives no sign.

    >>> from shiver.llvm_types import IntType
    >>> IntType(16), IntType(16).width, IntType(16) == IntType(32)
    (<shiver.llvm_types.IntType i16>, 16, False)
    """

    def __init__(self, bits: int) -> None:
        super().__init__(f"i{bits}")
        self.width = bits


class HalfType(Type):
    """IEEE half precision."""

    def __init__(self) -> None:
        super().__init__("half")


class FloatType(Type):
    """IEEE single precision."""

    def __init__(self) -> None:
        super().__init__("float")


class DoubleType(Type):
    """IEEE double precision."""

    def __init__(self) -> None:
        super().__init__("double")


class PointerType(Type):
    """An address of values of the type `pointee`."""

    is_pointer = True

    def __init__(self, pointee: Type, addrspace: int = 0) -> None:
        space = f" addrspace({addrspace})" if addrspace else ""
        super().__init__(f"{pointee}{space}*")
        self.pointee = pointee
        self.addrspace = addrspace


class LiteralStructType(Type):
    """A struct without a name; a complex number is one of two floats.

    >>> from shiver.llvm_types import DoubleType, LiteralStructType
    >>> print(LiteralStructType([DoubleType(), DoubleType()]))
    {double, double}
    """

    def __init__(self, elems: Iterable[Type]) -> None:
        self.elements = tuple(elems)
        super().__init__("{" + ", ".join(map(str, self.elements)) + "}")


class FunctionType(Type):
    """A function's result and parameters.

    >>> from shiver.llvm_types import DoubleType, FunctionType, IntType
    >>> print(FunctionType(DoubleType(), [DoubleType(), IntType(64)]))
    double (double, i64)
    """

    def __init__(self, return_type: Type, args: Iterable[Type], var_arg: bool = False) -> None:
        self.return_type = return_type
        self.args = tuple(args)
        self.var_arg = var_arg
        parts = [*map(str, self.args), *(["..."] if var_arg else [])]
        super().__init__(f"{return_type} ({', '.join(parts)})")


def type_classes() -> Any:
    """The module that `IntType` and the others are taken from.

    It is `llvmlite.ir` where llvmlite can be imported, else this one.

    >>> from shiver.llvm_types import type_classes
    >>> print(type_classes().IntType(24))
    i24
    """
    try:
        import llvmlite.ir
    except ImportError:
        return sys.modules[__name__]
    return llvmlite.ir


def __getattr__(name: str) -> LLVMType:
    made: LLVMType
    scalar = name.removeprefix("ty_").removeprefix("ptr_")
    if name == "ty_void":
        made = type_classes().VoidType()
    elif name in __all__ and scalar in _SCALARS:
        maker, arguments = _SCALARS[scalar]
        made = getattr(type_classes(), maker)(*arguments)
        if name.startswith("ty_ptr_"):
            made = made.as_pointer()
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = made
    return made
