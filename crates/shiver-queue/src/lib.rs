//! Shiver's work queue: runs the iterations of a loop nest on many threads, each exactly once.
//!
//! It knows iteration spaces, tiles, splitting, stealing, workers, sleeping and cancelling. It knows nothing of LLVM,
//! of machine code or of Python: a body is a function that is called with a [`Tile`].
//!
//! ```
//! use shiver_queue::{Dim, Plan, Space, run};
//! use std::ops::ControlFlow::Continue;
//! use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
//!
//! let sum = AtomicU64::new(0);
//! let grid = Space::new([Dim::upto(300), Dim::upto(200)])?;
//! let outcome = run(&grid, &Plan::default(), &|_, tile| { sum.fetch_add(tile.iterations(), Relaxed); Continue(()) }, &mut |_| Continue(()));
//! assert!(outcome.is_completed());
//! assert_eq!(sum.into_inner(), 60_000);
//! # Ok::<(), shiver_queue::SpaceError>(())
//! ```
//!
//! # The way of a loop
//!
//! ```text
//! Space ──cut──▶ tiles, units ──deal──▶ lanes ──take, steal──▶ boxes ──slice, pace──▶ body
//!                     run: claim a slot, open its gate, take part, close, wait
//! ```
//!
//! | file | what it is |
//! |---|---|
//! | `space` | an iteration space: Python's `range`, once per index |
//! | `plan` | what a caller says and is told |
//! | `cost` | what a body costs, from loop to loop |
//! | `start` | whether a loop is worth a second worker |
//! | `run` | the calling thread's side of a loop |
//! | `cut` | from the space to tiles and units, and back to boxes |
//! | `share` | a worker's range of units: one word |
//! | `gate` | whether a loop may be entered, and who is inside: a word each |
//! | `job` | a loop as workers see it, and their lanes |
//! | `worker` | a worker inside a loop: take, run, steal |
//! | `pace` | how long a piece is, by the time the last ones took |
//! | `slot` | where a loop is shown to workers |
//! | `pool` | the board, the slots and the threads of this process |
//! | `thread` | starting them |
//! | `sleep` | where a thread sleeps, and how it is woken |
//! | `cancel` | ending loops from outside |
//! | `cpus` | how many CPUs this process may use |
//! | `place` | which CPU a thread runs on, and how it leaves one |
//! | `clock` | what time it is, cheaply |
//! | `nest` | how deep a thread is in loops |
//! | `fork` | what a child forgets |
//! | `few` | a short list without an allocation |
//! | `sync` | the real primitives, or loom's |
//!
//! `PROTOCOL.md`, beside this crate's manifest, says how threads meet, word by word and step by step, and which
//! interleavings the loom models in `models` try.

#![cfg_attr(
    loom,
    allow(
        dead_code,
        unused_imports,
        reason = "models use parts of the protocol, never the whole run"
    )
)]

mod cancel;
mod clock;
mod cost;
mod cpus;
mod cut;
mod few;
mod fork;
mod gate;
mod job;
#[cfg(all(test, loom))]
mod models;
mod nest;
mod pace;
mod place;
mod plan;
mod pool;
mod run;
mod share;
mod sleep;
mod slot;
mod space;
mod start;
mod sync;
mod thread;
mod worker;

pub use cancel::{CancelToken, cancel_all};
pub use cost::Cost;
pub use cpus::{available_threads, default_threads, most_threads};
pub use job::Body;
pub use plan::{Ending, Outcome, Plan, Progress, Quantum, Schedule, Tally, Tile, Worker};
pub use run::{run, run_body};
pub use space::{Dim, Space, SpaceError};
pub use sync::MAX_THREADS;
