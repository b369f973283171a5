//! Loads through one of several pointers.
//!
//! `c ? a[i] : b[i]` is two loads, of which one happens. LLVM's simplifier makes one of them, through a
//! pointer that is chosen; its vectoriser then sees addresses of which it knows nothing, and gathers
//! element by element, or gives up. Each of the two by itself, under a mask, is a row of neighbours.
//! So here a load goes back to where its pointers come from. Every other one is frozen: what differs in
//! the branches LLVM does not move out of them, and so does not make it one load again. A pointer that
//! goes round in a loop of the body is no choice, and is left alone.

use std::collections::HashSet;

use llvm_sys::LLVMOpcode;
use llvm_sys::core::*;
use llvm_sys::prelude::*;

use crate::independence;
use crate::llvm::{self, Builder, Context};

/// Takes apart the loads in `nest`.
///
/// # Safety
///
/// `nest` is a live function with a body, of `context`.
pub(crate) unsafe fn take_apart(context: &Context, nest: LLVMValueRef) {
    let builder = Builder::new(context);
    let mut again = true;
    // What is chosen may have been chosen before: then a load that is taken apart leaves another.
    while std::mem::take(&mut again) {
        // SAFETY: as the caller promises; a load is looked at by nobody once it is replaced.
        unsafe {
            for block in llvm::blocks(nest) {
                for instruction in llvm::instructions(block) {
                    if independence::may_write(instruction) {
                        break; // Loads behind it cannot go before it.
                    }
                    if LLVMGetInstructionOpcode(instruction) == LLVMOpcode::LLVMLoad
                        && let Some(chosen) = Chosen::of(instruction)
                    {
                        chosen.take_apart(&builder, instruction);
                        again = true;
                    }
                }
            }
        }
    }
}

/// The address of a load that is made of a chosen pointer.
struct Chosen {
    block: LLVMBasicBlockRef,
    /// The phi that chooses, in the load's own block.
    phi: LLVMValueRef,
    /// What the address is computed by in this block, each after what it needs; the last is the load.
    steps: Vec<LLVMValueRef>,
}

impl Chosen {
    /// # Safety
    ///
    /// `load` is a live load.
    unsafe fn of(load: LLVMValueRef) -> Option<Chosen> {
        // SAFETY: as the caller promises; operands of live values are live.
        unsafe {
            if independence::may_synchronise(load) {
                return None;
            }
            let block = LLVMGetInstructionParent(load);
            let mut phi = LLVMGetOperand(load, 0);
            while is_in(phi, block) && opcode(phi) == LLVMOpcode::LLVMGetElementPtr {
                phi = LLVMGetOperand(phi, 0);
            }
            if !is_in(phi, block) || opcode(phi) != LLVMOpcode::LLVMPHI {
                return None;
            }
            // A block that leads elsewhere, too, must not load what only this one may.
            let alone = |from: &LLVMBasicBlockRef| {
                LLVMGetNumSuccessors(LLVMGetBasicBlockTerminator(*from)) == 1
            };
            let count = LLVMCountIncoming(phi);
            let incoming: Vec<_> = (0..count).map(|k| LLVMGetIncomingBlock(phi, k)).collect();
            if count < 2 || !incoming.iter().all(alone) || comes_round(block, &incoming) {
                return None;
            }
            let mut chosen = Chosen { block, phi, steps: vec![] };
            (chosen.collect(LLVMGetOperand(load, 0))).then(|| {
                chosen.steps.push(load);
                chosen
            })
        }
    }

    /// Collects what `value` is computed by; whether all of it may be computed elsewhere.
    ///
    /// # Safety
    ///
    /// `value` is live.
    unsafe fn collect(&mut self, value: LLVMValueRef) -> bool {
        use LLVMOpcode::*;
        const MOST: usize = 16;
        // SAFETY: as the caller promises.
        unsafe {
            if !is_in(value, self.block) || opcode(value) == LLVMPHI || self.steps.contains(&value)
            {
                return true;
            }
            let is_simple = matches!(
                opcode(value),
                LLVMGetElementPtr
                    | LLVMAdd
                    | LLVMSub
                    | LLVMMul
                    | LLVMShl
                    | LLVMOr
                    | LLVMSExt
                    | LLVMZExt
                    | LLVMTrunc
            );
            if !is_simple || self.steps.len() >= MOST {
                return false;
            }
            let all = llvm::operands(value).into_iter().all(|operand| self.collect(operand));
            self.steps.push(value);
            all
        }
    }

