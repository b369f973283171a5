//! From pieces of any length, run by anybody in any order, to one partial result per block.
//!
//! Within a block the order of the operations is fixed, while the queue hands out pieces that begin and
//! end anywhere. Who begins a block and goes on where he stopped just keeps its lanes. Where a worker
//! comes into the middle of a block, what the body returns is kept, value by value, and is taken into
//! the lanes when all that comes before it is there: the same operations in the same order. With bodies
//! that are cheap, pieces are long and that happens where shares meet; with bodies that are dear it
//! costs little beside them, and a block of a few long iterations keeps every worker busy.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use shiver_codegen::{BEGUN_BYTE, LANE_BYTES};
use shiver_queue::Worker;

use super::blocks::{Block, Blocks};
use crate::frame::Frame;
use crate::nest::Folding;

/// Room for the lanes of a block.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Lanes([MaybeUninit<u8>; LANE_BYTES]);

impl Lanes {
    fn room() -> Lanes {
        Lanes([MaybeUninit::uninit(); LANE_BYTES])
    }

    fn place(&mut self, byte: usize) -> *mut u8 {
        self.0[byte..].as_mut_ptr().cast()
    }
}

/// Room for values, in words for the alignment of the widest.
type Values = Box<[UnsafeCell<MaybeUninit<u128>>]>;

fn room(count: usize, size: usize) -> Values {
    let words = (count * size).div_ceil(16);
    let mut values = Vec::with_capacity(words);
    // SAFETY: the capacity is there, and what may be uninitialised need not be initialised.
    unsafe { values.set_len(words) };
    values.into_boxed_slice()
}

/// A block that a worker has begun and not yet ended.
struct Open {
    block: Option<Block>,
    /// The iteration at which it goes on.
    next: u64,
    lanes: Lanes,
}

/// A block that several workers have a part of.
struct Fragment {
    block: Block,
    /// The iterations whose values are not there yet. Who brings the last ones ends the block.
    left: AtomicU64,
    /// The lanes of the block's first iterations, and how many these are. Written by who began the block.
    head: UnsafeCell<(Lanes, u64)>,
    /// A value per iteration, written by who ran it; those of the head stay as they are.
    values: Values,
}

/// The partial results of a loop that runs.
pub(crate) struct Partials<'a> {
    frame: &'a Frame,
    folding: &'a Folding,
    blocks: Blocks,
    /// How many lanes there are, and the bytes of each.
    lanes: u64,
    size: usize,
    /// The open block of worker 0; then those of the others, who are not there in short loops.
    first: UnsafeCell<Open>,
    others: OnceLock<Box<[UnsafeCell<Open>]>>,
    /// By block, once there is one. A fork may happen at any moment, and the child frees what it finds:
    /// so no lock.
    fragments: OnceLock<Box<[AtomicPtr<Fragment>]>>,
    /// How many blocks there are.
    count: usize,
    /// By block, `size` bytes each.
    results: Values,
}

// SAFETY: a worker's open block is touched by that worker alone, and after the loop by its caller; of a
// fragment, head and values by who runs those iterations, and after all of them were counted off `left`
// by who counted off the last; a result by who ends its block. The frame may be read by all.
unsafe impl Sync for Partials<'_> {}

