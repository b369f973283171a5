//! Own process: loops of all kinds from many threads at once, for a while, each against counting.
//!
//! `SHIVER_STRESS_SECONDS=60 cargo test -p shiver-queue --release --test stress` takes longer than the
//! second that it takes by default.

use std::num::NonZero;
use std::ops::ControlFlow::{self, Break, Continue};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use shiver_queue::{CancelToken, Cost, Dim, Plan, Schedule, Space, Tile, run};

/// Numbers that differ from thread to thread and are the same at each run (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

/// How a loop is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    BodyBreaks,
    BodyPanics,
    BetweenBreaks,
    Token,
}

/// How the loops ended.
#[derive(Default)]
struct Ended {
    whole: AtomicU64,
    early: AtomicU64,
    panicked: AtomicU64,
    nested: AtomicU64,
}

/// Runs one loop, and sees to it that each iteration ran at most once, and once if the loop is whole.
fn one_loop(numbers: &mut Numbers, costs: &[Cost], depth: u32, ended: &Ended) {
    let extents: Vec<u64> = (0..1 + numbers.below(3)).map(|_| 1 + numbers.below(40)).collect();
    let long = numbers.below(4) == 0;
    let extents = if long { vec![numbers.below(100_000)] } else { extents };
    let space = Space::new(extents.iter().map(|&n| Dim::upto(n.into()))).unwrap();
    let total = space.iterations();
    let end = match numbers.below(10) {
        0 => End::BodyBreaks,
        1 => End::BodyPanics,
        2 => End::BetweenBreaks,
        3 => End::Token,
        _ => End::Whole,
    };
    let token = CancelToken::new();
    let (grain, threads) = (numbers.below(200), numbers.below(7) as usize);
    let plan = Plan {
        schedule: [Schedule::Auto, Schedule::Static, Schedule::Dynamic, Schedule::Guided]
            [numbers.below(4) as usize],
        grain: NonZero::new(if numbers.below(2) == 0 { grain } else { 0 }),
        together: NonZero::new(if numbers.below(2) == 0 { grain } else { 0 }),
        threads: NonZero::new(threads),
        cancel: (end == End::Token).then_some(&token),
        cost: costs.get(numbers.below(4) as usize),
        ..Plan::default()
    };
    let counts: Vec<AtomicU8> = (0..total).map(|_| AtomicU8::new(0)).collect();
    let (pieces, cut_off) = (AtomicU64::new(0), AtomicBool::new(false));
    let last = numbers.below(20);
    let (nests, seed) = (depth > 0 && numbers.below(8) == 0, numbers.0);
    let body = |_, tile: Tile<'_>| -> ControlFlow<()> {
        each(tile, &extents, |place| {
            counts[place].fetch_add(1, Relaxed);
        });
        let piece = pieces.fetch_add(1, Relaxed);
        if nests && piece < 2 {
            ended.nested.fetch_add(1, Relaxed);
            one_loop(&mut Numbers(seed ^ piece | 1), &[], depth - 1, ended);
        }
        if piece == last && end != End::Whole {
            match end {
                End::BodyBreaks => {
                    cut_off.store(true, Relaxed);
                    return Break(());
                }
                End::BodyPanics => {
                    cut_off.store(true, Relaxed);
                    resume_unwind(Box::new("meant"));
                }
                End::Token => token.cancel(),
                End::BetweenBreaks | End::Whole => {}
            }
        }
        if piece % 64 == 5 {
            std::thread::yield_now();
        }
        Continue(())
    };
    let ran = catch_unwind(AssertUnwindSafe(|| {
        run(&space, &plan, &body, &mut |progress| {
            assert!(progress.done <= progress.total && progress.total == total);
            if end == End::BetweenBreaks { Break(()) } else { Continue(()) }
        })
    }));
    let most = counts.iter().map(|count| count.load(Relaxed)).max().unwrap_or(0);
    assert!(most <= 1, "an iteration ran {most} times: {plan:?}, {extents:?}");
    let all = counts.iter().all(|count| count.load(Relaxed) == 1);
    match ran {
        Ok(outcome) if outcome.is_completed() => {
            assert!(all && !cut_off.into_inner(), "{plan:?}, {extents:?}");
            ended.whole.fetch_add(1, Relaxed);
        }
        Ok(outcome) => {
            assert!(end != End::Whole && outcome.iterations <= total, "{plan:?}, {extents:?}");
            ended.early.fetch_add(1, Relaxed);
        }
        Err(panic) => {
            // Any other is a failed assertion.
            if panic.downcast_ref::<&str>() != Some(&"meant") {
                resume_unwind(panic);
            }
            assert_eq!(end, End::BodyPanics);
            ended.panicked.fetch_add(1, Relaxed);
        }
    }
}

/// Calls `at` with the number of each iteration of a tile.
fn each(tile: Tile<'_>, extents: &[u64], mut at: impl FnMut(usize)) {
    fn inner(tile: Tile<'_>, extents: &[u64], d: usize, place: u64, at: &mut impl FnMut(usize)) {
        if d == extents.len() {
            return at(place as usize);
        }
        for i in tile.begin[d]..tile.end[d] {
            inner(tile, extents, d + 1, place * extents[d] + i, at);
        }
    }
    inner(tile, extents, 0, 0, &mut at);
}

#[test]
fn loops_of_all_kinds_from_many_threads() {
    let seconds = std::env::var("SHIVER_STRESS_SECONDS").ok().and_then(|text| text.parse().ok());
    let deadline = Instant::now() + Duration::from_secs_f64(seconds.unwrap_or(1.0));
    let ended = Ended::default();
    let costs = [Cost::new(), Cost::of(0.5), Cost::of(5000.0)];
    std::thread::scope(|scope| {
        for k in 0..6 {
            let (ended, costs) = (&ended, &costs);
            scope.spawn(move || {
                let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(k + 1));
                while Instant::now() < deadline {
                    one_loop(&mut numbers, costs, 2, ended);
                }
            });
        }
    });
    let count = |count: &AtomicU64| count.load(Relaxed);
    let Ended { whole, early, panicked, nested } = &ended;
    assert!(
        [whole, early, panicked, nested].into_iter().all(|kind| count(kind) > 0),
        "whole {}, early {}, panicked {}, nested {}",
        count(whole),
        count(early),
        count(panicked),
        count(nested)
    );
}
