//! The pool: the board that shows which slots are open, the slots, and the threads that serve them.
//!
//! One per process, made at the first loop that can use it, never taken down.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::clock::{Moment, Spin};
use crate::cpus::default_threads;
use crate::job::{Job, Loop};
use crate::nest::Nested;
use crate::pace::Pace;
use crate::place;
use crate::sleep::Bed;
use crate::slot::{Found, Inside, Seats, Slot};
use crate::sync::{AtomicU64, MAX_THREADS, Mutex, Ordering, Padded, SLOTS, fence};
use crate::worker::{Host, Left, Stay};

/// See the [module](self).
pub(crate) struct Pool {
    /// A bit for each slot that may be open.
    board: Padded<AtomicU64>,
    slots: Vec<Slot>,
    /// Where the threads sleep: thread `n`, from 1, in bed `n - 1`.
    beds: Vec<Padded<Bed>>,
    /// Threads started.
    started: AtomicU64,
    /// Held while starting threads.
    starting: Mutex<()>,
}

impl Pool {
    pub(crate) fn new() -> Pool {
        Pool {
            board: Padded(AtomicU64::new(0)),
            slots: (0..SLOTS).map(|_| Slot::new()).collect(),
            beds: (1..MAX_THREADS).map(|_| Padded(Bed::new())).collect(),
            started: AtomicU64::new(0),
            starting: Mutex::new(()),
        }
    }

    /// Caller, step 1: a slot of one's own, unless all are taken.
    pub(crate) fn claim(&self) -> Option<Claim<'_>> {
        let index = self.slots.iter().position(Slot::claim)?;
        Some(Claim { pool: self, index })
    }

    /// Which threads are to serve a loop with so many workers in that slot: the first one's number, and how many
    /// workers the loop really can have, the caller included.
    ///
    /// Loops in different slots get different threads as far as there are CPUs for them; a loop that wants the `same`
    /// threads each time gets the first ones.
    pub(crate) fn seat(&'static self, index: usize, threads: usize, same: bool) -> Seats {
        let helpers = threads - 1;
        let groups = if same { 1 } else { ((default_threads() - 1) / helpers).max(1) };
        let first = 1 + index % groups * helpers;
        let started = self.start(first + helpers - 1);
        if started >= first + helpers - 1 {
            Seats { first, threads }
        } else {
            Seats { first: 1, threads: helpers.min(started) + 1 }
        }
    }

    /// Whether the first of the threads is there and awake.
    fn is_awake(&self) -> bool {
        self.started.load(Ordering::Relaxed) > 0 && !self.beds[0].is_asleep()
    }

    /// Starts threads until there are so many, or no more can be had. Says how many there are.
    fn start(&'static self, threads: usize) -> usize {
        let mut started = self.started.load(Ordering::Acquire) as usize;
        if started < threads {
            let _starting = self.starting.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            started = self.started.load(Ordering::Relaxed) as usize;
            while started < threads.min(self.beds.len())
                && crate::thread::spawn(started + 1, self).is_ok()
            {
                started += 1;
                self.started.store(started as u64, Ordering::Release);
            }
        }
        started
    }

    /// Worker, steps 1 and 2: enters an open loop that has not been seen dry, going round from the one after `turn`.
    pub(crate) fn enter(&self, thread: usize, turn: &mut usize, dry: &[u32; SLOTS]) -> Found<'_> {
        let mut open = self.board.load(Ordering::Acquire);
        let mut ajar = false;
        while open != 0 {
            // The lowest bit above the turn, else the lowest.
            let after = open & u64::MAX.checked_shl(*turn as u32 + 1).unwrap_or(0);
            let index = if after != 0 { after } else { open }.trailing_zeros() as usize;
            open &= !(1 << index);
            match self.slots[index].enter(thread, dry[index]) {
                Found::Inside(inside) => {
                    *turn = index;
                    return Found::Inside(inside);
                }
                Found::Ajar => ajar = true,
                Found::Nothing => {}
            }
        }
        if ajar { Found::Ajar } else { Found::Nothing }
    }

    /// Worker, step 6: takes the bits of closed slots off the board.
    fn tidy(&self) {
        let mut shown = self.board.load(Ordering::Relaxed);
        while shown != 0 {
            let index = shown.trailing_zeros();
            shown &= shown - 1;
            let gate = self.slots[index as usize].gate();
            if !gate.look().is_open() {
                self.board.fetch_and(!(1 << index), Ordering::Relaxed);
                fence(Ordering::SeqCst);
                if gate.look().is_open() {
                    // Opened meanwhile, by a caller that may have seen the bit just before it went.
                    self.board.fetch_or(1 << index, Ordering::Relaxed);
                }
            }
        }
    }
}

