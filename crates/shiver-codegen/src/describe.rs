//! What the functions of a piece of bitcode are.

use std::ffi::CString;

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::{LLVMLinkage, LLVMTypeKind};
use shiver_signature::{METADATA, Param, Pointer, Scalar, Signature, Type};

use crate::Error;
use crate::compile::guarded;
use crate::llvm::{self, Context, Module};

/// The signatures of all functions that can be a body: those that the metadata tells of, or, where
/// there is none, every definition that can be seen from outside, as far as LLVM's types tell.
pub fn signatures(bitcode: &[u8]) -> Result<Vec<Signature>, Error> {
    guarded(|| {
        let context = Context::new();
        let module = context.parse_bitcode(bitcode)?;
        signatures_of(&module)
    })
}

/// The bitcode as LLVM's textual IR.
pub fn print_ir(bitcode: &[u8]) -> Result<String, Error> {
    guarded(|| {
        let context = Context::new();
        Ok(context.parse_bitcode(bitcode)?.text())
    })
}

pub(crate) fn signatures_of(module: &Module<'_>) -> Result<Vec<Signature>, Error> {
    let name = CString::new(METADATA).expect("no NUL");
    let declared = llvm::named_strings(module, &name);
    if !declared.is_empty() {
        let read = |json: String| {
            Signature::from_json(&json).map_err(|e| Error::Parse {
                message: format!("the metadata !{METADATA} is damaged: {e}"),
            })
        };
        return declared.into_iter().map(read).collect();
    }
    let mut definitions = module.definitions();
    // SAFETY: the functions are the module's own.
    definitions.retain(|&f| unsafe { is_visible(LLVMGetLinkage(f)) });
    // SAFETY: as above.
    Ok(definitions.into_iter().map(|f| unsafe { infer(f) }).collect())
}

fn is_visible(linkage: LLVMLinkage) -> bool {
    use LLVMLinkage::*;
    !matches!(linkage, LLVMInternalLinkage | LLVMPrivateLinkage | LLVMAvailableExternallyLinkage)
}

/// What LLVM's types alone tell: integers count as signed, pointers reach memory of any type.
///
/// # Safety
///
/// `function` is a live function.
unsafe fn infer(function: LLVMValueRef) -> Signature {
    // SAFETY: as the caller promises; the types and parameters are the function's own.
    unsafe {
        let name = llvm::name(function);
        let function_type = LLVMGlobalGetValueType(function);
        let mut params = Vec::new();
        for k in 0..LLVMCountParams(function) {
            let param = LLVMGetParam(function, k);
            params.push(Param { name: llvm::name(param), ty: type_of(LLVMTypeOf(param)) });
        }
        if LLVMIsFunctionVarArg(function_type) != 0 {
            params.push(Param { name: String::new(), ty: Type::Unsupported("...".to_owned()) });
        }
        Signature {
            symbol: name.clone(),
            name,
            adapter: None,
            returns: type_of(LLVMGetReturnType(function_type)),
            params,
        }
    }
}

/// # Safety
///
/// `ty` is a live type.
unsafe fn type_of(ty: LLVMTypeRef) -> Type {
    use LLVMTypeKind::*;
    // SAFETY: as the caller promises; the width is asked of integers only.
    unsafe {
        match LLVMGetTypeKind(ty) {
            LLVMVoidTypeKind => Type::Void,
            LLVMHalfTypeKind => Type::Scalar(Scalar::Float16),
            LLVMFloatTypeKind => Type::Scalar(Scalar::Float32),
            LLVMDoubleTypeKind => Type::Scalar(Scalar::Float64),
            LLVMPointerTypeKind => Type::Pointer(Box::new(Pointer {
                to: Type::Unknown,
                is_const: false,
                signless: false,
                dims: vec![],
            })),
            LLVMIntegerTypeKind => match LLVMGetIntTypeWidth(ty) {
                1 => Type::Scalar(Scalar::Bool),
                8 => Type::Scalar(Scalar::Int8),
                16 => Type::Scalar(Scalar::Int16),
                32 => Type::Scalar(Scalar::Int32),
                64 => Type::Scalar(Scalar::Int64),
                width => Type::Unsupported(format!("i{width}")),
            },
            _ => Type::Unsupported(llvm::take_message(LLVMPrintTypeToString(ty))),
        }
    }
}
