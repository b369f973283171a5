//! What cannot be loaded is refused, with an error that says why.

#![cfg(target_arch = "x86_64")]

mod compiler;

use std::sync::atomic::{AtomicI32, Ordering};

use compiler::compile;
use shiver_loader::{Code, LoadError, load, process_symbol};

/// Lies in this program, terabytes away from new mappings.
static FAR: AtomicI32 = AtomicI32::new(7);

fn far(_: &str) -> Option<usize> {
    Some(FAR.as_ptr().expose_provenance())
}

fn refused(loaded: Result<Code, LoadError>) -> LoadError {
    match loaded {
        Ok(_) => panic!("it loads"),
        Err(error) => error,
    }
}

#[test]
fn undefined_symbols_are_all_named() {
    let object = compile(
        "#include <math.h>\n extern double zeta(double); extern int alpha; extern void beta(void);
         void unused(void); __attribute__((weak)) void maybe(void);
         double f(double x) { beta(); maybe(); return zeta(x) + alpha + sin(zeta(x + 1)); }",
        &["-g"],
    );
    let error = refused(load(&object, &process_symbol));
    assert_eq!(
        error,
        LoadError::Undefined { symbols: ["alpha", "beta", "zeta"].map(String::from).to_vec() }
    );
    assert_eq!(error.to_string(), "undefined symbols: alpha, beta, zeta");
    let error = refused(load(&compile("int g(void); int f(void) { return g(); }", &[]), &|_| None));
    assert_eq!(error.to_string(), "undefined symbol: g");
}

#[test]
fn data_out_of_reach_is_an_error() {
    let hidden = "__attribute__((visibility(\"hidden\"))) extern int far_data;";
    for body in ["int f(void) { return far_data; }", "int *f(void) { return &far_data; }"] {
        let error = refused(load(&compile(&format!("{hidden} {body}"), &[]), &far));
        assert!(
            matches!(&error, LoadError::OutOfReach { relocation: "R_X86_64_PC32", symbol, .. } if symbol == "far_data"),
            "{error}"
        );
    }
    // Also where the same symbol is called, and so has a stub: its address is not that of the stub.
    let source = r#"__asm__(".text\n.globl f\nf: leaq far(%rip), %rax\n call far@PLT\n ret");"#;
    let error = refused(load(&compile(source, &[]), &far));
    assert!(
        error.to_string().starts_with("`far` is out of reach: R_X86_64_PC32 cannot hold "),
        "{error}"
    );
}

#[test]
fn data_within_reach_is_no_error() {
    let source =
        "__attribute__((visibility(\"hidden\"))) extern int near; int f(void) { return near; }";
    let data = load(&compile("int near = 11;", &["-fno-common"]), &|_| None).expect("loads");
    // The system maps new memory near other new memory.
    let code = load(&compile(source, &[]), &|name| data.address(name)).expect("loads");
    let f = code.address("f").expect("defined");
    // SAFETY: `f` is a function of this type, by the source above; `code` and `data` are alive.
    let f = unsafe { std::mem::transmute::<usize, extern "C" fn() -> i32>(f) };
    assert_eq!(f(), 11);
}

#[test]
fn code_for_fixed_addresses_is_out_of_reach() {
    for (source, relocation) in [
        ("extern int x; int *f(void) { return &x; }", "R_X86_64_32"),
        ("extern int x[]; int f(long i) { return x[i]; }", "R_X86_64_32S"),
    ] {
        let error = refused(load(&compile(source, &["-fno-pic", "-mcmodel=small"]), &far));
        let matches = matches!(&error, LoadError::OutOfReach { relocation: found, symbol, .. }
            if *found == relocation && symbol == "x");
        assert!(matches, "{error}");
    }
}

#[test]
fn small_addresses_fit_small_fields() {
    let source = "extern char x[]; char *f(void) { return x + 2; } char g(long i) { return x[i]; }";
    let code = load(&compile(source, &["-fno-pic"]), &|_| Some(0x1000)).expect("loads");
    // SAFETY: `f` is a function of this type, by the source above; it touches no memory.
    let f = unsafe {
        std::mem::transmute::<usize, extern "C" fn() -> usize>(code.address("f").expect("defined"))
    };
    assert_eq!(f(), 0x1002);
}

