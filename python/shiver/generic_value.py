"""`GenericValue`, in which Shiver 0.12 took arguments and gave results."""

from __future__ import annotations

import builtins
import operator
import re
import struct
from typing import Self

from shiver.llvm_types import LLVMType

#: The `struct` code of each of LLVM's real types.
_REALS = {"half": "e", "float": "f", "double": "d"}


class GenericValue:
    """A number or an address together with its LLVM type.

    It is made by `int`, `int_signed`, `real` and `pointer`, or given by `run`, and can be handed to
    `parfor`, `run` and a call wherever a number or a pointer can. Two numbers are equal when their
    values are, whatever their types, and equal to the Python number of that value; a pointer is
    equal to pointers alone. Its truth is its value's.

    >>> from shiver import GenericValue, ty_int32
    >>> GenericValue.int(ty_int32, 3)
    <GenericValue i32 3>
    >>> GenericValue.int(ty_int32, 3) == 3
    True
    """

    __slots__ = ("_type", "_value")

    _type: str
    _value: builtins.int | builtins.float | builtins.complex | None

    def __init__(self) -> None:
        raise TypeError(
            "a GenericValue is made by GenericValue.int, .int_signed, .real or .pointer"
        )

    @classmethod
    def int(cls, ty: LLVMType, value: builtins.int) -> Self:
        """An integer of the type `ty`.

        Raises
        ------
        TypeError
            `ty` is no integer type, or `value` no integer.
        OverflowError
            `value` fits `ty` neither as a signed nor as an unsigned number.

        Examples
        --------
        >>> from shiver import GenericValue, ty_int8
        >>> GenericValue.int(ty_int8, 200).as_int_signed()
        -56
        """
        width = _width(ty)
        number = operator.index(value)
        if not -(1 << (width - 1)) <= number < 1 << width:
            raise OverflowError(f"{number} does not fit {ty}")
        return cls._made(str(ty), number)

    @classmethod
    def int_signed(cls, ty: LLVMType, value: builtins.int) -> Self:
        """A signed integer of the type `ty`.

        Raises
        ------
        TypeError
            `ty` is no integer type, or `value` no integer.
        OverflowError
            `value` does not fit `ty` as a signed number.

        Examples
        --------
        >>> from shiver import GenericValue, ty_int32
        >>> GenericValue.int_signed(ty_int32, -5).as_int()
        4294967291
        """
        width = _width(ty)
        number = operator.index(value)
        if not -(1 << (width - 1)) <= number < 1 << (width - 1):
            raise OverflowError(f"{number} does not fit {ty} as a signed number")
        return cls._made(str(ty), number)

    @classmethod
    def real(cls, ty: LLVMType, value: builtins.float) -> Self:
        """A floating-point number, rounded to the type `ty`.

        Raises
        ------
        TypeError
            `ty` is no floating-point type, or `value` no real number.
        OverflowError
            `value` is finite and too large for `ty`.

        Examples
        --------
        >>> from shiver import GenericValue, ty_float32
        >>> GenericValue.real(ty_float32, 0.1).as_real()
        0.10000000149011612
        """
        return cls._made(str(ty), _rounded(ty, value))

    @classmethod
    def pointer(cls, address: builtins.int) -> Self:
        """An address, such as ``x.ctypes.data`` of an array.

        Raises
        ------
        TypeError
            `address` is no integer.
        OverflowError
            `address` does not fit 64 bits.

        Examples
        --------
        >>> from shiver import GenericValue
        >>> GenericValue.pointer(4096)
        <GenericValue ptr 0x1000>
        """
        number = operator.index(address)
        if not 0 <= number < 1 << 64:
            raise OverflowError(f"{number} is no address: it does not fit 64 bits")
        return cls._made("ptr", number)

    @classmethod
    def _made(
        cls,
        type_name: str,
        value: builtins.complex | None,
    ) -> Self:
        """The value under LLVM's name for its type, not checked."""
        self = object.__new__(cls)
        self._type = type_name
        self._value = value
        return self

    @property
    def value(self) -> builtins.int | builtins.float | builtins.complex | None:
        """The plain Python value: an address for a pointer, `None` for void.

        >>> from shiver import GenericValue, ty_float64
        >>> GenericValue.real(ty_float64, 1.5).value
        1.5
        """
        return self._value

    def value_as(self, declared: str | None) -> builtins.complex | None:
        """The value for a parameter of the type that NumPy calls `declared`.

        An integer of the same width has the same bits, as in 0.12, where integers had no sign.

        >>> from shiver import GenericValue, ty_int8
        >>> GenericValue.int(ty_int8, 255).value_as("int8")
        -1
        """
        is_integer = isinstance(self._value, builtins.int) and self._type.startswith("i")
        if declared is None or not is_integer:
            return self._value
        unsigned = declared.removeprefix("u")
        if unsigned.removeprefix("int") != self._type[1:]:
            return self._value
        return self.as_int_signed() if unsigned == declared else self.as_int()

    @property
    def is_pointer(self) -> bool:
        """Whether it is an address.

        >>> from shiver import GenericValue
        >>> GenericValue.pointer(4096).is_pointer
        True
        """
        return self._type == "ptr"

    def as_int(self) -> builtins.int:
        """The integer, its bits read without a sign, as in 0.12.

        Raises
        ------
        TypeError
            It is no integer.

        Examples
        --------
        >>> from shiver import GenericValue, ty_int16
        >>> GenericValue.int(ty_int16, -1).as_int()
        65535
        """
        width, number = self._integer()
        return number & ((1 << width) - 1)

    def as_int_signed(self) -> builtins.int:
        """The integer, its bits read with a sign.

        Raises
        ------
        TypeError
            It is no integer.

        Examples
        --------
        >>> from shiver import GenericValue, ty_int16
        >>> GenericValue.int(ty_int16, 65535).as_int_signed()
        -1
        """
        width, number = self._integer()
        half = 1 << (width - 1)
        return ((number + half) & ((1 << width) - 1)) - half

    def as_real(self, ty: LLVMType | None = None) -> builtins.float:
        """The floating-point number, rounded to `ty` where that is given.

        Raises
        ------
        TypeError
            It is no floating-point number, or `ty` no type of one.
        OverflowError
            It is finite and too large for `ty`.

        Examples
        --------
        >>> from shiver import GenericValue, ty_float32, ty_float64
        >>> GenericValue.real(ty_float64, 0.1).as_real(ty_float32)
        0.10000000149011612
        """
        if self._type not in _REALS or not isinstance(self._value, builtins.float):
            raise TypeError(f"{self!r} is no floating-point number")
        return self._value if ty is None else _rounded(ty, self._value)

    def as_pointer(self) -> builtins.int:
        """The address.

        Raises
        ------
        TypeError
            It is no pointer.

        Examples
        --------
        >>> from shiver import GenericValue
        >>> GenericValue.pointer(4096).as_pointer()
        4096
        """
        if self._type != "ptr" or not isinstance(self._value, builtins.int):
            raise TypeError(f"{self!r} is no pointer")
        return self._value

    def _integer(self) -> tuple[builtins.int, builtins.int]:
        if self._type in ("ptr", "void") or not isinstance(self._value, builtins.int):
            raise TypeError(f"{self!r} is no integer")
        return builtins.int(self._type[1:]), builtins.int(self._value)

    def __int__(self) -> builtins.int:
        if self._value is None or isinstance(self._value, builtins.complex):
            raise TypeError(f"{self!r} is no integer")
        return builtins.int(self._value)

    def __float__(self) -> builtins.float:
        if self._value is None or self._type == "ptr" or isinstance(self._value, complex):
            raise TypeError(f"{self!r} is no real number")
        return builtins.float(self._value)

    def __complex__(self) -> builtins.complex:
        if self._value is None or self._type == "ptr":
            raise TypeError(f"{self!r} is no number")
        return complex(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, GenericValue):
            alike = (self._type == "ptr") == (other._type == "ptr")
            return alike and self._value == other._value
        if self._type != "ptr" and isinstance(other, builtins.int | builtins.float | complex):
            return self._value == other
        return NotImplemented

    def __hash__(self) -> builtins.int:
        return hash(("ptr", self._value)) if self._type == "ptr" else hash(self._value)

    def __repr__(self) -> str:
        if self._type == "ptr" and isinstance(self._value, builtins.int):
            return f"<GenericValue ptr {self._value:#x}>"
        if self._value is None:
            return f"<GenericValue {self._type}>"
        return f"<GenericValue {self._type} {self._value!r}>"


def _width(ty: LLVMType) -> int:
    match = re.fullmatch(r"i([1-9]\d*)", str(ty))
    if match is None:
        raise TypeError(f"{ty} is no integer type of LLVM's, such as shiver.ty_int64")
    return int(match[1])


def _rounded(ty: LLVMType, value: float) -> float:
    code = _REALS.get(str(ty))
    if code is None:
        raise TypeError(f"{ty} is no floating-point type of LLVM's, such as shiver.ty_float64")
    number = float(value)
    try:
        packed = struct.pack(code, number)
    except OverflowError:
        raise OverflowError(f"{number!r} does not fit {ty}") from None
    rounded: float = struct.unpack(code, packed)[0]
    return rounded
