//! Places for the code that has none, so that LLVM's remarks tell the nest's loops from the body's.
//!
//! LLVM's optimiser names a loop by the place that its instructions, or its metadata, bear. Those of
//! the body lie in a source, if the front end said so; the nest's own lie in none. So the nest gets a
//! file of its own, [`NEST`], and functions without places another, [`IR`], in which each instruction
//! is a line. Nothing of this is ever written out: the unit that the places belong to asks for no debug
//! information.

use std::ptr;

use llvm_sys::core::*;
use llvm_sys::debuginfo::*;
use llvm_sys::prelude::*;

use crate::llvm::{self, Context, Module};
use crate::remarks::Place;

/// The file of the nest's own loops.
pub const NEST: &str = "<nest>";

/// The file of functions that came without places.
pub const IR: &str = "<ir>";

/// Gives a place to every instruction of `nest` and of the functions that have none.
///
/// # Safety
///
/// `nest` is a live function of `module`, a module of `context`, into which nothing was inlined yet.
pub(crate) unsafe fn mark(context: &Context, module: &Module<'_>, nest: LLVMValueRef) {
    // SAFETY: as the caller promises; all values below are the module's own, and all metadata is made in
    // its context.
    unsafe {
        let marker = Marker::new(context, module);
        for function in module.definitions() {
            if function == nest {
                marker.mark(function, NEST, |_| 1);
                marker.mark_loops(function);
            } else if LLVMGetSubprogram(function).is_null() {
                marker.mark(function, IR, |k| k + 1);
            }
        }
    }
}

/// The place of an instruction, if it has one.
///
/// # Safety
///
/// `instruction` is live.
pub(crate) unsafe fn of(instruction: LLVMValueRef) -> Option<Place> {
    // SAFETY: as the caller promises; LLVM gives the name's start and length, or null without a place.
    unsafe {
        let mut length = 0;
        let start = LLVMGetDebugLocFilename(instruction, &mut length).cast::<u8>();
        if start.is_null() {
            return None;
        }
        let file = std::slice::from_raw_parts(start, length as usize);
        let file = String::from_utf8_lossy(file).into_owned();
        let (line, column) = (LLVMGetDebugLocLine(instruction), LLVMGetDebugLocColumn(instruction));
        Some(Place { file, line, column })
    }
}

/// The places of the loops of a body that are left in `nest`, as far as the front end told them.
///
/// # Safety
///
/// `nest` is a live function of `context`.
pub(crate) unsafe fn of_loops(context: &Context, nest: LLVMValueRef) -> Vec<Place> {
    let kind = llvm::metadata_kind(context, "llvm.loop");
    let mut places = Vec::new();
    // SAFETY: as the caller promises; operands are asked of nodes, and lines of places.
    unsafe {
        for block in llvm::blocks(nest) {
            let node = LLVMGetMetadata(LLVMGetBasicBlockTerminator(block), kind);
            if node.is_null() {
                continue;
            }
            let mut parts = vec![ptr::null_mut(); LLVMGetMDNodeNumOperands(node) as usize];
            LLVMGetMDNodeOperands(node, parts.as_mut_ptr());
            let first = parts.into_iter().filter(|part| !part.is_null()).find_map(|part| {
                let part = LLVMValueAsMetadata(part);
                let is_place = matches!(
                    LLVMGetMetadataKind(part),
                    LLVMMetadataKind::LLVMDILocationMetadataKind
                );
                is_place.then(|| of_location(part))
            });
            places.extend(first.filter(|place| place.file != NEST));
        }
    }
    places.sort();
    places.dedup();
    places
}

/// # Safety
///
/// `location` is a live place of LLVM's.
unsafe fn of_location(location: LLVMMetadataRef) -> Place {
    // SAFETY: as the caller promises; LLVM gives the name's start and length.
    unsafe {
        let file = LLVMDIScopeGetFile(LLVMDILocationGetScope(location));
        let mut length = 0;
        let start = LLVMDIFileGetFilename(file, &mut length).cast::<u8>();
        let name = std::slice::from_raw_parts(start, length as usize);
        Place {
            file: String::from_utf8_lossy(name).into_owned(),
            line: LLVMDILocationGetLine(location),
            column: LLVMDILocationGetColumn(location),
        }
    }
}

