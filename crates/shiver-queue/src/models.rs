//! Loom models of the protocol: each tries the interleavings of the real code, within a bound of preemptions.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p shiver-queue --lib --release models`, with a target folder of its own.
//!
//! Under loom nothing depends on time: nobody spins, naps have no end (so that a lost wake-up is a deadlock, which loom
//! reports), `between` is never due. What the iterations do is kept in loom's cells, which find two threads in one cell
//! and a thread that comes after the caller has gone on.

use std::num::NonZero;
use std::ops::ControlFlow::{Break, Continue};
use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::thread;

use crate::cut::Cut;
use crate::job::{Body, Job, Stealing};
use crate::pool::{Pool, Server, Step};
use crate::run::in_open_slot;
use crate::share::{Share, Tag, Units};
use crate::sleep::Bed;
use crate::sync::{AtomicU64, Ordering, fence};
use crate::{Dim, Outcome, Plan, Schedule, Space, Tile, Worker};

/// Runs a model with at most so many preemptions in each execution.
fn model(preemptions: usize, check: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(check);
}

/// One cell per iteration, which must run once.
struct Cells(Vec<UnsafeCell<u32>>);

// SAFETY: the cells are loom's, which reports every access that is not ordered against another.
unsafe impl Sync for Cells {}

impl Cells {
    fn new(iterations: u64) -> Cells {
        Cells((0..iterations).map(|_| UnsafeCell::new(0)).collect())
    }

    fn run(&self, tile: Tile<'_>) {
        for i in tile.begin[0]..tile.end[0] {
            // SAFETY: loom checks that nobody else has the cell.
            self.0[i as usize].with_mut(|count| unsafe { *count += 1 });
        }
    }

    /// What the caller sees once its loop is over: without the workers' leave being ordered before, loom complains.
    fn counts(&self) -> Vec<u32> {
        // SAFETY: as above.
        self.0.iter().map(|cell| cell.with_mut(|count| unsafe { *count })).collect()
    }
}

/// Runs a loop of that many iterations, one per piece, on two threads: this one and thread 1.
fn run(
    pool: &Pool,
    iterations: u64,
    schedule: Schedule,
    stealing: Stealing,
    body: &dyn Body,
) -> Outcome {
    let space = Space::new([Dim::upto(iterations.into())]).unwrap();
    let plan = Plan { schedule, grain: NonZero::new(1), ..Plan::default() };
    let mut job = Job::new(Cut::exact(&space, 1), 2, stealing, &plan, body);
    in_open_slot(&mut job, pool.claim().unwrap(), &mut |_| Continue(()), iterations)
}

/// A thread of the pool that serves so many loops, sleeping in between, and then ends.
fn server(pool: &Arc<Pool>, loops: usize) -> thread::JoinHandle<()> {
    let pool = pool.clone();
    thread::spawn(move || {
        let mut server = Server::new(&pool, 1);
        for _ in 0..loops {
            while server.step() != Step::Served {}
        }
    })
}

/// Take and steal: three threads at one share of four units, one of them its owner.
#[test]
fn each_unit_is_taken_once() {
    model(3, || {
        let shares: Arc<Vec<Share>> = Arc::new((0..3).map(|_| Share::new()).collect());
        // The first share was dealt by touching it not at all; the others have nothing at first.
        let tag = Tag::of(1);
        let whole = |share| move || Units { begin: 0, end: if share == 0 { 4 } else { 0 } };
        let cells = Arc::new(Cells::new(4));
        let run = |cells: &Cells, units: Units| {
            for unit in units.begin..units.end {
                cells.run(Tile { begin: &[unit.into()], end: &[u64::from(unit) + 1] });
            }
        };
        let thieves: Vec<_> = (1..3)
            .map(|thief: usize| {
                let (shares, cells) = (shares.clone(), cells.clone());
                thread::spawn(move || {
                    for victim in [0, 3 - thief] {
                        if let Some(units) = shares[victim].steal(tag, &whole(victim), 0) {
                            shares[thief].put(tag, units);
                            while let Some(units) = shares[thief].take(tag, &whole(thief), |_| 1) {
                                run(&cells, units);
                            }
                        }
                    }
                })
            })
            .collect();
        while let Some(units) = shares[0].take(tag, &whole(0), |left| left / 2) {
            run(&cells, units);
        }
        thieves.into_iter().for_each(|thief| thief.join().unwrap());
        assert_eq!(cells.counts(), [1; 4]);
    });
}

