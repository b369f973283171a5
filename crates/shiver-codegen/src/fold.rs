//! The loops of a reduction.
//!
//! The bits of a sum depend on the order of its additions, so the order must not depend on how the
//! space was cut, on how many workers there were, or on how wide the machine's vectors are. A nest
//! therefore keeps a fixed number of partial results, [`Reduction::lanes`]: trip `t` of a row goes to
//! lane `t mod lanes`. As the lanes do not depend on one another, the loop over them becomes vectors
//! of any width without a change of order. The partial results are the caller's, who may call the nest
//! for one part of a block after the other.
//!
//! For one index, in C's words:
//!
//! ```c
//! void shiver_open(T *partial) { for (l = 0; l < LANES; l++) partial[l] = identity; }
//!
//! void shiver_nest(const uint64_t *frame, const uint64_t *begin, const uint64_t *end, T *partial) {
//!     t = begin[1];
//!     do {
//!         if (t % LANES != 0 || end[1] - t < LANES)     // ragged: at either end
//!             for (l = t % LANES; l < LANES && t < end[1]; l++, t++)
//!                 partial[l] = partial[l] + body(…, start + t * step);
//!         for (; end[1] - t >= LANES; t += LANES)       // whole
//!             for (l = 0; l < LANES; l++)
//!                 partial[l] = partial[l] + body(…, start + (t + l) * step);
//!     } while (t < end[1]);
//! }
//!
//! void shiver_close(T *partial) {
//!     for (h = LANES / 2; h > 0; h /= 2)
//!         for (l = 0; l < h; l++) partial[l] = partial[l] + partial[l + h];
//! }
//! ```
//!
//! A function of the user's own need not commute and has no identity that is known here, so it has one
//! lane, which starts with the block's first value; a byte behind it tells that there is one. So has
//! the product of complex numbers: (1 + 0i)(∞ + 0i) is not ∞ + 0i.

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::{LLVMIntPredicate, LLVMLinkage};
use shiver_signature::{Scalar, Signature, Type};

use crate::Error;
use crate::llvm::{self, Module};
use crate::operation::{Combine, Operation};
use crate::shape::{BEGUN_BYTE, CLOSE_SYMBOL, COMBINE_SYMBOL, JOIN_SYMBOL, OPEN_SYMBOL, Reduction};
use crate::writer::{EMPTY, Frame, LoopMetadata, Writer};

/// Where a block's lanes are.
const LANES_ALIGN: u32 = 64;

/// Refuses a reduction that means nothing for what the body returns.
pub(crate) fn check(
    signature: &Signature,
    op: Reduction,
    combine: Option<&Combine>,
) -> Result<Scalar, Error> {
    let refused = |message: String| Err(Error::Signature { message });
    let Some(scalar) = signature.returns.as_scalar() else {
        return refused(format!("{signature} returns nothing that could be reduced"));
    };
    if let Some(combine) = combine {
        let takes: Vec<_> = combine.signature.params.iter().map(|p| &p.ty).collect();
        let wanted = Type::Scalar(scalar);
        if takes != [&wanted, &wanted] || combine.signature.returns != wanted {
            return refused(format!(
                "a reduction of {scalar} takes a function of two {scalar} that returns {scalar}, not \
                 {}",
                combine.signature
            ));
        }
    }
    match op.accumulator(scalar) {
        Some(accumulator) => Ok(accumulator),
        None => refused(format!("{op:?} means nothing for {scalar}, which {signature} returns")),
    }
}

/// Writes the nest and the functions that work on its partial results.
///
/// # Safety
///
/// As for [`Writer::read_frame`]; `check` has accepted the reduction, and `combine` is a live function
/// of `module`.
pub(crate) unsafe fn write(
    writer: &Writer<'_>,
    module: &Module<'_>,
    metadata: &LoopMetadata,
    op: Reduction,
    combine: Option<&Combine>,
) {
    let value = writer.signature.returns.as_scalar().expect("checked");
    let accumulator = op.accumulator(value).expect("checked");
    let lanes = op.lanes(accumulator);
    let operation = Operation { writer, op, combine, value, accumulator };
    let fold = Fold { writer, module, metadata, operation, lanes };
    // SAFETY: as the caller promises.
    unsafe {
        fold.write_nest();
        fold.write_open();
        fold.write_combine();
        if lanes > 1 {
            fold.write_join();
            fold.write_close();
        }
    }
}

