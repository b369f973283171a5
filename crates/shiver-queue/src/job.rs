//! A loop as its workers see it: what to run, the lanes they run it from, and how it ends.

use std::any::Any;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::ptr::NonNull;

use crate::cut::Cut;
use crate::gate::Door;
use crate::share::{Share, Tag, Units};
use crate::sync::{AtomicBool, AtomicU64, Mutex, Ordering};
use crate::{CancelToken, Cost, Dim, Plan, Schedule, Space, Tile, Worker, cancel, fork};

/// The body of a loop: what is run for each piece, on whatever worker has it. Closures are bodies; a type of one's own
/// can be one to have its data in a place of its choosing.
///
/// Workers need the body's data to begin, and each cache line that another core has written costs them 0.04 µs. So for
/// loops of a microsecond it pays to keep the data where they were the last time, and to write only what has changed.
///
/// ```
/// use shiver_queue::{Body, Dim, Plan, Space, Tile, Worker, run_body};
/// use std::ops::ControlFlow::{self, Continue};
/// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
///
/// struct Count(AtomicU64);
///
/// impl Body for Count {
///     fn run(&self, _: Worker, tile: Tile<'_>) -> ControlFlow<()> {
///         self.0.fetch_add(tile.iterations(), Relaxed);
///         Continue(())
///     }
/// }
///
/// let count = Count(AtomicU64::new(0));
/// let outcome = run_body(&Space::new([Dim::upto(9)])?, &Plan::default(), &count, &mut |_| Continue(()));
/// assert!(outcome.is_completed());
/// assert_eq!(count.0.into_inner(), 9);
/// # Ok::<(), shiver_queue::SpaceError>(())
/// ```
pub trait Body: Sync {
    /// Runs the iterations of a tile. Breaks to end the loop.
    fn run(&self, worker: Worker, tile: Tile<'_>) -> ControlFlow<()>;
}

impl<F: Fn(Worker, Tile<'_>) -> ControlFlow<()> + Sync> Body for F {
    fn run(&self, worker: Worker, tile: Tile<'_>) -> ControlFlow<()> {
        self(worker, tile)
    }
}

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

/// A loop as its caller describes it, and how it ends. What every worker reads comes first, in as few cache lines as it
/// fits.
#[derive(Debug)]
#[repr(C, align(128))]
pub(crate) struct Job<'a> {
    body: NonNull<dyn Body + 'a>,
    /// Workers, the caller included.
    pub(crate) threads: usize,
    /// Units that the caller ran before others could come.
    pub(crate) begun: u32,
    /// Nanoseconds per iteration, if known.
    pub(crate) cost: Option<f32>,
    /// The process this loop runs in.
    generation: u32,
    pub(crate) schedule: Schedule,
    /// Whether pieces have the length that the caller gave.
    pub(crate) exact: bool,
    /// Whether others can see it, so that it ends in a forked child.
    shown: bool,
    stealing: Stealing,
    /// Set once the caller has waited long enough for workers that have not come: [`Stealing::Free`] from then on.
    impatient: AtomicBool,
    /// Set when the loop is to end early.
    stopped: AtomicBool,
    cancel: Option<NonNull<CancelToken>>,
    pub(crate) cut: Cut,
    /// What the first body that panicked, panicked with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    _borrows: PhantomData<&'a CancelToken>,
}

// SAFETY: the pointers are to a body, which is `Sync`, and to a token, which is; all that is written is behind atomics
// and a lock, and what panics is `Send`.
unsafe impl Sync for Job<'_> {}
// SAFETY: as above.
unsafe impl Send for Job<'_> {}

impl<'a> Job<'a> {
    /// A loop that is over so soon that nobody can steal before it is.
    const BRIEF: f64 = 2_000.0;

