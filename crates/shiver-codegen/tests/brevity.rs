//! Which nests say that each of their iterations is over soon.

use shiver_clang::Options;
use shiver_codegen::{BRIEF_SYMBOL, Body, Input, Reduction, Shape, Stage, compile_nest, import};
use shiver_llvm::Cpu;

const PLAIN: Shape =
    Shape { indices: 1, unit_steps: true, reduction: None, tiles: true, streams: 0 };

/// Whether the nest around the last function of a source says so.
fn says(source: &str, shape: Shape) -> bool {
    let cpu = Cpu::named("sapphirerapids");
    let compiled =
        shiver_clang::compile(source, &Options::default(), &cpu).unwrap_or_else(|e| panic!("{e}"));
    let symbol = &compiled.signatures.last().expect("a body").symbol;
    let body = Body { bitcode: &compiled.bitcode, symbol };
    let ir = compile_nest(body, None, shape, &cpu, Stage::Ir).unwrap_or_else(|e| panic!("{e}"));
    let ir = String::from_utf8(ir.bytes).expect("text");
    ir.contains(&format!("@{BRIEF_SYMBOL} = alias "))
}

#[test]
fn straight_code_is_brief() {
    for source in [
        "void f(double *x, long i) { x[i] = x[i] * 2 + 1; }",
        "long f(long i) { return i % 3 ? i : -i; }",
        "void f(double *x, long i) { if (x[i] > 0) x[i] = 1 / x[i]; else if (i) x[i] = 3; }",
        "double sin(double); double pow(double, double); double fma(double, double, double);\n\
         double f(const double *x, long i) { return fma(sin(x[i]), pow(x[i], 2.5), 1); }",
        "static double half(double x) { return x / 2; }\n\
         double f(const double *x, long i) { return half(half(x[i])); }",
        "void f(long *sum, long i) { __atomic_fetch_add(sum, i, __ATOMIC_RELAXED); }",
        "static long n; long f(long i) { return n++ + i; }",
    ] {
        assert!(says(source, PLAIN), "{source}");
    }
    let source = "float f(long i, long j) { return (float)i * j; }";
    for (indices, unit_steps) in [(2, true), (2, false), (1, false)] {
        assert!(says(source, Shape { indices, unit_steps, ..PLAIN }));
    }
}

#[test]
fn loops_and_calls_that_could_wait_are_not() {
    for source in [
        "double f(const double *x, long n, long i) { double s = 0;\n\
         for (long k = 0; k < n; k++) s += x[i * n + k]; return s; }",
        "void f(volatile long *x, long i) { while (x[i]) ; }",
        "void f(long *x, long i) { again: x[i] = x[i] * 5 % 7; if (x[i] != 1) goto again; }",
        "void *memset(void *, int, unsigned long);\n\
         void f(char *x, long n, long i) { memset(x + i * n, 1, n); }",
        "int usleep(unsigned); long f(long i) { return usleep(i); }",
        "int puts(const char *); void f(long i) { puts(\"\"); }",
        "long f(long (*g)(long), long i) { return g(i); }",
        "__attribute__((noinline)) static long down(long n) { return n > 1 ? 3 * down(n - 1) ^ n : 1; }\n\
         long f(long i) { return down(i); }",
        "long f(long i) { __asm__ volatile(\"pause\"); return i; }",
    ] {
        assert!(!says(source, PLAIN), "{source}");
    }
    let sum = Shape { reduction: Some(Reduction::Add), ..PLAIN };
    assert!(!says("long f(long i) { return i; }", sum));
}

#[test]
fn the_name_cannot_be_taken() {
    let text = "define void @shiver.brief() { ret void }\n\
                define i64 @f(i64 %i) { call void @shiver.brief() ret i64 %i }";
    let bitcode = import(Input::Text(text), None, &[], &mut |_| ()).unwrap();
    let body = Body { bitcode: &bitcode, symbol: "f" };
    let error = compile_nest(body, None, PLAIN, &Cpu::named("haswell"), Stage::Ir).unwrap_err();
    assert!(error.to_string().contains("shiver.brief"), "{error}");
}
