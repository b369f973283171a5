//! Written arrays that go past the caches.
//!
//! A store that fills a line of memory for good need not read the line first, nor keep it. CPUs have
//! stores that do neither, *non-temporal* ones; they are of use for whole vectors only, which must be
//! aligned. So in a streaming nest the innermost loop runs in *segments*:
//!
//! ```c
//! do {
//!     to = segment(from, end, &y[from]);   // short until y[from] begins a line; then all the rest
//!     for (t = from; …; t++) y[t] = …;
//! } while ((from = to) < end);
//! ```
//!
//! A short segment has fewer iterations than a vector has elements, so the vectors of the loop are
//! left to segments that begin with a line, and *in those* their stores are aligned. No iteration is
//! compiled twice: an element's bits are the same with streaming and without, and wherever a piece
//! was cut.
//!
//! What `segment` is, LLVM's optimiser must not know, or it would look through all this. It sees a
//! function without a body. When it is done,
//!
//! * `alignment-from-assumptions` tells which stores are aligned if the addresses given to `segment`
//!   are. Those of vectors become non-temporal; what the pass said of any others is taken back, since
//!   it holds in no short segment. A store of a vector can run in none: each iteration writes
//!   [`Streaming::stride`] bytes of the array, at most half a vector;
//! * `segment` becomes arithmetic;
//! * the nest gets a fence at its end, since a worker says that a piece is done by a plain store,
//!   which non-temporal ones need not come before.
//!
//! Which arrays these can be is found before the optimiser runs: those that are written in rows
//! without gaps and not read through the same pointer, in a body that cannot synchronise and whose
//! every access goes through a pointer of the frame. What only the run can tell, whether arrays
//! overlap for one, goes into the object as [`Streams`].

mod finder;
mod segments;

use std::collections::HashMap;

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::target::{LLVMABISizeOfType, LLVMGetModuleDataLayout, LLVMTargetDataRef};
use llvm_sys::{LLVMIntPredicate, LLVMLinkage, LLVMOpcode, LLVMTypeKind};

use crate::address::Address;
use crate::emit::Machine;
use crate::llvm::{self, Builder, Context, Module};
use crate::shape::{SEGMENT_SYMBOL, STREAMS_SYMBOL};
use crate::streams::Streams;
use crate::writer::EMPTY;
use crate::{Error, optimize};

use finder::Finder;
pub(crate) use segments::Segments;

/// The bytes of a line of the caches.
const LINE: u64 = 64;

/// A nest in which some arrays are going to be streamed.
pub(crate) struct Streaming {
    nest: LLVMValueRef,
    /// Bytes of each array per iteration.
    stride: u64,
    streams: Streams,
}

impl Streaming {
    /// Finds what can be streamed, and tells `segment` its addresses. The body has been inlined, and
    /// its accesses have been declared independent.
    ///
    /// # Safety
    ///
    /// `nest` is a live nest of `module` around a body with that many indices, the last of which runs
    /// in [`Segments`]; `access_kind` is the kind of metadata of an access group.
    pub(crate) unsafe fn find(
        context: &Context,
        module: &Module<'_>,
        nest: LLVMValueRef,
        indices: usize,
        access_kind: u32,
        vector: u64,
        wanted: u8,
    ) -> Option<Streaming> {
        // SAFETY: as the caller promises.
        unsafe {
            let finder = Finder::new(module, nest, indices, access_kind)?;
            let (groups, others) = finder.accesses()?;
            // Arrays of one stride alone can be sure to be aligned in the same iteration.
            let usable = |k: usize| wanted >> k & 1 == 1 && groups[k].stride <= vector / 2;
            let of_stride = |stride| {
                let set = (0..groups.len()).filter(|&k| usable(k) && groups[k].stride == stride);
                set.collect::<Vec<_>>()
            };
            let strides = [1, 2, 4, 8, 16, 32].map(|stride| (stride, of_stride(stride)));
            let (stride, chosen) = strides
                .into_iter()
                .filter(|(_, set)| !set.is_empty())
                .max_by_key(|(stride, set)| stride * set.len() as u64)?;

            let [old] = llvm::users(module.function(SEGMENT_SYMBOL)?)[..] else { return None };
            let builder = Builder::new(context);
            // At the end of its block: addresses are made of values that follow the old call.
            LLVMPositionBuilderBefore(builder.raw(), LLVMGetBasicBlockTerminator(finder.segment));
            let mut arguments = vec![LLVMGetOperand(old, 0), LLVMGetOperand(old, 1)];
            let mut before_loop = HashMap::new();
            for &k in &chosen {
                let first = finder.before_loop(&builder, groups[k].first, &mut before_loop)?;
                arguments.push(first);
            }
            let function = LLVMGetCalledValue(old);
            llvm::set_name(function, "");
            let new = segments::call(context, module, &builder, &mut arguments);
            LLVMReplaceAllUsesWith(old, new);
            LLVMInstructionEraseFromParent(old);
            LLVMDeleteFunction(function);

            let streamed = chosen.iter().fold(0, |bits, k| bits | 1 << k);
            let written = groups.into_iter().map(|group| group.access).collect();
            let streams = Streams { streamed, written, others };
            Some(Streaming { nest, stride, streams })
        }
    }

