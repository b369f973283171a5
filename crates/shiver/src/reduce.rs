//! Reductions: one value of many, bit for bit the same however the work was shared.
//!
//! The space is cut in *blocks* whose borders depend on the space alone ([`blocks`]). A block has one
//! partial result, made in an order that depends on nothing else (`shiver-codegen`'s `fold`), whoever
//! runs its iterations and in how many pieces ([`partials`]). The partial results are combined pairwise,
//! neighbours first, in a tree whose shape depends on their number.

mod blocks;
mod partials;

use std::num::NonZero;
use std::ops::ControlFlow;

use shiver_codegen::Reduction;
use shiver_queue::{Dim, Outcome, Plan, Space, Tile, Worker};
use shiver_signature::Scalar;

use self::blocks::Blocks;
use self::partials::Partials;
use crate::frame::Frame;
use crate::launch::{Tick, completed, drive};
use crate::nest::Nest;
use crate::output::Sink;
use crate::{Args, Element, Error, Function, IntoSpace, failure, parfor};

/// Blocks that take no longer, in nanoseconds, are dealt out whole: then they cost nothing beside what
/// the body does, where sharing one costs about as much.
const WHOLE: f32 = 50_000.0;

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

/// A reduction that is ready to run: compiled, checked, its frame filled.
pub struct Reduce {
    frame: Frame,
    nest: Nest,
    blocks: Blocks,
    reduction: Reduction,
    accumulator: Scalar,
    lanes: u64,
    sink: Sink,
    outcome: Option<Outcome>,
}

impl std::fmt::Debug for Reduce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reduce").field("blocks", &self.blocks).finish_non_exhaustive()
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
        let lanes = reduction.lanes(accumulator);
        Ok(Reduce {
            frame,
            nest,
            blocks: Blocks::of(space, lanes),
            reduction,
            accumulator,
            lanes,
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
        let (folding, fails) = (self.nest.folding(), self.nest.fails());
        let size = self.accumulator.size();
        let mut partials = Partials::new(&self.frame, folding, self.blocks, self.lanes, size);
        let run = |worker: Worker, tile: Tile<'_>| {
            // SAFETY: the queue gives each iteration to one worker, and no two threads the number of
            // one; the nest was compiled for this space's number of indices; the rest is the caller's
            // promise.
            let run = || unsafe { partials.run(worker, tile.begin[0], tile.end[0]) };
            self.sink.capture(run);
            if fails { failure::left(&self.sink) } else { ControlFlow::Continue(()) }
        };
        let space = Space::new([Dim::upto(self.blocks.iterations().into())])?;
        let cost = plan.cost.unwrap_or(self.nest.cost());
        let most = self.blocks.length().min(self.blocks.iterations());
        let block_nanos = cost.nanos().map(|nanos| nanos * most as f32);
        let together = block_nanos.filter(|&nanos| nanos < WHOLE).map(|_| self.blocks.pitch());
        let plan = Plan { cost: Some(cost), together: together.and_then(NonZero::new), ..*plan };
        let outcome = drive(&space, &plan, &self.sink, &run, between);
        self.outcome = Some(outcome);
        let _ = completed(outcome, &self.sink)?;

        let total = self.sink.capture(|| partials.total());
        let result = match (init, total) {
            (Some(mut init), Some(total)) => {
                let (left, right) = (init.as_mut_ptr().cast(), total.as_ptr().cast());
                // SAFETY: both are values of the accumulator's type.
                self.sink.capture(|| unsafe { (folding.combine)(left, right) });
                Some(init)
            }
            (init, total) => init.or(total),
        };
        // What combines values may fail as well, and so at the very end.
        let outcome = completed(outcome, &self.sink)?;
        Ok((result.map(|bits| self.one_nan(bits)), outcome))
    }

    /// The same NaN for any: which of two an addition gives, the sign included, is up to the machine
    /// and to the order in which LLVM writes the operands.
    fn one_nan(&self, bits: [u64; 2]) -> [u64; 2] {
        let double = |bits| if f64::from_bits(bits).is_nan() { f64::NAN.to_bits() } else { bits };
        let single = |bits| if f32::from_bits(bits).is_nan() { f32::NAN.to_bits() } else { bits };
        let singles = |bits: u64| {
            u64::from(single(bits as u32)) | u64::from(single((bits >> 32) as u32)) << 32
        };
        match self.accumulator {
            _ if self.reduction == Reduction::Function => bits,
            Scalar::Float32 | Scalar::Complex64 => [singles(bits[0]), bits[1]],
            Scalar::Float64 | Scalar::Complex128 => bits.map(double),
            _ => bits,
        }
    }

    /// What bodies printed and no tick has given: to be written afterwards.
    pub fn rest_of_output(&self) -> Option<Vec<u8>> {
        self.sink.take_rest()
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
