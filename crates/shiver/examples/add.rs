//! Adds one to each element of an array, and collects a grid of results.
//!
//! ```sh
//! cargo run --release -p shiver --example add
//! ```

use shiver::{Args, Function, Options, Plan, parfor, parfor_map};

fn main() -> Result<(), shiver::Error> {
    let (options, plan) = (Options::default(), Plan::default());

    let add1 = Function::from_c("void add1(double *x, long i) { x[i] += 1.0; }", &options)?;
    let mut x: Vec<f64> = (0..1_000_000).map(f64::from).collect();
    // SAFETY: the body touches x[i] alone, and every i is below x's length.
    unsafe { parfor(&add1, x.len(), Args::new().slice_mut(&mut x), &plan)? };
    println!("{add1:?} made x[0] = {}, x[999999] = {}", x[0], x[999_999]);

    let mult = Function::from_c("float mult(int i, int j) { return (float)i * j; }", &options)?;
    // SAFETY: the body touches no memory.
    let grid: Vec<f32> = unsafe { parfor_map(&mult, (3, -2..3), Args::new(), &plan)? };
    for row in grid.chunks(5) {
        println!("{row:?}");
    }

    match Function::from_c("void broken(double *x, long i) { x[i] = y; }", &options) {
        Ok(_) => unreachable!("there is no y"),
        Err(error) => println!("{error}"),
    }
    Ok(())
}
