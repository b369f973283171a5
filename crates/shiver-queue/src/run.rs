//! Running a loop: from the plan to the outcome, seen from the calling thread.

use std::num::NonZero;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use crate::clock::{Beat, Moment, Spin};
use crate::cpus::{default_threads, most_threads};
use crate::cut::Cut;
use crate::job::{Body, Job, Lane, Loop, Record, Stealing};
use crate::nest::Nested;
use crate::pace::Pace;
use crate::pool::{self, Claim};
use crate::share::Units;
use crate::slot::{Seats, Slot};
use crate::start::{AJAR_NANOS, Start, pays};
use crate::sync::MAX_THREADS;
use crate::worker::{Host, Left, Stay};
use crate::{
    CancelToken, Cost, Ending, Outcome, Plan, Progress, Schedule, Space, Tally, Tile, Worker,
    cancel,
};

/// Runs `body` over every tile of the space, each iteration exactly once unless the loop is cancelled; returns when no
/// worker is in `body` any more. The calling thread is worker 0 and takes part.
///
/// The loop is cancelled between pieces when `body` or `between` breaks, by the plan's token, or by
/// [`cancel_all`](crate::cancel_all); pieces that have not begun are dropped.
///
/// `between` is called on the calling thread alone, about every 10 ms: between its own pieces, and while it waits for
/// others. Both may call `run` in turn.
///
/// ```
/// use shiver_queue::{Dim, Plan, Space, run};
/// use std::ops::ControlFlow::Continue;
/// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
///
/// let squares: Vec<AtomicU64> = (0..1000).map(|_| AtomicU64::new(0)).collect();
/// let outcome = run(
///     &Space::new([Dim::upto(1000)])?,
///     &Plan::default(),
///     &|_worker, tile| {
///         for i in tile.begin[0]..tile.end[0] {
///             squares[i as usize].store(i * i, Relaxed);
///         }
///         Continue(())
///     },
///     &mut |_progress| Continue(()),
/// );
/// assert!(outcome.is_completed());
/// assert_eq!(squares[31].load(Relaxed), 961);
/// # Ok::<(), shiver_queue::SpaceError>(())
/// ```
///
/// # Panics
///
/// A panic in `body`, on whatever worker, or in `between` ends the loop and goes on here once all workers have left.
pub fn run<F: Fn(Worker, Tile<'_>) -> ControlFlow<()> + Sync>(
    space: &Space,
    plan: &Plan<'_>,
    body: &F,
    between: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Outcome {
    run_body(space, plan, body, between)
}

/// As [`run`], for a [`Body`] that is not a closure.
pub fn run_body(
    space: &Space,
    plan: &Plan<'_>,
    body: &dyn Body,
    between: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Outcome {
    let total = space.iterations();
    let cancelled = cancel::all_cancelled() || plan.cancel.is_some_and(CancelToken::is_cancelled);
    if cancelled || total == 0 {
        let ending = if cancelled { Ending::Cancelled } else { Ending::Completed };
        return Outcome { ending, iterations: 0, pieces: 0, steals: 0, workers: 0 };
    }
    let nested = Nested::enter();
    let mut caller = Caller::new(between, total, plan);
    let start = Start::of(plan, total);
    let threads = threads(total, plan, start);
    let Some(mut job) = job(space, plan, threads, body, nested.is_nested()) else {
        return alone(job_for_one(space, plan, body), Begun::default(), &mut caller);
    };
    let (begun, ajar) = match start {
        Start::Together(ajar) => (Begun::default(), ajar),
        Start::Alone => match begin_alone(&job, &mut caller) {
            ControlFlow::Break(outcome) => return outcome,
            // What turned out longer than expected may just have been interrupted: others wait a little here, too.
            ControlFlow::Continue(begun) => (begun, AJAR_NANOS),
        },
    };
    job.begun = begun.units;
    job.threads = job.threads.min(asked_for(plan).unwrap_or_else(default_threads));
    if job.threads < 2 {
        return alone(job.for_one(), begun, &mut caller);
    }
    match together(&mut job, begun, ajar, &mut caller) {
        Some(outcome) => outcome,
        None => alone(job.for_one(), begun, &mut caller),
    }
}

/// The number of workers that a plan names.
fn asked_for(plan: &Plan<'_>) -> Option<usize> {
    plan.threads.or(plan.at_most).map(NonZero::get)
}

/// How many workers a loop may have; where it may well stay alone, at most.
fn threads(total: u64, plan: &Plan<'_>, start: Start) -> usize {
    let threads = asked_for(plan).unwrap_or_else(|| match start {
        Start::Alone => most_threads(),
        Start::Together(_) => default_threads(),
    });
    threads.min(MAX_THREADS).min(usize::try_from(total).unwrap_or(usize::MAX))
}

/// The loop for several workers, unless it is to have one, or has but one unit.
fn job<'a>(
    space: &Space,
    plan: &Plan<'a>,
    threads: usize,
    body: &'a dyn Body,
    nested: bool,
) -> Option<Job<'a>> {
    if threads < 2 {
        return None;
    }
    let cut = cut(space, plan, threads);
    let threads = threads.min(cut.units() as usize);
    let stealing = match plan.schedule {
        // A worker that is waited for may itself wait, inside the loop this one is called from, for this one to end:
        // in there nobody waits for anybody who has not come.
        _ if nested => Stealing::Free,
        Schedule::Static => Stealing::Never,
        _ if plan.threads.is_some() => Stealing::LeaveOne,
        _ => Stealing::Free,
    };
    (threads > 1).then(|| Job::new(cut, threads, stealing, plan, body))
}

