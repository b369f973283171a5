//! A place where one loop at a time is shown to the workers: its gate, its lanes, and its caller's bed.

use std::cell::UnsafeCell;
use std::sync::OnceLock;

use crate::clock::Moment;
use crate::gate::GateWord;
use crate::job::{Job, Lane, Loop, Record};
use crate::place::Place;
use crate::share::Tag;
use crate::sleep::Bed;
use crate::sync::{AtomicBool, AtomicU64, MAX_THREADS, Ordering, Padded, fence, prefetch};

/// A job slot. Lives as long as the pool, so a worker that has just left a loop may still touch it.
pub(crate) struct Slot {
    entrance: Padded<Entrance>,
    /// The job. Written by the caller while the gate is closed and nobody is inside; read by it and by those inside.
    job: UnsafeCell<Job<'static>>,
    /// Whether a caller has the slot: on lines that workers never look at.
    taken: Padded<AtomicBool>,
    /// Where the caller sleeps while it waits for others.
    pub(crate) bed: Padded<Bed>,
    /// One lane per worker and a common one; made when the slot is first used.
    lanes: OnceLock<Box<[Lane]>>,
}

/// What a worker must know to get in, on one line. All but the gate is written while the gate is closed and nobody is
/// inside, and means nothing unless the gate is then entered.
struct Entrance {
    gate: GateWord,
    /// [`Seats`], packed.
    seats: AtomicU64,
    /// When the gate is as open as it looks; until then the door is ajar. 0 where it has been from the start.
    opens: AtomicU64,
    /// Where the body's data are: a hint for [`Slot::enter`].
    data: Hint,
    /// The CPU that the caller runs on.
    place: Place,
}

/// An address that nothing hangs on: not one more thing for the models to interleave.
type Hint = std::sync::atomic::AtomicPtr<()>;

/// Which threads of the pool may enter a job: as workers `1..threads`, those from number `first` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seats {
    pub(crate) first: usize,
    pub(crate) threads: usize,
}

impl Seats {
    const FIRST_SHIFT: u32 = 32;

    fn pack(self) -> u64 {
        (self.first as u64) << Self::FIRST_SHIFT | self.threads as u64
    }

    fn unpack(word: u64) -> Seats {
        Seats { first: (word >> Self::FIRST_SHIFT) as usize, threads: word as u32 as usize }
    }

    /// The worker number of a thread of the pool, if it has a seat.
    fn of(self, thread: usize) -> Option<usize> {
        let worker = (thread + 1).checked_sub(self.first)?;
        (1..self.threads).contains(&worker).then_some(worker)
    }
}

/// What a thread finds at a slot.
pub(crate) enum Found<'s> {
    /// It is in.
    Inside(Inside<'s>),
    /// A job for it, at a gate that is ajar: worth staying awake for.
    Ajar,
    /// Nothing.
    Nothing,
}

impl Slot {
    /// As much of a job and of its body's data as is fetched beforehand, in bytes: what a worker needs to begin.
    const DATA: usize = 256;

    pub(crate) fn new() -> Slot {
        Slot {
            entrance: Padded(Entrance {
                gate: GateWord::new(),
                seats: AtomicU64::new(0),
                opens: AtomicU64::new(0),
                data: Hint::new(std::ptr::null_mut()),
                place: Place::new(),
            }),
            job: UnsafeCell::new(Job::none()),
            taken: Padded(AtomicBool::new(false)),
            bed: Padded(Bed::new()),
            lanes: OnceLock::new(),
        }
    }

    /// Caller, step 1: makes a free slot one's own. Acquires what the last job's caller left.
    pub(crate) fn claim(&self) -> bool {
        !self.taken.load(Ordering::Relaxed) && !self.taken.swap(true, Ordering::Acquire)
    }

    /// Caller, step 8: gives the slot back.
    pub(crate) fn free(&self) {
        self.taken.store(false, Ordering::Release);
    }

    pub(crate) fn gate(&self) -> &GateWord {
        &self.entrance.gate
    }

    /// The lanes; for those inside and the caller.
    pub(crate) fn lanes(&self) -> &[Lane] {
        self.lanes.get_or_init(|| (0..=MAX_THREADS).map(|_| Lane::new()).collect())
    }

    /// Caller, step 2: the epoch of the next job. Only for who has the slot, while nobody is inside.
    pub(crate) fn next_epoch(&self) -> u32 {
        let epoch = self.gate().look().epoch().wrapping_add(1);
        if !Tag::is_used_up(epoch) {
            return epoch;
        }
        self.lanes().iter().for_each(Lane::forget);
        epoch + 1
    }

