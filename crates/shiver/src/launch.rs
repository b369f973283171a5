//! Runs a loop.

use std::ops::ControlFlow;

use shiver_codegen::Shape;
use shiver_queue::{Ending, Outcome, Plan, Progress, Space};

use crate::module::Nest;
use crate::output::Sink;
use crate::{Error, Function};

/// A loop that is ready to run: compiled, checked, its frame filled.
///
/// This is the layer below [`parfor`](crate::parfor()), for those that bring arguments of their own
/// making, as the Python package does.
#[derive(Debug)]
pub struct Launch<'a> {
    space: &'a Space,
    frame: Vec<u64>,
    nest: Option<NestOf>,
    result_word: usize,
    sink: Sink,
}

/// A nest with the function that keeps it alive.
struct NestOf(Nest);

impl std::fmt::Debug for NestOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nest")
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
        let signature = function.signature();
        let indices = space.dims().len();
        let fixed = signature.params.len().checked_sub(indices);
        if fixed != Some(words.len()) {
            return Err(Error::ArgumentCount {
                signature: signature.to_string(),
                expected: fixed.unwrap_or(0),
                given: words.len(),
            });
        }
        check_indices(function, space)?;
        let unit_steps = space.dims().iter().all(|dim| dim.is_unit() || dim.len() <= 1);
        let shape = Shape { indices, unit_steps, reduction: None };
        // An empty space runs nothing, but what cannot be compiled is told all the same.
        let nest = function.nest(shape)?;
        let params = signature.params.len();
        let mut frame = Vec::with_capacity(shape.frame_words(params));
        frame.extend(words);
        frame.push(0);
        // Values wrap to the 64 bits that an index can hold; `check_indices` has seen that those
        // which occur fit.
        frame.extend(space.dims().iter().map(|dim| dim.start() as u64));
        frame.extend(space.dims().iter().map(|dim| dim.step() as u64));
        frame.extend(space.dims().iter().map(|dim| dim.len()));
        let result_word = shape.result_word(params);
        Ok(Launch { space, frame, nest: Some(NestOf(nest)), result_word, sink: Sink::default() })
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
        self.frame[self.result_word] = result as u64;
        let nest = self.nest.as_ref().expect("set by `new`").0.run;
        /// The frame's address, which the workers share.
        struct Frame(*const u64);
        // SAFETY: the frame is only read while the loop runs.
        unsafe impl Sync for Frame {}
        let frame = &Frame(self.frame.as_ptr());
        let sink = &self.sink;
        let body = |_worker, tile: shiver_queue::Tile<'_>| {
            // SAFETY: the nest was compiled for as many indices as the space has; the tile lies in
            // the space; the rest is the caller's promise.
            sink.capture(|| unsafe { nest(frame.0, tile.begin.as_ptr(), tile.end.as_ptr()) });
            ControlFlow::Continue(())
        };
        let mut tick = |progress| {
            let lines = sink.take_lines();
            between(Tick { progress, output: lines.as_deref() })
        };
        let outcome = shiver_queue::run(self.space, plan, &body, &mut tick);
        match outcome.ending {
            Ending::Completed => Ok(outcome),
            Ending::Cancelled => Err(Error::Cancelled),
        }
    }

    /// Runs the body once, on this thread. For a space of no indices: see [`Launch::once`].
    ///
    /// # Safety
    ///
    /// As for [`Launch::run`].
    unsafe fn run_here(&mut self, result: *mut u8) {
        self.frame[self.result_word] = result as u64;
        let nest = self.nest.as_ref().expect("set by `new`").0.run;
        let frame = self.frame.as_ptr();
        // SAFETY: a nest without indices reads no bounds; the rest is the caller's promise.
        self.sink.capture(|| unsafe { nest(frame, std::ptr::null(), std::ptr::null()) });
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
        let nest = function.nest(shape)?;
        let mut frame = words.to_vec();
        frame.push(0);
        let space = Space::new([shiver_queue::Dim::upto(1)])?;
        let result_word = shape.result_word(words.len());
        let mut launch = Launch {
            space: &space,
            frame,
            nest: Some(NestOf(nest)),
            result_word,
            sink: Sink::default(),
        };
        // SAFETY: the caller's promise.
        unsafe { launch.run_here(result) };
        Ok(launch.rest_of_output())
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
