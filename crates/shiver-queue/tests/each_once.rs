//! Every iteration exactly once: random spaces, schedules, grains and numbers of threads against counting.

use std::num::NonZero;
use std::ops::ControlFlow::{Break, Continue};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use proptest::prelude::*;
use shiver_queue::{Cost, Dim, Plan, Schedule, Space, Tally, Tile, Worker, run};

const SCHEDULES: [Schedule; 4] =
    [Schedule::Auto, Schedule::Static, Schedule::Dynamic, Schedule::Guided];

/// Counts how often each iteration ran.
struct Counts {
    extents: Vec<u64>,
    counts: Vec<AtomicU32>,
}

impl Counts {
    fn new(space: &Space) -> Counts {
        let counts = (0..space.iterations()).map(|_| AtomicU32::new(0)).collect();
        Counts { extents: space.shape(), counts }
    }

    /// Counts a tile's iterations, one by one.
    fn add(&self, tile: Tile<'_>) {
        assert_eq!((tile.begin.len(), tile.end.len()), (self.extents.len(), self.extents.len()));
        assert!(tile.begin.iter().zip(tile.end).all(|(begin, end)| begin < end), "empty {tile:?}");
        assert!(tile.end.iter().zip(&self.extents).all(|(end, extent)| end <= extent), "{tile:?}");
        let mut index = tile.begin.to_vec();
        'tile: loop {
            let place =
                index.iter().zip(&self.extents).fold(0, |place, (i, extent)| place * extent + i);
            self.counts[place as usize].fetch_add(1, Relaxed);
            for d in (0..index.len()).rev() {
                index[d] += 1;
                if index[d] < tile.end[d] {
                    continue 'tile;
                }
                index[d] = tile.begin[d];
            }
            return;
        }
    }

    fn all(&self, count: u32) -> bool {
        self.counts.iter().all(|c| c.load(Relaxed) == count)
    }
}

/// No two threads are the same worker at the same time.
struct Places(Vec<AtomicBool>);

impl Places {
    fn new() -> Places {
        Places((0..64).map(|_| AtomicBool::new(false)).collect())
    }

    fn within<T>(&self, worker: Worker, work: impl FnOnce() -> T) -> T {
        assert!(worker.index() < worker.threads());
        assert!(
            !self.0[worker.index()].swap(true, Relaxed),
            "two threads are worker {}",
            worker.index()
        );
        let value = work();
        self.0[worker.index()].store(false, Relaxed);
        value
    }
}