    pub(crate) fn new(
        cut: Cut,
        threads: usize,
        stealing: Stealing,
        plan: &Plan<'a>,
        body: &'a (dyn Body + 'a),
    ) -> Job<'a> {
        let cost = plan.cost.and_then(Cost::nanos);
        Job {
            body: NonNull::from(body),
            threads,
            begun: 0,
            cost,
            schedule: plan.schedule,
            exact: plan.grain.is_some(),
            shown: false,
            stealing,
            impatient: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            generation: 0,
            cancel: plan.cancel.map(NonNull::from),
            cut,
            panic: Mutex::new(None),
            _borrows: PhantomData,
        }
    }

    /// What stands in a slot that has had no job.
    pub(crate) fn none() -> Job<'static> {
        const NOTHING: fn(Worker, Tile<'_>) -> ControlFlow<()> = |_, _| ControlFlow::Break(());
        let space = Space::new([Dim::upto(1)]).expect("a small space");
        Job::new(Cut::exact(&space, 1), 1, Stealing::Never, &Plan::default(), &NOTHING)
    }

    /// Becomes another job, one that has not begun. What both have in common is not written: those who read it the last
    /// time still have it in their caches, and a loop that is called again and again mostly is the same one.
    pub(crate) fn become_like(&mut self, other: &Job<'a>) {
        fn update<T: PartialEq>(place: &mut T, value: T) {
            if *place != value {
                *place = value;
            }
        }
        // Address and vtable; a vtable that is there twice costs a line, no more.
        if !std::ptr::eq(self.body.as_ptr(), other.body.as_ptr()) {
            self.body = other.body;
        }
        update(&mut self.threads, other.threads);
        update(&mut self.begun, other.begun);
        update(&mut self.cost, other.cost);
        update(&mut self.schedule, other.schedule);
        update(&mut self.exact, other.exact);
        update(&mut self.stealing, other.stealing);
        update(&mut self.cancel, other.cancel);
        self.cut.become_like(&other.cut);
        update(&mut self.shown, true);
        update(&mut self.generation, fork::generation());
        for flag in [&self.impatient, &self.stopped] {
            if flag.load(Ordering::Relaxed) {
                flag.store(false, Ordering::Relaxed);
            }
        }
    }

    /// Runs a piece.
    pub(crate) fn run(&self, worker: Worker, tile: Tile<'_>) -> ControlFlow<()> {
        // SAFETY: borrowed for `'a`, in which the job is. In a slot's job the borrow's length is forgotten, and there
        // those inside alone come here, during the loop: see `Slot::show`.
        unsafe { self.body.as_ref() }.run(worker, tile)
    }

    /// Where the body's data are.
    pub(crate) fn data(&self) -> *mut () {
        self.body.as_ptr().cast()
    }

    /// The job for its caller alone.
    pub(crate) fn for_one(mut self) -> Job<'a> {
        (self.threads, self.stealing) = (1, Stealing::Never);
        self
    }

    /// Whether all units lie in one lane, the one after the workers', for everybody to take from.
    pub(crate) fn is_common(&self) -> bool {
        matches!(self.schedule, Schedule::Dynamic | Schedule::Guided)
    }

    /// The units that lie in a lane at first.
    pub(crate) fn part(&self, lane: usize) -> Units {
        let part = if self.is_common() {
            // Where each worker is to have a piece, its first lies in its own lane.
            let own = if self.stealing == Stealing::LeaveOne { self.threads as u32 } else { 0 };
            match lane as u32 {
                _ if lane == self.threads => Units { begin: own, end: self.cut.units() },
                lane if lane < own => Units { begin: lane, end: lane + 1 },
                _ => Units::NONE,
            }
        } else {
            self.cut.part(lane, self.threads)
        };
        Units { begin: part.begin.max(self.begun).min(part.end), end: part.end }
    }

    /// What may be taken from other workers' lanes.
    pub(crate) fn stealing(&self) -> Stealing {
        if self.impatient.load(Ordering::Relaxed) {
            return Stealing::Free;
        }
        match self.stealing {
            Stealing::LeaveOne if self.is_brief() => Stealing::Never,
            stealing => stealing,
        }
    }

    fn is_brief(&self) -> bool {
        let iterations = f64::from(self.cut.units()) * self.cut.unit_volume() as f64;
        self.cost.is_some_and(|cost| f64::from(cost) * iterations < Self::BRIEF)
    }

    /// Whether a worker that has not come is waited for only for a while.
    pub(crate) fn is_patient(&self) -> bool {
        self.stealing == Stealing::LeaveOne && !self.impatient.load(Ordering::Relaxed)
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
        // SAFETY: as in `run`.
        let token = self.cancel.map(|token| unsafe { token.as_ref() });
        let stop = token.is_some_and(CancelToken::is_cancelled) || cancel::all_cancelled();
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
        // The lock is on a line that all workers have read.
        if !self.stopped.load(Ordering::Relaxed) {
            return None;
        }
        self.panic.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take()
    }

    /// Whether this process is a child, forked since the loop began, and the loop's other workers do not exist.
    pub(crate) fn is_orphaned(&self) -> bool {
        self.shown && self.generation != fork::generation()
    }
}

