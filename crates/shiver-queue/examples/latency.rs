//! What calling a loop costs: nanoseconds per run of an empty body, from a pool that is awake.
//!
//! `cargo run --release -p shiver-queue --example latency`

use std::num::NonZero;
use std::ops::ControlFlow::Continue;
use std::time::Instant;

use shiver_queue::{Dim, Plan, Schedule, Space, run};

fn main() {
    const RUNS: usize = 200_000;
    println!(
        "{:>8} {:>9} {:>10} {:>8} {:>10} {:>10} {:>10}",
        "threads", "schedule", "iterations", "share", "median ns", "p10 ns", "mean ns"
    );
    for threads in [1, 2] {
        for schedule in [Schedule::Auto, Schedule::Static, Schedule::Dynamic] {
            for iterations in [2, 64, 1_000_000] {
                let plan = Plan { schedule, threads: NonZero::new(threads), ..Plan::default() };
                let mut shared = 0;
                let mut times = Vec::with_capacity(RUNS);
                for _ in 0..RUNS {
                    let start = Instant::now();
                    let space = Space::new([Dim::upto(iterations)]).expect("a small space");
                    let outcome = run(
                        &space,
                        &plan,
                        &|_, tile| {
                            std::hint::black_box(tile.begin);
                            Continue(())
                        },
                        &mut |_| Continue(()),
                    );
                    times.push(start.elapsed().as_nanos() as u64);
                    shared += usize::from(outcome.workers == threads);
                }
                let mean = times.iter().sum::<u64>() / RUNS as u64;
                times.sort_unstable();
                let share = shared as f64 / RUNS as f64;
                let (median, late) = (times[RUNS / 2], times[RUNS / 10]);
                println!(
                    "{threads:>8} {:>9} {iterations:>10} {share:>8.4} {median:>10} {late:>10} {mean:>10}",
                    format!("{schedule:?}")
                );
            }
        }
    }
}
