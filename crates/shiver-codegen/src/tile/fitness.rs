//! Whether a body can be run in tiles, whether it pays, and how large they are.

use std::collections::HashSet;

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::target::LLVMGetModuleDataLayout;
use llvm_sys::{LLVMOpcode, LLVMTypeKind};

use super::inner::Inner;
use super::variation::{Lane, Variations};
use super::{Vectors, flow, function, intrinsic};
use crate::independence;
use crate::llvm::{self, Module};
use crate::shape::{Tile, Worth};

/// What a body that is to be run in tiles is.
pub(super) struct Fitness {
    pub(super) variations: Variations,
    /// How many lanes a vector has.
    pub(super) width: u32,
    pub(super) extent: Extent,
    /// Loads of vectors in the body's loops that are the same for all rows.
    pub(super) shared: HashSet<LLVMValueRef>,
    /// For which spaces it pays.
    pub(super) worth: Worth,
}

/// How large a tile is, and in which order tiles are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) rows: u32,
    /// Vectors of lanes.
    pub(super) vectors: u32,
    pub(super) order: Order,
}

/// The order of the tiles of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Rows come innermost. What depends on the lanes alone is usually the larger part of what a tile
    /// reads in its loops: it stays in the cache from one tile to the next.
    Strips,
    /// Lanes come innermost, as memory lies, where a tile has no loops and reads little.
    Bands,
}

impl Extent {
    /// The size of a tile with vectors of `width` lanes.
    pub(super) fn tile(self, width: u32) -> Tile {
        Tile { rows: u64::from(self.rows), lanes: u64::from(self.vectors * width), width }
    }
}

/// Larger bodies are not looked at: a tile would not stay in the cache of instructions.
const MOST_INSTRUCTIONS: usize = 600;

/// Whether a body is made of what a tile can have at all.
///
/// # Safety
///
/// `function` is a live function with a body.
pub(super) unsafe fn is_plain(function: LLVMValueRef) -> bool {
    use LLVMOpcode::*;
    // SAFETY: as the caller promises; each question fits the opcode.
    unsafe {
        let blocks = llvm::blocks(function).into_iter();
        let all: Vec<_> = blocks.flat_map(|block| llvm::instructions(block)).collect();
        all.len() <= MOST_INSTRUCTIONS
            && all.into_iter().all(|instruction| match LLVMGetInstructionOpcode(instruction) {
                LLVMLoad | LLVMStore => !independence::may_synchronise(instruction),
                LLVMCall => {
                    intrinsic::is_lanewise(instruction)
                        || intrinsic::says_nothing(instruction)
                        || function::has_forms(instruction)
                }
                LLVMRet | LLVMBr | LLVMSwitch | LLVMUnreachable | LLVMPHI | LLVMSelect
                | LLVMGetElementPtr | LLVMICmp | LLVMFCmp | LLVMFreeze | LLVMFNeg | LLVMAdd
                | LLVMFAdd | LLVMSub | LLVMFSub | LLVMMul | LLVMFMul | LLVMUDiv | LLVMSDiv
                | LLVMFDiv | LLVMURem | LLVMSRem | LLVMShl | LLVMLShr | LLVMAShr | LLVMAnd
                | LLVMOr | LLVMXor | LLVMTrunc | LLVMZExt | LLVMSExt | LLVMFPToUI | LLVMFPToSI
                | LLVMUIToFP | LLVMSIToFP | LLVMFPTrunc | LLVMFPExt | LLVMPtrToInt
                | LLVMIntToPtr | LLVMBitCast => true,
                _ => false,
            })
    }
}

