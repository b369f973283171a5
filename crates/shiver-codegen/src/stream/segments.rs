//! The loop over segments, and the function that ends them: see [`crate::stream`].

use llvm_sys::LLVMIntPredicate;
use llvm_sys::core::*;
use llvm_sys::prelude::*;

use crate::llvm::{self, Builder, Context, Module};
use crate::shape::SEGMENT_SYMBOL;
use crate::writer::Writer;

/// How blocks are named in which a segment begins.
pub(super) const BLOCK: &str = "segment.";

/// A loop over segments, as far as it is written before the innermost loop.
pub(crate) struct Segments {
    block: LLVMBasicBlockRef,
    end: LLVMValueRef,
    pub(crate) from: LLVMValueRef,
    pub(crate) to: LLVMValueRef,
}

impl Segments {
    /// Opens it: the builder stands behind the call of `segment` afterwards.
    ///
    /// # Safety
    ///
    /// The builder stands in a block of the writer's function, and the values are of that function.
    pub(crate) unsafe fn open(
        writer: &Writer<'_>,
        module: &Module<'_>,
        begin: LLVMValueRef,
        end: LLVMValueRef,
    ) -> Segments {
        let b = writer.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let before = LLVMGetInsertBlock(b);
            let block = writer.block(BLOCK);
            LLVMBuildBr(b, block);
            LLVMPositionBuilderAtEnd(b, block);
            let from = LLVMBuildPhi(b, writer.i64, c"from".as_ptr());
            LLVMAddIncoming(from, &mut { begin }, &mut { before }, 1);
            let to = call(writer.context, module, &writer.builder, &mut [from, end]);
            Segments { block, end, from, to }
        }
    }

    /// Closes it: the builder stands behind it afterwards.
    ///
    /// # Safety
    ///
    /// As for [`Segments::open`].
    pub(crate) unsafe fn close(&self, writer: &Writer<'_>, metadata: LLVMValueRef) {
        let b = writer.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let less = LLVMIntPredicate::LLVMIntULT;
            let more = LLVMBuildICmp(b, less, self.to, self.end, c"more".as_ptr());
            let latch = LLVMGetInsertBlock(b);
            let after = writer.block("done");
            let branch = LLVMBuildCondBr(b, more, self.block, after);
            LLVMSetMetadata(branch, llvm::metadata_kind(writer.context, "llvm.loop"), metadata);
            LLVMAddIncoming(self.from, &mut { self.to }, &mut { latch }, 1);
            LLVMPositionBuilderAtEnd(b, after);
        }
    }
}

/// Builds a call of `segment`, which is declared anew for these arguments.
///
/// # Safety
///
/// The builder stands in a block of a function of `module`, and the arguments are of that function.
pub(super) unsafe fn call(
    context: &Context,
    module: &Module<'_>,
    builder: &Builder,
    arguments: &mut [LLVMValueRef],
) -> LLVMValueRef {
    // SAFETY: as the caller promises.
    unsafe {
        let mut types: Vec<_> = arguments.iter().map(|&value| LLVMTypeOf(value)).collect();
        let word = LLVMInt64TypeInContext(context.raw());
        let ty = LLVMFunctionType(word, types.as_mut_ptr(), types.len() as u32, 0);
        let function = LLVMAddFunction(module.raw(), c"".as_ptr(), ty);
        llvm::set_name(function, SEGMENT_SYMBOL);
        let memory = llvm::attribute_kind("memory");
        let touches_none = LLVMCreateEnumAttribute(context.raw(), memory, 0);
        LLVMAddAttributeAtIndex(function, llvm::ON_FUNCTION, touches_none);
        for name in ["nounwind", "willreturn", "nosync", "nofree"] {
            let attribute = llvm::attribute(context, name);
            LLVMAddAttributeAtIndex(function, llvm::ON_FUNCTION, attribute);
        }
        let count = arguments.len() as u32;
        LLVMBuildCall2(builder.raw(), ty, function, arguments.as_mut_ptr(), count, c"to".as_ptr())
    }
}
