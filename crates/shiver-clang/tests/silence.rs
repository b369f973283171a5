//! Nothing is written to stderr. A process of its own: it moves the descriptor away.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsRawFd;

use shiver_clang::{Language, Options, compile};
use shiver_llvm::Cpu;

#[test]
fn stderr_stays_empty() {
    let path = std::env::temp_dir().join(format!("shiver-clang-silence-{}", std::process::id()));
    let file = File::create(&path).unwrap();
    // SAFETY: plain calls on descriptors that are open; this process has no other test.
    let kept = unsafe { libc::dup(2) };
    assert!(kept >= 0);
    // SAFETY: as above.
    assert!(unsafe { libc::dup2(file.as_raw_fd(), 2) } >= 0);

    let sources = [
        "double f(double x) { return x; }",
        "double f(double x) { return y; }",
        "#warning loud\n#include <no.h>\n",
        "#pragma message \"hello\"\n#pragma clang __debug crash\n#pragma clang __debug llvm_fatal_error\nint f(void) { int n; return n; }",
        "int f(void) { __asm__(\"nonsense %0\" : : \"r\"(1)); return 0; }",
        "void f(int n) { if (n) f(n - 1); for (;;) ; }",
        "int a[1 << 30][1 << 30]; _Static_assert(0, \"no\");",
        "(((((((((((((",
        "#include <stddef.h>\n#define A B\n#define B A\nint f(void) { return A; }",
    ];
    let flags =
        [&["-Weverything"][..], &["-g", "-Wall"], &["-fno-such"], &["-march=nothing"], &["-O0"]];
    for source in sources {
        for flags in flags {
            for language in [Language::C17, Language::Cxx17] {
                let flags = flags.iter().map(|&flag| flag.to_owned()).collect();
                let options = Options { language, flags, ..Options::default() };
                let _ = compile(source, &options, Cpu::host());
            }
        }
    }

    // SAFETY: as above.
    assert!(unsafe { libc::dup2(kept, 2) } >= 0);
    let mut written = String::new();
    File::open(&path).unwrap().read_to_string(&mut written).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(written, "");
}
