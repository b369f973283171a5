//! Tells the linker which functions belong side by side.

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=order.txt");
    // The functions that a compile runs: `tools/order.py` writes the file. With them together a new
    // source takes an eighth less time, the first of a process a sixth (2026-11). Another build of LLVM
    // has other names here and there, which is nothing to be warned of.
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names it"));
    let order = folder.join("order.txt");
    println!("cargo::rustc-cdylib-link-arg=-Wl,--symbol-ordering-file={}", order.display());
    println!("cargo::rustc-cdylib-link-arg=-Wl,--no-warn-symbol-ordering");
}
