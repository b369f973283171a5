//! What this thread's last loop did.
//!
//! Every loop is recorded, since nobody says beforehand that he will ask. So it must cost next to
//! nothing: each worker adds up in registers and writes one line when it leaves, and no clock is read
//! but those that the queue reads anyway.

use std::cell::Cell;
use std::num::NonZero;

use pyo3::prelude::*;
use shiver::launch::{Outcome, Tally};

/// A loop's figures.
pub(crate) struct Record {
    /// One per worker; a thread's records take turns in using it.
    tallies: Vec<Tally>,
    /// Whether nobody said how many workers there should be.
    by_default: bool,
    /// How many of them are this loop's.
    workers: usize,
    /// How it ended.
    end: Option<Outcome>,
}

thread_local! {
    /// The record of this thread's last loop. A loop takes it away, so that one inside of it, called
    /// from a progress callback, makes its own.
    static LAST: Cell<Option<Box<Record>>> = const { Cell::new(None) };
}

impl Record {
    /// A clean record for a loop of so many iterations.
    pub(crate) fn begin(threads: Option<NonZero<usize>>, total: u64) -> Box<Record> {
        let most = usize::try_from(total).unwrap_or(usize::MAX).clamp(1, 512);
        let workers = threads.map_or_else(shiver::threads::most_threads, NonZero::get).min(most);
        let mut record = LAST.take().unwrap_or_else(|| {
            Box::new(Record { tallies: Vec::new(), by_default: false, workers: 0, end: None })
        });
        let used = record.workers.min(record.tallies.len());
        record.tallies[..used].fill_with(Tally::default);
        if record.tallies.len() < workers {
            record.tallies.resize_with(workers, Tally::default);
        }
        record.workers = workers;
        record.by_default = threads.is_none();
        record.end = None;
        record
    }

    /// For the plan.
    pub(crate) fn tallies(&self) -> &[Tally] {
        &self.tallies[..self.workers]
    }

    /// Keeps it as that of this thread's last loop.
    pub(crate) fn end(mut self: Box<Self>, outcome: Outcome) {
        self.end = Some(outcome);
        LAST.set(Some(self));
    }
}

/// A worker's iterations, pieces, steals, and seconds in the loop.
type Figures = (u64, u64, u64, f64);

/// What this thread's last loop did: whether it came to its end, its iterations, and the figures of
/// each worker that ran any; `None` where there was no loop. `shiver.stats` gives it its form.
#[pyfunction]
pub(crate) fn stats() -> Option<(bool, u64, Vec<Figures>)> {
    let record = LAST.take()?;
    let figures = record.end.map(|outcome| {
        // Where the process's quota was not asked for, there was no second worker.
        let most = if record.by_default { shiver::threads::default_threads() } else { usize::MAX };
        let workers = record.tallies().iter().take(most).map(|tally| {
            (tally.iterations(), tally.pieces(), tally.steals(), tally.busy().as_secs_f64())
        });
        (outcome.is_completed(), outcome.iterations, workers.collect())
    });
    LAST.set(Some(record));
    figures
}
