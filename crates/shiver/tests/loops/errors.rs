//! Each case of the error enum, with its text, and that nothing ran.

use shiver::{
    Args, CodegenError, Dim, Error, Function, IntoSpace, Module, Options, Plan, SpaceError, parfor,
};

use crate::ways::c;

fn from_c(source: &str, flags: &[&str]) -> Error {
    let flags = flags.iter().map(|&flag| flag.to_owned()).collect();
    Function::from_c(source, &Options { flags, ..Options::default() }).unwrap_err()
}

#[test]
fn compile() {
    let error = from_c("int f(int i) {\n  return i + missing;\n}", &[]);
    let Error::Compile(diagnostics) = &error else { panic!("{error:?}") };
    assert_eq!((diagnostics.len(), diagnostics[0].line, diagnostics[0].column), (1, 2, 14));
    assert_eq!(
        error.to_string(),
        "<source>:2:14: error: use of undeclared identifier 'missing'\n  return i + missing;\n             ^~~~~~~"
    );
    let error = from_c("int f(int i) { return a + b; }", &[]);
    assert_eq!(error.to_string().matches("error: ").count(), 2, "{error}");
}

#[test]
fn flag() {
    let error = from_c("int f(int i) { return i; }", &["-o"]);
    let Error::Flag { flag, .. } = &error else { panic!("{error:?}") };
    assert_eq!(flag, "-o");
    assert!(error.to_string().starts_with("the flag \"-o\" cannot be used: "), "{error}");
}

#[test]
fn ambiguous() {
    let error = from_c("static int f(int i) { return i; }", &[]);
    assert_eq!(error, Error::Ambiguous { candidates: vec![] });
    assert_eq!(
        error.to_string(),
        "the source defines no function with external linkage: the body must not be static"
    );
    let error = from_c("int f(int i) { return i; } int g(int i) { return i; } int h(int);", &[]);
    assert_eq!(
        error.to_string(),
        "the source defines several functions (f, g): say which is the body with name="
    );
}

#[test]
fn no_such_function() {
    let m = Module::from_c(
        "int f(int i) { return i; } int g(int i) { return i; }",
        &Options::default(),
    );
    let error = m.unwrap().function("fg").unwrap_err();
    assert!(
        matches!(&error, Error::Codegen(CodegenError::NoFunction { name, .. }) if name == "fg")
    );
    assert_eq!(error.to_string(), "there is no function \"fg\"; there is f, g");
}

#[test]
fn damaged_bitcode() {
    let error = Function::from_bitcode(b"BC\xC0\xDEnonsense", "f").unwrap_err();
    assert!(matches!(error, Error::Codegen(CodegenError::Parse { .. })), "{error:?}");
    let whole = c("int f(int i) { return i; }").module().identity().bitcode.clone();
    for length in [0, 1, 4, whole.len() / 2, whole.len() - 4] {
        let error = Function::from_bitcode(&whole[..length], "f").unwrap_err();
        assert!(matches!(error, Error::Codegen(_)), "{length} {error:?}");
    }
}

#[test]
fn code_of_another_machine() {
    let text = "target triple = \"aarch64-linux-gnu\"\ndefine i64 @f(i64 %i) { ret i64 %i }";
    let error = Function::from_ir(text, "f").unwrap_err();
    assert_eq!(
        error.to_string(),
        "this code was made for aarch64-linux-gnu, and this machine is x86_64-pc-linux-gnu: compile it \
         with --target=x86_64-pc-linux-gnu"
    );
}

/// Runs a body that must not run: it would write to the null pointer.
fn refused(source: &str, space: impl IntoSpace) -> String {
    // SAFETY: nothing runs: the process would end otherwise.
    let result = unsafe { parfor(&c(source), space, Args::new(), &Plan::default()) };
    result.unwrap_err().to_string()
}

#[test]
fn space() {
    let body = "void f(long i) { *(volatile int *)0 = 1; }";
    assert_eq!(Dim::new(0, 10, 0), Err(SpaceError::ZeroStep));
    assert_eq!(
        refused(body, (0u64..u64::MAX, 0..10)),
        "an iteration space has at most 2**63 - 1 iterations"
    );
    let error = (1i64 << 40, 1i64 << 40).into_space().unwrap_err();
    assert_eq!(error, Error::Space(SpaceError::TooManyIterations));
}

#[test]
fn index_overflow() {
    let body = |ty| format!("void f({ty} k) {{ *(volatile int *)0 = 1; }}");
    let text = |value, ty: &str| {
        format!("index k would reach {value}, which {ty} cannot hold: declare it with a wider type")
    };
    assert_eq!(refused(&body("signed char"), 129), text(128, "int8"));
    assert_eq!(refused(&body("unsigned char"), -1..5), text(-1, "uint8"));
    assert_eq!(refused(&body("int"), 1i64 << 31 | 1), text(1 << 31, "int32"));
    assert_eq!(refused(&body("unsigned"), -3..-1), text(-3, "uint32"));
    assert_eq!(refused(&body("long"), u64::MAX - 3..u64::MAX), text(u64::MAX as i128 - 3, "int64"));
    let dim = Dim::new(0, -300, -100).unwrap();
    assert_eq!(refused(&body("signed char"), dim), text(-200, "int8"));
    // The bound itself need not fit, nor anything of an empty range.
    for (ty, space) in
        [("signed char", 0..128i64), ("unsigned char", 0..256), ("signed char", 500..500)]
    {
        let f = c(&format!("void f({ty} k) {{}}"));
        // SAFETY: the body does nothing.
        unsafe { parfor(&f, space, Args::new(), &Plan::default()) }.unwrap();
    }
}

#[test]
fn what_cannot_be_an_index_or_a_parameter() {
    let text = refused("void f(double i) {}", 5);
    assert_eq!(text, "parameter i of f has type float64, which cannot be an index");
    let text = refused("void f(int *i) {}", 5);
    assert_eq!(text, "parameter i of f has type int32*, which cannot be an index");
    let text = refused("void f(_Bool i) {}", 2);
    assert_eq!(text, "parameter i of f has type bool, which cannot be an index");
}
