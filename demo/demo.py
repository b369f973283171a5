"""What Shiver does, in half a minute: `make demo`."""

from __future__ import annotations

import os
import struct
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np

import shiver
from shiver import GenericValue

PICTURE = Path(__file__).parents[1] / "mandelbrot.png"


def title(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}")


def seconds(call, *arguments, **keywords):
    """The time a call took, and its result."""
    start = time.perf_counter()
    result = call(*arguments, **keywords)
    return time.perf_counter() - start, result


# ------------------------------------------------------------------ the first page's examples


def first_steps() -> None:
    title("A string of C and a NumPy array in, every core, an array out")

    x = np.empty(10, dtype=int)
    fn1 = shiver.from_c("void fn1(long *x, long i) { x[i] = i;}")
    shiver.parfor(fn1, niters=len(x), fixed_args=[x])
    print(f"{fn1.signature}\n    fills an array:         {x}")

    ident = shiver.from_c("long identity(long i) { return i; }")
    y = shiver.parfor(ident, 10)
    assert (y == x).all()
    print(f"{ident.signature}\n    collects its results:   {y}")

    x[:] = 0
    x_gv = GenericValue.pointer(x.ctypes.data)
    shiver.parfor(fn1, niters=len(x), fixed_args=[x_gv])
    print(f"{x_gv!r}\n    is an argument too:     {x}")

    fn2 = shiver.from_c("float mult(long i, long j) { return (float) i*j; }")
    grid = shiver.parfor(fn2, (10, 20))
    assert grid.shape == (10, 20)
    print(f"{fn2.signature}\n    over two indices:       {grid.shape} of {grid.dtype}, ", end="")
    print(f"corner {grid[9, 19]:g}")


# ------------------------------------------------------------------ a matrix product

MATRIX_PRODUCT = """
double mm(long n, const double *a, const double *b, long i, long j) {
    double sum = 0;
    for (long k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
    return sum;
}
"""


def matrix_product(n: int = 1000) -> None:
    title(f"A matrix product of {n} x {n} doubles, as a loop over i and j")
    rng = np.random.default_rng(0)
    a, b = rng.random((n, n)), rng.random((n, n))

    def product(mm):
        return shiver.parfor(mm, (n, n), (n, a, b))

    def compile_and_multiply():
        return product(shiver.from_c(MATRIX_PRODUCT, fastmath=True))

    first, c = seconds(compile_and_multiply)
    mm = shiver.from_c(MATRIX_PRODUCT, fastmath=True)
    again = min(seconds(product, mm)[0] for _ in range(5))
    numpy = min(seconds(np.dot, a, b)[0] for _ in range(5))
    assert np.allclose(c, a @ b)
    print(f"    shiver, compiling it    {first * 1e3:7.1f} ms")
    print(f"    shiver, compiled        {again * 1e3:7.1f} ms")
    print(f"    numpy.dot (its BLAS)    {numpy * 1e3:7.1f} ms")


# ------------------------------------------------------------------ the Mandelbrot set

MANDELBROT = """
int mandelbrot(float left, float top, float step, int limit, long row, long column) {
    float re = left + step * column, im = top - step * row, x = 0, y = 0;
    int n = 0;
    while (n < limit && x * x + y * y < 4) {
        float t = x * x - y * y + re;
        y = 2 * x * y + im;
        x = t;
        n++;
    }
    return n;
}
"""


def mandelbrot(width: int = 1500, height: int = 1000, limit: int = 256) -> None:
    title("The Mandelbrot set")
    body = shiver.from_c(MANDELBROT)
    step = 3.0 / width
    arguments = (-2.25, step * height / 2, step, limit)
    took, n = seconds(shiver.parfor, body, (height, width), arguments)
    write_png(PICTURE, colours(limit)[n])
    print(f"    {width} x {height} points, up to {limit} steps each: {took * 1e3:.0f} ms")
    print(f"    drawn to {PICTURE}")


def colours(limit: int) -> np.ndarray:
    """A colour for each number of steps: night, ice, sun; the set itself is black."""
    stops = np.array([[9, 12, 40], [30, 90, 190], [230, 245, 255], [255, 176, 32], [90, 20, 10]])
    place = np.linspace(0, 1, limit + 1) ** 0.35 * (len(stops) - 1)
    table = np.stack([np.interp(place, range(len(stops)), part) for part in stops.T], axis=1)
    table[limit] = 0
    return table.astype(np.uint8)


def write_png(path: Path, pixels: np.ndarray) -> None:
    """Writes (height, width, 3) bytes as a PNG."""
    height, width, _ = pixels.shape

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    # Each row begins with a byte that names its filter: none.
    rows = np.hstack([np.zeros((height, 1), np.uint8), pixels.reshape(height, width * 3)])
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows.tobytes(), 6))
        + chunk(b"IEND", b"")
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # Compiling is part of the show: what an earlier run kept on the disk is not used.
        os.environ["SHIVER_CACHE_DIR"] = folder
        first_steps()
        matrix_product()
        mandelbrot()
