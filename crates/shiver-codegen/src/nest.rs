//! The loops around a body.
//!
//! For two indices, in C's words:
//!
//! ```c
//! void shiver_nest(const uint64_t *frame, const uint64_t *begin, const uint64_t *end) {
//!     // entry: everything that is in the frame, once
//!     for (t0 = begin[0], i = start0 + t0 * step0; …; t0++, i += step0)
//!         for (t1 = begin[1], j = start1 + t1 * step1; …; t1++, j += step1)
//!             result[t0 * trips1 + t1] = body(arguments…, i, j);
//! }
//! ```
//!
//! Each index runs in its own type beside the trip number. With unit steps it is told that it does
//! not wrap, which the queue's caller has checked of every value: an `int` index then costs no more
//! than a `long`, since LLVM may widen it. A tile is never empty, so a loop tests at its end only.
//!
//! Where arrays are to be streamed, the innermost loop runs in segments: see [`crate::stream`].

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use shiver_signature::{Signature, Type};

use crate::llvm::{self, Context, Module};
use crate::operation::Combine;
use crate::remarks::{Remark, RemarkKind};
use crate::shape::{NEST_SYMBOL, Shape};
use crate::stream::{self, Streaming};
use crate::writer::{EMPTY, LoopMetadata, Writer};
use crate::{Error, brevity, fold, independence, places};

/// A nest whose body has not been inlined yet.
pub(crate) struct Nest {
    function: LLVMValueRef,
    indices: usize,
    access_kind: u32,
    access_group: LLVMValueRef,
}

impl Nest {
    /// Builds the loops around the function that `signature` tells of; `combine` is the function of a
    /// reduction that has one of its own.
    pub(crate) fn build(
        context: &Context,
        module: &Module<'_>,
        signature: &Signature,
        shape: Shape,
        combine: Option<&Combine>,
    ) -> Result<Nest, Error> {
        check(signature, shape)?;
        let in_order = match shape.reduction {
            None => true,
            Some(op) => op.lanes(fold::check(signature, op, combine)?) == 1,
        };
        let symbol = signature.adapter.as_ref().unwrap_or(&signature.symbol);
        let body = module
            .definition(symbol)
            .ok_or_else(|| Error::NoFunction { name: symbol.clone(), candidates: vec![] })?;
        let metadata = if in_order {
            LoopMetadata::new(context, shape.loops(), shape.has_segments())?
        } else {
            LoopMetadata::of_lanes(context)?
        };
        // SAFETY: `body` is a live function of `module`, and everything else is made in `context`.
        let function = unsafe {
            let writer = Writer::new(context, module, signature, shape, body);
            match shape.reduction {
                None => write(&writer, module, &metadata),
                Some(op) => fold::write(&writer, module, &metadata, op, combine),
            }
            writer.function
        };
        let access_kind = llvm::metadata_kind(context, "llvm.access.group");
        let indices = shape.indices;
        Ok(Nest { function, indices, access_kind, access_group: metadata.access_group })
    }

    /// The function that holds the loops.
    pub(crate) fn function(&self) -> LLVMValueRef {
        self.function
    }

    /// Says where the inlined body has what must happen one by one. LLVM says that there is something,
    /// and not where.
    pub(crate) fn tell_synchronisations(&self, context: &Context) {
        // SAFETY: as below.
        for instruction in unsafe { independence::synchronisations(self.function) } {
            context.note(Remark {
                kind: RemarkKind::Analysis,
                pass: "shiver".to_owned(),
                name: "Synchronises".to_owned(),
                function: NEST_SYMBOL.to_owned(),
                // SAFETY: the instruction is the nest's own.
                place: unsafe { places::of(instruction) },
                message: "this must happen one by one".to_owned(),
            });
        }
    }

    /// Declares accesses independent, once the body has been inlined.
    pub(crate) fn declare_independence(&self) {
        // SAFETY: the nest has external linkage, so no pass removed it.
        unsafe { independence::declare(self.function, self.access_kind, self.access_group) }
    }

