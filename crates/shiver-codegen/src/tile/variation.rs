//! How the values of a body vary over a tile of iterations.
//!
//! A tile is some *rows*, values of one index, times some *lanes*, consecutive values of another; all
//! other indices and arguments are the same in all of it. A value is the same in all lanes, or moves by
//! a constant from one to the next, or is anything; and it depends on the row or does not. Addresses
//! are what this is for: one that moves by just the size of what is loaded is a vector in memory.

use std::collections::HashMap;

use llvm_sys::LLVMOpcode;
use llvm_sys::LLVMTypeKind;
use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::target::{LLVMABISizeOfType, LLVMTargetDataRef};

use crate::llvm;

/// How a value varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variation {
    /// Whether it depends on the row.
    pub(crate) rows: bool,
    /// How it depends on the lane.
    pub(crate) lane: Lane,
}

/// How a value goes from one lane to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// It stays.
    Same,
    /// It moves by a constant, never 0; of an address, by so many bytes.
    By(Stride),
    /// In no way that is understood.
    Any,
}

/// A constant movement, modulo the width of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stride {
    pub(crate) step: i64,
    /// Whether no lane leaves the type, taken as signed.
    signed: bool,
    /// Whether no lane leaves the type, taken as unsigned.
    unsigned: bool,
}

const SAME: Variation = Variation { rows: false, lane: Lane::Same };

/// The variation of every value of a function.
pub(crate) struct Variations {
    layout: LLVMTargetDataRef,
    known: HashMap<LLVMValueRef, Variation>,
}

impl Variations {
    /// Analyses a function of which parameter `row` is the index of rows and `lane` that of lanes;
    /// `unsigned` says whether the latter's type is.
    ///
    /// # Safety
    ///
    /// `function` is a live function with a body and `layout` its module's.
    pub(crate) unsafe fn of(
        function: LLVMValueRef,
        layout: LLVMTargetDataRef,
        row: u32,
        lane: u32,
        unsigned: bool,
    ) -> Variations {
        // SAFETY: as the caller promises.
        unsafe {
            let index = Stride { step: 1, signed: !unsigned, unsigned };
            let known = HashMap::from([
                (LLVMGetParam(function, row), Variation { rows: true, lane: Lane::Same }),
                (LLVMGetParam(function, lane), Variation { rows: false, lane: Lane::By(index) }),
            ]);
            Variations { layout, known }.spread(function)
        }
    }

    /// Analyses how a function's values go from one iteration of its loops to the next, which take the
    /// place of lanes: `counters` are phis of theirs that go on by constants. They are taken not to
    /// leave their type.
    ///
    /// # Safety
    ///
    /// As for [`Variations::of`]; the phis are the function's.
    pub(super) unsafe fn along(
        function: LLVMValueRef,
        layout: LLVMTargetDataRef,
        counters: HashMap<LLVMValueRef, i64>,
    ) -> Variations {
        let by = |step| Lane::By(Stride { step, signed: true, unsigned: true });
        let counters = counters.into_iter().filter(|&(_, step)| step != 0);
        let known = counters.map(|(phi, step)| (phi, Variation { rows: false, lane: by(step) }));
        // SAFETY: as the caller promises.
        unsafe { Variations { layout, known: known.collect() }.spread(function) }
    }

    /// Finds out what follows for all others from what is known of some values.
    ///
    /// # Safety
    ///
    /// As for [`Variations::of`].
    unsafe fn spread(self, function: LLVMValueRef) -> Variations {
        let mut this = self;
        // SAFETY: as the caller promises. Every value only ever varies more, so this ends.
        unsafe {
            let blocks = llvm::blocks(function).into_iter();
            let all = blocks.flat_map(|block| llvm::instructions(block));
            let all: Vec<_> = all.filter(|value| !this.known.contains_key(value)).collect();
            loop {
                let mut changed = false;
                for &instruction in &all {
                    let now = this.evaluate(instruction);
                    let before = this.known.get(&instruction).copied();
                    let merged = before.map_or(now, |before| grown(before, now));
                    changed |= before != Some(merged);
                    this.known.insert(instruction, merged);
                }
                if !changed {
                    return this;
                }
            }
        }
    }

