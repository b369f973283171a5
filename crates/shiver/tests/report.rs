//! What is told of a loop: vectors or the reason why not, by line, with a hint; and the stages.

use shiver::reduce::{Op, reduce};
use shiver::{Args, Function, Input, Module, Options, Plan, Report, parfor};

fn function(source: &str) -> Function {
    Function::from_c(source, &Options::default()).unwrap_or_else(|e| panic!("{source}: {e}"))
}

fn report(source: &str) -> Report {
    function(source).report(None).unwrap_or_else(|e| panic!("{source}: {e}"))
}

#[test]
fn a_loop_in_vectors_is_told_with_its_width() {
    let report = report("void f(double *x, long i) { x[i] = 3 * x[i] + 1; }");
    assert!(report.vectorized && report.width >= 2 && report.interleaving >= 1, "{report:?}");
    assert!(report.remarks.is_empty() && report.inner_loops.is_empty(), "{report:?}");
    assert_eq!((report.indices, report.unit_steps, report.reduction), (1, true, false));
    let names: Vec<_> = report.stages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["clang", "nest", "optimize", "emit", "load"]);
    assert!(report.stages.iter().all(|&(_, seconds)| seconds > 0.0 && seconds < 60.0));
}

#[test]
fn narrow_types_have_wider_vectors() {
    let width = |ty| report(&format!("void f({ty} *x, long i) {{ x[i] = x[i] + 1; }}")).width;
    assert!(width("float") == 2 * width("double"));
}

/// A body for each entry of the table: the line that is blamed, a word of the reason, one of the hint.
#[test]
fn each_reason_is_told_at_its_line() {
    // (source, inner, line, in the reason, in the hint, LLVM's words)
    let cases = [
        (
            "double g(double);\ndouble f(double x, long i) {\n    return g(x * i);\n}",
            (false, 3, "g is called", "into the source", "call instruction"),
        ),
        (
            "static int fib(int n) {\n    return n < 2 ? n : fib(n - 1) + fib(n - 2);\n}\n\
             int f(int i) {\n    return fib(i);\n}",
            (false, 5, "fib is called", "recursion as a loop", "call instruction"),
        ),
        (
            "__attribute__((noinline)) static long g(long i) { return i ^ 7; }\n\
             void f(long *x, long i) {\n    x[i] = g(i) + g(i + x[i]);\n}",
            (false, 3, "g is called", "noinline", "call instruction"),
        ),
        (
            "typedef void call(long);\nvoid f(call *g, long i) {\n    g(i);\n}",
            (false, 3, "a call", "can be inlined", "call instruction"),
        ),
        (
            "void f(long *n, const long *x, long i) {\n    __atomic_fetch_add(n, x[i], 0);\n}",
            (false, 2, "atomic", "reduce", ""),
        ),
        (
            "void f(volatile double *x, long i) {\n    x[i] += 1;\n}",
            (false, 2, "volatile", "reduce", "volatile read"),
        ),
        (
            "void f(long *p, long n, long i) {\n    for (long k = 0; k < n; k++)\n        \
             __atomic_fetch_add(p + i, k, 0);\n}",
            (true, 2, "one by one", "out of the body", "instruction cannot be vectorized"),
        ),
        (
            "double f(const double *x, long n, long i) {\n    double s = 0;\n    \
             for (long k = 0; k < n; k++)\n        s += x[k];\n    return s;\n}",
            (true, 4, "order", "fastmath=\"reassoc\"", "reorder floating-point"),
        ),
        (
            "double f(const double *x, long n, long i) {\n    double s = x[i];\n    \
             for (long k = 0; k < n; k++)\n        s = 3.9 * s * (1 - s);\n    return s;\n}",
            (true, 3, "round before", "from the index", "reduction"),
        ),
        (
            "int f(float c, long i) {\n    float x = 0;\n    int n = 0;\n    \
             while (n < 256 && x < 4) {\n        x = x * x + c * i;\n        n++;\n    }\n    \
             return n;\n}",
            (true, 4, "only known when it ends", "fixed number", "uncountable"),
        ),
        (
            "void f(double *x, long n, long i) {\n    for (long k = 0; k < n; k++) {\n        \
             if (x[k] > 4) break;\n        x[n * i + k] += 1;\n    }\n}",
            (true, 2, "left in its middle", "instead of break", "arly exit"),
        ),
        (
            "void f(double *x, long n, long i) {\n    double *y = x + i * n;\n    \
             for (long k = 1; k < n; k++)\n        y[k] = y[k - 1] + y[k];\n}",
            (true, 4, "another round", "restrict", "unsafe dependent memory"),
        ),
        (
            "double f(const double *x, long n, long i) {\n    double t[3];\n    t[0] = x[i];\n    \
             t[1] = i;\n    t[2] = 2;\n    return t[i % 3];\n}",
            (false, 6, "which memory", "local arrays", "array bounds"),
        ),
        (
            "void f(long *x, long i) {\n    x[i * 1000] = x[i * 777] / 77;\n}",
            (false, 0, "slower", "neighbouring", "not beneficial"),
        ),
        (
            "void f(double *x, double *y, long n, long i) {\n    for (long k = 0; k < n; k++)\n        \
             x[i * n + k] = y[k] + 1;\n}",
            (false, 2, "a loop of its own", "a constant", ""),
        ),
        ("void f(double *x, long i) {}", (false, 0, "left no loop", "", "")),
    ];
    for (source, (inner, line, reason, hint, llvm)) in cases {
        let report = report(source);
        assert!(!report.vectorized && report.width == 1, "{source}\n{report:#?}");
        let fits = |remark: &&shiver::report::Remark| {
            (remark.inner, remark.line) == (inner, line)
                && remark.reason.contains(reason)
                && remark.hint.contains(hint)
                && remark.llvm.contains(llvm)
        };
        let found = report.remarks.iter().find(fits);
        let found = found.unwrap_or_else(|| panic!("{source}\n{report:#?}"));
        if line > 0 {
            assert_eq!(found.file, "<source>");
            assert_eq!(found.source_line, source.lines().nth(line as usize - 1).unwrap().trim());
            assert!(found.column > 0, "{found:?}");
        }
    }
}

