"""`Function`: the body of a loop."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from shiver import _native, signature
from shiver.llvm_types import LLVMType
from shiver.module import Module
from shiver.signature import Argument

if TYPE_CHECKING:
    from shiver.report import Report

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

    def inspect_llvm(self, optimized: bool = False, *, indices: int | None = None) -> str:
        """The LLVM code as text.

        Parameters
        ----------
        optimized
            `False` for the code of its module as the compiler's front end wrote it;
            `True` for the loop that is run, after LLVM's optimiser.
        indices
            The loop over that many indices; `None` for the one that ran last, or before the first
            one, the loop over its last parameter.

        Examples
        --------
        >>> import shiver
        >>> fn1 = shiver.from_c("void fn1(long *x, long i) { x[i] = i; }")
        >>> "@fn1(" in fn1.inspect_llvm()
        True
        """
        return self.inspect("ir", _checked(indices)) if optimized else self.module.ir()

    def inspect_asm(self, *, indices: int | None = None) -> str:
        """The machine code of the loop, as assembly for this CPU.

        Parameters
        ----------
        indices
            As for `inspect_llvm`.

        Examples
        --------
        >>> import shiver
        >>> fn1 = shiver.from_c("void fn1(long *x, long i) { x[i] = i; }")
        >>> "ret" in fn1.inspect_asm()
        True
        """
        return self.inspect("asm", _checked(indices))

    def report(self, *, indices: int | None = None) -> Report:
        """What LLVM made of the loop: vectors, or the reasons why not, and how long it took.

        The loop is compiled anew with LLVM's remarks, which gives the code that runs, byte by byte,
        and takes some milliseconds. In a notebook, a cell that ends with it shows a table.

        Parameters
        ----------
        indices
            As for `inspect_llvm`.

        Raises
        ------
        CompileError
            LLVM cannot compile the loop.

        Examples
        --------
        >>> import shiver
        >>> total = shiver.from_c('''
        ... double total(const double *x, long n, long i) {
        ...     double sum = 0;
        ...     for (long k = 0; k < n; k++)
        ...         sum += x[i * n + k];
        ...     return sum;
        ... }''')
        >>> print(total.report())
        float64 total(const float64* x, int64 n, int64 i), over 1 index, for ...
          not vectorised...
        """
        from shiver.report import Report

        return Report._from_json(self.report_json(_checked(indices)))

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


def _checked(indices: int | None) -> int | None:
    """A number of indices as the native module takes it."""
    if indices is None:
        return None
    try:
        number = operator.index(indices)
    except TypeError:
        kind = type(indices).__name__
        raise TypeError(f"indices is an int or None, not {kind}") from None
    if number < 0:
        raise ValueError(f"indices={number}: a loop has 0 or more")
    return number


def _of_module(module: Module, symbol: str) -> Function:
    """The inverse of `Function.__reduce__`."""
    return module.get_function_named(symbol)
