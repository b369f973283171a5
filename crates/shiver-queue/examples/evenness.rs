//! How evenly loops of uneven cost are shared: time on two threads against half of the time on one.
//!
//! `cargo run --release -p shiver-queue --example evenness [SCALE]`
//!
//! Each iteration spins for a number of steps that is known beforehand, so the ideal split is known, too. Loops on one and
//! on two threads take turns; what is printed is the median of the ratios of neighbours, so that a busy machine disturbs
//! both alike. With arguments `one CASE SCHEDULE GRAIN THREADS`, prints nothing but the nanoseconds of 15 runs, to be compared
//! with what another runtime needs.

use std::num::NonZero;
use std::ops::ControlFlow::Continue;
use std::time::Instant;

use shiver_queue::{Cost, Dim, Plan, Schedule, Space, run};

/// Steps of about a nanosecond per iteration.
type Costs = Vec<u32>;

/// Iterations per loop.
const ITERATIONS: usize = 20_000;

/// Steps of all iterations together, about: some 5 ms on one thread.
const STEPS: f64 = 4e6;

const CASES: [&str; 6] = ["uniform", "rising", "falling", "quadratic", "heavy-tailed", "one-huge"];

/// What the iterations of a case cost.
fn costs(case: &str) -> Costs {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut uniform = move || {
        random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        ((random >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    };
    let n = ITERATIONS as f64;
    let weights: Vec<f64> = (0..ITERATIONS)
        .map(|i| match case {
            "uniform" => 1.0,
            "rising" => i as f64,
            "falling" => n - i as f64,
            "quadratic" => (i as f64).powi(2),
            // Pareto's law with an exponent of 1.5: a mean, but no variance.
            "heavy-tailed" => uniform().powf(-1.0 / 1.5),
            // A third of the loop in one iteration, at a place that no schedule expects.
            "one-huge" => {
                if i == ITERATIONS * 3 / 5 {
                    n / 2.0
                } else {
                    1.0
                }
            }
            _ => panic!("a case is one of {CASES:?}"),
        })
        .collect();
    let scale = STEPS / weights.iter().sum::<f64>();
    weights.iter().map(|weight| (weight * scale) as u32).collect()
}

/// Some steps that no compiler can leave out and no CPU can do at once: a nanosecond or two each.
fn work(steps: u32) {
    let mut x = 1_u64;
    for _ in 0..steps {
        x = std::hint::black_box(x.wrapping_mul(3) ^ 1);
    }
}

/// Nanoseconds of a loop.
fn time(costs: &Costs, plan: &Plan<'_>) -> f64 {
    let space = Space::new([Dim::upto(costs.len() as i128)]).expect("a small space");
    let start = Instant::now();
    let outcome = run(
        &space,
        plan,
        &|_, tile| {
            for i in tile.begin[0]..tile.end[0] {
                work(costs[i as usize]);
            }
            Continue(())
        },
        &mut |_| Continue(()),
    );
    assert!(outcome.is_completed());
    start.elapsed().as_nanos() as f64
}

fn schedule(name: &str) -> Schedule {
    match name {
        "auto" => Schedule::Auto,
        "static" => Schedule::Static,
        "dynamic" => Schedule::Dynamic,
        "guided" => Schedule::Guided,
        _ => panic!("no schedule is called {name}"),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let ["one", case, name, grain, threads] =
        *arguments.iter().map(String::as_str).collect::<Vec<_>>()
    {
        let (costs, cost) = (costs(case), Cost::new());
        let plan = Plan {
            schedule: schedule(name),
            grain: NonZero::new(grain.parse().expect("a number")),
            threads: NonZero::new(threads.parse().expect("a number")),
            cost: Some(&cost),
            ..Plan::default()
        };
        time(&costs, &plan);
        for _ in 0..15 {
            println!("{}", time(&costs, &plan));
        }
        return;
    }
    const PAIRS: usize = 15;
    println!("{:>14} {:>9} {:>12} {:>8}", "costs", "schedule", "time / ideal", "best");
    for case in CASES {
        let costs = costs(case);
        for name in ["auto", "static", "dynamic", "guided"] {
            let cost = Cost::new();
            let plan = Plan { schedule: schedule(name), cost: Some(&cost), ..Plan::default() };
            let one = Plan { threads: NonZero::new(1), ..plan };
            let two = Plan { threads: NonZero::new(2), ..plan };
            let mut ratios: Vec<f64> = (0..PAIRS)
                .map(|_| {
                    let ideal = time(&costs, &one) / 2.0;
                    time(&costs, &two) / ideal
                })
                .collect();
            ratios.sort_by(f64::total_cmp);
            println!("{case:>14} {name:>9} {:>12.3} {:>8.3}", ratios[PAIRS / 2], ratios[0]);
        }
    }
}