struct Fold<'a> {
    writer: &'a Writer<'a>,
    module: &'a Module<'a>,
    metadata: &'a LoopMetadata,
    operation: Operation<'a>,
    /// How many partial results there are; with one, values are taken in order.
    lanes: u64,
}

impl Fold<'_> {
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn write_nest(&self) {
        let w = self.writer;
        let b = w.builder.raw();
        // SAFETY: as the caller promises: every value, type and block belongs to the function.
        unsafe {
            for name in ["noalias", "noundef"] {
                LLVMAddAttributeAtIndex(w.function, 4, llvm::attribute(w.context, name));
            }
            let frame = w.read_frame();
            let value = LLVMBuildAlloca(b, w.result_type(), c"value".as_ptr());
            LLVMSetAlignment(value, 16);
            let (rows, trips) =
                ((frame.begins[0], frame.ends[0]), (frame.begins[1], frame.ends[1]));
            self.count(rows.0, rows.1, 1, |row| {
                let row = Row { outer: self.outer_indices(&frame, row), frame: &frame, value };
                if self.lanes == 1 {
                    self.write_group(&row, self.number(0), trips, self.metadata.loops[0]);
                } else {
                    self.write_row(&row, trips);
                }
            });
            LLVMBuildRetVoid(b);
        }
    }

    /// Writes the loops over the trips of one row: see the head of this file.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn write_row(&self, row: &Row<'_>, trips: (LLVMValueRef, LLVMValueRef)) {
        let b = self.writer.builder.raw();
        let name = EMPTY.as_ptr();
        let (begin, end) = trips;
        let lanes = self.number(self.lanes);
        let less = LLVMIntPredicate::LLVMIntULT;
        // SAFETY: as the caller promises. No sum here passes the number of all iterations.
        unsafe {
            let before = LLVMGetInsertBlock(b);
            let (pass, ragged) = (self.block("pass"), self.block("ragged"));
            let (whole, after) = (self.block("whole"), self.block("after"));
            LLVMBuildBr(b, pass);

            LLVMPositionBuilderAtEnd(b, pass);
            let first = LLVMBuildPhi(b, self.writer.i64, c"first".as_ptr());
            LLVMAddIncoming(first, &mut { begin }, &mut { before }, 1);
            let low = LLVMBuildAnd(b, first, self.number(self.lanes - 1), c"low".as_ptr());
            let left = LLVMBuildSub(b, end, first, c"left".as_ptr());
            let inside = LLVMBuildICmp(b, LLVMIntPredicate::LLVMIntNE, low, self.number(0), name);
            let few = LLVMBuildICmp(b, less, left, lanes, name);
            LLVMBuildCondBr(b, LLVMBuildOr(b, inside, few, name), ragged, whole);

            LLVMPositionBuilderAtEnd(b, ragged);
            let origin = LLVMBuildSub(b, first, low, name);
            let high = LLVMBuildAdd(b, low, left, name);
            let fits = LLVMBuildICmp(b, less, high, lanes, name);
            let high = LLVMBuildSelect(b, fits, high, lanes, c"high".as_ptr());
            self.write_group(row, origin, (low, high), self.metadata.loops[1]);
            let aligned = LLVMBuildAdd(b, origin, high, name);
            let ragged_end = LLVMGetInsertBlock(b);
            LLVMBuildBr(b, whole);

            LLVMPositionBuilderAtEnd(b, whole);
            let from = LLVMBuildPhi(b, self.writer.i64, c"from".as_ptr());
            LLVMAddIncoming(from, &mut { first }, &mut { pass }, 1);
            LLVMAddIncoming(from, &mut { aligned }, &mut { ragged_end }, 1);
            let left = LLVMBuildSub(b, end, from, name);
            let length = LLVMBuildAnd(b, left, self.number(!(self.lanes - 1)), name);
            let to = LLVMBuildAdd(b, from, length, c"to".as_ptr());
            self.count(from, to, self.lanes, |origin| {
                let all = (self.number(0), lanes);
                self.write_group(row, origin, all, self.metadata.loops[0]);
            });
            let more = LLVMBuildICmp(b, less, to, end, name);
            LLVMAddIncoming(first, &mut { to }, &mut { LLVMGetInsertBlock(b) }, 1);
            LLVMBuildCondBr(b, more, pass, after);
            LLVMPositionBuilderAtEnd(b, after);
        }
    }

    /// Writes the loop over the trips `origin + lane` of a row, for lanes from `lanes.0` up to, not
    /// including, `lanes.1`, each of which is taken into its lane; into the only one where there is
    /// one.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn write_group(
        &self,
        row: &Row<'_>,
        origin: LLVMValueRef,
        lanes: (LLVMValueRef, LLVMValueRef),
        metadata: LLVMValueRef,
    ) {
        let w = self.writer;
        let last = w.shape.indices - 1;
        // SAFETY: as the caller promises; the nest's fourth parameter is where partial results are.
        unsafe {
            let partial = LLVMGetParam(w.function, 3);
            let stride = w.stride(row.frame, last);
            let level = w.open_from(row.frame, last, stride, origin, lanes.0, lanes.1);
            let mut arguments = row.frame.arguments.clone();
            arguments.extend(&row.outer);
            arguments.push(level.index);
            w.call(arguments, Some(row.value));
            if self.lanes == 1 {
                self.take_in_order(partial, row.value);
            } else {
                self.operation.take(self.lane(partial, level.trip), row.value);
            }
            w.close(&level, Some(metadata));
        }
    }

    /// Takes a value into the only lane, or begins it.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn take_in_order(&self, partial: LLVMValueRef, value: LLVMValueRef) {
        let w = self.writer;
        let b = w.builder.raw();
        // SAFETY: as the caller promises; the byte lies behind the lane.
        unsafe {
            let ty = self.operation.type_of(self.operation.accumulator);
            let flag = self.begun(partial);
            let begun = LLVMBuildLoad2(b, w.i8, flag, c"begun".as_ptr());
            let zero = LLVMConstInt(w.i8, 0, 0);
            let begun = LLVMBuildICmp(b, LLVMIntPredicate::LLVMIntNE, begun, zero, EMPTY.as_ptr());
            let (join, begin, after) =
                (self.block("join"), self.block("begin"), self.block("taken"));
            LLVMBuildCondBr(b, begun, join, begin);
            LLVMPositionBuilderAtEnd(b, join);
            self.operation.take(partial, value);
            LLVMBuildBr(b, after);
            LLVMPositionBuilderAtEnd(b, begin);
            let first = LLVMBuildLoad2(b, ty, value, EMPTY.as_ptr());
            LLVMBuildStore(b, first, partial);
            LLVMBuildBr(b, after);
            LLVMPositionBuilderAtEnd(b, after);
            LLVMBuildStore(b, LLVMConstInt(w.i8, 1, 0), flag);
        }
    }

    /// Writes the function under [`OPEN_SYMBOL`].
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn write_open(&self) {
        // SAFETY: as the caller promises.
        unsafe {
            self.write_function(OPEN_SYMBOL, 1, |function| {
                let b = self.writer.builder.raw();
                let partial = LLVMGetParam(function, 0);
                if self.lanes == 1 {
                    let no = LLVMConstInt(self.writer.i8, 0, 0);
                    LLVMBuildStore(b, no, self.begun(partial));
                    return;
                }
                let parts = self.parts();
                let mut identity = vec![self.operation.identity(); parts as usize];
                let identity = LLVMConstVector(identity.as_mut_ptr(), parts);
                LLVMSetAlignment(LLVMBuildStore(b, identity, partial), LANES_ALIGN);
            });
        }
    }

    /// Writes the function under [`COMBINE_SYMBOL`].
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn write_combine(&self) {
        // SAFETY: as the caller promises.
        unsafe {
            self.write_function(COMBINE_SYMBOL, 2, |function| {
                self.operation.join(LLVMGetParam(function, 0), LLVMGetParam(function, 1));
            });
        }
    }

    /// Writes the function under [`JOIN_SYMBOL`].
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn write_join(&self) {
        // SAFETY: as the caller promises.
        unsafe {
            self.write_function(JOIN_SYMBOL, 2, |function| {
                let b = self.writer.builder.raw();
                let (partial, values) = (LLVMGetParam(function, 0), LLVMGetParam(function, 1));
                let old = self.load_lanes(partial, LANES_ALIGN);
                let value = self.load_lanes(values, self.operation.accumulator.align() as u32);
                let new = self.operation.combined(old, value);
                LLVMSetAlignment(LLVMBuildStore(b, new, partial), LANES_ALIGN);
            });
        }
    }

    /// Writes the function under [`CLOSE_SYMBOL`].
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn write_close(&self) {
        // SAFETY: as the caller promises.
        unsafe {
            self.write_function(CLOSE_SYMBOL, 1, |function| {
                let b = self.writer.builder.raw();
                let partial = LLVMGetParam(function, 0);
                let mut lanes = self.load_lanes(partial, LANES_ALIGN);
                let mut half = self.parts() / 2;
                let whole = self.parts() / self.lanes as u32;
                while half >= whole {
                    let part = |from: u32| {
                        let i32 = LLVMInt32TypeInContext(self.writer.context.raw());
                        let mut numbers: Vec<_> =
                            (from..from + half).map(|k| LLVMConstInt(i32, k.into(), 0)).collect();
                        let numbers = LLVMConstVector(numbers.as_mut_ptr(), half);
                        let none = LLVMGetPoison(LLVMTypeOf(lanes));
                        LLVMBuildShuffleVector(b, lanes, none, numbers, EMPTY.as_ptr())
                    };
                    lanes = self.operation.combined(part(0), part(half));
                    half /= 2;
                }
                LLVMSetAlignment(LLVMBuildStore(b, lanes, partial), LANES_ALIGN);
            });
        }
    }

    /// How many numbers there are in all lanes: two in a complex one.
    fn parts(&self) -> u32 {
        let each = if self.operation.accumulator.is_complex() { 2 } else { 1 };
        self.lanes as u32 * each
    }

    /// All lanes as one vector of their parts.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn load_lanes(&self, address: LLVMValueRef, align: u32) -> LLVMValueRef {
        let b = self.writer.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let ty = LLVMVectorType(self.operation.lane_part(), self.parts());
            let load = LLVMBuildLoad2(b, ty, address, EMPTY.as_ptr());
            LLVMSetAlignment(load, align);
            load
        }
    }

    /// Writes a function of so many pointers to memory that does not overlap.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn write_function(&self, symbol: &str, params: u32, body: impl FnOnce(LLVMValueRef)) {
        let w = self.writer;
        let raw = w.context.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let mut types = vec![w.pointer; params as usize];
            let ty = LLVMFunctionType(LLVMVoidTypeInContext(raw), types.as_mut_ptr(), params, 0);
            let function = LLVMAddFunction(self.module.raw(), EMPTY.as_ptr(), ty);
            llvm::set_name(function, symbol);
            LLVMSetLinkage(function, LLVMLinkage::LLVMExternalLinkage);
            for k in 1..=params {
                for name in ["noalias", "noundef"] {
                    LLVMAddAttributeAtIndex(function, k, llvm::attribute(w.context, name));
                }
            }
            let block = LLVMAppendBasicBlockInContext(raw, function, c"entry".as_ptr());
            LLVMPositionBuilderAtEnd(w.builder.raw(), block);
            body(function);
            LLVMBuildRetVoid(w.builder.raw());
        }
    }

    /// The indices before the last one, of a row counted over all of them.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn outer_indices(&self, frame: &Frame, row: LLVMValueRef) -> Vec<LLVMValueRef> {
        let w = self.writer;
        let b = w.builder.raw();
        let outer = w.shape.indices - 1;
        let mut indices = vec![row; outer];
        let mut rest = row;
        // SAFETY: as the caller promises. No extent is zero: an empty space has no blocks.
        unsafe {
            for k in (0..outer).rev() {
                let trip = if k == 0 {
                    rest
                } else {
                    LLVMBuildURem(b, rest, frame.trips[k], EMPTY.as_ptr())
                };
                rest = LLVMBuildUDiv(b, rest, frame.trips[k], EMPTY.as_ptr());
                let offset = LLVMBuildMul(b, trip, frame.steps[k], EMPTY.as_ptr());
                let index = LLVMBuildAdd(b, frame.starts[k], offset, c"outer".as_ptr());
                indices[k] = w.narrow(index, frame.index_types[k]);
            }
        }
        indices
    }

    fn number(&self, n: u64) -> LLVMValueRef {
        // SAFETY: the type is the context's.
        unsafe { LLVMConstInt(self.writer.i64, n, 0) }
    }

    /// The address of a lane's partial result.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn lane(&self, partial: LLVMValueRef, lane: LLVMValueRef) -> LLVMValueRef {
        let b = self.writer.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let ty = self.operation.type_of(self.operation.accumulator);
            LLVMBuildInBoundsGEP2(b, ty, partial, &mut { lane }, 1, EMPTY.as_ptr())
        }
    }

    /// The address of the byte that tells whether the only lane holds a value.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn begun(&self, partial: LLVMValueRef) -> LLVMValueRef {
        let w = self.writer;
        // SAFETY: as the caller promises.
        unsafe {
            let mut byte = self.number(BEGUN_BYTE as u64);
            let b = w.builder.raw();
            LLVMBuildInBoundsGEP2(b, w.i8, partial, &mut byte, 1, EMPTY.as_ptr())
        }
    }

    /// A block of the function in which the builder stands.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn block(&self, name: &str) -> LLVMBasicBlockRef {
        let w = self.writer;
        let name = std::ffi::CString::new(name).expect("no NUL");
        // SAFETY: as the caller promises.
        unsafe {
            let function = LLVMGetBasicBlockParent(LLVMGetInsertBlock(w.builder.raw()));
            LLVMAppendBasicBlockInContext(w.context.raw(), function, name.as_ptr())
        }
    }

    /// Writes `for (i = begin; i < end; i += stride) body(i)`, with a test in front.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn count(
        &self,
        begin: LLVMValueRef,
        end: LLVMValueRef,
        stride: u64,
        body: impl FnOnce(LLVMValueRef),
    ) {
        let w = self.writer;
        let b = w.builder.raw();
        let less = LLVMIntPredicate::LLVMIntULT;
        // SAFETY: as the caller promises. No bound is near the end of 64 bits.
        unsafe {
            let before = LLVMGetInsertBlock(b);
            let (block, after) = (self.block("count"), self.block("counted"));
            let any = LLVMBuildICmp(b, less, begin, end, EMPTY.as_ptr());
            LLVMBuildCondBr(b, any, block, after);
            LLVMPositionBuilderAtEnd(b, block);
            let i = LLVMBuildPhi(b, w.i64, c"count".as_ptr());
            LLVMAddIncoming(i, &mut { begin }, &mut { before }, 1);
            body(i);
            let next = LLVMBuildNUWAdd(b, i, self.number(stride), c"count.next".as_ptr());
            LLVMSetNSW(next, 1);
            let more = LLVMBuildICmp(b, less, next, end, EMPTY.as_ptr());
            LLVMAddIncoming(i, &mut { next }, &mut { LLVMGetInsertBlock(b) }, 1);
            LLVMBuildCondBr(b, more, block, after);
            LLVMPositionBuilderAtEnd(b, after);
        }
    }
}

/// What the iterations of a row have in common.
struct Row<'a> {
    frame: &'a Frame,
    /// The indices before the last one.
    outer: Vec<LLVMValueRef>,
    /// Where the body leaves what it returns.
    value: LLVMValueRef,
}
