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
//! than a `long`, since LLVM may widen it. With general steps the innermost loop is there twice, for a
//! step of 1 and for others. A tile is never empty, so a loop tests at its end only.
//!
//! Where arrays are to be streamed, the innermost loop runs in segments: see [`crate::stream`].

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::{LLVMIntPredicate, LLVMTypeKind};
use shiver_signature::{Signature, Type};

use crate::failure::Whereabouts;
use crate::llvm::{self, Context, Module};
use crate::operation::Combine;
use crate::remarks::{Remark, RemarkKind};
use crate::shape::{NEST_SYMBOL, Shape};
use crate::stream::{self, Streaming};
use crate::writer::{EMPTY, Frame, Level, LoopMetadata, Stride, Writer};
use crate::{Error, brevity, choice, fold, independence, places};

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
            // The innermost loop of general steps has a second version.
            let loops = shape.loops() + usize::from(!shape.unit_steps);
            LoopMetadata::new(context, loops, shape.has_segments())?
        } else {
            LoopMetadata::of_lanes(context)?
        };
        // SAFETY: `body` is a live function of `module`, and everything else is made in `context`.
        let function = unsafe {
            let mut writer = Writer::new(context, module, signature, shape, body);
            writer.whereabouts = Whereabouts::of(module, &writer);
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

    /// Whether the inlined body has vectors, all of which are of two floats.
    pub(crate) fn has_pairs(&self) -> bool {
        // SAFETY: as below; types are asked of live values.
        unsafe {
            let vectors: Vec<_> = llvm::blocks(self.function)
                .into_iter()
                .flat_map(|block| llvm::instructions(block))
                .flat_map(|instruction| {
                    llvm::operands(instruction).into_iter().chain([instruction])
                })
                .map(|value| LLVMTypeOf(value))
                .filter(|&ty| LLVMGetTypeKind(ty) == LLVMTypeKind::LLVMVectorTypeKind)
                .collect();
            let is_pair = |&ty: &LLVMTypeRef| {
                let element = LLVMGetTypeKind(LLVMGetElementType(ty));
                LLVMGetVectorSize(ty) == 2 && element == LLVMTypeKind::LLVMFloatTypeKind
            };
            !vectors.is_empty() && vectors.iter().all(is_pair)
        }
    }

    /// Takes apart loads through chosen pointers, once the body has been inlined.
    pub(crate) fn take_loads_apart(&self, context: &Context) {
        // SAFETY: as below.
        unsafe { choice::take_apart(context, self.function) }
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

        // The loops but the innermost, each up to where its body begins.
        let mut indices = Vec::new();
        let mut levels = Vec::new();
        let mut position = LLVMConstInt(writer.i64, 0, 0);
        let innermost = writer.shape.indices.checked_sub(1);
        let steps = innermost.and_then(|last| Steps::of(writer, &frame, last));
        for k in 0..innermost.unwrap_or(0) {
            let stride = writer.stride(&frame, k);
            let level = writer.open(&frame, k, stride, frame.begins[k], frame.ends[k]);
            position = writer.advance(position, frame.trips[k], level.trip);
            indices.push(level.index);
            levels.push(level);
        }

        let call = |inner: Option<(usize, &Level)>| {
            let mut arguments = [&*frame.arguments, &*indices].concat();
            let mut position = position;
            if let Some((k, level)) = inner {
                position = writer.advance(position, frame.trips[k], level.trip);
                arguments.push(level.index);
            }
            let element = result.map(|result| {
                let ty = writer.result_type();
                let name = c"element".as_ptr();
                LLVMBuildInBoundsGEP2(b, ty, result, &mut { position }, 1, name)
            });
            writer.call(arguments, element);
        };
        let metadata = &loop_metadata.loops;
        match (innermost, steps) {
            (None, _) => call(None),
            (Some(last), None) => {
                let (mut begin, mut end) = (frame.begins[last], frame.ends[last]);
                let segments = writer.shape.has_segments().then(|| {
                    let opened = stream::Segments::open(writer, module, begin, end);
                    (begin, end) = (opened.from, opened.to);
                    opened
                });
                let level = writer.open(&frame, last, Stride::One, begin, end);
                call(Some((last, &level)));
                writer.close(&level, Some(metadata[last]));
                if let Some(segments) = segments {
                    segments.close(writer, loop_metadata.segments);
                }
            }
            (Some(last), Some(steps)) => steps.write(writer, &frame, |stride, begin, end| {
                let level = writer.open(&frame, last, stride, begin, end);
                call(Some((last, &level)));
                let version = usize::from(!matches!(stride, Stride::One));
                writer.close(&level, Some(metadata[last + version]));
            }),
        }

        for (level, &metadata) in levels.iter().zip(metadata).rev() {
            writer.close(level, Some(metadata));
        }
        LLVMBuildRetVoid(b);
    }
}

