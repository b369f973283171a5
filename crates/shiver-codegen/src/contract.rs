//! Products and sums that fast math allows to be fused, fused once and for all.
//!
//! LLVM's back end decides by what stands around a product whether to fuse it with a sum. That differs
//! between the vectors of a loop and its last iterations, and between tiles of several sizes: an
//! element's bits would tell where a piece ended, or how large a tile it was in. So it is decided while
//! each product stands in one place, and what was decided is then compiled exactly.

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::{LLVMFastMathAllowContract, LLVMOpcode};

use crate::llvm::{self, Builder, Context, Module};
use crate::tile::intrinsic;
use crate::writer::EMPTY;

/// Fuses each sum that allows it with the product that is used in it alone, the left one of two.
///
/// # Safety
///
/// `function` is a live function of `module`, which belongs to `context`.
pub(crate) unsafe fn fuse(context: &Context, module: &Module<'_>, function: LLVMValueRef) {
    use LLVMOpcode::{LLVMFAdd, LLVMFMul, LLVMFSub};
    let builder = Builder::new(context);
    // SAFETY: as the caller promises. What is replaced is replaced everywhere before it is erased, and
    // a product stands before the sum that uses it, so that no instruction of the list is gone when its
    // turn comes.
    unsafe {
        let blocks = llvm::blocks(function).into_iter();
        for sum in blocks.flat_map(|block| llvm::instructions(block)) {
            let opcode = LLVMGetInstructionOpcode(sum);
            if !matches!(opcode, LLVMFAdd | LLVMFSub) || !contracts(sum) {
                continue;
            }
            let fits = |&k: &u32| {
                let value = LLVMGetOperand(sum, k);
                !LLVMIsAInstruction(value).is_null()
                    && LLVMGetInstructionOpcode(value) == LLVMFMul
                    && contracts(value)
                    && llvm::users(value).len() == 1
            };
            let Some(k) = [0, 1].into_iter().find(fits) else { continue };
            let b = builder.raw();
            LLVMPositionBuilderBefore(b, sum);
            let (product, other) = (LLVMGetOperand(sum, k), LLVMGetOperand(sum, 1 - k));
            let negated = |value| LLVMBuildFNeg(b, value, EMPTY.as_ptr());
            let (left, right) = (LLVMGetOperand(product, 0), LLVMGetOperand(product, 1));
            let (left, other) = match (opcode, k) {
                (LLVMFAdd, _) => (left, other),
                (_, 0) => (left, negated(other)),
                _ => (negated(left), other),
            };
            let callee = intrinsic::named(module, "llvm.fmuladd", &[LLVMTypeOf(sum)]);
            let ty = LLVMGlobalGetValueType(callee);
            let mut arguments = [left, right, other];
            let fused = LLVMBuildCall2(b, ty, callee, arguments.as_mut_ptr(), 3, EMPTY.as_ptr());
            // Whether sums may be regrouped is still to be asked.
            LLVMSetFastMathFlags(fused, LLVMGetFastMathFlags(sum));
            LLVMReplaceAllUsesWith(sum, fused);
            LLVMInstructionEraseFromParent(sum);
            LLVMInstructionEraseFromParent(product);
        }
    }
}

/// # Safety
///
/// `instruction` is live floating-point arithmetic.
unsafe fn contracts(instruction: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises.
    unsafe { LLVMGetFastMathFlags(instruction) & LLVMFastMathAllowContract != 0 }
}
