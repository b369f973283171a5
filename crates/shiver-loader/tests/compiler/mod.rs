//! Objects to load, made by the C compiler (`CC`, else `cc`).

use std::env;
use std::fs;
use std::io::Write;
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Compiles C to an object, with `-fPIC -O2` and then `flags`.
///
/// # Panics
/// If the compiler refuses, with what it says.
pub(crate) fn compile(source: &str, flags: &[&str]) -> Vec<u8> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let output = env::temp_dir().join(format!("shiver-loader-{}-{count}.o", process::id()));
    let mut child = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()))
        .args(["-x", "c", "-std=gnu17", "-c", "-fPIC", "-O2", "-w"])
        .args(flags)
        .arg("-o")
        .arg(&output)
        .arg("-")
        .stdin(Stdio::piped())
        .spawn()
        .expect("the C compiler starts");
    child.stdin.take().expect("a pipe").write_all(source.as_bytes()).expect("the compiler reads");
    assert!(child.wait().expect("the compiler ends").success(), "cannot compile: {source}");
    let object = fs::read(&output).expect("the compiler writes an object");
    fs::remove_file(&output).expect("the object is ours");
    object
}
