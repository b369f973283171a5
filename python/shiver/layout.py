"""`strided`: arrays of any layout."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Strided", "strided"]


class Strided:
    """An array whose data pointer is to be passed whatever its layout; made by `strided`.

    >>> import numpy as np
    >>> import shiver
    >>> shiver.strided(np.zeros((4, 6)).T)
    <Strided float64 array of shape (6, 4), strides (8, 48)>
    """

    __slots__ = ("array",)

    #: The array itself, which is kept alive.
    array: np.ndarray[Any, Any]

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = array

    def __repr__(self) -> str:
        x = self.array
        return f"<Strided {x.dtype} array of shape {x.shape}, strides {x.strides}>"

    def first(self) -> np.ndarray[Any, Any]:
        """Its first element as an array of no dimension, which shares the memory.

        Such an array has no gaps; its dtype, and whether it can be written, are the whole's. One
        without elements is given as it is.

        >>> import numpy as np
        >>> import shiver
        >>> shiver.strided(np.arange(10)[::-2]).first()
        array(9)
        """
        x = self.array
        return x[(0,) * x.ndim + (...,)] if x.size else x


def strided(x: np.ndarray[Any, Any]) -> Strided:
    """Hands an array of any layout over as a pointer to its first element.

    Without it an array that is not C-contiguous is refused. The body gets no shape and no strides
    of it: take them as arguments of their own, mind that NumPy counts strides in bytes, and that
    they may be negative.

    Parameters
    ----------
    x
        An array of any shape, strides and dtype that fits the parameter.

    Raises
    ------
    TypeError
        `x` is no NumPy array.

    Examples
    --------
    >>> import numpy as np
    >>> import shiver
    >>> f = shiver.from_c("double f(const double *x, long step, long i) { return x[i * step]; }")
    >>> x = np.arange(10.0)[::-3]
    >>> shiver.parfor(f, len(x), (shiver.strided(x), x.strides[0] // x.itemsize))
    array([9., 6., 3., 0.])
    """
    if not isinstance(x, np.ndarray):
        raise TypeError(f"strided takes a NumPy array, not {type(x).__name__}")
    return Strided(np.asarray(x))
