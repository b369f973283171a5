//! Functions of which nothing is there but an address.
//!
//! A front end makes a function of the right type; here its body becomes a call of a symbol that the
//! loader resolves to the address. So what is compiled holds no address, and can be kept for the next
//! process, where the address is another. The call passes on what came in, value by value and with the
//! attributes of each, so that it follows the calling convention without knowing it.

use std::ffi::CString;
use std::ptr;

use llvm_sys::LLVMAttributeIndex;
use llvm_sys::core::*;
use llvm_sys::prelude::*;

use crate::Error;
use crate::compile::guarded;
use crate::llvm::{self, Builder, Context, Module};

/// Stands for the address of the function.
pub const TARGET_SYMBOL: &str = "shiver.pointer.target";

/// Stands for what the function is given as its last argument, with [`Last::Context`].
pub const CONTEXT_SYMBOL: &str = "shiver.pointer.context";

/// What both names begin with; and what they begin with where the function is that of a reduction,
/// since the body of the loop may be such a function too.
const OWN: &str = "shiver.pointer.";
const COMBINE: &str = "shiver.combine.pointer.";

/// What a function is given after the arguments that are passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// Nothing.
    Nothing,
    /// A null pointer.
    Null,
    /// The `int` 0.
    Zero,
    /// The address for which [`CONTEXT_SYMBOL`] stands.
    Context,
}

/// Replaces the body of the function `symbol` by a call of [`TARGET_SYMBOL`].
///
/// # Errors
///
/// [`Error::NoFunction`] where the bitcode defines no such function; [`Error::Parse`] and
/// [`Error::Verify`] for what is not sound.
pub fn forward(bitcode: &[u8], symbol: &str, last: Last) -> Result<Vec<u8>, Error> {
    guarded(|| {
        let context = Context::new();
        let module = context.parse_bitcode(bitcode)?;
        let function = module
            .definition(symbol)
            .ok_or_else(|| Error::NoFunction { name: symbol.to_owned(), candidates: vec![] })?;
        // SAFETY: the function is the module's own.
        unsafe { write_call(&context, &module, function, last) };
        module.verify()?;
        Ok(module.bitcode())
    })
}

/// # Safety
///
/// `function` is a definition in `module`, a module of `context`.
unsafe fn write_call(context: &Context, module: &Module<'_>, function: LLVMValueRef, last: Last) {
    // SAFETY: what is made is made in the module and its context; the blocks that go are the
    // function's own, and nothing but the function refers to them.
    unsafe {
        for block in llvm::blocks(function) {
            LLVMDeleteBasicBlock(block);
        }
        // The body that went may have been one that cannot return, or one that was to call no function
        // of C's by another name.
        for name in ["noreturn", "memory", "optnone", "noinline"] {
            let kind = llvm::attribute_kind(name);
            LLVMRemoveEnumAttributeAtIndex(function, llvm::ON_FUNCTION, kind);
        }
        llvm::remove_string_attribute(function, "no-builtins");

        let pointer = LLVMPointerTypeInContext(context.raw(), 0);
        let own_type = LLVMGlobalGetValueType(function);
        let returns = LLVMGetReturnType(own_type);
        let passed = LLVMCountParams(function);
        let mut arguments: Vec<_> = (0..passed).map(|k| LLVMGetParam(function, k)).collect();
        match last {
            Last::Nothing => {}
            Last::Null => arguments.push(LLVMConstNull(pointer)),
            Last::Zero => arguments.push(LLVMConstNull(LLVMInt32TypeInContext(context.raw()))),
            Last::Context => {
                let name = CString::new(CONTEXT_SYMBOL).expect("no NUL");
                let byte = LLVMInt8TypeInContext(context.raw());
                arguments.push(LLVMAddGlobal(module.raw(), byte, name.as_ptr()));
            }
        }
        let mut types: Vec<_> = arguments.iter().map(|&argument| LLVMTypeOf(argument)).collect();
        let count = u32::try_from(types.len()).expect("as many as a function can have");
        let variadic = LLVMIsFunctionVarArg(own_type);
        let target_type = LLVMFunctionType(returns, types.as_mut_ptr(), count, variadic);
        let name = CString::new(TARGET_SYMBOL).expect("no NUL");
        let target = LLVMAddFunction(module.raw(), name.as_ptr(), target_type);

        let builder = Builder::new(context);
        let block = LLVMAppendBasicBlockInContext(context.raw(), function, c"".as_ptr());
        LLVMPositionBuilderAtEnd(builder.raw(), block);
        let value = LLVMBuildCall2(
            builder.raw(),
            target_type,
            target,
            arguments.as_mut_ptr(),
            count,
            c"".as_ptr(),
        );
        // The result's place comes first, the parameters' follow.
        for place in 0..=passed {
            for attribute in attributes(function, place) {
                LLVMAddAttributeAtIndex(target, place, attribute);
                LLVMAddCallSiteAttribute(value, place, attribute);
            }
        }
        let nounwind = llvm::attribute(context, "nounwind");
        LLVMAddAttributeAtIndex(target, llvm::ON_FUNCTION, nounwind);
        LLVMAddCallSiteAttribute(value, llvm::ON_FUNCTION, nounwind);
        if LLVMGetTypeKind(returns) == llvm_sys::LLVMTypeKind::LLVMVoidTypeKind {
            LLVMBuildRetVoid(builder.raw());
        } else {
            LLVMBuildRet(builder.raw(), value);
        }
    }
}

/// # Safety
///
/// `function` is a live function that has this place.
unsafe fn attributes(function: LLVMValueRef, place: LLVMAttributeIndex) -> Vec<LLVMAttributeRef> {
    // SAFETY: LLVM fills in as many as it announced.
    unsafe {
        let count = LLVMGetAttributeCountAtIndex(function, place);
        let mut found = vec![ptr::null_mut(); count as usize];
        LLVMGetAttributesAtIndex(function, place, found.as_mut_ptr());
        found
    }
}

/// Renames what stands for a function's address in the module of a reduction's own function, which is
/// linked with that of the body.
pub(crate) fn rename_for_combine(module: &Module<'_>) {
    let declared = module.functions().into_iter().chain(module.globals());
    // SAFETY: the values are the module's own.
    unsafe {
        for value in declared.filter(|&value| LLVMIsDeclaration(value) != 0) {
            if let Some(rest) = llvm::name(value).strip_prefix(OWN) {
                llvm::set_name(value, &format!("{COMBINE}{rest}"));
            }
        }
    }
}

/// What a symbol of a reduction's own function is called in its module, given what a nest calls it;
/// `None` for any other name.
pub fn combine_pointer(name: &str) -> Option<String> {
    Some(format!("{OWN}{}", name.strip_prefix(COMBINE)?))
}