/// A job in its lanes: all that a worker needs.
#[derive(Clone, Copy)]
pub(crate) struct Loop<'l, 'a> {
    pub(crate) job: &'l Job<'a>,
    pub(crate) lanes: &'l [Lane],
    /// The epoch of the job in its slot.
    pub(crate) epoch: u32,
}

impl<'l, 'a> Loop<'l, 'a> {
    /// A loop that its caller alone sees; any epoch but 0 would do.
    pub(crate) fn alone(job: &'l Job<'a>, lanes: &'l [Lane]) -> Self {
        Loop { job, lanes, epoch: 1 }
    }

    pub(crate) fn tag(self) -> Tag {
        Tag::of(self.epoch)
    }

    /// How many units are left in a lane.
    pub(crate) fn left(self, lane: usize) -> u32 {
        self.lanes[lane].share.left(self.tag(), &|| self.job.part(lane))
    }

    /// Steals from a lane, leaving at least `keep` units.
    pub(crate) fn steal(self, lane: usize, keep: u32) -> Option<Units> {
        self.lanes[lane].share.steal(self.tag(), &|| self.job.part(lane), keep)
    }

    /// Takes from the front of a lane.
    pub(crate) fn take(self, lane: usize, count: impl FnMut(u32) -> u32) -> Option<Units> {
        self.lanes[lane].share.take(self.tag(), &|| self.job.part(lane), count)
    }

    /// What the workers did, each with its number; for who knows that they have left.
    pub(crate) fn reports(self) -> impl Iterator<Item = (usize, &'l Report)> {
        let epoch = self.epoch;
        let reports = self.lanes.iter().take(self.job.threads).map(|lane| &lane.report).enumerate();
        reports.filter(move |report| report.1.is_of(epoch))
    }

    /// Iterations done so far, as seen from afar.
    pub(crate) fn done(self) -> u64 {
        let arrived =
            self.lanes.iter().take(self.job.threads).filter(|lane| lane.has_arrived(self.epoch));
        arrived.map(|lane| lane.done.load(Ordering::Relaxed)).sum()
    }

    /// Whether all but the caller have come, have left, and have nothing to come back for. Then no lane has units left,
    /// unless the loop was stopped: each was emptied before its worker left for good, and nobody else fills it.
    pub(crate) fn is_left(self) -> bool {
        self.lanes[1..self.job.threads].iter().all(|lane| lane.report.is_final(self.epoch))
    }

    /// Once the gate is closed: whether nobody is inside.
    pub(crate) fn is_vacant(self) -> bool {
        self.lanes[1..self.job.threads].iter().all(|lane| !lane.door.is_inside(self.epoch))
    }

    /// Whether all lanes are empty: what is not done yet, somebody has in hand.
    pub(crate) fn is_dry(self) -> bool {
        let count = self.job.threads + usize::from(self.job.is_common());
        (0..count).all(|lane| self.left(lane) == 0)
    }

    /// How many workers have not come to take their first unit.
    pub(crate) fn late(self) -> usize {
        (0..self.job.threads).filter(|&lane| self.left(lane) > 0).count()
    }
}

/// A number that is told and that nothing hangs on: not one more thing for the models to interleave.
type Count = std::sync::atomic::AtomicU64;