    /// Caller, steps 2 and 3: writes the job down and opens the gate, or leaves it ajar for a while. What workers share
    /// is the job that is given back.
    ///
    /// # Safety
    ///
    /// - The caller has claimed this slot, and nobody is inside.
    /// - What the job borrows stays in place until the gate was closed and found vacant.
    /// - The job that is given back is not used afterwards.
    pub(crate) unsafe fn show<'a>(
        &self,
        job: &Job<'a>,
        epoch: u32,
        seats: Seats,
        ajar: Option<Moment>,
    ) -> &Job<'a> {
        // SAFETY: nobody else has the job, by the first condition. The types differ in the length of borrows alone, and
        // who is inside, or has the job that is given back, keeps to the true one, by the other two.
        let shown = unsafe { &mut *self.job.get().cast::<Job<'a>>() };
        shown.become_like(job);
        let Entrance { seats: word, opens, data, place, gate } = &*self.entrance;
        place.note();
        data.store(job.data(), Ordering::Relaxed);
        // Released, so that whoever reads it sees that the gate has been closed since the last job.
        word.store(seats.pack(), Ordering::Release);
        opens.store(ajar.map_or(0, Moment::to_bits), Ordering::Relaxed);
        gate.open(epoch);
        shown
    }

    /// Caller: opens wide what was ajar.
    pub(crate) fn open_wide(&self) {
        self.entrance.opens.store(0, Ordering::Relaxed);
    }

    /// Whether the caller was on the CPU that this thread is on.
    pub(crate) fn is_callers_cpu(&self) -> bool {
        self.entrance.place.is_here()
    }

    /// Whether the gate, if open, is only ajar at this moment.
    pub(crate) fn is_ajar(&self) -> bool {
        match self.entrance.opens.load(Ordering::Relaxed) {
            0 => false,
            opens => Moment::now().is_before(Moment::from_bits(opens)),
        }
    }

    /// Worker, steps 1 and 2: enters if there is a job here for that thread, other than the one of epoch `dry`.
    pub(crate) fn enter(&self, thread: usize, dry: u32) -> Found<'_> {
        let seen = self.gate().look();
        if !seen.is_open() || seen.epoch() == dry {
            return Found::Nothing;
        }
        // Should these be of a later job, the gate has another epoch by now.
        let seats = Seats::unpack(self.entrance.seats.load(Ordering::Acquire));
        let Some(worker) = seats.of(thread) else { return Found::Nothing };
        if self.is_ajar() {
            return Found::Ajar;
        }
        // On their way while we enter: one journey between the cores instead of one after the other.
        prefetch(self.job.get().cast_const().cast(), Self::DATA);
        prefetch(self.entrance.data.load(Ordering::Relaxed).cast(), Self::DATA);
        if self.lanes()[worker].door.enter(self.gate(), seen) {
            Found::Inside(Inside {
                slot: self,
                worker,
                epoch: seen.epoch(),
                comes_back: true,
                record: None,
            })
        } else {
            // The caller may have seen us at the door, and sleep until we have gone.
            fence(Ordering::SeqCst);
            self.bed.wake();
            Found::Nothing
        }
    }
}

/// Proof of being inside a slot's gate. Leaves when dropped, and wakes the caller if it sleeps.
pub(crate) struct Inside<'s> {
    slot: &'s Slot,
    /// The worker number.
    pub(crate) worker: usize,
    /// The job's epoch.
    pub(crate) epoch: u32,
    /// Whether there may be more to do here later.
    pub(crate) comes_back: bool,
    /// What the worker did, to be written down when it leaves.
    pub(crate) record: Option<Record>,
}

impl Inside<'_> {
    /// The job in its lanes.
    pub(crate) fn shared(&self) -> Loop<'_, '_> {
        // SAFETY: whoever is inside entered through an open gate, so `show`'s caller leaves the job alone, and keeps
        // what it borrows, until it has closed the gate and found nobody inside; `self` is inside for as long as it is
        // borrowed here.
        let job = unsafe { &*self.slot.job.get() };
        Loop { job, lanes: self.slot.lanes(), epoch: self.epoch }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let lane = &self.slot.lanes()[self.worker];
        match self.record {
            record if !self.comes_back => lane.report.finish(self.epoch, record),
            Some(record) => lane.report.write(self.epoch, record),
            None => {}
        }
        lane.door.leave();
        // From here on the job may be gone; the slot, and its bed, live as long as the pool.
        fence(Ordering::SeqCst);
        self.slot.bed.wake();
    }
}

// SAFETY: the job is written by who has claimed the slot alone, while nobody is inside, and read by those inside and that
// caller; a job itself is `Sync`.
unsafe impl Sync for Slot {}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn seats_are_for_those_from_the_first_on() {
        let seats = Seats { first: 5, threads: 3 };
        assert_eq!(Seats::unpack(seats.pack()), seats);
        let workers: Vec<_> = (1..10).map(|thread| seats.of(thread)).collect();
        assert_eq!(workers[..4], [None; 4]);
        assert_eq!(workers[4..6], [Some(1), Some(2)]);
        assert_eq!(workers[6..], [None; 3]);
        assert_eq!(Seats::unpack(0).of(1), None);
    }
}
