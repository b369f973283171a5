//! A worker inside a loop: takes units, runs them piece by piece, steals when dry.

use std::ops::ControlFlow;

use crate::clock::Moment;
use crate::cut::slice;
use crate::few::Few;
use crate::job::{Lane, Loop, Record, Stealing};
use crate::pace::Pace;
use crate::share::Units;
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
    /// After each piece; the worker has done so many iterations by then. Breaks to end the loop.
    fn after_piece(&mut self, shared: Loop<'_, '_>, done: u64, pace: &Pace) -> ControlFlow<()>;

    /// After each take: whether to go on with this loop.
    fn stays(&mut self, pace: &Pace) -> bool;
}

/// A worker's stay in a loop.
pub(crate) struct Stay<'j, 'a> {
    shared: Loop<'j, 'a>,
    worker: Worker,
    pace: Pace,
    lane: &'j Lane,
    /// What the worker did before; written down when the stay ends, also by a panic.
    record: Record,
    /// Whether time has passed that no piece took.
    idle: bool,
}

impl<'j, 'a> Stay<'j, 'a> {
    /// Comes to a loop as the worker of that number; nobody else may have the number meanwhile.
    pub(crate) fn new(shared: Loop<'j, 'a>, index: usize) -> Self {
        let lane = &shared.lanes[index];
        Stay {
            shared,
            worker: Worker { index, threads: shared.job.threads },
            pace: Pace::new(shared.job.cost),
            idle: false,
            lane,
            // It may have been here before and left for another loop.
            record: lane.report.read(shared.epoch),
        }
    }