/// A thread of the pool.
pub(crate) struct Server<'p> {
    pool: &'p Pool,
    /// Its number, from 1.
    thread: usize,
    /// The slot it served last.
    turn: usize,
    /// The epoch of the last loop in each slot that had nothing more for this thread; a gate's epochs begin at 1.
    dry: [u32; SLOTS],
    spin: Spin,
    /// Whether there is a CPU for it, besides the caller's and those of the threads before it.
    has_cpu: bool,
}

/// What a server did in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Took part in a loop.
    Served,
    /// Spun a little, or slept.
    Rested,
    /// Found itself in a child whose only thread it is: it has to end.
    Orphaned,
}

impl<'p> Server<'p> {
    pub(crate) fn new(pool: &'p Pool, thread: usize) -> Server<'p> {
        let has_cpu = thread < default_threads();
        Server { pool, thread, turn: 0, dry: [0; SLOTS], spin: Spin::new(!has_cpu), has_cpu }
    }

    /// What a thread of the pool does until the end of the process.
    pub(crate) fn serve(mut self) {
        // Whatever its loops call is called from inside a loop.
        let _nested = Nested::enter();
        while self.step() != Step::Orphaned {}
    }

    /// Serves a loop, or waits for one.
    pub(crate) fn step(&mut self) -> Step {
        match self.enter() {
            Found::Inside(inside) => return self.help(inside),
            Found::Ajar => return self.linger(),
            Found::Nothing => {}
        }
        if self.spin.pause() {
            return Step::Rested;
        }
        self.pool.tidy();
        let bed = &self.pool.beds[self.thread - 1];
        bed.lie_down();
        match self.enter() {
            Found::Inside(inside) => {
                bed.get_up();
                return self.help(inside);
            }
            Found::Ajar => {
                bed.get_up();
                return self.linger();
            }
            Found::Nothing => {}
        }
        bed.sleep(None);
        self.spin.reset();
        Step::Rested
    }

    /// Stays awake before a gate that is ajar: nobody will wake us when it opens.
    fn linger(&self) -> Step {
        // Who has just been woken may have the very CPU that the caller had: it gets it back.
        std::thread::yield_now();
        Step::Rested
    }

    /// Serves a loop if there is one.
    #[cfg(all(test, loom))]
    pub(crate) fn try_step(&mut self) {
        if let Found::Inside(inside) = self.enter() {
            self.help(inside);
        }
    }

    fn enter(&mut self) -> Found<'p> {
        self.pool.enter(self.thread, &mut self.turn, &self.dry)
    }

    /// Takes part in a loop.
    fn help(&mut self, mut inside: Inside<'_>) -> Step {
        let (shared, slot) = (inside.shared(), &self.pool.slots[self.turn]);
        if self.has_cpu && slot.is_callers_cpu() {
            place::leave();
        }
        let helped = catch_unwind(AssertUnwindSafe(|| {
            let mut stay = Stay::new(shared, inside.worker);
            let mut guest = Guest { board: &self.pool.board, others: !(1 << self.turn) };
            let mut left = stay.work(&mut guest);
            // Units that a thief has in hand are in no lane for a moment: where there has been much to do, look again.
            let mut looks = 64;
            while left == Left::Dry && looks > 0 && stay.is_long() && slot.gate().look().is_open() {
                crate::sync::spin_loop();
                looks -= 1;
                left = stay.work(&mut guest);
            }
            (left, stay.into_record())
        }));
        let (left, record) = match helped {
            Ok((left, record)) => (left, Some(record)),
            Err(panic) => {
                shared.job.fail(panic);
                (Left::Stopped, None)
            }
        };
        match left {
            Left::Yielded => {}
            Left::Dry | Left::Stopped => {
                self.dry[self.turn] = inside.epoch;
                inside.comes_back = false;
            }
            Left::Orphaned => {
                // A body forked, and this is the child's only thread: it ends, and the process with it.
                std::mem::forget(inside);
                return Step::Orphaned;
            }
        }
        inside.record = record;
        drop(inside);
        self.spin.reset();
        Step::Served
    }
}

/// A worker of the pool, besides its loop.
struct Guest<'p> {
    board: &'p AtomicU64,
    /// All slots but its own.
    others: u64,
}

impl Guest<'_> {
    /// How many nanoseconds a worker stays while others wait.
    const QUANTUM: u64 = 1_000_000;
}

