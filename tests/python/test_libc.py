"""A body may call anything in libc and libm, and whatever compilers call by themselves.

Holds "C bodies may call anything in libc and libm". Every function that our headers declare is called
or at least found; of what compilers emit calls to, there is a body for each kind.
"""

from __future__ import annotations

import os
import pathlib
import re
import time

import numpy as np
import pytest

import shiver

pytestmark = pytest.mark.toolchain

INCLUDE = pathlib.Path(__file__).parents[2] / "crates/shiver-clang/include/c"
HEADERS = sorted(
    path.name for path in INCLUDE.glob("*.h") if path.name not in ("_shiver.h", "tgmath.h")
)
INCLUDES = "".join(f"#include <{name}>\n" for name in HEADERS)


def words_of_headers() -> list[str]:
    """All that could be a function's name, with the suffixes of `float` and `long double`."""
    found = set()
    for name in HEADERS:
        text = re.sub(r"//.*|^#.*", "", (INCLUDE / name).read_text(encoding="utf-8"), flags=re.M)
        found.update(re.findall(r"\b[a-z]\w+", text))
    return sorted({word + suffix for word in found for suffix in ("", "f", "l")})


def functions_of_headers() -> list[str]:
    """Those words that clang takes for functions, all asked at once: each error names a line."""
    words = words_of_headers()
    while True:
        lines = [
            f'_Static_assert(__builtin_classify_type({word}) == 5, ""); void *p_{word} = (void *)&{word};'
            for word in words
        ]
        try:
            shiver.module_from_c(
                INCLUDES + '#line 1 "words"\n' + "\n".join(lines),
                flags=["-Wno-everything", "-ferror-limit=0"],
            )
        except shiver.CompileError as error:
            bad = {d.line for d in error.diagnostics if d.file == "words"}
            words = [word for line, word in enumerate(words, 1) if line not in bad]
        else:
            return words


def test_every_function_that_a_header_declares_is_there():
    functions = functions_of_headers()
    for name in ("qsort", "cosf", "ctanhl", "atexit", "fesetround", "snprintf"):
        assert name in functions
    assert len(functions) > 500
    addresses = ", ".join(f"(void *)&{name}" for name in functions)
    fn = shiver.from_c(
        f"{INCLUDES}void *f(long i) {{ void *const all[] = {{{addresses}}}; return all[i]; }}",
        flags=["-Wno-everything"],
    )
    assert all(fn(k) for k in range(len(functions)))
    # And each alone, as a call and not as an address: a nest calls it, whatever it would do.
    never = "".join(
        f"if (i == -{k + 1}) ((void (*)(void)){n})();\n" for k, n in enumerate(functions)
    )
    fn = shiver.from_c(
        f"{INCLUDES}long f(long i) {{ {never} return i; }}", flags=["-Wno-everything"]
    )
    assert shiver.parfor(fn, 3).tolist() == [0, 1, 2]


