//! How many workers a loop gets when its call does not say.

use std::num::NonZero;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use shiver_queue::{default_threads, most_threads};

/// The number set by [`set_num_threads`]; 0 where none was.
static CHOSEN: AtomicUsize = AtomicUsize::new(0);

/// Sets the number of workers, the calling thread included, for all loops of the process whose call
/// does not say another.
///
/// ```
/// use std::num::NonZero;
/// shiver::threads::set_num_threads(NonZero::new(3).unwrap());
/// assert_eq!(shiver::threads::num_threads(), 3);
/// ```
pub fn set_num_threads(threads: NonZero<usize>) {
    CHOSEN.store(threads.get(), Ordering::Relaxed);
}

/// The number of workers: what [`set_num_threads`] said, else `SHIVER_NUM_THREADS`, else what the
/// process may use by its affinity and its container's quota.
pub fn num_threads() -> usize {
    chosen().map_or_else(default_threads, NonZero::get)
}

/// The number of workers that somebody asked for, by [`set_num_threads`] or `SHIVER_NUM_THREADS`.
/// Where nobody did, the queue has a number of its own.
pub fn chosen() -> Option<NonZero<usize>> {
    static ENVIRONMENT: OnceLock<Option<NonZero<usize>>> = OnceLock::new();
    let chosen = NonZero::new(CHOSEN.load(Ordering::Relaxed));
    chosen.or_else(|| *ENVIRONMENT.get_or_init(from_environment))
}

/// What the environment says; what is no positive number is as good as nothing.
fn from_environment() -> Option<NonZero<usize>> {
    std::env::var("SHIVER_NUM_THREADS").ok()?.trim().parse().ok()
}