    /// Runs what can be taken.
    pub(crate) fn work(&mut self, host: &mut impl Host) -> Left {
        loop {
            if self.shared.job.is_stopped() {
                return Left::Stopped;
            }
            let Some(units) = self.next() else {
                // Pieces of a given length are not timed one by one.
                if self.shared.job.exact && !self.idle {
                    self.pace.spend();
                }
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
        !cfg!(loom) && self.pace.worked() > 50_000
    }

    /// How many pieces it ran.
    pub(crate) fn pieces(&self) -> u64 {
        self.record.pieces
    }

    /// The last piece's end, or the worker's coming.
    pub(crate) fn last(&self) -> Moment {
        self.pace.last()
    }

    /// Runs units that are in no share. For the caller, before others can come.
    pub(crate) fn run_begun(&mut self, units: Units, host: &mut impl Host) -> ControlFlow<Left> {
        self.lane.arrive(self.shared.epoch);
        let flow = self.run(units, host);
        if self.shared.job.exact {
            self.pace.spend();
        }
        flow
    }

    /// Nanoseconds spent in pieces.
    pub(crate) fn spent(&self) -> u64 {
        self.pace.spent()
    }

    /// What the worker did, for who writes it down himself.
    pub(crate) fn into_record(self) -> Record {
        let record = self.record();
        std::mem::forget(self);
        record
    }

    fn record(&self) -> Record {
        Record { busy: self.record.busy + self.pace.spent(), ..self.record }
    }

    fn next(&mut self) -> Option<Units> {
        if let Some(units) = self.take_own() {
            return Some(units);
        }
        if self.shared.job.is_common() {
            let fair = 2 * self.shared.job.threads as u32;
            let units =
                self.shared.take(self.shared.job.threads, |left| match self.shared.job.schedule {
                    Schedule::Guided => left / fair,
                    _ if self.shared.job.exact => 1,
                    _ => self
                        .pace
                        .units(left, self.shared.job.cut.unit_volume())
                        .min(left.div_ceil(fair)),
                });
            if units.is_some() {
                self.lane.arrive(self.shared.epoch);
                return units;
            }
        }
        self.steal()
    }

    fn take_own(&self) -> Option<Units> {
        let volume = self.shared.job.cut.unit_volume();
        let units = self.shared.take(self.worker.index, |left| {
            if self.shared.job.exact { 1 } else { self.pace.units(left, volume) }
        })?;
        // Only now: until then nobody may take the last unit.
        self.lane.arrive(self.shared.epoch);
        Some(units)
    }

    /// Half of what the richest has goes into the own lane, from which others may steal in turn. Taking from the
    /// richest bounds the number of steals by workers × log(units).
    fn steal(&mut self) -> Option<Units> {
        let stealing = self.shared.job.stealing();
        if stealing == Stealing::Never {
            return None;
        }
        loop {
            let shared = self.shared;
            #[cfg(all(test, not(loom)))]
            tests::SHARED.set(tests::SHARED.get() + shared.job.threads as u64);
            let others = (0..shared.job.threads).filter(|&lane| lane != self.worker.index);
            let (left, keep, victim) = others
                .map(|lane| {
                    let keep = stealing == Stealing::LeaveOne
                        && !shared.lanes[lane].has_arrived(shared.epoch);
                    (shared.left(lane).saturating_sub(keep.into()), keep, lane)
                })
                .max_by_key(|lane| lane.0)?;
            if left == 0 {
                return None;
            }
            if let Some(units) = shared.steal(victim, keep.into()) {
                self.record.steals += 1;
                self.lane.share.put(shared.tag(), units);
                // Others may have stolen all of it at once.
                if let Some(units) = self.take_own() {
                    return Some(units);
                }
            }
        }
    }

    /// Runs units, box by box.
    fn run(&mut self, units: Units, host: &mut impl Host) -> ControlFlow<Left> {
        let Stay { shared, lane, worker, ref pace, ref mut record, .. } = *self;
        let job = shared.job;
        let cut = &job.cut;
        let (mut begin, mut end) = (Few::filled(0, cut.rank()), Few::filled(0, cut.rank()));
        let single = job.exact && job.schedule != Schedule::Guided;
        let mut piece = |tile: Tile<'_>| {
            if job.is_stopped() {
                return ControlFlow::Break(Left::Stopped);
            }
            let flow = job.run(worker, tile);
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
            lane.tell(record.done);
            if !job.exact {
                pace.after(iterations);
            }
            if host.after_piece(shared, record.done, pace).is_break() {
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
                let limit = |_| pace.limit().saturating_mul(cut.patience());
                slice(cut.quantum(), &mut begin, &mut end, &mut { limit }, &mut piece)?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Drop for Stay<'_, '_> {
    fn drop(&mut self) {
        self.lane.report.write(self.shared.epoch, self.record());
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::cell::Cell;
    use std::num::NonZero;

    use proptest::prelude::*;

    use super::*;
    use crate::cut::Cut;
    use crate::job::Job;
    use crate::{Dim, Plan, Space};

    thread_local! {
        /// Accesses, on this thread, to what other workers have or look at: the lanes that a thief looks at, and its own,
        /// which it fills.
        pub(super) static SHARED: Cell<u64> = const { Cell::new(0) };
    }

    /// Lets workers take unit after unit in the given order, over and over, until all are dry; a worker that is named
    /// often is quick. (In tests a space has at most 2^10 units.) How often lines were touched that several workers have, and how many units were taken.
    fn shared(iterations: u64, workers: usize, order: &[usize]) -> (u64, u64) {
        let space = Space::new([Dim::upto(iterations.into())]).unwrap();
        let plan = Plan { grain: NonZero::new(1), ..Plan::default() };
        let nothing = |_: Worker, _: Tile<'_>| ControlFlow::Continue(());
        let job = Job::new(Cut::exact(&space, 1), workers, Stealing::Free, &plan, &nothing);
        let lanes: Vec<_> = (0..=workers).map(|_| Lane::new()).collect();
        let mut stays: Vec<_> =
            (0..workers).map(|worker| Stay::new(Loop::alone(&job, &lanes), worker)).collect();
        SHARED.set(0);
        let mut taken = 0;
        let mut dry = vec![false; workers];
        while dry.contains(&false) {
            for &worker in order.iter().chain(&(0..workers).collect::<Vec<_>>()) {
                match stays[worker % workers].next() {
                    Some(units) => taken += u64::from(units.len()),
                    None => dry[worker % workers] = true,
                }
            }
        }
        (SHARED.get(), taken)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// However unevenly workers come along: each steal looks at every lane, and there are few steals.
        #[test]
        fn shared_lines_are_touched_workers_times_log_n_times(
            workers in 2_usize..9,
            exponent in 4_u32..11,
            order in prop::collection::vec(0_usize..8, 0..40),
        ) {
            let n = 1 << exponent;
            let (touched, taken) = shared(n, workers, &order);
            prop_assert_eq!(taken, n);
            let steals = 4 * workers as u64 * u64::from(exponent);
            prop_assert!(touched <= workers as u64 * steals, "{touched} of {n}, {workers} workers");
        }
    }

    #[test]
    fn sixteen_times_the_iterations_touch_little_more() {
        // One worker is forty times as quick as the other.
        let order = [1; 40];
        let (few, _) = shared(1 << 6, 2, &order);
        let (many, _) = shared(1 << 10, 2, &order);
        assert!(many <= few + 2 * 4 * 4, "{few}, and {many}");
    }
}
