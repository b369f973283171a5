//! Which memory accesses may be declared independent between iterations.
//!
//! Iterations may run in any order and at the same time: the caller promises it. So an access that
//! can only reach memory from outside the body joins an access group that the nest's loops name as
//! parallel, and no loop needs checks of whether arrays overlap.
//!
//! The promise says nothing of memory that an iteration owns. A local array that stays in memory is
//! *one* array in the compiled nest, which iteration after iteration uses anew; to call those
//! accesses independent would be to let iterations overwrite each other's. So an access joins only
//! when everything it may reach is proven to come from outside: the frame's pointers, variables, and
//! pointers read from memory as long as no local variable's address was ever put there. And a body
//! that may synchronise with others (atomics, volatile, fences, calls of unknown effect) is left
//! as it is, and so is one whose accesses LLVM would then move across each other: see
//! [`crate::interleave`].

use std::collections::HashSet;

use llvm_sys::LLVMOpcode;
use llvm_sys::core::*;
use llvm_sys::prelude::*;

use crate::{interleave, llvm};

/// Puts the accesses of `nest`, a live function into which the body has been inlined, into the
/// access group, as far as the above allows. The first block, which reads the frame, is no part of
/// any loop.
///
/// # Safety
///
/// `nest` is a live function with a body, and `group` a metadata value of its context.
pub(crate) unsafe fn declare(nest: LLVMValueRef, kind: u32, group: LLVMValueRef) {
    // SAFETY: as the caller promises; all values below are the function's own.
    unsafe {
        let blocks = llvm::blocks(nest);
        let entry = blocks[0];
        let body: Vec<_> =
            blocks[1..].iter().flat_map(|&block| llvm::instructions(block)).collect();
        if body.iter().any(|&instruction| may_synchronise(instruction))
            || interleave::may_cross(nest)
        {
            return;
        }
        let locals = blocks
            .iter()
            .flat_map(|&block| llvm::instructions(block))
            .filter(|&i| LLVMGetInstructionOpcode(i) == LLVMOpcode::LLVMAlloca);
        let escaped = locals.into_iter().any(|local| escapes(local));
        for instruction in body {
            let pointer = match LLVMGetInstructionOpcode(instruction) {
                LLVMOpcode::LLVMLoad => LLVMGetOperand(instruction, 0),
                LLVMOpcode::LLVMStore => LLVMGetOperand(instruction, 1),
                // It reaches no memory, but LLVM has it down as if it did.
                LLVMOpcode::LLVMCall if is_marker(instruction) => {
                    LLVMSetMetadata(instruction, kind, group);
                    continue;
                }
                _ => continue,
            };
            if is_outside(pointer, entry, escaped, &mut HashSet::new()) {
                LLVMSetMetadata(instruction, kind, group);
            }
        }
    }
}

/// Where `nest` has instructions other than calls that keep its accesses from being declared independent.
///
/// # Safety
///
/// `nest` is a live function with a body.
pub(crate) unsafe fn synchronisations(nest: LLVMValueRef) -> Vec<LLVMValueRef> {
    // SAFETY: as the caller promises.
    unsafe {
        let mut found: Vec<_> =
            llvm::blocks(nest).into_iter().flat_map(|block| llvm::instructions(block)).collect();
        found.retain(|&instruction| {
            LLVMGetInstructionOpcode(instruction) != LLVMOpcode::LLVMCall
                && may_synchronise(instruction)
        });
        found
    }
}

/// Whether an instruction may write to memory that a load reads.
///
/// # Safety
///
/// `instruction` is live.
pub(crate) unsafe fn may_write(instruction: LLVMValueRef) -> bool {
    use LLVMOpcode::*;
    // SAFETY: as the caller promises; calls alone are asked whom they call.
    unsafe {
        match LLVMGetInstructionOpcode(instruction) {
            LLVMStore | LLVMFence | LLVMAtomicCmpXchg | LLVMAtomicRMW | LLVMInvoke | LLVMCallBr => {
                true
            }
            LLVMLoad => may_synchronise(instruction),
            LLVMCall => !is_marker(instruction) && !reaches_no_memory(instruction),
            _ => false,
        }
    }
}

/// Whether an instruction may synchronise with other iterations.
///
/// # Safety
///
/// `instruction` is live.
pub(crate) unsafe fn may_synchronise(instruction: LLVMValueRef) -> bool {
    use LLVMOpcode::*;
    // SAFETY: each question is asked of the kind of instruction that it is made for.
    unsafe {
        match LLVMGetInstructionOpcode(instruction) {
            LLVMLoad | LLVMStore => {
                LLVMGetVolatile(instruction) != 0
                    || LLVMGetOrdering(instruction)
                        != llvm_sys::LLVMAtomicOrdering::LLVMAtomicOrderingNotAtomic
            }
            LLVMFence | LLVMAtomicCmpXchg | LLVMAtomicRMW => true,
            LLVMCall => !is_silent_call(instruction),
            LLVMInvoke | LLVMCallBr => true,
            _ => false,
        }
    }
}

/// Whether a call only tells LLVM something: what holds here, or where a `restrict` pointer begins to
/// be one.
///
/// # Safety
///
/// `call` is a live call.
unsafe fn is_marker(call: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises.
    let callee = unsafe { llvm::name(LLVMGetCalledValue(call)) };
    ["llvm.assume", "llvm.experimental.noalias.scope.decl"].contains(&callee.as_str())
}

