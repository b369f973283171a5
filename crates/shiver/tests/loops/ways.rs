//! Ways to run a loop: one thread or many, whole or cut into tiles of any size.

use std::num::NonZero;

use proptest::prelude::*;
use shiver::{Args, FastMath, Function, IntoSpace, Language, Options, Plan, Schedule, parfor};

/// The function that a C source defines.
pub(crate) fn c(source: &str) -> Function {
    Function::from_c(source, &Options::default()).unwrap_or_else(|e| panic!("{e}\n{source}"))
}

/// The function that a C source defines, with all that fast math allows.
pub(crate) fn fast(source: &str) -> Function {
    let options = Options { fastmath: FastMath::all(), ..Options::default() };
    Function::from_c(source, &options).unwrap_or_else(|e| panic!("{e}\n{source}"))
}

/// What compiles C++.
pub(crate) fn cxx() -> Options {
    Options { language: Language::Cxx17, ..Options::default() }
}

/// A plan for that many threads, in pieces of `grain` iterations; 0 leaves either to Shiver.
pub(crate) fn way(schedule: Schedule, threads: usize, grain: u64) -> Plan<'static> {
    Plan { schedule, threads: NonZero::new(threads), grain: NonZero::new(grain), ..Plan::default() }
}

/// The whole loop in one piece on this thread.
pub(crate) fn whole() -> Plan<'static> {
    way(Schedule::Static, 1, 0)
}

/// One of each kind: pieces of one iteration, of odd lengths, of whole vectors; one thread to nine.
pub(crate) fn all_ways() -> Vec<Plan<'static>> {
    let mut ways = vec![whole(), Plan::default()];
    for grain in [1, 3, 7, 8, 13, 16, 33, 64, 100] {
        ways.push(way(Schedule::Dynamic, 1, grain));
        ways.push(way(Schedule::Auto, 2, grain));
    }
    for schedule in [Schedule::Auto, Schedule::Static, Schedule::Dynamic, Schedule::Guided] {
        ways.push(way(schedule, 3, 0));
        ways.push(way(schedule, 9, 5));
    }
    ways
}

/// Any way at all.
pub(crate) fn any_way() -> impl Strategy<Value = Plan<'static>> {
    let schedules = [Schedule::Auto, Schedule::Static, Schedule::Dynamic, Schedule::Guided];
    let grain = prop_oneof![Just(0), 1u64..10, 1u64..100];
    (prop::sample::select(schedules.to_vec()), 0usize..6, grain)
        .prop_map(|(schedule, threads, grain)| way(schedule, threads, grain))
}

/// Runs a body that stays inside what `args` give it, as every body of these tests does.
pub(crate) fn run(function: &Function, space: impl IntoSpace, args: Args<'_>, plan: &Plan<'_>) {
    // SAFETY: the tests' bodies are written for the arrays and spaces that they get, without races.
    unsafe { parfor(function, space, args, plan) }.unwrap_or_else(|e| panic!("{e}"));
}

/// That many generated cases, or as many as `PROPTEST_CASES` says.
pub(crate) fn cases(number: u32) -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = number;
    }
    config
}