/// The loop for the calling thread.
fn job_for_one<'a>(space: &Space, plan: &Plan<'a>, body: &'a dyn Body) -> Job<'a> {
    Job::new(cut(space, plan, 1), 1, Stealing::Never, plan, body)
}

fn cut(space: &Space, plan: &Plan<'_>, threads: usize) -> Cut {
    if let Some(grain) = plan.grain {
        return Cut::exact(space, grain.get());
    }
    let total = space.iterations();
    let threads = threads as u64;
    if let (Some(together), 1) = (plan.together, space.dims().len()) {
        return Cut::exact(space, together.get());
    }
    let volume = if space.dims().len() == 1 {
        // Tiles are numbered along the one index, so they can be short: runs of them are one piece. A power of two
        // keeps pieces aligned as the array is.
        1 << (total / (256 * threads)).clamp(1, 64).ilog2()
    } else {
        (total / (128 * threads)).clamp(1, 8192)
    };
    match plan.quantum {
        Some(quantum) if space.dims().len() > 1 => Cut::quantized(space, volume, quantum),
        _ => Cut::fine(space, volume),
    }
}

/// What a caller did before others could come.
#[derive(Clone, Copy, Default)]
struct Begun {
    units: u32,
    record: Record,
}

impl Begun {
    /// Takes it over into another job, as the caller's record so far.
    fn carry(self, lane: &Lane, epoch: u32) {
        if self.units > 0 {
            lane.arrive(epoch);
            lane.report.write(epoch, self.record);
        }
    }
}

/// Runs a loop, or the rest of one, on the calling thread.
fn alone(mut job: Job<'_>, begun: Begun, caller: &mut Caller<'_, '_>) -> Outcome {
    let lanes = [Lane::new(), Lane::new()];
    job.begun = begun.units;
    let shared = Loop::alone(&job, &lanes);
    begun.carry(&lanes[0], shared.epoch);
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut stay = Stay::new(shared, 0);
        caller.begin(&job, &stay);
        stay.work(caller);
    }));
    let outcome = caller.outcome(shared);
    ran.unwrap_or_else(|panic| resume_unwind(panic));
    outcome
}

/// Runs a loop on the calling thread that is expected to be short: to its end, or until the rest is worth a second
/// worker. The job must not have been shown.
fn begin_alone(job: &Job<'_>, caller: &mut Caller<'_, '_>) -> ControlFlow<Outcome, Begun> {
    /// What timing a piece takes.
    const CLOCK_NANOS: u64 = 30;
    /// What runs for the first time waits for its code and data: so much of it tells nothing of the rest.
    const COLD_NANOS: u64 = 10_000;
    let telling = if job.cost.is_some() { 0 } else { COLD_NANOS };
    let lanes = [Lane::new()];
    let shared = Loop::alone(job, &lanes);
    let units = job.cut.units();
    // Small enough that little is lost if each of these iterations turns out long.
    let (mut begin, mut end) = (0, (units / 16).clamp(1, job.cut.part(0, job.threads).end));
    let mut over = true;
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut stay = Stay::new(shared, 0);
        caller.begin(job, &stay);
        while begin < units {
            let before = stay.spent();
            if stay.run_begun(Units { begin, end }, caller).is_break() {
                break;
            }
            let took = (stay.spent() - before).saturating_sub(CLOCK_NANOS);
            let per_unit = took as f64 / f64::from(end - begin);
            begin = end;
            let tells = stay.spent() >= telling;
            if begin < units && tells && pays(per_unit * f64::from(units - begin)) {
                over = false;
                break;
            }
            end = if begin >= units / 5 { units } else { 4 * begin };
        }
    }));
    if over || ran.is_err() {
        let outcome = caller.outcome(shared);
        ran.unwrap_or_else(|panic| resume_unwind(panic));
        return ControlFlow::Break(outcome);
    }
    ControlFlow::Continue(Begun { units: begin, record: lanes[0].report.read(shared.epoch) })
}

