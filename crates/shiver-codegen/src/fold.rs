//! The loops of a reduction.
//!
//! The bits of a sum depend on the order of its additions, so the order must not depend on how the
//! space was cut, on how many workers there were, or on how wide the machine's vectors are. A nest
//! therefore works on whole *blocks*, which the caller cuts by the space alone, and keeps a fixed
//! number of partial results, [`lanes`]: trip `t` of a row goes to lane `t mod lanes`. As the lanes do
//! not depend on one another, the loop over them becomes vectors of any width without a change of
//! order. At the end the lanes are combined in halves.
//!
//! For one index, in C's words:
//!
//! ```c
//! void shiver_nest(const uint64_t *frame, const uint64_t *begin, const uint64_t *end, T *out) {
//!     T partial[LANES] = {identity, …};
//!     for (t = begin[1]; t < whole; t += LANES)
//!         for (l = 0; l < LANES; l++) partial[l] = partial[l] + body(…, start + (t + l) * step);
//!     for (l = 0; l < end[1] - whole; l++) partial[l] = …
//!     for (h = LANES / 2; h > 0; h /= 2)
//!         for (l = 0; l < h; l++) partial[l] = partial[l] + partial[l + h];
//!     *out = partial[0];
//! }
//! ```
//!
//! A function of the user's own need not commute and has no identity that is known here, so it has one
//! lane, which starts with the block's first value.

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::{LLVMIntPredicate, LLVMLinkage, LLVMRealPredicate};
use shiver_signature::{Scalar, Signature, Type};

use crate::Error;
use crate::llvm::{self, Module};
use crate::shape::{COMBINE_SYMBOL, Reduction};
use crate::writer::{EMPTY, Frame, LoopMetadata, Writer};

/// The partial results of a block together take this many bytes: eight of the widest vectors, enough
/// to hide the latency of an addition.
const BYTES: usize = 512;

/// How many partial results a block keeps.
fn lanes(op: Reduction, accumulator: Scalar) -> u64 {
    if op == Reduction::Function { 1 } else { (BYTES / accumulator.size()) as u64 }
}

/// The function of a reduction that has one of its own.
pub(crate) struct Combine {
    pub(crate) function: LLVMValueRef,
    pub(crate) signature: Signature,
}

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

/// Writes the nest and the function that combines partial results.
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
    let fold = Fold { writer, module, metadata, op, combine, value, accumulator };
    // SAFETY: as the caller promises.
    unsafe {
        fold.write_nest();
        fold.write_combine();
    }
}

struct Fold<'a> {
    writer: &'a Writer<'a>,
    module: &'a Module<'a>,
    metadata: &'a LoopMetadata,
    op: Reduction,
    combine: Option<&'a Combine>,
    /// What the body returns.
    value: Scalar,
    /// What is kept of it.
    accumulator: Scalar,
}

/// Where the nest keeps what it works on.
struct Memory {
    /// One partial result per lane.
    partial: LLVMValueRef,
    /// What the body returned last.
    value: LLVMValueRef,
    /// Whether there is a partial result yet: for a function of the user's own.
    begun: LLVMValueRef,
}

