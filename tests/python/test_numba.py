"""numba beside Shiver in one process, imported in either order, both at work.

Holds promise 7 of the design and item 8 of the main job; `test_numba_functions.py` hands numba's
functions to `parfor`.
"""

from __future__ import annotations

import pytest

BOTH = """
    {imports}
    import numpy as np

    def through_shiver(k):
        fn = shiver.from_c(f"double f(const double *x, long i) {{{{ return x[i] * {{k}}; }}}}")
        x = np.arange(5000.0)
        assert np.array_equal(shiver.parfor(fn, 5000, x, num_threads=2), x * k)

    {first}

    @numba.njit
    def total(x):
        s = 0.0
        for i in range(x.shape[0]):
            s += x[i] * 2
        return s

    assert total(np.arange(100.0)) == 9900.0
    through_shiver(3)

    @numba.njit
    def less(x):
        return x - 1

    assert less(3) == 2
    through_shiver(4)
    assert total(np.arange(3.0)) == 6.0
    print("both")
"""


@pytest.mark.parametrize(
    "imports, first",
    [
        ("import shiver; import numba", ""),
        ("import numba; import shiver", ""),
        ("import shiver; import numba", "through_shiver(2)"),
        ("import numba; import shiver", "through_shiver(2)"),
    ],
    ids=[
        "shiver imported first",
        "numba imported first",
        "shiver imported and used first",
        "numba imported first, shiver used first",
    ],
)
def test_both_in_one_process(run_python, imports, first):
    done = run_python(BOTH.format(imports=imports, first=first))
    assert done.stdout == "both\n"


def test_numbas_threads_and_ours(run_python):
    run_python(
        """
        import threading
        import numba
        import numpy as np
        import shiver

        @numba.njit(nogil=True)
        def busy(x):
            for _ in range(20_000):
                for i in range(x.shape[0]):
                    x[i] = x[i] * 0.5 + 1.0
            return x[0]

        fn = shiver.from_c("double f(const double *x, long i) { return x[i] + 1; }")
        busy(np.zeros(1))
        thread = threading.Thread(target=busy, args=(np.zeros(1000),))
        thread.start()
        x = np.arange(10_000.0)
        for _ in range(50):
            assert np.array_equal(shiver.parfor(fn, len(x), x, num_threads=2), x + 1)
        thread.join()
        """
    )
