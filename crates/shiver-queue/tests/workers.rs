//! Own process, so that no other loop keeps the workers: who is asked for comes.

use std::num::NonZero;
use std::ops::ControlFlow::Continue;

use shiver_queue::{Dim, Plan, Schedule, Space, run};

#[test]
fn as_many_workers_as_asked_for_run_pieces() {
    for schedule in [Schedule::Auto, Schedule::Static, Schedule::Dynamic, Schedule::Guided] {
        for threads in [2, 3, 7, 40, 200] {
            for round in 0..20 {
                for iterations in [threads as i128, 500] {
                    let space = Space::new([Dim::upto(iterations)]).unwrap();
                    let grain = NonZero::new(round % 2);
                    let plan =
                        Plan { schedule, grain, threads: NonZero::new(threads), ..Plan::default() };
                    let outcome = run(&space, &plan, &|_, _| Continue(()), &mut |_| Continue(()));
                    assert_eq!(outcome.workers, threads, "{schedule:?}");
                }
            }
        }
    }
}
