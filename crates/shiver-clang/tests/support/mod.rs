//! Reads bitcode back, through LLVM's C interface.

use std::ffi::{CStr, c_char};

use llvm_sys::analysis::{LLVMVerifierFailureAction, LLVMVerifyModule};
use llvm_sys::bit_reader::LLVMParseBitcodeInContext2;
use llvm_sys::core::{
    LLVMContextCreate, LLVMContextDispose, LLVMCreateMemoryBufferWithMemoryRangeCopy,
    LLVMDisposeMemoryBuffer, LLVMDisposeMessage, LLVMDisposeModule, LLVMPrintModuleToString,
};

/// The IR of a module that passes LLVM's verifier.
pub(crate) fn ir(bitcode: &[u8]) -> String {
    // SAFETY: each object is made by LLVM here, used while its owner lives, and freed once.
    unsafe {
        let context = LLVMContextCreate();
        let data = bitcode.as_ptr().cast::<c_char>();
        let buffer =
            LLVMCreateMemoryBufferWithMemoryRangeCopy(data, bitcode.len(), c"bitcode".as_ptr());
        let mut module = std::ptr::null_mut();
        assert_eq!(LLVMParseBitcodeInContext2(context, buffer, &mut module), 0, "not bitcode");
        LLVMDisposeMemoryBuffer(buffer);
        let mut message = std::ptr::null_mut();
        let action = LLVMVerifierFailureAction::LLVMReturnStatusAction;
        let broken = LLVMVerifyModule(module, action, &mut message);
        assert_eq!(broken, 0, "{}", CStr::from_ptr(message).to_string_lossy());
        LLVMDisposeMessage(message);
        let text = LLVMPrintModuleToString(module);
        let printed = CStr::from_ptr(text).to_string_lossy().into_owned();
        LLVMDisposeMessage(text);
        LLVMDisposeModule(module);
        LLVMContextDispose(context);
        printed
    }
}

/// The lines from `define … @name(` to the closing brace.
pub(crate) fn function<'a>(ir: &'a str, name: &str) -> &'a str {
    let call = format!("@{name}(");
    let quoted = format!("@\"{name}\"(");
    let start = ir.match_indices("define ").map(|(at, _)| at).find(|&at| {
        let line = ir[at..].lines().next().unwrap_or_default();
        line.contains(&call) || line.contains(&quoted)
    });
    let start = start.unwrap_or_else(|| panic!("no {name} in\n{ir}"));
    let length = ir[start..].find("\n}").expect("a function ends");
    &ir[start..start + length + 2]
}
