//! Divisions of integers by what is no constant.
//!
//! No CPU here divides vectors of integers, and LLVM leaves loops that divide alone. But all of them
//! divide vectors of floating-point numbers, and the quotient of integers below 2ᵐ, rounded to a number
//! with m bits or more behind its first, never reaches the next integer: it lies below that by at least
//! the divisor's reciprocal, which is more than half of its last place. So cut off, it is the quotient of
//! the integers. `float` will do for 16 bits, `double` for 32, and for those of 64 that are below 2⁵¹.
//!
//! Before LLVM's vectoriser runs, a division becomes a call of a function that has forms for vectors;
//! remainders become a division, a product and a difference. Afterwards, calls that are left divide as
//! before, and the forms for vectors are inlined. Where a divisor is 0, or a number too large, they let
//! the CPU divide one by one, so that it traps where it should. The bits are the same either way.
//!
//! 2026-11-23, one core of a Xeon with AMX, arrays in the second cache: 0.20 ns for a quotient of `short`,
//! 0.57 of `int` and 0.59 of `long`, against 1.6 to 1.7 for one by one.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::fmt::Write;

use llvm_sys::core::*;
use llvm_sys::debuginfo::{LLVMInstructionGetDebugLoc, LLVMInstructionSetDebugLoc};
use llvm_sys::prelude::*;
use llvm_sys::{LLVMLinkage, LLVMOpcode, LLVMTypeKind};
use shiver_llvm::Cpu;

use crate::emit::Machine;
use crate::llvm::{self, Builder, Context, Module};
use crate::vectors::Vectors;
use crate::{Error, mathematics, optimize};

/// What the names of the functions begin with. No source can have such names.
pub(crate) const PREFIX: &str = "shiver.divide.";

/// What holds of every division: `memory`'s value is the set of what is read and written. It may trap,
/// so it is not `speculatable`.
const PROPERTIES: [&str; 5] = ["memory", "nofree", "nosync", "nounwind", "willreturn"];

/// Runs after the calls were inlined.
const EXPAND: &str = "always-inline,function(div-rem-pairs,simplifycfg),globaldce";

/// A way to divide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    signed: bool,
    /// The integers' bits: 32 or 64.
    bits: u32,
    /// Whether both are known to have 16 bits at most, with their sign or without.
    short: bool,
}

impl Kind {
    const ALL: [Kind; 5] = [
        Kind { signed: true, bits: 32, short: true },
        Kind { signed: true, bits: 32, short: false },
        Kind { signed: false, bits: 32, short: false },
        Kind { signed: true, bits: 64, short: false },
        Kind { signed: false, bits: 64, short: false },
    ];

    fn symbol(self) -> String {
        let sign = if self.signed { 's' } else { 'u' };
        let short = if self.short { ".short" } else { "" };
        format!("{PREFIX}{sign}{}{short}", self.bits)
    }

    /// How many pairs are divided at once: what fills vectors of `bytes` and, where integers are narrower
    /// than the numbers that they become, of half of them.
    fn lanes(self, bytes: usize) -> impl Iterator<Item = usize> {
        let number = if self.short { 4 } else { 8 };
        let most = bytes / (self.bits as usize / 8).min(number);
        [4, 8, 16, 32].into_iter().filter(move |&lanes| lanes <= most)
    }