/// Judges a plain body whose parameters `row` and `lane` are the indices that would be tiled.
///
/// # Safety
///
/// `function` is a live function of `module` with a body.
pub(super) unsafe fn judge(
    function: LLVMValueRef,
    module: &Module<'_>,
    vectors: Vectors,
    row: u32,
    lane: u32,
    unsigned: bool,
) -> Option<Fitness> {
    // SAFETY: as the caller promises.
    unsafe {
        if !is_plain(function) {
            return None;
        }
        let layout = LLVMGetModuleDataLayout(module.raw());
        let variations = Variations::of(function, layout, row, lane, unsigned);
        let blocks = flow::reverse_postorder(function);
        let looping = flow::looping(&blocks);
        // Where loops have been unrolled, what was in them is everywhere.
        let everywhere = looping.is_empty();
        let mut work = Work { everywhere, ..Work::default() };
        work.inner = Inner::of(function, layout, &variations, &looping);
        for &block in &blocks {
            let hot = everywhere || looping.contains(&block);
            for instruction in llvm::instructions(block) {
                work.add(&variations, instruction, hot)?;
            }
        }
        let width = vectors.bits / work.bits.max(8);
        let has_form = |&call: &LLVMValueRef| function::of_width(module, call, width).is_some();
        if !work.calls.iter().all(has_form) {
            return None;
        }
        let extent = work.extent(vectors, width)?;
        let worth = work.worth(width, extent);
        let packs = extent.order == Order::Strips;
        let shared = if packs { work.shared } else { HashSet::new() };
        Some(Fitness { variations, width, extent, shared, worth })
    }
}

/// What a body does in its loops, for all that decides how it is run.
#[derive(Default)]
struct Work {
    /// Whether the body has no loop any more.
    everywhere: bool,
    /// The width of the widest value that is different in each lane.
    bits: u32,
    /// Vectors that live from one iteration of the body's loops to the next.
    carried: u32,
    /// Vector arithmetic in the body's loops.
    arithmetic: u32,
    /// Whether something that is loaded in the body's loops is the same in all lanes.
    lanes_share: bool,
    /// What is loaded in the body's loops, different in each lane, but the same for all rows.
    shared: HashSet<LLVMValueRef>,
    /// Whether anything is loaded in the body's loops that is the same for all rows.
    rows_share: bool,
    /// Whether some of that does not lie side by side.
    gathers: bool,
    /// Whether something that does not lie side by side is different in each row too.
    gathers_rows: bool,
    /// What would become of the body's loops without tiles.
    inner: Inner,
    /// Whether integers live from one iteration of them to the next.
    counts: bool,
    /// Calls, in vectors, of functions that have forms for them.
    calls: Vec<LLVMValueRef>,
    /// Whether some of them are in the body's loops.
    calls_often: bool,
}

impl Work {
    /// Takes note of an instruction, which is `hot` if it is in a loop of the body; `None` if no tile
    /// can have it, or none should.
    ///
    /// # Safety
    ///
    /// `instruction` is live and one of a plain body's.
    unsafe fn add(
        &mut self,
        variations: &Variations,
        instruction: LLVMValueRef,
        hot: bool,
    ) -> Option<()> {
        use LLVMOpcode::*;
        // SAFETY: as the caller promises; each question fits the opcode.
        unsafe {
            let opcode = LLVMGetInstructionOpcode(instruction);
            let operand = |k| LLVMGetOperand(instruction, k);
            let ty = match opcode {
                LLVMStore => LLVMTypeOf(operand(0)),
                _ => LLVMTypeOf(instruction),
            };
            let varies = variations.get(instruction).lane == Lane::Any;
            match opcode {
                LLVMBr if LLVMIsConditional(instruction) != 0 => {
                    return variations.is_uniform(LLVMGetCondition(instruction)).then_some(());
                }
                LLVMSwitch => return variations.is_uniform(operand(0)).then_some(()),
                LLVMBr | LLVMRet | LLVMUnreachable => return Some(()),
                LLVMCall if intrinsic::says_nothing(instruction) => return Some(()),
                LLVMLoad | LLVMStore => {
                    let is_store = opcode == LLVMStore;
                    let pointer = operand(u32::from(is_store));
                    let place = variations.get(pointer);
                    if is_store && place.lane == Lane::Same {
                        return None; // A race, if there are two lanes.
                    }
                    let together =
                        place.lane == Lane::Same || variations.is_contiguous(pointer, ty);
                    // What is gathered is gathered for all rows, or costs too much, unless each sum
                    // waits for the one before: then even gathered vectors are several times faster.
                    let costly = place.rows && self.inner != Inner::InOrder || self.everywhere;
                    if hot && !together && (is_store || costly) {
                        return None;
                    }
                    if hot && !is_store {
                        self.gathers |= !together;
                        self.gathers_rows |= !together && place.rows;
                        if varies && !place.rows {
                            self.shared.insert(instruction);
                        }
                        self.lanes_share |= place.lane == Lane::Same;
                        self.rows_share |= !place.rows;
                    }
                }
                // Lanes that do not count have any value; a division by it could be the end.
                LLVMUDiv | LLVMURem if variations.get(operand(1)).lane != Lane::Same => {
                    return None;
                }
                LLVMSDiv | LLVMSRem if varies && LLVMIsAConstantInt(operand(1)).is_null() => {
                    return None;
                }
                LLVMPHI if varies && hot => {
                    let kind = LLVMGetTypeKind(ty);
                    self.counts |= kind == LLVMTypeKind::LLVMIntegerTypeKind;
                    self.carried += 1;
                }
                LLVMCall if varies && function::has_forms(instruction) => {
                    self.calls.push(instruction);
                    self.calls_often |= hot;
                    self.arithmetic += u32::from(hot);
                }
                _ => self.arithmetic += u32::from(varies && hot),
            }
            if varies || opcode == LLVMStore {
                self.bits = self.bits.max(lane_bits(ty)?);
            }
            Some(())
        }
    }