fn dims() -> impl Strategy<Value = Vec<Dim>> {
    let dim = (-5_i128..5, -20_i128..60, prop_oneof![Just(1_i128), Just(3), Just(-1), Just(-2)])
        .prop_map(|(start, stop, step)| {
            Dim::new(start, if step < 0 { -stop } else { stop }, step).unwrap()
        });
    prop_oneof![
        2 => (0_i128..20_000).prop_map(|stop| vec![Dim::upto(stop)]),
        1 => prop::collection::vec(dim.clone(), 1..3),
        1 => prop::collection::vec((0_i128..10).prop_map(Dim::upto), 1..6),
        1 => prop::collection::vec((1_i128..7).prop_map(Dim::upto), 3..6),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn each_iteration_runs_once(
        dims in dims(),
        schedule in prop::sample::select(&SCHEDULES[..]),
        grain in prop::option::of(prop_oneof![1_u64..20, 1_u64..5000]),
        threads in prop::option::of(1_usize..=64),
        cost in prop::option::of(0.0_f32..1e6),
        together in prop::option::of(1_u64..5000),
        slow: bool,
    ) {
        let space = Space::new(dims).unwrap();
        let counts = Counts::new(&space);
        let places = Places::new();
        let tallies: Vec<Tally> = (0..64).map(|_| Tally::default()).collect();
        let pieces = AtomicU64::new(0);
        let ends: Vec<AtomicU64> = (0..64).map(|_| AtomicU64::new(0)).collect();
        let cost = cost.map(Cost::of);
        let plan = Plan {
            schedule,
            grain: grain.and_then(NonZero::new),
            together: together.and_then(NonZero::new),
            threads: threads.and_then(NonZero::new),
            cost: cost.as_ref(),
            tallies: Some(&tallies),
            ..Plan::default()
        };
        let body = |worker: Worker, tile: Tile<'_>| {
            places.within(worker, || {
                counts.add(tile);
                pieces.fetch_add(1, Relaxed);
                if slow && tile.begin[0].is_multiple_of(7) {
                    std::thread::yield_now();
                }
            });
            if let (Some(together), None, [begin], [end]) = (together, grain, tile.begin, tile.end) {
                let goes_on = ends[worker.index()].swap(*end, Relaxed) == *begin;
                assert!(goes_on || begin % together == 0, "{tile:?} of {together} together");
            }
            if let (Some(grain), true) = (grain, schedule != Schedule::Guided) {
                assert!(tile.iterations() <= grain);
                if let ([begin], [end]) = (tile.begin, tile.end) {
                    assert_eq!(begin % grain, 0);
                    assert_eq!(*end, space.iterations().min(begin + grain));
                }
            }
            Continue(())
        };
        let outcome = run(&space, &plan, &body, &mut |progress| {
            assert!(progress.done <= progress.total && progress.total == space.iterations());
            Continue(())
        });
        prop_assert!(counts.all(1));
        prop_assert!(outcome.is_completed());
        prop_assert_eq!(outcome.iterations, space.iterations());
        prop_assert_eq!(outcome.pieces, pieces.into_inner());
        prop_assert_eq!(tallies.iter().map(Tally::iterations).sum::<u64>(), space.iterations());
        prop_assert_eq!(tallies.iter().map(Tally::pieces).sum::<u64>(), outcome.pieces);
        prop_assert_eq!(tallies.iter().map(Tally::steals).sum::<u64>(), outcome.steals);
        prop_assert_eq!(tallies.iter().filter(|tally| tally.pieces() > 0).count(), outcome.workers);
        if schedule == Schedule::Static && plan.threads.is_some() {
            prop_assert_eq!(outcome.steals, 0);
        }
    }

    #[test]
    fn at_most_once_when_it_ends_early(
        dims in dims(),
        schedule in prop::sample::select(&SCHEDULES[..]),
        grain in prop::option::of(1_u64..300),
        threads in 1_usize..=16,
        after in 0_u64..40,
        panics: bool,
    ) {
        let space = Space::new(dims).unwrap();
        let counts = Counts::new(&space);
        let pieces = AtomicU64::new(0);
        let done = AtomicU64::new(0);
        let plan = Plan {
            schedule, grain: grain.and_then(NonZero::new), threads: NonZero::new(threads), ..Plan::default()
        };
        let end = AtomicBool::new(false);
        let body = |_: Worker, tile: Tile<'_>| {
            counts.add(tile);
            if pieces.fetch_add(1, Relaxed) == after {
                end.store(true, Relaxed);
                if panics {
                    std::panic::resume_unwind(Box::new(after));
                }
                return Break(());
            }
            done.fetch_add(tile.iterations(), Relaxed);
            Continue(())
        };
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run(&space, &plan, &body, &mut |_| Continue(()))
        }));
        prop_assert!(counts.counts.iter().all(|count| count.load(Relaxed) <= 1));
        match ran {
            Ok(outcome) => {
                prop_assert_eq!(outcome.is_completed(), !end.into_inner());
                prop_assert_eq!(outcome.iterations, done.into_inner());
            }
            Err(panic) => prop_assert_eq!(*panic.downcast::<u64>().unwrap(), after),
        }
    }
}

#[test]
fn more_units_than_fit_a_word() {
    // 2^35 iterations in pieces of one: grouped, and still exact. Ended early, since that many take a while.
    let space = Space::new([Dim::upto(1 << 35)]).unwrap();
    let pieces = AtomicU64::new(0);
    let plan = Plan { grain: NonZero::new(1), threads: NonZero::new(2), ..Plan::default() };
    let outcome = run(
        &space,
        &plan,
        &|_, tile| {
            assert_eq!(tile.iterations(), 1);
            if pieces.fetch_add(1, Relaxed) < 100_000 { Continue(()) } else { Break(()) }
        },
        &mut |_| Continue(()),
    );
    assert!(!outcome.is_completed());
}

#[test]
fn huge_spaces_of_cheap_iterations() {
    for dims in
        [vec![1 << 50], vec![1 << 20, 1 << 30], vec![1 << 30, 1 << 20], vec![1 << 10, 1, 1 << 40]]
    {
        let space = Space::new(dims.into_iter().map(Dim::upto)).unwrap();
        for schedule in SCHEDULES {
            let sum = AtomicU64::new(0);
            let plan = Plan { schedule, threads: NonZero::new(3), ..Plan::default() };
            // Dynamic pieces are short, and there would be millions.
            let enough = if schedule == Schedule::Dynamic { 1 << 30 } else { u64::MAX };
            let outcome = run(
                &space,
                &plan,
                &|_, tile| {
                    let before = sum.fetch_add(tile.iterations(), Relaxed);
                    if before < enough { Continue(()) } else { Break(()) }
                },
                &mut |_| Continue(()),
            );
            assert_eq!(
                outcome.is_completed(),
                sum.into_inner() == 1 << 50,
                "{space:?} {schedule:?} {outcome:?}"
            );
        }
    }
}
