//! What calling a loop costs: nanoseconds per run of an empty body, from a pool that is awake.
//!
//! `cargo run --release -p shiver-queue --example latency`
//!
//! The cost of the body is remembered from run to run, as callers do that run a body often. The last rows are runs after
//! a millisecond of idling: then workers sleep, and the whole is what waking one takes.

use std::num::NonZero;
use std::ops::ControlFlow::Continue;
use std::time::Instant;

use shiver_queue::{Cost, Dim, Plan, Schedule, Space, run};

/// Rows of loops whose second worker has to be woken.
fn asleep() {
    const RUNS: usize = 2_000;
    for threads in [0, 2] {
        let cost = Cost::new();
        let plan = Plan { threads: NonZero::new(threads), cost: Some(&cost), ..Plan::default() };
        let space = Space::new([Dim::upto(64)]).expect("a small space");
        let mut times: Vec<_> = (0..RUNS)
            .map(|_| {
                std::thread::sleep(std::time::Duration::from_millis(1));
                let start = Instant::now();
                assert!(
                    run(&space, &plan, &|_, _| Continue(()), &mut |_| Continue(())).is_completed()
                );
                start.elapsed().as_nanos() as u64
            })
            .collect();
        times.sort_unstable();
        println!(
            "after 1 ms, {threads} threads: p10 {} ns, median {} ns",
            times[RUNS / 10],
            times[RUNS / 2]
        );
    }
}

fn main() {
    let runs = std::env::args().nth(1).map_or(100_000, |runs| runs.parse().expect("a number"));
    println!(
        "{:>8} {:>9} {:>10} {:>8} {:>10} {:>10} {:>10}",
        "threads", "schedule", "iterations", "share", "p10 ns", "median ns", "mean ns"
    );
    for threads in [0, 1, 2] {
        for schedule in [Schedule::Auto, Schedule::Static, Schedule::Dynamic] {
            for iterations in [2, 64, 1_000_000] {
                let cost = Cost::new();
                let plan = Plan {
                    schedule,
                    threads: NonZero::new(threads),
                    cost: Some(&cost),
                    ..Plan::default()
                };
                let mut shared = 0;
                let mut times = Vec::with_capacity(runs);
                for _ in 0..runs {
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
                    shared += usize::from(outcome.workers == 2);
                }
                let mean = times.iter().sum::<u64>() / runs as u64;
                times.sort_unstable();
                let share = shared as f64 / runs as f64;
                let (early, median) = (times[runs / 10], times[runs / 2]);
                println!(
                    "{:>8} {:>9} {iterations:>10} {share:>8.4} {early:>10} {median:>10} {mean:>10}",
                    if threads == 0 { "any".to_owned() } else { threads.to_string() },
                    format!("{schedule:?}")
                );
            }
        }
    }
    asleep();
}
