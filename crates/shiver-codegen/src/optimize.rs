//! LLVM's optimiser, driven by pipelines in its own notation.

use std::ffi::CString;
use std::ptr;

use llvm_sys::core::{LLVMCanValueUseFastMathFlags, LLVMGetFastMathFlags};
use llvm_sys::error::{LLVMDisposeErrorMessage, LLVMGetErrorMessage};
use llvm_sys::transforms::pass_builder::*;
use llvm_sys::{LLVMFastMathAllowContract, LLVMFastMathAllowReassoc};

use crate::Error;
use crate::emit::Machine;
use crate::llvm::{self, Module};

/// What brings the body into the nest and its local variables into registers, so that what is left
/// of memory accesses can be judged. Helpers are inlined too, and what they do is inferred. Without
/// `no-verify-fixpoint`, `instcombine` ends the process where one pass over a function was not enough.
pub(crate) const INLINE: &str = "always-inline,\
    cgscc(inline,function-attrs,function<eager-inv>(sroa<modify-cfg>,early-cse<memssa>,instcombine<no-verify-fixpoint>)),\
    globaldce";

/// LLVM's own pipeline.
pub(crate) const FULL: &str = "default<O3>";

/// Runs a pipeline over a module.
pub(crate) fn run(
    module: &Module<'_>,
    pipeline: &str,
    machine: Option<&Machine>,
) -> Result<(), Error> {
    let pipeline = CString::new(pipeline).expect("a pipeline has no NUL");
    // SAFETY: module, machine (or null, which LLVM accepts) and options are valid; the error that
    // comes back is null or owned, and reading its message consumes it.
    unsafe {
        let options = LLVMCreatePassBuilderOptions();
        LLVMPassBuilderOptionsSetLoopInterleaving(options, 1);
        LLVMPassBuilderOptionsSetLoopVectorization(options, 1);
        LLVMPassBuilderOptionsSetSLPVectorization(options, i32::from(!regroups(module)));
        LLVMPassBuilderOptionsSetLoopUnrolling(options, 1);
        let raw_machine = machine.map_or(ptr::null_mut(), Machine::raw);
        let error = LLVMRunPasses(module.raw(), pipeline.as_ptr(), raw_machine, options);
        LLVMDisposePassBuilderOptions(options);
        if error.is_null() {
            return Ok(());
        }
        let text = LLVMGetErrorMessage(error);
        let message = std::ffi::CStr::from_ptr(text).to_string_lossy().into_owned();
        LLVMDisposeErrorMessage(text);
        Err(Error::Backend { message })
    }
}

/// Whether the module has arithmetic that may be regrouped or fused. LLVM's vectoriser of straight
/// code would do that in its own way, and just where a loop has no vectors: in its last iterations.
/// An element's bits would tell where a piece ended.
fn regroups(module: &Module<'_>) -> bool {
    let flags = LLVMFastMathAllowReassoc | LLVMFastMathAllowContract;
    // SAFETY: the functions are the module's own, and flags are asked of what may have them.
    unsafe {
        let blocks = module.definitions().into_iter().flat_map(|function| llvm::blocks(function));
        blocks.flat_map(|block| llvm::instructions(block)).any(|instruction| {
            LLVMCanValueUseFastMathFlags(instruction) != 0
                && LLVMGetFastMathFlags(instruction) & flags != 0
        })
    }
}