#[test]
fn vectors_that_are_for_neighbours_only_are_told() {
    let strided =
        report("void f(double *y, const double *x, long s, long i) {\n    y[i * s] = x[i * s];\n}");
    assert!(strided.vectorized, "{strided:#?}");
    let [remark] = &strided.remarks[..] else { panic!("{strided:#?}") };
    assert!(remark.reason.contains("neighbours only") && remark.hint.contains("constant"));
    assert_eq!((remark.inner, remark.line, &*remark.llvm), (false, 0, ""));
    let plain = report("void f(double *y, const double *x, long i) {\n    y[i] = x[i];\n}");
    assert_eq!(plain.remarks, []);
}

#[test]
fn a_loop_inside_that_has_vectors_is_told_beside_the_nest() {
    let report = report(
        "void f(double *x, double *y, long n, long i) {\n    for (long k = 0; k < n; k++)\n        \
         x[i * n + k] = y[k] + 1;\n}",
    );
    assert!(!report.vectorized);
    let [inner] = &report.inner_loops[..] else { panic!("{report:#?}") };
    assert!(inner.vectorized && inner.width >= 2 && inner.line == 2, "{inner:?}");
}

#[test]
fn a_loop_that_becomes_a_fill_is_told() {
    let report = report("void f(double *x, long i) { x[i] = 0; }");
    assert!(report.vectorized && report.width == 0 && report.remarks.is_empty(), "{report:?}");
}

#[test]
fn the_loop_that_ran_last_is_the_one_that_is_told() {
    let f = function("void f(double *x, long n, long i, long j) { x[i * n + j] += 1; }");
    assert_eq!(f.report(None).unwrap().indices, 1);
    let mut x = vec![0.0; 20];
    // SAFETY: the body touches the 4 times 5 elements.
    unsafe { parfor(&f, (4, 5), Args::new().slice_mut(&mut x).scalar(5i64), &Plan::default()) }
        .unwrap();
    let report = f.report(None).unwrap();
    assert_eq!((report.indices, report.unit_steps), (2, true));
    assert_eq!(f.report(Some(1)).unwrap().indices, 1);

    let square = function("long square(long i) { return i * i; }");
    let op = Op::Builtin(shiver::Reduction::Add);
    // SAFETY: the body touches no memory.
    let sum = unsafe { reduce(&square, 10, Args::new(), op, None, &Plan::default()) };
    assert_eq!(sum.unwrap(), Some(285i64));
    assert!(square.report(None).unwrap().reduction);
}

#[test]
fn code_without_a_source_has_reasons_without_lines() {
    let source = "double f(const double *x, long n, long i) {\n    double s = 0;\n    \
                  for (long k = 0; k < n; k++)\n        s += x[k];\n    return s;\n}";
    let module = function(source).module().clone();
    let travelled = Module::from_identity(module.identity().clone()).unwrap();
    let report = travelled.function("f").unwrap().report(None).unwrap();
    assert!(report.remarks.iter().any(|r| r.inner && r.line == 0 && r.reason.contains("order")));
    assert!(report.stages.iter().all(|(name, _)| name != "clang"));

    let ir = "define i64 @next(i64 %i) { %r = add i64 %i, 1\n ret i64 %r }";
    let module = Module::from_llvm(Input::Text(ir), Some("next"), &mut |_| ()).unwrap();
    assert!(module.function("next").unwrap().report(None).unwrap().vectorized);
}

#[test]
fn a_header_that_changed_is_not_shown_as_what_was_compiled() {
    let folder = std::env::temp_dir().join(format!("shiver-report-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let header = folder.join("g.h");
    std::fs::write(
        &header,
        "static int g(int i) {\n    while (i & 7)\n        i = i * 5 + 1;\n    return i;\n}\n",
    )
    .unwrap();
    let options = Options { include_dirs: vec![folder.clone()], ..Options::default() };
    let f = Function::from_c("#include \"g.h\"\nint f(int i) { return g(i); }", &options).unwrap();
    let remarks = f.report(None).unwrap().remarks;
    assert!(
        remarks.iter().any(|r| r.source_line == "while (i & 7)" && r.line == 2),
        "{remarks:#?}"
    );
    std::fs::write(&header, "static int g(int i) { return i; }\n").unwrap();
    let report = f.report(None).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(!report.vectorized && !report.remarks.is_empty());
    assert!(report.remarks.iter().all(|remark| remark.line == 0), "{report:#?}");
}

#[test]
fn a_symbol_that_is_missing_leaves_out_the_loading() {
    let report =
        report("double nobody_has_this(double);\ndouble f(long i) { return nobody_has_this(i); }");
    assert!(report.stages.iter().all(|(name, _)| name != "load"), "{report:?}");
}
