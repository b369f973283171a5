//! Reductions: one value of many, bit for bit the same however the work was shared.
//!
//! The space is cut in *blocks* whose borders depend on the space alone: [`BLOCK`] iterations of one
//! row, or as many whole rows as come closest from below. A nest makes one partial result of a block,
//! in an order of its own that depends on nothing else (`shiver-codegen`'s `fold`), and the partial
//! results are combined pairwise, neighbours first, in a tree whose shape depends on their number.
//! Workers only decide who makes which partial result.

use std::num::NonZero;
use std::ops::ControlFlow;

use shiver_codegen::Reduction;
use shiver_queue::{Dim, Outcome, Plan, Progress, Space, Tile, Worker};
use shiver_signature::Scalar;

use crate::frame::Frame;
use crate::launch::{Tick, completed, drive};
use crate::module::Nest;
use crate::output::Sink;
use crate::{Args, Element, Error, Function, IntoSpace, parfor};

/// The iterations of a block: long enough that a block's work hides what it costs to hand it out,
/// short enough that a loop worth sharing has many.
pub const BLOCK: u64 = 8192;

/// What a block is taken to cost before one has run, in nanoseconds: as much as a piece may. A block of costly
/// iterations is long already, so the first piece is one block.
pub(crate) const FIRST_COST: f32 = 100_000.0;

/// How to combine values.
#[derive(Clone, Copy, Debug)]
pub enum Op<'a> {
    /// One of those that are built in.
    Builtin(Reduction),
    /// A function of two values, which must be associative and need not commute.
    Function(&'a Function),
}

impl Op<'_> {
    fn reduction(self) -> Reduction {
        match self {
            Op::Builtin(reduction) => reduction,
            Op::Function(_) => Reduction::Function,
        }
    }
}

/// How a space is cut in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Blocks {
    /// All indices but the last, taken together.
    rows: u64,
    /// The trips of the last index.
    row: u64,
    /// Blocks per row, where a row is longer than a block; else 1.
    per_row: u64,
    /// Rows per block, where rows are shorter; else 1.
    rows_each: u64,
}

impl Blocks {
    fn of(space: &Space) -> Blocks {
        let row = space.trips().last().expect("a space has an index");
        let rows = space.iterations().checked_div(row).unwrap_or(0);
        let rows_each = BLOCK.checked_div(row).unwrap_or(1).clamp(1, rows.max(1));
        Blocks { rows, row, per_row: row.div_ceil(BLOCK).max(1), rows_each }
    }

    fn count(&self) -> u64 {
        self.rows.div_ceil(self.rows_each) * self.per_row
    }

    /// The first row and trip of a block, and the ends of both.
    fn bounds(&self, block: u64) -> ([u64; 2], [u64; 2]) {
        let (group, part) = (block / self.per_row, block % self.per_row);
        let (row, trip) = (group * self.rows_each, part * BLOCK);
        let length = if self.per_row == 1 { self.row } else { BLOCK };
        ([row, trip], [(row + self.rows_each).min(self.rows), (trip + length).min(self.row)])
    }
}

/// A reduction that is ready to run: compiled, checked, its frame filled.
pub struct Reduce {
    frame: Frame,
    nest: Nest,
    blocks: Blocks,
    accumulator: Scalar,
    iterations: u64,
    sink: Sink,
    outcome: Option<Outcome>,
}

impl std::fmt::Debug for Reduce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reduce").field("blocks", &self.blocks).finish_non_exhaustive()
    }
}

/// Partial results, each as many bytes as the accumulator's type has.
struct Partials {
    /// Of 16 bytes, for the alignment of the widest type.
    memory: Vec<u128>,
    size: usize,
}

impl Partials {
    fn new(count: usize, size: usize) -> Partials {
        Partials { memory: vec![0; (count * size).div_ceil(16).max(1)], size }
    }

    fn place(&mut self, k: usize) -> *mut u8 {
        self.memory.as_mut_ptr().cast::<u8>().wrapping_add(k * self.size)
    }
}

