//! The loops over the tiles.
//!
//! For two indices, in C's words:
//!
//! ```c
//! for (t1 = begin[1]; t1 + LANES <= end[1]; t1 += LANES) {
//!     for (t0 = begin[0]; t0 + ROWS <= end[0]; t0 += ROWS) whole[0](…, start0 + t0, start1 + t1, …);
//!     for (; t0 < end[0]; t0++) whole[1](…);
//! }
//! for (; t1 < end[1]; t1 += WIDTH) { /* the same with rest, and how many lanes count */ }
//! ```
//!
//! Where there are enough rows, what they share is first put side by side, in the order in which it is
//! needed, into memory that the worker brings along: it then takes no more cache than it must, wherever
//! its parts lay, and what would have to be gathered is gathered once.
//!
//! Rows come innermost, since what depends on the lanes alone is usually the larger part of what a tile
//! reads: it stays in the cache from one tile to the next.

use llvm_sys::LLVMIntPredicate::{LLVMIntNE, LLVMIntUGE, LLVMIntULE, LLVMIntULT};
use llvm_sys::core::*;
use llvm_sys::prelude::*;
use shiver_signature::{Signature, Type};

use super::fitness::{Extent, Order};
use super::widen::Body;
use crate::llvm::{self, Context, Module};
use crate::shape::{SCRATCH_HEADER, Shape, TILE_SYMBOL};
use crate::writer::{EMPTY, Frame, Stride, Writer};

/// The functions that run tiles: of all rows, and of one.
pub(super) struct Functions {
    /// Those of whole tiles.
    pub(super) whole: [LLVMValueRef; 2],
    /// Those of one vector, of which not all lanes need count.
    pub(super) rest: [LLVMValueRef; 2],
    /// Where rows share vectors.
    pub(super) packed: Option<Packed>,
}

/// The functions that put side by side what the rows of a strip of lanes share, and that run a whole
/// tile with it.
#[derive(Clone, Copy)]
pub(super) struct Packed {
    pub(super) pack: LLVMValueRef,
    pub(super) run: LLVMValueRef,
}

/// How many tiles there have to be above each other, that packing pays.
const PACKED_TILES: u64 = 4;

/// Writes a nest that runs tiles with the functions that were made of `body`, and says in the module how
/// large they are.
///
/// # Safety
///
/// The body's function is live and belongs to its module; `signature` is its, and the functions are
/// made of it.
pub(super) unsafe fn write(
    body: &Body<'_>,
    signature: &Signature,
    shape: Shape,
    functions: &Functions,
    extent: Extent,
) {
    let Body { context, module, function, width, .. } = *body;
    // SAFETY: as the caller promises: every value, type and block belongs to the nest.
    unsafe {
        let writer = Writer::new(context, module, signature, shape, function);
        let frame = writer.read_frame();
        let result = (signature.returns != Type::Void).then(|| {
            let row = LLVMGetParam(writer.function, 0);
            let word = shape.result_word(signature.params.len());
            writer.load(writer.pointer, row, word, c"result")
        });
        let packing =
            functions.packed.map(|packed| packing(&writer, &frame, packed, u64::from(extent.rows)));
        let b = writer.builder.raw();
        let mut arguments = frame.arguments.clone();
        let mut levels = Vec::new();
        let mut position = LLVMConstInt(writer.i64, 0, 0);
        for k in 0..shape.indices - 2 {
            let level = writer.open(&frame, k, Stride::One, frame.begins[k], frame.ends[k]);
            position = writer.advance(position, frame.trips[k], level.trip);
            arguments.push(level.index);
            levels.push(level);
        }
        let nest = TileNest {
            writer: &writer,
            frame: &frame,
            arguments,
            position,
            result,
            width: u64::from(width),
            packing,
        };
        match extent.order {
            Order::Strips => {
                nest.strips(functions, extent);
                let tile = extent.tile(width);
                tell(context, module, TILE_SYMBOL, &[tile.rows, tile.lanes]);
            }
            Order::Bands => nest.bands(functions, extent),
        }
        for level in levels.iter().rev() {
            writer.close(level, None);
        }
        LLVMBuildRetVoid(b);
    }
}

