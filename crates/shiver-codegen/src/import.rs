//! Code from outside: textual IR or bitcode from any compiler becomes a body's bitcode.

use std::ffi::CString;

use llvm_sys::LLVMLinkage;
use llvm_sys::core::*;
use llvm_sys::prelude::LLVMValueRef;
use shiver_signature::{METADATA, Signature};

use crate::compile::guarded;
use crate::llvm::{self, Context, Module};
use crate::{Error, describe, libm, optimize, origin};

/// LLVM code in one of its two forms.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Textual IR.
    Text(&'a str),
    /// Bitcode.
    Bitcode(&'a [u8]),
}

/// Reads and verifies `input`, takes the function `name` and what it reaches out of it (everything,
/// where `name` is `None`), and gives it as bitcode for this machine.
///
/// Functions named in `own` are not the ones that LLVM knows under these names: calls of them stay.
///
/// `refine` sees each function's [`Signature`] as LLVM's types or the metadata tell it, and may say
/// more: element types, signs, names.
///
/// # Errors
///
/// [`Error::Parse`] and [`Error::Verify`] for what is not sound; [`Error::NoFunction`];
/// [`Error::Unsupported`] for code that was made for another machine, or written by a newer LLVM.
pub fn import(
    input: Input<'_>,
    name: Option<&str>,
    own: &[String],
    refine: &mut (dyn FnMut(&mut Signature) + Send),
) -> Result<Vec<u8>, Error> {
    guarded(|| import_here(input, name, own, refine))
}

fn import_here(
    input: Input<'_>,
    name: Option<&str>,
    own: &[String],
    refine: &mut dyn FnMut(&mut Signature),
) -> Result<Vec<u8>, Error> {
    let context = Context::new();
    let module = match input {
        Input::Text(text) => {
            context.parse_text(text).map_err(|error| origin::name_writer(error, text))?
        }
        Input::Bitcode(bitcode) => {
            origin::refuse_newer(bitcode)?;
            context.parse_bitcode(bitcode)?
        }
    };
    origin::adopt(&context, &module)?;
    module.verify()?;
    keep_calls(&context, &module, own);
    libm::declare_pure(&context, &module);
    let mut signatures = describe::signatures_of(&module)?;
    if let Some(name) = name {
        let known = |s: &Signature| s.name == name || s.symbol == name;
        if !signatures.iter().any(known) {
            let candidates = signatures.into_iter().map(|s| s.name).collect();
            return Err(Error::NoFunction { name: name.to_owned(), candidates });
        }
        signatures.retain(known);
        keep_only(&module, &signatures)?;
    }
    signatures.iter_mut().for_each(refine);
    set_signatures(&context, &module, &signatures);
    Ok(module.bitcode())
}

/// Says of each call of a function named in `own` that it is of no function that LLVM knows.
fn keep_calls(context: &Context, module: &Module<'_>, own: &[String]) {
    let named = |function: &LLVMValueRef| {
        // SAFETY: the functions are the module's own.
        let name = unsafe { llvm::name(*function) };
        own.contains(&name)
    };
    for function in module.functions().into_iter().filter(named) {
        // SAFETY: as above; what uses a function may be a constant, which calls nothing.
        unsafe {
            let attribute = llvm::attribute(context, "nobuiltin");
            LLVMAddAttributeAtIndex(function, llvm::ON_FUNCTION, attribute);
            for user in llvm::users(function) {
                if !LLVMIsACallInst(user).is_null() && LLVMGetCalledValue(user) == function {
                    LLVMAddCallSiteAttribute(user, llvm::ON_FUNCTION, attribute);
                }
            }
        }
    }
}

/// Makes everything but the named functions internal, and drops what they do not reach.
fn keep_only(module: &Module<'_>, signatures: &[Signature]) -> Result<(), Error> {
    let kept = |name: &str| {
        signatures.iter().any(|s| s.symbol == name || s.adapter.as_deref() == Some(name))
    };
    // SAFETY: the values are the module's own.
    unsafe {
        for global in module.definitions().into_iter().chain(module.globals()) {
            let name = llvm::name(global);
            let defined = LLVMIsDeclaration(global) == 0;
            if defined && !kept(&name) && !name.starts_with("llvm.") {
                LLVMSetLinkage(global, LLVMLinkage::LLVMInternalLinkage);
            }
        }
    }
    optimize::run(module, "globaldce", None)
}

/// Writes down the signatures, behind those that are there: the last one told of a function holds.
fn set_signatures(context: &Context, module: &Module<'_>, signatures: &[Signature]) {
    let name = CString::new(METADATA).expect("no NUL");
    let known: Vec<_> = llvm::named_strings(module, &name)
        .iter()
        .filter_map(|json| Signature::from_json(json).ok())
        .collect();
    for signature in signatures.iter().filter(|signature| !known.contains(signature)) {
        let json = signature.to_json();
        // SAFETY: the nodes are made in the module's context; LLVM copies the strings.
        unsafe {
            let string = LLVMMDStringInContext2(context.raw(), json.as_ptr().cast(), json.len());
            let mut parts = [string];
            let node = LLVMMDNodeInContext2(context.raw(), parts.as_mut_ptr(), 1);
            let value = LLVMMetadataAsValue(context.raw(), node);
            LLVMAddNamedMetadataOperand(module.raw(), name.as_ptr(), value);
        }
    }
}