    /// How large a tile should be; `None` if there should be none.
    fn extent(&self, vectors: Vectors, width: u32) -> Option<Extent> {
        let shares = self.lanes_share || self.rows_share;
        if self.arithmetic == 0 || !shares || width < 2 {
            return None;
        }
        const LEAST_ROWS: u32 = 4;
        if self.everywhere {
            // Any size from 1 × 2 to 8 × 1 or 2 × 4 is as good within some per cent (a convolution of
            // 7 × 7 weights, 2026-11).
            return Some(Extent { rows: 4, vectors: 1, order: Order::Bands });
        }
        if self.gathers_rows {
            // There is nothing to gain by more rows, and as few lines of the cache as can be are in
            // use at a time: those of a matrix's rows may all want the same places in it.
            return Some(Extent { rows: 1, vectors: 1, order: Order::Bands });
        }
        if self.calls_often {
            // A function keeps no vector's register, and takes longer than loads. From 1 × 1 to 8 × 3,
            // sums of exponentials take the same time (2026-11).
            return Some(Extent { rows: 2, vectors: 1, order: Order::Strips });
        }
        // A quarter of the registers is for what is loaded.
        let most = (vectors.count * 3 / 4 / self.carried.max(1)).max(1);
        let vectors = if most >= 6 { 3 } else { 1 };
        let rows = (most / vectors).clamp(1, 8);
        // Of integers LLVM makes vectors that lie side by side, with instructions for sums of products.
        let gathers =
            !self.gathers || rows >= LEAST_ROWS && !(self.inner == Inner::Vectors && self.counts);
        gathers.then_some(Extent { rows, vectors, order: Order::Strips })
    }

    /// For which spaces tiles are worth it, with vectors of `width` lanes. The limits are where tiles
    /// and plain nests took the same time, for sums of products, moving averages, products with rows of
    /// a matrix and greatest differences of doubles, floats and integers (2026-11, a Xeon with AMX).
    fn worth(&self, width: u32, extent: Extent) -> Worth {
        let half = u64::from(width / 2 + 1);
        let (lanes, vectors, rows) = match self.inner {
            _ if self.everywhere => (3, 1, 1),
            _ if self.gathers_rows => (half, 4, 1),
            Inner::InOrder if !self.gathers => (2, 1, 1),
            Inner::InOrder => (3, 1, 1),
            Inner::Scattered => (3, 1, 1),
            Inner::Vectors if !self.gathers => (half, 4, 1),
            Inner::Vectors => (half, 4, 8),
        };
        let (width, height) = (u64::from(width), u64::from(extent.rows));
        Worth { width, lanes, vectors, rows, height }
    }
}

/// The width of a type that a lane can have.
///
/// # Safety
///
/// `ty` is live.
unsafe fn lane_bits(ty: LLVMTypeRef) -> Option<u32> {
    // SAFETY: as the caller promises.
    unsafe {
        match LLVMGetTypeKind(ty) {
            LLVMTypeKind::LLVMHalfTypeKind => Some(16),
            LLVMTypeKind::LLVMFloatTypeKind => Some(32),
            LLVMTypeKind::LLVMDoubleTypeKind | LLVMTypeKind::LLVMPointerTypeKind => Some(64),
            LLVMTypeKind::LLVMIntegerTypeKind => match LLVMGetIntTypeWidth(ty) {
                1 => Some(1),
                bits @ (8 | 16 | 32 | 64) => Some(bits),
                _ => None,
            },
            _ => None,
        }
    }
}
