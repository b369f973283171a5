//! How long the front end takes: the first source of the process, then the median of 200 each.
//!
//! `cargo run --release -p shiver-clang --example time`

use std::time::Instant;

use shiver_clang::{Language, Options, compile};
use shiver_llvm::Cpu;

fn main() {
    let body = "double add1(const double *x, long i) { return x[i] + 1.0; }\n";
    let cxx = Options { language: Language::Cxx17, ..Options::default() };
    let flags = Options { flags: vec!["-Wall".into(), "-mavx2".into()], ..Options::default() };
    let rows = [
        ("one line", body.to_owned(), Options::default()),
        ("one line, -Wall -mavx2", body.to_owned(), flags),
        ("<math.h>", format!("#include <math.h>\n{body}"), Options::default()),
        (
            "<stdint.h> <stdlib.h>",
            format!("#include <stdint.h>\n#include <stdlib.h>\n{body}"),
            Options::default(),
        ),
        ("<complex.h>", format!("#include <complex.h>\n{body}"), Options::default()),
        ("<immintrin.h>", format!("#include <immintrin.h>\n{body}"), Options::default()),
        ("C++, one line", body.to_owned(), cxx.clone()),
        ("C++, <cmath>", format!("#include <cmath>\n{body}"), cxx.clone()),
        (
            "C++, <algorithm> <array>",
            format!("#include <algorithm>\n#include <array>\n{body}"),
            cxx,
        ),
    ];
    let _ = Cpu::host();
    for (name, source, options) in rows {
        let mut times = Vec::new();
        for round in 0..200 {
            let source = format!("{source}int unlike_{round};\n");
            let start = Instant::now();
            if let Err(failure) = compile(&source, &options, Cpu::host()) {
                println!("{name}: {}", failure.to_string().lines().next().unwrap_or_default());
                break;
            }
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        let Some(&first) = times.first() else { continue };
        times.sort_by(f64::total_cmp);
        println!("{name:26} first {first:6.2} ms, then {:6.2} ms", times[times.len() / 2]);
    }
}
