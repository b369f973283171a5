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
//!   [`Group::stride`] bytes of the array, at most half a vector;
//! * `segment` becomes arithmetic;
//! * the nest gets a fence at its end, since a worker says that a piece is done by a plain store,
//!   which non-temporal ones need not come before.
//!
//! Which arrays these can be is found before the optimiser runs: those that are written in rows
//! without gaps and not read through the same pointer, in a body that cannot synchronise and whose
//! every access goes through a pointer of the frame. What only the run can tell, whether arrays
//! overlap for one, goes into the object as [`Streams`].

use std::collections::HashMap;

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::target::{LLVMABISizeOfType, LLVMGetModuleDataLayout, LLVMTargetDataRef};
use llvm_sys::{LLVMIntPredicate, LLVMLinkage, LLVMOpcode, LLVMTypeKind};

use crate::address::{Address, Extension};
use crate::emit::Machine;
use crate::llvm::{self, Builder, Context, Module};
use crate::shape::{SEGMENT_SYMBOL, STREAMS_SYMBOL};
use crate::streams::{Access, Formula, Streams};
use crate::writer::{EMPTY, Writer};
use crate::{Error, optimize};

/// The bytes of a line of the caches.
const LINE: u64 = 64;

/// The most arrays that are told apart: [`Shape::streams`](crate::Shape) has so many bits.
const MOST: usize = 8;

/// Bodies with more accesses are not looked at.
const MOST_ACCESSES: usize = 100;