/// What belongs to one worker of a loop, on cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Lane {
    pub(crate) share: Share,
    pub(crate) door: Door,
    /// The epoch of the job in which the worker has last taken a unit.
    arrived: AtomicU64,
    /// Iterations done in that job.
    done: Count,
    pub(crate) report: Report,
}

/// What a worker did, on lines of its own: the caller looks here while it waits, and is not to take away the lines that
/// a worker works with.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Report {
    /// The job that the rest is of: its epoch, shifted by one, and [`Report::FINAL`].
    job: AtomicU64,
    done: Count,
    pieces: Count,
    steals: Count,
    busy: Count,
}

/// What a worker did in a job.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Record {
    /// Iterations in pieces that came to their end.
    pub(crate) done: u64,
    /// Calls of the body.
    pub(crate) pieces: u64,
    /// Takes from other workers.
    pub(crate) steals: u64,
    /// Nanoseconds spent in pieces.
    pub(crate) busy: u64,
}

impl Lane {
    pub(crate) fn new() -> Lane {
        Lane {
            share: Share::new(),
            door: Door::new(),
            arrived: AtomicU64::new(0),
            done: Count::new(0),
            report: Report::new(),
        }
    }

    /// Whether the worker has taken a unit of that job.
    pub(crate) fn has_arrived(&self, epoch: u32) -> bool {
        self.arrived.load(Ordering::Acquire) == u64::from(epoch)
    }

    /// Worker: has taken a unit. Until its first nobody may take the last one of its own.
    pub(crate) fn arrive(&self, epoch: u32) {
        if !self.has_arrived(epoch) {
            self.done.store(0, Ordering::Relaxed);
            // Released, so that nobody takes the number of an earlier job for this one's.
            self.arrived.store(epoch.into(), Ordering::Release);
        }
    }

    /// Worker: how many iterations it has done.
    pub(crate) fn tell(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
    }

    /// Makes it belong to no job. Only while nobody is inside.
    pub(crate) fn forget(&self) {
        self.share.forget();
        self.arrived.store(0, Ordering::Relaxed);
        self.report.job.store(0, Ordering::Relaxed);
    }
}

impl Report {
    /// The worker does not come back to the job.
    const FINAL: u64 = 1;

    fn new() -> Report {
        Report {
            job: AtomicU64::new(0),
            done: Count::new(0),
            pieces: Count::new(0),
            steals: Count::new(0),
            busy: Count::new(0),
        }
    }

    fn is_of(&self, epoch: u32) -> bool {
        self.job.load(Ordering::Acquire) >> 1 == u64::from(epoch)
    }

    fn is_final(&self, epoch: u32) -> bool {
        self.job.load(Ordering::Acquire) == u64::from(epoch) << 1 | Self::FINAL
    }

    /// What it says of a job.
    pub(crate) fn read(&self, epoch: u32) -> Record {
        if !self.is_of(epoch) {
            return Record::default();
        }
        Record {
            done: self.done.load(Ordering::Relaxed),
            pieces: self.pieces.load(Ordering::Relaxed),
            steals: self.steals.load(Ordering::Relaxed),
            busy: self.busy.load(Ordering::Relaxed),
        }
    }

    /// Worker: writes down what it did in a job, to which it may come back.
    pub(crate) fn write(&self, epoch: u32, record: Record) {
        self.tell(record);
        self.job.store(u64::from(epoch) << 1, Ordering::Release);
    }

    /// Worker: has left that job for good, and touches nothing of it any more. What it did is written down here, unless
    /// it has been before: all at once, since the caller is looking at this line.
    pub(crate) fn finish(&self, epoch: u32, record: Option<Record>) {
        record.into_iter().for_each(|record| self.tell(record));
        self.job.store(u64::from(epoch) << 1 | Self::FINAL, Ordering::Release);
    }

    fn tell(&self, record: Record) {
        self.done.store(record.done, Ordering::Relaxed);
        self.pieces.store(record.pieces, Ordering::Relaxed);
        self.steals.store(record.steals, Ordering::Relaxed);
        self.busy.store(record.busy, Ordering::Relaxed);
    }
}
