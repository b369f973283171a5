//! Calls of C's mathematical functions become calls of forms that exist for vectors too.
//!
//! This happens after the body has been inlined and simplified, while each call still stands in one
//! place: what LLVM knows of `sin` or `pow` (`pow(x, 2.0)` is `x * x`) has been put to use in that
//! one place. From here on it sees functions of unknown names. It cannot simplify one copy of a loop
//! and not the other, such as the vectors' and the last iterations'; and all forms give the same
//! bits. So an element's bits do not tell where a piece of the loop ended.
//!
//! A call says which functions stand for it in vectors, in LLVM's notation for that: the attribute
//! `vector-function-abi-variant`. Only forms of functions that are called are declared.

use std::collections::HashMap;
use std::ffi::{CStr, CString};

use llvm_sys::core::*;
use llvm_sys::debuginfo::{LLVMInstructionGetDebugLoc, LLVMInstructionSetDebugLoc};
use llvm_sys::prelude::*;
use llvm_sys::{LLVMFastMathApproxFunc, LLVMLinkage, LLVMOpcode, LLVMTypeKind};
use shiver_llvm::Cpu;
use shiver_math::{Accuracy, Form, Function, Precision};

use crate::Error;
use crate::emit::Machine;
use crate::llvm::{self, Builder, Context, Module};
use crate::vectors::Vectors;

/// Replaces the calls in all functions of a module.
pub(crate) fn replace(
    context: &Context,
    module: &Module<'_>,
    cpu: &Cpu,
    machine: &Machine,
) -> Result<(), Error> {
    let mut calls = Vec::new();
    // SAFETY: the functions are the module's own.
    unsafe {
        for function in module.definitions() {
            if has(function, "strictfp") {
                continue; // it may ask for rounding that only libm can give
            }
            for block in llvm::blocks(function) {
                let instructions = llvm::instructions(block).into_iter();
                calls.extend(instructions.filter_map(|call| Some((call, called(call)?))));
            }
        }
    }
    if calls.is_empty() {
        return Ok(());
    }
    let vectors = Vectors::of(context, cpu, machine)?;
    let mut declarations =
        Declarations { context, module, vectors, functions: HashMap::new(), kept: Vec::new() };
    let builder = Builder::new(context);
    for (call, (function, precision)) in calls {
        // SAFETY: the call is live, computes that function, and is not looked at again.
        unsafe { declarations.replace(&builder, call, function, precision) };
    }
    declarations.keep();
    Ok(())
}

/// Takes out what is only there for the vectoriser, once it has run.
pub(crate) fn tidy(module: &Module<'_>) {
    // SAFETY: the list has no user, and a function is taken out where nothing else uses it.
    unsafe {
        for list in module.globals() {
            if llvm::name(list).as_bytes() == KEPT.to_bytes() {
                LLVMDeleteGlobal(list);
            }
        }
        for function in module.functions() {
            if llvm::name(function).starts_with(shiver_math::PREFIX)
                && LLVMGetFirstUse(function).is_null()
            {
                LLVMDeleteFunction(function);
            }
        }
    }
}

/// The attribute of a call that tells the forms of its function for vectors.
pub(crate) const VARIANTS: &str = "vector-function-abi-variant";

/// LLVM's list of what nothing may take out before the back end.
const KEPT: &CStr = c"llvm.compiler.used";

/// The function that an instruction computes, if it is one of the library's.
///
/// # Safety
///
/// `instruction` is live.
unsafe fn called(instruction: LLVMValueRef) -> Option<(&'static Function, Precision)> {
    // SAFETY: as the caller promises; each question is asked of what it is made for.
    unsafe {
        let result = precision(LLVMTypeOf(instruction))?;
        match LLVMGetInstructionOpcode(instruction) {
            LLVMOpcode::LLVMFRem => {
                let (function, _) = shiver_math::find("fmod").expect("it is there");
                Some((function, result))
            }
            LLVMOpcode::LLVMCall => {
                let callee = LLVMGetCalledValue(instruction);
                if LLVMIsAFunction(callee).is_null()
                    || LLVMIsDeclaration(callee) == 0
                    || says(instruction, "nobuiltin")
                    || says(instruction, "strictfp")
                {
                    return None;
                }
                let name = llvm::name(callee);
                let (function, precision) = match name.strip_prefix("llvm.") {
                    None => shiver_math::find(&name)?,
                    Some(name) => of_intrinsic(name)?,
                };
                let arguments = llvm::parameter_types(callee);
                let fits = precision == result
                    && arguments.len() == function.arguments
                    && arguments.iter().all(|&ty| self::precision(ty) == Some(precision));
                fits.then_some((function, precision))
            }
            _ => None,
        }
    }
}

