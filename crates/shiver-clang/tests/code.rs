//! The bitcode is what was asked for.

use shiver_clang::{FastMath, Language, Options, compile};
use shiver_llvm::Cpu;
use shiver_signature::{METADATA, Signature};

mod support;
use support::{function, ir};

fn code(source: &str, options: &Options) -> String {
    let compiled = compile(source, options, Cpu::host());
    ir(&compiled.unwrap_or_else(|failure| panic!("{source}\n{failure}")).bitcode)
}

fn with_flags(flags: &[&str]) -> Options {
    Options { flags: flags.iter().map(|&flag| flag.to_owned()).collect(), ..Options::default() }
}

const AXPY: &str = "double f(double a, double b, double c) { return a * b / c + c; }";

#[test]
fn signatures_travel_inside() {
    let compiled = compile(
        "void f(double *x, long i) {}\nint g(int n) { return n; }\n",
        &Options::default(),
        Cpu::host(),
    )
    .unwrap();
    let text = ir(&compiled.bitcode);
    assert!(text.contains(&format!("!{METADATA} = !{{!")), "{text}");
    for signature in &compiled.signatures {
        // The text of a metadata string has its quotes escaped.
        let found = text.lines().filter_map(|line| line.split_once("= !{!\"{")).any(|(_, rest)| {
            let json = format!("{{{}", rest.trim_end_matches("\"}").replace("\\22", "\""));
            Signature::from_json(&json).unwrap() == *signature
        });
        assert!(found, "{signature} is not in {text}");
    }
}

#[test]
fn code_is_for_the_cpu_and_may_be_optimised() {
    let text = code(AXPY, &Options::default());
    assert!(text.contains("target triple = \"x86_64-pc-linux-gnu\""));
    assert!(text.contains(&format!("\"target-cpu\"=\"{}\"", Cpu::host().name)), "{text}");
    assert!(text.contains("\"target-features\"=\"") && text.contains("+sse2"));
    for flags in
        [&["-O0"][..], &["-O1"], &["-O2"], &["-O3"], &["-Os"], &["-Og"], &["-O"], &["-O0", "-g"]]
    {
        let text = code(AXPY, &with_flags(flags));
        assert!(!text.contains("optnone") && !text.contains("noinline"), "{flags:?} {text}");
    }
    assert!(code(AXPY, &with_flags(&["-g"])).contains("!DILocation"));
    assert!(!text.contains("!DILocation") && !text.contains("uwtable"));
    let old = code(AXPY, &with_flags(&["-march=haswell"]));
    assert!(old.contains("\"target-cpu\"=\"haswell\"") && !old.contains("+avx512f"), "{old}");
    let named = compile(AXPY, &Options::default(), &Cpu::named("skylake-avx512")).unwrap();
    assert!(ir(&named.bitcode).contains("\"target-cpu\"=\"skylake-avx512\""));
    let without = code(AXPY, &with_flags(&["-mno-avx512f"]));
    assert!(without.contains("-avx512f"), "{without}");
    let tuned = code(AXPY, &with_flags(&["-mtune=znver4"]));
    assert!(tuned.contains("\"tune-cpu\"=\"znver4\""), "{tuned}");
    assert!(tuned.contains(&format!("\"target-cpu\"=\"{}\"", Cpu::host().name)));
}

#[test]
fn arithmetic_is_exact_unless_told_otherwise() {
    let plain = code(AXPY, &Options::default());
    assert!(
        function(&plain, "f").contains("= fmul double") && !plain.contains("fmuladd"),
        "{plain}"
    );
    let on = code(AXPY.replace("/ c ", "").as_str(), &with_flags(&["-ffp-contract=on"]));
    assert!(on.contains("llvm.fmuladd"), "{on}");

    for name in FastMath::NAMES {
        let mut fastmath = FastMath::default();
        assert!(fastmath.set(name));
        let options = Options { fastmath, ..Options::default() };
        let text = code(AXPY, &options);
        assert!(function(&text, "f").contains(&format!("= fmul {name} double")), "{name}: {text}");
        assert_eq!(
            code("#ifdef __FAST_MATH__\n#error fast\n#endif\n", &options).matches("define").count(),
            0
        );
    }
    let mut two = FastMath::default();
    assert!(two.set("nnan") && two.set("contract") && !two.set("fast") && !two.set(""));
    let text = code(AXPY, &Options { fastmath: two, ..Options::default() });
    assert!(function(&text, "f").contains("= fmul nnan contract double"), "{text}");

    let all = Options { fastmath: FastMath::all(), ..Options::default() };
    let fast = "#ifndef __FAST_MATH__\n#error slow\n#endif\n".to_owned() + AXPY;
    let text = code(&fast, &all);
    assert!(function(&text, "f").contains("= fmul fast double"), "{text}");
    for flag in ["-ffast-math", "-Ofast"] {
        let text = code(&fast, &with_flags(&[flag]));
        assert!(function(&text, "f").contains("= fmul fast double"), "{flag}: {text}");
    }
}

