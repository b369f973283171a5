"""What of C and C++ a body may be written in: C++17, fastmath, complex numbers, refused types.

Holds `lang=`, `fastmath=` and "Refused by name when the function is made" of the contract.
"""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shiver

# ------------------------------------------------------------------ C++


def test_cpp_with_templates_and_lambdas():
    f = shiver.from_c(
        """
        template <typename T> static T larger(T a, T b) { return a > b ? a : b; }
        template <typename F> static double twice(F f, double x) { return f(f(x)); }
        extern "C" double body(const double *x, long i) {
            auto up = [i](double v) { return v + i; };
            return larger(twice(up, x[i]), 3.0);
        }""",
        lang="c++",
    )
    x = np.linspace(-5, 5, 33)
    assert f.name == "body"
    assert np.array_equal(shiver.parfor(f, 33, x), np.maximum(x + np.arange(33) * 2, 3.0))


def test_cpp_body_with_a_mangled_name():
    f = shiver.from_c("double body(double x, long i) { return x * i; }", lang="c++")
    assert shiver.parfor(f, 4, 0.5).tolist() == [0, 0.5, 1, 1.5]


def test_cpp_is_cpp_17():
    source = 'extern "C" long f() { return __cplusplus; }'
    assert shiver.from_c(source, lang="c++")() == 201703


def test_cpp_library_parts():
    f = shiver.from_c(
        """
        #include <algorithm>
        #include <array>
        #include <cmath>
        #include <complex>
        #include <limits>
        #include <type_traits>
        #include <utility>
        extern "C" double f(const double *x, long i) {
            static_assert(std::is_floating_point<double>::value, "");
            std::array<double, 4> t = {x[i], x[i + 1], x[i + 2], x[i + 3]};
            std::sort(t.begin(), t.end());
            std::swap(t[0], t[3]);
            std::complex<double> z(t[0], t[1]);
            double far = std::numeric_limits<double>::infinity();
            return std::min(std::abs(z), far) + std::max(t[2], t[3]) + std::sqrt(std::norm(z));
        }""",
        lang="c++",
    )
    x = np.random.default_rng(2).standard_normal(50)
    want = []
    for i in range(40):
        low, second, third, high = sorted(x[i : i + 4])
        size = abs(complex(high, second))
        want.append(size + max(third, low) + np.sqrt(high**2 + second**2))
    np.testing.assert_allclose(shiver.parfor(f, 40, x), want, rtol=1e-14)


