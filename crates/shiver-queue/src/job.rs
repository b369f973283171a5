//! A loop as its workers see it: what to run, the lanes they run it from, and how it ends.

use std::any::Any;
use std::ops::ControlFlow;

use crate::cut::Cut;
use crate::share::{Share, Units};
use crate::sync::{AtomicBool, AtomicU64, Mutex, Ordering};
use crate::{CancelToken, Plan, Schedule, Tally, Tile, Worker, cancel, fork};

/// The body of a loop.
pub(crate) type Body<'a> = &'a (dyn Fn(Worker, Tile<'_>) -> ControlFlow<()> + Sync);

/// What may be taken from the lane of another worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stealing {
    /// Nothing.
    Never,
    /// All but the first unit of a worker that has not come yet: so many workers were asked for.
    LeaveOne,
    /// Everything.
    Free,
}

/// A loop. Lives on its caller's stack; workers see it only while they are inside its gate.
pub(crate) struct Job<'a> {
    pub(crate) cut: Cut,
    pub(crate) schedule: Schedule,
    /// Whether pieces have the length that the caller gave.
    pub(crate) exact: bool,
    pub(crate) cost: Option<f32>,
    /// Workers, the caller included.
    pub(crate) threads: usize,
    pub(crate) body: Body<'a>,
    pub(crate) tallies: &'a [Tally],
    cancel: Option<&'a CancelToken>,
    stealing: Stealing,
    /// Set once the caller has waited long enough for workers that have not come: [`Stealing::Free`] from then on.
    impatient: AtomicBool,
    /// Set when the loop is to end early.
    stopped: AtomicBool,
    /// What the first body that panicked, panicked with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// The process this loop runs in.
    generation: u32,
}

impl<'a> Job<'a> {
    pub(crate) fn new(
        cut: Cut,
        threads: usize,
        stealing: Stealing,
        plan: &Plan<'a>,
        body: Body<'a>,
    ) -> Job<'a> {
        Job {
            cut,
            schedule: plan.schedule,
            exact: plan.grain.is_some(),
            cost: plan.cost,
            threads,
            body,
            tallies: plan.tallies.unwrap_or(&[]),
            cancel: plan.cancel,
            stealing,
            impatient: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            panic: Mutex::new(None),
            generation: fork::generation(),
        }
    }

    /// Whether all units lie in one lane, the one after the workers', for everybody to take from.
    pub(crate) fn is_common(&self) -> bool {
        matches!(self.schedule, Schedule::Dynamic | Schedule::Guided)
    }

    /// Deals the units out. Only before anybody else can see the lanes.
    pub(crate) fn deal(&self, lanes: &[Lane]) {
        if self.is_common() {
            // Where each worker is to have a piece, its first lies in its own lane.
            let own = if self.stealing == Stealing::LeaveOne { self.threads as u32 } else { 0 };
            for (worker, lane) in (0..).zip(&lanes[..self.threads]) {
                lane.reset(if worker < own {
                    Units { begin: worker, end: worker + 1 }
                } else {
                    Units::NONE
                });
            }
            lanes[self.threads].reset(Units { begin: own, end: self.cut.units() });
        } else {
            for (worker, lane) in lanes[..self.threads].iter().enumerate() {
                lane.reset(self.cut.part(worker, self.threads));
            }
        }
    }

    /// The lane that everybody takes from, where there is one.
    pub(crate) fn common<'l>(&self, lanes: &'l [Lane]) -> Option<&'l Lane> {
        self.is_common().then(|| &lanes[self.threads])
    }

    /// Whether all lanes are empty: what is not done yet, somebody has in hand.
    pub(crate) fn is_dry(&self, lanes: &[Lane]) -> bool {
        let count = self.threads + usize::from(self.is_common());
        lanes[..count].iter().all(|lane| lane.share.left() == 0)
    }

    /// How many workers have not come to take their first unit.
    pub(crate) fn late(&self, lanes: &[Lane]) -> usize {
        lanes[..self.threads].iter().filter(|lane| lane.share.left() > 0).count()
    }

    pub(crate) fn stealing(&self) -> Stealing {
        if self.stealing == Stealing::LeaveOne && self.impatient.load(Ordering::Relaxed) {
            Stealing::Free
        } else {
            self.stealing
        }
    }

    /// Stops waiting for workers that have not come.
    pub(crate) fn lose_patience(&self) {
        self.impatient.store(true, Ordering::Relaxed);
    }

    /// Ends the loop between two pieces.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether the loop is to end, for whatever reason.
    pub(crate) fn is_stopped(&self) -> bool {
        if self.stopped.load(Ordering::Relaxed) {
            return true;
        }
        let stop = self.cancel.is_some_and(CancelToken::is_cancelled) || cancel::all_cancelled();
        if stop {
            self.stop();
        }
        stop
    }

    /// Ends the loop with a panic, which goes on at the caller once all have left; the first one counts.
    pub(crate) fn fail(&self, panic: Box<dyn Any + Send>) {
        self.stop();
        let mut first = self.panic.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if first.is_none() {
            *first = Some(panic);
        } else {
            // Dropping what somebody panicked with may panic again, and here is nobody to catch it.
            std::mem::forget(panic);
        }
    }

    pub(crate) fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.panic.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take()
    }

    /// Whether this process is a child, forked since the loop began, and the loop's other workers do not exist.
    pub(crate) fn is_orphaned(&self) -> bool {
        self.threads > 1 && self.generation != fork::generation()
    }
}

/// What belongs to one worker of a loop, on cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Lane {
    pub(crate) share: Share,
    /// Whether the worker has taken its first unit.
    pub(crate) arrived: AtomicBool,
    /// Iterations done; written by the worker alone, like the rest.
    pub(crate) done: AtomicU64,
    pub(crate) pieces: AtomicU64,
    pub(crate) steals: AtomicU64,
}

impl Lane {
    pub(crate) fn new() -> Lane {
        Lane {
            share: Share::new(),
            arrived: AtomicBool::new(false),
            done: AtomicU64::new(0),
            pieces: AtomicU64::new(0),
            steals: AtomicU64::new(0),
        }
    }

    fn reset(&self, units: Units) {
        self.share.put(units);
        self.arrived.store(false, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
        self.pieces.store(0, Ordering::Relaxed);
        self.steals.store(0, Ordering::Relaxed);
    }
}
