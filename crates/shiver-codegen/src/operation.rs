//! How two values become one, in LLVM's words.

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::{LLVMIntPredicate, LLVMRealPredicate};
use shiver_signature::{Scalar, Signature};

use crate::shape::Reduction;
use crate::writer::{EMPTY, Writer};

/// The function of a reduction that has one of its own.
pub(crate) struct Combine {
    pub(crate) function: LLVMValueRef,
    pub(crate) signature: Signature,
}

/// The operation of one reduction: what it keeps, and how it takes a value in.
pub(crate) struct Operation<'a> {
    pub(crate) writer: &'a Writer<'a>,
    pub(crate) op: Reduction,
    pub(crate) combine: Option<&'a Combine>,
    /// What the body returns.
    pub(crate) value: Scalar,
    /// What is kept of it.
    pub(crate) accumulator: Scalar,
}

impl Operation<'_> {
    /// Takes what the body returned, and left at `value`, into the partial result at `place`.
    ///
    /// # Safety
    ///
    /// `value` points to what the body returns; for the rest see [`Operation::join`].
    pub(crate) unsafe fn take(&self, place: LLVMValueRef, value: LLVMValueRef) {
        // SAFETY: as the caller promises.
        unsafe {
            if self.op == Reduction::Function || self.accumulator.is_complex() {
                return self.join(place, value);
            }
            let value = if self.value.is_complex() {
                self.truth_of_complex(value)
            } else {
                let b = self.writer.builder.raw();
                self.widen(LLVMBuildLoad2(b, self.writer.result_type(), value, EMPTY.as_ptr()))
            };
            self.join_value(place, value);
        }
    }

    /// Combines what lies at two addresses into the first.
    ///
    /// # Safety
    ///
    /// The builder stands in a block of a function of the writer's module, `combine` is a live function
    /// of that module, and both addresses are of partial results.
    pub(crate) unsafe fn join(&self, left: LLVMValueRef, right: LLVMValueRef) {
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
    /// As for [`Operation::join`].
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
    /// As for [`Operation::join`]; the reduction is a built-in one.
    unsafe fn join_value(&self, place: LLVMValueRef, value: LLVMValueRef) {
        let b = self.writer.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            if self.accumulator.is_complex() {
                return self.join_complex(place, value);
            }
            let ty = self.type_of(self.accumulator);
            let old = LLVMBuildLoad2(b, ty, place, EMPTY.as_ptr());
            LLVMBuildStore(b, self.combined(old, value), place);
        }
    }

    /// The combination of two values, or of two vectors value by value; of complex numbers, whose only
    /// operation on vectors is the sum, of their parts.
    ///
    /// # Safety
    ///
    /// As for [`Operation::join`]; the reduction is a built-in one.
    pub(crate) unsafe fn combined(&self, old: LLVMValueRef, value: LLVMValueRef) -> LLVMValueRef {
        let b = self.writer.builder.raw();
        let float = self.accumulator.is_float() || self.accumulator.is_complex();
        let name = EMPTY.as_ptr();
        // SAFETY: as the caller promises.
        unsafe {
            match self.op {
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
            }
        }
    }

    /// NaN where one is NaN, always the same; of two zeros of different signs the older one. As the order
    /// is fixed, the result is too, and an operation that orders zeros as well takes twice the time.
    ///
    /// # Safety
    ///
    /// As for [`Operation::join`].
    unsafe fn float_extreme(&self, old: LLVMValueRef, value: LLVMValueRef) -> LLVMValueRef {
        use LLVMRealPredicate::*;
        let better = if self.op == Reduction::Min { LLVMRealOLT } else { LLVMRealOGT };
        let b = self.writer.builder.raw();
        let name = EMPTY.as_ptr();
        // SAFETY: as the caller promises.
        unsafe {
            let better = LLVMBuildFCmp(b, better, value, old, name);
            let extreme = LLVMBuildSelect(b, better, value, old, name);
            let nan = LLVMBuildFCmp(b, LLVMRealUNO, value, value, name);
            // Not `value`: LLVM would make one choice of two, which takes longer than the machine's own.
            let same = LLVMConstReal(LLVMTypeOf(value), f64::NAN);
            LLVMBuildSelect(b, nan, same, extreme, name)
        }
    }

    /// # Safety
    ///
    /// As for [`Operation::join`].
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
    /// As for [`Operation::join`]; both are addresses of complex numbers.
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
    /// As for [`Operation::join`]; `complex` is the address of one.
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
    /// As for [`Operation::join`].
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

    /// What changes nothing when it is combined: of complex numbers, each part. The sum's is −0, since
    /// +0 would turn a sum of −0 alone into +0.
    ///
    /// # Safety
    ///
    /// As for [`Operation::join`]; the reduction is a built-in one.
    pub(crate) unsafe fn identity(&self) -> LLVMValueRef {
        // SAFETY: as the caller promises.
        unsafe {
            let ty = self.lane_part();
            if self.accumulator.is_float() || self.accumulator.is_complex() {
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
    /// As for [`Operation::join`].
    pub(crate) unsafe fn type_of(&self, scalar: Scalar) -> LLVMTypeRef {
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

    /// The type of a lane, or of the parts of one that is complex.
    ///
    /// # Safety
    ///
    /// As for [`Operation::join`].
    pub(crate) unsafe fn lane_part(&self) -> LLVMTypeRef {
        // SAFETY: as the caller promises.
        unsafe {
            if self.accumulator.is_complex() { self.part() } else { self.type_of(self.accumulator) }
        }
    }

    /// The type of a complex number's parts.
    ///
    /// # Safety
    ///
    /// As for [`Operation::join`].
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
}
