//! Times the compile of the nest around a one-line body, stage by stage.
//!
//! ```sh
//! cargo run --release -p shiver-codegen --example time
//! ```

use std::time::Duration;

use shiver_codegen::{Body, Input, Shape, Stage, Timings, compile_nest, import};
use shiver_llvm::Cpu;

const BODY: &str = "define void @add1(ptr %x, i64 %i) {
    %p = getelementptr double, ptr %x, i64 %i
    %v = load double, ptr %p
    %r = fadd double %v, 1.0
    store double %r, ptr %p
    ret void
}";

fn main() -> Result<(), shiver_codegen::Error> {
    let bitcode = import(Input::Text(BODY), Some("add1"), &[], &mut |_| ())?;
    let body = Body { bitcode: &bitcode, symbol: "add1" };
    let shape = Shape { indices: 1, unit_steps: true, reduction: None, tiles: true, streams: 0 };
    let compile = || Ok(compile_nest(body, None, shape, Cpu::host(), Stage::Object)?.timings);
    println!("first: {:?}", compile()?);
    let runs = (0..50).map(|_| compile()).collect::<Result<Vec<_>, shiver_codegen::Error>>()?;
    let median = |stage: fn(&Timings) -> Duration| {
        let mut times: Vec<_> = runs.iter().map(stage).collect();
        times.sort();
        times[times.len() / 2]
    };
    let (build, optimize) = (median(|t| t.build), median(|t| t.optimize));
    println!("median of 50: build {build:?}, optimize {optimize:?}, emit {:?}", median(|t| t.emit));
    Ok(())
}