impl Reduce {
    /// Compiles what `function` needs for `space` and `op`, and fills the frame: see
    /// [`Launch::new`](crate::Launch::new).
    ///
    /// # Errors
    ///
    /// As for [`Launch::new`](crate::Launch::new); [`Error::Codegen`] where `op` means nothing for
    /// what the function returns.
    pub fn new(
        function: &Function,
        space: &Space,
        words: impl ExactSizeIterator<Item = u64>,
        op: Op<'_>,
    ) -> Result<Reduce, Error> {
        let reduction = op.reduction();
        let (frame, shape) = Frame::new(function, space, words, Some(reduction))?;
        let combine = if let Op::Function(combine) = op { Some(combine) } else { None };
        let nest = function.nest(shape, combine)?.into_owned();
        let returns = function.signature().returns.as_scalar();
        let accumulator = returns.and_then(|scalar| reduction.accumulator(scalar));
        let accumulator = accumulator.expect("compiled, so the reduction means something");
        Ok(Reduce {
            frame,
            nest,
            blocks: Blocks::of(space),
            accumulator,
            iterations: space.iterations(),
            sink: Sink::default(),
            outcome: None,
        })
    }

    /// The type of the result.
    pub fn accumulator(&self) -> Scalar {
        self.accumulator
    }

    /// How the loop ended, also where [`Reduce::run`] gave an error; `None` before it ran.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// How many iterations that many blocks have, to within one block: the queue counts blocks, and
    /// so do the tallies of a plan.
    pub fn iterations(&self, blocks: u64) -> u64 {
        let all = u128::from(self.blocks.count().max(1));
        // Not above the number of all iterations, as long as there are no more blocks than that.
        (u128::from(self.iterations) * u128::from(blocks) / all) as u64
    }

    /// Runs the reduction; the result's bytes are the first of those given back, or there is none for
    /// an empty space without `init`. `init`, a value of the accumulator's type in the low bytes, is
    /// combined first.
    ///
    /// # Errors
    ///
    /// As for [`Launch::run`](crate::Launch::run).
    ///
    /// # Safety
    ///
    /// As for [`Launch::run`](crate::Launch::run), without results.
    pub unsafe fn run(
        &mut self,
        init: Option<[u64; 2]>,
        plan: &Plan<'_>,
        between: &mut dyn FnMut(Tick<'_>) -> ControlFlow<()>,
    ) -> Result<(Option<[u64; 2]>, Outcome), Error> {
        let (run_block, combine) = self.nest.run_block();
        let count = usize::try_from(self.blocks.count()).expect("64-bit machines only");
        let mut partials = Partials::new(count, self.accumulator.size());
        /// Where the partial results begin.
        struct Place(*mut u8);
        // SAFETY: each block's place is written by the one worker that runs the block.
        unsafe impl Sync for Place {}
        let place = &Place(partials.place(0));
        let size = self.accumulator.size();
        let run = |_: Worker, tile: Tile<'_>| {
            for block in tile.begin[0]..tile.end[0] {
                let (begin, end) = self.blocks.bounds(block);
                let out = place.0.wrapping_add(block as usize * size);
                // SAFETY: the nest was compiled for this space's number of indices; the block lies in
                // the space and `out` among the partial results; the rest is the caller's promise.
                let run = || unsafe {
                    run_block(self.frame.as_ptr(), begin.as_ptr(), end.as_ptr(), out);
                };
                self.sink.capture(run);
            }
            ControlFlow::Continue(())
        };
        let space = Space::new([Dim::new(0, count as i128, 1)?])?;
        let grain = plan.grain.and_then(|grain| NonZero::new(grain.get().div_ceil(BLOCK)));
        let plan = Plan { grain, cost: Some(self.nest.cost()), ..*plan };
        let mut between = |tick: Tick<'_>| {
            let done = self.iterations(tick.progress.done);
            between(Tick { progress: Progress { done, total: self.iterations }, ..tick })
        };
        let mut outcome = drive(&space, &plan, &self.sink, &run, &mut between);
        outcome.iterations = self.iterations(outcome.iterations);
        self.outcome = Some(outcome);
        let _ = completed(outcome)?;

        let mut width = 1;
        while width < count {
            for left in (0..count - width).step_by(2 * width) {
                let (left, right) = (partials.place(left), partials.place(left + width));
                // SAFETY: both are places of partial results, and have been written.
                self.sink.capture(|| unsafe { combine(left, right) });
            }
            width *= 2;
        }
        let total = (count > 0).then(|| self.take(partials.place(0)));
        let result = match (init, total) {
            (Some(mut init), Some(total)) => {
                let init = init.as_mut_ptr().cast::<u8>();
                // SAFETY: both are values of the accumulator's type.
                self.sink.capture(|| unsafe { combine(init, total.as_ptr().cast()) });
                Some(self.take(init))
            }
            (init, total) => init.or(total),
        };
        Ok((result, outcome))
    }

    /// What bodies printed and no tick has given: to be written afterwards.
    pub fn rest_of_output(&self) -> Option<Vec<u8>> {
        self.sink.take_rest()
    }

    /// Copies a value of the accumulator's type.
    fn take(&self, place: *const u8) -> [u64; 2] {
        let mut bits = [0u64; 2];
        // SAFETY: the place holds a value of that many bytes, at most 16.
        unsafe {
            let size = self.accumulator.size();
            std::ptr::copy_nonoverlapping(place, bits.as_mut_ptr().cast(), size);
        }
        bits
    }
}

