//! What LLVM makes of a reduction: the loop over whole groups of lanes keeps them in registers, as
//! wide as the machine has them.

use shiver_clang::{FastMath, Options};
use shiver_codegen::{Body, Reduction, Shape, Stage, compile_nest};
use shiver_llvm::Cpu;

/// The optimised nest around the last function of `source`.
fn nest(source: &str, op: Reduction, cpu: &str, fastmath: FastMath) -> String {
    let cpu = Cpu::named(cpu);
    let options = Options { fastmath, ..Options::default() };
    let compiled = shiver_clang::compile(source, &options, &cpu).unwrap();
    let signature = compiled.signatures.last().unwrap();
    let shape =
        Shape { indices: 1, unit_steps: true, reduction: Some(op), tiles: true, streams: 0 };
    let body = Body { bitcode: &compiled.bitcode, symbol: &signature.symbol };
    let output = compile_nest(body, None, shape, &cpu, Stage::Ir).unwrap();
    let text = String::from_utf8(output.bytes).unwrap();
    let begin = text.find("define void @shiver.nest").expect("the nest");
    let end = begin + text[begin..].find("\n}").unwrap();
    text[begin..end].to_owned()
}

/// The blocks that end in a jump to themselves.
fn tight_loops(nest: &str) -> Vec<&str> {
    let own_loop = |block: &&str| {
        let label = block.lines().next().and_then(|line| line.split_once(':'));
        label.is_some_and(|(label, _)| {
            let jump = block.lines().rev().find(|line| line.contains(" br ")).unwrap_or("");
            jump.split([',', ' ']).any(|word| word == format!("%{label}"))
        })
    };
    nest.split("\n\n").filter(own_loop).collect()
}

/// Whether a loop keeps so many vectors from one iteration to the next, and writes nothing to memory.
fn keeps(block: &str, count: usize, vector: &str) -> bool {
    let phis = block.lines().filter(|line| line.contains(&format!("= phi {vector}"))).count();
    phis == count && !block.contains("store ")
}

#[test]
fn lanes_stay_in_registers() {
    let element = |ty: &str| format!("{ty} f(const {ty} *x, long i) {{ return x[i]; }}");
    let product = "double f(const double *x, const double *y, int i) { return x[i] * y[i]; }";
    let plane = "double f(const double *x, long n, long k, long i) { return x[k * n + i]; }";
    for (source, op, vector, lanes) in [
        (element("double"), Reduction::Add, "double", 32),
        (element("double"), Reduction::Max, "double", 32),
        (element("float"), Reduction::Min, "float", 64),
        (element("signed char"), Reduction::Add, "i64", 32),
        (element("long"), Reduction::Add, "i64", 32),
        (element("long"), Reduction::BitXor, "i64", 32),
        (element("unsigned char"), Reduction::Max, "i8", 256),
        (element("_Bool"), Reduction::All, "i8", 256),
        (product.to_owned(), Reduction::Add, "double", 32),
        (plane.to_owned(), Reduction::Add, "double", 32),
    ] {
        let size = 256 / lanes;
        for (cpu, width) in [("sapphirerapids", 64), ("haswell", 32)] {
            for fastmath in [FastMath::default(), FastMath::all()] {
                let vector = format!("<{} x {vector}>", width / size);
                let nest = nest(&source, op, cpu, fastmath);
                let loops = tight_loops(&nest);
                assert!(
                    loops.iter().any(|block| keeps(block, 256 / width, &vector)),
                    "{source} on {cpu}, {vector}, {fastmath:?}:\n{nest}"
                );
            }
        }
    }
}

#[test]
fn a_body_that_calls_keeps_its_lanes_in_memory() {
    // So that the test above can fail: a call that may do anything may not see lanes half written.
    let source = "void sink(void); double f(const double *x, long i) { sink(); return x[i]; }";
    let nest = nest(source, Reduction::Add, "haswell", FastMath::default());
    assert!(!tight_loops(&nest).iter().any(|block| keeps(block, 8, "<4 x double>")), "{nest}");
}