/// Whether a call can neither synchronise nor give out memory of the iteration's own.
///
/// # Safety
///
/// `call` is a live call.
unsafe fn is_silent_call(call: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises; the callee is null for a call through a pointer, which
    // `LLVMIsAFunction` answers with null too.
    unsafe {
        let callee = LLVMGetCalledValue(call);
        let has = |name: &str| {
            let kind = llvm::attribute_kind(name);
            let on_call = LLVMGetCallSiteEnumAttribute(call, llvm::ON_FUNCTION, kind);
            let on_callee = || {
                if LLVMIsAFunction(callee).is_null() {
                    std::ptr::null_mut()
                } else {
                    LLVMGetEnumAttributeAtIndex(callee, llvm::ON_FUNCTION, kind)
                }
            };
            !on_call.is_null() || !on_callee().is_null()
        };
        if !LLVMIsAFunction(callee).is_null() {
            let name = llvm::name(callee);
            // Copies and fills cannot be marked `nosync`, since a flag can make them volatile.
            if ["llvm.memcpy.", "llvm.memmove.", "llvm.memset."].iter().any(|p| name.starts_with(p))
            {
                let last = LLVMGetNumArgOperands(call) - 1;
                return LLVMConstIntGetZExtValue(LLVMGetOperand(call, last)) == 0;
            }
        }
        if has("nosync") {
            return !has("allockind");
        }
        reaches_no_memory(call)
    }
}

/// Whether a call is of a function that neither reads nor writes memory.
///
/// # Safety
///
/// `call` is a live call.
unsafe fn reaches_no_memory(call: LLVMValueRef) -> bool {
    // SAFETY: as for `is_silent_call`.
    unsafe {
        let callee = LLVMGetCalledValue(call);
        // `memory(none)`: the attribute's value is a set of what may be read and written.
        let kind = llvm::attribute_kind("memory");
        let mut memory = LLVMGetCallSiteEnumAttribute(call, llvm::ON_FUNCTION, kind);
        if memory.is_null() && !LLVMIsAFunction(callee).is_null() {
            memory = LLVMGetEnumAttributeAtIndex(callee, llvm::ON_FUNCTION, kind);
        }
        !memory.is_null() && LLVMGetEnumAttributeValue(memory) == 0
    }
}

/// Whether the address of a local variable may become known to anything but the loads and stores
/// that use it directly.
///
/// # Safety
///
/// `pointer` is live.
unsafe fn escapes(pointer: LLVMValueRef) -> bool {
    use LLVMOpcode::*;
    // SAFETY: users of a live value are live instructions here, since a local variable's address is
    // no constant.
    unsafe {
        llvm::users(pointer).into_iter().any(|user| match LLVMGetInstructionOpcode(user) {
            LLVMLoad | LLVMICmp => false,
            LLVMStore => LLVMGetOperand(user, 0) == pointer,
            LLVMGetElementPtr | LLVMBitCast | LLVMAddrSpaceCast => escapes(user),
            LLVMCall => {
                let callee = llvm::name(LLVMGetCalledValue(user));
                !["llvm.lifetime.", "llvm.memcpy.", "llvm.memmove.", "llvm.memset."]
                    .iter()
                    .any(|prefix| callee.starts_with(prefix))
            }
            // A phi or select may go round in a loop; that it is merged at all is rare enough.
            _ => true,
        })
    }
}

/// Whether everything that `pointer` may reach comes from outside the iteration.
///
/// # Safety
///
/// `pointer` is live.
unsafe fn is_outside(
    pointer: LLVMValueRef,
    entry: LLVMBasicBlockRef,
    escaped: bool,
    seen: &mut HashSet<LLVMValueRef>,
) -> bool {
    use LLVMOpcode::*;
    if !seen.insert(pointer) {
        return true; // Already on the way: a cycle adds nothing that its other entries do not.
    }
    // SAFETY: operands of live values are live; each question fits what it is asked of.
    unsafe {
        if !LLVMIsAArgument(pointer).is_null() {
            return true;
        }
        if !LLVMIsAGlobalVariable(pointer).is_null() {
            return LLVMIsThreadLocal(pointer) == 0;
        }
        if !LLVMIsAConstantExpr(pointer).is_null() {
            return LLVMGetConstOpcode(pointer) == LLVMGetElementPtr
                && is_outside(LLVMGetOperand(pointer, 0), entry, escaped, seen);
        }
        if LLVMIsAInstruction(pointer).is_null() {
            return LLVMIsConstant(pointer) != 0; // Null or poison: reaches nothing.
        }
        match LLVMGetInstructionOpcode(pointer) {
            LLVMGetElementPtr | LLVMBitCast | LLVMAddrSpaceCast | LLVMFreeze => {
                is_outside(LLVMGetOperand(pointer, 0), entry, escaped, seen)
            }
            LLVMLoad => LLVMGetInstructionParent(pointer) == entry || !escaped,
            LLVMIntToPtr => !escaped,
            LLVMSelect => {
                is_outside(LLVMGetOperand(pointer, 1), entry, escaped, seen)
                    && is_outside(LLVMGetOperand(pointer, 2), entry, escaped, seen)
            }
            LLVMPHI => llvm::operands(pointer)
                .into_iter()
                .all(|incoming| is_outside(incoming, entry, escaped, seen)),
            _ => false,
        }
    }
}