    /// Makes the stores non-temporal once the optimiser is done; false, where it left none that can
    /// be.
    pub(crate) fn apply(
        self,
        context: &Context,
        module: &Module<'_>,
        machine: &Machine,
    ) -> Result<bool, Error> {
        // SAFETY: the nest has external linkage, so no pass removed it, and all values below are its
        // own.
        unsafe {
            let function = module.function(SEGMENT_SYMBOL).expect("the loop ends where it says");
            let calls = llvm::users(function);
            let Some(vector) = self.mark(context, module, machine, &calls)? else {
                return Ok(false);
            };
            for &call in &calls {
                self.expand(context, call, vector);
            }
            LLVMDeleteFunction(function);
            self.fence(context, module);
            self.tell(context, module);
        }
        Ok(true)
    }

    /// Marks the stores that are aligned wherever the addresses that the calls of `segment` have are.
    /// Gives the bytes of the shortest of them, if there are any.
    ///
    /// # Safety
    ///
    /// The nest is live, and so are the calls, which are all that it has.
    unsafe fn mark(
        &self,
        context: &Context,
        module: &Module<'_>,
        machine: &Machine,
        calls: &[LLVMValueRef],
    ) -> Result<Option<u64>, Error> {
        // SAFETY: as the caller promises; alignments are asked of loads and stores.
        unsafe {
            let is = |i, opcode| LLVMGetInstructionOpcode(i) == opcode;
            let all: Vec<_> = llvm::blocks(self.nest)
                .into_iter()
                .flat_map(|block| llvm::instructions(block).into_iter().map(move |i| (block, i)))
                .collect();
            // The pass would change alignments of these, too, and they could not be given back.
            if all.iter().any(|&(_, i)| is(i, LLVMOpcode::LLVMCall) && copies_or_fills(i)) {
                return Ok(None);
            }
            let accesses: Vec<_> = all
                .into_iter()
                .filter(|&(_, i)| is(i, LLVMOpcode::LLVMLoad) || is(i, LLVMOpcode::LLVMStore))
                .map(|(block, access)| (block, access, LLVMGetAlignment(access)))
                .collect();

            let mut assumptions = Vec::new();
            for &call in calls {
                let count = LLVMGetNumArgOperands(call);
                let addresses = (2..count).map(|k| LLVMGetOperand(call, k));
                assumptions
                    .extend(addresses.flat_map(|a| assume_aligned(context, module, call, a)));
            }
            optimize::run(module, "function(alignment-from-assumptions)", Some(machine))?;
            for assumption in assumptions {
                LLVMInstructionEraseFromParent(assumption);
            }

            let kind = llvm::metadata_kind(context, "nontemporal");
            let one = LLVMConstInt(LLVMInt32TypeInContext(context.raw()), 1, 0);
            let mut parts = [LLVMValueAsMetadata(one)];
            let node = LLVMMDNodeInContext2(context.raw(), parts.as_mut_ptr(), 1);
            let node = LLVMMetadataAsValue(context.raw(), node);
            let layout = LLVMGetModuleDataLayout(module.raw());
            let mut shortest: Option<u64> = None;
            for (block, access, before) in accesses {
                let now = u64::from(LLVMGetAlignment(access));
                let name = llvm::name(LLVMBasicBlockAsValue(block));
                // In the loop for the rest, which does not fill lines, nothing would be won.
                let vector = self.vector_of(access, layout).filter(|bytes| {
                    let aligned = *bytes.min(&LINE);
                    u64::from(before) < aligned && aligned <= now && !name.starts_with("vec.epilog")
                });
                let Some(bytes) = vector else {
                    LLVMSetAlignment(access, before);
                    continue;
                };
                LLVMSetMetadata(access, kind, node);
                shortest = Some(shortest.map_or(bytes, |shortest| shortest.min(bytes)));
            }
            Ok(shortest)
        }
    }

