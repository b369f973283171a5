//! What a caller says about a loop, and what it is told: [`Plan`], [`Worker`], [`Tile`], [`Progress`], [`Outcome`].

use std::num::{NonZeroU64, NonZeroUsize};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::{CancelToken, Cost};

/// How pieces of a space come to workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Schedule {
    /// Each worker starts on its own contiguous part, in pieces whose length follows their measured time, and steals
    /// half of another's rest when it runs dry.
    #[default]
    Auto,
    /// Each worker runs its own contiguous part and nothing else: the same part at each call with the same space,
    /// grain and number of threads. Only a loop called from inside another loop may hand a part to another worker, and
    /// one that turns out too small for a second worker runs on the calling thread.
    Static,
    /// All workers take pieces from one place, of the grain's length or of one that follows their measured time.
    Dynamic,
    /// All workers take pieces from one place: what remains, divided by twice the number of workers, down to the grain.
    Guided,
}

/// How to run a loop. `Plan::default()` is right for most.
///
/// ```
/// use shiver_queue::{Plan, Schedule};
/// use std::num::NonZero;
///
/// let plan = Plan { schedule: Schedule::Dynamic, grain: NonZero::new(64), ..Plan::default() };
/// assert!(plan.threads.is_none());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Plan<'a> {
    /// How pieces come to workers.
    pub schedule: Schedule,
    /// Iterations per piece. With one index, pieces are `[k*grain, (k+1)*grain)`; with several, boxes of at most that
    /// many iterations that could not be longer along any index. `None`: the queue's choice, bounded in time.
    ///
    /// [`Schedule::Guided`] starts with longer pieces and takes this as the shortest.
    pub grain: Option<NonZeroU64>,
    /// Iterations that stay together where a space of one index is dealt out: workers' parts, and what they steal, begin
    /// at multiples of it. Pieces may be shorter, and longer. `None`: the queue's choice; not looked at with a `grain`.
    pub together: Option<NonZeroU64>,
    /// Workers, the calling thread included. Given, that many get pieces, as long as there are as many pieces; more
    /// than [`MAX_THREADS`](crate::MAX_THREADS) count as that. `None`: [`at_most`](Plan::at_most), and a loop too small
    /// to pay for a second worker stays on the calling thread.
    pub threads: Option<NonZeroUsize>,
    /// Workers where `threads` does not insist on a number: what the process or the context wishes. `None`:
    /// [`default_threads`](crate::default_threads).
    pub at_most: Option<NonZeroUsize>,
    /// Ends the loop from another thread.
    pub cancel: Option<&'a CancelToken>,
    /// What the body runs best: pieces are made of whole quanta where the space has two indices or more, and `grain` is
    /// not given.
    pub quantum: Option<Quantum>,
    /// What an iteration of this body took the last times. Saves the queue from feeling its way: with `threads: None`
    /// a loop that was short stays on the calling thread without a look at others, and one that was long is opened to
    /// them at once.
    pub cost: Option<&'a Cost>,
    /// Whether every iteration of this body is over soon: it has no loops, and calls nothing that could wait. Then a few
    /// of them can be tried on the calling thread where nothing else is known.
    pub brief: bool,
    /// Where is added what each worker did, once the loop is over: entry `w` is worker `w`'s; of workers without an
    /// entry no record is kept.
    pub tallies: Option<&'a [Tally]>,
}

/// So many neighbouring iterations that a body runs together.
///
/// ```
/// use shiver_queue::{Plan, Quantum};
/// use std::num::NonZero;
///
/// let quantum = Quantum { rows: NonZero::new(8).unwrap(), lanes: NonZero::new(24).unwrap() };
/// let plan = Plan { quantum: Some(quantum), ..Plan::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quantum {
    /// Trips of the last index but one.
    pub rows: NonZeroU64,
    /// Trips of the last index.
    pub lanes: NonZeroU64,
}

impl Quantum {
    /// A single iteration.
    pub(crate) const ONE: Quantum = Quantum { rows: NonZeroU64::MIN, lanes: NonZeroU64::MIN };

    /// Its trips of index `d`, of `rank` in all.
    pub(crate) fn along(self, d: usize, rank: usize) -> u64 {
        match rank - d {
            1 => self.lanes.get(),
            2 => self.rows.get(),
            _ => 1,
        }
    }
}

/// Who runs a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    pub(crate) index: usize,
    pub(crate) threads: usize,
}

impl Worker {
    /// This worker's number, below [`threads`](Worker::threads); 0 is the thread that called [`run`](crate::run()).
    /// No two threads have the same number in one loop.
    pub fn index(&self) -> usize {
        self.index
    }

    /// How many workers the loop may have.
    pub fn threads(&self) -> usize {
        self.threads
    }
}

/// A box of iterations, in trip numbers: index `d` goes from `begin[d]` up to, not including, `end[d]`. Never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile<'a> {
    /// The first trip of each index, outermost first.
    pub begin: &'a [u64],
    /// One past the last trip of each index, outermost first.
    pub end: &'a [u64],
}

impl Tile<'_> {
    /// How many iterations the box has.
    pub fn iterations(&self) -> u64 {
        self.begin.iter().zip(self.end).map(|(begin, end)| end - begin).product()
    }
}

/// How far a loop has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Iterations known to be done; never falls from one call to the next.
    pub done: u64,
    /// Iterations in all.
    pub total: u64,
}

/// How a loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every iteration ran.
    Completed,
    /// The body, the caller's `between`, a token or [`cancel_all`](crate::cancel_all) ended it; or the process forked
    /// while this thread was inside the loop, and this is the child.
    Cancelled,
}

/// What [`run`](crate::run()) gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Outcome {
    /// Whether the loop came to its end.
    pub ending: Ending,
    /// Iterations whose piece came to its end; a piece that broke or panicked does not count.
    pub iterations: u64,
    /// How often the body was called.
    pub pieces: u64,
    /// How often a worker took from another.
    pub steals: u64,
    /// How many workers ran at least one piece.
    pub workers: usize,
}

impl Outcome {
    /// Whether every iteration ran.
    pub fn is_completed(&self) -> bool {
        self.ending == Ending::Completed
    }
}

/// One worker's record, added to with each loop that was given it. Of loops that run at the same time each should have
/// tallies of its own: what is added at once may be lost.
#[derive(Debug, Default)]
#[repr(align(64))]
pub struct Tally {
    iterations: AtomicU64,
    pieces: AtomicU64,
    steals: AtomicU64,
    busy: AtomicU64,
}

impl Tally {
    /// Iterations in pieces that came to their end.
    pub fn iterations(&self) -> u64 {
        self.iterations.load(Ordering::Relaxed)
    }

    /// Calls of the body.
    pub fn pieces(&self) -> u64 {
        self.pieces.load(Ordering::Relaxed)
    }

    /// Takes from other workers.
    pub fn steals(&self) -> u64 {
        self.steals.load(Ordering::Relaxed)
    }

    /// Time spent in pieces, and, where these have a given length, between them.
    pub fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy.load(Ordering::Relaxed))
    }

    pub(crate) fn add(&self, iterations: u64, pieces: u64, steals: u64, busy: u64) {
        // Not added in one step, which takes as long as all the rest.
        let add = |count: &AtomicU64, more| {
            count.store(count.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
        };
        add(&self.iterations, iterations);
        add(&self.pieces, pieces);
        add(&self.steals, steals);
        add(&self.busy, busy);
    }
}
