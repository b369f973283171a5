//! Sources that have ended the process, or would end one with less stack. A child process compiles
//! each of them: there must be an answer.

use std::process::{Command, Stdio};

use shiver_clang::{Language, Options, compile};
use shiver_llvm::Cpu;

/// A name, a source, and whether it is C++.
fn sources() -> Vec<(&'static str, String, bool)> {
    let deep = 60_000;
    let twice = |open: &str, middle: &str, close: &str, n: usize| {
        format!("{}{middle}{}", open.repeat(n), close.repeat(n))
    };
    let c = |name, source: String| (name, source, false);
    let cxx = |name, source: String| (name, source, true);
    vec![
        c("has_embed", "#if __has_embed(\"nowhere\")\n#endif\nint f(void) { return 1; }".into()),
        c("has_embed <>", "#if __has_embed(<nowhere>)\n#endif\nint f(void) { return 1; }".into()),
        c(
            "has_embed /",
            "#if __has_embed(\"/no/where\")\n#endif\nint f(void) { return 1; }".into(),
        ),
        c("unary", format!("int f(int x) {{ return {}x; }}", "-~".repeat(deep))),
        c("not", format!("int f(int x) {{ return {}x; }}", "!".repeat(deep))),
        c("casts", format!("int f(int x) {{ return {}x; }}", "(int)".repeat(deep))),
        c("sizeof", format!("int f(int x) {{ return {}x; }}", "sizeof ".repeat(deep))),
        c("unary constant", format!("int x[{}1];", "- ".repeat(deep))),
        c("unary directive", format!("#if {}1\n#endif", "- ".repeat(deep))),
        c("parentheses directive", format!("#if {}\n#endif", twice("(", "1", ")", deep))),
        c("ternary", format!("int f(int x) {{ return {}x; }}", "x ? x : ".repeat(deep))),
        c(
            "ternary middle",
            format!("int f(int x) {{ return {}; }}", twice("x ? ", "x", " : x", deep)),
        ),
        c("assignment", format!("int f(int x) {{ return {}x; }}", "x = ".repeat(deep))),
        c("sum", format!("int f(int x) {{ return {}x; }}", "x + ".repeat(deep))),
        c("comma", format!("int f(int x) {{ return {}x; }}", "x, ".repeat(5_000))),
        c("else if", format!("int f(int x) {{ {} return x; }}", "if (x) x++; else ".repeat(deep))),
        c("if", format!("int f(int x) {{ {} return x; }}", "if (x) ".repeat(deep))),
        c("for", format!("int f(int x) {{ {} return x; }}", "for (;;) ".repeat(deep))),
        c("do", format!("int f(int x) {{ {} return x; }}", "do ".repeat(deep))),
        c(
            "labels",
            format!("int f(int x) {{ switch (x) {{ {} return x; }} }}", {
                (0..deep).map(|k| format!("case {k}: ")).collect::<String>()
            }),
        ),
        c("blocks", format!("int f(int x) {{ {} return x; }}", twice("{", "x++;", "}", deep))),
        c("parentheses", format!("int f(int x) {{ return {}; }}", twice("(", "x", ")", deep))),
        c("stars", format!("void f(int {}x) {{}}", "*".repeat(deep))),
        c("dereferences", format!("int f(int *x) {{ return {}x; }}", "*&".repeat(deep))),
        c("extents", format!("void f(int (*x){}) {{}}", "[1]".repeat(3_000))),
        c("subscripts", format!("int f(int x) {{ return x{}; }}", "[0]".repeat(deep))),
        c("calls", format!("int f(int x) {{ return f{}; }}", "(1)".repeat(deep))),
        c("members", format!("int f(int x) {{ return x{}; }}", ".a".repeat(deep))),
        c("structs", format!("{};", twice("struct {", "int x;", "} x;", deep))),
        c("declarators", format!("int {};", twice("(*", "x", ")(void)", deep))),
        c("initialisers", format!("int x[] = {};", twice("{", "1", "}", deep))),
        c(
            "macro",
            format!(
                "#define a0 - ~ - ~ - ~ - ~ - ~\n{}int f(int x) {{ return a14 x; }}",
                (1..15).map(|k| format!("#define a{k} a{0} a{0}\n", k - 1)).collect::<String>()
            ),
        ),
        cxx(
            "templates",
            "template <int N> int g() { return g<N + 1>(); } int f() { return g<0>(); }".into(),
        ),
        cxx("constexpr", "constexpr int g(int n) { return g(n + 1); } int x[g(0)];".into()),
        cxx(
            "lambdas",
            format!("int f() {{ return {}; }}", twice("[]{ return ", "1", "; }()", 200)),
        ),
        cxx("method", format!("struct s {{ int f(int x) {{ return {}x; }} }};", "-~".repeat(deep))),
        cxx(
            "angles",
            format!("template <class T> struct v {{}}; {} x;", twice("v<", "int", ">", deep)),
        ),
        cxx("namespaces", twice("namespace n {", "int x;", "}", deep)),
        cxx("attributes", format!("int f() {{ return {}1; }}", "[[likely]]".repeat(deep))),
        cxx("arrows", format!("auto f() {} int;", "-> decltype(f)".repeat(deep))),
    ]
}

#[test]
fn every_source_gets_an_answer() {
    if let Ok(wanted) = std::env::var("SHIVER_TEST_SOURCE") {
        for (name, source, is_cxx) in sources().into_iter().filter(|(name, ..)| *name == wanted) {
            let language = if is_cxx { Language::Cxx17 } else { Language::C17 };
            let flags = vec!["-fbracket-depth=4096".to_owned()];
            let options = Options { language, flags, ..Options::default() };
            let answer = compile(&source, &options, Cpu::host());
            println!("{name}: {}", answer.map_or_else(|e| e.to_string(), |_| "compiled".into()));
        }
        return;
    }
    let mut deadly = Vec::new();
    for (name, ..) in sources() {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "every_source_gets_an_answer", "--nocapture"])
            .env("SHIVER_TEST_SOURCE", name)
            .stderr(Stdio::null())
            .output()
            .unwrap();
        if !child.status.success() {
            deadly.push(format!("{name} ({})", child.status));
        }
    }
    assert!(deadly.is_empty(), "{deadly:#?}");
}
