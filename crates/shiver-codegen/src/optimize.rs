//! LLVM's optimiser, driven by pipelines in its own notation.

use std::ffi::CString;
use std::ptr;

use llvm_sys::error::{LLVMDisposeErrorMessage, LLVMGetErrorMessage};
use llvm_sys::transforms::pass_builder::*;

use crate::Error;
use crate::emit::Machine;
use crate::llvm::Module;

/// What brings the body into the nest and its local variables into registers, so that what is left
/// of memory accesses can be judged. Helpers are inlined too, and what they do is inferred.
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
        LLVMPassBuilderOptionsSetSLPVectorization(options, 1);
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
