//! Many threads compile at once.

use std::thread;

use shiver_clang::{Failure, Language, Options, compile};
use shiver_llvm::Cpu;

#[test]
fn eight_threads_get_what_each_asked_for() {
    thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for round in 0..50 {
                    let language = if round % 3 == 0 { Language::Cxx17 } else { Language::C17 };
                    let name = format!("body_{thread}_{round}");
                    let good = format!(
                        "#include <stddef.h>\n#include <stdint.h>\n\
                         extern {}int64_t {name}(const int64_t *x, size_t i) {{ return x[i] + {round}; }}",
                        if language == Language::Cxx17 { "\"C\" " } else { "" }
                    );
                    let options = Options {
                        language,
                        flags: if round % 2 == 0 { vec!["-Wall".into()] } else { vec![] },
                        ..Options::default()
                    };
                    let compiled = compile(&good, &options, Cpu::host()).unwrap();
                    assert_eq!(
                        compiled.signatures[0].to_string(),
                        format!("int64 {name}(const int64* x, uint64 i)")
                    );
                    let bad = format!("int f(void) {{ return {name}; }}");
                    let Err(Failure::Diagnostics(errors)) = compile(&bad, &options, Cpu::host()) else {
                        panic!("{bad} compiled")
                    };
                    assert!(errors[0].message.contains(&name));
                }
            });
        }
    });
}

#[test]
fn a_thread_with_a_small_stack_may_compile_a_deep_source() {
    let source = format!("int f(int n) {{ return {}n; }}", "n + ".repeat(10_000));
    let deep = move || {
        compile(&source, &Options::default(), Cpu::host()).map(|compiled| compiled.signatures.len())
    };
    let thread = thread::Builder::new().stack_size(64 << 10).spawn(deep).unwrap();
    assert_eq!(thread.join().unwrap(), Ok(1));
}
