//! What the functions of a piece of bitcode are.

use std::ffi::CString;

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::{LLVMLinkage, LLVMTypeKind};
use shiver_signature::{METADATA, Origin, Param, Pointer, Scalar, Signature, Type};

use crate::accesses::Accesses;
use crate::compile::guarded;
use crate::llvm::{self, Context, Module};
use crate::{Error, debug_info};

/// The signatures of all functions that can be a body: those that the metadata tells of, or, where
/// there is none, every definition that can be seen from outside, as far as can be inferred.
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
        let signatures = declared.into_iter().map(read).collect::<Result<_, _>>()?;
        return Ok(last_of_each(module, signatures));
    }
    let mut definitions = module.definitions();
    // SAFETY: the functions are the module's own.
    definitions.retain(|&f| unsafe { is_visible(LLVMGetLinkage(f)) });
    // SAFETY: as above.
    Ok(definitions.into_iter().map(|f| unsafe { infer(f) }).collect())
}

/// Metadata can only be added to: what was told last of a function holds, and what was told of one that
/// is no longer there, or only a helper, does not.
fn last_of_each(module: &Module<'_>, mut signatures: Vec<Signature>) -> Vec<Signature> {
    let visible = |symbol: &str| {
        // SAFETY: the function is the module's own.
        module.definition(symbol).is_some_and(|f| unsafe { is_visible(LLVMGetLinkage(f)) })
    };
    let symbols: Vec<_> = signatures.iter().map(|s| s.symbol.clone()).collect();
    let mut number = 0;
    signatures.retain(|signature| {
        number += 1;
        !symbols[number..].contains(&signature.symbol) && visible(&signature.symbol)
    });
    signatures
}

fn is_visible(linkage: LLVMLinkage) -> bool {
    use LLVMLinkage::*;
    !matches!(linkage, LLVMInternalLinkage | LLVMPrivateLinkage | LLVMAvailableExternallyLinkage)
}

/// What can be told of a function that nobody declared. Signs, and the types behind pointers, come from
/// debug info; without it, integers count as signed, and types behind pointers come from the loads and
/// stores that reach them.
///
/// # Safety
///
/// `function` is a live function with a body.
unsafe fn infer(function: LLVMValueRef) -> Signature {
    // SAFETY: as the caller promises; the types and parameters are the function's own.
    unsafe {
        let name = llvm::name(function);
        let function_type = LLVMGlobalGetValueType(function);
        let declared = debug_info::declared(function);
        let mut params = Vec::new();
        for k in 0..LLVMCountParams(function) {
            let param = LLVMGetParam(function, k);
            let ty = LLVMTypeOf(param);
            let told = declared.as_ref().map(|declared| &declared.params[k as usize]);
            let told = told.filter(|told| debug_info::agrees(told, ty)).cloned();
            let (ty, origin) = infer_param(function, k, type_of(ty), told);
            params.push(Param { name: llvm::name(param), ty, origin });
        }
        if LLVMIsFunctionVarArg(function_type) != 0 {
            let ty = Type::Unsupported("...".to_owned());
            params.push(Param { name: String::new(), ty, origin: None });
        }
        let returned = LLVMGetReturnType(function_type);
        let told = declared.map(|declared| declared.returns);
        let told = told.filter(|told| debug_info::agrees(told, returned));
        Signature {
            symbol: name.clone(),
            name,
            adapter: None,
            returns: told.unwrap_or_else(|| type_of(returned)),
            params,
        }
    }
}

/// The type of parameter `k`, which is `plain` to LLVM and `told` to debuggers, and what it was inferred
/// from.
///
/// # Safety
///
/// `function` is a live function with a body and such a parameter.
unsafe fn infer_param(
    function: LLVMValueRef,
    k: u32,
    plain: Type,
    told: Option<Type>,
) -> (Type, Option<Origin>) {
    let told = told.filter(|told| match told {
        // `void *` says no more than LLVM does.
        Type::Pointer(pointer) => !matches!(pointer.to, Type::Void | Type::Unknown),
        told => *told != plain,
    });
    if let Some(told) = told {
        return (told, Some(Origin::DebugInfo));
    }
    let Type::Pointer(mut pointer) = plain else { return (plain, None) };
    // SAFETY: as the caller promises; to LLVM the parameter is a pointer.
    let accesses = unsafe { Accesses::of(function, k) };
    pointer.to = accesses.element();
    pointer.is_const = accesses.is_const();
    pointer.signless = true;
    let origin = (pointer.to != Type::Unknown).then_some(Origin::Accesses);
    (Type::Pointer(pointer), origin)
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
