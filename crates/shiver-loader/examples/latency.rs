//! Times loading: `cargo run --release -p shiver-loader --example latency`.
//!
//! Compiles a few objects with the C compiler and prints, for each, the median and the best time of loading it with
//! [`shiver_loader::process_symbol`] and of dropping it; first alone, then while another thread of the process runs, as
//! a worker does, which the system has to interrupt whenever a page's rights change.
//!
//! 2026-11-23, 2 virtual cores of a Sapphire Rapids Xeon, Linux 6.18, objects of GCC 12; medians in µs:
//!
//! | object | load | drop | load beside a thread | drop beside a thread |
//! |---|---|---|---|---|
//! | a line of arithmetic, 2 pages | 5.5 | 2.2 | 39 | 18 |
//! | code, constants, data, .bss, 3 pages | 7.4 | 2.5 | 41 | 19 |
//! | 200 KB of .bss | 3.8 | 2.1 | 21 | 18 |
//! | ten library functions | 8.4 | 2.3 | 42 | 18 |
//! | 100 functions with debug information, 108 KB | 46 | 5.8 | 82 | 23 |
//!
//! Two or three system calls make a load (`mmap`, `mprotect` of code, `mprotect` of constants), one a drop.

#[path = "../tests/compiler/mod.rs"]
mod compiler;

use std::fmt::Write;
use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use shiver_loader::{load, process_symbol};

const LINE: &str = "void f(double *x, long n) { for (long i = 0; i < n; i++) x[i] += 1; }";
const SECTIONS: &str = "#include <math.h>
    static int calls; int data = 3;
    double f(double x) { return calls++ + data + sin(x) * 0.1; }";
const BSS: &str = "static char zeros[200000]; char f(int i) { return ++zeros[i]; }";
const CALLS: &str = "#include <math.h>
    double f(double x) {
        return sin(x) + cos(x) + tan(x) + exp(x) + log(x) + pow(x, 1.1) + atan2(x, 2) + erf(x) + cbrt(x) + tgamma(x);
    }";

fn main() {
    let mut many = String::from("#include <math.h>\n");
    for i in 0..100 {
        writeln!(many, "static double t{i}[] = {{1, 2, {i}}};").expect("memory");
        writeln!(many, "double f{i}(double x) {{ return sin(x + {i}.5) * t{i}[1]++; }}")
            .expect("memory");
    }
    let apart = ["-g", "-ffunction-sections", "-fdata-sections"];
    let objects = [
        ("a line of arithmetic", compiler::compile(LINE, &[])),
        ("code, constants, data, .bss", compiler::compile(SECTIONS, &[])),
        ("200 KB of .bss", compiler::compile(BSS, &[])),
        ("ten library functions", compiler::compile(CALLS, &[])),
        ("100 functions with debug information", compiler::compile(&many, &apart)),
    ];
    println!("alone");
    measure(&objects);

    static STOP: AtomicBool = AtomicBool::new(false);
    let worker = thread::spawn(|| {
        while !STOP.load(Ordering::Relaxed) {
            spin_loop();
        }
    });
    println!("beside a running thread");
    measure(&objects);
    STOP.store(true, Ordering::Relaxed);
    worker.join().expect("it only spins");
}

/// Loads and drops each object some thousand times, and prints a row for it.
fn measure(objects: &[(&str, Vec<u8>)]) {
    println!(
        "{:38} {:>8} {:>8}   {:>9} {:>9}   {:>9} {:>9}",
        "object", "bytes", "mapped", "load", "best", "drop", "best"
    );
    for (name, object) in objects {
        let mut loads = Vec::new();
        let mut drops = Vec::new();
        let mut mapped = 0;
        for _ in 0..3000 {
            let start = Instant::now();
            let code = load(black_box(object), &process_symbol).expect("loads");
            loads.push(start.elapsed());
            mapped = code.size();
            let start = Instant::now();
            drop(code);
            drops.push(start.elapsed());
        }
        let ((load, best), (unload, best_unload)) = (summary(loads), summary(drops));
        println!(
            "{name:38} {:8} {mapped:8}   {load:6.1} µs {best:6.1} µs   {unload:6.1} µs {best_unload:6.1} µs",
            object.len()
        );
    }
}

/// The median and the least, in microseconds.
fn summary(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort_unstable();
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    (micros(times[times.len() / 2]), micros(times[0]))
}
