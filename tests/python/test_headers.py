"""The C and C++ headers that travel with the package.

Holds "Headers come from…" of the contract and item 3 of the main job: what C17's numeric headers
declare is there, in all three precisions, and gives what Python's `math` and `cmath` give.
"""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest

import shiver

C_HEADERS = (
    "math complex tgmath fenv stdint inttypes stddef stdbool stdlib string strings stdio float"
    " limits assert ctype errno time stdatomic"
).split()
CPP_HEADERS = (
    "cmath cstdint cinttypes cstddef cstdlib cstring cstdio cfloat climits cassert cctype cerrno"
    " ctime limits type_traits utility array algorithm complex"
).split()

ONE = (
    "acos asin atan cos sin tan acosh asinh atanh cosh sinh tanh exp exp2 expm1 log log10 log1p"
    " log2 logb cbrt fabs sqrt erf erfc lgamma tgamma ceil floor nearbyint rint round trunc"
).split()
TWO = "atan2 fmod copysign hypot pow remainder nextafter fdim fmax fmin".split()
OTHERS = (
    "frexp ilogb ldexp modf scalbn scalbln lrint llrint lround llround remquo nan nexttoward fma"
).split()
CLASSIFY = "isfinite isinf isnan isnormal signbit".split()
COMPARE = "isgreater isgreaterequal isless islessequal islessgreater isunordered".split()
COMPLEX = (
    "cacos casin catan ccos csin ctan cacosh casinh catanh ccosh csinh ctanh cexp clog cabs csqrt"
    " carg cimag conj cproj creal cpow"
).split()


def compute(source: str) -> object:
    return shiver.from_c(source)()


@pytest.mark.parametrize("header", C_HEADERS)
def test_each_c_header_compiles_alone(header):
    assert compute(f"#include <{header}.h>\nint f(void) {{ return 3; }}") == 3


def test_all_c_headers_compile_together_and_twice():
    lines = "".join(f"#include <{h}.h>\n" for h in C_HEADERS + C_HEADERS[::-1])
    source = lines + "int f(void) { return 3; }"
    assert shiver.from_c(source, flags=["-Wall", "-Wextra", "-Werror"])() == 3


@pytest.mark.parametrize("header", CPP_HEADERS)
def test_each_cpp_header_compiles_alone(header):
    source = f'#include <{header}>\nextern "C" int f() {{ return 3; }}'
    assert shiver.from_c(source, lang="c++")() == 3


def test_all_cpp_headers_compile_together():
    lines = "".join(f"#include <{h}>\n" for h in CPP_HEADERS + CPP_HEADERS[::-1])
    assert shiver.from_c(lines + 'extern "C" int f() { return 3; }', lang="c++")() == 3


# ------------------------------------------------------------------ math.h


@pytest.mark.parametrize("suffix", ["", "f", "l"])
def test_every_function_of_math_is_declared_in_three_precisions(suffix):
    uses = "".join(f"(void)&{name}{suffix};\n" for name in ONE + TWO + OTHERS)
    assert compute(f"#include <math.h>\nint f(void) {{ {uses} return 1; }}") == 1


@pytest.mark.parametrize("name", ONE + TWO)
@pytest.mark.parametrize("ctype", ["double", "float"])
def test_function_of_math_against_pythons(name, ctype):
    oracle = {
        "logb": lambda x: float(math.frexp(x)[1] - 1),
        "rint": round,
        "nearbyint": round,
        "round": lambda x: math.floor(x + 0.5),
        "tgamma": math.gamma,
        "fdim": lambda x, y: max(x - y, 0.0),
        "fmax": max,
        "fmin": min,
        "nextafter": lambda x, y: float(np.nextafter(np.dtype(dtype).type(x), dtype.type(y))),
    }
    dtype = np.dtype("float64" if ctype == "double" else "float32")
    python = oracle.get(name) or getattr(math, name, None) or getattr(np, name)
    suffix = "" if ctype == "double" else "f"
    points = np.array([1.25, 1.5, 2.0, 3.75] if name == "acosh" else [0.25, 0.5, 0.6875], dtype)
    if name in TWO:
        f = shiver.from_c(
            f"#include <math.h>\n{ctype} f(const {ctype} *x, long i)"
            f" {{ return {name}{suffix}(x[i], ({ctype})0.75); }}"
        )
        want = [python(float(x), 0.75) for x in points]
    else:
        f = shiver.from_c(
            f"#include <math.h>\n{ctype} f(const {ctype} *x, long i)"
            f" {{ return {name}{suffix}(x[i]); }}"
        )
        want = [python(float(x)) for x in points]
    got = shiver.parfor(f, len(points), points)
    np.testing.assert_allclose(got, np.array(want, dtype), rtol=1e-14 if not suffix else 1e-6)


