//! Where code from outside was made: by which LLVM, and for which machine.

use std::ffi::{CStr, CString, c_char};

use llvm_sys::core::*;
use llvm_sys::target::LLVMByteOrdering::LLVMLittleEndian;
use llvm_sys::target::*;
use shiver_llvm::{Cpu, TRIPLE, VERSION};

use crate::Error;
use crate::emit::Machine;
use crate::llvm::{self, Context, Module};

unsafe extern "C" {
    /// `producer.h` tells it.
    fn shiver_producer(bitcode: *const c_char, length: usize) -> *mut c_char;
}

/// Refuses bitcode that a newer LLVM says it wrote. LLVM reads what older ones wrote, and of newer ones
/// whatever happens to look familiar.
pub(crate) fn refuse_newer(bitcode: &[u8]) -> Result<(), Error> {
    // SAFETY: the bytes are read during the call alone; the text that comes back, if one does, is ours.
    let producer =
        unsafe { llvm::take_message(shiver_producer(bitcode.as_ptr().cast(), bitcode.len())) };
    let Some(version) = producer.strip_prefix("LLVM") else { return Ok(()) };
    match (release(version), release(VERSION)) {
        (Some(theirs), Some(ours)) if theirs > ours => Err(Error::Unsupported {
            message: format!(
                "this bitcode was written by LLVM {version}, and Shiver's LLVM is {VERSION}, which \
                 reads bitcode of LLVM {ours} and of older releases: compile it with one of these"
            ),
        }),
        _ => Ok(()),
    }
}

/// Adds to an error in textual IR that a newer clang wrote it, where it says so. Text bears no version
/// of its own, and much of a newer LLVM's can be read.
pub(crate) fn name_writer(error: Error, text: &str) -> Error {
    const IDENT: &str = "clang version ";
    let written = text.find(IDENT).and_then(|at| release(&text[at + IDENT.len()..]));
    match (error, written, release(VERSION)) {
        (Error::Parse { message }, Some(theirs), Some(ours)) if theirs > ours => Error::Parse {
            message: format!(
                "{}\nIt was written by clang {theirs}, and Shiver's LLVM is {VERSION}: compile it \
                 with clang {ours} or an older one",
                message.trim_end()
            ),
        },
        (error, ..) => error,
    }
}

