//! Bodies that report a failure of their own.
//!
//! Such a body calls one of two functions of the process that runs it, at any depth, and returns. Which
//! iteration it was, only the nest knows: before each iteration it writes the indices to a place that it
//! has told the process of. Where no call is left once the body has been inlined, none of it remains.
//!
//! * `int32_t shiver.fail(int64_t code, const char *message, uint64_t length)` says why in words;
//! * `int32_t shiver.raise(int64_t code, const void *object, uint64_t size)` hands over bytes that mean
//!   something to whoever made the body.
//!
//! Both copy what they are given, and return whether it will be told: only the first failure is.

use std::cell::Cell;

use llvm_sys::LLVMOpcode;
use llvm_sys::core::*;
use llvm_sys::prelude::*;
use shiver_signature::Scalar;

use crate::llvm::{self, Module};
use crate::writer::{EMPTY, Writer};

/// The symbol by which code says in words why it failed.
pub const FAIL_SYMBOL: &str = "shiver.fail";

/// The symbol by which code hands over bytes that say why it failed.
pub const RAISE_SYMBOL: &str = "shiver.raise";

/// The symbol of the function that is told where the indices of the iteration are that a thread is in:
/// `void shiver.locate(const uint64_t *indices, uint64_t count, uint64_t signs)`, with a bit in `signs` for
/// each index that is signed.
pub const LOCATE_SYMBOL: &str = "shiver.locate";

/// How a nest keeps account of where it is.
pub(crate) struct Whereabouts {
    locate: LLVMValueRef,
    ty: LLVMTypeRef,
    /// The place of the indices, once the entry has been written.
    place: Cell<LLVMValueRef>,
}

impl Whereabouts {
    /// For a module whose functions may fail; `None` for any other.
    ///
    /// # Safety
    ///
    /// The writer writes into the module.
    pub(crate) unsafe fn of(module: &Module<'_>, writer: &Writer<'_>) -> Option<Whereabouts> {
        if !module.has(FAIL_SYMBOL) && !module.has(RAISE_SYMBOL) {
            return None;
        }
        // SAFETY: as the caller promises; LLVM copies the name.
        unsafe {
            let mut params = [writer.pointer, writer.i64, writer.i64];
            let void = LLVMVoidTypeInContext(writer.context.raw());
            let ty = LLVMFunctionType(void, params.as_mut_ptr(), 3, 0);
            let known = module.function(LOCATE_SYMBOL);
            let locate = known.unwrap_or_else(|| {
                let function = LLVMAddFunction(module.raw(), EMPTY.as_ptr(), ty);
                llvm::set_name(function, LOCATE_SYMBOL);
                function
            });
            Some(Whereabouts { locate, ty, place: Cell::new(std::ptr::null_mut()) })
        }
    }

    /// Makes room for the indices, and tells the process where.
    ///
    /// # Safety
    ///
    /// The writer's builder stands in the nest's entry.
    pub(crate) unsafe fn announce(&self, writer: &Writer<'_>) {
        let b = writer.builder.raw();
        let count = writer.shape.indices as u64;
        if count == 0 {
            return;
        }
        // SAFETY: as the caller promises.
        unsafe {
            let ty = LLVMArrayType2(writer.i64, count);
            let place = LLVMBuildAlloca(b, ty, c"whereabouts".as_ptr());
            let signed = (0..writer.shape.indices.min(64)).filter(|&k| is_signed(writer, k));
            let signs = signed.fold(0u64, |signs, k| signs | 1 << k);
            let number = |value| LLVMConstInt(writer.i64, value, 0);
            let mut arguments = [place, number(count), number(signs)];
            LLVMBuildCall2(b, self.ty, self.locate, arguments.as_mut_ptr(), 3, EMPTY.as_ptr());
            self.place.set(place);
        }
    }

    /// Writes the indices down, which are the last of the body's arguments.
    ///
    /// # Safety
    ///
    /// The writer's builder stands where the body is about to be called.
    pub(crate) unsafe fn note(&self, writer: &Writer<'_>, arguments: &[LLVMValueRef]) {
        let b = writer.builder.raw();
        let place = self.place.get();
        if place.is_null() {
            return;
        }
        // SAFETY: as the caller promises; the place has room for every index.
        unsafe {
            for k in 0..writer.shape.indices {
                let value = arguments[arguments.len() - writer.shape.indices + k];
                let wide = if is_signed(writer, k) {
                    LLVMBuildSExt(b, value, writer.i64, EMPTY.as_ptr())
                } else {
                    LLVMBuildZExt(b, value, writer.i64, EMPTY.as_ptr())
                };
                let mut position = LLVMConstInt(writer.i64, k as u64, 0);
                let name = EMPTY.as_ptr();
                let slot = LLVMBuildInBoundsGEP2(b, writer.i64, place, &mut position, 1, name);
                LLVMBuildStore(b, wide, slot);
            }
        }
    }
}

/// Whether index `k` is.
fn is_signed(writer: &Writer<'_>, k: usize) -> bool {
    let first = writer.signature.params.len() - writer.shape.indices;
    let scalar = writer.signature.params[first + k].ty.as_scalar();
    scalar.and_then(Scalar::range).is_none_or(|(least, _)| least < 0)
}

/// Takes the account out again where nothing is left that asks for it.
pub(crate) fn forget_unasked(module: &Module<'_>) {
    // SAFETY: the values are the module's own; what is erased has no other users.
    unsafe {
        let asked = [FAIL_SYMBOL, RAISE_SYMBOL]
            .into_iter()
            .filter_map(|name| module.function(name))
            .any(|function| !llvm::users(function).is_empty());
        let Some(locate) = module.function(LOCATE_SYMBOL).filter(|_| !asked) else { return };
        for call in llvm::users(locate) {
            let place = LLVMGetOperand(call, 0);
            LLVMInstructionEraseFromParent(call);
            forget(place);
        }
    }
}

/// Erases a local variable that is only written to.
///
/// # Safety
///
/// `place` is an address of the variable, used by stores and by addresses of the same kind.
unsafe fn forget(place: LLVMValueRef) {
    // SAFETY: as the caller promises; users go before what they use.
    unsafe {
        for user in llvm::users(place) {
            match LLVMGetInstructionOpcode(user) {
                LLVMOpcode::LLVMStore => LLVMInstructionEraseFromParent(user),
                LLVMOpcode::LLVMGetElementPtr => forget(user),
                _ => return,
            }
        }
        if llvm::users(place).is_empty() {
            LLVMInstructionEraseFromParent(place);
        }
    }
}