    /// # Safety
    ///
    /// `load` is the live load, before which nothing in its block writes to memory; it is erased.
    unsafe fn take_apart(&self, builder: &Builder, load: LLVMValueRef) {
        let b = builder.raw();
        let name = c"".as_ptr();
        // SAFETY: as the caller promises. What the steps need besides is there at the end of each block that
        // leads here; and since it leads nowhere else, it loads what would have been loaded here.
        unsafe {
            LLVMPositionBuilderBefore(b, self.phi);
            let result = LLVMBuildPhi(b, LLVMTypeOf(load), name);
            for k in 0..LLVMCountIncoming(self.phi) {
                let mut from = LLVMGetIncomingBlock(self.phi, k);
                LLVMPositionBuilderBefore(b, LLVMGetBasicBlockTerminator(from));
                let mut copies: Vec<LLVMValueRef> = vec![];
                for &step in &self.steps {
                    let copy = LLVMInstructionClone(step);
                    for (at, operand) in llvm::operands(step).into_iter().enumerate() {
                        let known = self.steps.iter().position(|&other| other == operand);
                        let there = match known {
                            Some(position) => copies[position],
                            None if is_in(operand, self.block) => incoming(operand, from),
                            None => operand,
                        };
                        LLVMSetOperand(copy, at as u32, there);
                    }
                    LLVMInsertIntoBuilder(b, copy);
                    copies.push(copy);
                }
                let mut value = *copies.last().expect("the load");
                if k % 2 == 0 {
                    value = LLVMBuildFreeze(b, value, name);
                }
                LLVMAddIncoming(result, &mut value, &mut from, 1);
            }
            LLVMReplaceAllUsesWith(load, result);
            LLVMInstructionEraseFromParent(load);
        }
    }
}

/// Whether some of the blocks that lead to `block` are only reached through it, as those at the end of a
/// loop are that it opens.
///
/// # Safety
///
/// The blocks are live, and of one function.
unsafe fn comes_round(block: LLVMBasicBlockRef, incoming: &[LLVMBasicBlockRef]) -> bool {
    // SAFETY: as the caller promises; every block has a terminator.
    unsafe {
        let mut reached = HashSet::from([block]);
        let mut rest = vec![LLVMGetEntryBasicBlock(LLVMGetBasicBlockParent(block))];
        while let Some(next) = rest.pop() {
            if reached.insert(next) {
                let end = LLVMGetBasicBlockTerminator(next);
                rest.extend((0..LLVMGetNumSuccessors(end)).map(|k| LLVMGetSuccessor(end, k)));
            }
        }
        incoming.iter().any(|from| *from == block || !reached.contains(from))
    }
}

/// What a phi is for those that come from a block.
///
/// # Safety
///
/// `phi` is a live phi of a block that `from` leads to.
unsafe fn incoming(phi: LLVMValueRef, from: LLVMBasicBlockRef) -> LLVMValueRef {
    // SAFETY: as the caller promises: a phi has a value for each block that leads to its own.
    unsafe {
        let k = (0..LLVMCountIncoming(phi)).find(|&k| LLVMGetIncomingBlock(phi, k) == from);
        LLVMGetIncomingValue(phi, k.expect("all phis of a block have the same"))
    }
}

/// Whether a value is computed in a block.
///
/// # Safety
///
/// Both are live.
unsafe fn is_in(value: LLVMValueRef, block: LLVMBasicBlockRef) -> bool {
    // SAFETY: as the caller promises; the block is asked of instructions.
    unsafe { !LLVMIsAInstruction(value).is_null() && LLVMGetInstructionParent(value) == block }
}

/// # Safety
///
/// `instruction` is a live instruction.
unsafe fn opcode(instruction: LLVMValueRef) -> LLVMOpcode {
    // SAFETY: as the caller promises.
    unsafe { LLVMGetInstructionOpcode(instruction) }
}
