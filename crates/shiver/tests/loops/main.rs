//! probe
use shiver::*;
use std::num::NonZero;
const NO: Plan<'static> = Plan {
    schedule: Schedule::Auto,
    grain: None,
    threads: NonZero::new(1),
    cancel: None,
    cost: None,
    tallies: None,
};

#[test]
fn interleaved() {
    let f = Function::from_c(
        "void f(long *p, long *q, long i) { p[2*i] = 1; q[2*i] += 5; p[2*i+1] = 2; }",
        &Default::default(),
    )
    .unwrap();
    let mut x = vec![0i64; 2000];
    let p = x.as_mut_ptr();
    unsafe { parfor(&f, 1000, Args::new().pointer(p).pointer(p), &NO).unwrap() };
    println!("{:?}", &x[..8]);
    println!("wrong {}", x.chunks(2).filter(|c| c != &[6, 2]).count());
}
fn cuts(name: &str, source: &str, stride: usize) {
    let options = Options { fastmath: FastMath::all(), ..Default::default() };
    let f = Function::from_c(source, &options).unwrap();
    let n = 203;
    let x: Vec<f32> = (0..n * stride + 8).map(|i| 0.3 + (i as f32) * 0.7131).collect();
    let whole: Vec<f32> = unsafe { parfor_map(&f, n, Args::new().slice(&x), &NO).unwrap() };
    for grain in [1, 3, 7, 50] {
        let cut: Vec<f32> = unsafe {
            parfor_map(&f, n, Args::new().slice(&x), &Plan { grain: NonZero::new(grain), ..NO })
                .unwrap()
        };
        println!(
            "{name} grain {grain}: differs {}",
            whole.iter().zip(&cut).filter(|(a, b)| a.to_bits() != b.to_bits()).count()
        );
    }
}
#[test]
fn fast() {
    cuts("div", "float f(const float *x, long i) { return 1.0f / x[i]; }", 1);
    cuts("div2", "float f(const float *x, long i) { return x[i+1] / x[i]; }", 1);
    cuts("sqrt", "#include <math.h>\nfloat f(const float *x, long i) { return sqrtf(x[i]); }", 1);
    cuts(
        "rsqrt",
        "#include <math.h>\nfloat f(const float *x, long i) { return 1/sqrtf(x[i]); }",
        1,
    );
    cuts(
        "sum",
        "float f(const float *x, long i) { return x[4*i]*1.1f+x[4*i+1]*1.2f+x[4*i+2]*1.3f+x[4*i+3]*1.7f; }",
        4,
    );
    cuts(
        "sum8",
        "float f(const float *x, long i) { float s = 0; for (int k = 0; k < 8; k++) s += x[8*i+k]; return s; }",
        8,
    );
    cuts(
        "sumk",
        "float f(const float *x, long i) { float s = 0; for (int k = 0; k < 8; k++) s += x[i+k] * x[k]; return s; }",
        1,
    );
    cuts(
        "sin",
        "#include <math.h>\nfloat f(const float *x, long i) { return sinf(x[i])+expf(x[i])+powf(x[i], 0.5f)+powf(x[i], 3); }",
        1,
    );
    cuts("fma", "float f(const float *x, long i) { return x[i]*x[i+1]+x[i+2]*x[i+3]; }", 1);
}
#[test]
fn private() {
    let f = Function::from_c("void f(double *y, const int *k, long i) { double t[2]; t[0] = i; t[1] = -i; y[i] = t[k[i] & 1]; }", &Default::default()).unwrap();
    let k: Vec<i32> = (0..64).map(|i| i % 2).collect();
    let mut y = vec![0.0; 64];
    unsafe { parfor(&f, 64, Args::new().slice_mut(&mut y).slice(&k), &NO).unwrap() };
    println!(
        "private wrong {}",
        y.iter()
            .enumerate()
            .filter(|&(i, &v)| v != if i % 2 == 0 { i as f64 } else { -(i as f64) })
            .count()
    );
}