impl Host for Guest<'_> {
    fn after_piece(&mut self, _: Loop<'_, '_>, _: u64, _: &Pace) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn stays(&mut self, pace: &Pace) -> bool {
        self.board.load(Ordering::Relaxed) & self.others == 0 || pace.elapsed() < Self::QUANTUM
    }
}

/// A slot that belongs to a caller.
pub(crate) struct Claim<'p> {
    pool: &'p Pool,
    pub(crate) index: usize,
}

impl<'p> Claim<'p> {
    pub(crate) fn slot(&self) -> &'p Slot {
        &self.pool.slots[self.index]
    }

    /// Caller, steps 2 to 4: shows the job to the threads that have a seat, and wakes those that sleep. They come in at
    /// once, or where the gate is `ajar`, from that moment on.
    ///
    /// # Safety
    ///
    /// What the job borrows stays in place until [`close`](Claim::close) was called and then the gate found vacant;
    /// the loop that is given back is not used afterwards.
    pub(crate) unsafe fn open<'a>(
        &self,
        job: &Job<'a>,
        seats: Seats,
        ajar: Option<Moment>,
    ) -> Loop<'p, 'a> {
        let slot = self.slot();
        let (lanes, epoch) = (slot.lanes(), slot.next_epoch());
        // SAFETY: the claim says that the slot is ours, and the last job's caller has left nobody inside; the rest is
        // this function's own condition.
        let job = unsafe { slot.show(job, epoch, seats, ajar) };
        fence(Ordering::SeqCst);
        // From the last loop in this slot, unless its workers have gone to bed since.
        if self.pool.board.load(Ordering::Relaxed) & 1 << self.index == 0 {
            self.pool.board.fetch_or(1 << self.index, Ordering::Release);
            fence(Ordering::SeqCst);
        }
        for bed in &self.pool.beds[seats.first - 1..seats.first + seats.threads - 2] {
            if bed.wake() && bed.place.is_here() {
                // Most likely it has been woken to this CPU. Let it come and leave for another.
                std::thread::yield_now();
            }
        }
        Loop { job, lanes, epoch }
    }

    /// Caller, step 6: lets nobody in any more; doors may be looked at afterwards.
    pub(crate) fn close(&self, epoch: u32) {
        self.slot().gate().close(epoch);
        fence(Ordering::SeqCst);
    }

    /// Caller, step 5: the same where all workers have left for good, so that no door has to be looked at.
    pub(crate) fn close_behind(&self, epoch: u32) {
        self.slot().gate().close(epoch);
    }

    /// Caller, step 8: gives the slot back. Nobody is inside.
    pub(crate) fn free(self) {
        self.slot().free();
    }
}

#[cfg(not(loom))]
mod process {
    use super::Pool;
    use std::sync::atomic::{AtomicPtr, Ordering};

    static POOL: AtomicPtr<Pool> = AtomicPtr::new(std::ptr::null_mut());

    /// The pool of this process.
    pub(crate) fn pool() -> &'static Pool {
        let pool = POOL.load(Ordering::Acquire);
        if pool.is_null() {
            return make();
        }
        // SAFETY: `POOL` is null or points to a pool that was leaked.
        unsafe { &*pool }
    }

    /// Whether there is a pool, and the first of its threads is awake. A loop that asks this may not need one.
    pub(crate) fn is_awake() -> bool {
        !POOL.load(Ordering::Acquire).is_null() && pool().is_awake()
    }

    #[cold]
    fn make() -> &'static Pool {
        crate::fork::watch();
        let made = Box::into_raw(Box::new(Pool::new()));
        match POOL.compare_exchange(std::ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire)
        {
            // SAFETY: just made and now leaked.
            Ok(_) => unsafe { &*made },
            Err(pool) => {
                // SAFETY: made above, and shown to nobody.
                drop(unsafe { Box::from_raw(made) });
                // SAFETY: as in `pool`; never null again in this process once it was not.
                unsafe { &*pool }
            }
        }
    }

    /// In a forked child: the next loop makes another pool; this one is leaked with its locks and words.
    pub(crate) fn forget() {
        POOL.store(std::ptr::null_mut(), Ordering::Release);
    }
}

#[cfg(not(loom))]
pub(crate) use process::{forget, is_awake, pool};

/// Under loom, nothing outlives a model.
#[cfg(loom)]
pub(crate) fn pool() -> &'static Pool {
    unreachable!("models bring their own pool")
}

#[cfg(loom)]
pub(crate) fn is_awake() -> bool {
    unreachable!("models bring their own pool")
}

#[cfg(loom)]
pub(crate) fn forget() {}
