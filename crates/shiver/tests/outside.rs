//! Code of another compiler: what rustc writes, as bitcode and as text.

use std::path::PathBuf;
use std::process::Command;

use shiver::{Args, Function, LLVM_VERSION, Plan, parfor_map};

/// The mean of a row, and a variable of the module's own.
const SOURCE: &str = r#"
static FACTORS: [f64; 4] = [1.0, 2.0, 4.0, 8.0];

fn mean(row: &[f64]) -> f64 {
    row.iter().sum::<f64>() / row.len() as f64
}

/// # Safety
/// `x` points to rows of `n` numbers, and `i` is one of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn scaled_mean(x: *const f64, n: i64, i: i64) -> f64 {
    let row = unsafe { std::slice::from_raw_parts(x.add((i * n) as usize), n as usize) };
    mean(row) * FACTORS[(i & 3) as usize]
}
"#;

fn rustc() -> Command {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// What rustc makes of [`SOURCE`].
fn compiled(kind: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let source = folder.join(format!("outside-{kind}.rs"));
    std::fs::write(&source, SOURCE).unwrap();
    let output = folder.join(format!("outside.{kind}"));
    let mut rustc = rustc();
    rustc.args(["--edition=2024", "--crate-type=lib", "-O", "-Ccodegen-units=1"]);
    rustc.arg(format!("--emit={kind}={}", output.display())).arg(&source);
    let made = rustc.output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::read(&output).unwrap()
}

/// The release of rustc's LLVM, and of ours.
fn releases() -> (u32, u32) {
    let told = rustc().arg("-vV").output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let theirs = told.lines().find_map(|line| line.strip_prefix("LLVM version: ")).unwrap();
    let first = |version: &str| version.split('.').next().unwrap().parse().unwrap();
    (first(theirs), first(LLVM_VERSION))
}

fn runs(function: &Function) {
    let n = 5i64;
    let mut x: Vec<f64> = (0..40).map(|k| f64::from(k * k)).collect();
    // LLVM does not tell that the body only reads.
    let args = Args::new().slice_mut(&mut x).scalar(n);
    // SAFETY: the body reads rows of x alone, of which there are eight.
    let means: Vec<f64> = unsafe { parfor_map(function, 8, args, &Plan::default()) }.unwrap();
    for (i, row) in x.chunks(5).enumerate() {
        let expected = row.iter().sum::<f64>() / 5.0 * [1.0, 2.0, 4.0, 8.0][i & 3];
        assert_eq!(means[i], expected);
    }
}

#[test]
fn bitcode_of_rustc_runs_or_is_told_to_be_too_new() {
    let function = Function::from_bitcode(&compiled("llvm-bc"), "scaled_mean");
    match releases() {
        (theirs, ours) if theirs > ours => {
            let error = function.unwrap_err().to_string();
            assert!(error.contains(&format!("written by LLVM {theirs}.")), "{error}");
            assert!(error.contains(LLVM_VERSION), "{error}");
        }
        _ => runs(&function.unwrap()),
    }
}

#[test]
fn textual_ir_of_rustc_runs() {
    let text = String::from_utf8(compiled("llvm-ir")).unwrap();
    if releases().0 <= releases().1 {
        runs(&Function::from_ir(&text, "scaled_mean").unwrap());
    }
}
