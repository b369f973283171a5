//! Runs a loop.

use std::borrow::Cow;
use std::fmt;
use std::ops::ControlFlow;
use std::ptr;

use shiver_codegen::Shape;
use shiver_queue::{Body, Ending, Plan, Progress, Space};
pub use shiver_queue::{Outcome, Tally};

use crate::frame::Frame;
use crate::nest::Nest;
use crate::output::Sink;
use crate::{Error, Function, streaming};

/// A loop that is ready to run: compiled, checked, its frame filled.
///
/// This is the layer below [`parfor`](crate::parfor()), for those that bring arguments of their own
/// making, as the Python package does.
pub struct Launch<'a> {
    function: &'a Function,
    space: &'a Space,
    shape: Shape,
    frame: Frame,
    nest: Cow<'a, Nest>,
    /// How many bytes the loop has to write for them to be streamed.
    stream_from: u64,
    sink: Sink,
    outcome: Option<Outcome>,
}

impl fmt::Debug for Launch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launch").field("space", self.space).finish_non_exhaustive()
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
        // The first to ask how much is enough waits for the answer longer than a small loop takes.
        let few = space.iterations() <= streaming::FEW;
        let bytes = if few { u64::MAX } else { streaming::least_bytes() };
        Launch::streaming_from(function, space, words, bytes)
    }

    /// As [`Launch::new`], for a loop that writes past the caches if it writes that many bytes in a way
    /// that allows it; `u64::MAX` has it never do so. The bits are the same, the time is not.
    ///
    /// # Errors
    ///
    /// As for [`Launch::new`].
    pub fn streaming_from(
        function: &'a Function,
        space: &'a Space,
        words: impl ExactSizeIterator<Item = u64>,
        bytes: u64,
    ) -> Result<Launch<'a>, Error> {
        let (frame, mut shape) = Frame::new(function, space, words, None)?;
        let may = streaming::may_write(function.signature(), shape, space.iterations(), bytes);
        // Where it is compiled at all, the nest that streams comes first: it tells whether this call
        // should, and mostly it should.
        let streams = may.then(|| function.streaming_nest(shape, Shape::ALL_STREAMS));
        let nest = match streams.transpose()?.flatten() {
            Some(nest) => nest,
            // An empty space runs nothing, but what cannot be compiled is told all the same.
            None => function.nest(shape, None)?,
        };
        let nest = if nest.pays(space) {
            nest
        } else {
            shape.tiles = false;
            function.nest(shape, None)?
        };
        let sink = Sink::default();
        Ok(Launch { function, space, shape, frame, nest, stream_from: bytes, sink, outcome: None })
    }

    /// Runs the loop. `between` is called on this thread alone, between its pieces and while it waits
    /// for the other workers, and ends the loop with `Break`.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] where the loop ended before its last iteration; [`Error::Kernel`] where the
    /// body reported a failure. What the iterations that ran have written stays written. Where what is known only now asks for another nest, what
    /// compiling can give; nothing has run then.
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
        if self.nest.streams().is_some() {
            self.choose(result)?;
        }
        let (quantum, cost) = (self.nest.quantum(), plan.cost.or(Some(self.nest.cost())));
        let run = self.nest.run_tile();
        // SAFETY: the nest was compiled for as many indices as the space has; it and the sink live as
        // long as `self`; the rest is the caller's promise.
        let body = unsafe {
            let (scratches, fails) = (quantum.is_some(), self.nest.fails());
            self.frame.body(run, scratches, fails, &self.sink, result)
        };
        let plan = &Plan { cost, quantum, brief: self.nest.is_brief(), ..*plan };
        let outcome = drive(self.space, plan, &self.sink, body, between);
        self.outcome = Some(outcome);
        completed(outcome, &self.sink)
    }

    /// Takes another nest where this call should not stream all that it could.
    #[cold]
    fn choose(&mut self, result: *mut u8) -> Result<(), Error> {
        let Some(streams) = self.nest.streams() else { return Ok(()) };
        self.frame.set_result(result);
        let words = self.frame.words();
        let chosen = streaming::choose(streams, words, self.space, self.stream_from);
        if chosen != streams.streamed {
            let some = (chosen != 0).then(|| self.function.streaming_nest(self.shape, chosen));
            self.nest = match some.transpose()?.flatten() {
                Some(nest) => nest,
                None => self.function.nest(self.shape, None)?,
            };
        }
        Ok(())
    }

    /// How the loop ended, also where [`Launch::run`] gave an error; `None` before it ran.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// Where among the function's parameters the arrays are that [`Launch::run`] wrote past the caches,
    /// or, behind the fixed ones, the result.
    pub fn streamed(&self) -> Vec<usize> {
        let Some(streams) = self.nest.streams() else { return vec![] };
        let written = streams.written.iter().enumerate();
        written.filter(|(k, _)| streams.streamed >> k & 1 == 1).map(|(_, a)| a.word).collect()
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
    /// As for [`Launch::new`], and [`Error::Kernel`] where the function reports a failure.
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
        let shape =
            Shape { indices: 0, unit_steps: true, reduction: None, tiles: true, streams: 0 };
        let nest = function.nest(shape, None)?;
        let mut frame = words.to_vec();
        frame.push(result as u64);
        let sink = Sink::default();
        let run = nest.run_tile();
        // SAFETY: a nest without indices reads no bounds; the rest is the caller's promise.
        sink.capture(|| unsafe { run(frame.as_ptr(), ptr::null(), ptr::null(), ptr::null_mut()) });
        match sink.failure().take() {
            Some(failure) => Err(Error::Kernel(failure)),
            None => Ok(sink.take_rest()),
        }
    }
}

/// Runs the queue over a space, with what bodies print to `sink` going to `between`.
pub(crate) fn drive(
    space: &Space,
    plan: &Plan<'_>,
    sink: &Sink,
    body: &dyn Body,
    between: &mut dyn FnMut(Tick<'_>) -> ControlFlow<()>,
) -> Outcome {
    let mut tick = |progress| {
        let lines = sink.take_lines();
        between(Tick { progress, output: lines.as_deref() })
    };
    shiver_queue::run_body(space, plan, body, &mut tick)
}

/// An error for a loop whose body failed, or that ended early.
pub(crate) fn completed(outcome: Outcome, sink: &Sink) -> Result<Outcome, Error> {
    match (sink.failure().take(), outcome.ending) {
        (Some(failure), _) => Err(Error::Kernel(failure)),
        (None, Ending::Completed) => Ok(outcome),
        (None, Ending::Cancelled) => Err(Error::Cancelled),
    }
}