/// A bed by itself: what the waker did before, the sleeper sees, or is woken for. Twice in the same bed.
#[test]
fn a_sleeper_wakes() {
    model(3, || {
        let bed = Arc::new((Bed::new(), AtomicU64::new(0)));
        let waker = {
            let bed = bed.clone();
            thread::spawn(move || {
                for _ in 0..2 {
                    bed.1.fetch_add(1, Ordering::Release);
                    fence(Ordering::SeqCst);
                    bed.0.wake();
                }
            })
        };
        for round in 1..3 {
            while bed.1.load(Ordering::Acquire) < round {
                bed.0.lie_down();
                if bed.1.load(Ordering::Acquire) < round {
                    bed.0.sleep(None);
                } else {
                    bed.0.get_up();
                }
            }
        }
        waker.join().unwrap();
    });
}

/// Publish, wake, enter, take, leave, close, park: nobody steals, so each side needs the other, and a lost wake-up in
/// either direction would be a deadlock. Twice, so that the worker comes late from the first loop to the second.
#[test]
fn no_wakeup_is_lost() {
    model(3, || {
        let pool = Arc::new(Pool::new());
        let worker = server(&pool, 2);
        for _ in 0..2 {
            let cells = Cells::new(2);
            let body = |_: Worker, tile: Tile<'_>| {
                cells.run(tile);
                Continue(())
            };
            let outcome = run(&pool, 2, Schedule::Static, Stealing::Never, &body);
            assert_eq!((outcome.iterations, outcome.workers), (2, 2));
            assert_eq!(cells.counts(), [1; 2]);
        }
        worker.join().unwrap();
    });
}

/// Two loops in one slot, neither of which needs the worker: it may come to either, at any moment, or too late. The
/// cells go when their loop is over, and whoever still had them would be found.
#[test]
fn nobody_comes_late() {
    model(2, || {
        let pool = Arc::new(Pool::new());
        let worker = {
            let pool = pool.clone();
            thread::spawn(move || {
                let mut server = Server::new(&pool, 1);
                server.try_step();
                server.try_step();
            })
        };
        for _ in 0..2 {
            let cells = Cells::new(2);
            let body = |_: Worker, tile: Tile<'_>| {
                cells.run(tile);
                Continue(())
            };
            let outcome = run(&pool, 2, Schedule::Auto, Stealing::Free, &body);
            assert!(outcome.is_completed());
            assert_eq!(cells.counts(), [1; 2]);
        }
        worker.join().unwrap();
    });
}

/// One place that all take from, and a piece kept for the worker who was asked for.
#[test]
fn a_common_lane_is_emptied_once() {
    model(2, || {
        let pool = Arc::new(Pool::new());
        let worker = server(&pool, 1);
        let cells = Cells::new(4);
        let body = |_: Worker, tile: Tile<'_>| {
            cells.run(tile);
            Continue(())
        };
        let outcome = run(&pool, 4, Schedule::Dynamic, Stealing::LeaveOne, &body);
        assert_eq!((outcome.iterations, outcome.workers), (4, 2));
        assert_eq!(cells.counts(), [1; 4]);
        worker.join().unwrap();
    });
}

/// The worker breaks while the caller may be anywhere, asleep too.
#[test]
fn a_loop_ends_early() {
    model(2, || {
        let pool = Arc::new(Pool::new());
        let worker = server(&pool, 1);
        let cells = Cells::new(2);
        let body = |worker: Worker, tile: Tile<'_>| {
            cells.run(tile);
            if worker.index() == 1 { Break(()) } else { Continue(()) }
        };
        let outcome = run(&pool, 2, Schedule::Static, Stealing::Never, &body);
        assert_eq!(outcome.iterations, cells.counts()[0].into());
        worker.join().unwrap();
    });
}

/// Two callers, one worker that both need. (With two preemptions loom 0.7.3 gives up on this one, the only model with
/// three sleepers, with "unexpected exploration state"; with one it tries everything.)
#[test]
fn two_callers_share_a_worker() {
    model(1, || {
        let pool = Arc::new(Pool::new());
        let worker = server(&pool, 2);
        let call = |pool: &Pool| {
            let cells = Cells::new(2);
            let body = |_: Worker, tile: Tile<'_>| {
                cells.run(tile);
                Continue(())
            };
            let outcome = run(pool, 2, Schedule::Static, Stealing::Never, &body);
            assert_eq!((outcome.iterations, outcome.workers), (2, 2));
            assert_eq!(cells.counts(), [1; 2]);
        };
        let other = {
            let pool = pool.clone();
            thread::spawn(move || call(&pool))
        };
        call(&pool);
        other.join().unwrap();
        worker.join().unwrap();
    });
}
