//! The examples run to their end. Cargo builds them before this test, beside it.

use std::process::Command;

/// Runs an example and gives what it prints.
fn run(name: &str) -> String {
    let test = std::env::current_exe().expect("this program's path");
    let folder = test.parent().and_then(|deps| deps.parent()).expect("Cargo's folders");
    let path = folder.join("examples").join(name);
    let output = Command::new(&path)
        .output()
        .unwrap_or_else(|e| panic!("{}: {e}; `cargo build --examples` makes it", path.display()));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {}\n{text}\n{errors}", output.status);
    text
}

#[test]
fn add() {
    let text = run("add");
    assert!(text.contains("x[0] = 1, x[999999] = 1000000"), "{text}");
    assert!(text.contains("[-4.0, -2.0, 0.0, 2.0, 4.0]"), "{text}");
    assert!(text.contains("<source>:1:41: error: use of undeclared identifier 'y'"), "{text}");
}

#[test]
fn mandelbrot() {
    let text = run("mandelbrot");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 32);
    assert!(lines[16].contains("##########") && lines[0].trim().len() < 60, "{text}");
}

#[test]
fn matmul() {
    let text = run("matmul");
    assert_eq!(text.matches("GFLOP/s").count(), 3, "{text}");
}

#[test]
fn stencil() {
    let text = run("stencil");
    assert!(text.starts_with("999999"), "{text}");
    assert_eq!(text.lines().count(), 12);
}
