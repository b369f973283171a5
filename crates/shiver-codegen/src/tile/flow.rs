//! Where control goes in a body, and in a tile: all iterations of a tile go the same way.

use std::collections::HashSet;

use llvm_sys::LLVMOpcode;
use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::target::{LLVMABISizeOfType, LLVMGetModuleDataLayout};
use shiver_signature::{Scalar, Type};

use super::variation::Lane;
use super::widen::{Packed, Widening};
use crate::llvm;
use crate::writer::EMPTY;

impl Widening<'_> {
    pub(super) unsafe fn branch(&mut self, old: LLVMValueRef) {
        // SAFETY: as the caller promises. All iterations go the same way, which the first row knows.
        unsafe {
            let new = LLVMInstructionClone(old);
            for k in 0..LLVMGetNumSuccessors(old) {
                LLVMSetSuccessor(new, k, self.blocks[&LLVMGetSuccessor(old, k)]);
            }
            match LLVMGetInstructionOpcode(old) {
                LLVMOpcode::LLVMBr if LLVMIsConditional(old) != 0 => {
                    LLVMSetCondition(new, self.scalar(LLVMGetCondition(old), 0));
                }
                LLVMOpcode::LLVMSwitch => {
                    LLVMSetOperand(new, 0, self.scalar(LLVMGetOperand(old, 0), 0));
                }
                _ => {}
            }
            LLVMInsertIntoBuilder(self.builder.raw(), new);
        }
    }

    /// Collects what the body returns, and returns.
    pub(super) unsafe fn finish(&mut self, old: LLVMValueRef) {
        let b = self.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            if let Some(Packed { used, last: Some(_), .. }) = self.packed {
                let used = LLVMBuildLoad2(b, self.i64, used, EMPTY.as_ptr());
                let most = LLVMConstInt(self.i64, self.most_bytes(), 0);
                LLVMBuildRet(b, LLVMBuildAdd(b, used, most, EMPTY.as_ptr()));
                return;
            }
            if let Some((result, pitch)) = self.result {
                let value = LLVMGetOperand(old, 0);
                let is_bool = *self.body.returns == Type::Scalar(Scalar::Bool);
                let i8 = LLVMInt8TypeInContext(self.body.context.raw());
                let ty = if is_bool { i8 } else { LLVMTypeOf(value) };
                let layout = LLVMGetModuleDataLayout(self.body.module.raw());
                let align = LLVMABISizeOfType(layout, ty) as u32;
                for r in 0..self.task.rows {
                    let row = LLVMConstInt(self.i64, u64::from(r), 0);
                    let mut offset = LLVMBuildMul(b, pitch, row, EMPTY.as_ptr());
                    let first = LLVMBuildGEP2(b, ty, result, &mut offset, 1, EMPTY.as_ptr());
                    for u in 0..self.task.vectors {
                        let mut vector = self.vector(value, r, u);
                        if is_bool {
                            vector = LLVMBuildZExt(b, vector, self.wide(i8), EMPTY.as_ptr());
                        }
                        let address = self.further(first, ty, u);
                        self.put(vector, address, align);
                    }
                }
            }
            LLVMBuildRetVoid(b);
        }
    }

    /// Tells a phi where its values come from, now that all are there.
    pub(super) unsafe fn complete(&mut self, old: LLVMValueRef) {
        // SAFETY: as the caller promises. What has to be spread, is spread where it comes from.
        unsafe {
            let wide = self.lane(old) == Lane::Any;
            for k in 0..LLVMCountIncoming(old) {
                let from = LLVMGetIncomingBlock(old, k);
                let Some(&from) = self.blocks.get(&from) else { continue };
                let value = LLVMGetIncomingValue(old, k);
                LLVMPositionBuilderBefore(self.builder.raw(), LLVMGetBasicBlockTerminator(from));
                self.spread.clear();
                for r in 0..self.rows(old) {
                    if !wide {
                        let (mut value, mut from) = (self.scalar(value, r), from);
                        LLVMAddIncoming(self.scalars[&old][r as usize], &mut value, &mut from, 1);
                        continue;
                    }
                    for u in 0..self.task.vectors {
                        let (mut value, mut from) = (self.vector(value, r, u), from);
                        let phi = self.vectors[&old][(r * self.task.vectors + u) as usize];
                        LLVMAddIncoming(phi, &mut value, &mut from, 1);
                    }
                }
            }
        }
    }
}

/// Whether any branch of a function leads to a block that is written before its own or is its own, as
/// it is in every loop that a front end writes.
///
/// # Safety
///
/// `function` is a live function with a body.
pub(super) unsafe fn goes_back(function: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        let blocks = llvm::blocks(function);
        let position = |block| blocks.iter().position(|&b| b == block);
        blocks.iter().enumerate().any(|(k, &block)| {
            let end = LLVMGetBasicBlockTerminator(block);
            (0..LLVMGetNumSuccessors(end))
                .any(|s| position(LLVMGetSuccessor(end, s)).is_some_and(|at| at <= k))
        })
    }
}

/// The blocks that can be reached, each behind those that lead to it but for loops.
///
/// # Safety
///
/// `function` is a live function with a body.
pub(super) unsafe fn reverse_postorder(function: LLVMValueRef) -> Vec<LLVMBasicBlockRef> {
    // SAFETY: as the caller promises; every block has a terminator.
    unsafe {
        let mut order = Vec::new();
        let mut seen = HashSet::new();
        let entry = LLVMGetEntryBasicBlock(function);
        seen.insert(entry);
        let mut path = vec![(entry, 0)];
        while let Some((block, next)) = path.last_mut() {
            let end = LLVMGetBasicBlockTerminator(*block);
            if *next == LLVMGetNumSuccessors(end) {
                order.push(*block);
                path.pop();
                continue;
            }
            let successor = LLVMGetSuccessor(end, *next);
            *next += 1;
            if seen.insert(successor) {
                path.push((successor, 0));
            }
        }
        order.reverse();
        order
    }
}

/// The blocks that lead back to themselves.
///
/// # Safety
///
/// The blocks are live.
pub(super) unsafe fn looping(blocks: &[LLVMBasicBlockRef]) -> HashSet<LLVMBasicBlockRef> {
    // SAFETY: as the caller promises; every block has a terminator.
    let successors = |block| unsafe {
        let end = LLVMGetBasicBlockTerminator(block);
        (0..LLVMGetNumSuccessors(end)).map(|k| LLVMGetSuccessor(end, k)).collect::<Vec<_>>()
    };
    let returns = |&block: &LLVMBasicBlockRef| {
        let mut reached = HashSet::new();
        let mut rest = successors(block);
        while let Some(next) = rest.pop() {
            if reached.insert(next) {
                rest.extend(successors(next));
            }
        }
        reached.contains(&block)
    };
    blocks.iter().copied().filter(returns).collect()
}
