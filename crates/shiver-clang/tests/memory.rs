//! What a compilation took, it gives back.

use shiver_clang::{Language, Options, compile};
use shiver_llvm::Cpu;

/// Memory of this process that is in RAM, in KiB.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn compile_many(count: usize) {
    for k in 0..count {
        let good = format!(
            "#include <stdint.h>\ndouble _Complex f{k}(double _Complex z, long i) {{ return z * i; }}"
        );
        compile(&good, &Options::default(), Cpu::host()).unwrap();
        if k % 4 == 0 {
            compile("int f(void) { return x; }", &Options::default(), Cpu::host()).unwrap_err();
            let cxx = Options {
                language: Language::Cxx17,
                flags: vec!["-g".into()],
                ..Options::default()
            };
            compile(
                "template <class T> T g(T x) { return x; } int f(int i) { return g(i); }",
                &cxx,
                Cpu::host(),
            )
            .unwrap();
        }
    }
}

#[test]
fn two_thousand_compilations_leave_nothing_behind() {
    compile_many(200);
    let before = resident();
    compile_many(2000);
    let grown = resident() - before;
    assert!(grown < 4096, "{grown} KiB more after 3,000 compilations, of {before}");
}
