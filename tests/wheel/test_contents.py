"""What is in the wheel: sizes, names, symbols, needs, notices."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

MIB = 1_000_000  # megabytes as disks and package pages count them


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def native(unpacked: Path) -> list[Path]:
    """Every file that holds machine code."""
    files = [path for path in unpacked.rglob("*") if path.is_file()]
    return [path for path in files if path.read_bytes()[:4] == b"\x7fELF"]


def printed(*command: object) -> str:
    return subprocess.run(
        [str(word) for word in command], check=True, capture_output=True, text=True
    ).stdout


def test_the_wheel_is_at_most_35_mb(wheel):
    assert wheel.stat().st_size <= 35 * MIB


def test_everything_native_together_is_at_most_100_mb(native):
    assert native
    assert sum(path.stat().st_size for path in native) <= 100 * MIB


def test_everything_native_is_stripped(native):
    for path in native:
        sections = printed("readelf", "--sections", "--wide", path)
        assert not re.search(r"\s\.(symtab|debug_\w+)\s", sections), path.name


def test_one_build_serves_every_python_from_3_11(wheel):
    assert "-cp311-abi3-manylinux_" in wheel.name
    assert wheel.name.startswith("shiver-1.0.0")


def test_auditwheel_accepts_the_tag(wheel):
    audit = printed(sys.executable, "-m", "auditwheel", "show", wheel)
    platform = wheel.stem.split("-")[-1].split(".")[0]
    granted = re.search(r'consistent\s+with\s+the\s+following\s+platform\s+tag:\s+"(\w+)"', audit)
    assert granted is not None, audit
    assert version(granted[1]) <= version(platform), audit


def version(tag: str) -> tuple[int, int]:
    """glibc's version in a manylinux tag."""
    found = re.fullmatch(r"manylinux_(\d+)_(\d+)_x86_64", tag)
    assert found is not None, tag
    return int(found[1]), int(found[2])


def test_the_one_visible_symbol_is_the_modules_entry(native):
    for path in native:
        lines = printed("nm", "--dynamic", "--defined-only", path).splitlines()
        names = {line.split()[-1] for line in lines}
        assert names == {"PyInit__native"}, f"{path.name} shows {len(names)}: {sorted(names)[:20]}"


def test_nothing_is_needed_but_the_c_library(native):
    allowed = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libpthread.so.0", "libdl.so.2"}
    allowed |= {"librt.so.1", "ld-linux-x86-64.so.2"}
    for path in native:
        dynamic = printed("readelf", "--dynamic", "--wide", path)
        assert set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)) <= allowed
        assert "RPATH" not in dynamic
        assert "RUNPATH" not in dynamic


def test_no_path_of_the_building_machine_to_headers(native):
    # Where LLVM was installed is in the strings of clang itself; our own sources must not be.
    root = str(Path(__file__).parents[2]).encode()
    for path in native:
        assert root + b"/crates/shiver-clang/include" not in path.read_bytes()


@pytest.mark.parametrize("name", ["LICENSE", "THIRD-PARTY-NOTICES.md"])
def test_the_license_and_the_notices_travel_along(unpacked, name):
    original = Path(__file__).parents[2] / name
    (copy,) = unpacked.glob(f"shiver-*.dist-info/licenses/{name}")
    assert copy.read_bytes() == original.read_bytes()


def test_types_travel_along(unpacked):
    assert (unpacked / "shiver" / "py.typed").exists()
    assert (unpacked / "shiver" / "_native.pyi").exists()


def test_nothing_else_travels_along(unpacked):
    # Python, its types and one library; no tests, no caches, no sources in C.
    odd = [
        path.relative_to(unpacked).as_posix()
        for path in (unpacked / "shiver").rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyi", ".typed", ".so"}
    ]
    assert [name for name in odd if not name.endswith("py.typed")] == []
    assert {path.name for path in unpacked.iterdir()} == {
        "shiver",
        *(path.name for path in unpacked.glob("shiver-1.*.dist-info")),
    }