/// Makes places in one module.
struct Marker<'a> {
    context: &'a Context,
    builder: LLVMDIBuilderRef,
}

impl<'a> Marker<'a> {
    /// # Safety
    ///
    /// The marker goes before the module does.
    unsafe fn new(context: &'a Context, module: &Module<'_>) -> Marker<'a> {
        // SAFETY: as the caller promises; LLVM copies the texts.
        unsafe {
            let marker = Marker { context, builder: LLVMCreateDIBuilder(module.raw()) };
            LLVMDIBuilderCreateCompileUnit(
                marker.builder,
                LLVMDWARFSourceLanguage::LLVMDWARFSourceLanguageC,
                marker.file(NEST),
                ptr::null(),
                0,
                1,
                ptr::null(),
                0,
                0,
                ptr::null(),
                0,
                LLVMDWARFEmissionKind::LLVMDWARFEmissionKindNone,
                0,
                0,
                0,
                ptr::null(),
                0,
                ptr::null(),
                0,
            );
            marker
        }
    }

    /// # Safety
    ///
    /// The module is live.
    unsafe fn file(&self, name: &str) -> LLVMMetadataRef {
        // SAFETY: as the caller promises; LLVM copies the name.
        unsafe {
            LLVMDIBuilderCreateFile(self.builder, name.as_ptr().cast(), name.len(), ptr::null(), 0)
        }
    }

    /// Puts a function into `file`, and instruction `k` of it into line `line(k)`.
    ///
    /// # Safety
    ///
    /// `function` is a live function of the module.
    unsafe fn mark(&self, function: LLVMValueRef, file: &str, line: impl Fn(u32) -> u32) {
        // SAFETY: as the caller promises.
        unsafe {
            let file = self.file(file);
            let name = llvm::name(function);
            let none: *mut LLVMMetadataRef = ptr::null_mut();
            let ty = LLVMDIBuilderCreateSubroutineType(self.builder, file, none, 0, 0);
            let (text, length) = (name.as_ptr().cast(), name.len());
            let subprogram = LLVMDIBuilderCreateFunction(
                self.builder,
                file,
                text,
                length,
                text,
                length,
                file,
                1,
                ty,
                1,
                1,
                1,
                0,
                1,
            );
            LLVMSetSubprogram(function, subprogram);
            let instructions =
                llvm::blocks(function).into_iter().flat_map(|block| llvm::instructions(block));
            for (instruction, k) in instructions.zip(0..) {
                LLVMInstructionSetDebugLoc(instruction, self.place(subprogram, line(k)));
            }
        }
    }

    /// Puts the place of a function's loops into their metadata, where LLVM looks first.
    ///
    /// # Safety
    ///
    /// `function` is a live function that was marked; its loops' metadata has an operand to spare.
    unsafe fn mark_loops(&self, function: LLVMValueRef) {
        // SAFETY: as the caller promises.
        unsafe {
            let kind = llvm::metadata_kind(self.context, "llvm.loop");
            let place = self.place(LLVMGetSubprogram(function), 1);
            for block in llvm::blocks(function) {
                let node = LLVMGetMetadata(LLVMGetBasicBlockTerminator(block), kind);
                if !node.is_null() {
                    LLVMReplaceMDNodeOperandWith(node, 2, place);
                }
            }
        }
    }

    /// # Safety
    ///
    /// `scope` is a function's metadata.
    unsafe fn place(&self, scope: LLVMMetadataRef, line: u32) -> LLVMMetadataRef {
        let raw = self.context.raw();
        // SAFETY: as the caller promises.
        unsafe { LLVMDIBuilderCreateDebugLocation(raw, line, 0, scope, ptr::null_mut()) }
    }
}

impl Drop for Marker<'_> {
    fn drop(&mut self) {
        // SAFETY: this handle owns the builder, and the module is live.
        unsafe {
            LLVMDIBuilderFinalize(self.builder);
            LLVMDisposeDIBuilder(self.builder);
        }
    }
}
