//! What compilers do not say of libm's functions, and Shiver's users are told: errno is not kept.
//!
//! clang declares `sqrt` as a function of its argument alone where errno does not count. Whoever writes
//! `declare double @sqrt(double)` says less: to LLVM it may write memory then, and with such a call in
//! its body a loop has no independent iterations.

use llvm_sys::LLVMTypeKind;
use llvm_sys::core::*;
use llvm_sys::prelude::*;
use shiver_math::Precision;

use crate::llvm::{self, Context, Module};
use crate::mathematics::has;

/// The functions that become instructions or stay calls; the others are in `shiver_math`'s catalogue.
const NAMES: [&str; 17] = [
    "ceil",
    "copysign",
    "fabs",
    "fdim",
    "floor",
    "fma",
    "fmax",
    "fmin",
    "logb",
    "nearbyint",
    "nextafter",
    "remainder",
    "rint",
    "round",
    "roundeven",
    "sqrt",
    "trunc",
];

/// Whether C has a function of that name which takes and gives numbers of one type.
///
/// ```
/// assert!(shiver_codegen::is_function_of_numbers("sqrt"));
/// assert!(shiver_codegen::is_function_of_numbers("expf"));
/// assert!(!shiver_codegen::is_function_of_numbers("frexp"));
/// ```
pub fn is_function_of_numbers(name: &str) -> bool {
    let single = name.strip_suffix('f');
    NAMES.contains(&name)
        || single.is_some_and(|name| NAMES.contains(&name))
        || shiver_math::find(name).is_some()
}

/// Declares that libm's functions of numbers alone do nothing but compute one.
pub(crate) fn declare_pure(context: &Context, module: &Module<'_>) {
    let functions = module.functions();
    // SAFETY: the functions are the module's own.
    unsafe {
        if functions.iter().any(|&function| has(function, "strictfp")) {
            return; // to such code it matters when a function is called
        }
        for function in functions.into_iter().filter(|&function| is_libms(function)) {
            let memory = llvm::attribute_kind("memory");
            let touches_none = LLVMCreateEnumAttribute(context.raw(), memory, 0);
            LLVMAddAttributeAtIndex(function, llvm::ON_FUNCTION, touches_none);
            for name in ["nounwind", "willreturn", "nosync", "nofree", "nocallback"] {
                let attribute = llvm::attribute(context, name);
                LLVMAddAttributeAtIndex(function, llvm::ON_FUNCTION, attribute);
            }
        }
    }
}

/// Whether a function is declared here and defined in libm, and takes and gives numbers of one type.
///
/// # Safety
///
/// `function` is live.
unsafe fn is_libms(function: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        if LLVMIsDeclaration(function) == 0 || has(function, "nobuiltin") {
            return false;
        }
        let name = llvm::name(function);
        let result = LLVMGetReturnType(LLVMGlobalGetValueType(function));
        let of_doubles = match LLVMGetTypeKind(result) {
            LLVMTypeKind::LLVMDoubleTypeKind => Some(&name[..]),
            LLVMTypeKind::LLVMFloatTypeKind => name.strip_suffix('f'),
            _ => None,
        };
        let known = of_doubles.is_some_and(|name| {
            let in_catalogue = shiver_math::find(name);
            NAMES.contains(&name)
                || in_catalogue.is_some_and(|(_, precision)| precision == Precision::Double)
        });
        let arguments = llvm::parameter_types(function);
        known && !arguments.is_empty() && arguments.into_iter().all(|ty| ty == result)
    }
}
