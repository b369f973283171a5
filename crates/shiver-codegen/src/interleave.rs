//! Accesses that LLVM gathers into one, and what stands between them.
//!
//! Where a pointer moves by two to eight elements from one iteration to the next, as through complex
//! numbers or structs, LLVM gathers the accesses that lie side by side: loads happen where the first
//! of them stood, stores where the last did. Something may stand between that touches the same memory
//! *in the same iteration*, since arrays may overlap. LLVM asks its analysis of dependences whether
//! that can be; but of a loop whose accesses are all declared independent, that analysis says nothing
//! at all, and LLVM takes it for a no (LLVM 22.1: `p[2*i] = 1; q[2*i] += 5; p[2*i+1] = 2;` with
//! `p == q` gave 280 wrong of 300).
//!
//! So a body in which something stands between is not declared independent. LLVM then looks for
//! itself, and checks at run time whether arrays overlap where it cannot know.

use std::collections::HashMap;

use llvm_sys::LLVMOpcode;
use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::target::{LLVMABISizeOfType, LLVMGetModuleDataLayout};

use crate::address::Address;
use crate::llvm;

/// LLVM gathers no more accesses than this.
const MOST: u64 = 8;

/// Bodies with more accesses are not looked at: the answer is the careful one.
const MOST_ACCESSES: usize = 300;

/// A load or a store.
struct Access {
    block: usize,
    position: usize,
    is_store: bool,
    size: u64,
    address: Address,
    /// Whether LLVM may gather it with others.
    gathers: bool,
}

/// Whether LLVM, if it took all accesses of `nest` for independent, might move one across another
/// that touches the same memory in the same iteration.
///
/// # Safety
///
/// `nest` is a live function with a body, written by this crate.
pub(crate) unsafe fn may_cross(nest: LLVMValueRef) -> bool {
    // SAFETY: as the caller promises; all values below are the function's own.
    unsafe {
        let blocks = llvm::blocks(nest);
        let accesses = accesses(nest, &blocks);
        if accesses.iter().filter(|access| access.gathers).count() < 2 {
            return false;
        }
        if accesses.len() > MOST_ACCESSES {
            return true;
        }
        let paths = Paths::new(&blocks);
        let crossed = |first: &Access, last: &Access| {
            let moved = if first.is_store { first } else { last };
            accesses.iter().any(|other| {
                (first.is_store || other.is_store)
                    && paths.before(first, other)
                    && paths.before(other, last)
                    && !apart(moved, other)
            })
        };
        accesses.iter().filter(|first| first.gathers).any(|first| {
            accesses.iter().any(|last| {
                last.gathers
                    && first.is_store == last.is_store
                    && first.address.may_start_like(&last.address)
                    && paths.before(first, last)
                    && crossed(first, last)
            })
        })
    }
}

/// Whether two accesses never meet in one iteration.
fn apart(a: &Access, b: &Access) -> bool {
    let distance = a.address.distance(&b.address);
    distance.is_some_and(|d| if d >= 0 { d as u64 >= a.size } else { d.unsigned_abs() >= b.size })
}

/// # Safety
///
/// As for [`may_cross`]; `blocks` are the function's.
unsafe fn accesses(nest: LLVMValueRef, blocks: &[LLVMBasicBlockRef]) -> Vec<Access> {
    let mut accesses = Vec::new();
    // SAFETY: as the caller promises; operands are asked of loads and stores.
    unsafe {
        let layout = LLVMGetModuleDataLayout(LLVMGetGlobalParent(nest));
        for (block, &raw) in blocks.iter().enumerate().skip(1) {
            for (position, instruction) in llvm::instructions(raw).into_iter().enumerate() {
                let (is_store, pointer, ty) = match LLVMGetInstructionOpcode(instruction) {
                    LLVMOpcode::LLVMLoad => {
                        (false, LLVMGetOperand(instruction, 0), LLVMTypeOf(instruction))
                    }
                    LLVMOpcode::LLVMStore => {
                        let value = LLVMGetOperand(instruction, 0);
                        (true, LLVMGetOperand(instruction, 1), LLVMTypeOf(value))
                    }
                    _ => continue,
                };
                let size = LLVMABISizeOfType(layout, ty);
                let address = Address::of(pointer, layout, blocks[0]);
                let gathers = match address.stride(blocks[0]) {
                    None => true,
                    Some(strides) => {
                        strides.iter().any(|&stride| stride > size && stride <= MOST * size)
                    }
                };
                accesses.push(Access { block, position, is_store, size, address, gathers });
            }
        }
    }
    accesses
}

/// Which blocks lead to which within one iteration.
pub(crate) struct Paths(Vec<Vec<bool>>);

impl Paths {
    /// # Safety
    ///
    /// `blocks` are all blocks of a live nest.
    pub(crate) unsafe fn new(blocks: &[LLVMBasicBlockRef]) -> Paths {
        let numbers: HashMap<_, _> = blocks.iter().enumerate().map(|(k, &b)| (b, k)).collect();
        // SAFETY: as the caller promises; every block has a terminator. What enters a loop of the
        // nest begins another iteration.
        let next: Vec<Vec<usize>> = unsafe {
            let successors = |&block: &LLVMBasicBlockRef| {
                let end = LLVMGetBasicBlockTerminator(block);
                let targets = (0..LLVMGetNumSuccessors(end)).map(|k| LLVMGetSuccessor(end, k));
                targets.filter(|&b| !is_of_nest(b)).map(|b| numbers[&b]).collect()
            };
            blocks.iter().map(successors).collect()
        };
        let from = |start: usize| {
            let mut reached = vec![false; next.len()];
            let mut rest = next[start].clone();
            while let Some(block) = rest.pop() {
                if !std::mem::replace(&mut reached[block], true) {
                    rest.extend(&next[block]);
                }
            }
            reached
        };
        Paths((0..next.len()).map(from).collect())
    }

    /// Whether an iteration may come to a block twice: the body has a loop.
    pub(crate) fn come_back(&self) -> bool {
        self.0.iter().enumerate().any(|(block, reached)| reached[block])
    }

    /// Whether `a` may happen before `b` in one iteration; an access may come before itself where the
    /// body has a loop, which LLVM may unroll.
    fn before(&self, a: &Access, b: &Access) -> bool {
        (a.block == b.block && a.position < b.position) || self.0[a.block][b.block]
    }
}

/// Whether a block opens a loop of the nest: it is called `loop`, a number, a dot, and what LLVM adds
/// to tell names apart. The body's blocks are called otherwise since they were inlined.
///
/// # Safety
///
/// `block` is live.
unsafe fn is_of_nest(block: LLVMBasicBlockRef) -> bool {
    // SAFETY: as the caller promises.
    let name = unsafe { llvm::name(LLVMBasicBlockAsValue(block)) };
    let rest = name.strip_prefix("loop").and_then(|rest| rest.split_once('.'));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    rest.is_some_and(|(level, copy)| !level.is_empty() && digits(level) && digits(copy))
}
