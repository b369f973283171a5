//! Own process, so that no other loop keeps the workers or the job slots: who is asked for comes, and gets the same.

use std::num::NonZero;
use std::ops::ControlFlow::Continue;
use std::sync::Mutex;

use shiver_queue::{Dim, Plan, Schedule, Space, run};

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

fn static_gives_the_same_part_to_the_same_thread() {
    for space in [
        Space::new([Dim::upto(10_007)]).unwrap(),
        Space::new([Dim::upto(37), Dim::upto(100)]).unwrap(),
    ] {
        for threads in [2, 3, 8] {
            for grain in [None, NonZero::new(16)] {
                let owners = || {
                    let owners = Mutex::new(vec![None; space.iterations() as usize]);
                    let outcome = run(
                        &space,
                        &Plan {
                            grain,
                            threads: NonZero::new(threads),
                            schedule: Schedule::Static,
                            ..Plan::default()
                        },
                        &|worker, tile| {
                            let width = space.dims().last().unwrap().len();
                            let rows = if tile.begin.len() == 2 {
                                tile.begin[0]..tile.end[0]
                            } else {
                                0..1
                            };
                            let mut owners = owners.lock().unwrap();
                            for row in rows {
                                for i in *tile.begin.last().unwrap()..*tile.end.last().unwrap() {
                                    owners[(row * width + i) as usize] =
                                        Some((worker.index(), std::thread::current().id()));
                                }
                            }
                            Continue(())
                        },
                        &mut |_| Continue(()),
                    );
                    assert_eq!((outcome.steals, outcome.workers), (0, threads));
                    owners.into_inner().unwrap()
                };
                let first = owners();
                for _ in 0..10 {
                    assert_eq!(owners(), first);
                }
                if grain.is_none() && space.dims().len() == 1 {
                    assert!(first.is_sorted_by_key(|owner| owner.unwrap().0));
                }
            }
        }
    }
}

#[test]
fn workers_come_as_asked() {
    as_many_workers_as_asked_for_run_pieces();
    static_gives_the_same_part_to_the_same_thread();
}
