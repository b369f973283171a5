"""What `make` does once it has done it before, and the demo that it runs."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make(*words: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    # These tests may run under make themselves; the inner one is to know nothing of it.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        [*before, "make", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_help_names_every_goal():
    done = make("help")
    goals = [line.split()[1] for line in done.stdout.splitlines()]
    assert {"build", "demo", "test", "bench", "wheel", "clean", "help"} <= set(goals)


def test_a_second_build_is_quick_and_needs_no_network():
    first = make("build")
    assert first.returncode == 0, first.stderr
    alone = ("unshare", "--map-root-user", "--net")
    if subprocess.run([*alone, "true"], capture_output=True).returncode != 0:
        pytest.skip("no private network namespace can be had here")
    start = time.monotonic()
    second = make("build", before=alone)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "Compiling" not in second.stderr
    assert time.monotonic() - start < 60


def test_the_demo_draws_a_picture_and_names_it():
    done = subprocess.run(
        [sys.executable, "demo/demo.py"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "(10, 20) of float32" in done.stdout
    assert "numpy.dot" in done.stdout
    picture = ROOT / "mandelbrot.png"
    assert f"drawn to {picture}" in done.stdout

    data = picture.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        body = data[at + 4 : at + 8 + length]
        assert zlib.crc32(body) == struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0]
        chunks[body[:4]] = body[4:]
        at += 12 + length
    pixels = zlib.decompress(chunks[b"IDAT"])
    assert len(pixels) == height * (1 + 3 * width)
    # The middle of the set is black, the far corner is not.
    row = height // 2 * (1 + 3 * width)
    middle = row + 1 + 3 * (width * 3 // 4)
    assert pixels[middle : middle + 3] == b"\0\0\0"
    assert pixels[1:4] != b"\0\0\0"