#[test]
fn native_thread_local_storage_is_refused() {
    for (model, relocation) in [
        ("global-dynamic", "R_X86_64_TLSGD"),
        ("local-dynamic", "R_X86_64_TLSLD"),
        ("initial-exec", "R_X86_64_GOTTPOFF"),
        ("local-exec", "R_X86_64_TPOFF32"),
    ] {
        let source = format!(
            "{} _Thread_local __attribute__((tls_model(\"{model}\"))) int counter;
             int f(void) {{ return ++counter; }}",
            if model == "global-dynamic" { "extern" } else { "static" }
        );
        let pic = if model == "local-exec" { "-fno-pic" } else { "-fPIC" };
        let error = refused(load(&compile(&source, &[pic]), &process_symbol));
        let LoadError::UnsupportedRelocation { relocation: found, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!(found, relocation);
        assert!(error.to_string().contains("-femulated-tls"), "{error}");
    }
}

#[test]
fn features_left_out_are_named() {
    for (source, text) in [
        (
            "static int one(void) { return 1; } static void *pick(void) { return one; }
             int f(void) __attribute__((ifunc(\"pick\")));",
            "unsupported: `f`, an indirect function (ifunc)",
        ),
        (
            r#"__asm__(".section .wild,\"awx\",@progbits\n nop\n .text");"#,
            "unsupported: the section .wild, both writable and executable",
        ),
        (
            r#"__asm__(".section .preinit_array,\"aw\",@preinit_array\n .quad 0\n .text");"#,
            "unsupported: a .preinit_array outside a program",
        ),
        (
            r#"__asm__(".globl f\nf: .byte far - .\n");"#,
            "unsupported relocation R_X86_64_PC8 against `far`",
        ),
        (
            r#"__asm__(".section .init_array,\"aw\"\n .quad far\n .text");"#,
            "malformed object: a constructor lies outside the code",
        ),
        (
            r#"__asm__(".section .init_array,\"aw\"\n .long 1\n .text");"#,
            "malformed object: a list of constructors ends in the middle of an address",
        ),
    ] {
        assert_eq!(refused(load(&compile(source, &[]), &far)).to_string(), text);
    }
}

#[test]
fn other_files_are_refused() {
    let object = compile("int f(void) { return 1; }", &[]);
    let patched = |at: usize, bytes: &[u8]| {
        let mut object = object.clone();
        object[at..at + bytes.len()].copy_from_slice(bytes);
        refused(load(&object, &|_| None))
    };
    // aarch64, and 32-bit, big-endian and linked files.
    assert_eq!(patched(18, &[183, 0]), LoadError::UnsupportedMachine { machine: 183 });
    assert_eq!(
        patched(18, &[183, 0]).to_string(),
        "the object is for another processor (ELF machine 183)"
    );
    assert!(matches!(patched(4, &[1]), LoadError::Malformed { .. }));
    assert!(matches!(patched(5, &[2]), LoadError::Malformed { .. }));
    assert!(matches!(patched(16, &[3, 0]), LoadError::Malformed { .. }));
    for bytes in [&b""[..], b"\x7fELF", b"!<arch>\n", b"BC\xc0\xde", &object[..63]] {
        assert!(matches!(refused(load(bytes, &|_| None)), LoadError::Malformed { .. }));
    }
}

#[test]
fn more_data_than_memory_is_an_error() {
    let object = compile("char big[1L << 46]; char *f(void) { return big; }", &["-fno-common"]);
    assert!(matches!(refused(load(&object, &|_| None)), LoadError::OutOfMemory { .. }));
}

#[test]
fn nothing_runs_that_is_refused() {
    let object = compile(
        "extern int far_data; extern void absent(void);
         __attribute__((constructor)) static void begin(void) { far_data = 99; absent(); }",
        &[],
    );
    let resolve = |name: &str| (name == "far_data").then(|| FAR.as_ptr().expose_provenance());
    assert!(matches!(refused(load(&object, &resolve)), LoadError::Undefined { .. }));
    assert_eq!(FAR.load(Ordering::Relaxed), 7);
}
