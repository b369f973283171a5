//! Where streaming begins to win: `y[i] = x[i] + 1.0` over arrays of 10⁴ to 10⁸ doubles, with stores
//! past the caches and through them, and then with a loop that reads what was written.
//!
//! ```sh
//! cargo run --release -p shiver --example streaming [THREADS]
//! ```

use std::num::NonZero;
use std::ops::ControlFlow::Continue;
use std::time::{Duration, Instant};

use shiver::{Function, IntoSpace, Launch, Plan};

/// Runs `function` over two arrays and gives its time.
fn time(function: &Function, x: &[f64], y: &mut [f64], plan: &Plan<'_>, from: u64) -> Duration {
    let start = Instant::now();
    let space = x.len().into_space().expect("a length");
    let words = [x.as_ptr() as u64, y.as_mut_ptr() as u64].into_iter();
    let mut launch = Launch::streaming_from(function, &space, words, from).expect("a sound body");
    // SAFETY: the bodies below touch x[i] and y[i] alone.
    let outcome = unsafe { launch.run(std::ptr::null_mut(), plan, &mut |_| Continue(())) };
    assert!(outcome.expect("nobody cancels").is_completed());
    start.elapsed()
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() -> Result<(), shiver::Error> {
    let compile = |source| Function::from_c(source, &Default::default());
    let write = compile("void f(const double *x, double *y, long i) { y[i] = x[i] + 1.0; }")?;
    let read = compile("void f(const double *y, double *x, long i) { x[i] += y[i]; }")?;
    let threads = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let plan = Plan { threads: threads.and_then(NonZero::new), ..Plan::default() };
    println!("{:>12} {:>8} {:>12} {:>12} ratio  and read", "doubles", "MB", "through", "past");
    for step in 0..25 {
        let n = 10f64.powf(4.0 + f64::from(step) / 6.0) as usize;
        let (x, mut y, mut z) = (vec![1.0; n], vec![0.0; n], vec![0.0; n]);
        let mut times = [vec![], vec![], vec![], vec![]];
        let runs = (200_000_000 / n).clamp(9, 400);
        for _ in 0..runs {
            for (k, from) in [(0, u64::MAX), (1, 0)] {
                let first = time(&write, &x, &mut y, &plan, from);
                let second = time(&read, &y, &mut z, &plan, u64::MAX);
                times[k].push(first.as_secs_f64() * 1e6);
                times[k + 2].push((first + second).as_secs_f64() * 1e6);
            }
        }
        assert!(y.iter().all(|&value| value == 2.0));
        let [through, past, both_through, both_past] = times.each_mut().map(|all| median(all));
        println!(
            "{n:>12} {:>8.2} {through:>9.1} µs {past:>9.1} µs {:.2}   {:.2}",
            n as f64 * 8e-6,
            past / through,
            both_past / both_through
        );
    }
    Ok(())
}