    /// The bytes that an access writes, if it is a store of a vector that takes more than one
    /// iteration and that can be non-temporal.
    ///
    /// # Safety
    ///
    /// `access` is a live load or store.
    unsafe fn vector_of(&self, access: LLVMValueRef, layout: LLVMTargetDataRef) -> Option<u64> {
        /// The shortest vector that the CPU has such stores for.
        const SHORTEST: u64 = 16;
        // SAFETY: as the caller promises.
        unsafe {
            if LLVMGetInstructionOpcode(access) != LLVMOpcode::LLVMStore {
                return None;
            }
            let ty = LLVMTypeOf(LLVMGetOperand(access, 0));
            let is_vector = LLVMGetTypeKind(ty) == LLVMTypeKind::LLVMVectorTypeKind;
            let bytes = LLVMABISizeOfType(layout, ty);
            let fits = bytes >= SHORTEST.max(2 * self.stride) && bytes.is_power_of_two();
            (is_vector && fits).then_some(bytes)
        }
    }

    /// Replaces a call of `segment`, which gives the end of the segment that begins at `from`: `end`
    /// where all addresses begin a line; else fewer iterations than a vector of so many bytes takes, up
    /// to where they do.
    ///
    /// # Safety
    ///
    /// `call` is a live call of `segment`.
    unsafe fn expand(&self, context: &Context, call: LLVMValueRef, vector: u64) {
        let builder = Builder::new(context);
        let b = builder.raw();
        let name = EMPTY.as_ptr();
        // SAFETY: as the caller promises.
        unsafe {
            LLVMPositionBuilderBefore(b, call);
            let word = LLVMInt64TypeInContext(context.raw());
            let number = |value| LLVMConstInt(word, value, 0);
            let less = |x, y| LLVMBuildICmp(b, LLVMIntPredicate::LLVMIntULT, x, y, name);
            let least = |x, y| LLVMBuildSelect(b, less(x, y), x, y, name);
            let (from, end) = (LLVMGetOperand(call, 0), LLVMGetOperand(call, 1));
            let addresses: Vec<_> = (2..LLVMGetNumArgOperands(call))
                .map(|k| LLVMBuildPtrToInt(b, LLVMGetOperand(call, k), word, name))
                .collect();
            let any =
                addresses.iter().skip(1).fold(addresses[0], |any, &a| LLVMBuildOr(b, any, a, name));
            let offset = LLVMBuildAnd(b, any, number(LINE - 1), name);
            let aligned = LLVMBuildICmp(
                b,
                LLVMIntPredicate::LLVMIntEQ,
                offset,
                number(0),
                c"aligned".as_ptr(),
            );
            // Up to the next line of the first array; where none can be reached in whole iterations,
            // or another array has its lines elsewhere, it is short segments to the end.
            let longest = number(vector / self.stride - 1);
            let back = LLVMBuildNeg(b, addresses[0], name);
            let back = LLVMBuildAnd(b, back, number(LINE - 1), name);
            let shift = number(u64::from(self.stride.trailing_zeros()));
            let trips = LLVMBuildLShr(b, back, shift, name);
            let some = LLVMBuildSelect(b, less(trips, number(1)), longest, trips, name);
            let short = least(some, longest);
            let short = LLVMBuildAdd(b, from, short, name);
            let short = least(short, end);
            let to = LLVMBuildSelect(b, aligned, end, short, c"to".as_ptr());
            LLVMReplaceAllUsesWith(call, to);
            LLVMInstructionEraseFromParent(call);
        }
    }

