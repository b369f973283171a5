//! Whether a loop is worth a second worker.
//!
//! A caller who names a number of threads gets them. Else there are four ways to begin:
//!
//! - The body is known to be so cheap that the whole loop takes less than waking somebody: the caller runs it **alone**,
//!   in pieces of growing length, and goes over to the next way should it take longer than it did the last times.
//! - Nothing is known of the body but that its iterations are brief, and there are few: alone, too. A process that runs
//!   nothing else never starts a thread.
//! - Nothing at all is known of the body: the gate is left **ajar**. Workers are woken and stand before it, and come in when the
//!   caller's first pieces tell that it pays, or when [`AJAR_NANOS`] have passed and the caller has not said anything: so
//!   two iterations of a second each take one second, and two of a nanosecond stay where they are.
//! - The loop is known to be long enough: the gate is ajar for a twentieth of what it is expected to take, and no longer
//!   than in the case above. What was known may be of other arguments, and a loop that is suddenly short is over by then.

use crate::pool;
use crate::{Cost, Plan};

/// How a loop begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// By the caller alone, for now.
    Alone,
    /// With a gate that is ajar for so many nanoseconds; 0: open.
    Together(u64),
}

/// How long a gate is ajar, unless the caller opens it before. Far longer than a small loop takes with cold caches, and
/// lost at most once per body, which took a hundred times as long to compile.
pub(crate) const AJAR_NANOS: u64 = 50_000;

/// So many brief iterations are begun alone. A sixteenth of them tells what the others take: if that is 100 ns each, it is
/// over after as long as a worker takes to come that has to be woken.
const FEW: u64 = 1_000;

impl Start {
    pub(crate) fn of(plan: &Plan<'_>, iterations: u64) -> Start {
        if plan.threads.is_some() {
            return Start::Together(0);
        }
        match plan.cost.and_then(Cost::nanos) {
            None if plan.brief && iterations <= FEW => Start::Alone,
            None => Start::Together(AJAR_NANOS),
            Some(cost) => {
                let nanos = f64::from(cost) * iterations as f64;
                if pays(nanos) {
                    Start::Together(((nanos / 20.0) as u64).min(AJAR_NANOS))
                } else {
                    Start::Alone
                }
            }
        }
    }
}

/// Whether work that takes so long on one thread is done sooner by two.
pub(crate) fn pays(nanos: f64) -> bool {
    /// With a worker that is awake. `examples/latency.rs`, 23 November 2026, two shared cores of a Sapphire Rapids Xeon
    /// under load, p10: an empty loop takes 0.25 µs begun alone and 0.72 µs on two threads. Half of what remains is to be
    /// more than the difference, and then as much again for what the body's data cost on their way.
    const AWAKE: f64 = 2_000.0;
    /// With a worker that has to be woken: the same loop, after a millisecond of idling, 1.5 µs and 44 µs. Sharing pays
    /// when the work is longer than it takes the worker to come.
    const ASLEEP: f64 = 50_000.0;
    nanos > AWAKE && (nanos > ASLEEP || pool::is_awake())
}
