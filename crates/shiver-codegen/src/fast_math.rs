//! Liberties with floating-point arithmetic, for code whose compiler took none.

use llvm_sys::core::*;
use llvm_sys::*;

use crate::Error;
use crate::compile::guarded;
use crate::llvm::{self, Context};

/// LLVM's names and its bits.
const FLAGS: [(&str, LLVMFastMathFlags); 7] = [
    ("reassoc", LLVMFastMathAllowReassoc),
    ("contract", LLVMFastMathAllowContract),
    ("arcp", LLVMFastMathAllowReciprocal),
    ("nsz", LLVMFastMathNoSignedZeros),
    ("nnan", LLVMFastMathNoNaNs),
    ("ninf", LLVMFastMathNoInfs),
    ("afn", LLVMFastMathApproxFunc),
];

/// The same bitcode, in which every floating-point operation has the named flags besides its own.
///
/// # Errors
///
/// [`Error::Parse`] for damaged bitcode; [`Error::Unsupported`] for a name that is none of LLVM's.
pub fn allow_fast_math(bitcode: &[u8], names: &[&str]) -> Result<Vec<u8>, Error> {
    let mut flags = 0;
    for name in names {
        let known = FLAGS.iter().find(|(known, _)| known == name);
        let (_, flag) = known.ok_or_else(|| Error::Unsupported {
            message: format!("there is no fast-math flag {name:?}"),
        })?;
        flags |= flag;
    }
    guarded(|| {
        let context = Context::new();
        let module = context.parse_bitcode(bitcode)?;
        // SAFETY: the functions are the module's own, and flags are set where there can be any.
        unsafe {
            let blocks = module.definitions().into_iter().flat_map(|f| llvm::blocks(f));
            for instruction in blocks.flat_map(|block| llvm::instructions(block)) {
                if LLVMCanValueUseFastMathFlags(instruction) != 0 {
                    let own = LLVMGetFastMathFlags(instruction);
                    LLVMSetFastMathFlags(instruction, own | flags);
                }
            }
        }
        Ok(module.bitcode())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, import, print_ir};

    #[test]
    fn every_operation_gets_the_flags_and_keeps_its_own() {
        let text = "declare double @llvm.sqrt.f64(double)\n\
            define double @f(double %x, double %y) {\n %a = fadd nsz double %x, %y\n\
            %b = call double @llvm.sqrt.f64(double %a)\n %c = fcmp olt double %b, %x\n\
            %d = select i1 %c, double %a, double %b\n ret double %d\n}";
        let bitcode = import(Input::Text(text), None, &[], &mut |_| ()).unwrap();
        let allowed = allow_fast_math(&bitcode, &["nnan", "afn"]).unwrap();
        let printed = print_ir(&allowed).unwrap();
        for line in ["fadd nnan nsz afn", "call nnan afn", "fcmp nnan afn", "select nnan afn"] {
            assert!(printed.contains(line), "{line} in {printed}");
        }
        let same = allow_fast_math(&bitcode, &[]).unwrap();
        assert_eq!(print_ir(&same), print_ir(&bitcode));
        let error = allow_fast_math(&bitcode, &["fast"]).unwrap_err();
        assert!(error.to_string().contains("\"fast\""));
    }
}
