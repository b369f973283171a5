//! What calling a compiled loop costs from Rust, nanoseconds per call: to be set beside `shiver-queue`'s example of the
//! same name, which has no compiled code, and beside the row `calling` of the benchmarks, which has Python around it.
//!
//! `cargo run --release -p shiver --example calls`

use std::num::NonZero;
use std::ops::ControlFlow::Continue;
use std::time::Instant;

use shiver::{Dim, Function, Launch, Plan, Space};

fn main() -> Result<(), shiver::Error> {
    let add1 =
        Function::from_c("void add1(double *x, long i) { x[i] += 1; }", &Default::default())?;
    let mut x = vec![0.0_f64; 64];
    for threads in [1, 2] {
        let plan = Plan { threads: NonZero::new(threads), ..Plan::default() };
        let mut times = Vec::new();
        for _ in 0..100_000 {
            let start = Instant::now();
            let space = Space::new([Dim::upto(64)])?;
            let words = [x.as_mut_ptr() as u64];
            let mut launch = Launch::new(&add1, &space, words.into_iter())?;
            // SAFETY: the array has 64 elements, and each iteration has one of its own.
            let outcome =
                unsafe { launch.run(std::ptr::null_mut(), &plan, &mut |_| Continue(()))? };
            assert_eq!(outcome.workers, threads);
            times.push(start.elapsed().as_nanos());
        }
        times.sort_unstable();
        let at = |part: usize| times[times.len() * part / 100];
        println!("{threads} threads: p10 {} ns, median {} ns, p90 {} ns", at(10), at(50), at(90));
    }
    Ok(())
}
