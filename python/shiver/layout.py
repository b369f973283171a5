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

    def first(self, dimensions: int = 0) -> np.ndarray[Any, Any]:
        """Its first element, or the first block of its last dimensions, which shares the memory.

        Its dtype, and whether it can be written, are the whole's. An array without elements is
        given as it is, and so is one that has no more dimensions.

        >>> import numpy as np
        >>> import shiver
        >>> shiver.strided(np.arange(10)[::-2]).first()
        array(9)
        """
        x = self.array
        return x[(0,) * (x.ndim - dimensions) + (...,)] if x.size else x

    def repeats(self) -> bool:
        """Whether several of its elements are one in memory, by a stride of 0.

        >>> import numpy as np
        >>> import shiver
        >>> shiver.strided(np.broadcast_to(1.0, 10)).repeats()
        True
        """
        x = self.array
        return any(n > 1 and stride == 0 for n, stride in zip(x.shape, x.strides, strict=True))


def strided(x: Any) -> Strided:
    """Hands an array of any layout over as a pointer to its first element.

    Without it an array that is not C-contiguous is refused. The body gets no shape and no strides
    of it: take them as arguments of their own, mind that NumPy counts strides in bytes, and that
    they may be negative. A stride of 0, as in `numpy.broadcast_to`, is for ``const`` parameters
    alone. Of a parameter that declares dimensions, such as ``double (*x)[3]``, those have to lie
    without gaps.

    Parameters
    ----------
    x
        An array of any shape, strides and dtype that fits the parameter: of NumPy's, or anything
        else that shares its memory, such as a memoryview or a tensor with DLPack.

    Raises
    ------
    TypeError
        `x` has no memory to share.
    ValueError
        `x` does not give its memory.

    Examples
    --------
    >>> import numpy as np
    >>> import shiver
    >>> f = shiver.from_c("double f(const double *x, long step, long i) { return x[i * step]; }")
    >>> x = np.arange(10.0)[::-3]
    >>> shiver.parfor(f, len(x), (shiver.strided(x), x.strides[0] // x.itemsize))
    array([9., 6., 3., 0.])
    """
    if isinstance(x, Strided):
        return x
    from shiver import memory

    array = memory.shared(x, "x of strided")
    if array is None:
        raise TypeError(
            "strided takes a NumPy array, or another object that shares its memory; not "
            f"{type(x).__name__}"
        )
    return Strided(array)
