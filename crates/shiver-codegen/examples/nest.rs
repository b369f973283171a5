//! Prints the nest around a body, as LLVM's optimiser leaves it.
//!
//! ```sh
//! cargo run -p shiver-codegen --example nest -- body.ll INDICES [asm] [cpu=haswell] [+ | * | min | max | and | or]
//! ```

use shiver_codegen::{Body, Input, Reduction, Shape, Stage, compile_nest, import, signatures};
use shiver_llvm::Cpu;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: nest body.ll INDICES [asm] [cpu=haswell] [+ | * | min | max | and | or]";
    let text = std::fs::read_to_string(arguments.next().ok_or(usage)?)?;
    let indices = arguments.next().ok_or(usage)?.parse()?;
    let (mut stage, mut reduction, mut cpu) = (Stage::Ir, None, Cpu::host().clone());
    for argument in arguments {
        match argument.as_str() {
            "asm" => stage = Stage::Assembly,
            "+" => reduction = Some(Reduction::Add),
            "*" => reduction = Some(Reduction::Multiply),
            "min" => reduction = Some(Reduction::Min),
            "max" => reduction = Some(Reduction::Max),
            "and" => reduction = Some(Reduction::All),
            "or" => reduction = Some(Reduction::Any),
            other => cpu = Cpu::named(other.strip_prefix("cpu=").ok_or(usage)?),
        }
    }
    let bitcode = import(Input::Text(&text), None, &[], &mut |_| ())?;
    for signature in signatures(&bitcode)? {
        let shape = Shape { indices, unit_steps: true, reduction, tiles: true, streams: 0 };
        let body = Body { bitcode: &bitcode, symbol: &signature.symbol };
        let output = compile_nest(body, None, shape, &cpu, stage)?;
        println!("; {signature}\n{}", String::from_utf8(output.bytes)?);
        eprintln!("; {:?}", output.timings);
    }
    Ok(())
}
