//! LLVM, linked once.
//!
//! The build script finds LLVM's static archives and hands them to the linker; this file starts the
//! one target, tells what the CPU is (and, without LLVM, whether it is the same: [`fingerprint()`]), and keeps LLVM's last resort, which is to end the process, to a
//! thread ([`guarded`]). No type of LLVM leaves this crate: the rooms that talk to
//! LLVM depend on `llvm-sys` themselves.

mod fingerprint;
mod guard;

use std::ffi::CStr;
use std::sync::{Once, OnceLock};

use llvm_sys::core::LLVMDisposeMessage;
use llvm_sys::target_machine::{LLVMGetHostCPUFeatures, LLVMGetHostCPUName};

pub use fingerprint::fingerprint;
pub use guard::guarded;

/// LLVM's release, such as `"22.1.8"`.
pub const VERSION: &str = env!("SHIVER_LLVM_VERSION");

/// The target triple that everything is compiled for.
pub const TRIPLE: &str = "x86_64-pc-linux-gnu";

/// Starts LLVM's X86 target; the first call does the work, later ones cost a load.
pub fn initialize() {
    static ONCE: Once = Once::new();
    // SAFETY: these functions fill LLVM's table of targets; `Once` keeps them from running twice at
    // the same time, which is the only way to misuse them.
    ONCE.call_once(|| unsafe {
        llvm_sys::target::LLVMInitializeX86TargetInfo();
        llvm_sys::target::LLVMInitializeX86Target();
        llvm_sys::target::LLVMInitializeX86TargetMC();
        llvm_sys::target::LLVMInitializeX86AsmPrinter();
        llvm_sys::target::LLVMInitializeX86AsmParser();
    });
}

/// A CPU to compile for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cpu {
    /// LLVM's name for it, such as `"sapphirerapids"`.
    pub name: String,
    /// Its features beyond the name's, as LLVM writes them: `"+avx2,-avx512f"`.
    pub features: String,
}

impl Cpu {
    /// The CPU that this process runs on, with just the features it has.
    ///
    /// ```
    /// assert!(!shiver_llvm::Cpu::host().name.is_empty());
    /// ```
    pub fn host() -> &'static Cpu {
        static HOST: OnceLock<Cpu> = OnceLock::new();
        // SAFETY: both functions give a string that `take` copies and frees.
        HOST.get_or_init(|| unsafe {
            Cpu { name: take(LLVMGetHostCPUName()), features: take(LLVMGetHostCPUFeatures()) }
        })
    }

    /// A CPU by LLVM's name for it, with the features that the name stands for.
    pub fn named(name: &str) -> Cpu {
        Cpu { name: name.to_owned(), features: String::new() }
    }
}

/// Copies a string that LLVM allocated and frees it.
///
/// # Safety
///
/// `message` is a string that `LLVMDisposeMessage` may free, and nobody uses it afterwards.
unsafe fn take(message: *mut std::ffi::c_char) -> String {
    // SAFETY: the caller hands over a valid, NUL-terminated string of LLVM's.
    unsafe {
        let text = CStr::from_ptr(message).to_string_lossy().into_owned();
        LLVMDisposeMessage(message);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_known_and_the_target_starts_twice() {
        initialize();
        initialize();
        let host = Cpu::host();
        assert_ne!(host.name, "generic");
        assert!(host.features.contains("+sse2"), "{host:?}");
    }
}
