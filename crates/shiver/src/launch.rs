//! Runs a loop.

use std::borrow::Cow;
use std::fmt;
use std::ops::ControlFlow;

use shiver_codegen::{Reduction, Shape};
use shiver_queue::{Ending, Plan, Progress, Space, Tile, Worker};
pub use shiver_queue::{Outcome, Tally};

use crate::args::check_count;
use crate::module::Nest;
use crate::output::Sink;
use crate::{Error, Function};

/// A loop that is ready to run: compiled, checked, its frame filled.
///
/// This is the layer below [`parfor`](crate::parfor()), for those that bring arguments of their own
/// making, as the Python package does.
pub struct Launch<'a> {
    space: &'a Space,
    frame: Frame,
    nest: Cow<'a, Nest>,
    sink: Sink,
    outcome: Option<Outcome>,
}

impl fmt::Debug for Launch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch").field("space", self.space).finish_non_exhaustive()
    }
}

/// The words that compiled code reads: see [`shiver_codegen::shape`].
///
/// A few are kept in place, so that workers find them beside the rest of what they need to begin: each way to memory that
/// another core has written takes as long as a hundred iterations.
#[derive(Clone)]
pub(crate) struct Frame {
    here: [u64; Frame::HERE],
    /// All words, where there are too many.
    there: Vec<u64>,
    result_word: usize,
}

// SAFETY: the words are only read while a loop runs, and what they point to is the concern of
// whoever runs it.
unsafe impl Sync for Frame {}

impl Frame {
    /// Checks what can be checked without types, finds the shape, and fills the frame.
    pub(crate) fn new(
        function: &Function,
        space: &Space,
        words: impl ExactSizeIterator<Item = u64>,
        reduction: Option<Reduction>,
    ) -> Result<(Frame, Shape), Error> {
        let signature = function.signature();
        let indices = space.dims().len();
        check_count(signature, indices, words.len())?;
        check_indices(function, space)?;
        let unit_steps = space.dims().iter().all(|dim| dim.is_unit() || dim.len() <= 1);
        let shape = Shape { indices, unit_steps, reduction };
        let params = signature.params.len();
        let mut frame = Frame::with_room(shape.frame_words(params), shape.result_word(params));
        // Values wrap to the 64 bits that an index can hold; `check_indices` has seen that those
        // which occur fit.
        let starts = space.dims().iter().map(|dim| dim.start() as u64);
        let steps = space.dims().iter().map(|dim| dim.step() as u64);
        let trips = space.dims().iter().map(|dim| dim.len());
        let all = words.chain([0]).chain(starts).chain(steps).chain(trips);
        frame.words().iter_mut().zip(all).for_each(|(place, word)| *place = word);
        Ok((frame, shape))
    }

    /// As many words as leave all that a worker reads first on three cache lines.
    const HERE: usize = 16;

    fn with_room(words: usize, result_word: usize) -> Frame {
        let there = if words <= Self::HERE { Vec::new() } else { vec![0; words] };
        Frame { here: [0; Self::HERE], there, result_word }
    }

    fn words(&mut self) -> &mut [u64] {
        if self.there.is_empty() { &mut self.here } else { &mut self.there }
    }

    /// Where results go.
    fn set_result(&mut self, result: *mut u8) {
        let word = self.result_word;
        self.words()[word] = result as u64;
    }

    pub(crate) fn as_ptr(&self) -> *const u64 {
        if self.there.is_empty() { self.here.as_ptr() } else { self.there.as_ptr() }
    }
}

/// What the waiting thread is told between pieces.
#[derive(Debug)]
pub struct Tick<'a> {
    /// How far the loop has come.
    pub progress: Progress,
    /// Whole lines that the body printed since the last tick.
    pub output: Option<&'a [u8]>,
}

