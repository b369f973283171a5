"""Compares our C headers with the C library's own on a machine that has both (development only).

    CLANG=clang python against_glibc.py

Every function we declare is declared again after the library's header (a difference in type is an
error) and looked up as a symbol; every constant, and the size of every type, must have the same
type and value under both.
"""

import ctypes
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

CLANG = os.environ.get("CLANG", "clang")
OURS = pathlib.Path(__file__).parents[2] / "crates/shiver-clang/include/c"
RESOURCE = subprocess.check_output([CLANG, "-print-resource-dir"], text=True).strip() + "/include"
HERMETIC = ["-nostdinc", "-isystem", str(OURS), "-isystem", RESOURCE]
HEADERS = """math complex fenv stdint inttypes stddef stdlib string strings stdio float limits
assert ctype errno time""".split()
# No arithmetic constants, or ones that a flag decides.
SKIP = re.compile(
    r"_[A-Z_].*|__.*|alloca|assert|static_assert|std(in|out|err)|errno|math_errhandling|complex|I"
    r"|INFINITY|NAN|HUGE_VAL[FL]?|FE_(DFL|NOMASK)_ENV|MB_CUR_MAX|NULL"
)
TYPES = (
    """int_fast8_t int_fast16_t int_fast32_t int_fast64_t uint_fast16_t intmax_t uintptr_t
size_t wchar_t ptrdiff_t max_align_t div_t ldiv_t lldiv_t imaxdiv_t fpos_t time_t clock_t clockid_t fenv_t
fexcept_t float_t double_t ssize_t off_t""".split()
    + ["struct tm", "struct timespec", "struct drand48_data", "struct random_data"]
)
KINDS = [
    "int",
    "unsigned",
    "long",
    "unsigned long",
    "long long",
    "unsigned long long",
    "float",
    "double",
    "long double",
    "char *",
]


def clang(*args, source=None):
    done = subprocess.run(
        [CLANG, "-x", "c", "-std=gnu17", *args], input=source, text=True, capture_output=True
    )
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def constants(header):
    """The object-like macros that are ours, not the compiler's own."""
    include = f"#include <{header}.h>\n"
    own = set(clang("-dM", "-E", *HERMETIC, "-", source="").splitlines())
    for line in clang("-dM", "-E", *HERMETIC, "-", source=include).splitlines():
        match = re.match(r"#define (\w+) (.+)", line)
        if line not in own and match and not SKIP.fullmatch(match[1]):
            yield match[1]


def functions(header):
    tree = json.loads(
        clang(
            *HERMETIC,
            "-fsyntax-only",
            "-Xclang",
            "-ast-dump=json",
            "-",
            source=f"#include <{header}.h>\n",
        )
    )
    for node in tree["inner"]:
        if node["kind"] == "FunctionDecl" and not node["name"].startswith("__builtin"):
            # The function types that math.h and complex.h name, at full length.
            kind = node["type"]["qualType"]
            if kind[0] == "_":
                kind = node["type"].get("desugaredQualType", kind)
            kind = re.sub(r" __attribute__\(\(.*?\)\)", "", kind).replace("__size_t", "size_t")
            kind = kind.replace("struct __va_list_tag *", "__builtin_va_list")
            yield node["name"], kind


def program(names):
    """Prints type and value of every constant and the size of every type."""
    out = ["#define _GNU_SOURCE"] + [f"#include <{h}.h>" for h in HEADERS]
    kinds = ", ".join(f'{k}: "{k}"' for k in KINDS)
    out.append("int main(void) {")
    for name in names:
        out.append(f'printf("{name} %s ", _Generic(({name}), {kinds}, default: "other"));')
        if name[:3] in ("PRI", "SCN"):
            out.append(f"puts({name});")
        else:
            out.append(f'printf("%La\\n", (long double)({name}));')
    out += [f'printf("{t} %zu %zu\\n", sizeof({t}), _Alignof({t}));' for t in TYPES]
    for field in ("tm_year", "tm_isdst", "tm_gmtoff", "tm_zone"):
        out.append(f'printf("{field} %zu\\n", offsetof(struct tm, {field}));')
    return "\n".join([*out, "}"])


def main():
    names = sorted({name for header in HEADERS for name in constants(header)})
    with tempfile.TemporaryDirectory() as folder:
        printed = []
        for flags in (HERMETIC, []):
            exe = str(pathlib.Path(folder) / "constants")
            clang(*flags, "-w", "-o", exe, "-", "-lm", source=program(names))
            printed.append(subprocess.check_output([exe], text=True).splitlines())
    differing = [pair for pair in zip(*printed, strict=True) if pair[0] != pair[1]]
    for pair in differing:
        print("ours: {}   glibc: {}".format(*pair))

    libraries = [ctypes.CDLL("libc.so.6"), ctypes.CDLL("libm.so.6")]
    count = 0
    for header in HEADERS:
        found = dict(functions(header))
        again = [f"__typeof__({kind}) {name};" for name, kind in found.items()]
        lines = [f"#include <{header}.h>", "#include <stddef.h>", "#include <stdint.h>", *again]
        clang(
            "-fsyntax-only",
            "-D_DEFAULT_SOURCE",
            "-D_XOPEN_SOURCE=700",
            "-",
            source="\n".join(lines),
        )
        for name in found:
            if not any(hasattr(library, name) for library in libraries):
                print(f"{header}.h: no symbol {name}")
        count += len(found)
    print(f"{count} functions, {len(names)} constants, {len(TYPES)} types compared")
    return bool(differing)


if __name__ == "__main__":
    sys.exit(main())