/// The function that LLVM calls `llvm.` and this: `sin.f64`.
fn of_intrinsic(name: &str) -> Option<(&'static Function, Precision)> {
    let (name, precision) = match name.rsplit_once('.')? {
        (name, "f64") => (name, Precision::Double),
        (name, "f32") => (name, Precision::Single),
        _ => return None,
    };
    let (function, Precision::Double) = shiver_math::find(name)? else { return None };
    Some((function, precision))
}

fn precision(ty: LLVMTypeRef) -> Option<Precision> {
    // SAFETY: the type is of a live value.
    match unsafe { LLVMGetTypeKind(ty) } {
        LLVMTypeKind::LLVMFloatTypeKind => Some(Precision::Single),
        LLVMTypeKind::LLVMDoubleTypeKind => Some(Precision::Double),
        _ => None,
    }
}

/// What the call asks for: the fast form where it may be approximate.
///
/// # Safety
///
/// `call` is a live instruction that gives a number.
unsafe fn accuracy(call: LLVMValueRef) -> Accuracy {
    // SAFETY: as the caller promises; flags are asked of what may have them.
    unsafe {
        let approximate = LLVMCanValueUseFastMathFlags(call) != 0
            && LLVMGetFastMathFlags(call) & LLVMFastMathApproxFunc != 0;
        if approximate { Accuracy::FourUlp } else { Accuracy::OneUlp }
    }
}

/// Whether a function has an attribute, such as `strictfp`.
///
/// # Safety
///
/// `function` is a live function.
pub(crate) unsafe fn has(function: LLVMValueRef, attribute: &str) -> bool {
    let kind = llvm::attribute_kind(attribute);
    // SAFETY: as the caller promises.
    !unsafe { LLVMGetEnumAttributeAtIndex(function, llvm::ON_FUNCTION, kind) }.is_null()
}

/// Whether a call has one.
///
/// # Safety
///
/// `call` is a live call.
unsafe fn says(call: LLVMValueRef, attribute: &str) -> bool {
    let kind = llvm::attribute_kind(attribute);
    // SAFETY: as the caller promises.
    !unsafe { LLVMGetCallSiteEnumAttribute(call, llvm::ON_FUNCTION, kind) }.is_null()
}

/// The library's functions that a module declares.
struct Declarations<'m, 'c> {
    context: &'m Context,
    module: &'m Module<'c>,
    vectors: Vectors,
    /// By symbol.
    functions: HashMap<String, LLVMValueRef>,
    /// Those that nothing uses before the vectoriser does.
    kept: Vec<LLVMValueRef>,
}

impl Declarations<'_, '_> {
    /// Replaces one call.
    ///
    /// # Safety
    ///
    /// `call` is a live instruction of the module that computes `function`; it is erased.
    unsafe fn replace(
        &mut self,
        builder: &Builder,
        call: LLVMValueRef,
        function: &Function,
        precision: Precision,
    ) {
        // SAFETY: as the caller promises; the new call takes the same arguments and gives the same
        // type, and stands for the old one before that is erased.
        unsafe {
            let arithmetic = self.vectors.arithmetic;
            let accuracy = function.offered(accuracy(call), arithmetic);
            let scalar = Form { precision, lanes: 1, accuracy, arithmetic };
            let (callee, ty) = self.declare(function, scalar);
            let variants = self.variants(function, scalar);
            let mut arguments: Vec<_> =
                (0..function.arguments as u32).map(|k| LLVMGetOperand(call, k)).collect();
            LLVMPositionBuilderBefore(builder.raw(), call);
            let count = arguments.len() as u32;
            let arguments = arguments.as_mut_ptr();
            let new = LLVMBuildCall2(builder.raw(), ty, callee, arguments, count, c"".as_ptr());
            llvm::set_call_attribute(self.context, new, VARIANTS, &variants);
            LLVMInstructionSetDebugLoc(new, LLVMInstructionGetDebugLoc(call));
            LLVMReplaceAllUsesWith(call, new);
            LLVMInstructionEraseFromParent(call);
        }
    }