/// Writes what is found out about packing before the first strip.
///
/// # Safety
///
/// As for [`write`]; the builder stands in the entry block.
unsafe fn packing(writer: &Writer<'_>, frame: &Frame, functions: Packed, rows: u64) -> Packing {
    let b = writer.builder.raw();
    let at = frame.ends.len() - 2;
    // SAFETY: as the caller promises: the fourth argument points to a word, the size of the memory that
    // lies behind it, which nobody else uses.
    unsafe {
        let noalias = llvm::attribute(writer.context, "noalias");
        LLVMAddAttributeAtIndex(writer.function, 4, noalias);
        let scratch = LLVMGetParam(writer.function, 3);
        let room = writer.load(writer.i64, scratch, 0, c"room");
        let mut offset = LLVMConstInt(writer.i64, SCRATCH_HEADER, 0);
        let place = LLVMBuildGEP2(b, writer.i8, scratch, &mut offset, 1, c"place".as_ptr());
        let all = LLVMBuildSub(b, frame.ends[at], frame.begins[at], EMPTY.as_ptr());
        let least = LLVMConstInt(writer.i64, PACKED_TILES * rows, 0);
        let pays = LLVMBuildICmp(b, LLVMIntUGE, all, least, c"pays".as_ptr());
        // A variable of the nest: once something did not fit, nothing is tried any more.
        let wanted = LLVMBuildAlloca(b, writer.i8, c"wanted".as_ptr());
        LLVMBuildStore(b, LLVMBuildZExt(b, pays, writer.i8, EMPTY.as_ptr()), wanted);
        Packing { functions, room, place, wanted }
    }
}

/// Defines a constant of the object that says something of its tiles.
///
/// # Safety
///
/// `module` is a module of `context`.
pub(super) unsafe fn tell(context: &Context, module: &Module<'_>, symbol: &str, words: &[u64]) {
    // SAFETY: as the caller promises.
    unsafe {
        let i64 = LLVMInt64TypeInContext(context.raw());
        let mut words: Vec<_> = words.iter().map(|&word| LLVMConstInt(i64, word, 0)).collect();
        let value = LLVMConstArray2(i64, words.as_mut_ptr(), words.len() as u64);
        let global = LLVMAddGlobal(module.raw(), LLVMTypeOf(value), c"".as_ptr());
        llvm::set_name(global, symbol);
        LLVMSetInitializer(global, value);
        LLVMSetGlobalConstant(global, 1);
    }
}

/// What packing needs.
#[derive(Clone, Copy)]
struct Packing {
    functions: Packed,
    /// How many bytes there are.
    room: LLVMValueRef,
    /// Where they begin.
    place: LLVMValueRef,
    /// A variable that holds whether the next strip should be packed.
    wanted: LLVMValueRef,
}

struct TileNest<'a> {
    writer: &'a Writer<'a>,
    frame: &'a Frame,
    /// The fixed arguments and the outer indices.
    arguments: Vec<LLVMValueRef>,
    /// The position of the outer indices.
    position: LLVMValueRef,
    /// Where the results begin.
    result: Option<LLVMValueRef>,
    width: u64,
    packing: Option<Packing>,
}

