//! Own process: how deep a thread is in loops is right again after whatever a loop ended by.

use std::num::NonZero;
use std::ops::ControlFlow::{Break, Continue};
use std::panic::{AssertUnwindSafe, catch_unwind};

use shiver_queue::{Dim, Ending, Outcome, Plan, Schedule, Space, run};

fn line(iterations: i128) -> Space {
    Space::new([Dim::upto(iterations)]).unwrap()
}

fn two(schedule: Schedule) -> Plan<'static> {
    Plan { schedule, threads: NonZero::new(2), ..Plan::default() }
}

/// Outside of all loops, each worker of a static loop runs its own part; inside of one, the first to come may run all.
fn is_outside() -> bool {
    (0..100).all(|_| {
        let outcome: Outcome = run(
            &line(2),
            &two(Schedule::Static),
            &|worker, tile| {
                assert_eq!(worker.index() as u64, tile.begin[0]);
                Continue(())
            },
            &mut |_| Continue(()),
        );
        outcome.is_completed() && outcome.workers == 2 && outcome.steals == 0
    })
}

#[test]
fn a_thread_is_outside_again_after_each_loop() {
    assert!(is_outside());
    let nested = |inner: &(dyn Fn() + Sync)| {
        catch_unwind(AssertUnwindSafe(|| {
            run(
                &line(4),
                &two(Schedule::Auto),
                &|_, _| {
                    inner();
                    Continue(())
                },
                &mut |_| Continue(()),
            )
        }))
    };
    assert!(nested(&|| ()).unwrap().is_completed());
    assert!(is_outside());

    let cancelled = || {
        let outcome = run(&line(9), &Plan::default(), &|_, _| Break(()), &mut |_| Continue(()));
        assert_eq!(outcome.ending, Ending::Cancelled);
    };
    assert!(nested(&cancelled).unwrap().is_completed());
    assert!(is_outside());

    let panicking = || {
        let _ = run(&line(9), &Plan::default(), &|_, _| panic!("inside"), &mut |_| Continue(()));
    };
    assert!(nested(&panicking).is_err());
    assert!(is_outside());
}
