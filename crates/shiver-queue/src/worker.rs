//! A worker inside a loop: takes units, runs them piece by piece, steals when dry.

use std::ops::ControlFlow;

use crate::cut::slice;
use crate::few::Few;
use crate::job::{Job, Lane, Stealing};
use crate::pace::Pace;
use crate::share::Units;
use crate::sync::Ordering;
use crate::{Schedule, Tile, Worker};

/// Why a worker stopped taking units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Found nothing more that it may take.
    Dry,
    /// The loop ends early.
    Stopped,
    /// There are other loops to serve.
    Yielded,
    /// This process is a child, forked in the middle of a piece: nothing of the loop may be touched any more.
    Orphaned,
}

/// What a worker does besides: the caller looks after `between`, a worker of the pool after other loops.
pub(crate) trait Host {
    /// After each piece. Breaks to end the loop.
    fn after_piece(&mut self, job: &Job<'_>, lanes: &[Lane]) -> ControlFlow<()>;

    /// After each take: whether to go on with this loop.
    fn stays(&mut self, pace: &Pace) -> bool;
}

/// A worker's stay in a loop.
pub(crate) struct Stay<'j, 'a> {
    job: &'j Job<'a>,
    lanes: &'j [Lane],
    worker: Worker,
    pace: Pace,
    record: Record<'j>,
    /// Whether time has passed that no piece took.
    idle: bool,
}

/// What the worker did. Written down when the stay ends, also by a panic.
struct Record<'j> {
    lane: &'j Lane,
    done: u64,
    pieces: u64,
    steals: u64,
    /// Iterations done before this stay.
    before: u64,
}

impl<'j, 'a> Stay<'j, 'a> {
    /// Comes to a loop as the worker of that number; nobody else may have the number meanwhile.
    pub(crate) fn new(job: &'j Job<'a>, lanes: &'j [Lane], index: usize) -> Self {
        let lane = &lanes[index];
        Stay {
            job,
            lanes,
            worker: Worker { index, threads: job.threads },
            pace: Pace::new(job.cost),
            idle: false,
            // It may have been here before and left for another loop.
            record: Record {
                lane,
                done: lane.done.load(Ordering::Relaxed),
                before: lane.done.load(Ordering::Relaxed),
                pieces: lane.pieces.load(Ordering::Relaxed),
                steals: lane.steals.load(Ordering::Relaxed),
            },
        }
    }

    /// Runs what can be taken.
    pub(crate) fn work(&mut self, host: &mut impl Host) -> Left {
        loop {
            if self.job.is_stopped() {
                return Left::Stopped;
            }
            let Some(units) = self.next() else {
                self.idle = true;
                return Left::Dry;
            };
            if std::mem::take(&mut self.idle) {
                self.pace.skip();
            }
            if let ControlFlow::Break(left) = self.run(units, host) {
                return left;
            }
            if !host.stays(&self.pace) {
                return Left::Yielded;
            }
        }
    }

    /// Whether the worker has been here for so long that a little more does not count.
    pub(crate) fn is_long(&self) -> bool {
        self.pace.worked() > 50_000
    }

    /// How many pieces it ran.
    pub(crate) fn pieces(&self) -> u64 {
        self.record.pieces
    }

    fn next(&mut self) -> Option<Units> {
        if let Some(units) = self.take_own() {
            return Some(units);
        }
        if let Some(common) = self.job.common(self.lanes) {
            let fair = 2 * self.job.threads as u32;
            let units = common.share.take(|left| match self.job.schedule {
                Schedule::Guided => left / fair,
                _ if self.job.exact => 1,
                _ => self.pace.units(left, self.job.cut.unit_volume()).min(left.div_ceil(fair)),
            });
            if units.is_some() {
                return units;
            }
        }
        self.steal()
    }

    fn take_own(&self) -> Option<Units> {
        let volume = self.job.cut.unit_volume();
        let lane = self.record.lane;
        let units = lane
            .share
            .take(|left| if self.job.exact { 1 } else { self.pace.units(left, volume) })?;
        // Only now: until then nobody may take the last unit.
        if !lane.arrived.load(Ordering::Relaxed) {
            lane.arrived.store(true, Ordering::Relaxed);
        }
        Some(units)
    }

    /// Half of what the richest has goes into the own lane, from which others may steal in turn. Taking from the
    /// richest bounds the number of steals by workers × log(units).
    fn steal(&mut self) -> Option<Units> {
        let stealing = self.job.stealing();
        if stealing == Stealing::Never {
            return None;
        }
        loop {
            let others = self.lanes[..self.job.threads]
                .iter()
                .filter(|lane| !std::ptr::eq(*lane, self.record.lane));
            let (left, keep, victim) = others
                .map(|lane| {
                    let keep =
                        stealing == Stealing::LeaveOne && !lane.arrived.load(Ordering::Relaxed);
                    (lane.share.left().saturating_sub(keep.into()), keep, lane)
                })
                .max_by_key(|lane| lane.0)?;
            if left == 0 {
                return None;
            }
            if let Some(units) = victim.share.steal(keep.into()) {
                self.record.steals += 1;
                self.record.lane.share.put(units);
                // Others may have stolen all of it at once.
                if let Some(units) = self.take_own() {
                    return Some(units);
                }
            }
        }
    }

    /// Runs units, box by box.
    fn run(&mut self, units: Units, host: &mut impl Host) -> ControlFlow<Left> {
        let Stay { job, lanes, worker, ref pace, ref mut record, .. } = *self;
        let cut = &job.cut;
        let (mut begin, mut end) = (Few::filled(0, cut.rank()), Few::filled(0, cut.rank()));
        let single = job.exact && job.schedule != Schedule::Guided;
        let mut piece = |tile: Tile<'_>| {
            if job.is_stopped() {
                return ControlFlow::Break(Left::Stopped);
            }
            let flow = (job.body)(worker, tile);
            if job.is_orphaned() {
                return ControlFlow::Break(Left::Orphaned);
            }
            record.pieces += 1;
            if flow.is_break() {
                job.stop();
                return ControlFlow::Break(Left::Stopped);
            }
            let iterations = tile.iterations();
            record.done += iterations;
            record.lane.done.store(record.done, Ordering::Relaxed);
            if !job.exact {
                pace.after(iterations);
            }
            if host.after_piece(job, lanes).is_break() {
                job.stop();
                return ControlFlow::Break(Left::Stopped);
            }
            if job.is_orphaned() {
                return ControlFlow::Break(Left::Orphaned);
            }
            ControlFlow::Continue(())
        };
        let mut tiles = cut.tiles(units);
        while !tiles.is_empty() {
            cut.next_box(&mut tiles, single, &mut begin, &mut end);
            if job.exact {
                piece(Tile { begin: &begin, end: &end })?;
            } else {
                slice(&mut begin, &mut end, &mut |_| pace.limit(), &mut piece)?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Drop for Stay<'_, '_> {
    fn drop(&mut self) {
        let Record { lane, done, pieces, steals, before } = self.record;
        if let Some(tally) = self.job.tallies.get(self.worker.index) {
            let pieces = pieces - lane.pieces.load(Ordering::Relaxed);
            let steals = steals - lane.steals.load(Ordering::Relaxed);
            tally.add(done - before, pieces, steals, self.pace.elapsed());
        }
        lane.pieces.store(pieces, Ordering::Relaxed);
        lane.steals.store(steals, Ordering::Relaxed);
    }
}