impl<'a> Partials<'a> {
    pub(crate) fn new(
        frame: &'a Frame,
        folding: &'a Folding,
        blocks: Blocks,
        lanes: u64,
        size: usize,
    ) -> Partials<'a> {
        let count = usize::try_from(blocks.count()).expect("64-bit machines only");
        Partials {
            frame,
            folding,
            blocks,
            lanes,
            size,
            first: UnsafeCell::new(Open::none()),
            others: OnceLock::new(),
            fragments: OnceLock::new(),
            count,
            results: room(count, size),
        }
    }

    /// Runs the iterations from `begin` to `end`.
    ///
    /// # Safety
    ///
    /// No two threads run as the same worker, and no iteration is run twice. The frame is that of the
    /// nest, and what the body reaches through it is valid.
    pub(crate) unsafe fn run(&self, worker: Worker, begin: u64, end: u64) {
        let cell = match worker.index() {
            0 => &self.first,
            k => {
                let open = || UnsafeCell::new(Open::none());
                let all = || (1..worker.threads()).map(|_| open()).collect();
                &self.others.get_or_init(all)[k - 1]
            }
        };
        // SAFETY: this worker's alone.
        let open = unsafe { &mut *cell.get() };
        let mut at = begin;
        while at < end {
            let goes_on = open.block.filter(|_| open.next == at);
            let block = goes_on.unwrap_or_else(|| self.blocks.holding(at));
            let stop = end.min(block.end);
            if goes_on.is_none() {
                // SAFETY: the caller's promise; the block that was open is not gone on with here.
                unsafe { self.leave(open) };
                if at > block.begin {
                    // SAFETY: the caller's promise.
                    unsafe { self.run_apart(block, at, stop) };
                    at = stop;
                    continue;
                }
                open.block = Some(block);
                // SAFETY: there is room for all lanes.
                unsafe { (self.folding.open)(open.lanes.place(0)) };
            }
            // SAFETY: the caller's promise; the lanes have what was run of this block.
            unsafe { self.run_into(open.lanes.place(0), at, stop) };
            (at, open.next) = (stop, stop);
            if at == block.end {
                // SAFETY: all of the block is in the lanes.
                unsafe { self.end(block, &mut open.lanes) };
                open.block = None;
            }
        }
    }

    /// The combination of all blocks' results, in the low bytes; `None` where there is no block. To be
    /// called when every iteration has run.
    pub(crate) fn total(&mut self) -> Option<[u64; 2]> {
        for open in std::iter::once(&self.first).chain(self.others.get().into_iter().flatten()) {
            // SAFETY: the workers have left.
            unsafe { self.leave(&mut *open.get()) };
        }
        let count = self.count;
        let mut width = 1;
        while width < count {
            for left in (0..count - width).step_by(2 * width) {
                let (left, right) = (self.result(left), self.result(left + width));
                // SAFETY: both are results of blocks, which all have been written.
                unsafe { (self.folding.combine)(left, right) };
            }
            width *= 2;
        }
        (count > 0).then(|| {
            let mut value = [0u64; 2];
            // SAFETY: a result has at most 16 bytes.
            unsafe {
                self.result(0).copy_to_nonoverlapping(value.as_mut_ptr().cast(), self.size);
            }
            value
        })
    }

    /// Where a block's result is.
    fn result(&self, block: usize) -> *mut u8 {
        UnsafeCell::raw_get(self.results.as_ptr()).cast::<u8>().wrapping_add(block * self.size)
    }

    /// Runs iterations of one block and takes what they return into its lanes.
    ///
    /// # Safety
    ///
    /// As for [`Partials::run`]; all that comes before is in the lanes.
    unsafe fn run_into(&self, lanes: *mut u8, begin: u64, end: u64) {
        self.blocks.parts(begin, end, |part| {
            // SAFETY: as the caller promises.
            unsafe { self.call(part.begin, part.end, lanes) };
        });
    }

    /// Runs iterations of one block and keeps each of the values that they return.
    ///
    /// # Safety
    ///
    /// As for [`Partials::run`].
    unsafe fn run_apart(&self, block: Block, begin: u64, end: u64) {
        let fragment = self.fragment(block);
        let mut fresh = Lanes::room();
        // SAFETY: there is room for all lanes.
        unsafe { (self.folding.open)(fresh.place(0)) };
        self.blocks.groups(begin, end, self.lanes, |part, origin| {
            let first = part.begin[1] % self.lanes;
            let count = (part.end[1] - part.begin[1]) as usize;
            let place = fragment.value(origin + first, self.size);
            // SAFETY: as the caller promises: the values of these iterations are this thread's. Taken
            // into fresh lanes, they stay as they are.
            unsafe {
                if self.lanes == 1 {
                    *fresh.place(BEGUN_BYTE) = 0;
                    self.call(part.begin, part.end, fresh.place(0));
                    fresh.place(0).copy_to_nonoverlapping(place, self.size);
                } else {
                    fresh.place(0).copy_to_nonoverlapping(place, count * self.size);
                    let lanes = fragment.value(origin, self.size);
                    self.call(part.begin, part.end, lanes);
                }
            }
        });
        // SAFETY: the values are there, and this thread looks at the fragment no more.
        unsafe { self.count_off(fragment, end - begin) };
    }

    /// # Safety
    ///
    /// As for [`Partials::run`]; there is room for the part's lanes at `lanes`.
    unsafe fn call(&self, begin: [u64; 2], end: [u64; 2], lanes: *mut u8) {
        // SAFETY: as the caller promises.
        unsafe { (self.folding.run)(self.frame.as_ptr(), begin.as_ptr(), end.as_ptr(), lanes) };
    }

    /// Leaves a block to others, if one is open.
    ///
    /// # Safety
    ///
    /// The lanes have the block's iterations up to `next`, which others go on with.
    unsafe fn leave(&self, open: &mut Open) {
        let Some(block) = open.block.take() else { return };
        let fragment = self.fragment(block);
        let length = open.next - block.begin;
        // SAFETY: who began the block writes the head, and counts its iterations off afterwards.
        unsafe {
            *fragment.head.get() = (open.lanes, length);
            self.count_off(fragment, length);
        }
    }

    /// The fragment of a block, of which this thread has a part that was not counted off yet.
    fn fragment(&self, block: Block) -> &Fragment {
        let place = self.place(block);
        let mut found = place.load(Ordering::Acquire);
        if found.is_null() {
            let new = Box::into_raw(Box::new(Fragment::new(block, self.size)));
            match place.compare_exchange(found, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => found = new,
                Err(other) => {
                    // SAFETY: nobody else has seen it.
                    drop(unsafe { Box::from_raw(new) });
                    found = other;
                }
            }
        }
        // SAFETY: it is freed when all its iterations have been counted off.
        unsafe { &*found }
    }

    /// Where the address of a block's fragment is.
    fn place(&self, block: Block) -> &AtomicPtr<Fragment> {
        let none = || (0..self.count).map(|_| AtomicPtr::new(ptr::null_mut())).collect();
        &self.fragments.get_or_init(none)[block.number as usize]
    }

    /// Counts iterations off a fragment, and ends the block with the last ones.
    ///
    /// # Safety
    ///
    /// The values of these iterations are there, and the caller looks at the fragment no more.
    unsafe fn count_off(&self, fragment: *const Fragment, iterations: u64) {
        // SAFETY: until these iterations are counted off, the fragment is there.
        let (block, left) = unsafe { ((*fragment).block, &(*fragment).left) };
        // Released by all who count, acquired by the last.
        if left.fetch_sub(iterations, Ordering::AcqRel) != iterations {
            return;
        }
        let place = self.place(block);
        // SAFETY: it was made from a box, and nobody else has a part of it any more.
        let fragment = unsafe { Box::from_raw(place.swap(ptr::null_mut(), Ordering::AcqRel)) };
        // SAFETY: all of it has been written.
        let (mut lanes, head) = unsafe { *fragment.head.get() };
        self.blocks.groups(block.begin + head, block.end, self.lanes, |part, origin| {
            let first = part.begin[1] % self.lanes;
            let count = part.end[1] - part.begin[1];
            // SAFETY: the values of these iterations are there, as many as lanes are written to.
            unsafe {
                if let Some(join) = self.folding.join.filter(|_| count == self.lanes) {
                    return join(lanes.place(0), fragment.value(origin, self.size));
                }
                for lane in first..first + count {
                    let place = lanes.place(lane as usize * self.size);
                    (self.folding.combine)(place, fragment.value(origin + lane, self.size));
                }
            }
        });
        // SAFETY: all of the block is in the lanes.
        unsafe { self.end(block, &mut lanes) };
    }

    /// Makes a block's result of its lanes.
    ///
    /// # Safety
    ///
    /// All of the block is in the lanes, and no other thread ends it.
    unsafe fn end(&self, block: Block, lanes: &mut Lanes) {
        // SAFETY: as the caller promises.
        unsafe {
            if let Some(close) = self.folding.close {
                close(lanes.place(0));
            }
            let place = self.result(block.number as usize);
            lanes.place(0).copy_to_nonoverlapping(place, self.size);
        }
    }
}

impl Drop for Partials<'_> {
    fn drop(&mut self) {
        // Some are left where the loop ended early.
        for fragment in self.fragments.get_mut().into_iter().flatten() {
            let fragment = *fragment.get_mut();
            if !fragment.is_null() {
                // SAFETY: it was made from a box, and the workers have left.
                drop(unsafe { Box::from_raw(fragment) });
            }
        }
    }
}

impl Open {
    fn none() -> Open {
        Open { block: None, next: 0, lanes: Lanes::room() }
    }
}

impl Fragment {
    fn new(block: Block, size: usize) -> Fragment {
        let iterations = block.end - block.begin;
        Fragment {
            block,
            left: AtomicU64::new(iterations),
            head: UnsafeCell::new((Lanes::room(), 0)),
            values: room(iterations as usize, size),
        }
    }

    /// Where the value of an iteration of the block is.
    fn value(&self, iteration: u64, size: usize) -> *mut u8 {
        let offset = (iteration - self.block.begin) as usize * size;
        UnsafeCell::raw_get(self.values.as_ptr()).cast::<u8>().wrapping_add(offset)
    }
}
