//! Prints the nest around a body, as LLVM's optimiser leaves it.
//!
//! ```sh
//! cargo run -p shiver-codegen --example nest -- body.ll INDICES [asm]
//! ```

use shiver_codegen::{Body, Input, Shape, Stage, compile_nest, import, signatures};
use shiver_llvm::Cpu;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: nest body.ll INDICES [asm]";
    let text = std::fs::read_to_string(arguments.next().ok_or(usage)?)?;
    let indices = arguments.next().ok_or(usage)?.parse()?;
    let stage = if arguments.next().is_some() { Stage::Assembly } else { Stage::Ir };
    let bitcode = import(Input::Text(&text), None, &mut |_| ())?;
    for signature in signatures(&bitcode)? {
        let shape = Shape { indices, unit_steps: true, reduction: None };
        let body = Body { bitcode: &bitcode, symbol: &signature.symbol };
        let output = compile_nest(body, None, shape, Cpu::host(), stage)?;
        println!("; {signature}\n{}", String::from_utf8(output.bytes)?);
        eprintln!("; {:?}", output.timings);
    }
    Ok(())
}