    /// Puts a fence before every return.
    ///
    /// # Safety
    ///
    /// The nest is live.
    unsafe fn fence(&self, context: &Context, module: &Module<'_>) {
        let builder = Builder::new(context);
        // SAFETY: as the caller promises; every block has a terminator.
        unsafe {
            let (ty, fence) = intrinsic(context, module, "llvm.x86.sse.sfence");
            for block in llvm::blocks(self.nest) {
                let end = LLVMGetBasicBlockTerminator(block);
                if LLVMGetInstructionOpcode(end) == LLVMOpcode::LLVMRet {
                    LLVMPositionBuilderBefore(builder.raw(), end);
                    let none = std::ptr::null_mut();
                    LLVMBuildCall2(builder.raw(), ty, fence, none, 0, EMPTY.as_ptr());
                }
            }
        }
    }

    /// Puts what the nest tells of its accesses into the object.
    ///
    /// # Safety
    ///
    /// The module is live.
    unsafe fn tell(&self, context: &Context, module: &Module<'_>) {
        let text = self.streams.to_string();
        // SAFETY: LLVM copies the text, and puts a NUL behind it.
        unsafe {
            let text =
                LLVMConstStringInContext2(context.raw(), text.as_ptr().cast(), text.len(), 0);
            let global = LLVMAddGlobal(module.raw(), LLVMTypeOf(text), c"".as_ptr());
            llvm::set_name(global, STREAMS_SYMBOL);
            LLVMSetInitializer(global, text);
            LLVMSetGlobalConstant(global, 1);
            LLVMSetLinkage(global, LLVMLinkage::LLVMExternalLinkage);
        }
    }
}

/// An intrinsic that has one type, and that type.
///
/// # Safety
///
/// The module is live.
unsafe fn intrinsic(
    context: &Context,
    module: &Module<'_>,
    name: &str,
) -> (LLVMTypeRef, LLVMValueRef) {
    // SAFETY: as the caller promises; LLVM reads the name only.
    unsafe {
        let id = LLVMLookupIntrinsicID(name.as_ptr().cast(), name.len());
        assert_ne!(id, 0, "LLVM knows no {name}");
        let none = std::ptr::null_mut();
        let ty = LLVMIntrinsicGetType(context.raw(), id, none, 0);
        (ty, LLVMGetIntrinsicDeclaration(module.raw(), id, none, 0))
    }
}

/// Tells LLVM, behind `call`, that an address begins a line. Gives what was added.
///
/// # Safety
///
/// `call` is a live call of `segment`, and `address` is one of its arguments.
unsafe fn assume_aligned(
    context: &Context,
    module: &Module<'_>,
    call: LLVMValueRef,
    address: LLVMValueRef,
) -> [LLVMValueRef; 4] {
    let builder = Builder::new(context);
    let b = builder.raw();
    // SAFETY: as the caller promises; the bundle is copied.
    unsafe {
        LLVMPositionBuilderBefore(b, LLVMGetNextInstruction(call));
        let word = LLVMInt64TypeInContext(context.raw());
        // The pass looks at what is computed from the pointer that it is given. So that is the array,
        // with how far in front of the address it is.
        let entry = LLVMGetEntryBasicBlock(LLVMGetBasicBlockParent(LLVMGetInstructionParent(call)));
        let root = Address::of(address, LLVMGetModuleDataLayout(module.raw()), entry).root;
        let from = LLVMBuildPtrToInt(b, root, word, EMPTY.as_ptr());
        let to = LLVMBuildPtrToInt(b, address, word, EMPTY.as_ptr());
        let offset = LLVMBuildSub(b, from, to, EMPTY.as_ptr());
        let (ty, assume) = intrinsic(context, module, "llvm.assume");
        let mut parts = [root, LLVMConstInt(word, LINE, 0), offset];
        let tag = "align";
        let mut bundle =
            LLVMCreateOperandBundle(tag.as_ptr().cast(), tag.len(), parts.as_mut_ptr(), 3);
        let mut truth = LLVMConstInt(LLVMInt1TypeInContext(context.raw()), 1, 0);
        let assumption = LLVMBuildCallWithOperandBundles(
            b,
            ty,
            assume,
            &mut truth,
            1,
            &mut bundle,
            1,
            EMPTY.as_ptr(),
        );
        LLVMDisposeOperandBundle(bundle);
        [assumption, offset, to, from]
    }
}

/// Whether a call copies or fills memory.
///
/// # Safety
///
/// `call` is a live call.
unsafe fn copies_or_fills(call: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises.
    let name = unsafe { llvm::name(LLVMGetCalledValue(call)) };
    ["llvm.memcpy.", "llvm.memmove.", "llvm.memset."].iter().any(|prefix| name.starts_with(prefix))
}
