"""`argtypes=`: what a user says of the types that LLVM does not tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

__all__ = ["declare"]

#: The bytes of each scalar, by the name that NumPy has for it, and `char`.
_SIZES = {
    "bool": 1,
    "char": 1,
    "int8": 1,
    "uint8": 1,
    "int16": 2,
    "uint16": 2,
    "float16": 2,
    "int32": 4,
    "uint32": 4,
    "float32": 4,
    "int64": 8,
    "uint64": 8,
    "float64": 8,
    "complex64": 8,
    "complex128": 16,
}
#: Other names that mean the same to whoever may read them.
_ALIASES = {
    "double": "float64",
    "half": "float16",
    "_Bool": "bool",
    "intp": "int64",
    "uintp": "uint64",
    "size_t": "uint64",
    "intptr_t": "int64",
    "ptrdiff_t": "int64",
    **{f"{sign}int{bits}_t": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
#: Names that mean one type to C and another one to NumPy.
_AMBIGUOUS = {
    "float": ("float32", "float64"),
    "int": ("int32", "int64"),
    "unsigned": ("uint32", "uint64"),
    "uint": ("uint32", "uint64"),
    "complex": ("complex64", "complex128"),
}

_FORM = re.compile(r"(?:(const)\s+)?(\w+)(?:\s+(const))?\s*((?:\*\s*)*)")


def declare(signature: dict[str, Any], argtypes: Sequence[str | None]) -> dict[str, Any]:
    """The signature with the types that are given, in the form of `shiver.signature`.

    Parameters
    ----------
    signature
        What is known of the function, LLVM's types at least.
    argtypes
        A type for each parameter; `None` leaves what is known.

    Raises
    ------
    ValueError
        A type that is none, or another number of types than of parameters.
    TypeError
        A type that contradicts LLVM's.

    Examples
    --------
    >>> from shiver.adapters.argtypes import declare
    >>> known = {"name": "f", "params": [{"name": "n", "type": {"scalar": "int32"}}]}
    >>> declare(known, ["uint32"])["params"]
    [{'name': 'n', 'type': {'scalar': 'uint32'}}]
    >>> declare(known, ["float32"])
    Traceback (most recent call last):
    TypeError: argtypes[0] is 'float32', but f takes an integer of 32 bits for 'n': write ...
    """
    params = signature["params"]
    if len(params) != len(argtypes):
        names = ", ".join(param["name"] or "?" for param in params)
        raise ValueError(
            f"argtypes has {len(argtypes)} types, and {signature['name']} takes {len(params)} "
            f"parameters, the indices included: {names or 'none'}"
        )
    declared = []
    for position, (param, text) in enumerate(zip(params, argtypes, strict=True)):
        if text is None:
            declared.append(param)
            continue
        wanted = _read(text, position)
        if not _agree(wanted, param["type"]):
            which = repr(param["name"]) if param["name"] else f"parameter number {position + 1}"
            takes, mend = _told(param["type"])
            raise TypeError(
                f"argtypes[{position}] is {text!r}, but {signature['name']} takes {takes} for "
                f"{which}: {mend}"
            )
        declared.append({"name": param["name"], "type": wanted})
    return {**signature, "params": declared}


def _read(text: str, position: int) -> Any:
    match = _FORM.fullmatch(text.strip())
    name = match[2] if match else ""
    name = _ALIASES.get(name, name)
    stars = match[4].count("*") if match else 0
    if name in _AMBIGUOUS:
        to_c, to_numpy = _AMBIGUOUS[name]
        raise ValueError(
            f"argtypes[{position}] is {text!r}, and {name!r} is {to_c} to C and {to_numpy} to "
            "NumPy: write which"
        )
    if match is None or not (name in _SIZES or (name == "void" and stars)):
        raise ValueError(
            f"argtypes[{position}] is {text!r}, which is no type: write NumPy's name of a number "
            f"({', '.join(_SIZES)}), with a * behind it for an array, and const before it for one "
            "that is not written to; void* takes any array"
        )
    made: Any = "void" if name == "void" else {"scalar": name}
    is_const = bool(match[1] or match[3])
    for _ in range(stars):
        made = {"pointer": {"to": made, "const": is_const}}
        is_const = False
    return made


def _agree(wanted: Any, known: Any) -> bool:
    """Whether what is wanted is, to LLVM, what is known."""
    if "pointer" in wanted:
        return isinstance(known, dict) and "pointer" in known
    scalar = known.get("scalar") if isinstance(known, dict) else None
    if scalar is None:
        return False
    wants = wanted["scalar"]
    if _is_integer(scalar) and _is_integer(wants):
        # A bool travels as one bit, and as a byte from some compilers.
        return _SIZES[scalar] == _SIZES[wants] and (scalar != "bool" or wants == "bool")
    return bool(scalar == wants)


def _is_integer(scalar: str) -> bool:
    return "int" in scalar or scalar in ("bool", "char")


def _told(known: Any) -> tuple[str, str]:
    """What LLVM takes for a parameter, and what can be written for it."""
    if isinstance(known, dict) and "pointer" in known:
        return "a pointer", "write a type with a * behind it"
    scalar = known.get("scalar") if isinstance(known, dict) else None
    if scalar is None:
        return "what cannot be passed", "write None"
    if scalar != "bool" and _is_integer(scalar):
        bits = 8 * _SIZES[scalar]
        return f"an integer of {bits} bits", f"write 'int{bits}' or 'uint{bits}'"
    return f"a {scalar}", f"write {scalar!r}"
