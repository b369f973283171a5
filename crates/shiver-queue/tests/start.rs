//! Own process: which loops get a second worker when the call does not insist on one, and how soon.

use std::num::NonZero;
use std::ops::ControlFlow::Continue;
use std::time::{Duration, Instant};

use shiver_queue::{Cost, Dim, Outcome, Plan, Schedule, Space, run};

const SCHEDULES: [Schedule; 4] =
    [Schedule::Auto, Schedule::Static, Schedule::Dynamic, Schedule::Guided];

/// A loop whose iterations take so long each, by sleeping: so that they overlap on a machine that is busy, too.
fn sleeping(iterations: i128, each: Duration, plan: &Plan<'_>) -> (Outcome, Duration) {
    let begin = Instant::now();
    let outcome = run(
        &Space::new([Dim::upto(iterations)]).unwrap(),
        plan,
        &|_, tile| {
            if !each.is_zero() {
                std::thread::sleep(each * tile.iterations() as u32);
            }
            Continue(())
        },
        &mut |_| Continue(()),
    );
    assert!(outcome.is_completed());
    (outcome, begin.elapsed())
}

fn two(schedule: Schedule, cost: Option<&Cost>) -> Plan<'_> {
    Plan { schedule, at_most: NonZero::new(2), cost, ..Plan::default() }
}

/// How many of fifty runs had more than one worker. A thread that is not let run for longer than small loops take cannot
/// be told from one that has much to do, so some may.
fn shared(plan: &Plan<'_>, iterations: i128) -> usize {
    (0..50).filter(|_| sleeping(iterations, Duration::ZERO, plan).0.workers > 1).count()
}

/// With nothing known, or little.
fn a_few_brief_iterations_stay_on_their_thread() {
    for schedule in SCHEDULES {
        for iterations in [1, 2, 16, 1000] {
            let plan = Plan { brief: true, ..two(schedule, None) };
            assert!(shared(&plan, iterations) < 10, "{schedule:?}");
        }
    }
}

/// What is called brief and is not.
fn brief_iterations_that_are_long_have_two_workers() {
    for schedule in SCHEDULES {
        let plan = Plan { brief: true, ..two(schedule, None) };
        let (outcome, took) = sleeping(64, Duration::from_millis(5), &plan);
        assert_eq!(outcome.workers, 2, "{schedule:?}");
        // A sixteenth of them, and half of the others.
        assert!(took < Duration::from_millis(5 * 56), "{schedule:?}: {took:?}");
    }
}

fn small_loops_stay_on_their_thread() {
    for schedule in SCHEDULES {
        for iterations in [1, 2, 64] {
            assert!(shared(&two(schedule, None), iterations) < 10, "{schedule:?}");
            let cost = Cost::new();
            assert!(shared(&two(schedule, Some(&cost)), iterations) < 10, "{schedule:?}");
            assert!(cost.nanos().unwrap() < 100_000.0, "{cost:?}");
        }
    }
}

/// The first iteration alone takes long, so nothing is known before it is too late.
fn long_iterations_have_two_workers_at_once() {
    const EACH: Duration = Duration::from_millis(200);
    for schedule in SCHEDULES {
        let cost = Cost::new();
        for plan in [two(schedule, None), two(schedule, Some(&cost)), two(schedule, Some(&cost))] {
            let (outcome, took) = sleeping(2, EACH, &plan);
            assert_eq!(outcome.workers, 2, "{schedule:?}");
            assert!(took < 2 * EACH, "{schedule:?}: {took:?}");
        }
        assert!((150e6..1e9).contains(&cost.nanos().unwrap()), "{cost:?}");
    }
}

/// Costs that were right for other arguments: little is lost either way.
fn wrong_costs_are_found_out() {
    for schedule in SCHEDULES {
        let cost = Cost::of(1.0);
        let (outcome, _) = sleeping(64, Duration::from_millis(1), &two(schedule, Some(&cost)));
        assert_eq!(outcome.workers, 2, "{schedule:?}");
        let shared = (0..50).filter(|_| {
            let cost = Cost::of(1e8);
            let (outcome, _) = sleeping(2, Duration::ZERO, &two(schedule, Some(&cost)));
            assert!(cost.nanos().unwrap() < 1e8, "{cost:?}");
            outcome.workers > 1
        });
        assert!(shared.count() < 10, "{schedule:?}");
    }
}

fn no_more_workers_than_wished_for() {
    for schedule in SCHEDULES {
        for most in [1, 2, 3] {
            let plan = Plan { schedule, at_most: NonZero::new(most), ..Plan::default() };
            let (outcome, _) = sleeping(40, Duration::from_millis(1), &plan);
            assert_eq!(outcome.workers, most);
        }
    }
}

#[test]
fn loops_start_as_they_should() {
    a_few_brief_iterations_stay_on_their_thread();
    brief_iterations_that_are_long_have_two_workers();
    small_loops_stay_on_their_thread();
    long_iterations_have_two_workers_at_once();
    wrong_costs_are_found_out();
    no_more_workers_than_wished_for();
}
