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
//! Rows come innermost, since what depends on the lanes alone is usually the larger part of what a tile
//! reads: it stays in the cache from one tile to the next.

use llvm_sys::LLVMIntPredicate::{LLVMIntULE, LLVMIntULT};
use llvm_sys::core::*;
use llvm_sys::prelude::*;
use shiver_signature::{Signature, Type};

use super::widen::Body;
use crate::llvm::{Context, Module};
use crate::shape::{Shape, TILE_SYMBOL, Tile};
use crate::writer::{EMPTY, Frame, Writer};

/// The functions that run tiles: of all rows, and of one.
pub(super) struct Functions {
    /// Those of whole tiles.
    pub(super) whole: [LLVMValueRef; 2],
    /// Those of one vector, of which not all lanes need count.
    pub(super) rest: [LLVMValueRef; 2],
}

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
    tile: Tile,
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
        let b = writer.builder.raw();
        let mut arguments = frame.arguments.clone();
        let mut levels = Vec::new();
        let mut position = LLVMConstInt(writer.i64, 0, 0);
        for k in 0..shape.indices - 2 {
            let level = writer.open(&frame, k, frame.begins[k], frame.ends[k]);
            position = along(&writer, position, frame.trips[k], level.trip);
            arguments.push(writer.narrow(level.value, frame.index_types[k]));
            levels.push(level);
        }
        let width = u64::from(width);
        let nest = TileNest { writer: &writer, frame: &frame, arguments, position, result, width };
        nest.run(functions, tile);
        for level in levels.iter().rev() {
            writer.close(level, None);
        }
        LLVMBuildRetVoid(b);
        tell(context, module, tile);
    }
}

/// A position in row-major order: `trip` of an index that has `trips`, inside of `outer`.
///
/// # Safety
///
/// As for [`write`].
unsafe fn along(
    writer: &Writer<'_>,
    outer: LLVMValueRef,
    trips: LLVMValueRef,
    trip: LLVMValueRef,
) -> LLVMValueRef {
    let b = writer.builder.raw();
    // SAFETY: as the caller promises.
    unsafe {
        let row = LLVMBuildNUWMul(b, outer, trips, EMPTY.as_ptr());
        LLVMBuildNUWAdd(b, row, trip, EMPTY.as_ptr())
    }
}

/// Defines the constant that says how large tiles are.
///
/// # Safety
///
/// `module` is a module of `context`.
unsafe fn tell(context: &Context, module: &Module<'_>, tile: Tile) {
    // SAFETY: as the caller promises.
    unsafe {
        let i64 = LLVMInt64TypeInContext(context.raw());
        let mut words = [tile.rows, tile.lanes].map(|word| LLVMConstInt(i64, word, 0));
        let value = LLVMConstArray2(i64, words.as_mut_ptr(), 2);
        let global = LLVMAddGlobal(module.raw(), LLVMTypeOf(value), c"".as_ptr());
        crate::llvm::set_name(global, TILE_SYMBOL);
        LLVMSetInitializer(global, value);
        LLVMSetGlobalConstant(global, 1);
    }
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
}

impl TileNest<'_> {
    /// # Safety
    ///
    /// As for [`write`]; so for all below.
    unsafe fn run(&self, functions: &Functions, tile: Tile) {
        let w = self.writer;
        let b = w.builder.raw();
        let last = self.frame.ends.len() - 1;
        let (begin, end) = (self.frame.begins[last], self.frame.ends[last]);
        // SAFETY: as the caller promises.
        unsafe {
            let lane = self.each(begin, end, tile.lanes, tile.lanes, |lane| {
                self.rows(functions.whole, tile.rows, lane, None);
            });
            self.each(lane, end, self.width, 1, |lane| {
                let left = LLVMBuildSub(b, end, lane, EMPTY.as_ptr());
                let width = LLVMConstInt(w.i64, self.width, 0);
                let fewer = LLVMBuildICmp(b, LLVMIntULT, left, width, EMPTY.as_ptr());
                let count = LLVMBuildSelect(b, fewer, left, width, c"count".as_ptr());
                self.rows(functions.rest, tile.rows, lane, Some(count));
            });
        }
    }

    /// Writes the loops over the rows of one strip of lanes.
    unsafe fn rows(
        &self,
        functions: [LLVMValueRef; 2],
        rows: u64,
        lane: LLVMValueRef,
        count: Option<LLVMValueRef>,
    ) {
        let at = self.frame.ends.len() - 2;
        let (begin, end) = (self.frame.begins[at], self.frame.ends[at]);
        // SAFETY: as the caller promises.
        unsafe {
            let row = self.each(begin, end, rows, rows, |row| {
                self.call(functions[0], row, lane, count);
            });
            self.each(row, end, 1, 1, |row| self.call(functions[1], row, lane, count));
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

    /// Writes the call that runs the tile whose first row and lane have these trip numbers.
    unsafe fn call(
        &self,
        function: LLVMValueRef,
        row: LLVMValueRef,
        lane: LLVMValueRef,
        count: Option<LLVMValueRef>,
    ) {
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
                let row = along(w, self.position, self.frame.trips[rows], row);
                let mut element = along(w, row, self.frame.trips[lanes], lane);
                let ty = w.result_type();
                let name = c"element".as_ptr();
                arguments.push(LLVMBuildGEP2(b, ty, result, &mut element, 1, name));
                arguments.push(self.frame.trips[lanes]);
            }
            arguments.extend(count);
            let ty = LLVMGlobalGetValueType(function);
            let given = arguments.len() as u32;
            LLVMBuildCall2(b, ty, function, arguments.as_mut_ptr(), given, EMPTY.as_ptr());
        }
    }
}
