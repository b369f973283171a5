//! Draws the Mandelbrot set as text.
//!
//! ```sh
//! cargo run --release -p shiver --example mandelbrot
//! ```

use shiver::{Args, Function, Options, Plan, parfor_map};

const SOURCE: &str = "
    unsigned char escape(float left, float top, float step, int row, int column) {
        float a = left + column * step, b = top - 2 * row * step, x = 0, y = 0;
        unsigned char n = 0;
        while (n < 200 && x * x + y * y < 4) {
            float t = x * x - y * y + a;
            y = 2 * x * y + b;
            x = t;
            n++;
        }
        return n;
    }";

fn main() -> Result<(), shiver::Error> {
    let (rows, columns) = (32, 96);
    let escape = Function::from_c(SOURCE, &Options::default())?;
    let args = Args::new().scalar(-2.2f32).scalar(1.1f32).scalar(3.3 / columns as f32);
    // SAFETY: the body touches no memory.
    let counts: Vec<u8> = unsafe { parfor_map(&escape, (rows, columns), args, &Plan::default())? };
    for row in counts.chunks(columns) {
        let shade = |&n: &u8| match n {
            200 => '#',
            20.. => '+',
            8.. => '-',
            5.. => '.',
            _ => ' ',
        };
        println!("{}", row.iter().map(shade).collect::<String>());
    }
    Ok(())
}
