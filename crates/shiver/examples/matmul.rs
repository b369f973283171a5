//! Times a matrix product on one thread and on all, and checks it against plain Rust.
//!
//! ```sh
//! cargo run --release -p shiver --example matmul [SIZE]
//! ```

use std::num::NonZero;
use std::time::Instant;

use shiver::{Args, FastMath, Function, Options, Plan, parfor};

const SOURCE: &str = "
    void mm(long n, const double *a, const double *b, double *c, long i, long j) {
        double s = 0;
        for (long k = 0; k < n; k++)
            s += a[i * n + k] * b[k * n + j];
        c[i * n + j] = s;
    }";

fn main() -> Result<(), shiver::Error> {
    let n = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(300);
    let value = |k: usize| (k % 17) as f64 - 8.0;
    let a: Vec<f64> = (0..n * n).map(value).collect();
    let b: Vec<f64> = (0..n * n).map(|k| value(k * 3 + 1)).collect();
    let mut c = vec![0.0; n * n];

    let start = Instant::now();
    let options = Options { fastmath: FastMath::all(), ..Options::default() };
    let mm = Function::from_c(SOURCE, &options)?;
    println!("compiled to bitcode in {:?}", start.elapsed());
    for (name, threads) in [
        ("first call, with the nest compiled", None),
        ("one thread", NonZero::new(1)),
        ("all threads", None),
    ] {
        let start = Instant::now();
        let args = Args::new().scalar(n as i64).slice(&a).slice(&b).slice_mut(&mut c);
        // SAFETY: the body reads a and b inside their n * n elements, and writes c[i * n + j] alone.
        unsafe { parfor(&mm, (n, n), args, &Plan { threads, ..Plan::default() })? };
        let time = start.elapsed();
        println!("{name}: {time:?}, {:.1} GFLOP/s", 2e-9 * (n * n * n) as f64 / time.as_secs_f64());
    }

    // Small whole numbers: the sums are exact in any order.
    for (i, j) in [(0, 0), (n / 2, n / 3), (n - 1, n - 1)] {
        let sum: f64 = (0..n).map(|k| a[i * n + k] * b[k * n + j]).sum();
        assert_eq!(c[i * n + j], sum);
    }
    Ok(())
}