/// The first number of a version.
fn release(version: &str) -> Option<u32> {
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

/// Gives the module this machine's triple and data layout, if it was made for this machine or for
/// none in particular.
pub(crate) fn adopt(context: &Context, module: &Module<'_>) -> Result<(), Error> {
    // SAFETY: the strings are the module's own and are copied.
    let (triple, layout) = unsafe {
        let text = |raw| CStr::from_ptr(raw).to_string_lossy().into_owned();
        (text(LLVMGetTarget(module.raw())), text(LLVMGetDataLayoutStr(module.raw())))
    };
    if !is_ours(&triple) {
        return Err(Error::Unsupported {
            message: format!(
                "this code was made for {triple}, and this machine is {TRIPLE}: compile it with \
                 --target={TRIPLE}"
            ),
        });
    }
    let machine = Machine::of(Cpu::host())?;
    if !layout.is_empty()
        && let Some(difference) = difference(context, module, &layout)
    {
        return Err(Error::Unsupported {
            message: format!(
                "this code was laid out for another machine: {difference} (its data layout is \
                 {layout:?}); compile it for {TRIPLE}, or leave target datalayout out"
            ),
        });
    }
    let ours = CString::new(TRIPLE).expect("no NUL");
    // SAFETY: LLVM copies the triple.
    unsafe { LLVMSetTarget(module.raw(), ours.as_ptr()) };
    machine.set_layout(module);
    Ok(())
}

/// Whether a triple means this machine, or none in particular. Systems differ in how functions are
/// called, and code for a kernel or for none at all is called as Linux's is.
fn is_ours(triple: &str) -> bool {
    let mut parts = triple.split('-');
    let machine = parts.next().unwrap_or_default();
    if !matches!(machine, "" | "unknown" | "x86_64" | "amd64") {
        return false;
    }
    let named = |part: &str| !matches!(part, "" | "unknown" | "pc" | "none" | "elf");
    let system = parts.find(|part| named(part));
    // A vendor may stand before the system, as in x86_64-redhat-linux-gnu.
    let is_linux = |part: &str| part.starts_with("linux");
    system.is_none_or(|system| is_linux(system) || parts.next().is_some_and(is_linux))
}

/// Where a module's layout is another than this machine's. What old LLVMs left unsaid counts for
/// nothing, and neither does i128, which LLVM aligns to 16 bytes since 18.
fn difference(context: &Context, module: &Module<'_>, layout: &str) -> Option<String> {
    if let Some(mangling) = layout.split('-').find(|part| part.starts_with("m:") && *part != "m:e")
    {
        return Some(format!("symbols are written as {mangling} says, and here as m:e"));
    }
    // SAFETY: the layout is the module's own, and the types are made in its context.
    unsafe {
        let data = LLVMGetModuleDataLayout(module.raw());
        if LLVMByteOrder(data) != LLVMLittleEndian {
            return Some("numbers begin with their most significant byte".to_owned());
        }
        let size = LLVMPointerSize(data);
        if size != 8 {
            return Some(format!("a pointer has {size} bytes, and here 8"));
        }
        let raw = context.raw();
        let types = [
            ("a pointer", LLVMPointerTypeInContext(raw, 0), 8),
            ("int16", LLVMInt16TypeInContext(raw), 2),
            ("int32", LLVMInt32TypeInContext(raw), 4),
            ("int64", LLVMInt64TypeInContext(raw), 8),
            ("float", LLVMFloatTypeInContext(raw), 4),
            ("double", LLVMDoubleTypeInContext(raw), 8),
        ];
        types.into_iter().find_map(|(name, ty, ours)| {
            let theirs = LLVMABIAlignmentOfType(data, ty);
            (theirs != ours)
                .then(|| format!("{name} is aligned to {theirs} bytes, and here to {ours}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triples_that_mean_this_machine() {
        for ours in [
            "",
            "unknown-unknown-unknown",
            "x86_64",
            "x86_64-pc-linux-gnu",
            "x86_64-unknown-linux-gnu",
            "x86_64-unknown-linux-musl",
            "x86_64-linux-gnu",
            "x86_64-redhat-linux-gnu",
            "x86_64-unknown-none",
            "x86_64-pc-none-elf",
            "amd64-unknown-linux-gnu",
            "unknown",
        ] {
            assert!(is_ours(ours), "{ours:?}");
        }
        for foreign in [
            "aarch64-unknown-linux-gnu",
            "i686-pc-linux-gnu",
            "x86_64-pc-windows-msvc",
            "x86_64-apple-macosx14.0.0",
            "x86_64-unknown-freebsd",
            "wasm32-unknown-unknown",
            "nvptx64-nvidia-cuda",
            "powerpc64le-unknown-linux-gnu",
        ] {
            assert!(!is_ours(foreign), "{foreign:?}");
        }
    }

    #[test]
    fn releases_of_versions() {
        assert_eq!(release("22.1.2-rust-1.95.0-stable"), Some(22));
        assert_eq!(release("23.0.0git"), Some(23));
        assert_eq!(release("7"), Some(7));
        assert_eq!(release("_1_1500"), None);
    }

    #[test]
    fn only_errors_in_text_of_a_newer_clang_name_it() {
        let error = || Error::Parse { message: "expected type\n".to_owned() };
        let named = name_writer(error(), "!0 = !{!\"Debian clang version 99.1.0\"}").to_string();
        let end = format!(
            "expected type\nIt was written by clang 99, and Shiver's LLVM is {VERSION}: compile it \
             with clang {} or an older one",
            release(VERSION).unwrap()
        );
        assert!(named.ends_with(&end), "{named}");
        for text in ["!0 = !{!\"clang version 3.9\"}", "", "clang version "] {
            assert_eq!(name_writer(error(), text), error());
        }
    }
}