/// The steps of an innermost loop that has two versions: even where some index of the space goes in
/// steps, it is seldom the last, and only neighbours make good vectors. Left to itself, LLVM would choose
/// between vectors of neighbours, where it checks for a step of 1, and none at all.
struct Steps {
    are_unit: LLVMValueRef,
    /// The step, where it is not 1, written so that LLVM does not take it for a variable that might be.
    others: LLVMValueRef,
    last: usize,
}

impl Steps {
    /// Those of index `last`, unless all steps are known to be 1. The builder stands in the entry block.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`].
    unsafe fn of(writer: &Writer<'_>, frame: &Frame, last: usize) -> Option<Steps> {
        let Stride::Any(step) = writer.stride(frame, last) else { return None };
        let b = writer.builder.raw();
        let (equal, greater) = (LLVMIntPredicate::LLVMIntEQ, LLVMIntPredicate::LLVMIntUGT);
        // SAFETY: as the caller promises. As a number without sign, a step other than 0 and 1 is the
        // greater of itself and 2; a negative one is greater still.
        unsafe {
            let (one, two) = (LLVMConstInt(writer.i64, 1, 0), LLVMConstInt(writer.i64, 2, 0));
            let are_unit = LLVMBuildICmp(b, equal, step, one, c"unit".as_ptr());
            let large = LLVMBuildICmp(b, greater, step, two, EMPTY.as_ptr());
            let others = LLVMBuildSelect(b, large, step, two, c"step".as_ptr());
            Some(Steps { are_unit, others, last })
        }
    }

    /// Writes both versions; `write` writes a loop, given its bounds in trips. The builder stands behind
    /// both afterwards.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`].
    unsafe fn write(
        &self,
        writer: &Writer<'_>,
        frame: &Frame,
        write: impl Fn(Stride, LLVMValueRef, LLVMValueRef),
    ) {
        let b = writer.builder.raw();
        let (begin, end) = (frame.begins[self.last], frame.ends[self.last]);
        // SAFETY: as the caller promises.
        unsafe {
            let (near, far) = (writer.block("near"), writer.block("far"));
            let after = writer.block("after");
            LLVMBuildCondBr(b, self.are_unit, near, far);

            LLVMPositionBuilderAtEnd(b, near);
            write(Stride::One, begin, end);
            LLVMBuildBr(b, after);

            LLVMPositionBuilderAtEnd(b, far);
            let ty = frame.index_types[self.last];
            if writer.is_signed(self.last) && LLVMGetIntTypeWidth(ty) < 64 {
                self.write_narrow(writer, ty, begin, end, write);
            } else {
                write(Stride::Any(self.others), begin, end);
            }
            LLVMBuildBr(b, after);
            LLVMPositionBuilderAtEnd(b, after);
        }
    }

    /// Writes the version for steps other than 1 of a signed index narrower than 64 bits. Only in its own
    /// type can LLVM see that sums with it do not wrap. A step that does not fit that type leads through
    /// three values at most; then the loop is run for each trip, and what the step is does not matter.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`]; `ty` is the index's type.
    unsafe fn write_narrow(
        &self,
        writer: &Writer<'_>,
        ty: LLVMTypeRef,
        begin: LLVMValueRef,
        end: LLVMValueRef,
        write: impl Fn(Stride, LLVMValueRef, LLVMValueRef),
    ) {
        let b = writer.builder.raw();
        let (equal, less) = (LLVMIntPredicate::LLVMIntEQ, LLVMIntPredicate::LLVMIntULT);
        // SAFETY: as the caller promises.
        unsafe {
            let narrow = writer.narrow(self.others, ty);
            let again = LLVMBuildSExt(b, narrow, writer.i64, EMPTY.as_ptr());
            let fits = LLVMBuildICmp(b, equal, again, self.others, EMPTY.as_ptr());
            let all = LLVMBuildSub(b, end, begin, EMPTY.as_ptr());
            let one = LLVMConstInt(writer.i64, 1, 0);
            let length = LLVMBuildSelect(b, fits, all, one, c"length".as_ptr());
            let before = LLVMGetInsertBlock(b);
            let (part, done) = (writer.block(&format!("loop{}.", self.last)), writer.block("done"));
            LLVMBuildBr(b, part);

            LLVMPositionBuilderAtEnd(b, part);
            let from = LLVMBuildPhi(b, writer.i64, c"from".as_ptr());
            LLVMAddIncoming(from, &mut { begin }, &mut { before }, 1);
            let to = LLVMBuildNUWAdd(b, from, length, c"to".as_ptr());
            write(Stride::Fitting(self.others), from, to);
            LLVMAddIncoming(from, &mut { to }, &mut { LLVMGetInsertBlock(b) }, 1);
            let more = LLVMBuildICmp(b, less, to, end, c"more".as_ptr());
            LLVMBuildCondBr(b, more, part, done);
            LLVMPositionBuilderAtEnd(b, done);
        }
    }
}
