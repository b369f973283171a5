//! Whether every iteration of a nest is over soon.
//!
//! Whoever runs a loop of which nothing is known has to have a second worker at hand before the first
//! iteration, which may take a second. To start a thread, and to find out how many there may be, takes
//! as long as all else that a process does which finds its loop compiled. So a nest tells, in its
//! object, where its body has no loops and calls nothing that could wait.

use llvm_sys::LLVMOpcode;
use llvm_sys::core::*;
use llvm_sys::prelude::*;

use crate::division;
use crate::interleave::Paths;
use crate::llvm::{self, Module};
use crate::shape::{BRIEF_SYMBOL, NEST_SYMBOL};

/// A body of more blocks is not looked at.
const MOST_BLOCKS: usize = 100;

/// A body of more instructions may take microseconds.
const MOST_INSTRUCTIONS: usize = 1_000;

/// Whether an iteration of `nest` runs through a bounded number of instructions. Its body has been
/// inlined, and calls of mathematical functions have their final names.
///
/// # Safety
///
/// `nest` is a live function with a body, written by this crate.
pub(crate) unsafe fn is_brief(nest: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises; all values below are the function's own.
    unsafe {
        let blocks = llvm::blocks(nest);
        if blocks.len() > MOST_BLOCKS {
            return false;
        }
        let instructions: Vec<_> =
            blocks.iter().flat_map(|&block| llvm::instructions(block)).collect();
        instructions.len() <= MOST_INSTRUCTIONS
            && !instructions.into_iter().any(|instruction| may_wait(instruction))
            && !Paths::new(&blocks).come_back()
    }
}

/// Whether an instruction may take longer than any arithmetic.
///
/// # Safety
///
/// `instruction` is live.
unsafe fn may_wait(instruction: LLVMValueRef) -> bool {
    use LLVMOpcode::*;
    // SAFETY: as the caller promises; the callee is null for a call through a pointer, which
    // `LLVMIsAFunction` answers with null too.
    unsafe {
        match LLVMGetInstructionOpcode(instruction) {
            LLVMCall => {
                let callee = LLVMIsAFunction(LLVMGetCalledValue(instruction));
                if callee.is_null() {
                    return true;
                }
                let name = llvm::name(callee);
                // Copies and fills are as long as they are.
                let bounded = name.starts_with("llvm.") && !name.starts_with("llvm.mem")
                    || name.starts_with(shiver_math::PREFIX)
                    || name.starts_with(division::PREFIX);
                !bounded
            }
            LLVMInvoke | LLVMCallBr | LLVMIndirectBr => true,
            _ => false,
        }
    }
}

/// Says in the object of a nest that its iterations are brief: by a second name for the nest, which
/// takes no memory. Nothing is compiled differently for it, so this comes last.
pub(crate) fn tell(module: &Module<'_>) {
    let nest = module.definition(NEST_SYMBOL).expect("the nest is visible, and stays");
    // SAFETY: the nest is the module's own.
    unsafe {
        let ty = LLVMGlobalGetValueType(nest);
        let alias = LLVMAddAlias2(module.raw(), ty, 0, nest, c"".as_ptr());
        llvm::set_name(alias, BRIEF_SYMBOL);
    }
}