def test_constants_of_math():
    names = (
        "M_E M_LOG2E M_LOG10E M_LN2 M_LN10 M_PI M_PI_2 M_PI_4 M_1_PI M_2_PI M_2_SQRTPI M_SQRT2"
        " M_SQRT1_2"
    ).split()
    want = [
        math.e, 1 / math.log(2), 1 / math.log(10), math.log(2), math.log(10), math.pi, math.pi / 2,
        math.pi / 4, 1 / math.pi, 2 / math.pi, 2 / math.sqrt(math.pi), math.sqrt(2),
        math.sqrt(0.5),
    ]  # fmt: skip
    table = ", ".join(names)
    f = shiver.from_c(
        f"#include <math.h>\ndouble f(long i) {{ double t[] = {{{table}}}; return t[i]; }}"
    )
    np.testing.assert_allclose(shiver.parfor(f, len(names)), want, rtol=3e-16)


def test_special_values_and_classification():
    uses = " + ".join(f"!!{name}(x)" for name in CLASSIFY)
    compares = " + ".join(f"{name}(x, 2.0)" for name in COMPARE)
    f = shiver.from_c(
        "#include <math.h>\nint f(const double *v, long i)"
        f" {{ double x = v[i]; return 100 * ({uses}) + ({compares}); }}"
    )
    values = np.array([1.0, 2.0, 3.0, np.inf, -np.inf, np.nan, 0.0, -0.0, 5e-324])
    want = []
    for x in values:
        normal = math.isfinite(x) and abs(x) >= 2.2250738585072014e-308
        kinds = [math.isfinite(x), math.isinf(x), math.isnan(x), normal, np.signbit(x)]
        order = [x > 2, x >= 2, x < 2, x <= 2, x != 2 and not math.isnan(x), math.isnan(x)]
        want.append(100 * sum(map(bool, kinds)) + sum(map(bool, order)))
    assert shiver.parfor(f, len(values), values).tolist() == want
    assert compute("#include <math.h>\nint f(void) { return isnan(NAN) && isinf(HUGE_VAL); }") == 1
    assert compute("#include <math.h>\ndouble f(void) { return -INFINITY; }") == -math.inf


def test_classes_of_numbers_are_told_apart():
    f = shiver.from_c(
        "#include <math.h>\nint f(const double *v, long i) { switch (fpclassify(v[i])) {"
        "case FP_NAN: return 0; case FP_INFINITE: return 1; case FP_ZERO: return 2;"
        "case FP_SUBNORMAL: return 3; case FP_NORMAL: return 4; } return 5; }"
    )
    values = np.array([np.nan, -np.inf, -0.0, 5e-324, 1.0])
    assert shiver.parfor(f, 5, values).tolist() == [0, 1, 2, 3, 4]


def test_functions_with_a_second_result():
    source = """
        #include <math.h>
        double f(const double *v, long i) {
            double whole; int power, quotient;
            double rest = modf(v[i], &whole), part = frexp(v[i], &power);
            remquo(v[i], 3.0, &quotient);
            return rest + 10 * whole + 1000 * part + 100000.0 * power + ldexp(1.0, 30) * quotient;
        }"""
    values = np.array([1.25, 3.5, 10.75])
    want = []
    for v in values:
        rest, whole = math.modf(v)
        part, power = math.frexp(v)
        quotient = round((v - math.remainder(v, 3.0)) / 3.0)
        want.append(rest + 10 * whole + 1000 * part + 1e5 * power + 2.0**30 * quotient)
    np.testing.assert_allclose(shiver.parfor(shiver.from_c(source), 3, values), want, rtol=1e-15)


# ------------------------------------------------------------------ complex.h, tgmath.h


@pytest.mark.parametrize("suffix", ["", "f", "l"])
def test_every_function_of_complex_is_declared_in_three_precisions(suffix):
    uses = "".join(f"(void)&{name}{suffix};\n" for name in COMPLEX)
    assert compute(f"#include <complex.h>\nint f(void) {{ {uses} return 1; }}") == 1


@pytest.mark.parametrize("name", sorted(set(COMPLEX) - {"cimag", "creal", "conj", "cproj"}))
def test_function_of_complex_against_pythons(name):
    oracle = {"carg": cmath.phase, "cpow": lambda z: z ** (0.5 + 1j), "cabs": abs}
    python = oracle.get(name) or getattr(cmath, name[1:])
    call = f"{name}(z[i], 0.5 + 1.0 * I)" if name == "cpow" else f"{name}(z[i])"
    f = shiver.from_c(
        "#include <complex.h>\ndouble _Complex f(const double _Complex *z, long i)"
        f" {{ return {call}; }}"
    )
    points = np.array([0.5 + 0.25j, -0.75 + 1.5j, 2 - 1j])
    want = [python(complex(z)) for z in points]
    np.testing.assert_allclose(shiver.parfor(f, 3, points), want, rtol=1e-13)


def test_parts_of_complex_numbers():
    f = shiver.from_c(
        "#include <complex.h>\ndouble complex f(const double complex *z, long i)"
        " { return CMPLX(cimag(z[i]), creal(conj(z[i]) * I)); }"
    )
    z = np.array([1 + 2j, -3 + 4j])
    assert np.array_equal(shiver.parfor(f, 2, z), z.imag + 1j * (z.conj() * 1j).real)


