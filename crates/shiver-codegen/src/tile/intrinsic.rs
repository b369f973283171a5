//! LLVM's own functions, as far as a tile can have them.

use std::ffi::CStr;

use llvm_sys::core::*;
use llvm_sys::prelude::*;

use crate::llvm::Module;

/// Those that compute one value of its arguments' type, lane by lane, in instructions of the CPU or a
/// few of them. What becomes calls, such as `llvm.exp`, is not among them.
const LANEWISE: [&str; 37] = [
    "sqrt",
    "fma",
    "fmuladd",
    "fabs",
    "copysign",
    "floor",
    "ceil",
    "trunc",
    "rint",
    "nearbyint",
    "round",
    "roundeven",
    "minnum",
    "maxnum",
    "minimum",
    "maximum",
    "minimumnum",
    "maximumnum",
    "canonicalize",
    "smin",
    "smax",
    "umin",
    "umax",
    "abs",
    "ctlz",
    "cttz",
    "ctpop",
    "bswap",
    "bitreverse",
    "fshl",
    "fshr",
    "sadd.sat",
    "uadd.sat",
    "ssub.sat",
    "usub.sat",
    "sshl.sat",
    "ushl.sat",
];

/// The name of the function that a call calls, without the types that LLVM puts behind it.
///
/// # Safety
///
/// `call` is a live call.
unsafe fn name(call: LLVMValueRef) -> Option<&'static str> {
    // SAFETY: as the caller promises; LLVM's names live as long as the process, and are terminated.
    unsafe {
        let callee = LLVMGetCalledValue(call);
        if LLVMIsAFunction(callee).is_null() {
            return None;
        }
        let id = LLVMGetIntrinsicID(callee);
        let mut length = 0;
        (id != 0).then(|| CStr::from_ptr(LLVMIntrinsicGetName(id, &mut length)).to_str().ok())?
    }
}

/// Whether a call computes something lane by lane.
///
/// # Safety
///
/// As for [`name`]; so for all below.
pub(super) unsafe fn is_lanewise(call: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises.
    let name = unsafe { name(call) }.and_then(|name| name.strip_prefix("llvm."));
    name.is_some_and(|name| LANEWISE.contains(&name))
}

/// Whether a call does nothing: it only tells LLVM something, which is not needed any more.
pub(super) unsafe fn says_nothing(call: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises.
    let name = unsafe { name(call) }.unwrap_or_default();
    ["llvm.assume", "llvm.experimental.noalias.scope.decl", "llvm.donothing"].contains(&name)
}

/// Whether operand `k` of an instruction chooses between variants of a function, and has to be a
/// constant.
pub(super) unsafe fn is_choice(instruction: LLVMValueRef, k: u32) -> bool {
    // SAFETY: as the caller promises, for what is a call.
    unsafe {
        k == 1
            && !LLVMIsACallInst(instruction).is_null()
            && name(instruction)
                .is_some_and(|name| ["llvm.abs", "llvm.ctlz", "llvm.cttz"].contains(&name))
    }
}

/// The function that computes, for values of type `ty`, what a lanewise call computes.
pub(super) unsafe fn of_type(
    module: &Module<'_>,
    call: LLVMValueRef,
    ty: LLVMTypeRef,
) -> LLVMValueRef {
    // SAFETY: as the caller promises; lanewise functions have one type.
    unsafe {
        let id = LLVMGetIntrinsicID(LLVMGetCalledValue(call));
        LLVMGetIntrinsicDeclaration(module.raw(), id, [ty].as_mut_ptr(), 1)
    }
}

/// One of LLVM's functions, for values of those types.
pub(crate) unsafe fn named(module: &Module<'_>, name: &str, types: &[LLVMTypeRef]) -> LLVMValueRef {
    // SAFETY: as the caller promises; LLVM reads the name and the types only.
    unsafe {
        let id = LLVMLookupIntrinsicID(name.as_ptr().cast(), name.len());
        let (first, count) = (types.as_ptr().cast_mut(), types.len());
        LLVMGetIntrinsicDeclaration(module.raw(), id, first, count)
    }
}