    /// The form for so many lanes, as textual IR.
    fn definition(self, lanes: usize) -> String {
        let symbol = self.symbol();
        let (bits, number) = (self.bits, if self.short { "float" } else { "double" });
        let ints = format!("<{lanes} x i{bits}>");
        let numbers = format!("<{lanes} x {number}>");
        let flags = format!("<{lanes} x i1>");
        let mut text = format!(
            "define {ints} @{symbol}x{lanes}({ints} %a, {ints} %b, {flags} %mask) alwaysinline {{\n\
             %d = select {flags} %mask, {ints} %b, {ints} splat (i{bits} 1)\n\
             %zero = icmp eq {ints} %d, zeroinitializer\n"
        );
        let mut odd = "%zero";
        let mut line = |line: String| writeln!(text, "{line}").expect("a String takes everything");
        if bits == 64 {
            for name in ["a", "d"] {
                let value = if self.signed {
                    line(format!("%{name}.up = add {ints} %{name}, splat (i64 {})", 1u64 << 51));
                    format!("%{name}.up")
                } else {
                    format!("%{name}")
                };
                let limit = 1u64 << if self.signed { 52 } else { 51 };
                line(format!("%{name}.far = icmp uge {ints} {value}, splat (i64 {limit})"));
            }
            line(format!("%far = or {flags} %a.far, %d.far"));
            line(format!("%odd = or {flags} %zero, %far"));
            odd = "%odd";
        } else if self.signed && !self.short {
            // The least number by -1 is too large for the type; the CPU traps.
            line(format!("%least = icmp eq {ints} %a, splat (i32 {})", i32::MIN));
            line(format!("%minus = icmp eq {ints} %d, splat (i32 -1)"));
            line(format!("%over = and {flags} %least, %minus"));
            line(format!("%odd = or {flags} %zero, %over"));
            odd = "%odd";
        }
        let sign = if self.signed { "s" } else { "u" };
        line(format!(
            "%word = bitcast {flags} {odd} to i{lanes}\n\
             %any = icmp ne i{lanes} %word, 0\n\
             br i1 %any, label %slow, label %fast, !prof !0\n\
             slow:\n%one.by.one = {sign}div {ints} %a, %d\nbr label %done\nfast:"
        ));
        if bits == 64 {
            // Added to this, a small integer is the last bits of a number between 2⁵² and 2⁵³.
            const BIG: u64 = 0x4338_0000_0000_0000;
            for name in ["a", "d"] {
                line(format!(
                    "%{name}.bits = add {ints} %{name}, splat (i64 {BIG})\n\
                     %{name}.big = bitcast {ints} %{name}.bits to {numbers}\n\
                     %{name}.number = fsub {numbers} %{name}.big, splat (double 0x{BIG:X})"
                ));
            }
            line(format!(
                "%q = fdiv {numbers} %a.number, %d.number\n\
                 %cut = call {numbers} @llvm.trunc.v{lanes}f64({numbers} %q)\n\
                 %up = fadd {numbers} %cut, splat (double 0x{BIG:X})\n\
                 %up.bits = bitcast {numbers} %up to {ints}\n\
                 %quick = sub {ints} %up.bits, splat (i64 {BIG})"
            ));
        } else {
            line(format!(
                "%x = {sign}itofp {ints} %a to {numbers}\n\
                 %y = {sign}itofp {ints} %d to {numbers}\n\
                 %q = fdiv {numbers} %x, %y\n\
                 %quick = fpto{sign}i {numbers} %q to {ints}"
            ));
        }
        text + &format!(
            "br label %done\ndone:\n\
             %result = phi {ints} [ %one.by.one, %slow ], [ %quick, %fast ]\nret {ints} %result\n}}\n"
        )
    }
}

/// Replaces the divisions in all functions of a module, where vectors can divide; tells whether there
/// are any.
pub(crate) fn replace(
    context: &Context,
    module: &Module<'_>,
    cpu: &Cpu,
    machine: &Machine,
) -> Result<bool, Error> {
    // SAFETY: the functions are the module's own.
    let found: Vec<_> = unsafe {
        let functions = module.definitions().into_iter();
        // Another rounding may reach the next integer.
        let functions = functions.filter(|&f| !mathematics::has(f, "strictfp"));
        let blocks = functions.flat_map(|function| llvm::blocks(function));
        let instructions = blocks.flat_map(|block| llvm::instructions(block));
        instructions.filter_map(|i| Some((i, divides(i)?))).collect()
    };
    if found.is_empty() {
        return Ok(false);
    }
    let bytes = Vectors::of(context, cpu, machine)?.bytes;
    if bytes < 32 {
        return Ok(false);
    }
    let kinds: BTreeSet<Kind> = found.iter().map(|&(_, kind)| kind).collect();
    define(context, module, machine, &kinds, bytes)?;
    let builder = Builder::new(context);
    for (instruction, kind) in found {
        // SAFETY: the instruction is live, divides so, and is not looked at again.
        unsafe { replace_one(context, module, &builder, instruction, kind, bytes) };
    }
    Ok(true)
}

/// How an instruction divides integers, if it does and LLVM knows no better way.
///
/// # Safety
///
/// `instruction` is live.
unsafe fn divides(instruction: LLVMValueRef) -> Option<Kind> {
    use LLVMOpcode::*;
    // SAFETY: as the caller promises; operands are asked of what has two.
    unsafe {
        let signed = match LLVMGetInstructionOpcode(instruction) {
            LLVMSDiv | LLVMSRem => true,
            LLVMUDiv | LLVMURem => false,
            _ => return None,
        };
        let ty = LLVMTypeOf(instruction);
        if LLVMGetTypeKind(ty) != LLVMTypeKind::LLVMIntegerTypeKind {
            return None;
        }
        let (a, b) = (LLVMGetOperand(instruction, 0), LLVMGetOperand(instruction, 1));
        if LLVMIsConstant(b) != 0 {
            return None;
        }
        match LLVMGetIntTypeWidth(ty) {
            8 | 16 => Some(Kind { signed: true, bits: 32, short: true }),
            32 if is_short(a) && is_short(b) => Some(Kind { signed: true, bits: 32, short: true }),
            bits @ (32 | 64) => Some(Kind { signed, bits, short: false }),
            _ => None,
        }
    }
}

/// Whether an integer is known to have 16 bits at most, with its sign or without.
///
/// # Safety
///
/// `value` is a live integer of 64 bits at most.
unsafe fn is_short(value: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        if !LLVMIsAConstantInt(value).is_null() {
            return (-0x8000..=0xffff).contains(&LLVMConstIntGetSExtValue(value));
        }
        let extends = !LLVMIsASExtInst(value).is_null() || !LLVMIsAZExtInst(value).is_null();
        extends && LLVMGetIntTypeWidth(LLVMTypeOf(LLVMGetOperand(value, 0))) <= 16
    }
}