const SEGMENT_BLOCK: &str = "segment.";

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
            let block = writer.block(SEGMENT_BLOCK);
            LLVMBuildBr(b, block);
            LLVMPositionBuilderAtEnd(b, block);
            let from = LLVMBuildPhi(b, writer.i64, c"from".as_ptr());
            LLVMAddIncoming(from, &mut { begin }, &mut { before }, 1);
            let to = call_segment(writer.context, module, &writer.builder, &mut [from, end]);
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
unsafe fn call_segment(
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

/// The stores that write one array.
struct Group {
    word: usize,
    /// Bytes per iteration, without gaps: a power of two.
    stride: u64,
    /// The pointer of the store that begins an iteration's bytes.
    first: LLVMValueRef,
    access: Access,
}

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
            let new = call_segment(context, module, &builder, &mut arguments);
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

/// Looks at the accesses of a nest.
struct Finder {
    blocks: Vec<LLVMBasicBlockRef>,
    layout: LLVMTargetDataRef,
    /// The row of words.
    frame: LLVMValueRef,
    access_kind: u32,
    /// Where a segment begins, and the loop in it.
    segment: LLVMBasicBlockRef,
    header: LLVMBasicBlockRef,
    /// The blocks in which nothing changes while the innermost loop runs.
    outside: Vec<LLVMBasicBlockRef>,
}

impl Finder {
    /// # Safety
    ///
    /// As for [`Streaming::find`].
    unsafe fn new(
        module: &Module<'_>,
        nest: LLVMValueRef,
        indices: usize,
        access_kind: u32,
    ) -> Option<Finder> {
        // SAFETY: as the caller promises.
        unsafe {
            let blocks = llvm::blocks(nest);
            let named = |prefix: &str| {
                let is = |&block: &_| llvm::name(LLVMBasicBlockAsValue(block)).starts_with(prefix);
                blocks.iter().copied().find(is)
            };
            let header = named(&format!("loop{}.", indices.checked_sub(1)?))?;
            let segment = named(SEGMENT_BLOCK)?;
            let around = (0..indices - 1).map(|k| named(&format!("loop{k}.")));
            let outside = around.chain([Some(blocks[0]), Some(segment)]).collect::<Option<_>>()?;
            let layout = LLVMGetModuleDataLayout(module.raw());
            let frame = LLVMGetParam(nest, 0);
            Some(Finder { blocks, layout, frame, access_kind, segment, header, outside })
        }
    }

    /// The arrays that can be streamed, and all other accesses; `None` where there is nothing to
    /// stream, or accesses that cannot be followed.
    ///
    /// # Safety
    ///
    /// The nest is live.
    unsafe fn accesses(&self) -> Option<(Vec<Group>, Vec<Access>)> {
        struct Store {
            pointer: LLVMValueRef,
            bytes: u64,
            address: Address,
        }
        // SAFETY: as the caller promises; operands are asked of loads and stores.
        unsafe {
            let entry = self.blocks[0];
            let body = self.blocks[1..].iter().flat_map(|&block| llvm::instructions(block));
            let mut read = Vec::new();
            let mut written: Vec<(usize, Vec<Store>)> = Vec::new();
            for (count, access) in body.filter(|&i| touches_memory(i)).enumerate() {
                let is_store = match LLVMGetInstructionOpcode(access) {
                    LLVMOpcode::LLVMLoad => false,
                    LLVMOpcode::LLVMStore => true,
                    _ => return None,
                };
                let pointer = LLVMGetOperand(access, u32::from(is_store));
                let address = Address::of(pointer, self.layout, entry);
                if !LLVMIsAGlobalVariable(address.root).is_null() && !is_store {
                    continue;
                }
                let word = self.word(address.root)?;
                if count >= MOST_ACCESSES || LLVMGetMetadata(access, self.access_kind).is_null() {
                    return None;
                }
                let value = if is_store { LLVMGetOperand(access, 0) } else { access };
                let bytes = LLVMABISizeOfType(self.layout, LLVMTypeOf(value));
                if !is_store {
                    read.push(Access { word, bytes, offset: self.offset(&address) });
                    continue;
                }
                let store = Store { pointer, bytes, address };
                match written.iter_mut().find(|(known, _)| *known == word) {
                    Some((_, stores)) => stores.push(store),
                    None => written.push((word, vec![store])),
                }
            }

            let mut groups = Vec::new();
            let mut others = read;
            for (word, stores) in written {
                let is_read = others.iter().any(|access| access.word == word);
                let first = stores.iter().min_by_key(|store| store.address.constant)?;
                let stride = self.stride(&first.address);
                let parts: Option<Vec<_>> = stores
                    .iter()
                    .map(|store| Some((first.address.distance(&store.address)?, store.bytes)))
                    .collect();
                let offset = self.offset(&first.address);
                let fits = !is_read && groups.len() < MOST;
                match (stride, parts, offset) {
                    (Some(stride), Some(parts), Some(offset)) if fits && fill(&parts, stride) => {
                        let access = Access { word, bytes: stride, offset: Some(offset) };
                        groups.push(Group { word, stride, first: first.pointer, access });
                    }
                    _ => others.extend(stores.iter().map(|store| {
                        let offset = self.offset(&store.address);
                        Access { word, bytes: store.bytes, offset }
                    })),
                }
            }
            // Written first, read later in the code.
            groups.retain(|group| others.iter().all(|access| access.word != group.word));
            (!groups.is_empty()).then_some((groups, others))
        }
    }

    /// The word of the frame that a pointer was read from.
    ///
    /// # Safety
    ///
    /// `root` is live.
    unsafe fn word(&self, root: LLVMValueRef) -> Option<usize> {
        // SAFETY: as the caller promises.
        unsafe {
            let is_load = !LLVMIsALoadInst(root).is_null();
            if !is_load || LLVMGetInstructionParent(root) != self.blocks[0] {
                return None;
            }
            let address = Address::of(LLVMGetOperand(root, 0), self.layout, self.blocks[0]);
            let in_frame = address.root == self.frame && address.terms.is_empty();
            in_frame.then_some(usize::try_from(address.constant).ok()? / 8)
        }
    }

    /// By how many bytes an address moves with the innermost loop, if that is a power of two and all
    /// else in it stays as it is meanwhile.
    ///
    /// # Safety
    ///
    /// The values are live.
    unsafe fn stride(&self, address: &Address) -> Option<u64> {
        let mut stride = None;
        for &(term, coefficient) in &address.terms {
            // SAFETY: as the caller promises.
            unsafe {
                if self.is_counter(term.value) {
                    if stride.replace(coefficient).is_some() {
                        return None;
                    }
                } else if !self.stays(term.value) {
                    return None;
                }
            }
        }
        let stride = u64::try_from(stride?).ok()?;
        stride.is_power_of_two().then_some(stride)
    }

    /// Whether a value counts the iterations of the innermost loop.
    ///
    /// # Safety
    ///
    /// `value` is live.
    unsafe fn is_counter(&self, value: LLVMValueRef) -> bool {
        // SAFETY: as the caller promises.
        unsafe {
            !LLVMIsAPHINode(value).is_null() && LLVMGetInstructionParent(value) == self.header
        }
    }

    /// Whether a value stays as it is while the innermost loop runs.
    ///
    /// # Safety
    ///
    /// `value` is live.
    unsafe fn stays(&self, value: LLVMValueRef) -> bool {
        // SAFETY: as the caller promises.
        unsafe {
            LLVMIsAInstruction(value).is_null()
                || self.outside.contains(&LLVMGetInstructionParent(value))
                || is_arithmetic(value) && llvm::operands(value).into_iter().all(|v| self.stays(v))
        }
    }

    /// What `value` is in the first iteration of the innermost loop, computed before it.
    ///
    /// # Safety
    ///
    /// `value` is live, and the builder stands at the end of the block before the loop.
    unsafe fn before_loop(
        &self,
        builder: &Builder,
        value: LLVMValueRef,
        known: &mut HashMap<LLVMValueRef, LLVMValueRef>,
    ) -> Option<LLVMValueRef> {
        // SAFETY: as the caller promises; a clone is put in before anybody uses it.
        unsafe {
            if let Some(&value) = known.get(&value) {
                return Some(value);
            }
            if LLVMIsAInstruction(value).is_null()
                || self.outside.contains(&LLVMGetInstructionParent(value))
            {
                return Some(value);
            }
            let first = if self.is_counter(value) {
                let before = |&k: &u32| LLVMGetIncomingBlock(value, k) == self.segment;
                LLVMGetIncomingValue(value, (0..LLVMCountIncoming(value)).find(before)?)
            } else if is_arithmetic(value) {
                let mut operands = Vec::new();
                for operand in llvm::operands(value) {
                    operands.push(self.before_loop(builder, operand, known)?);
                }
                let clone = LLVMInstructionClone(value);
                for (k, operand) in operands.into_iter().enumerate() {
                    LLVMSetOperand(clone, k as u32, operand);
                }
                LLVMInsertIntoBuilder(builder.raw(), clone);
                clone
            } else {
                return None;
            };
            known.insert(value, first);
            Some(first)
        }
    }

    /// How many bytes from its root an address is.
    ///
    /// # Safety
    ///
    /// The values are live.
    unsafe fn offset(&self, address: &Address) -> Option<Formula> {
        let mut sum = Formula::Number(address.constant);
        for &(term, coefficient) in &address.terms {
            // SAFETY: as the caller promises.
            let value = unsafe { self.formula(term.value, term.extension) }?;
            sum = sum.plus(value.times(Formula::Number(coefficient)));
        }
        Some(sum)
    }

    /// What a value is computed from. Sums and products are taken not to wrap: what is found is good
    /// for a guess at ranges only.
    ///
    /// # Safety
    ///
    /// `value` is a live integer.
    unsafe fn formula(&self, value: LLVMValueRef, extension: Extension) -> Option<Formula> {
        use LLVMOpcode::*;
        // SAFETY: as the caller promises; each question fits the opcode.
        unsafe {
            if !LLVMIsAConstantInt(value).is_null() {
                return Some(Formula::Number(LLVMConstIntGetSExtValue(value)));
            }
            if LLVMIsAInstruction(value).is_null() {
                return None;
            }
            let operand = |k| LLVMGetOperand(value, k);
            let of = |k| self.formula(operand(k), extension);
            match LLVMGetInstructionOpcode(value) {
                LLVMAdd | LLVMOr => Some(of(0)?.plus(of(1)?)),
                LLVMSub => Some(of(0)?.plus(of(1)?.times(Formula::Number(-1)))),
                LLVMMul => Some(of(0)?.times(of(1)?)),
                LLVMShl => match of(1)? {
                    Formula::Number(by @ 0..63) => Some(of(0)?.times(Formula::Number(1 << by))),
                    _ => None,
                },
                LLVMSExt => self.formula(operand(0), Extension::Signed),
                LLVMZExt => self.formula(operand(0), Extension::Unsigned),
                LLVMTrunc | LLVMFreeze => of(0),
                LLVMLoad => {
                    let position = self.word(value)?;
                    let bits = LLVMGetIntTypeWidth(LLVMTypeOf(value));
                    let signed = extension != Extension::Unsigned;
                    (bits <= 64).then_some(Formula::Word { position, bits, signed })
                }
                LLVMPHI => {
                    let block = llvm::name(LLVMBasicBlockAsValue(LLVMGetInstructionParent(value)));
                    let level = block.strip_prefix("loop")?.split_once('.')?.0.parse().ok()?;
                    let name = llvm::name(value);
                    if name.starts_with("trip") {
                        Some(Formula::Trip(level))
                    } else {
                        name.starts_with("index").then_some(Formula::Index(level))
                    }
                }
                _ => None,
            }
        }
    }
}

/// Whether stores of so many bytes, at such distances from the first, make up `stride` bytes.
fn fill(parts: &[(i64, u64)], stride: u64) -> bool {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    let mut filled = 0;
    for (at, bytes) in parts {
        match u64::try_from(at) {
            Ok(at) if at <= filled => filled = filled.max(at + bytes),
            _ => return false,
        }
    }
    filled == stride
}

/// Whether an instruction computes an address or an integer from its operands alone.
///
/// # Safety
///
/// `instruction` is live.
unsafe fn is_arithmetic(instruction: LLVMValueRef) -> bool {
    use LLVMOpcode::*;
    // SAFETY: as the caller promises.
    let opcode = unsafe { LLVMGetInstructionOpcode(instruction) };
    matches!(
        opcode,
        LLVMGetElementPtr
            | LLVMAdd
            | LLVMSub
            | LLVMMul
            | LLVMShl
            | LLVMOr
            | LLVMSExt
            | LLVMZExt
            | LLVMTrunc
            | LLVMFreeze
    )
}

/// Whether an instruction may read or write memory. Of calls, only those that tell that they do not
/// are taken not to.
///
/// # Safety
///
/// `instruction` is live.
unsafe fn touches_memory(instruction: LLVMValueRef) -> bool {
    use LLVMOpcode::*;
    // SAFETY: as the caller promises; each question fits the opcode.
    unsafe {
        match LLVMGetInstructionOpcode(instruction) {
            LLVMLoad | LLVMStore | LLVMFence | LLVMAtomicCmpXchg | LLVMAtomicRMW | LLVMVAArg => {
                true
            }
            LLVMInvoke | LLVMCallBr => true,
            LLVMCall => {
                let callee = LLVMGetCalledValue(instruction);
                if LLVMIsAFunction(callee).is_null() {
                    return true;
                }
                let name = llvm::name(callee);
                let silent = ["llvm.assume", "llvm.lifetime.", "llvm.experimental.noalias."];
                if silent.iter().any(|prefix| name.starts_with(prefix)) {
                    return false;
                }
                let kind = llvm::attribute_kind("memory");
                let on = |attribute: LLVMAttributeRef| {
                    !attribute.is_null() && LLVMGetEnumAttributeValue(attribute) == 0
                };
                !on(LLVMGetCallSiteEnumAttribute(instruction, llvm::ON_FUNCTION, kind))
                    && !on(LLVMGetEnumAttributeAtIndex(callee, llvm::ON_FUNCTION, kind))
            }
            _ => false,
        }
    }
}
