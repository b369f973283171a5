//! Diagnostics come back as data.

use shiver_clang::{Diagnostic, Failure, Language, Options, Severity, compile};
use shiver_llvm::Cpu;

fn fail(source: &str, options: &Options) -> Vec<Diagnostic> {
    match compile(source, options, Cpu::host()) {
        Err(Failure::Diagnostics(diagnostics)) => diagnostics,
        other => panic!("expected diagnostics, not {other:?}"),
    }
}

fn flags(flags: &[&str]) -> Options {
    Options { flags: flags.iter().map(|&flag| flag.to_owned()).collect(), ..Options::default() }
}

#[test]
fn every_field_of_an_error() {
    let source =
        "#include <stddef.h>\n\ndouble f(double *x, size_t i)\n{\n\treturn x[i] + yy * 2;\n}\n";
    let diagnostics = fail(source, &Options::default());
    let expected = Diagnostic {
        severity: Severity::Error,
        file: "<source>".into(),
        line: 5,
        column: 16,
        message: "use of undeclared identifier 'yy'".into(),
        source_line: "        return x[i] + yy * 2;".into(),
        caret: "                      ^~".into(),
        notes: vec![],
        option: None,
    };
    assert_eq!(diagnostics, [expected]);
}

#[test]
fn ranges_are_underlined_and_notes_belong_to_their_error() {
    let source = "int g(int n);\nint f(int n, int *x) { return g(n, *x + 1); }\n";
    let diagnostics = fail(source, &Options::default());
    assert_eq!(diagnostics.len(), 1, "{diagnostics:#?}");
    let error = &diagnostics[0];
    assert_eq!(
        error.message,
        "too many arguments to function call, expected single argument 'n', have 2 arguments"
    );
    assert_eq!((error.line, error.column), (2, 36));
    assert_eq!(error.source_line, "int f(int n, int *x) { return g(n, *x + 1); }");
    assert_eq!(error.caret, "                              ~    ^~~~~~");
    assert_eq!(error.notes.len(), 1);
    let note = &error.notes[0];
    assert_eq!((note.severity, note.line, note.column), (Severity::Note, 1, 5));
    assert_eq!(note.message, "'g' declared here");
    assert_eq!(note.caret, "    ^ ~~~~~");
}

#[test]
fn display_is_clangs_own_form() {
    let failure =
        compile("int f(void) { return 1 +; }", &Options::default(), Cpu::host()).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "<source>:1:25: error: expected expression\nint f(void) { return 1 +; }\n                        ^"
    );
}

#[test]
fn warnings_come_with_the_code_and_bear_their_option() {
    let compiled =
        compile("int f(int n) { int m; return n; }", &flags(&["-Wall"]), Cpu::host()).unwrap();
    let [warning] = &compiled.warnings[..] else { panic!("{:#?}", compiled.warnings) };
    assert_eq!(warning.severity, Severity::Warning);
    assert_eq!(warning.option.as_deref(), Some("-Wunused-variable"));
    assert!(warning.to_string().contains("warning: unused variable 'm' [-Wunused-variable]"));

    let quiet =
        compile("int f(int n) { int m; return n; }", &Options::default(), Cpu::host()).unwrap();
    assert_eq!(quiet.warnings, []);
    let off = flags(&["-Wall", "-Wno-unused-variable"]);
    assert_eq!(
        compile("int f(int n) { int m; return n; }", &off, Cpu::host()).unwrap().warnings,
        []
    );
    let errors = fail("int f(int n) { int m; return n; }", &flags(&["-Wall", "-Werror"]));
    assert!(
        errors[0].to_string().contains("error: unused variable 'm' [-Werror,-Wunused-variable]")
    );
}

#[test]
fn warnings_before_an_error_are_kept() {
    let diagnostics = fail("int f(int n) { int m; return q; }\n", &flags(&["-Wall"]));
    let severities: Vec<_> = diagnostics.iter().map(|d| d.severity).collect();
    assert!(severities.contains(&Severity::Error), "{diagnostics:#?}");
    let diagnostics = fail("#warning slow\nint f(int n) { return q; }\n", &Options::default());
    let severities: Vec<_> = diagnostics.iter().map(|d| d.severity).collect();
    assert_eq!(severities, [Severity::Warning, Severity::Error]);
}