#: Bodies that return what they should give.
BODIES = {
    "qsort and bsearch": """
        static int by_value(const void *a, const void *b) { return *(int *)a - *(int *)b; }
        long f(void) {
            int x[] = {5, 3, 9, 1}, key = 9;
            qsort(x, 4, sizeof *x, by_value);
            return x[0] == 1 && x[3] == 9 && bsearch(&key, x, 4, sizeof *x, by_value) == x + 3;
        }""",
    "strtod and snprintf": """
        long f(void) {
            char text[40], *end;
            snprintf(text, sizeof text, "%.3f|%s|%lld", strtod("2.5e1x", &end), end, 1LL << 40);
            return strcmp(text, "25.000|x|1099511627776") == 0;
        }""",
    "malloc and its kin": """
        long f(void) {
            int *x = malloc(4), *y = calloc(3, 4), *z = aligned_alloc(64, 64);
            x = realloc(x, 400), x[99] = y[2] + 1, *z = x[99];
            long sum = *z;
            free(x), free(y), free(z);
            return sum;
        }""",
    "memory, at any length": """
        long f(void) {
            char from[3000], to[3000];
            for (int n = 0; n < 3000; n += 37) {
                memset(from, n, n), memcpy(to, from, n), memmove(to + 1, to, n);
                if (n && (memcmp(to + 1, from, n) || memchr(to, (char)~n, n))) return 0;
            }
            return strlen("abc") == 3 && strchr("abc", 'b') && strstr("abcd", "cd");
        }""",
    "errno": """
        long f(void) { errno = 0; strtol("99999999999999999999", 0, 10); return errno == ERANGE; }""",
    "the environment": """
        extern char **environ;
        long f(void) { return environ && environ[0] && !strcmp(getenv("HOME_OF_TEST"), "here"); }""",
    "time": """
        long f(void) {
            struct timespec now;
            time_t t = time(0);
            struct tm *tm = gmtime(&t);
            clock_gettime(0, &now);
            return now.tv_sec >= t && tm->tm_year > 120 && clock() >= 0;
        }""",
    "files": """
        long f(void) {
            char line[20] = "";
            FILE *file = tmpfile();
            fprintf(file, "%d lines\\n", 2), fputs("next", file), fputc('!', file), rewind(file);
            fgets(line, 20, file);
            long first = !strcmp(line, "2 lines\\n");
            fgets(line, 20, file);
            fclose(file);
            return first && !strcmp(line, "next!") && stdin && stdout && stderr;
        }""",
    "characters": """
        long f(void) { return isalpha('x') && !isdigit('x') && toupper('x') == 'X'; }""",
    "random numbers": "long f(void) { srand(7); int a = rand(); srand(7); return a == rand(); }",
    "what is linked into programs": """
        int stat(const char *, void *), fstat(int, void *), getpid(void), usleep(unsigned);
        long f(void) { char room[200]; return !stat("/", room) && fstat(-1, room) && getpid() > 1; }""",
    "mathematics behind pointers": """
        double f(void) {
            double (*volatile of[])(double) = {sin, exp, tgamma, cbrt};
            double sum = 0;
            for (int k = 0; k < 4; k++) sum += of[k](1.0);
            return fabs(sum - (sin(1) + exp(1) + 2)) < 1e-14;
        }""",
    "long double": """
        long f(void) { long double x = sqrtl(2.0L); return fabsl(x * x - 2) < 1e-18L; }""",
    "complex products and quotients": """
        long f(void) {
            double complex z = CMPLX(1, 2), w = CMPLX(3, -1);
            float complex u = CMPLXF(1, 2);
            volatile double inf = INFINITY;
            return cabs(z * w / w - z) < 1e-15 && u * u / u == u && isinf(cimag(CMPLX(inf, 0) * CMPLX(1, inf)))
                && cabs(cexp(clog(z)) - z) < 1e-15;
        }""",
    "integers of 128 bits": """
        long f(void) {
            volatile __int128 a = (__int128)1 << 100, b = 1000003;
            volatile unsigned __int128 c = a;
            return (a / b) * b + a % b == a && (c / b) * b + c % b == c
                && (__int128)(double)a == a && (double)c == 0x1p100 && (float)a == 0x1p100f;
        }""",
    "overflow of 128 bits": """
        long f(void) {
            volatile __int128 a = (__int128)1 << 100;
            __int128 r;
            return __builtin_mul_overflow(a, a, &r) && !__builtin_mul_overflow(a, (__int128)8, &r);
        }""",
    "numbers of 16 bits": """
        long f(void) {
            volatile double x = 1.0 / 3;
            volatile _Float16 h = x;
            volatile __bf16 b = (float)x, c = x;
            return fabs((double)h - x) < 1e-4 && fabs((double)(float)b - x) < 1e-2 && (float)b == (float)c;
        }""",
    "powers by repeated products": """
        long f(void) { volatile double x = 1.5; volatile int n = 7;
                       return __builtin_powi(x, n) == 17.0859375; }""",
    "counts of bits": """
        long f(void) { volatile unsigned long x = 0xf0f0; volatile unsigned __int128 y = x;
                       return __builtin_popcountl(x) == 8 && __builtin_parityl(x) == 0
                           && __builtin_clzl(x) == 48 && __builtin_ctzl(x) == 4
                           && __builtin_popcountg(y) == 8; }""",
    "quadruple precision": """
        long f(void) { volatile __float128 x = 3; x = x * x / 2 + 1; return (double)x == 5.5; }""",
    "atomic structs": """
        struct three { long x, y, z; };
        static _Atomic struct three all;
        long f(void) {
            struct three old = all, new;
            do new = (struct three){old.x + 1, old.y + 2, old.z + 3};
            while (!__c11_atomic_compare_exchange_strong(&all, &old, new, 5, 5));
            old = __c11_atomic_exchange(&all, (struct three){7, 8, 9}, 5);
            new = all;
            return old.x + 1 == old.y - old.x + 1 && new.z == 9;
        }""",
    "atomic numbers of 16 bytes": """
        static _Atomic __int128 all;
        long f(void) { all = 5; all += (__int128)1 << 100; all ^= 3; return (long)all == 6; }""",
    "alloca and arrays of any length": """
        long f(void) { volatile int n = 5000; char *x = alloca(n), y[n];
                       memset(x, 1, n), memset(y, 2, n); return x[n - 1] + y[n - 1] == 3; }""",
    "jumps": """
        int _setjmp(long *) __attribute__((returns_twice));
        void longjmp(long *, int) __attribute__((noreturn));
        long f(void) { long room[50]; int k = _setjmp(room); if (!k) longjmp(room, 7); return k == 7; }""",
    "weak names": """
        extern int nowhere(void) __attribute__((weak));
        extern int getpid(void) __attribute__((weak));
        long f(void) { return !nowhere && getpid && getpid() > 1; }""",
}


