//! Variables that outlive a call.
//!
//! A module's variables, C's `static` ones among them, exist once however many nests are compiled
//! from it. So they are compiled apart, into the module's *state*, under names that are the same in
//! every compile of the same bitcode; a nest finds them by name when it is loaded. A variable that
//! nothing in the module can write is a constant, and each nest keeps a copy of its own, which the
//! optimiser may fold.

use std::ffi::CString;

use llvm_sys::comdat::LLVMSetComdat;
use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::{LLVMLinkage, LLVMOpcode, LLVMVisibility};

use crate::Error;
use crate::llvm::{self, Context, Module};

/// The variables of a module that make up its state, in the module's order.
pub(crate) fn variables(module: &Module<'_>) -> Result<Vec<LLVMValueRef>, Error> {
    let mut variables = Vec::new();
    // SAFETY: the globals are the module's own.
    unsafe {
        for global in module.globals() {
            if is_special(global) || LLVMIsDeclaration(global) != 0 {
                continue;
            }
            if LLVMIsThreadLocal(global) != 0 {
                let name = llvm::name(global);
                return Err(Error::Unsupported {
                    message: format!(
                        "the thread-local variable {name:?} cannot be compiled into a loop; a local \
                         array of the body is as private"
                    ),
                });
            }
            if LLVMIsGlobalConstant(global) != 0 {
                continue;
            }
            let local = matches!(
                LLVMGetLinkage(global),
                LLVMLinkage::LLVMInternalLinkage | LLVMLinkage::LLVMPrivateLinkage
            );
            if local && is_only_loaded(global) {
                LLVMSetGlobalConstant(global, 1);
            } else {
                variables.push(global);
            }
        }
    }
    Ok(variables)
}

/// Whether a module with these `variables` has a state: they, or code that runs when it is loaded, which
/// C++ has for some variables.
pub(crate) fn is_there(module: &Module<'_>, variables: &[LLVMValueRef]) -> bool {
    !variables.is_empty() || has_constructors(module)
}

fn has_constructors(module: &Module<'_>) -> bool {
    // SAFETY: the globals are the module's own.
    module.globals().into_iter().any(|g| unsafe { llvm::name(g) } == "llvm.global_ctors")
}

/// Replaces each variable by a declaration that the loader resolves, called after `role`, and drops what only the state
/// needs: constructors, and lists of what the linker must keep.
pub(crate) fn move_out(
    context: &Context,
    module: &Module<'_>,
    variables: &[LLVMValueRef],
    role: &str,
) -> Result<(), Error> {
    // SAFETY: the variables are the module's own; each is replaced everywhere before it is deleted.
    // The declarations are made anew since one that was a definition would stay `dso_local`, and be
    // reached by an offset that spans 2 GB at most.
    unsafe {
        for (k, &variable) in variables.iter().enumerate() {
            let name = CString::new(symbol(role, k)).expect("no NUL");
            let ty = LLVMGlobalGetValueType(variable);
            let outside = LLVMAddGlobal(module.raw(), ty, name.as_ptr());
            LLVMSetAlignment(outside, LLVMGetAlignment(variable));
            LLVMReplaceAllUsesWith(variable, outside);
        }
        for &variable in variables {
            LLVMDeleteGlobal(variable);
        }
        for global in module.globals() {
            if is_special(global) {
                LLVMDeleteGlobal(global);
            }
        }
    }
    match context.take_errors() {
        None => Ok(()),
        Some(message) => Err(Error::Backend { message }),
    }
}

/// Makes every variable that is defined elsewhere reachable at any distance. Some are declared hidden,
/// C++'s `__dso_handle` for one, which promises that they lie within 2 GB.
pub(crate) fn reach_far(module: &Module<'_>) {
    // SAFETY: the globals are the module's own; each is replaced everywhere before it is deleted. The
    // declarations are made anew for the reason that `move_out` gives.
    unsafe {
        for hidden in module.globals() {
            let visibility = LLVMGetVisibility(hidden);
            if LLVMIsDeclaration(hidden) == 0 || visibility == LLVMVisibility::LLVMDefaultVisibility
            {
                continue;
            }
            let name = llvm::name(hidden);
            let ty = LLVMGlobalGetValueType(hidden);
            let outside = LLVMAddGlobal(module.raw(), ty, c"".as_ptr());
            LLVMSetAlignment(outside, LLVMGetAlignment(hidden));
            LLVMSetLinkage(outside, LLVMGetLinkage(hidden));
            LLVMSetThreadLocal(outside, LLVMIsThreadLocal(hidden));
            LLVMReplaceAllUsesWith(hidden, outside);
            LLVMDeleteGlobal(hidden);
            llvm::set_name(outside, &name);
        }
    }
}

/// Makes the variables visible under the names that nests know; with `exported`, those that the
/// source can be seen to define keep their own name as well.
pub(crate) fn name_variables(module: &Module<'_>, variables: &[LLVMValueRef], exported: bool) {
    // SAFETY: the variables are the module's own.
    unsafe {
        for (k, &variable) in variables.iter().enumerate() {
            let own_name = llvm::name(variable);
            let visible = LLVMGetLinkage(variable) == LLVMLinkage::LLVMExternalLinkage;
            LLVMSetComdat(variable, std::ptr::null_mut());
            LLVMSetLinkage(variable, LLVMLinkage::LLVMExternalLinkage);
            llvm::set_name(variable, &symbol(NEST, k));
            if exported && visible {
                let name = CString::new(own_name).expect("LLVM's names come from C strings here");
                let ty = LLVMGlobalGetValueType(variable);
                LLVMAddAlias2(module.raw(), ty, 0, variable, name.as_ptr());
            }
        }
    }
}

/// In a nest, what its own module's variables are called.
pub(crate) const NEST: &str = "shiver.state.";

/// In a nest, what the variables of a reduction's own function are called: it comes from a module
/// that may be another.
pub(crate) const COMBINE: &str = "shiver.combine.state.";

/// What a variable of a reduction's own function is called in the state of its module, given what a
/// nest calls it; `None` for any other name.
pub fn combine_variable(name: &str) -> Option<String> {
    Some(format!("{NEST}{}", name.strip_prefix(COMBINE)?))
}

/// The name of variable `k`; no C or C++ symbol has a dot in it.
fn symbol(role: &str, k: usize) -> String {
    format!("{role}{k}")
}

/// # Safety
///
/// `global` is live.
unsafe fn is_special(global: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises.
    unsafe { llvm::name(global) }.starts_with("llvm.")
}

/// Whether nothing is done with a pointer but to load through it.
///
/// # Safety
///
/// `pointer` is live.
unsafe fn is_only_loaded(pointer: LLVMValueRef) -> bool {
    // SAFETY: users of a live value are live; the opcodes are asked of what they belong to.
    unsafe {
        llvm::users(pointer).into_iter().all(|user| {
            if !LLVMIsAInstruction(user).is_null() {
                match LLVMGetInstructionOpcode(user) {
                    LLVMOpcode::LLVMLoad => LLVMGetVolatile(user) == 0,
                    LLVMOpcode::LLVMGetElementPtr => is_only_loaded(user),
                    _ => false,
                }
            } else {
                !LLVMIsAConstantExpr(user).is_null()
                    && LLVMGetConstOpcode(user) == LLVMOpcode::LLVMGetElementPtr
                    && is_only_loaded(user)
            }
        })
    }
}