#[test]
fn halves_round_after_every_operation() {
    let source = "_Float16 f(_Float16 a, _Float16 b, _Float16 c) { return a * b + c; }";
    let text = ir(&compile(source, &Options::default(), &Cpu::named("haswell")).unwrap().bitcode);
    let body = function(&text, "f");
    assert!(body.contains("fmul half") && body.contains("fadd half"), "{body}");
}

#[test]
fn math_functions_need_no_errno() {
    let text =
        code("double sqrt(double); double f(double x) { return sqrt(x); }", &Options::default());
    assert!(text.contains("@llvm.sqrt.f64") || text.contains("memory(none)"), "{text}");
}

#[test]
fn inline_helpers_are_defined_here() {
    let source = "inline double g(double x) { return x + 1; }\ndouble f(double x) { return g(x); }";
    let text = code(source, &Options::default());
    assert!(text.contains("define internal double @g("), "{text}");
    let cxx = Options { language: Language::Cxx17, ..Options::default() };
    let text = code(
        "template <class T> T g(T x) { return x + 1; } extern \"C\" double f(double x) { return g(x); }",
        &cxx,
    );
    assert!(text.contains("define linkonce_odr") && text.contains("@_Z1gIdET_S0_"), "{text}");
}

#[test]
fn cxx_compiles_without_the_libraries_exceptions() {
    let cxx = Options { language: Language::Cxx17, ..Options::default() };
    let source = r#"
        template <class F> double sum(int n, F f) { double s = 0; for (int k = 0; k < n; ++k) s += f(k); return s; }
        struct Guard { int *n; ~Guard() { ++*n; } };
        namespace ns { struct V { double v[3]; double &operator[](int k) { return v[k]; } }; }
        extern "C" double body(double *x, int *count, long i) {
            Guard guard{count};
            ns::V v{{1, 2, 3}};
            if constexpr (sizeof(long) == 8) v[1] += 1;
            auto [a, b, c] = v.v;
            return sum(3, [&](int k) { return x[i] * v[k] + a + b + c; });
        }
    "#;
    let text = code(source, &cxx);
    let body = function(&text, "body");
    assert!(!text.contains("__gxx_personality") && !body.contains("invoke "), "{text}");
    let failure = compile("int f() { throw 1; }", &cxx, Cpu::host()).unwrap_err();
    assert!(failure.to_string().contains("exceptions disabled"), "{failure}");
    let failure = compile(
        "struct A { virtual ~A(); }; const void *f(A *a) { return &typeid(*a); }",
        &cxx,
        Cpu::host(),
    );
    assert!(failure.unwrap_err().to_string().contains("typeid"));
}

#[test]
fn standards_and_defines() {
    code(
        "_Static_assert(__STDC_VERSION__ == 201710L, \"C17\"); int asm_ = sizeof(typeof(int));",
        &Options::default(),
    );
    code("_Static_assert(__STDC_VERSION__ == 199901L, \"C99\");", &with_flags(&["-std=c99"]));
    code(
        "_Static_assert(__STDC_VERSION__ > 201710L, \"C23\"); constexpr int n = 3;",
        &with_flags(&["-std=c23"]),
    );
    let cxx = Options { language: Language::Cxx17, ..Options::default() };
    code("static_assert(__cplusplus == 201703L);", &cxx);
    code(
        "static_assert(__cplusplus == 202002L);",
        &Options { flags: vec!["-std=c++20".into()], ..cxx },
    );

    let define = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
    let options = Options {
        defines: vec![
            define("N", Some("3")),
            define("ONE", None),
            define("SUM(a, b)", Some("((a) + (b))")),
        ],
        flags: ["-DM=4", "-D", "K", "-U", "GONE", "-DGONE", "-UGONE"].map(str::to_owned).to_vec(),
        ..Options::default()
    };
    code(
        "_Static_assert(SUM(N, M) + ONE + K == 9, \"\");\n#ifdef GONE\n#error\n#endif\n",
        &options,
    );
    code("_Static_assert(sizeof(__FILE__) == sizeof(\"<source>\"), \"\");", &Options::default());
}

#[test]
fn equal_compilations_give_equal_bytes() {
    let first = compile(AXPY, &Options::default(), Cpu::host()).unwrap();
    assert_eq!(compile(AXPY, &Options::default(), Cpu::host()).unwrap(), first);
}