impl Fold<'_> {
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn write_nest(&self) {
        let w = self.writer;
        let b = w.builder.raw();
        let lanes = lanes(self.op, self.accumulator);
        // SAFETY: as the caller promises: every value, type and block belongs to the function.
        unsafe {
            let frame = w.read_frame();
            let element = self.type_of(self.accumulator);
            let memory = Memory {
                partial: LLVMBuildAlloca(b, LLVMArrayType2(element, lanes), c"partial".as_ptr()),
                value: LLVMBuildAlloca(b, w.result_type(), c"value".as_ptr()),
                begun: LLVMBuildAlloca(b, w.i8, c"begun".as_ptr()),
            };
            LLVMSetAlignment(memory.partial, 64);
            LLVMSetAlignment(memory.value, 16);
            LLVMBuildStore(b, LLVMConstInt(w.i8, 0, 0), memory.begun);
            let number = |n| LLVMConstInt(w.i64, n, 0);
            self.count(number(0), number(lanes), |lane| {
                LLVMBuildStore(b, self.identity(), self.lane(memory.partial, lane));
            });

            let last = w.shape.indices - 1;
            let (rows, trips) =
                ((frame.begins[0], frame.ends[0]), (frame.begins[1], frame.ends[1]));
            self.count(rows.0, rows.1, |row| {
                let outer = self.outer_indices(&frame, row);
                let step = |begin, end, metadata| {
                    let level = w.open(&frame, last, begin, end);
                    let mut arguments = frame.arguments.clone();
                    arguments.extend(&outer);
                    arguments.push(w.narrow(level.value, frame.index_types[last]));
                    w.call(arguments, Some(memory.value));
                    let lane = LLVMBuildSub(b, level.trip, begin, c"lane".as_ptr());
                    let lane = if lanes == 1 { number(0) } else { lane };
                    self.accumulate(&memory, lane);
                    w.close(&level, Some(metadata));
                };
                if lanes == 1 {
                    step(trips.0, trips.1, self.metadata.loops[0]);
                    return;
                }
                let count = LLVMBuildSub(b, trips.1, trips.0, EMPTY.as_ptr());
                let mask = LLVMConstInt(w.i64, !(lanes - 1), 0);
                let whole = LLVMBuildAnd(b, count, mask, EMPTY.as_ptr());
                let whole = LLVMBuildAdd(b, trips.0, whole, c"whole".as_ptr());
                self.stride(trips.0, whole, lanes, |begin| {
                    let end = LLVMBuildNUWAdd(b, begin, number(lanes), EMPTY.as_ptr());
                    LLVMSetNSW(end, 1);
                    step(begin, end, self.metadata.loops[0]);
                });
                self.when(LLVMIntPredicate::LLVMIntULT, whole, trips.1, || {
                    step(whole, trips.1, self.metadata.loops[1]);
                });
            });

            let mut half = lanes / 2;
            while half > 0 {
                self.count(number(0), number(half), |lane| {
                    let other = LLVMBuildAdd(b, lane, number(half), EMPTY.as_ptr());
                    self.join(self.lane(memory.partial, lane), self.lane(memory.partial, other));
                });
                half /= 2;
            }
            let result = LLVMBuildLoad2(b, element, memory.partial, EMPTY.as_ptr());
            let store = LLVMBuildStore(b, result, LLVMGetParam(w.function, 3));
            LLVMSetAlignment(store, self.accumulator.align() as u32);
            LLVMBuildRetVoid(b);
        }
    }

    /// Writes the function under [`COMBINE_SYMBOL`].
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn write_combine(&self) {
        let w = self.writer;
        let raw = w.context.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let mut params = [w.pointer, w.pointer];
            let ty = LLVMFunctionType(LLVMVoidTypeInContext(raw), params.as_mut_ptr(), 2, 0);
            let function = LLVMAddFunction(self.module.raw(), EMPTY.as_ptr(), ty);
            llvm::set_name(function, COMBINE_SYMBOL);
            LLVMSetLinkage(function, LLVMLinkage::LLVMExternalLinkage);
            let block = LLVMAppendBasicBlockInContext(raw, function, c"entry".as_ptr());
            LLVMPositionBuilderAtEnd(w.builder.raw(), block);
            self.join(LLVMGetParam(function, 0), LLVMGetParam(function, 1));
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

    /// The address of a lane's partial result.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn lane(&self, partial: LLVMValueRef, lane: LLVMValueRef) -> LLVMValueRef {
        let b = self.writer.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let ty = self.type_of(self.accumulator);
            LLVMBuildInBoundsGEP2(b, ty, partial, &mut { lane }, 1, EMPTY.as_ptr())
        }
    }

    /// Takes what the body returned into a lane.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn accumulate(&self, memory: &Memory, lane: LLVMValueRef) {
        let w = self.writer;
        let b = w.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let place = self.lane(memory.partial, lane);
            if self.op != Reduction::Function {
                let value = if self.accumulator.is_complex() {
                    memory.value
                } else if self.value.is_complex() {
                    self.truth_of_complex(memory.value)
                } else {
                    self.widen(LLVMBuildLoad2(b, w.result_type(), memory.value, EMPTY.as_ptr()))
                };
                self.join_value(place, value);
                return;
            }
            let ty = self.type_of(self.value);
            let begun = LLVMBuildLoad2(b, w.i8, memory.begun, EMPTY.as_ptr());
            let zero = LLVMConstInt(w.i8, 0, 0);
            self.when(LLVMIntPredicate::LLVMIntNE, begun, zero, || {
                self.join(place, memory.value);
            });
            self.when(LLVMIntPredicate::LLVMIntEQ, begun, zero, || {
                let value = LLVMBuildLoad2(b, ty, memory.value, EMPTY.as_ptr());
                LLVMBuildStore(b, value, place);
            });
            LLVMBuildStore(b, LLVMConstInt(w.i8, 1, 0), memory.begun);
        }
    }

    /// Combines what lies at two addresses into the first.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn join(&self, left: LLVMValueRef, right: LLVMValueRef) {
        let b = self.writer.builder.raw();
        // SAFETY: as the caller promises; the function takes two values of the body's type.
        unsafe {
            let ty = self.type_of(self.accumulator);
            match self.combine {
                Some(combine) if self.value.is_complex() => {
                    // The adapter writes its result last, from values that it has read.
                    let callee = LLVMGlobalGetValueType(combine.function);
                    let mut arguments = [left, left, right];
                    let f = combine.function;
                    LLVMBuildCall2(b, callee, f, arguments.as_mut_ptr(), 3, EMPTY.as_ptr());
                }
                Some(combine) => {
                    let load = |place| self.for_call(LLVMBuildLoad2(b, ty, place, EMPTY.as_ptr()));
                    let mut arguments = [load(left), load(right)];
                    let callee = LLVMGlobalGetValueType(combine.function);
                    let f = combine.function;
                    let call =
                        LLVMBuildCall2(b, callee, f, arguments.as_mut_ptr(), 2, EMPTY.as_ptr());
                    let value = if self.value == Scalar::Bool {
                        LLVMBuildZExt(b, call, self.writer.i8, EMPTY.as_ptr())
                    } else {
                        call
                    };
                    LLVMBuildStore(b, value, left);
                }
                None if self.accumulator.is_complex() => self.join_value(left, right),
                None => {
                    let right = LLVMBuildLoad2(b, ty, right, EMPTY.as_ptr());
                    self.join_value(left, right);
                }
            }
        }
    }

    /// A flag as a function takes it.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn for_call(&self, value: LLVMValueRef) -> LLVMValueRef {
        let w = self.writer;
        // SAFETY: as the caller promises.
        unsafe {
            match self.value {
                Scalar::Bool => {
                    let bit = LLVMInt1TypeInContext(w.context.raw());
                    LLVMBuildTrunc(w.builder.raw(), value, bit, EMPTY.as_ptr())
                }
                _ => value,
            }
        }
    }

    /// Combines a partial result with a value of its type; of complex numbers, the value's address.
    ///
    /// # Safety
    ///
    /// As for [`write`]; the reduction is a built-in one.
    unsafe fn join_value(&self, place: LLVMValueRef, value: LLVMValueRef) {
        let b = self.writer.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            if self.accumulator.is_complex() {
                return self.join_complex(place, value);
            }
            let ty = self.type_of(self.accumulator);
            let old = LLVMBuildLoad2(b, ty, place, EMPTY.as_ptr());
            let float = self.accumulator.is_float();
            let name = EMPTY.as_ptr();
            let new = match self.op {
                Reduction::Add if float => LLVMBuildFAdd(b, old, value, name),
                Reduction::Add => LLVMBuildAdd(b, old, value, name),
                Reduction::Multiply if float => LLVMBuildFMul(b, old, value, name),
                Reduction::Multiply => LLVMBuildMul(b, old, value, name),
                Reduction::Min | Reduction::Max if float => self.float_extreme(old, value),
                Reduction::Min | Reduction::Max => self.integer_extreme(old, value),
                Reduction::BitAnd | Reduction::All => LLVMBuildAnd(b, old, value, name),
                Reduction::BitOr | Reduction::Any => LLVMBuildOr(b, old, value, name),
                Reduction::BitXor => LLVMBuildXor(b, old, value, name),
                Reduction::Function => unreachable!("combined by its function"),
            };
            LLVMBuildStore(b, new, place);
        }
    }

    /// LLVM's `minimum` and `maximum`: NaN where one is NaN, and −0 below +0, so that the result does
    /// not depend on the order.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn float_extreme(&self, old: LLVMValueRef, value: LLVMValueRef) -> LLVMValueRef {
        let name = if self.op == Reduction::Min { "llvm.minimum" } else { "llvm.maximum" };
        // SAFETY: as the caller promises; the intrinsic is overloaded on the one type.
        unsafe {
            let mut types = [LLVMTypeOf(old)];
            let id = LLVMLookupIntrinsicID(name.as_ptr().cast(), name.len());
            let raw = self.module.raw();
            let function = LLVMGetIntrinsicDeclaration(raw, id, types.as_mut_ptr(), 1);
            let callee = LLVMGlobalGetValueType(function);
            let mut arguments = [old, value];
            let b = self.writer.builder.raw();
            LLVMBuildCall2(b, callee, function, arguments.as_mut_ptr(), 2, EMPTY.as_ptr())
        }
    }

    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn integer_extreme(&self, old: LLVMValueRef, value: LLVMValueRef) -> LLVMValueRef {
        use LLVMIntPredicate::*;
        let b = self.writer.builder.raw();
        let signed = self.accumulator.range().is_some_and(|(least, _)| least < 0);
        let predicate = match (self.op, signed) {
            (Reduction::Min, true) => LLVMIntSLT,
            (Reduction::Min, false) => LLVMIntULT,
            (_, true) => LLVMIntSGT,
            (_, false) => LLVMIntUGT,
        };
        // SAFETY: as the caller promises.
        unsafe {
            let better = LLVMBuildICmp(b, predicate, value, old, EMPTY.as_ptr());
            LLVMBuildSelect(b, better, value, old, EMPTY.as_ptr())
        }
    }

    /// # Safety
    ///
    /// As for [`write`]; both are addresses of complex numbers.
    unsafe fn join_complex(&self, place: LLVMValueRef, value: LLVMValueRef) {
        let b = self.writer.builder.raw();
        let name = EMPTY.as_ptr();
        // SAFETY: as the caller promises: a complex number is two of its parts.
        unsafe {
            let part = self.part();
            let address = |complex, k| {
                let mut k = LLVMConstInt(self.writer.i64, k, 0);
                LLVMBuildInBoundsGEP2(b, part, complex, &mut k, 1, name)
            };
            let load = |complex, k| LLVMBuildLoad2(b, part, address(complex, k), name);
            let (x, y) = (load(place, 0), load(place, 1));
            let (u, v) = (load(value, 0), load(value, 1));
            let (re, im) = if self.op == Reduction::Add {
                (LLVMBuildFAdd(b, x, u, name), LLVMBuildFAdd(b, y, v, name))
            } else {
                let product = |p, q| LLVMBuildFMul(b, p, q, name);
                (
                    LLVMBuildFSub(b, product(x, u), product(y, v), name),
                    LLVMBuildFAdd(b, product(x, v), product(y, u), name),
                )
            };
            LLVMBuildStore(b, re, address(place, 0));
            LLVMBuildStore(b, im, address(place, 1));
        }
    }

    /// Whether a complex number is not zero.
    ///
    /// # Safety
    ///
    /// As for [`write`]; `complex` is the address of one.
    unsafe fn truth_of_complex(&self, complex: LLVMValueRef) -> LLVMValueRef {
        let b = self.writer.builder.raw();
        let name = EMPTY.as_ptr();
        // SAFETY: as the caller promises: a complex number is two of its parts.
        unsafe {
            let part = self.part();
            let is_set = |k| {
                let mut k = LLVMConstInt(self.writer.i64, k, 0);
                let place = LLVMBuildInBoundsGEP2(b, part, complex, &mut k, 1, name);
                let value = LLVMBuildLoad2(b, part, place, name);
                let predicate = LLVMRealPredicate::LLVMRealUNE; // NaN is true.
                LLVMBuildFCmp(b, predicate, value, LLVMConstNull(part), name)
            };
            let either = LLVMBuildOr(b, is_set(0), is_set(1), name);
            LLVMBuildZExt(b, either, self.type_of(self.accumulator), name)
        }
    }

    /// What the body returned, as it lies in memory, in the type of partial results.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn widen(&self, value: LLVMValueRef) -> LLVMValueRef {
        let w = self.writer;
        let b = w.builder.raw();
        // SAFETY: as the caller promises.
        let ty = || unsafe { self.type_of(self.accumulator) };
        // SAFETY: as the caller promises.
        unsafe {
            match (self.op, self.value) {
                (Reduction::All | Reduction::Any, scalar) => {
                    let zero = LLVMConstNull(LLVMTypeOf(value));
                    let truth = if scalar.is_float() {
                        let predicate = LLVMRealPredicate::LLVMRealUNE; // NaN is true.
                        LLVMBuildFCmp(b, predicate, value, zero, EMPTY.as_ptr())
                    } else {
                        let predicate = LLVMIntPredicate::LLVMIntNE;
                        LLVMBuildICmp(b, predicate, value, zero, EMPTY.as_ptr())
                    };
                    LLVMBuildZExt(b, truth, ty(), EMPTY.as_ptr())
                }
                (_, scalar) if scalar == self.accumulator => value,
                (_, scalar) if scalar.is_float() => LLVMBuildFPExt(b, value, ty(), EMPTY.as_ptr()),
                (_, scalar) if scalar.range().is_some_and(|(least, _)| least < 0) => {
                    LLVMBuildSExt(b, value, ty(), EMPTY.as_ptr())
                }
                _ => LLVMBuildZExt(b, value, ty(), EMPTY.as_ptr()),
            }
        }
    }

    /// What changes nothing when it is combined; anything for a function of the user's own. The sum's
    /// is −0, since +0 would turn a sum of −0 alone into +0.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn identity(&self) -> LLVMValueRef {
        // SAFETY: as the caller promises.
        unsafe {
            let ty = self.type_of(self.accumulator);
            if self.op == Reduction::Function {
                return LLVMConstNull(ty);
            }
            if self.accumulator.is_complex() {
                let part = self.part();
                let (re, im) = if self.op == Reduction::Add { (-0.0, -0.0) } else { (1.0, 0.0) };
                let mut parts = [LLVMConstReal(part, re), LLVMConstReal(part, im)];
                return LLVMConstArray2(part, parts.as_mut_ptr(), 2);
            }
            if self.accumulator.is_float() {
                return LLVMConstReal(
                    ty,
                    match self.op {
                        Reduction::Add => -0.0,
                        Reduction::Multiply => 1.0,
                        Reduction::Min => f64::INFINITY,
                        _ => f64::NEG_INFINITY,
                    },
                );
            }
            let (least, greatest) = self.accumulator.range().expect("an integer");
            let value = match self.op {
                Reduction::Multiply | Reduction::All => 1,
                Reduction::Min => greatest,
                Reduction::Max => least,
                Reduction::BitAnd if self.accumulator == Scalar::Bool => 1,
                Reduction::BitAnd => -1,
                _ => 0,
            };
            LLVMConstInt(ty, value as u64, 0)
        }
    }

    /// How a scalar lies in memory.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn type_of(&self, scalar: Scalar) -> LLVMTypeRef {
        let raw = self.writer.context.raw();
        // SAFETY: the context is valid.
        unsafe {
            match scalar {
                Scalar::Float16 => LLVMHalfTypeInContext(raw),
                Scalar::Float32 => LLVMFloatTypeInContext(raw),
                Scalar::Float64 => LLVMDoubleTypeInContext(raw),
                Scalar::Complex64 | Scalar::Complex128 => LLVMArrayType2(self.part(), 2),
                integer => LLVMIntTypeInContext(raw, integer.size() as u32 * 8),
            }
        }
    }

    /// The type of a complex number's parts.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn part(&self) -> LLVMTypeRef {
        let raw = self.writer.context.raw();
        // SAFETY: the context is valid.
        unsafe {
            match self.value {
                Scalar::Complex64 => LLVMFloatTypeInContext(raw),
                _ => LLVMDoubleTypeInContext(raw),
            }
        }
    }

    /// Writes `for (i = begin; i < end; i++) body(i)`, with a test in front.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn count(
        &self,
        begin: LLVMValueRef,
        end: LLVMValueRef,
        body: impl FnOnce(LLVMValueRef),
    ) {
        // SAFETY: as the caller promises.
        unsafe { self.stride(begin, end, 1, body) }
    }

    /// Writes `for (i = begin; i < end; i += stride) body(i)`, with a test in front.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn stride(
        &self,
        begin: LLVMValueRef,
        end: LLVMValueRef,
        stride: u64,
        body: impl FnOnce(LLVMValueRef),
    ) {
        let w = self.writer;
        let b = w.builder.raw();
        // SAFETY: as the caller promises. No bound is near the end of 64 bits.
        unsafe {
            self.when(LLVMIntPredicate::LLVMIntULT, begin, end, || {
                let before = LLVMGetInsertBlock(b);
                let block = w.block("count");
                LLVMBuildBr(b, block);
                LLVMPositionBuilderAtEnd(b, block);
                let i = LLVMBuildPhi(b, w.i64, c"count".as_ptr());
                LLVMAddIncoming(i, &mut { begin }, &mut { before }, 1);
                body(i);
                let next =
                    LLVMBuildNUWAdd(b, i, LLVMConstInt(w.i64, stride, 0), c"count.next".as_ptr());
                LLVMSetNSW(next, 1);
                let less = LLVMIntPredicate::LLVMIntULT;
                let more = LLVMBuildICmp(b, less, next, end, EMPTY.as_ptr());
                let latch = LLVMGetInsertBlock(b);
                let after = w.block("counted");
                LLVMBuildCondBr(b, more, block, after);
                LLVMAddIncoming(i, &mut { next }, &mut { latch }, 1);
                LLVMPositionBuilderAtEnd(b, after);
            });
        }
    }

    /// Writes `if (left ~ right) body()`.
    ///
    /// # Safety
    ///
    /// As for [`write`].
    unsafe fn when(
        &self,
        predicate: LLVMIntPredicate,
        left: LLVMValueRef,
        right: LLVMValueRef,
        body: impl FnOnce(),
    ) {
        let w = self.writer;
        let b = w.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let condition = LLVMBuildICmp(b, predicate, left, right, EMPTY.as_ptr());
            let (yes, after) = (w.block("then"), w.block("after"));
            LLVMBuildCondBr(b, condition, yes, after);
            LLVMPositionBuilderAtEnd(b, yes);
            body();
            LLVMBuildBr(b, after);
            LLVMPositionBuilderAtEnd(b, after);
        }
    }
}
