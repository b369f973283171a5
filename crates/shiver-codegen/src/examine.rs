//! A nest compiled so that it can be looked at: with listings of every stage, and what LLVM says.

use std::time::Instant;

use shiver_llvm::Cpu;

use crate::compile::{self, Body, Optimized, Timings, guarded};
use crate::findings::Findings;
use crate::llvm::Context;
use crate::{Error, NEST_SYMBOL, Shape, places};

/// A nest, and how it came to be.
#[derive(Clone, Debug)]
pub struct Examination {
    /// The object that [`compile_nest`](crate::compile_nest) gives too, byte by byte.
    pub object: Vec<u8>,
    /// The loops and the body as textual IR, before LLVM's optimiser.
    pub built: String,
    /// The same after it.
    pub optimized: String,
    /// The same as assembly.
    pub assembly: String,
    /// What LLVM says of the loops.
    pub findings: Findings,
    /// Whether the body's module has a state, as [`Output`](crate::Output) tells too.
    pub stateful: bool,
    /// How long each step took; printing counts for none.
    pub timings: Timings,
}

/// As [`compile_nest`](crate::compile_nest), and tells all that there is to see. Remarks bear the places
/// that the front end put into the bitcode; the listings show none.
///
/// # Errors
///
/// As for [`compile_nest`](crate::compile_nest).
pub fn examine_nest(
    body: Body<'_>,
    combine: Option<Body<'_>>,
    shape: Shape,
    cpu: &Cpu,
) -> Result<Examination, Error> {
    guarded(|| {
        let context = Context::listening();
        let mut built = String::new();
        let Optimized { module, machine, tile, stateful, complete, mut timings } =
            compile::optimize_nest(&context, body, combine, shape, cpu, &mut |module| {
                built = module.listing();
            })?;
        let optimized = module.listing();
        let nest = module.definition(NEST_SYMBOL).expect("the nest is visible from outside");
        // SAFETY: the nest is the module's own.
        let left = unsafe { places::of_loops(&context, nest) };
        // The back end changes what it is given.
        let copy = module.duplicate();
        let begin = Instant::now();
        let object = if complete { machine.object(&context, &module)? } else { vec![] };
        timings.emit = begin.elapsed();
        let assembly = machine.assembly(&context, &copy)?;
        let mut findings = Findings::of(context.take_remarks(), left, tile);
        // So LLVM calls the comparison of a stride with 1, which it says nothing of.
        if optimized.contains("%ident.check") {
            findings.note_stride_of_one();
        }
        Ok(Examination { object, built, optimized, assembly, findings, stateful, timings })
    })
}