impl TileNest<'_> {
    /// Writes the loops strip by strip: rows come innermost.
    ///
    /// # Safety
    ///
    /// As for [`write`]; so for all below.
    unsafe fn strips(&self, functions: &Functions, extent: Extent) {
        let w = self.writer;
        let b = w.builder.raw();
        let last = self.frame.ends.len() - 1;
        let (begin, end) = (self.frame.begins[last], self.frame.ends[last]);
        let lanes = self.width * u64::from(extent.vectors);
        let rows = u64::from(extent.rows);
        // SAFETY: as the caller promises.
        unsafe {
            let lane = self.each(begin, end, lanes, lanes, |lane| {
                let Some(packing) = self.packing else {
                    return self.rows(functions.whole, rows, lane, None);
                };
                let [then, otherwise, after] =
                    ["packed", "in.place", "strip.done"].map(|name| w.block(name));
                self.pack(&packing, lane, then, otherwise);
                LLVMPositionBuilderAtEnd(b, then);
                let run = [packing.functions.run, functions.whole[1]];
                self.rows(run, rows, lane, Some(packing.place));
                LLVMBuildBr(b, after);
                LLVMPositionBuilderAtEnd(b, otherwise);
                self.rows(functions.whole, rows, lane, None);
                LLVMBuildBr(b, after);
                LLVMPositionBuilderAtEnd(b, after);
            });
            self.each(lane, end, self.width, 1, |lane| {
                let count = self.count(lane, end);
                self.rows(functions.rest, rows, lane, Some(count));
            });
        }
    }

    /// Writes the loops some rows at a time: lanes come innermost.
    unsafe fn bands(&self, functions: &Functions, extent: Extent) {
        let at = self.frame.ends.len() - 2;
        let (begin, end) = (self.frame.begins[at], self.frame.ends[at]);
        let (first_lane, last_lane) = (self.frame.begins[at + 1], self.frame.ends[at + 1]);
        let lanes = self.width * u64::from(extent.vectors);
        let rows = u64::from(extent.rows);
        // SAFETY: as the caller promises.
        unsafe {
            let band = |which: usize, row| {
                let lane = self.each(first_lane, last_lane, lanes, lanes, |lane| {
                    self.call(functions.whole[which], row, lane, &[]);
                });
                self.each(lane, last_lane, self.width, 1, |lane| {
                    let count = self.count(lane, last_lane);
                    self.call(functions.rest[which], row, lane, &[count]);
                });
            };
            let row = self.each(begin, end, rows, rows, |row| band(0, row));
            self.each(row, end, 1, 1, |row| band(1, row));
        }
    }

    /// How many lanes of one vector count, from `lane` on.
    unsafe fn count(&self, lane: LLVMValueRef, end: LLVMValueRef) -> LLVMValueRef {
        let w = self.writer;
        let b = w.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let left = LLVMBuildSub(b, end, lane, EMPTY.as_ptr());
            let width = LLVMConstInt(w.i64, self.width, 0);
            let fewer = LLVMBuildICmp(b, LLVMIntULT, left, width, EMPTY.as_ptr());
            LLVMBuildSelect(b, fewer, left, width, c"count".as_ptr())
        }
    }

    /// Packs what a strip's rows share, if that pays, and goes on at `then` if it has been packed.
    unsafe fn pack(
        &self,
        packing: &Packing,
        lane: LLVMValueRef,
        then: LLVMBasicBlockRef,
        otherwise: LLVMBasicBlockRef,
    ) {
        let w = self.writer;
        let b = w.builder.raw();
        let row = self.frame.begins[self.frame.ends.len() - 2];
        // SAFETY: as the caller promises.
        unsafe {
            let wanted = LLVMBuildLoad2(b, w.i8, packing.wanted, EMPTY.as_ptr());
            let zero = LLVMConstInt(w.i8, 0, 0);
            let wanted = LLVMBuildICmp(b, LLVMIntNE, wanted, zero, EMPTY.as_ptr());
            let pack = w.block("pack");
            LLVMBuildCondBr(b, wanted, pack, otherwise);
            LLVMPositionBuilderAtEnd(b, pack);
            let extra = [packing.place, packing.room];
            let used = self.call(packing.functions.pack, row, lane, &extra);
            let fits = LLVMBuildICmp(b, LLVMIntULE, used, packing.room, c"fits".as_ptr());
            LLVMBuildStore(b, LLVMBuildZExt(b, fits, w.i8, EMPTY.as_ptr()), packing.wanted);
            LLVMBuildCondBr(b, fits, then, otherwise);
        }
    }

    /// Writes the loops over the rows of one strip of lanes. `extra` is what the first of the functions
    /// takes in addition, and the second too if not all lanes count.
    unsafe fn rows(
        &self,
        functions: [LLVMValueRef; 2],
        rows: u64,
        lane: LLVMValueRef,
        extra: Option<LLVMValueRef>,
    ) {
        let at = self.frame.ends.len() - 2;
        let (begin, end) = (self.frame.begins[at], self.frame.ends[at]);
        // SAFETY: as the caller promises.
        unsafe {
            let row = self.each(begin, end, rows, rows, |row| {
                self.call(functions[0], row, lane, extra.as_slice());
            });
            let takes = |function| LLVMCountParams(function) == LLVMCountParams(functions[0]);
            let extra = extra.filter(|_| takes(functions[1]));
            self.each(row, end, 1, 1, |row| {
                self.call(functions[1], row, lane, extra.as_slice());
            });
        }
    }

    /// Writes `for (at = begin; at + room <= end; at += step) body(at);` and gives what `at` is then.
    unsafe fn each(
        &self,
        begin: LLVMValueRef,
        end: LLVMValueRef,
        step: u64,
        room: u64,
        body: impl FnOnce(LLVMValueRef),
    ) -> LLVMValueRef {
        let w = self.writer;
        let b = w.builder.raw();
        // SAFETY: as the caller promises. Trip numbers are below 2^63, and steps small.
        unsafe {
            let number = |n| LLVMConstInt(w.i64, n, 0);
            let before = LLVMGetInsertBlock(b);
            let (header, inside, after) = (w.block("tiles"), w.block("tile"), w.block("rest"));
            LLVMBuildBr(b, header);
            LLVMPositionBuilderAtEnd(b, header);
            let at = LLVMBuildPhi(b, w.i64, c"at".as_ptr());
            LLVMAddIncoming(at, &mut { begin }, &mut { before }, 1);
            let needed = LLVMBuildNUWAdd(b, at, number(room), EMPTY.as_ptr());
            let fits = LLVMBuildICmp(b, LLVMIntULE, needed, end, c"fits".as_ptr());
            LLVMBuildCondBr(b, fits, inside, after);
            LLVMPositionBuilderAtEnd(b, inside);
            body(at);
            let next = LLVMBuildNUWAdd(b, at, number(step), EMPTY.as_ptr());
            LLVMSetNSW(next, 1);
            let latch = LLVMGetInsertBlock(b);
            LLVMBuildBr(b, header);
            LLVMAddIncoming(at, &mut { next }, &mut { latch }, 1);
            LLVMPositionBuilderAtEnd(b, after);
            at
        }
    }

    /// Writes the call of a tile's function for the first row and lane with these trip numbers.
    unsafe fn call(
        &self,
        function: LLVMValueRef,
        row: LLVMValueRef,
        lane: LLVMValueRef,
        extra: &[LLVMValueRef],
    ) -> LLVMValueRef {
        let w = self.writer;
        let b = w.builder.raw();
        let (rows, lanes) = (self.frame.ends.len() - 2, self.frame.ends.len() - 1);
        // SAFETY: as the caller promises.
        unsafe {
            let mut arguments = self.arguments.clone();
            for (k, trip) in [(rows, row), (lanes, lane)] {
                let value = LLVMBuildAdd(b, self.frame.starts[k], trip, c"index".as_ptr());
                arguments.push(w.narrow(value, self.frame.index_types[k]));
            }
            if let Some(result) = self.result {
                let row = w.advance(self.position, self.frame.trips[rows], row);
                let mut element = w.advance(row, self.frame.trips[lanes], lane);
                let ty = w.result_type();
                let name = c"element".as_ptr();
                arguments.push(LLVMBuildGEP2(b, ty, result, &mut element, 1, name));
                arguments.push(self.frame.trips[lanes]);
            }
            arguments.extend(extra);
            let ty = LLVMGlobalGetValueType(function);
            let given = arguments.len() as u32;
            LLVMBuildCall2(b, ty, function, arguments.as_mut_ptr(), given, EMPTY.as_ptr())
        }
    }
}
