#!/usr/bin/env bash
# Sees to what the machine itself must have, for `build`, `test` or `bench`.
#
# Looks for the things, not for packages, so that any way of having them counts. What is missing is
# installed with apt, through sudo where need be; where that cannot be done, it is listed.
set -euo pipefail

purpose=${1:?for what: build, test or bench?}
python=${PYTHON:-python3}
debian_llvm=${DEBIAN_LLVM:-/usr/lib/llvm-22} # the variable is for the tests of this script

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# ------------------------------------------------------------------ what is looked for

# crates/shiver-llvm/build.rs looks in the same places.
llvm_config() {
    if [[ -n ${LLVM_SYS_221_PREFIX:-} ]]; then
        "$LLVM_SYS_221_PREFIX/bin/llvm-config" "$@"
    elif [[ -x $debian_llvm/bin/llvm-config ]]; then
        "$debian_llvm/bin/llvm-config" "$@"
    else
        llvm-config-22 "$@"
    fi
}
has_llvm() { [[ $(llvm_config --version) == 22.1.* && -e $(llvm_config --libdir)/libLLVMX86CodeGen.a ]]; }
has_clang_archives() {
    [[ -e $(llvm_config --libdir)/libclangFrontend.a ]] &&
        [[ -e $(llvm_config --includedir)/clang/Frontend/CompilerInstance.h ]]
}
has_clang_program() { [[ -x $(llvm_config --bindir)/clang ]]; }
has_command() { command -v "$1"; }
has_archive() { [[ $("${CXX:-c++}" -print-file-name="$1") == /* ]]; }
has_libomp() { "$(llvm_config --bindir)/clang" -fopenmp -fsyntax-only -x c -include omp.h /dev/null; }
has_header() { "${CXX:-c++}" -fsyntax-only -x c++ -include "$1" /dev/null; }
has_python_headers() {
    "$python" -c 'import pathlib, sys, sysconfig; sys.exit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())'
}
has_venv() { "$python" -c 'import ensurepip, venv'; }

missing=() # Debian's names
words=()   # the same for people elsewhere
wanted=()  # Debian's names of what the purpose is served without, but better with
need() {
    local package=$1 description=$2
    shift 2
    if ! "$@" >/dev/null 2>&1; then
        missing+=("$package")
        words+=("$description (Debian: $package)")
    fi
}

want() {
    local package=$1 description=$2
    shift 2
    if ! "$@" >/dev/null 2>&1; then
        wanted+=("$package")
        echo "Not here, and not needed: $description (Debian: $package)"
    fi
}

look() {
    missing=() words=() wanted=()
    need g++ "a C++17 compiler and linker, 'c++'" has_command "${CXX:-c++}"
    need g++ "a C compiler, 'cc'" has_command cc
    need libzstd-dev "zstd's static archive, libzstd.a" has_archive libzstd.a
    need zlib1g-dev "zlib's static archive, libz.a" has_archive libz.a
    need llvm-22-dev "LLVM 22.1: bin/llvm-config, headers, static archives" has_llvm
    need libclang-22-dev "clang 22.1: headers, static archives" has_clang_archives
    need python3-venv "the modules venv and ensurepip of $python" has_venv
    case $purpose in
    test)
        need clang-22 "clang 22.1, the program" has_clang_program
        need python3-dev "the headers of $python, Python.h" has_python_headers
        need strace "strace" has_command strace
        need util-linux "unshare" has_command unshare
        need binutils "nm and readelf" has_command nm
        ;;
    bench)
        need clang-22 "clang 22.1, the program" has_clang_program
        need gcc "gcc with OpenMP" has_command gcc
        want libomp-22-dev "LLVM's OpenMP for that clang, with omp.h" has_libomp
        want libtbb-dev "oneTBB with its headers" has_header oneapi/tbb/parallel_for.h
        ;;
    esac
}

# ------------------------------------------------------------------ what apt cannot mend

if ! command -v cargo >/dev/null; then
    fail "There is no cargo. Shiver is built with Rust 1.95 or newer: install it with rustup."
fi
if [[ $purpose == test ]]; then
    for component in clippy fmt; do
        cargo $component --version >/dev/null 2>&1 ||
            fail "There is no cargo $component. Install it: rustup component add clippy rustfmt"
    done
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    fail "'$python' is not CPython 3.11 or newer. Name one: make PYTHON=/path/to/python3 …"
fi

look
if [[ ${#missing[@]} == 0 && ${#wanted[@]} == 0 ]]; then
    exit 0
fi
if [[ -n ${LLVM_SYS_221_PREFIX:-} && " ${missing[*]} " =~ ' '(llvm-22-dev|libclang-22-dev|clang-22)' ' ]]; then
    fail "LLVM_SYS_221_PREFIX=$LLVM_SYS_221_PREFIX lacks something:" "${words[@]/#/  * }" \
        "Build LLVM 22.1 there with clang and static archives, or unset the variable."
fi
if [[ " ${missing[*]} " == *' python3-venv '* && $(command -v "$python") != /usr/bin/* && $(command -v "$python") != /bin/* ]]; then
    fail "'$python' ($(command -v "$python")) has no venv or no ensurepip, and it is not the system's." \
        "Name another: make PYTHON=/usr/bin/python3 …"
fi

# ------------------------------------------------------------------ what apt can

list() {
    if [[ ${#missing[@]} == 0 ]]; then
        exit 0
    fi
    fail "$1" "${words[@]/#/  * }" \
        "LLVM in a folder of its own is found by its name: LLVM_SYS_221_PREFIX=/that/folder make …"
}
as_root=()
if ! command -v apt-get >/dev/null; then
    list "Please install, as there is no apt-get here to do it:"
elif [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || list "Please install, as you are not root and there is no sudo:"
    as_root=(sudo)
fi

mapfile -t packages < <(printf '%s\n' "${missing[@]}" "${wanted[@]}" | sort -u)
echo "Installing with apt: ${packages[*]}"
"${as_root[@]}" apt-get update --quiet=2 || list "apt-get update failed. Please install:"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --quiet=2 --yes --no-install-recommends "${packages[@]}" >/dev/null ||
    list "apt-get could not install all of this. Please do:"

hash -r
look
if [[ ${#missing[@]} != 0 ]]; then
    list "Still missing after apt-get install ${packages[*]}:"
fi
