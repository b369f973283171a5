"""Peers in C, C++ and Rust, called through ctypes."""

from __future__ import annotations

import ctypes
import functools
import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import machine
import numpy as np

from peers import PLAIN, MissingError

HERE = Path(__file__).parent
BUILT = machine.ROOT / "build" / "peers"
RAYON = machine.ROOT / "build" / "rayon" / "release" / "libshiver_bench_rayon.so"

# The floating-point mode of a row is added to these.
OPTIMISED = ("-O3", "-march=native", "-fopenmp-simd")
OPENMP = ("-O3", "-march=native", "-fopenmp")
# The loops that give a value.
VALUES = {"total": ctypes.c_double}


class Library:
    """A peer in a library of its own."""

    def __init__(self, name: str, runtime: str, how: str, path: Path) -> None:
        self.name = name
        self.runtime = runtime
        try:
            self.library = ctypes.CDLL(str(path))
        except OSError as why:
            # It was compiled when its runtime was still here.
            raise MissingError(f"it cannot be loaded: {why}") from None
        self.how = "; ".join(filter(None, (how, shared_object(f"lib{runtime}"))))

    def call(self, loop: str, *arguments: object) -> Callable[[], object]:
        """The call with everything converted beforehand: only ctypes' own cost is in it."""
        function = self.library[loop]
        function.restype = VALUES.get(loop)
        return functools.partial(function, *map(as_word, arguments))

    def threads(self, number: int) -> None:
        self.library.threads(number)


def as_word(argument: object) -> object:
    """An array's address or a number, as ctypes hands it over."""
    if isinstance(argument, np.ndarray):
        return ctypes.c_void_p(argument.ctypes.data)
    return ctypes.c_long(argument)


def shared_object(start: str) -> str:
    """The file name, with its version, of a loaded runtime."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = line.partition("/")[2]
        if Path(path).name.startswith(start) and Path(path).name[len(start)] in ".-":
            # Debian's libomp is one name in a folder that tells the version.
            folder = re.search(r"llvm-\d+", path)
            return Path(path).name + (f" of {folder[0]}" if folder else "")
    return ""


def compiled(compiler: str, source: str, *flags: str, suffix: str = "c") -> Path:
    """A shared library of the source, kept for the next run with the same compiler and flags."""
    program = shutil.which(compiler)
    if program is None:
        raise MissingError(f"there is no {compiler}")
    identity = "\0".join((machine.printed(program, "--version"), machine.cpu(), source, *flags))
    library = BUILT / f"{hashlib.sha256(identity.encode()).hexdigest()[:16]}.so"
    if not library.exists():
        BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILT) as folder:
            text = Path(folder) / f"peer.{suffix}"
            text.write_text(source)
            made = Path(folder) / "peer.so"
            done = subprocess.run(
                [program, "-shared", "-fPIC", str(text), "-o", str(made), *flags],
                capture_output=True,
                text=True,
            )
            if done.returncode:
                said = next((line for line in done.stderr.splitlines() if "error" in line), "")
                raise MissingError(f"{compiler} could not compile it: {said or done.stderr[:200]}")
            made.replace(library)
    return library


def own(name: str, source: str, *flags: str) -> Library:
    """A row's own C with gcc and OpenMP; `flags` are what the row's floating-point mode adds."""
    flags = (*OPENMP, *flags)
    return Library(name, "gomp", told("gcc", *flags), compiled("gcc", source, *flags))


def loops(compiler: str, *flags: str) -> Path:
    return compiled(compiler, (HERE / "loops.c").read_text(), *flags)


def told(compiler: str, *flags: str) -> str:
    """How the record names a compiler with its flags."""
    return " ".join((Path(compiler).name, machine.version(compiler), *flags))


@functools.cache
def libgomp() -> Library:
    return Library("libgomp", "gomp", told("gcc", *OPENMP), loops("gcc", *OPENMP))


@functools.cache
def libomp() -> Library:
    clang = machine.clang()
    return Library("libomp", "omp", told(clang, *OPENMP), loops(clang, *OPENMP))


@functools.cache
def plain_gcc() -> Library:
    return Library("plain C, gcc", "", told("gcc", *OPTIMISED), loops("gcc", *OPTIMISED))


@functools.cache
def plain_clang() -> Library:
    clang = machine.clang()
    return Library(PLAIN, "", told(clang, *OPTIMISED), loops(clang, *OPTIMISED))


@functools.cache
def one_tbb() -> Library:
    flags = (*OPTIMISED, "-std=c++17", "-ltbb")
    path = compiled("g++", (HERE / "tbb.cpp").read_text(), *flags, suffix="cpp")
    return Library("oneTBB", "tbb", told("g++", *flags), path)


@functools.cache
def rayon() -> Library:
    if not RAYON.exists():
        raise MissingError("its crate is not built; `make bench` builds it")
    lock = (HERE / "rayon" / "Cargo.lock").read_text()
    versions = dict(re.findall(r'name = "(.+)"\nversion = "(.+)"', lock))
    how = f"rayon {versions['rayon']}, {told('rustc', '-C target-cpu=native')}"
    return Library("rayon", "rayon", how, RAYON)


PEERS: dict[str, Callable[[], Library]] = {
    "libgomp": libgomp,
    "libomp": libomp,
    "plain C, gcc": plain_gcc,
    PLAIN: plain_clang,
    "oneTBB": one_tbb,
    "rayon": rayon,
}
