//! Which arrays of a nest can be streamed.

use std::collections::HashMap;

use llvm_sys::LLVMOpcode;
use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::target::{LLVMABISizeOfType, LLVMGetModuleDataLayout, LLVMTargetDataRef};

use super::segments;
use crate::address::{Address, Extension};
use crate::llvm::{self, Builder, Module};
use crate::streams::{Access, Formula};

/// The most arrays that are told apart: [`Shape::streams`](crate::Shape) has so many bits.
const MOST: usize = 8;

/// Bodies with more accesses are not looked at.
const MOST_ACCESSES: usize = 100;

/// The stores that write one array.
pub(super) struct Group {
    word: usize,
    /// Bytes per iteration, without gaps: a power of two.
    pub(super) stride: u64,
    /// The pointer of the store that begins an iteration's bytes.
    pub(super) first: LLVMValueRef,
    pub(super) access: Access,
}

/// Looks at the accesses of a nest.
pub(super) struct Finder {
    blocks: Vec<LLVMBasicBlockRef>,
    layout: LLVMTargetDataRef,
    /// The row of words.
    frame: LLVMValueRef,
    access_kind: u32,
    /// Where a segment begins, and the loop in it.
    pub(super) segment: LLVMBasicBlockRef,
    header: LLVMBasicBlockRef,
    /// The blocks in which nothing changes while the innermost loop runs.
    outside: Vec<LLVMBasicBlockRef>,
}

impl Finder {
    /// # Safety
    ///
    /// As for [`Streaming::find`].
    pub(super) unsafe fn new(
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
            let segment = named(segments::BLOCK)?;
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
    pub(super) unsafe fn accesses(&self) -> Option<(Vec<Group>, Vec<Access>)> {
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
    pub(super) unsafe fn before_loop(
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