#[test]
fn macros_are_followed_in_notes() {
    let source = "#define TWICE(x) ((x) + zz)\nint f(int n) { return TWICE(n); }\n";
    let diagnostics = fail(source, &Options::default());
    let error = &diagnostics[0];
    assert_eq!((error.line, error.column), (2, 23));
    assert_eq!(error.notes.len(), 1, "{error:#?}");
    assert_eq!(error.notes[0].message, "expanded from macro 'TWICE'");
    assert_eq!(error.notes[0].source_line, "#define TWICE(x) ((x) + zz)");
}

#[test]
fn a_header_of_the_users_is_named_and_so_is_who_included_it() {
    let folder =
        std::env::temp_dir().join(format!("shiver-clang-diagnostics-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("broken.h"), "int g(void) { return oops; }\n").unwrap();
    let options = Options { include_dirs: vec![folder.clone()], ..Options::default() };
    let diagnostics = fail("#include \"broken.h\"\n", &options);
    std::fs::remove_dir_all(&folder).unwrap();
    let error = &diagnostics[0];
    assert_eq!(error.file, folder.join("broken.h").to_str().unwrap());
    assert_eq!((error.line, error.column), (1, 22));
    assert_eq!(error.notes[0].file, "<source>");
    assert_eq!(error.notes[0].message, "in file included from <source>:1:");
}

#[test]
fn a_header_that_is_not_found_is_explained() {
    let diagnostics =
        fail("#include <gsl/gsl_sf.h>\nint f(void) { return 0; }\n", &Options::default());
    let error = &diagnostics[0];
    assert_eq!((error.severity, error.line, error.column), (Severity::Fatal, 1, 10));
    assert_eq!(error.message, "'gsl/gsl_sf.h' file not found");
    assert!(error.notes[0].message.contains("give include_dirs=["), "{error}");
    let diagnostics = fail("#include <stdbol.h>\n", &Options::default());
    assert!(
        diagnostics[0].notes[0].message.starts_with("did you mean 'stdbool.h'?"),
        "{}",
        diagnostics[0]
    );
}

#[test]
fn many_errors_end_with_a_fatal_one() {
    let source: String = (0..50).map(|k| format!("int f{k}(void) {{ return a{k}; }}\n")).collect();
    let diagnostics = fail(&source, &Options::default());
    assert_eq!(diagnostics.len(), 21);
    assert_eq!(diagnostics[20].severity, Severity::Fatal);
    assert_eq!(diagnostics[20].message, "too many errors emitted, stopping now");
    // That one is nowhere in the source, and is not about a flag all the same.
    let options = Options { flags: vec!["-Wall".to_owned()], ..Options::default() };
    assert_eq!(fail(&source, &options).len(), 21);
}

#[test]
fn wide_letters_and_tabs_keep_the_caret_in_its_place() {
    let diagnostics = fail("\tint f(void) { /* é日本 */\treturn q; }", &Options::default());
    let error = &diagnostics[0];
    let before = &error.source_line[..error.source_line.find('q').unwrap()];
    let columns: usize = before.chars().map(|c| if c > '\u{1000}' { 2 } else { 1 }).sum();
    assert_eq!(error.caret, format!("{}^", " ".repeat(columns)), "{error}");
    assert!(!error.source_line.contains('\t'));
}

#[test]
fn odd_sources() {
    assert_eq!(compile("", &Options::default(), Cpu::host()).unwrap().signatures, []);
    let error = &fail("int a;\nint \0b;\n", &Options::default())[0];
    assert_eq!(
        (error.line, error.column, error.message.as_str()),
        (2, 5, "the source contains a NUL byte")
    );
    // A comment that never ends, a line that never ends, braces without end.
    fail("/* int f(void) { return 0; }", &Options::default());
    compile(
        &format!("int f(void) {{ return 0{}; }}", " + 1".repeat(20_000)),
        &Options::default(),
        Cpu::host(),
    )
    .unwrap();
    fail(&"{".repeat(5_000), &Options::default());
    fail(&format!("int f(void) {{ return {}", "(".repeat(5_000)), &Options::default());
    let cxx = Options { language: Language::Cxx17, ..Options::default() };
    fail(
        "template <int N> struct S { static const int v = S<N + 1>::v; }; int f() { return S<0>::v; }",
        &cxx,
    );
}

#[test]
fn a_line_directive_is_believed() {
    let diagnostics = fail("#line 40 \"cell 3\"\nint f(void) { return q; }\n", &Options::default());
    assert_eq!((diagnostics[0].file.as_str(), diagnostics[0].line), ("cell 3", 40));
    assert_eq!(diagnostics[0].source_line, "int f(void) { return q; }");
}