    /// Declares the vector forms of a function, and gives the list of them in LLVM's notation.
    fn variants(&mut self, function: &Function, scalar: Form) -> String {
        let symbol = function.symbol(scalar);
        let widths = scalar.arithmetic.widths().iter().rev();
        let most = self.vectors.bytes;
        let lanes = widths.filter(|&&bytes| bytes <= most).map(|b| b / scalar.precision.bytes());
        let variants = lanes.map(|lanes| {
            let form = Form { lanes, ..scalar };
            let vector = function.symbol(form);
            if !self.functions.contains_key(&vector) {
                let (value, _) = self.declare(function, form);
                self.kept.push(value);
            }
            // N: without a mask, which the functions need not have, since they may always be called.
            let parameters = "v".repeat(function.arguments);
            format!("_ZGV_LLVM_N{lanes}{parameters}_{symbol}({vector})")
        });
        variants.collect::<Vec<_>>().join(",")
    }

    /// The declaration of a form, and its type.
    fn declare(&mut self, function: &Function, form: Form) -> (LLVMValueRef, LLVMTypeRef) {
        let symbol = function.symbol(form);
        let context = self.context.raw();
        // SAFETY: types and function are made in the module's context.
        unsafe {
            let mut element = match form.precision {
                Precision::Single => LLVMFloatTypeInContext(context),
                Precision::Double => LLVMDoubleTypeInContext(context),
            };
            if form.lanes > 1 {
                element = LLVMVectorType(element, form.lanes as u32);
            }
            let mut parameters = vec![element; function.arguments];
            let count = parameters.len() as u32;
            let ty = LLVMFunctionType(element, parameters.as_mut_ptr(), count, 0);
            let value = *self.functions.entry(symbol).or_insert_with_key(|symbol| {
                let name = CString::new(symbol.as_str()).expect("no NUL");
                let value = LLVMAddFunction(self.module.raw(), name.as_ptr(), ty);
                // Without side effects, always back, and no trap whatever the arguments are: where
                // only some lanes of a vector need it, it may be called for all.
                for name in PROPERTIES {
                    let attribute = llvm::attribute(self.context, name);
                    LLVMAddAttributeAtIndex(value, llvm::ON_FUNCTION, attribute);
                }
                value
            });
            (value, ty)
        }
    }

    /// Keeps the vector forms from being taken out before anything uses them.
    fn keep(self) {
        let context = self.context.raw();
        // SAFETY: the module is valid, the functions are its own; a list that is there already is
        // read before it is replaced.
        unsafe {
            let mut kept = self.kept;
            let old = LLVMGetNamedGlobal(self.module.raw(), KEPT.as_ptr());
            if !old.is_null() {
                kept.extend(llvm::operands(LLVMGetInitializer(old)));
                LLVMDeleteGlobal(old);
            }
            let pointer = LLVMPointerTypeInContext(context, 0);
            let count = kept.len() as u64;
            let ty = LLVMArrayType2(pointer, count);
            let list = LLVMAddGlobal(self.module.raw(), ty, KEPT.as_ptr());
            LLVMSetInitializer(list, LLVMConstArray2(pointer, kept.as_mut_ptr(), count));
            LLVMSetLinkage(list, LLVMLinkage::LLVMAppendingLinkage);
            LLVMSetSection(list, c"llvm.metadata".as_ptr());
        }
    }
}

/// What holds of every function here. `memory`'s value is the set of what is read and written: none.
const PROPERTIES: [&str; 6] =
    ["memory", "nofree", "nosync", "nounwind", "speculatable", "willreturn"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intrinsics_have_the_names_of_their_functions() {
        let name =
            |name| of_intrinsic(name).map(|(function, precision)| (function.name, precision));
        assert_eq!(name("sin.f64"), Some(("sin", Precision::Double)));
        assert_eq!(name("exp10.f32"), Some(("exp10", Precision::Single)));
        assert_eq!(name("sin.v4f64"), None);
        assert_eq!(name("sqrt.f64"), None);
        assert_eq!(name("sinf.f32"), None);
    }
}