    /// How a value varies; what is no instruction of the function's does not.
    pub(crate) fn get(&self, value: LLVMValueRef) -> Variation {
        self.known.get(&value).copied().unwrap_or(SAME)
    }

    /// Whether it is the same in all of the tile.
    pub(crate) fn is_uniform(&self, value: LLVMValueRef) -> bool {
        self.get(value) == SAME
    }

    /// # Safety
    ///
    /// `instruction` is a live instruction.
    unsafe fn evaluate(&self, instruction: LLVMValueRef) -> Variation {
        use LLVMOpcode::*;
        // SAFETY: as the caller promises; each question fits the opcode.
        unsafe {
            let opcode = LLVMGetInstructionOpcode(instruction);
            let operands = llvm::operands(instruction);
            if opcode == LLVMPHI {
                // What has not been looked at yet adds nothing; it will be looked at.
                let known = operands.iter().filter(|&&value| {
                    LLVMIsAInstruction(value).is_null() || self.known.contains_key(&value)
                });
                let all = known.map(|&value| self.get(value));
                return all.reduce(joined).unwrap_or(SAME);
            }
            let rows = operands.iter().any(|&value| self.get(value).rows);
            let lane = |k: usize| self.get(operands[k]).lane;
            if operands.iter().all(|&value| self.get(value).lane == Lane::Same) {
                return Variation { rows, lane: Lane::Same };
            }
            let lane = match opcode {
                LLVMAdd | LLVMSub => {
                    let flags = (LLVMGetNSW(instruction) != 0, LLVMGetNUW(instruction) != 0);
                    sum(lane(0), lane(1), opcode == LLVMSub, flags)
                }
                LLVMOr if LLVMGetIsDisjoint(instruction) != 0 => {
                    sum(lane(0), lane(1), false, (true, true))
                }
                LLVMMul => {
                    let flags = (LLVMGetNSW(instruction) != 0, LLVMGetNUW(instruction) != 0);
                    product(lane(0), constant(operands[1]), flags)
                }
                LLVMShl => {
                    let flags = (LLVMGetNSW(instruction) != 0, LLVMGetNUW(instruction) != 0);
                    let by = constant(operands[1]).filter(|by| (0..32).contains(by));
                    product(lane(0), by.map(|by| 1 << by), flags)
                }
                LLVMSExt => match lane(0) {
                    Lane::By(s) if s.signed => Lane::By(Stride { unsigned: false, ..s }),
                    _ => Lane::Any,
                },
                LLVMZExt => match lane(0) {
                    Lane::By(s) if s.unsigned || (s.signed && LLVMGetNNeg(instruction) != 0) => {
                        Lane::By(Stride { signed: true, unsigned: true, ..s })
                    }
                    _ => Lane::Any,
                },
                LLVMTrunc => match lane(0) {
                    Lane::By(s) => Lane::By(Stride { signed: false, unsigned: false, ..s }),
                    lane => lane,
                },
                LLVMFreeze => lane(0),
                LLVMGetElementPtr => self.address(instruction, &operands),
                _ => Lane::Any,
            };
            Variation { rows, lane }
        }
    }