def test_tgmath_chooses_by_type():
    source = """
        #include <tgmath.h>
        int f(float x, double y, double complex z) {
            return 100 * sizeof(sqrt(x)) + 10 * (sizeof(sqrt(y)) == 8) + (sizeof(exp(z)) == 16);
        }"""
    assert shiver.from_c(source)(1.0, 1.0, 1.0) == 411


# ------------------------------------------------------------------ the others


@pytest.mark.parametrize(
    "header, expression, want",
    [
        ("stdint.h", "(INT64_MAX > 1L << 62) + (UINT8_MAX == 255) + (sizeof(intptr_t) == 8)", 3),
        ("inttypes.h", "sizeof(PRId64) > 1 && sizeof(PRIu32) > 1 && imaxabs(-3)", 1),
        ("stddef.h", "sizeof(size_t) + sizeof(ptrdiff_t) + (NULL == 0)", 17),
        ("stdbool.h", "true + true + false + sizeof(bool)", 3),
        ("stdlib.h", "abs(-3) + labs(-4L) + atoi(\"5\") + div(17, 5).rem", 14),
        ("stdlib.h", "(int)strtod(\"2.5e1x\", 0) + (int)strtol(\"-0x10\", 0, 16)", 9),
        ("string.h", "strlen(\"four\") + (strcmp(\"a\", \"b\") < 0)", 5),
        ("strings.h", "(strcasecmp(\"A\", \"a\") == 0) + !strncasecmp(\"Bx\", \"by\", 1)", 2),
        ("float.h", "DBL_DIG + FLT_MANT_DIG + (1.0 + DBL_EPSILON > 1.0)", 40),
        ("limits.h", "CHAR_BIT + (INT_MAX == 2147483647) + (ULONG_MAX == -1ul)", 10),
        ("ctype.h", "(isdigit('7') != 0) + (isalpha('7') != 0) + toupper('a')", 66),
        ("errno.h", "(EDOM > 0) + (ERANGE > 0) + (sizeof(errno) == sizeof(int))", 3),
        ("time.h", "time(0) > 1000000000 && sizeof(time_t) == 8", 1),
        ("fenv.h", "fegetround() == FE_TONEAREST", 1),
    ],
)  # fmt: skip
def test_expression_of_a_header(header, expression, want):
    assert compute(f"#include <{header}>\nint f(void) {{ return {expression}; }}") == want


def test_memory_and_sorting_of_stdlib():
    source = """
        #include <stdlib.h>
        #include <string.h>
        static int compare(const void *a, const void *b) { return *(int *)a - *(int *)b; }
        int f(const int *x, int n, long i) {
            int *copy = malloc(n * sizeof(int));
            memcpy(copy, x + i * n, n * sizeof(int));
            qsort(copy, n, sizeof(int), compare);
            int middle = copy[n / 2];
            free(copy);
            return middle;
        }"""
    x = np.random.default_rng(5).integers(0, 1000, (50, 11)).astype(np.int32)
    assert np.array_equal(shiver.parfor(shiver.from_c(source), 50, (x, 11)), np.median(x, axis=1))


def test_snprintf_and_strings():
    source = """
        #include <stdio.h>
        #include <inttypes.h>
        int f(char *text, int64_t i) {
            return snprintf(text + 8 * i, 8, "<%" PRId64 ">", i * i);
        }"""
    text = np.zeros((20, 8), dtype=np.int8)
    lengths = shiver.parfor(shiver.from_c(source), 20, text)
    words = [bytes(row).split(b"\0")[0].decode() for row in text.view(np.uint8)]
    assert words == [f"<{i * i}>" for i in range(20)]
    assert lengths.tolist() == [len(word) for word in words]


def test_atomics_of_stdatomic():
    source = """
        #include <stdatomic.h>
        void f(atomic_long *total, long i) { atomic_fetch_add(total, i); }"""
    total = np.zeros(1, dtype=np.int64)
    shiver.parfor(shiver.from_c(source), 10_000, total, num_threads=4)
    assert total[0] == sum(range(10_000))


def test_an_assertion_that_holds_is_silent(capfd):
    source = "#include <assert.h>\nint f(int x) { assert(x > 0); return x; }"
    assert shiver.from_c(source)(3) == 3
    assert capfd.readouterr().err == ""


def test_static_assert_and_ndebug():
    source = '#include <assert.h>\nstatic_assert(sizeof(int) == 4, "int");int f(int x)'
    assert (
        shiver.from_c(source + "{ assert(x > 0); return x; }", defines={"NDEBUG": None})(-3) == -3
    )
    with pytest.raises(shiver.CompileError, match="too small"):
        shiver.from_c('#include <assert.h>\nstatic_assert(sizeof(int) > 9, "too small"); int f();')