def test_cpp_class_with_members_inside():
    f = shiver.from_c(
        """
        struct Counter { long n = 0; void add(long k) { n += k; } long get() const { return n; } };
        extern "C" long f(long i) {
            Counter c;
            for (long k = 0; k <= i; ++k) c.add(k);
            return c.get();
        }""",
        lang="c++",
    )
    n = np.arange(30)
    assert np.array_equal(shiver.parfor(f, 30), n * (n + 1) // 2)


def test_cpp_has_no_exceptions_and_no_rtti():
    with pytest.raises(shiver.CompileError, match="exception"):
        shiver.from_c('extern "C" int f(int x) { throw x; }', lang="c++")
    with pytest.raises(shiver.CompileError, match="rtti"):
        shiver.from_c(
            "struct A { virtual void v(); }; struct B : A {};"
            'extern "C" int f(A *a) { return dynamic_cast<B *>(a) != nullptr; }',
            lang="c++",
        )


def test_c_is_not_cpp():
    with pytest.raises(shiver.CompileError):
        shiver.from_c("template <typename T> T f(T x) { return x; }")


# ------------------------------------------------------------------ fastmath

MULTIPLY_ADD = "double f(double a, double b, double c) { return a * b + c; }"
IS_NAN = "_Bool f(const double *x, long i) { return x[i] != x[i]; }"


@given(st.integers(1, 2**26), st.integers(1, 2**26))
def test_no_contraction_by_default(m, n):
    a, b = 1 + m * 2.0**-52, 1 - n * 2.0**-52
    f = shiver.from_c("double f(const double *a, double b, long i) { return a[i] * b - 1.0; }")
    assert (shiver.parfor(f, 19, (np.full(19, a), b)) == a * b - 1.0).all()


def test_no_reassociation_by_default():
    x = np.random.default_rng(7).standard_normal((20, 1001))
    f = shiver.from_c(
        "double f(const double *x, long n, long i)"
        "{ double s = 0; for (long k = 0; k < n; ++k) s += x[i * n + k]; return s; }"
    )
    want = []
    for row in x.tolist():
        total = 0.0
        for number in row:
            total += number
        want.append(total)
    assert shiver.parfor(f, 20, (x, 1001)).tolist() == want


def test_nan_tests_hold_by_default():
    x = np.array([0.0, np.nan, np.inf, -np.nan, 1.0] * 7)
    assert np.array_equal(shiver.parfor(shiver.from_c(IS_NAN), 35, x), np.isnan(x))


def test_signed_zeros_and_division_are_numpys_by_default():
    f = shiver.from_c("double f(const double *x, double y, long i) { return (x[i] + 0.0) / y; }")
    x = np.array([0.0, -0.0, 1.0, 0.1, 5e-324, 1e308, np.inf] * 5)
    assert shiver.parfor(f, 35, (x, 3.0)).tobytes() == ((x + 0.0) / 3.0).tobytes()


def test_the_ir_of_default_arithmetic_bears_no_fast_flag():
    fn = shiver.from_c(MULTIPLY_ADD)
    for ir in (fn.inspect_llvm(), fn.inspect_llvm(optimized=True)):
        assert "fmul double" in ir and "fadd double" in ir
        assert "llvm.fma" not in ir


def whole_ir(fn: shiver.Function) -> str:
    """The IR before and after optimising: the contract leaves open where the flags are put in."""
    return fn.inspect_llvm() + fn.inspect_llvm(optimized=True)


@pytest.mark.parametrize("flag", ["reassoc", "arcp", "nsz", "nnan", "ninf", "afn"])
def test_one_fast_flag_is_that_flag_and_no_other(flag):
    for form in (flag, {flag}):
        ir = whole_ir(shiver.from_c(MULTIPLY_ADD, fastmath=form))
        assert re.search(rf"fmul {flag} double", ir), ir


def test_contract_allows_one_rounding():
    for form in ("contract", {"contract"}):
        f = shiver.from_c(MULTIPLY_ADD, fastmath=form)
        assert re.search("fmul contract double|llvm.fmuladd|llvm.fma", whole_ir(f))
        assert f(1 + 2.0**-30, 1 - 2.0**-30, -1.0) in (0.0, -(2.0**-60))


def test_several_fast_flags():
    ir = whole_ir(shiver.from_c(MULTIPLY_ADD, fastmath={"nnan", "ninf"}))
    assert "fmul nnan ninf double" in ir


def test_fastmath_true_is_all_of_them():
    f = shiver.from_c(MULTIPLY_ADD, fastmath=True)
    assert "fmul fast double" in whole_ir(f)
    assert f(2, 3, 4) == 10


@pytest.mark.parametrize("form", ["quick", {"reassoc", "quick"}])
def test_an_unknown_fast_flag_is_named(form):
    with pytest.raises(ValueError, match="quick"):
        shiver.from_c(MULTIPLY_ADD, fastmath=form)


def test_functions_of_other_fastmath_are_not_equal():
    assert shiver.from_c(IS_NAN) != shiver.from_c(IS_NAN, fastmath=True)


# ------------------------------------------------------------------ complex numbers


@pytest.mark.parametrize("ctype, dtype", [("float", "complex64"), ("double", "complex128")])
def test_complex_as_pointer_scalar_and_result(ctype, dtype):
    f = shiver.from_c(
        f"{ctype} _Complex f(const {ctype} _Complex *z, {ctype} _Complex s, {ctype} r, long i)"
        " { return z[i] + s * r; }"
    )
    z = (np.arange(25) - 1j * np.arange(25)[::-1]).astype(dtype)
    got = shiver.parfor(f, 25, (z, 0.5 - 2j, 4))
    assert got.dtype == dtype
    assert np.array_equal(got, z + (2 - 8j))


@pytest.mark.parametrize("ctype, dtype", [("float", "complex64"), ("double", "complex128")])
def test_complex_product_and_written_array(ctype, dtype):
    f = shiver.from_c(
        f"void f(const {ctype} _Complex *a, {ctype} _Complex *b, long i) {{ b[i] = a[i] * b[i]; }}"
    )
    a = (np.arange(1, 20) + 1j * np.arange(19)).astype(dtype)
    b = (np.arange(19) - 2j).astype(dtype)
    want = a * b
    shiver.parfor(f, 19, (a, b))
    assert np.array_equal(b, want)


def test_two_complex_scalars_between_other_arguments():
    f = shiver.from_c(
        "double _Complex f(int k, double _Complex u, float t, float _Complex v, const double *x,"
        " long i) { return k + u * t + v * x[i]; }"
    )
    x = np.arange(9.0)
    want = 2 + (1 + 1j) * 0.5 + (3 - 1j) * x
    assert np.array_equal(shiver.parfor(f, 9, (2, 1 + 1j, 0.5, 3 - 1j, x)), want)


# ------------------------------------------------------------------ refused by name


@pytest.mark.parametrize(
    "source, words",
    [
        ("struct s { int a; }; int f(struct s item, long i) { return item.a; }", "struct|item"),
        ("struct s { int a[9]; }; int f(struct s item, long i) { return 1; }", "struct|item"),
        ("struct s { int a; }; struct s f(long i) { struct s r = {1}; return r; }", "struct"),
        ("union u { int a; }; int f(union u item, long i) { return item.a; }", "union|item"),
        ("double f(long double wide, long i) { return wide; }", "long double"),
        ("long double f(long i) { return i; }", "long double"),
        ("long f(__int128 wide, long i) { return wide; }", "__int128"),
        ("unsigned __int128 f(long i) { return i; }", "__int128"),
        ("int f(int first, ...) { return first; }", r"(?i)vararg|variadic|variable|\.\.\."),
    ],
)  # fmt: skip
def test_types_that_cannot_be_passed_are_refused_by_name(source, words):
    with pytest.raises(TypeError, match=words):
        shiver.from_c(source)


def test_the_refused_types_may_be_used_inside():
    f = shiver.from_c(
        "struct pair { double a, b; };"
        "static struct pair both(double x) { struct pair p = {x, -x}; return p; }"
        "double f(const double *x, long i) { long double wide = both(x[i]).b;"
        " __int128 big = (__int128)i << 70; return (double)wide + (double)(big >> 70); }"
    )
    x = np.linspace(0, 1, 21)
    assert np.array_equal(shiver.parfor(f, 21, x), -x + np.arange(21))