    /// Whether each iteration is over soon, once calls of mathematical functions have their final names.
    pub(crate) fn is_brief(&self) -> bool {
        // SAFETY: as above.
        unsafe { brevity::is_brief(self.function) }
    }

    /// Finds what can be streamed of what `wanted` names, once accesses are declared independent.
    pub(crate) fn find_streams(
        &self,
        context: &Context,
        module: &Module<'_>,
        vector: u64,
        wanted: u8,
    ) -> Option<Streaming> {
        // SAFETY: as above.
        unsafe {
            let nest = self.function;
            Streaming::find(context, module, nest, self.indices, self.access_kind, vector, wanted)
        }
    }
}

/// Refuses what no frame can hold.
fn check(signature: &Signature, shape: Shape) -> Result<(), Error> {
    let refused = |message: String| Err(Error::Signature { message });
    if shape.indices > signature.params.len() {
        return refused(format!(
            "{} has {} parameters, too few for {} indices",
            signature.name,
            signature.params.len(),
            shape.indices
        ));
    }
    let first_index = signature.params.len() - shape.indices;
    for (k, param) in signature.params.iter().enumerate() {
        match &param.ty {
            Type::Scalar(scalar) if k < first_index || scalar.is_integer() => {}
            Type::Pointer(_) if k < first_index => {}
            ty => {
                return refused(format!(
                    "parameter {} of {} has type {ty}, which cannot be {}",
                    param.name,
                    signature.name,
                    if k < first_index { "passed" } else { "an index" }
                ));
            }
        }
    }
    match &signature.returns {
        Type::Void | Type::Scalar(_) => Ok(()),
        Type::Pointer(_) if shape.indices == 0 => Ok(()),
        ty => refused(format!("{} returns {ty}, which cannot be collected", signature.name)),
    }
}

/// Writes the loops of a nest that runs a whole tile.
///
/// # Safety
///
/// As for [`Writer::read_frame`].
unsafe fn write(writer: &Writer<'_>, module: &Module<'_>, loop_metadata: &LoopMetadata) {
    let b = writer.builder.raw();
    let signature = writer.signature;
    // SAFETY: as the caller promises: every value, type and block belongs to the function.
    unsafe {
        let frame = writer.read_frame();
        let result = (signature.returns != Type::Void).then(|| {
            let row = LLVMGetParam(writer.function, 0);
            let word = writer.shape.result_word(signature.params.len());
            writer.load(writer.pointer, row, word, c"result")
        });

        // The loops, outermost first, each up to where its body begins.
        let mut arguments = frame.arguments.clone();
        let mut levels = Vec::new();
        let mut position = LLVMConstInt(writer.i64, 0, 0);
        let mut segments = None;
        for k in 0..writer.shape.indices {
            let (mut begin, mut end) = (frame.begins[k], frame.ends[k]);
            if writer.shape.has_segments() && k + 1 == writer.shape.indices {
                let opened = stream::Segments::open(writer, module, begin, end);
                (begin, end) = (opened.from, opened.to);
                segments = Some(opened);
            }
            let level = writer.open(&frame, k, begin, end);
            // Where this iteration's result goes, in row-major order.
            let row = LLVMBuildNUWMul(b, position, frame.trips[k], EMPTY.as_ptr());
            LLVMSetNSW(row, 1);
            position = LLVMBuildNUWAdd(b, row, level.trip, EMPTY.as_ptr());
            LLVMSetNSW(position, 1);
            arguments.push(writer.narrow(level.value, frame.index_types[k]));
            levels.push(level);
        }

        let element = result.map(|result| {
            let ty = writer.result_type();
            let name = c"element".as_ptr();
            LLVMBuildInBoundsGEP2(b, ty, result, &mut { position }, 1, name)
        });
        writer.call(arguments, element);

        for (level, &metadata) in levels.iter().zip(&loop_metadata.loops).rev() {
            writer.close(level, Some(metadata));
            if let Some(segments) = segments.take() {
                segments.close(writer, loop_metadata.segments);
            }
        }
        LLVMBuildRetVoid(b);
    }
}
