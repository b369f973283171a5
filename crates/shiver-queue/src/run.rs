//! Running a loop: from the plan to the outcome, seen from the calling thread.

use std::num::NonZero;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use crate::clock::{Beat, Spin};
use crate::cpus::default_threads;
use crate::cut::Cut;
use crate::job::{Body, Job, Lane, Stealing};
use crate::nest::Nested;
use crate::pace::Pace;
use crate::pool::{self, Claim};
use crate::sync::{MAX_THREADS, Ordering};
use crate::worker::{Host, Left, Stay};
use crate::{CancelToken, Ending, Outcome, Plan, Progress, Schedule, Space, Tile, Worker, cancel};

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
pub fn run(
    space: &Space,
    plan: &Plan<'_>,
    body: &(dyn Fn(Worker, Tile<'_>) -> ControlFlow<()> + Sync),
    between: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Outcome {
    let total = space.iterations();
    let cancelled = cancel::all_cancelled() || plan.cancel.is_some_and(CancelToken::is_cancelled);
    if cancelled || total == 0 {
        let ending = if cancelled { Ending::Cancelled } else { Ending::Completed };
        return Outcome { ending, iterations: 0, pieces: 0, steals: 0, workers: 0 };
    }
    let nested = Nested::enter();
    let mut caller = Caller::new(between, total);
    let threads = threads(total, plan);
    if threads > 1
        && let Some(job) = job(space, plan, threads, body, nested.is_nested())
        && let Some(outcome) = together(job, &mut caller)
    {
        return outcome;
    }
    alone(job_for_one(space, plan, body), &mut caller)
}

/// How many workers a loop may have.
fn threads(total: u64, plan: &Plan<'_>) -> usize {
    /// A loop is worth a second worker if it takes longer than this.
    const WORTH_NANOS: f64 = 3_000.0;
    let threads = match (plan.threads, plan.cost) {
        (Some(threads), _) => threads.get(),
        (None, Some(cost)) if f64::from(cost) * (total as f64) < WORTH_NANOS => 1,
        (None, _) => plan.at_most.map_or_else(default_threads, NonZero::get),
    };
    threads.min(MAX_THREADS).min(usize::try_from(total).unwrap_or(usize::MAX))
}

/// The loop for several workers, unless it has but one unit.
fn job<'a>(
    space: &Space,
    plan: &Plan<'a>,
    threads: usize,
    body: Body<'a>,
    nested: bool,
) -> Option<Job<'a>> {
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
fn job_for_one<'a>(space: &Space, plan: &Plan<'a>, body: Body<'a>) -> Job<'a> {
    Job::new(cut(space, plan, 1), 1, Stealing::Never, plan, body)
}

fn cut(space: &Space, plan: &Plan<'_>, threads: usize) -> Cut {
    if let Some(grain) = plan.grain {
        return Cut::exact(space, grain.get());
    }
    let total = space.iterations();
    let threads = threads as u64;
    let volume = if space.dims().len() == 1 {
        // Tiles are numbered along the one index, so they can be short: runs of them are one piece. A power of two
        // keeps pieces aligned as the array is.
        1 << (total / (256 * threads)).clamp(1, 64).ilog2()
    } else {
        (total / (128 * threads)).clamp(1, 8192)
    };
    Cut::fine(space, volume)
}

/// Runs a loop on the calling thread.
fn alone(job: Job<'_>, caller: &mut Caller<'_>) -> Outcome {
    let lanes = [Lane::new(), Lane::new()];
    job.deal(&lanes);
    Stay::new(&job, &lanes, 0).work(caller);
    outcome(&job, &lanes, caller.total)
}

/// Runs a loop with workers of the pool, unless none can be had.
fn together(mut job: Job<'_>, caller: &mut Caller<'_>) -> Option<Outcome> {
    let pool = pool::pool();
    let claim = pool.claim()?;
    let (first, threads) = pool.seat(claim.index, job.threads, job.schedule == Schedule::Static);
    if threads < 2 {
        claim.free();
        return None;
    }
    job.threads = threads;
    Some(in_slot(&job, claim, first, caller))
}

/// Runs a loop in a slot, with the pool's threads from `first` on.
pub(crate) fn in_slot(
    job: &Job<'_>,
    claim: Claim<'_>,
    first: usize,
    caller: &mut Caller<'_>,
) -> Outcome {
    let lanes = claim.slot().lanes();

    // From here to `free`, others may look at the caller's stack.
    let abort = AbortOnUnwind;
    // SAFETY: `job` is borrowed until the end, so it stays in place until `lead` has closed the gate and found it
    // vacant. (An orphan returns without, but its process has no other thread to be inside.) A panic before that aborts.
    unsafe { claim.open(job, first) };
    let left = caller.lead(job, &claim, lanes);
    let mut outcome = outcome(job, lanes, caller.total);
    std::mem::forget(abort);
    if left == Left::Orphaned {
        outcome.ending = Ending::Cancelled;
        return outcome;
    }
    claim.free();

    if let Some(panic) = job.take_panic() {
        resume_unwind(panic);
    }
    outcome
}

fn outcome(job: &Job<'_>, lanes: &[Lane], total: u64) -> Outcome {
    let mut outcome =
        Outcome { ending: Ending::Cancelled, iterations: 0, pieces: 0, steals: 0, workers: 0 };
    for lane in &lanes[..job.threads] {
        let pieces = lane.pieces.load(Ordering::Relaxed);
        outcome.iterations += lane.done.load(Ordering::Relaxed);
        outcome.pieces += pieces;
        outcome.steals += lane.steals.load(Ordering::Relaxed);
        outcome.workers += usize::from(pieces > 0);
    }
    if outcome.iterations == total {
        outcome.ending = Ending::Completed;
    }
    outcome
}

/// The calling thread's side of a loop.
pub(crate) struct Caller<'b> {
    between: &'b mut dyn FnMut(Progress) -> ControlFlow<()>,
    beat: Beat,
    total: u64,
}

impl<'b> Caller<'b> {
    pub(crate) fn new(
        between: &'b mut dyn FnMut(Progress) -> ControlFlow<()>,
        total: u64,
    ) -> Caller<'b> {
        Caller { between, beat: Beat::new(), total }
    }

    /// How long the next of the workers that were asked for is waited for, when all else is done.
    const PATIENCE: Duration = Duration::from_millis(20);

    /// The longest sleep while waiting.
    const NAP: Duration = Duration::from_millis(5);

    /// Caller, steps 5 to 7: takes part, waits until nothing is left, closes the gate, waits until all have left.
    fn lead(&mut self, job: &Job<'_>, claim: &Claim<'_>, lanes: &[Lane]) -> Left {
        let slot = claim.slot();
        let mut stay = Stay::new(job, lanes, 0);
        let mut closed = false;
        let mut spin = Spin::new(job.threads > default_threads());
        let mut last_news = None;
        let mut late = usize::MAX;
        loop {
            let before = stay.pieces();
            let left = catch_unwind(AssertUnwindSafe(|| match stay.work(self) {
                // Nothing to run, but perhaps it is time to call `between`.
                Left::Dry if self.after_piece(job, lanes).is_break() => {
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
            if !closed && (left == Left::Stopped || job.is_dry(lanes)) {
                claim.close();
                closed = true;
            }
            // Looking after the others' lanes would slow them down, so that is done once in a while.
            for look in 0..16 {
                if closed && slot.gate().is_vacant() {
                    return left;
                }
                if !closed || look > 0 && !spin.pause() {
                    break;
                }
            }
            if stay.pieces() != before {
                // A thief's booty came by; whoever is waited for now deserves patience of their own.
                spin.reset();
                last_news = None;
            }
            if !spin.pause() {
                // Awaited are those inside if the gate is closed, else those who have not come.
                let mut nap = Self::NAP;
                if !closed && job.stealing() == Stealing::LeaveOne {
                    nap = Self::PATIENCE / 20;
                    let still = job.late(lanes);
                    let since = *last_news.get_or_insert_with(Instant::now);
                    if still != late {
                        (late, last_news) = (still, None);
                    } else if since.elapsed() > Self::PATIENCE && !cfg!(loom) {
                        job.lose_patience();
                    }
                }
                slot.bed.lie_down();
                let awaited = if closed { !slot.gate().is_vacant() } else { !job.is_dry(lanes) };
                if awaited {
                    slot.bed.sleep(Some(nap));
                } else {
                    slot.bed.get_up();
                }
            }
        }
    }
}

impl Host for Caller<'_> {
    fn after_piece(&mut self, job: &Job<'_>, lanes: &[Lane]) -> ControlFlow<()> {
        if !self.beat.is_due() {
            return ControlFlow::Continue(());
        }
        let done = lanes[..job.threads].iter().map(|lane| lane.done.load(Ordering::Relaxed)).sum();
        (self.between)(Progress { done, total: self.total })
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