    /// # Safety
    ///
    /// `instruction` is a live `getelementptr` with these operands.
    unsafe fn address(&self, instruction: LLVMValueRef, operands: &[LLVMValueRef]) -> Lane {
        let exact = (false, false);
        // SAFETY: as the caller promises.
        unsafe {
            let mut lane = self.get(operands[0]).lane;
            let mut ty = LLVMGetGEPSourceElementType(instruction);
            for (k, &index) in operands.iter().enumerate().skip(1) {
                if k > 1 {
                    if LLVMGetTypeKind(ty) == LLVMTypeKind::LLVMStructTypeKind {
                        ty = LLVMStructGetTypeAtIndex(ty, LLVMConstIntGetZExtValue(index) as u32);
                        continue;
                    }
                    ty = LLVMGetElementType(ty);
                }
                // A narrow index is widened as a signed number.
                let wide = LLVMGetTypeKind(LLVMTypeOf(index)) == LLVMTypeKind::LLVMIntegerTypeKind
                    && LLVMGetIntTypeWidth(LLVMTypeOf(index)) == 64;
                let index = match self.get(index).lane {
                    Lane::By(s) if !wide && !s.signed => return Lane::Any,
                    lane => lane,
                };
                let size = i64::try_from(LLVMABISizeOfType(self.layout, ty)).ok();
                lane = sum(lane, product(index, size, exact), false, exact);
            }
            lane
        }
    }

    /// Whether what an access reaches lies side by side in memory, lane after lane: `pointer` is its
    /// address, and `ty` the type of what it loads or stores.
    ///
    /// # Safety
    ///
    /// The type is live.
    pub(crate) unsafe fn is_contiguous(&self, pointer: LLVMValueRef, ty: LLVMTypeRef) -> bool {
        // SAFETY: as the caller promises.
        let size = unsafe { LLVMABISizeOfType(self.layout, ty) };
        matches!(self.get(pointer).lane, Lane::By(s) if u64::try_from(s.step) == Ok(size))
    }
}

/// What varies in at least both ways.
fn joined(a: Variation, b: Variation) -> Variation {
    let lane = match (a.lane, b.lane) {
        (Lane::By(s), Lane::By(t)) if s.step == t.step => Lane::By(Stride {
            step: s.step,
            signed: s.signed && t.signed,
            unsigned: s.unsigned && t.unsigned,
        }),
        (Lane::Same, Lane::Same) => Lane::Same,
        _ => Lane::Any,
    };
    Variation { rows: a.rows || b.rows, lane }
}

/// What a value that was believed to vary as `before` is believed to now.
fn grown(before: Variation, now: Variation) -> Variation {
    match (before.lane, now.lane) {
        (Lane::Same, lane) => Variation { rows: before.rows || now.rows, lane },
        _ => joined(before, now),
    }
}

fn sum(a: Lane, b: Lane, negated: bool, (nsw, nuw): (bool, bool)) -> Lane {
    let parts = |lane| match lane {
        Lane::Same => Some(Stride { step: 0, signed: true, unsigned: true }),
        Lane::By(s) => Some(s),
        Lane::Any => None,
    };
    let (Some(a), Some(b)) = (parts(a), parts(b)) else { return Lane::Any };
    let step = if negated { a.step.wrapping_sub(b.step) } else { a.step.wrapping_add(b.step) };
    let stride = Stride {
        step,
        signed: a.signed && b.signed && nsw,
        unsigned: a.unsigned && b.unsigned && nuw,
    };
    if step == 0 { Lane::Same } else { Lane::By(stride) }
}

fn product(lane: Lane, factor: Option<i64>, (nsw, nuw): (bool, bool)) -> Lane {
    match (lane, factor) {
        (Lane::Same, Some(_)) | (_, Some(0)) => Lane::Same,
        (Lane::By(s), Some(factor)) => match s.step.checked_mul(factor) {
            Some(step) => {
                let (signed, unsigned) = (s.signed && nsw, s.unsigned && nuw && factor > 0);
                Lane::By(Stride { step, signed, unsigned })
            }
            None => Lane::Any,
        },
        _ => Lane::Any,
    }
}

/// The value of a constant of at most 64 bits.
///
/// # Safety
///
/// `value` is live.
pub(super) unsafe fn constant(value: LLVMValueRef) -> Option<i64> {
    // SAFETY: as the caller promises; width and value are asked of integers.
    unsafe {
        let is_number = !LLVMIsAConstantInt(value).is_null();
        (is_number && LLVMGetIntTypeWidth(LLVMTypeOf(value)) <= 64)
            .then(|| LLVMConstIntGetSExtValue(value))
    }
}
