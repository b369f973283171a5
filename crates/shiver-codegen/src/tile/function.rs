//! Functions of C's mathematics, which have forms for vectors.

use llvm_sys::core::*;
use llvm_sys::prelude::*;

use crate::llvm::{self, Module};
use crate::mathematics::VARIANTS;

/// Whether a call is of a function of numbers that has forms for vectors: see [`crate::mathematics`].
///
/// # Safety
///
/// `call` is a live call; so for all below.
pub(super) unsafe fn has_forms(call: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises. What other front ends say of other functions does not count.
    unsafe {
        let callee = LLVMGetCalledValue(call);
        let own = !LLVMIsAFunction(callee).is_null()
            && llvm::name(callee).starts_with(shiver_math::PREFIX);
        own && llvm::call_attribute(call, VARIANTS).is_some()
    }
}

/// The form of what a call calls for vectors of so many lanes, if there is one.
pub(super) unsafe fn of_width(
    module: &Module<'_>,
    call: LLVMValueRef,
    lanes: u32,
) -> Option<LLVMValueRef> {
    // SAFETY: as the caller promises.
    let variants = unsafe { llvm::call_attribute(call, VARIANTS) }?;
    let start = format!("_ZGV_LLVM_N{lanes}v");
    let variant = variants.split(',').find(|variant| variant.starts_with(&start))?;
    let (_, symbol) = variant.strip_suffix(')')?.split_once('(')?;
    module.function(symbol)
}