/// Runs a loop with workers of the pool, unless none can be had.
fn together(
    job: &mut Job<'_>,
    begun: Begun,
    ajar: u64,
    caller: &mut Caller<'_, '_>,
) -> Option<Outcome> {
    let pool = pool::pool();
    let claim = pool.claim()?;
    let seats = pool.seat(claim.index, job.threads, job.schedule == Schedule::Static);
    if seats.threads < 2 {
        claim.free();
        return None;
    }
    job.threads = seats.threads;
    Some(in_slot(job, claim, seats, begun, ajar, caller))
}

/// Runs a loop in a slot, with the pool's threads that have a seat.
fn in_slot<'a>(
    job: &mut Job<'_>,
    claim: Claim<'a>,
    seats: Seats,
    begun: Begun,
    ajar: u64,
    caller: &mut Caller<'_, 'a>,
) -> Outcome {
    caller.ajar = (ajar > 0).then(|| claim.slot());
    let ajar = (ajar > 0).then(|| Moment::in_nanos(ajar));

    // From here to `free`, others may look at what the caller's stack holds.
    let abort = AbortOnUnwind;
    // SAFETY: what `job` borrows outlives this function, which ends after `lead` has closed the gate and found it
    // vacant. (An orphan returns without, but its process has no other thread to be inside.) A panic before that aborts.
    let shared = unsafe { claim.open(job, seats, ajar) };
    begun.carry(&shared.lanes[0], shared.epoch);
    let left = caller.lead(shared, &claim);
    let mut outcome = caller.outcome(shared);
    std::mem::forget(abort);
    if left == Left::Orphaned {
        outcome.ending = Ending::Cancelled;
        return outcome;
    }
    let panic = shared.job.take_panic();
    claim.free();

    if let Some(panic) = panic {
        resume_unwind(panic);
    }
    outcome
}

/// For the models: a loop that is open from the start.
#[cfg(all(test, loom))]
pub(crate) fn in_open_slot(
    job: &mut Job<'_>,
    claim: Claim<'_>,
    between: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    total: u64,
) -> Outcome {
    let seats = Seats { first: 1, threads: job.threads };
    let mut caller = Caller::new(between, total, &Plan::default());
    in_slot(job, claim, seats, Begun::default(), 0, &mut caller)
}

/// The calling thread's side of a loop.
struct Caller<'b, 'a> {
    between: &'b mut dyn FnMut(Progress) -> ControlFlow<()>,
    beat: Beat,
    total: u64,
    cost: Option<&'a Cost>,
    tallies: &'a [Tally],
    /// The slot of the loop, where its gate was left ajar and is the caller's to open.
    ajar: Option<&'a Slot>,
}

impl<'b, 'a> Caller<'b, 'a> {
    fn new(
        between: &'b mut dyn FnMut(Progress) -> ControlFlow<()>,
        total: u64,
        plan: &Plan<'a>,
    ) -> Caller<'b, 'a> {
        Caller {
            between,
            beat: Beat::Never,
            total,
            cost: plan.cost,
            tallies: plan.tallies.unwrap_or(&[]),
            ajar: None,
        }
    }

    /// How long the next of the workers that were asked for is waited for, when all else is done. With 20 ms, on two CPUs
    /// that four other threads kept busy, every other run of `tests/fork.rs` had a loop without all of its workers.
    const PATIENCE: Duration = Duration::from_millis(200);

    /// The longest sleep while waiting for them.
    const LATE_NAP: Duration = Duration::from_millis(1);

    /// The longest sleep while waiting.
    const NAP: Duration = Duration::from_millis(5);

    /// How often the caller looks at reports and doors, before it looks at the lanes again: that takes them away from
    /// those who write there.
    const LOOKS: u32 = 16;

    /// The loop's first stay begins: from now on, beats are counted.
    fn begin(&mut self, job: &Job<'_>, stay: &Stay<'_, '_>) {
        if matches!(self.beat, Beat::Never) {
            self.beat = if job.exact { Beat::coarse() } else { Beat::fine(stay.last()) };
        }
    }

    /// Calls `between` if it is time.
    fn beat(&mut self, shared: Loop<'_, '_>, now: impl FnOnce() -> Moment) -> ControlFlow<()> {
        if !self.beat.is_due(now) {
            return ControlFlow::Continue(());
        }
        (self.between)(Progress { done: shared.done(), total: self.total })
    }

