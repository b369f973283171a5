//! Own process: the switch that ends all loops cannot be taken back.

use std::num::NonZero;
use std::ops::ControlFlow::Continue;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use shiver_queue::{Dim, Ending, Plan, Schedule, Space, cancel_all, run};

#[test]
fn ends_all_loops_and_all_later_ones() {
    let space = Space::new([Dim::upto(1_000_000)]).unwrap();
    let begin = Instant::now();
    let pieces = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for (schedule, threads) in
            [(Schedule::Auto, 1), (Schedule::Auto, 3), (Schedule::Static, 2), (Schedule::Guided, 2)]
        {
            let (space, pieces) = (&space, &pieces);
            scope.spawn(move || {
                let plan = Plan { schedule, threads: NonZero::new(threads), ..Plan::default() };
                let outcome = run(
                    space,
                    &plan,
                    &|_, tile| {
                        pieces.fetch_add(1, Relaxed);
                        std::thread::sleep(Duration::from_micros(50 * tile.iterations()));
                        Continue(())
                    },
                    &mut |_| Continue(()),
                );
                assert_eq!(outcome.ending, Ending::Cancelled);
            });
        }
        std::thread::sleep(Duration::from_millis(50));
        cancel_all();
    });
    assert!(pieces.into_inner() > 0);
    assert!(begin.elapsed() < Duration::from_secs(2));
    let outcome = run(&space, &Plan::default(), &|_, _| panic!("ran"), &mut |_| Continue(()));
    assert_eq!(outcome.ending, Ending::Cancelled);
}
