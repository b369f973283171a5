//! Who may call, and how loops end: several callers, loops in loops, cancelling, panics.

use std::num::NonZero;
use std::ops::ControlFlow::{self, Break, Continue};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use shiver_queue::{CancelToken, Cost, Dim, Ending, Outcome, Plan, Progress, Schedule, Space, run};

const SCHEDULES: [Schedule; 4] =
    [Schedule::Auto, Schedule::Static, Schedule::Dynamic, Schedule::Guided];

fn line(iterations: i128) -> Space {
    Space::new([Dim::upto(iterations)]).unwrap()
}

fn go_on(_: Progress) -> ControlFlow<()> {
    Continue(())
}

fn plan(schedule: Schedule, threads: usize) -> Plan<'static> {
    Plan { schedule, threads: NonZero::new(threads), ..Plan::default() }
}

/// Runs a loop and checks that each iteration ran once, by the sum of all and the sum of their squares. Says how many
/// workers took part.
fn check(iterations: u64, plan: &Plan<'_>) -> usize {
    let (sum, squares) = (AtomicU64::new(0), AtomicU64::new(0));
    let outcome = run(
        &line(iterations.into()),
        plan,
        &|_, tile| {
            for i in tile.begin[0]..tile.end[0] {
                sum.fetch_add(i + 1, Relaxed);
                squares.fetch_add((i + 1) * (i + 1), Relaxed);
            }
            Continue(())
        },
        &mut go_on,
    );
    let n = iterations;
    assert!(outcome.is_completed());
    assert_eq!(sum.into_inner(), n * (n + 1) / 2);
    assert_eq!(squares.into_inner(), n * (n + 1) * (2 * n + 1) / 6);
    outcome.workers
}

#[test]
fn hundreds_of_workers() {
    for schedule in SCHEDULES {
        for threads in [300, 512, 100_000] {
            let plan = plan(schedule, threads);
            let workers = check(20_000, &plan);
            assert!((1..=512).contains(&workers));
        }
    }
}

#[test]
fn many_callers_at_once() {
    // More callers than there are job slots, too.
    for callers in [2, 8, 100] {
        std::thread::scope(|scope| {
            for caller in 0..callers {
                scope.spawn(move || {
                    for round in 0..(400 / callers) {
                        let schedule = SCHEDULES[(caller + round) % 4];
                        check(
                            1 + (round * 37 % 1000) as u64,
                            &plan(schedule, 1 + (caller + round) % 5),
                        );
                    }
                });
            }
        });
    }
}

#[test]
fn loops_inside_bodies() {
    for outer in SCHEDULES {
        for inner in SCHEDULES {
            let runs = AtomicU64::new(0);
            let outcome = run(
                &line(12),
                &Plan { grain: NonZero::new(1), ..plan(outer, 4) },
                &|_, _| {
                    check(100, &plan(inner, 4));
                    run(
                        &line(3),
                        &plan(inner, 3),
                        &|_, tile| {
                            check(10 * tile.iterations(), &plan(outer, 5));
                            runs.fetch_add(tile.iterations(), Relaxed);
                            Continue(())
                        },
                        &mut go_on,
                    )
                    .is_completed()
                    .then_some(())
                    .map_or(Break(()), Continue)
                },
                &mut go_on,
            );
            assert!(outcome.is_completed());
            assert_eq!(runs.into_inner(), 36);
        }
    }
}

#[test]
fn loops_inside_between() {
    for schedule in SCHEDULES {
        let mut calls = 0;
        let outcome = run(
            &line(100),
            &Plan { grain: NonZero::new(1), ..plan(schedule, 2) },
            &|_, tile| {
                std::thread::sleep(Duration::from_millis(tile.iterations()));
                Continue(())
            },
            &mut |_| {
                check(1000, &plan(schedule, 3));
                calls += 1;
                Continue(())
            },
        );
        assert!(outcome.is_completed() && calls >= 2, "{calls} calls");
    }
}

#[test]
fn between_is_called_on_the_caller_about_every_10_ms_also_while_waiting() {
    let caller = std::thread::current().id();
    let mut calls = Vec::new();
    let begin = Instant::now();
    // Worker 1 has all the work; the caller waits from the start.
    let outcome = run(
        &line(2),
        &plan(Schedule::Static, 2),
        &|worker, _| {
            if worker.index() == 1 {
                std::thread::sleep(Duration::from_millis(300));
            }
            Continue(())
        },
        &mut |progress| {
            assert_eq!(std::thread::current().id(), caller);
            calls.push((begin.elapsed(), progress));
            Continue(())
        },
    );
    assert!(outcome.is_completed());
    assert!((5..35).contains(&calls.len()), "{} calls", calls.len());
    // The last call may come when all is done and the worker on its way out.
    let last = calls.pop().unwrap().1;
    assert!(last.done >= 1);
    assert!(
        calls.iter().all(|(_, progress)| *progress == Progress { done: 1, total: 2 }),
        "{calls:?}"
    );
    assert!(calls.windows(2).all(|pair| pair[1].0 - pair[0].0 < Duration::from_millis(100)));
}

/// A body that takes a while, and whether the loop that it ran in ended well before its 10 s.
fn ends_soon(
    ends: impl FnOnce(
        &dyn Fn(&Plan<'_>, &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Outcome,
    ) -> Outcome,
) {
    let begin = Instant::now();
    let outcome = ends(&|plan, between| {
        let body = |_: shiver_queue::Worker, tile: shiver_queue::Tile<'_>| {
            for _ in 0..tile.iterations() {
                std::thread::sleep(Duration::from_micros(100));
            }
            Continue(())
        };
        run(&line(200_000), plan, &body, between)
    });
    assert_eq!(outcome.ending, Ending::Cancelled);
    assert!(outcome.iterations < 200_000);
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
}

