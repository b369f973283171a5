//! What compiled code and callers share.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::ptr;

use shiver_codegen::{Reduction, Shape};
use shiver_queue::{Body, Dim, Space, Tile, Worker};

use crate::args::check_count;
use crate::nest::RunTile;
use crate::output::Sink;
use crate::{Error, Function, failure, scratch};

/// The words that compiled code reads, see [`shiver_codegen::shape`], and with them all that a worker needs to run a
/// piece.
///
/// They lie where those of the thread's last loop lay, and what has not changed is not written: workers of a loop that is
/// run again and again find it in their caches.
pub(crate) struct Frame {
    /// There until it is dropped.
    packet: Option<Box<Packet>>,
    result_word: usize,
}

/// See [`Frame`].
#[repr(C, align(128))]
struct Packet {
    run: RunTile,
    /// Whether `run` takes memory for its own use.
    scratches: bool,
    /// Whether `run` may report a failure.
    fails: bool,
    /// Where what the body prints goes.
    sink: *const Sink,
    /// How many words there are.
    count: usize,
    here: [u64; Packet::HERE],
    /// All words, where there are too many.
    there: Vec<u64>,
}

thread_local! {
    /// The packet of this thread's last loop. A loop takes it away, so that one inside of it has its own.
    static LAST: Cell<Option<Box<Packet>>> = const { Cell::new(None) };
}

// SAFETY: nothing is written while a loop runs, and what the words point to is the concern of whoever runs it.
unsafe impl Sync for Packet {}

impl Packet {
    /// As many words as leave all that a worker reads first on three cache lines.
    const HERE: usize = 16;

    fn new() -> Packet {
        unsafe extern "C" fn nothing(_: *const u64, _: *const u64, _: *const u64, _: *mut u64) {}
        let (sink, here, there) = (ptr::null(), [0; Self::HERE], Vec::new());
        Packet { run: nothing, scratches: false, fails: false, sink, count: 0, here, there }
    }

    fn words(&self) -> &[u64] {
        self.here.get(..self.count).unwrap_or(&self.there)
    }

    fn resize(&mut self, count: usize) {
        if self.count != count {
            self.count = count;
            self.there = if count > Self::HERE { vec![0; count] } else { Vec::new() };
        }
    }

    fn set(&mut self, word: usize, value: u64) {
        let words = self.here.get_mut(..self.count).unwrap_or(&mut self.there);
        if words[word] != value {
            words[word] = value;
        }
    }
}

impl Body for Packet {
    fn run(&self, _: Worker, tile: Tile<'_>) -> ControlFlow<()> {
        let words = self.words().as_ptr();
        let scratch = if self.scratches { scratch::of_thread() } else { ptr::null_mut() };
        // SAFETY: whoever made a body of the packet has promised all of it: see `Frame::body`. The tile lies in the
        // space and has a bound for each of its indices. A nest that takes memory calls functions of numbers
        // at most, so that no other runs on this thread meanwhile.
        unsafe {
            let (begin, end) = (tile.begin.as_ptr(), tile.end.as_ptr());
            (*self.sink).capture(|| (self.run)(words, begin, end, scratch));
            if self.fails { failure::left(&*self.sink) } else { ControlFlow::Continue(()) }
        }
    }
}

impl Frame {
    /// Checks what can be checked without types, finds the shape, and fills the frame.
    pub(crate) fn new(
        function: &Function,
        space: &Space,
        words: impl ExactSizeIterator<Item = u64>,
        reduction: Option<Reduction>,
    ) -> Result<(Frame, Shape), Error> {
        let signature = function.signature();
        let dims = space.dims();
        check_count(signature, dims.len(), words.len())?;
        check_indices(function, space)?;
        let unit_steps = dims.iter().all(|dim| dim.is_unit() || dim.len() <= 1);
        let shape = Shape { indices: dims.len(), unit_steps, reduction, tiles: true, streams: 0 };
        let params = signature.params.len();
        let result_word = shape.result_word(params);

        // A thread that is ending has no last packet any more.
        let last = LAST.try_with(Cell::take).ok().flatten();
        let mut packet = last.unwrap_or_else(|| Box::new(Packet::new()));
        packet.resize(shape.frame_words(params));
        words.enumerate().for_each(|(k, word)| packet.set(k, word));
        // Values wrap to the 64 bits that an index can hold; `check_indices` has seen that those which occur fit.
        let of_dim: [fn(&Dim) -> u64; 3] = [|d| d.start() as u64, |d| d.step() as u64, Dim::len];
        for (part, value) in of_dim.into_iter().enumerate() {
            let first = result_word + 1 + part * dims.len();
            dims.iter().enumerate().for_each(|(d, dim)| packet.set(first + d, value(dim)));
        }
        Ok((Frame { packet: Some(packet), result_word }, shape))
    }

    fn packet(&self) -> &Packet {
        self.packet.as_ref().expect("there until it is dropped")
    }

    pub(crate) fn words(&self) -> &[u64] {
        self.packet().words()
    }

    pub(crate) fn as_ptr(&self) -> *const u64 {
        self.words().as_ptr()
    }

    /// Writes down where the results go, for who wants to know before the loop runs.
    pub(crate) fn set_result(&mut self, result: *mut u8) {
        let packet = self.packet.as_mut().expect("there until it is dropped");
        packet.set(self.result_word, result as u64);
    }

    /// A body that runs a nest with these words.
    ///
    /// # Safety
    ///
    /// While the body is run:
    ///
    /// * `run` is a nest of this frame's shape, compiled for this frame's function, and `sink` lives; `scratches` is
    ///   true if it takes memory for its own use, and `fails` if it may report a failure;
    /// * the words are what the function's parameters take, all that it reaches through them is valid, and `result` has
    ///   room for what it returns.
    pub(crate) unsafe fn body(
        &mut self,
        run: RunTile,
        scratches: bool,
        fails: bool,
        sink: *const Sink,
        result: *mut u8,
    ) -> &dyn Body {
        let word = self.result_word;
        let packet = self.packet.as_mut().expect("there until it is dropped");
        packet.set(word, result as u64);
        if !ptr::fn_addr_eq(packet.run, run) {
            packet.run = run;
        }
        if packet.scratches != scratches {
            packet.scratches = scratches;
        }
        if packet.fails != fails {
            packet.fails = fails;
        }
        if packet.sink != sink {
            packet.sink = sink;
        }
        &**packet
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        let packet = self.packet.take();
        let _ = LAST.try_with(|last| last.set(packet));
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
