//! What LLVM could make of a body's loops, were they left as they are.

use std::collections::HashSet;

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::target::LLVMTargetDataRef;
use llvm_sys::{LLVMFastMathAllowReassoc, LLVMOpcode};

use super::variation::{Lane, Variations};
use crate::llvm;

/// What becomes of the loops of a body that is not run in tiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Inner {
    /// Each number waits for the one before, as the terms of a sum of floats do: there are no vectors.
    InOrder,
    /// The terms of a sum may be regrouped into vectors, but do not lie side by side.
    #[default]
    Scattered,
    /// They lie side by side: there are vectors, as many as in a tile.
    Vectors,
}

impl Inner {
    /// Of the loops of a body in which `looping` are the blocks of loops.
    ///
    /// # Safety
    ///
    /// `looping` are live blocks of `function`, and `variations` and `layout` are its.
    pub(super) unsafe fn of(
        function: LLVMValueRef,
        layout: LLVMTargetDataRef,
        variations: &Variations,
        looping: &HashSet<LLVMBasicBlockRef>,
    ) -> Inner {
        // SAFETY: as the caller promises.
        unsafe {
            let all = looping.iter().flat_map(|&block| llvm::instructions(block));
            if all.into_iter().any(|phi| is_in_order(variations, phi)) {
                return Inner::InOrder;
            }
            let innermost = |&block: &LLVMBasicBlockRef| {
                let end = LLVMGetBasicBlockTerminator(block);
                (0..LLVMGetNumSuccessors(end)).any(|k| LLVMGetSuccessor(end, k) == block)
            };
            let innermost: Vec<_> = looping.iter().copied().filter(innermost).collect();
            let inside: Vec<_> =
                innermost.iter().flat_map(|&block| llvm::instructions(block)).collect();
            let counters = inside.iter().filter_map(|&phi| Some((phi, step(phi)?))).collect();
            let along = Variations::along(function, layout, counters);
            let together = |&load: &LLVMValueRef| {
                let pointer = LLVMGetOperand(load, 0);
                along.get(pointer).lane == Lane::Same
                    || along.is_contiguous(pointer, LLVMTypeOf(load))
            };
            let is_load =
                |&&value: &&LLVMValueRef| LLVMGetInstructionOpcode(value) == LLVMOpcode::LLVMLoad;
            if !innermost.is_empty() && inside.iter().filter(is_load).all(together) {
                Inner::Vectors
            } else {
                Inner::Scattered
            }
        }
    }
}

/// Whether an instruction is a number that goes from one iteration of a loop to the next, differs
/// between lanes, and is computed there by what must be done in order.
///
/// # Safety
///
/// `phi` is a live instruction.
unsafe fn is_in_order(variations: &Variations, phi: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises; flags are asked of what may have them.
    unsafe {
        let is_phi = LLVMGetInstructionOpcode(phi) == LLVMOpcode::LLVMPHI;
        if !is_phi || variations.get(phi).lane != Lane::Any {
            return false;
        }
        llvm::operands(phi).into_iter().any(|next| {
            !LLVMIsAInstruction(next).is_null()
                && LLVMGetInstructionOpcode(next) != LLVMOpcode::LLVMPHI
                && LLVMCanValueUseFastMathFlags(next) != 0
                && LLVMGetFastMathFlags(next) & LLVMFastMathAllowReassoc == 0
        })
    }
}

/// By how much an integer goes on from one iteration of a loop to the next, if it is one that does so
/// by a constant.
///
/// # Safety
///
/// `phi` is a live instruction.
unsafe fn step(phi: LLVMValueRef) -> Option<i64> {
    // SAFETY: as the caller promises; each question fits the opcode.
    unsafe {
        if LLVMGetInstructionOpcode(phi) != LLVMOpcode::LLVMPHI {
            return None;
        }
        llvm::operands(phi).into_iter().find_map(|next| {
            let goes_on = !LLVMIsAInstruction(next).is_null()
                && LLVMGetInstructionOpcode(next) == LLVMOpcode::LLVMAdd
                && LLVMGetOperand(next, 0) == phi;
            goes_on.then(|| super::variation::constant(LLVMGetOperand(next, 1)))?
        })
    }
}