/// Defines the forms for vectors, which are visible so that they stay.
fn define(
    context: &Context,
    module: &Module<'_>,
    machine: &Machine,
    kinds: &BTreeSet<Kind>,
    bytes: usize,
) -> Result<(), Error> {
    let mut text = String::from("!0 = !{!\"branch_weights\", i32 1, i32 1048575}\n");
    for lanes in [4, 8, 16] {
        let numbers = format!("<{lanes} x double>");
        writeln!(text, "declare {numbers} @llvm.trunc.v{lanes}f64({numbers})").expect("a String");
    }
    for kind in kinds {
        text.extend(kind.lanes(bytes).map(|lanes| kind.definition(lanes)));
    }
    let forms = context.parse_text(&text)?;
    machine.set_layout(&forms);
    module.link(context, forms)
}

/// # Safety
///
/// As for [`divides`], which has given `kind`; the instruction is erased.
unsafe fn replace_one(
    context: &Context,
    module: &Module<'_>,
    builder: &Builder,
    instruction: LLVMValueRef,
    kind: Kind,
    bytes: usize,
) {
    use LLVMOpcode::*;
    let b = builder.raw();
    let none = c"".as_ptr();
    // SAFETY: as the caller promises; what replaces the instruction has its type.
    unsafe {
        let opcode = LLVMGetInstructionOpcode(instruction);
        let place = LLVMInstructionGetDebugLoc(instruction);
        let ty = LLVMTypeOf(instruction);
        let wide = LLVMIntTypeInContext(context.raw(), kind.bits);
        LLVMPositionBuilderBefore(b, instruction);
        let widened = |k| {
            let value = LLVMGetOperand(instruction, k);
            if ty == wide {
                value
            } else if matches!(opcode, LLVMSDiv | LLVMSRem) {
                LLVMBuildSExt(b, value, wide, none)
            } else {
                LLVMBuildZExt(b, value, wide, none)
            }
        };
        let (dividend, divisor) = (widened(0), widened(1));
        let symbol = kind.symbol();
        let function = module.function(&symbol).unwrap_or_else(|| declare(context, module, kind));
        let function_type = LLVMGlobalGetValueType(function);
        let mut arguments = [dividend, divisor];
        let call = LLVMBuildCall2(b, function_type, function, arguments.as_mut_ptr(), 2, none);
        LLVMInstructionSetDebugLoc(call, place);
        // M: with a mask, which says for which lanes there is a division at all.
        let forms = kind.lanes(bytes).map(|n| format!("_ZGV_LLVM_M{n}vv_{symbol}({symbol}x{n})"));
        let forms = forms.collect::<Vec<_>>().join(",");
        llvm::set_call_attribute(context, call, "vector-function-abi-variant", &forms);
        let mut result = call;
        if matches!(opcode, LLVMSRem | LLVMURem) {
            let product = LLVMBuildMul(b, call, divisor, none);
            result = LLVMBuildSub(b, dividend, product, none);
        }
        if ty != wide {
            result = LLVMBuildTrunc(b, result, ty, none);
        }
        LLVMReplaceAllUsesWith(instruction, result);
        LLVMInstructionEraseFromParent(instruction);
    }
}

/// Declares the function of one pair.
fn declare(context: &Context, module: &Module<'_>, kind: Kind) -> LLVMValueRef {
    let name = CString::new(kind.symbol()).expect("no NUL");
    // SAFETY: type and function are made in the module's context.
    unsafe {
        let ty = LLVMIntTypeInContext(context.raw(), kind.bits);
        let function_type = LLVMFunctionType(ty, [ty, ty].as_mut_ptr(), 2, 0);
        let function = LLVMAddFunction(module.raw(), name.as_ptr(), function_type);
        for name in PROPERTIES {
            let attribute = llvm::attribute(context, name);
            LLVMAddAttributeAtIndex(function, llvm::ON_FUNCTION, attribute);
        }
        function
    }
}

/// Makes divisions of the calls, once the vectoriser has run.
pub(crate) fn expand(
    context: &Context,
    module: &Module<'_>,
    machine: &Machine,
) -> Result<(), Error> {
    let builder = Builder::new(context);
    for kind in Kind::ALL {
        let Some(function) = module.function(&kind.symbol()) else { continue };
        // SAFETY: the function is the module's own, and only called.
        unsafe {
            for call in llvm::users(function) {
                LLVMPositionBuilderBefore(builder.raw(), call);
                let (a, b) = (LLVMGetOperand(call, 0), LLVMGetOperand(call, 1));
                let name = c"".as_ptr();
                let quotient = if kind.signed {
                    LLVMBuildSDiv(builder.raw(), a, b, name)
                } else {
                    LLVMBuildUDiv(builder.raw(), a, b, name)
                };
                LLVMReplaceAllUsesWith(call, quotient);
                LLVMInstructionEraseFromParent(call);
            }
            LLVMDeleteFunction(function);
        }
    }
    for function in module.definitions() {
        // SAFETY: as above.
        unsafe {
            if llvm::name(function).starts_with(PREFIX) {
                LLVMSetLinkage(function, LLVMLinkage::LLVMInternalLinkage);
            }
        }
    }
    optimize::run(module, EXPAND, Some(machine))
}
