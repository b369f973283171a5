//! A place where one loop at a time is shown to the workers: its gate, its lanes, and its caller's bed.

use std::sync::OnceLock;

use crate::gate::{Gate, GateWord};
use crate::job::{Job, Lane};
use crate::sleep::Bed;
use crate::sync::{AtomicPtr, MAX_THREADS, Ordering, Padded, fence};

/// A job slot. Lives as long as the pool, so a worker that has just left a loop may still touch it.
pub(crate) struct Slot {
    entrance: Padded<Entrance>,
    /// Where the caller sleeps while it waits for others.
    pub(crate) bed: Bed,
    /// One lane per worker and a common one; made when the slot is first used.
    lanes: OnceLock<Box<[Lane]>>,
}

struct Entrance {
    gate: GateWord,
    /// The [`Job`], on the stack of its caller. Read by those inside alone.
    job: AtomicPtr<()>,
}

impl Slot {
    pub(crate) fn new() -> Slot {
        Slot {
            entrance: Padded(Entrance {
                gate: GateWord::new(),
                job: AtomicPtr::new(std::ptr::null_mut()),
            }),
            bed: Bed::new(),
            lanes: OnceLock::new(),
        }
    }

    pub(crate) fn gate(&self) -> &GateWord {
        &self.entrance.gate
    }

    /// The lanes; for those inside and the caller.
    pub(crate) fn lanes(&self) -> &[Lane] {
        self.lanes.get_or_init(|| (0..=MAX_THREADS).map(|_| Lane::new()).collect())
    }

    /// Caller, steps 2 and 3: writes the job down and opens the gate.
    ///
    /// # Safety
    ///
    /// - The caller has claimed this slot.
    /// - The job stays where it is, and is only shared from now on, until the gate was closed and found vacant.
    pub(crate) unsafe fn show(&self, job: &Job<'_>, first: usize) {
        job.deal(self.lanes());
        self.entrance.job.store(std::ptr::from_ref(job).cast_mut().cast(), Ordering::Relaxed);
        self.gate().open(first, job.threads);
    }

    /// Worker, steps 2 and 3: enters the job that was seen.
    pub(crate) fn enter(&self, seen: Gate, thread: usize) -> Option<Inside<'_>> {
        let worker = self.gate().enter(seen, thread)?;
        Some(Inside { slot: self, worker })
    }
}

/// Proof of being inside a slot's gate. Leaves when dropped, and wakes the caller if it sleeps.
pub(crate) struct Inside<'s> {
    slot: &'s Slot,
    /// The worker number.
    pub(crate) worker: usize,
}

impl Inside<'_> {
    /// The job.
    pub(crate) fn job(&self) -> &Job<'_> {
        // SAFETY: whoever is inside entered through an open gate, so `show`'s caller keeps the job in place until it
        // has closed the gate and found nobody inside; `self` is inside for as long as it is borrowed here.
        unsafe { &*self.slot.entrance.job.load(Ordering::Relaxed).cast_const().cast::<Job<'_>>() }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.slot.gate().leave();
        // From here on the job may be gone; the slot, and its bed, live as long as the pool.
        fence(Ordering::SeqCst);
        self.slot.bed.wake();
    }
}

/// Workers look at a job from several threads.
const _: fn() = || {
    fn shared<T: Sync>() {}
    shared::<Job<'_>>();
    shared::<Slot>();
};