#[test]
fn a_token_cancels_from_another_thread() {
    for schedule in SCHEDULES {
        for threads in [1, 3] {
            ends_soon(|start| {
                let token = CancelToken::new();
                std::thread::scope(|scope| {
                    scope.spawn(|| {
                        std::thread::sleep(Duration::from_millis(20));
                        token.cancel();
                    });
                    start(&Plan { cancel: Some(&token), ..plan(schedule, threads) }, &mut go_on)
                })
            });
        }
    }
}

#[test]
fn between_cancels() {
    for schedule in SCHEDULES {
        for threads in [1, 3] {
            let mut calls = 0;
            ends_soon(|start| {
                start(&plan(schedule, threads), &mut |_| {
                    calls += 1;
                    Break(())
                })
            });
            assert_eq!(calls, 1);
        }
    }
}

#[test]
fn a_cancelled_token_lets_nothing_run() {
    let token = CancelToken::new();
    token.cancel();
    let plan = Plan { cancel: Some(&token), ..Plan::default() };
    let outcome = run(&line(10), &plan, &|_, _| panic!("ran"), &mut go_on);
    assert_eq!((outcome.ending, outcome.pieces), (Ending::Cancelled, 0));
}

#[test]
fn an_empty_space_completes_without_a_call() {
    let space = Space::new([Dim::upto(5), Dim::upto(0), Dim::upto(1 << 100)]).unwrap();
    let outcome = run(&space, &Plan::default(), &|_, _| panic!("ran"), &mut |_| panic!("called"));
    assert!(outcome.is_completed());
}

#[test]
fn a_panic_goes_on_at_the_caller_and_harms_nobody() {
    for schedule in SCHEDULES {
        for threads in [1, 2, 8] {
            for culprit in 0..threads {
                let inside = AtomicU64::new(0);
                let plan = Plan { grain: NonZero::new(1), ..plan(schedule, threads) };
                let panicked = catch_unwind(AssertUnwindSafe(|| {
                    run(
                        &line(1000),
                        &plan,
                        &|worker, _| {
                            inside.fetch_add(1, Relaxed);
                            if worker.index() == culprit {
                                inside.fetch_sub(1, Relaxed);
                                std::panic::resume_unwind(Box::new(culprit));
                            }
                            std::thread::sleep(Duration::from_micros(20));
                            inside.fetch_sub(1, Relaxed);
                            Continue(())
                        },
                        &mut go_on,
                    )
                }));
                assert_eq!(*panicked.unwrap_err().downcast::<usize>().unwrap(), culprit);
                assert_eq!(inside.into_inner(), 0, "somebody was still in the body");
                check(1000, &plan);
            }
        }
    }
}

#[test]
fn a_panic_in_between_waits_for_the_others() {
    let inside = AtomicU64::new(0);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        run(
            &line(100),
            &Plan { grain: NonZero::new(1), ..plan(Schedule::Auto, 3) },
            &|_, _| {
                inside.fetch_add(1, Relaxed);
                std::thread::sleep(Duration::from_millis(5));
                inside.fetch_sub(1, Relaxed);
                Continue(())
            },
            &mut |_| std::panic::resume_unwind(Box::new("between")),
        )
    }));
    assert_eq!(*panicked.unwrap_err().downcast::<&str>().unwrap(), "between");
    assert_eq!(inside.into_inner(), 0);
    check(100, &plan(Schedule::Auto, 3));
}

#[test]
fn half_of_a_slow_workers_share_is_stolen() {
    // Worker 0 finds the first iteration to be long: the others take the rest of its share.
    let by_worker = [const { AtomicU64::new(0) }; 4];
    let outcome = run(
        &line(4000),
        &plan(Schedule::Auto, 4),
        &|worker, tile| {
            if tile.begin[0] == 0 {
                std::thread::sleep(Duration::from_millis(200));
            }
            std::thread::sleep(Duration::from_micros(tile.iterations()));
            by_worker[worker.index()].fetch_add(tile.iterations(), Relaxed);
            Continue(())
        },
        &mut go_on,
    );
    assert!(outcome.is_completed() && outcome.steals > 0);
    assert!(by_worker[0].load(Relaxed) < 500, "{by_worker:?}");
}

#[test]
fn stealing_costs_workers_times_log_n() {
    // Not in seconds, but in shared operations: takes from other workers' lanes.
    for iterations in [1_u64 << 12, 1 << 16, 1 << 20] {
        for threads in [2_u64, 4, 8] {
            let plan = Plan { grain: NonZero::new(1), ..plan(Schedule::Auto, threads as usize) };
            let outcome = run(&line(iterations.into()), &plan, &|_, _| Continue(()), &mut go_on);
            let bound = 4 * threads * u64::from(iterations.ilog2());
            assert!(
                outcome.steals <= bound,
                "{} steals, {threads} workers, {iterations}",
                outcome.steals
            );
        }
    }
}

#[test]
fn a_worker_waits_for_nobody_with_a_small_loop() {
    let ran = AtomicBool::new(false);
    let outcome = run(
        &line(1),
        &Plan::default(),
        &|worker, _| {
            ran.store(worker.index() == 0, Relaxed);
            Continue(())
        },
        &mut go_on,
    );
    assert!(ran.into_inner() && outcome.workers == 1);
    // A machine that takes the CPU away in the middle makes any loop look long, and a worker joins:
    // so this is asked of most runs, not of each.
    let cheap = Plan { cost: Some(&Cost::of(1.0)), ..Plan::default() };
    let alone = (0..100).filter(|_| check(10, &cheap) == 1).count();
    assert!(alone > 50, "{alone} of 100 loops of ten iterations ran without a second worker");
}
