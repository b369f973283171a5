//! Lets heat flow through a plate: a loop over the inner points, again and again, between two arrays.
//!
//! ```sh
//! cargo run --release -p shiver --example stencil
//! ```

use shiver::{Args, Function, Options, Plan, parfor};

const SOURCE: &str = "
    void flow(long columns, const double *from, double *to, long i, long j) {
        const double *p = from + i * columns + j;
        to[i * columns + j] = 0.25 * (p[-columns] + p[columns] + p[-1] + p[1]);
    }";

fn main() -> Result<(), shiver::Error> {
    let (rows, columns) = (48, 96);
    // The upper edge is hot, the other edges are cold.
    let mut plate = vec![0.0; rows * columns];
    plate[..columns].fill(100.0);
    let mut next = plate.clone();

    let flow = Function::from_c(SOURCE, &Options::default())?;
    for _ in 0..2000 {
        let args = Args::new().scalar(columns as i64).slice(&plate).slice_mut(&mut next);
        // SAFETY: every inner point has four neighbours in the array, and writes to itself alone.
        unsafe { parfor(&flow, (1..rows - 1, 1..columns - 1), args, &Plan::default())? };
        std::mem::swap(&mut plate, &mut next);
    }
    for row in plate.chunks(columns).step_by(4) {
        let digit = |&t: &f64| char::from(b'0' + (t / 10.0).min(9.0) as u8);
        println!("{}", row.iter().map(digit).collect::<String>());
    }
    let below = plate[(rows / 2) * columns + columns / 2];
    assert!(below > 1.0 && below < 50.0, "the middle is {below} warm");
    Ok(())
}