/// Runs `function` for every index of `space` and combines what it returns into one value; `None` for
/// an empty space without `init`. The bits of the result do not depend on threads, schedule or grain.
///
/// Sums and products of narrow integers are 64 bits wide ([`Reduction::accumulator`]), and `T` has to
/// be the type of the result.
///
/// # Errors
///
/// As for [`parfor`](crate::parfor()); [`Error::Result`] where `T` is another type than the result's.
///
/// # Safety
///
/// As for [`parfor`](crate::parfor()).
///
/// ```
/// use shiver::{Args, Function, Plan, Reduction, reduce::{Op, reduce}};
/// # fn main() -> Result<(), shiver::Error> {
/// let square = Function::from_c("double square(long i) { return (double)i * i; }", &Default::default())?;
/// let op = Op::Builtin(Reduction::Add);
/// // SAFETY: the body touches no memory.
/// let sum: Option<f64> = unsafe { reduce(&square, 1001, Args::new(), op, None, &Plan::default())? };
/// assert_eq!(sum, Some(333_833_500.0));
/// # Ok(())
/// # }
/// ```
pub unsafe fn reduce<T: Element>(
    function: &Function,
    space: impl IntoSpace,
    args: Args<'_>,
    op: Op<'_>,
    init: Option<T>,
    plan: &Plan<'_>,
) -> Result<Option<T>, Error> {
    let space = space.into_space()?;
    let words = args.words(function.signature(), space.dims().len())?;
    let mut reduce = Reduce::new(function, &space, words.into_iter(), op)?;
    if reduce.accumulator() != T::SCALAR {
        let returns = format!("values whose reduction is {}", reduce.accumulator());
        return Err(Error::Result { returns, wanted: T::SCALAR.name() });
    }
    let init = init.map(|init| {
        let mut bits = [0u64; 2];
        // SAFETY: an element is at most 16 bytes of plain data.
        unsafe { bits.as_mut_ptr().cast::<T>().write_unaligned(init) };
        bits
    });
    let plan = parfor::with_threads(plan);
    // SAFETY: the caller's promise.
    let outcome = unsafe { reduce.run(init, &plan, &mut parfor::print) };
    reduce.rest_of_output().as_deref().map(parfor::write_out);
    // SAFETY: the bits are those of a value of type `T`.
    Ok(outcome?.0.map(|bits| unsafe { bits.as_ptr().cast::<T>().read_unaligned() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_hold_each_iteration_once_in_order(
            extents in prop::collection::vec(prop_oneof![1u64..5, 1u64..300, 8000u64..20_000], 1..4)
        ) {
            let dims = extents.iter().map(|&n| Dim::upto(n.into()));
            let space = Space::new(dims).unwrap();
            prop_assume!(space.iterations() < 1 << 40);
            let blocks = Blocks::of(&space);
            let mut next = 0;
            for block in 0..blocks.count().min(1000) {
                let (begin, end) = blocks.bounds(block);
                prop_assert!(begin[0] < end[0] && begin[1] < end[1]);
                prop_assert_eq!(begin[0] * blocks.row + begin[1], next);
                prop_assert!(end[0] - begin[0] == 1 || (begin[1] == 0 && end[1] == blocks.row));
                let size = (end[0] - begin[0]) * (end[1] - begin[1]);
                prop_assert!(size <= BLOCK);
                next += size;
            }
            if blocks.count() <= 1000 {
                prop_assert_eq!(next, space.iterations());
            }
        }
    }

    #[test]
    fn an_empty_space_has_no_blocks() {
        for extents in [vec![0], vec![0, 5], vec![5, 0]] {
            let space = Space::new(extents.into_iter().map(Dim::upto)).unwrap();
            assert_eq!(Blocks::of(&space).count(), 0);
        }
    }
}