#: A struct of an odd size is never aligned as well as clang would like it.
QUIET = ["-Wno-atomic-alignment"]


@pytest.fixture(autouse=True, scope="module")
def environment():
    os.environ["HOME_OF_TEST"] = "here"
    yield
    del os.environ["HOME_OF_TEST"]


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_call(name):
    fn = shiver.from_c(INCLUDES + BODIES[name], "f", flags=QUIET)
    assert fn() == 1


@pytest.mark.parametrize("cpu", ["x86-64", "haswell", "skylake-avx512"])
def test_the_same_on_cpus_that_call_more(run_python, cpu):
    """An older CPU has fewer instructions, and functions take their place."""
    bodies = {name: INCLUDES + text for name, text in BODIES.items()}
    run_python(
        f"""
        import os, shiver
        os.environ["HOME_OF_TEST"] = "here"
        for name, source in {bodies!r}.items():
            assert shiver.from_c(source, "f", flags={QUIET})() == 1, name
        """,
        env={"SHIVER_CPU": cpu},
    )


def test_atomic_structs_are_replaced_whole_by_all_threads():
    fn = shiver.from_c(
        """
        struct three { long count, twice, thrice; };
        void f(_Atomic struct three *all, long i) {
            struct three old = *all, new;
            do new = (struct three){old.count + 1, old.twice + 2, old.thrice + 3};
            while (!__c11_atomic_compare_exchange_weak(all, &old, new, 5, 5));
        }""",
        flags=QUIET,
    )
    counts = np.zeros(3, dtype=np.int64)
    shiver.parfor(fn, 20_000, counts.ctypes.data, num_threads=4, schedule="dynamic")
    assert counts.tolist() == [20_000, 40_000, 60_000]


def test_a_nap_is_as_long_as_it_says():
    fn = shiver.from_c("""
        struct timespec { long s, ns; };
        int nanosleep(const struct timespec *, struct timespec *);
        int f(long i) { struct timespec t = {0, 2000000}; return nanosleep(&t, 0); }""")
    begin = time.monotonic()
    assert not shiver.parfor(fn, 5, num_threads=1).any()
    assert time.monotonic() - begin >= 0.01


def test_what_runs_at_exit_runs(run_python):
    done = run_python("""
        import gc, shiver
        source = '''
            #include <stdio.h>
            #include <stdlib.h>
            static long times;
            static void at_exit(void) { fprintf(stderr, "left after %ld\\\\n", times); }
            int f(long i) { times = i; return atexit(at_exit); }
        '''
        assert shiver.from_c(source)(7) == 0
        shiver.clear_cache()
        gc.collect()
        for k in range(100):
            shiver.from_c(f"long f(long i) {{ return i + {k}; }}")(1)
    """)
    assert done.stderr == "left after 7\n"


CPP = {
    "new and delete": """
        struct alignas(64) wide { double x[8]; };
        extern "C" int f() {
            int *one = new int(3), *many = new int[5]{1, 2};
            wide *aligned = new wide{}, *row = new wide[3];
            bool ok = *one == 3 && many[1] == 2 && (unsigned long)aligned % 64 == 0
                && (unsigned long)row % 64 == 0;
            delete one; delete[] many; delete aligned; delete[] row;
            return ok;
        }""",
    "variables made at the first call": """
        static int made;
        struct thing { int x; thing(int x) : x(x) { ++made; } ~thing() {} };
        extern "C" int f() { for (int k = 3; k--;) { static thing t(5); if (t.x != 5) return 0; }
                             return made == 1; }""",
    "variables made at the start": """
        struct table { int x[3]; table() { for (int &e : x) e = 7; } };
        static table t;
        extern "C" int f() { return t.x[0] + t.x[2] == 14; }""",
    "virtual functions": """
        struct base { virtual int g() = 0; virtual void no() = delete; };
        struct other : base { int g() override { return 1; } void no() override = delete; };
        extern "C" int f() { other o; base *volatile b = &o; return b->g(); }""",
    "the library's overloads": """
        #include <cmath>
        #include <cstdlib>
        extern "C" int f() { return std::abs(-2.5) == 2.5 && std::strtol("12", nullptr, 10) == 12; }""",
}


@pytest.mark.parametrize("name", CPP)
def test_bodies_in_cpp(name):
    assert shiver.from_c(CPP[name], "f", lang="c++")() == 1
