//! Compiles the C functions of variable arguments, which Rust cannot define.

fn main() {
    println!("cargo::rerun-if-changed=src/stdio.c");
    cc::Build::new().file("src/stdio.c").warnings(true).compile("shiver_stdio");
}
