"""tools/machine.sh on machines that lack things: what it installs, what it says, what it leaves.

Each machine is a folder of little programs that is all of PATH.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "machine.sh"
LLVM = {"llvm-22-dev", "libclang-22-dev"}
ARCHIVES = {"libzstd.a": "libzstd-dev", "libz.a": "zlib1g-dev"}


class Machine:
    """A machine that has everything but what a test takes away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.log = folder / "log"
        self.log.touch()
        for name in ("bash", "env", "sort", "touch", "mkdir", "chmod"):
            found = shutil.which(name)
            assert found is not None
            (self.bin / name).symlink_to(found)
        self.program("id", "echo 0")
        self.program("python3", "exit 0")
        self.program("apt-get", 'echo "apt-get $*" >>"$LOG"')
        for name in ("cargo", "cc", "gcc", "strace", "unshare", "nm"):
            self.program(name)
        self.archives(*ARCHIVES)
        self.llvm(folder / "llvm")

    def program(self, name: str, text: str = "") -> None:
        path = self.bin / name
        path.write_text(f"#!{shutil.which('bash')}\n{text}\n")
        path.chmod(0o755)

    def archives(self, *names: str) -> None:
        """Makes a compiler that knows these static archives."""
        cases = " ".join(f"{name}) echo /lib/{name};;" for name in names)
        self.program(
            "c++", f'name=${{1#-print-file-name=}}; case $name in {cases} *) echo "$name";; esac'
        )

    def llvm(self, folder: Path, version: str = "22.1.8") -> None:
        """Makes a folder with LLVM and clang in it."""
        for place in ("bin", "lib", "include/clang/Frontend"):
            (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / "lib/libLLVMX86CodeGen.a").touch()
        (folder / "lib/libclangFrontend.a").touch()
        (folder / "include/clang/Frontend/CompilerInstance.h").touch()
        self.program("clang")
        (self.bin / "clang").rename(folder / "bin/clang")
        self.program(
            "llvm-config",
            f"case $1 in --version) echo {version};; --bindir) echo {folder}/bin;;"
            f" --libdir) echo {folder}/lib;; --includedir) echo {folder}/include;; esac",
        )
        (self.bin / "llvm-config").rename(folder / "bin/llvm-config")

    def lacks(self, *names: str) -> None:
        for name in names:
            (self.bin / name).unlink()

    def see_to(
        self, purpose: str = "build", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", str(SCRIPT), purpose],
            env={
                "PATH": str(self.bin),
                "LOG": str(self.log),
                "DEBIAN_LLVM": str(self.folder / "llvm"),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
        )

    def asked(self) -> list[str]:
        return self.log.read_text().splitlines()

    def installed(self) -> set[str]:
        """The packages that apt-get was asked for."""
        words = " ".join(line for line in self.asked() if " install " in line).split()
        return {word for word in words if not word.startswith("-")} - {"apt-get", "install"}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("purpose", ["build", "test", "bench"])
def test_a_machine_that_has_all_is_left_alone(machine, purpose):
    done = machine.see_to(purpose)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.asked() == []


def test_what_is_missing_is_installed_after_one_update(machine):
    shutil.rmtree(machine.folder / "llvm")
    machine.archives("libz.a")
    done = machine.see_to()
    assert machine.asked()[0].startswith("apt-get update")
    assert len(machine.asked()) == 2
    assert machine.installed() == LLVM | {"libzstd-dev"}
    # Nothing came of it here, and that is said.
    assert done.returncode == 1
    assert "Still missing" in done.stderr


def test_an_installation_that_mends_everything_is_silent_success(machine):
    machine.lacks("strace")
    strace = machine.bin / "strace"
    machine.program("apt-get", f'echo "apt-get $*" >>"$LOG"; touch {strace}; chmod +x {strace}')
    done = machine.see_to("test")
    assert done.returncode == 0, done.stderr
    assert machine.installed() == {"strace"}


def test_tools_of_the_tests_are_not_asked_for_by_the_build(machine):
    machine.lacks("strace")
    assert machine.see_to("build").returncode == 0
    assert machine.asked() == []


def test_without_a_compiler_its_archives_are_asked_for_too(machine):
    machine.lacks("c++", "cc", "gcc")
    machine.see_to()
    assert machine.installed() == {"g++", "libzstd-dev", "zlib1g-dev"}


def test_peers_of_the_benchmark_are_installed_but_not_insisted_on(machine):
    machine.program("clang", "exit 1")
    (machine.bin / "clang").rename(machine.folder / "llvm/bin/clang")
    done = machine.see_to("bench")
    assert machine.installed() == {"libomp-22-dev"}
    assert done.returncode == 0, done.stderr
    assert "Not here, and not needed: LLVM's OpenMP" in done.stdout

    machine.lacks("apt-get")
    done = machine.see_to("bench")
    assert done.returncode == 0, done.stderr


def test_the_tests_compile_with_the_machines_clang_and_the_build_does_not(machine):
    (machine.folder / "llvm/bin/clang").unlink()
    assert machine.see_to("build").returncode == 0
    machine.see_to("test")
    assert machine.installed() == {"clang-22"}


def test_the_tests_compile_modules_and_need_pythons_headers(machine):
    machine.program("python3", "case $* in *Python.h*) exit 1;; esac")
    assert machine.see_to("build").returncode == 0
    machine.see_to("test")
    assert machine.installed() == {"python3-dev"}


def test_an_older_llvm_does_not_count(machine):
    machine.llvm(machine.folder / "llvm", version="21.1.0")
    machine.see_to()
    assert machine.installed() == {"llvm-22-dev"}


def test_without_apt_everything_missing_is_listed(machine):
    machine.lacks("apt-get", "strace")
    shutil.rmtree(machine.folder / "llvm")
    machine.archives()
    done = machine.see_to("test")
    assert done.returncode == 1
    assert "no apt-get" in done.stderr
    for package in [*LLVM, *ARCHIVES.values(), "strace"]:
        assert f"(Debian: {package})" in done.stderr
    assert "LLVM_SYS_221_PREFIX" in done.stderr
    assert "g++" not in done.stderr


def test_without_apt_a_machine_that_has_all_is_fine(machine):
    machine.lacks("apt-get")
    assert machine.see_to("test").returncode == 0


def test_who_is_not_root_goes_through_sudo(machine):
    machine.program("id", "echo 1000")
    machine.program("sudo", 'echo "sudo $*" >>"$LOG"')
    machine.lacks("strace")
    machine.see_to("test")
    assert machine.asked()
    assert all(line.startswith("sudo ") for line in machine.asked())


def test_who_can_not_become_root_is_told_the_list(machine):
    machine.program("id", "echo 1000")
    machine.lacks("strace")
    done = machine.see_to("test")
    assert done.returncode == 1
    assert "(Debian: strace)" in done.stderr
    assert machine.asked() == []


def test_an_llvm_of_the_users_own_is_honoured(machine):
    (machine.folder / "llvm").rename(machine.folder / "mine")
    machine.llvm(machine.folder / "mine")
    done = machine.see_to("build", LLVM_SYS_221_PREFIX=str(machine.folder / "mine"))
    assert done.returncode == 0, done.stderr
    assert machine.asked() == []


def test_with_an_llvm_of_the_users_own_apt_is_asked_for_the_rest_only(machine):
    (machine.folder / "llvm").rename(machine.folder / "mine")
    machine.llvm(machine.folder / "mine")
    machine.archives("libzstd.a")
    machine.see_to("build", LLVM_SYS_221_PREFIX=str(machine.folder / "mine"))
    assert machine.installed() == {"zlib1g-dev"}


def test_a_prefix_that_holds_no_llvm_is_an_error_not_a_package(machine):
    done = machine.see_to("build", LLVM_SYS_221_PREFIX=str(machine.folder / "nowhere"))
    assert done.returncode == 1
    assert "nowhere lacks" in done.stderr
    assert machine.asked() == []


def test_apts_failure_ends_in_the_list(machine):
    machine.lacks("strace")
    machine.program("apt-get", "exit 100")
    done = machine.see_to("test")
    assert done.returncode == 1
    assert "(Debian: strace)" in done.stderr


def test_rust_comes_from_rustup(machine):
    machine.lacks("cargo")
    done = machine.see_to()
    assert done.returncode == 1
    assert "rustup" in done.stderr


def test_a_python_that_is_too_old_is_named(machine):
    machine.program("python3", "exit 1")
    done = machine.see_to()
    assert done.returncode == 1
    assert "3.11" in done.stderr
    assert "PYTHON=" in done.stderr


def test_venv_is_a_package_of_the_systems_python_only(machine):
    machine.program("python3", "case $2 in *ensurepip*) exit 1;; esac")
    done = machine.see_to()
    assert done.returncode == 1
    assert "not the system's" in done.stderr
    assert machine.asked() == []