    /// Caller, steps 5 to 7: takes part, waits until nothing is left, closes the gate, waits until all have left.
    fn lead(&mut self, shared: Loop<'_, '_>, claim: &Claim<'_>) -> Left {
        let Loop { job, epoch, .. } = shared;
        let slot = claim.slot();
        let mut stay = Stay::new(shared, 0);
        self.begin(job, &stay);
        let mut closed = false;
        // Whether the gate was closed while units were left.
        let mut early = false;
        // Whether reports have been waited for in vain.
        let mut quiet = false;
        let mut spin = Spin::new(job.threads > default_threads());
        let mut last_news = None;
        let mut late = usize::MAX;
        loop {
            let before = stay.pieces();
            let left = catch_unwind(AssertUnwindSafe(|| match stay.work(self) {
                // Nothing to run, but perhaps it is time to call `between`.
                Left::Dry => {
                    let ran = stay.pieces() != before;
                    let now = || if ran { stay.last() } else { Moment::now() };
                    if self.beat(shared, now).is_continue() {
                        return Left::Dry;
                    }
                    job.stop();
                    Left::Stopped
                }
                left => left,
            }));
            if job.is_orphaned() {
                // Even a panic ends here: its place is behind a lock that may have been held at the fork.
                std::mem::forget(left);
                return Left::Orphaned;
            }
            let left = left.unwrap_or_else(|panic| {
                job.fail(panic);
                Left::Stopped
            });
            let unopened = self.ajar.is_some_and(Slot::is_ajar);
            if unopened && left == Left::Dry && job.stealing() == Stealing::Never {
                // Too small for a second worker: nobody has come in yet, and nobody shall; the caller takes it all.
                self.ajar = None;
                claim.close(epoch);
                (closed, early) = (true, true);
                job.lose_patience();
                continue;
            }
            // Where everybody runs a part of their own, reports say first that they have.
            let look = quiet || job.stealing() != Stealing::Never;
            if !closed && (left == Left::Stopped || look && shared.is_dry()) {
                closed = true;
                claim.close(epoch);
            }
            if stay.pieces() != before {
                // A thief's booty came by; whoever is waited for now deserves patience of their own.
                spin.reset();
                last_news = None;
            }
            let mut awake = true;
            for _ in 0..Self::LOOKS {
                if !closed && shared.is_left() {
                    claim.close_behind(epoch);
                    return left;
                }
                if closed
                    && shared.is_vacant()
                    && (!early || left == Left::Stopped || shared.is_dry())
                {
                    return left;
                }
                awake = spin.pause();
                if !awake {
                    break;
                }
            }
            quiet = true;
            if !awake {
                // Awaited are those inside if the gate is closed, else those who have not come.
                let mut nap = Self::NAP;
                if !closed && job.is_patient() {
                    nap = Self::LATE_NAP;
                    let still = shared.late();
                    let since = *last_news.get_or_insert_with(Instant::now);
                    if still != late {
                        (late, last_news) = (still, None);
                    } else if since.elapsed() > Self::PATIENCE && !cfg!(loom) {
                        job.lose_patience();
                    }
                }
                slot.bed.lie_down();
                let awaited = if closed { !shared.is_vacant() } else { !shared.is_dry() };
                if awaited {
                    slot.bed.sleep(Some(nap));
                } else {
                    slot.bed.get_up();
                }
            }
        }
    }

    /// How the loop ended; what is to be remembered of it is written down.
    fn outcome(&self, shared: Loop<'_, '_>) -> Outcome {
        let mut outcome =
            Outcome { ending: Ending::Cancelled, iterations: 0, pieces: 0, steals: 0, workers: 0 };
        let mut nanos = 0;
        for (worker, report) in shared.reports() {
            let Record { done, pieces, steals, busy } = report.read(shared.epoch);
            outcome.iterations += done;
            outcome.pieces += pieces;
            outcome.steals += steals;
            outcome.workers += usize::from(pieces > 0);
            nanos += busy;
            if let Some(tally) = self.tallies.get(worker) {
                tally.add(done, pieces, steals, busy);
            }
        }
        if outcome.iterations == self.total {
            outcome.ending = Ending::Completed;
        }
        if let Some(cost) = self.cost {
            cost.learn(nanos, outcome.iterations);
        }
        outcome
    }
}

impl Host for Caller<'_, '_> {
    fn after_piece(&mut self, shared: Loop<'_, '_>, done: u64, pace: &Pace) -> ControlFlow<()> {
        if let Some(slot) = self.ajar {
            let forecast = pace.forecast(self.total - done);
            // Infinite where pieces are not timed: then the gate opens by itself.
            if forecast.is_finite() && pays(forecast) {
                slot.open_wide();
                self.ajar = None;
            }
        }
        self.beat(shared, || pace.last())
    }

    fn stays(&mut self, _: &Pace) -> bool {
        true
    }
}

/// Ends the process if a panic passes: other threads hold on to what would be unwound.
struct AbortOnUnwind;

impl Drop for AbortOnUnwind {
    fn drop(&mut self) {
        std::process::abort();
    }
}
