//! Addresses as sums: where an access goes, as far as it can be told from how its address is computed.

use llvm_sys::LLVMOpcode;
use llvm_sys::LLVMTypeKind;
use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::target::{LLVMABISizeOfType, LLVMOffsetOfElement, LLVMTargetDataRef};

use crate::llvm;

/// `root + constant + Σ coefficient · term`, in bytes modulo 2⁶⁴.
#[derive(Debug)]
pub(crate) struct Address {
    /// The pointer that all starts from.
    pub(crate) root: LLVMValueRef,
    root_is: Root,
    pub(crate) constant: i64,
    /// Sorted, and without zeros.
    pub(crate) terms: Vec<(Term, i64)>,
}

/// Where a root comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    /// From outside the loops.
    Fixed,
    /// From memory, in every iteration.
    Read,
    /// Computed in the loops.
    Computed,
}

/// A value that is not looked into, widened to 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term {
    pub(crate) value: LLVMValueRef,
    pub(crate) extension: Extension,
}

/// How a narrow value becomes a wide one; inside, only sums that do not wrap may be taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extension {
    None,
    Signed,
    Unsigned,
}

impl Address {
    /// Takes `pointer` apart. `entry` is the block in which nothing changes any more.
    ///
    /// # Safety
    ///
    /// `pointer` is a live pointer of the function that begins with `entry`, and `layout` its
    /// module's.
    pub(crate) unsafe fn of(
        pointer: LLVMValueRef,
        layout: LLVMTargetDataRef,
        entry: LLVMBasicBlockRef,
    ) -> Address {
        let root_is = Root::Computed;
        let mut address = Address { root: pointer, root_is, constant: 0, terms: vec![] };
        // SAFETY: as the caller promises; operands of live values are live.
        unsafe {
            while is(address.root, LLVMOpcode::LLVMGetElementPtr) {
                let step = address.root;
                let mut ty = LLVMGetGEPSourceElementType(step);
                for (k, index) in llvm::operands(step).into_iter().enumerate().skip(1) {
                    if k == 1 {
                        address.add(index, Extension::Signed, LLVMABISizeOfType(layout, ty) as i64);
                    } else if LLVMGetTypeKind(ty) == LLVMTypeKind::LLVMStructTypeKind {
                        let field = LLVMConstIntGetZExtValue(index) as u32;
                        let offset = LLVMOffsetOfElement(layout, ty, field) as i64;
                        address.constant = address.constant.wrapping_add(offset);
                        ty = LLVMStructGetTypeAtIndex(ty, field);
                    } else {
                        ty = LLVMGetElementType(ty);
                        address.add(index, Extension::Signed, LLVMABISizeOfType(layout, ty) as i64);
                    }
                }
                address.root = LLVMGetOperand(step, 0);
            }
            if is_fixed(address.root, entry) {
                address.root_is = Root::Fixed;
            } else if is(address.root, LLVMOpcode::LLVMLoad) {
                address.root_is = Root::Read;
            }
        }
        address.terms.sort_unstable();
        address.terms.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.wrapping_add(next.1);
            }
            same
        });
        address.terms.retain(|&(_, coefficient)| coefficient != 0);
        address
    }

    /// Adds `scale` times `value`, an integer that is widened as `extension` says.
    ///
    /// # Safety
    ///
    /// `value` is a live integer.
    unsafe fn add(&mut self, value: LLVMValueRef, extension: Extension, scale: i64) {
        use LLVMOpcode::*;
        // SAFETY: as the caller promises; each question fits the opcode.
        unsafe {
            // What is 64 bits wide already is not widened.
            let wide = LLVMGetIntTypeWidth(LLVMTypeOf(value)) == 64;
            let extension = if wide { Extension::None } else { extension };
            if let Some(number) = constant(value, extension) {
                self.constant = self.constant.wrapping_add(number.wrapping_mul(scale));
                return;
            }
            let term = Term { value, extension };
            if LLVMIsAInstruction(value).is_null() {
                return self.terms.push((term, scale));
            }
            let opcode = LLVMGetInstructionOpcode(value);
            let exact = match (opcode, extension) {
                (LLVMAdd | LLVMSub | LLVMMul | LLVMShl, Extension::Signed) => {
                    LLVMGetNSW(value) != 0
                }
                (LLVMAdd | LLVMSub | LLVMMul | LLVMShl, Extension::Unsigned) => {
                    LLVMGetNUW(value) != 0
                }
                (LLVMOr, _) => LLVMGetIsDisjoint(value) != 0,
                _ => true,
            };
            let operand = |k| LLVMGetOperand(value, k);
            match opcode {
                LLVMAdd | LLVMOr if exact => {
                    self.add(operand(0), extension, scale);
                    self.add(operand(1), extension, scale);
                }
                LLVMSub if exact => {
                    self.add(operand(0), extension, scale);
                    self.add(operand(1), extension, scale.wrapping_neg());
                }
                LLVMMul if exact && let Some(factor) = constant(operand(1), extension) => {
                    self.add(operand(0), extension, scale.wrapping_mul(factor));
                }
                LLVMShl
                    if exact
                        && let Some(by @ 0..63) = constant(operand(1), Extension::Unsigned) =>
                {
                    self.add(operand(0), extension, scale.wrapping_shl(by as u32));
                }
                LLVMSExt if extension != Extension::Unsigned => {
                    self.add(operand(0), Extension::Signed, scale);
                }
                LLVMZExt if LLVMGetNNeg(value) != 0 => {
                    self.add(operand(0), Extension::Signed, scale);
                }
                LLVMZExt => self.add(operand(0), Extension::Unsigned, scale),
                _ => self.terms.push((term, scale)),
            }
        }
    }

    /// Whether both may start from the same place: under different names from outside the loops they
    /// do not count as doing so.
    pub(crate) fn may_start_like(&self, other: &Address) -> bool {
        self.root == other.root || self.root_is != Root::Fixed || other.root_is != Root::Fixed
    }

    /// How many bytes `other` lies behind `self`, where it is a constant.
    pub(crate) fn distance(&self, other: &Address) -> Option<i64> {
        (self.root == other.root && self.terms == other.terms)
            .then(|| other.constant.wrapping_sub(self.constant))
    }

    /// By how many bytes the address moves with each loop around it that moves it by a constant;
    /// `None` where that cannot be told. `entry` is as above.
    ///
    /// # Safety
    ///
    /// The values are live.
    pub(crate) unsafe fn stride(&self, entry: LLVMBasicBlockRef) -> Option<Vec<u64>> {
        if self.root_is == Root::Computed {
            return None;
        }
        let mut strides = Vec::new();
        let mut loops = Vec::new();
        for &(term, coefficient) in &self.terms {
            // SAFETY: as the caller promises.
            unsafe {
                match movement(term.value, entry) {
                    Movement::Still => {}
                    Movement::By(step, at) if !loops.contains(&at) => {
                        loops.push(at);
                        strides.push(coefficient.wrapping_mul(step).unsigned_abs());
                    }
                    _ => return None,
                }
            }
        }
        Some(strides)
    }
}

