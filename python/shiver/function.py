"""`Function`: the body of a loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from shiver import _native, signature
from shiver.llvm_types import LLVMType
from shiver.module import Module
from shiver.signature import Argument
from shiver.type_helpers import is_llvm_ptr_type

__all__ = ["Function"]


class Function(_native.FunctionCore):
    """A compiled function that `parfor` runs as the body of a loop.

    `from_c` makes one; `Module` gives those of a source that has several. Two are equal, and hash
    alike, when their code and their options are. A `Function` can be pickled and copied: it travels
    as LLVM bitcode and is compiled for the CPU on which it arrives. Its machine code is freed with
    the last reference to it.

    Attributes
    ----------
    name
        The name in the source; in C++ with its namespaces.
    signature
        The declaration with NumPy's type names, typedefs resolved.

    Examples
    --------
    >>> import shiver
    >>> fn1 = shiver.from_c("void fn1(long *x, long i) { x[i] = i; }")
    >>> fn1
    <shiver.Function void fn1(int64* x, int64 i)>
    >>> fn1.name
    'fn1'
    """

    def __call__(self, *args: object) -> int | float | complex | bool | None:
        """Runs it once, on the calling thread, with a value for each parameter.

        Arguments are what `parfor` takes for `fixed_args`, the indices included.

        Returns
        -------
        int, float, complex, bool or None
            A plain Python value; the address, for a function that returns a pointer; `None` for one
            that returns nothing.

        Raises
        ------
        TypeError
            A wrong number of arguments, or one of the wrong type or dtype.
        ValueError
            An array that cannot be passed, such as one with gaps.
        OverflowError
            A number that does not fit its parameter.

        Examples
        --------
        >>> import shiver
        >>> add1 = shiver.from_c("int add1(int x) { return x + 1; }")
        >>> add1(1)
        2
        """
        return _native.run(self, args)

    @property
    def args(self) -> tuple[Argument, ...]:
        """Its parameters in order, the indices last.

        >>> import shiver
        >>> fn1 = shiver.from_c("void fn1(long *x, long i) { x[i] = i; }")
        >>> [arg.name for arg in fn1.args]
        ['x', 'i']
        """
        return signature.arguments(signature.read(self.signature_json))

    @property
    def return_type(self) -> LLVMType:
        """The LLVM type of what it returns: llvmlite's where that is installed.

        Its sign is in `return_dtype`.

        >>> import shiver
        >>> half = shiver.from_c("double half(double x) { return x / 2; }")
        >>> half.return_type == shiver.ty_float64
        True
        """
        return signature.llvm_type(signature.read(self.signature_json)["returns"])

    @property
    def return_dtype(self) -> np.dtype[Any] | None:
        """The dtype of a collected result; `None` where nothing, or a pointer, is returned.

        >>> import shiver
        >>> shiver.from_c("unsigned char low(long i) { return i; }").return_dtype
        dtype('uint8')
        """
        return signature.dtype(signature.read(self.signature_json)["returns"])

    @property
    def module(self) -> Module:
        """The `Module` it is in, with everything else of its source.

        >>> import shiver
        >>> fn1 = shiver.from_c("void fn1(long *x, long i) { x[i] = i; }")
        >>> fn1.module["fn1"] == fn1
        True
        """
        return cast(Module, self.module_core)

    def inspect_llvm(self, optimized: bool = False) -> str:
        """The LLVM code as text.

        Parameters
        ----------
        optimized
            `False` for the code of its module as the compiler's front end wrote it;
            `True` for the loop over its last index as it is run, after LLVM's optimiser.

        Examples
        --------
        >>> import shiver
        >>> fn1 = shiver.from_c("void fn1(long *x, long i) { x[i] = i; }")
        >>> "@fn1(" in fn1.inspect_llvm()
        True
        """
        return self._nest("ir") if optimized else self.module.ir()

    def inspect_asm(self) -> str:
        """The machine code of the loop over its last index, as assembly for this CPU.

        >>> import shiver
        >>> fn1 = shiver.from_c("void fn1(long *x, long i) { x[i] = i; }")
        >>> "ret" in fn1.inspect_asm()
        True
        """
        return self._nest("asm")

    def _nest(self, stage: str) -> str:
        """The loop over one index; over none, where the last parameter cannot be one."""
        dtypes = [arg.dtype for arg in self.args[-1:] if not is_llvm_ptr_type(arg.type)]
        has_index = any(dtype is not None and dtype.kind in "iu" for dtype in dtypes)
        return self.inspect(stage, int(has_index))

    def __repr__(self) -> str:
        return f"<shiver.Function {self.signature}>"

    # Neither the code nor the options can change, so a copy would be of no use; and the original's
    # C `static` variables are kept.
    def __copy__(self) -> Function:
        return self

    def __deepcopy__(self, memo: object) -> Function:
        return self

    def __reduce__(self) -> tuple[Callable[[Module, str], Function], tuple[Module, str]]:
        symbol: Any = signature.read(self.signature_json)["symbol"]
        return _of_module, (self.module, symbol)


def _of_module(module: Module, symbol: str) -> Function:
    """The inverse of `Function.__reduce__`."""
    return module.get_function_named(symbol)