impl<'a> Launch<'a> {
    /// Compiles the nest that `function` needs for `space`, if there is none yet, and fills its frame
    /// with `words`, one per fixed argument: the value in its low bytes, the address of an array, or
    /// the address of a complex number, which must stay valid while the loop runs.
    ///
    /// # Errors
    ///
    /// [`Error::ArgumentCount`] where function, indices and words do not agree in number,
    /// [`Error::IndexOverflow`] where an index would reach a value that its type cannot hold, and
    /// what compiling and loading can give. Nothing has run then.
    pub fn new(
        function: &'a Function,
        space: &'a Space,
        words: impl ExactSizeIterator<Item = u64>,
    ) -> Result<Launch<'a>, Error> {
        let (frame, shape) = Frame::new(function, space, words, None)?;
        // An empty space runs nothing, but what cannot be compiled is told all the same.
        let nest = function.nest(shape, None)?;
        Ok(Launch { space, frame, nest, sink: Sink::default(), outcome: None })
    }

    /// Runs the loop. `between` is called on this thread alone, between its pieces and while it waits
    /// for the other workers, and ends the loop with `Break`.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] where the loop ended before its last iteration. What the iterations that
    /// ran have written stays written.
    ///
    /// # Safety
    ///
    /// * `result` points to memory for one value of the function's result per iteration, unless the
    ///   function returns nothing.
    /// * The words are what the function's parameters take, and everything that the body reaches
    ///   through them is valid while the loop runs.
    /// * The body has no races: what one iteration writes, no other reads or writes, unless both do so
    ///   atomically.
    pub unsafe fn run(
        &mut self,
        result: *mut u8,
        plan: &Plan<'_>,
        between: &mut dyn FnMut(Tick<'_>) -> ControlFlow<()>,
    ) -> Result<Outcome, Error> {
        self.frame.set_result(result);
        let (nest, frame) = (self.nest.run_tile(), self.frame.clone());
        let run = move |tile: Tile<'_>| {
            // SAFETY: the nest was compiled for as many indices as the space has; the tile lies in
            // the space; the rest is the caller's promise.
            unsafe { nest(frame.as_ptr(), tile.begin.as_ptr(), tile.end.as_ptr()) }
        };
        let plan = &Plan { cost: plan.cost.or(Some(self.nest.cost())), ..*plan };
        let outcome = drive(self.space, plan, &self.sink, run, between);
        self.outcome = Some(outcome);
        completed(outcome)
    }

    /// How the loop ended, also where [`Launch::run`] gave an error; `None` before it ran.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// What the body printed and no tick has given: to be written after the loop.
    pub fn rest_of_output(&self) -> Option<Vec<u8>> {
        self.sink.take_rest()
    }

    /// Calls `function` once with `words`, all its parameters being fixed, and puts its result at
    /// `result`. Gives what it printed.
    ///
    /// # Errors
    ///
    /// As for [`Launch::new`].
    ///
    /// # Safety
    ///
    /// As for [`Launch::run`], with `result` pointing to memory for one value.
    pub unsafe fn once(
        function: &Function,
        words: &[u64],
        result: *mut u8,
    ) -> Result<Option<Vec<u8>>, Error> {
        let signature = function.signature();
        if words.len() != signature.params.len() {
            return Err(Error::ArgumentCount {
                signature: signature.to_string(),
                expected: signature.params.len(),
                given: words.len(),
            });
        }
        let shape = Shape { indices: 0, unit_steps: true, reduction: None };
        let nest = function.nest(shape, None)?;
        let mut frame = words.to_vec();
        frame.push(result as u64);
        let sink = Sink::default();
        let run = nest.run_tile();
        // SAFETY: a nest without indices reads no bounds; the rest is the caller's promise.
        sink.capture(|| unsafe { run(frame.as_ptr(), std::ptr::null(), std::ptr::null()) });
        Ok(sink.take_rest())
    }
}

/// Runs the queue over a space, with what bodies print going to `sink` and from there to `between`. Workers find what
/// `run` has captured in one place.
pub(crate) fn drive(
    space: &Space,
    plan: &Plan<'_>,
    sink: &Sink,
    run: impl Fn(Tile<'_>) + Sync,
    between: &mut dyn FnMut(Tick<'_>) -> ControlFlow<()>,
) -> Outcome {
    let body = move |_worker: Worker, tile: Tile<'_>| {
        sink.capture(|| run(tile));
        ControlFlow::Continue(())
    };
    let mut tick = |progress| {
        let lines = sink.take_lines();
        between(Tick { progress, output: lines.as_deref() })
    };
    shiver_queue::run(space, plan, &body, &mut tick)
}

/// An error for a loop that ended early.
pub(crate) fn completed(outcome: Outcome) -> Result<Outcome, Error> {
    match outcome.ending {
        Ending::Completed => Ok(outcome),
        Ending::Cancelled => Err(Error::Cancelled),
    }
}

/// Every value that an index takes must fit its type; a bound that is never reached need not.
fn check_indices(function: &Function, space: &Space) -> Result<(), Error> {
    if space.iterations() == 0 {
        return Ok(());
    }
    let params = &function.signature().params;
    let first = params.len() - space.dims().len();
    for (dim, param) in space.dims().iter().zip(&params[first..]) {
        let Some((least, greatest)) = param.ty.as_scalar().and_then(|scalar| scalar.range()) else {
            continue; // Not an integer: the code generator says so.
        };
        for value in [Some(dim.start()), dim.last()].into_iter().flatten() {
            if value < least || value > greatest {
                return Err(Error::IndexOverflow {
                    parameter: param.name.clone(),
                    value,
                    ty: param.ty.to_string(),
                });
            }
        }
    }
    Ok(())
}