/// How a value changes from one iteration of a loop to the next.
enum Movement {
    /// Not at all, or by no constant.
    Still,
    /// By so much with each iteration of the loop that this block opens.
    By(i64, LLVMBasicBlockRef),
    Unknown,
}

/// # Safety
///
/// `value` is live.
unsafe fn movement(value: LLVMValueRef, entry: LLVMBasicBlockRef) -> Movement {
    use LLVMOpcode::*;
    // SAFETY: as the caller promises.
    unsafe {
        let fixed = |v| is_fixed(v, entry);
        if fixed(value) {
            return Movement::Still;
        }
        match LLVMGetInstructionOpcode(value) {
            LLVMPHI => {
                // A counter: one value comes from before the loop, the other is a sum with itself.
                let counts = |&v: &LLVMValueRef| is(v, LLVMAdd) && LLVMGetOperand(v, 0) == value;
                let Some(sum) = llvm::operands(value).into_iter().find(counts) else {
                    return Movement::Unknown;
                };
                match constant(LLVMGetOperand(sum, 1), Extension::Signed) {
                    Some(step) => Movement::By(step, LLVMGetInstructionParent(value)),
                    None if fixed(LLVMGetOperand(sum, 1)) => Movement::Still,
                    None => Movement::Unknown,
                }
            }
            // Where that is read from memory or computed elsewhere, there is no constant in it.
            LLVMLoad | LLVMCall => Movement::Still,
            LLVMMul if fixed(LLVMGetOperand(value, 0)) || fixed(LLVMGetOperand(value, 1)) => {
                Movement::Still
            }
            // An index of general steps, which runs in 64 bits.
            LLVMTrunc => movement(LLVMGetOperand(value, 0), entry),
            _ => Movement::Unknown,
        }
    }
}

/// Whether a value is the same in all iterations, by where it is computed.
///
/// # Safety
///
/// `value` is live.
unsafe fn is_fixed(value: LLVMValueRef, entry: LLVMBasicBlockRef) -> bool {
    // SAFETY: as the caller promises.
    unsafe { LLVMIsAInstruction(value).is_null() || LLVMGetInstructionParent(value) == entry }
}

/// Whether a value is an instruction of that kind.
///
/// # Safety
///
/// `value` is live.
unsafe fn is(value: LLVMValueRef, opcode: LLVMOpcode) -> bool {
    // SAFETY: as the caller promises.
    unsafe { !LLVMIsAInstruction(value).is_null() && LLVMGetInstructionOpcode(value) == opcode }
}

/// The value of a constant of at most 64 bits.
///
/// # Safety
///
/// `value` is a live integer.
unsafe fn constant(value: LLVMValueRef, extension: Extension) -> Option<i64> {
    // SAFETY: as the caller promises.
    unsafe {
        if LLVMIsAConstantInt(value).is_null() || LLVMGetIntTypeWidth(LLVMTypeOf(value)) > 64 {
            return None;
        }
        Some(match extension {
            Extension::Unsigned => LLVMConstIntGetZExtValue(value) as i64,
            _ => LLVMConstIntGetSExtValue(value),
        })
    }
}
