//! The loops of `loops.c` with rayon's parallel iterators, for C to call.

use std::arch::asm;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// How many threads the next loop gets; 0: as many as there are cores.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// A pool for each number of threads that was asked for. They live as long as the process.
static POOLS: LazyLock<Mutex<Vec<(usize, &'static ThreadPool)>>> = LazyLock::new(Mutex::default);

fn pool() -> &'static ThreadPool {
    let threads = THREADS.load(Ordering::Relaxed);
    let mut pools = POOLS.lock().expect("nobody panics in here");
    if let Some((_, pool)) = pools.iter().find(|(of, _)| *of == threads) {
        return pool;
    }
    let built = ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
    let pool: &'static ThreadPool = Box::leak(Box::new(built));
    pools.push((threads, pool));
    pool
}

/// An address that differs from thread to thread.
fn thread_pointer() -> isize {
    let pointer: isize;
    // SAFETY: on Linux's x86-64, the word at the thread pointer is the pointer itself.
    unsafe { asm!("mov {}, fs:0", out(reg) pointer, options(nostack, readonly, preserves_flags)) };
    pointer
}

fn chain(steps: u32, i: usize) -> u64 {
    let mut x = i as u64 + 1;
    for _ in 0..steps {
        x = (x ^ x >> 29).wrapping_mul(6_364_136_223_846_793_005);
    }
    x
}

#[unsafe(no_mangle)]
extern "C" fn threads(n: i32) {
    THREADS.store(usize::try_from(n).expect("a number of threads"), Ordering::Relaxed);
}

/// # Safety
/// `x` points to `n` elements that nobody else uses meanwhile.
#[unsafe(no_mangle)]
unsafe extern "C" fn mark(x: *mut isize, n: usize) {
    // SAFETY: the caller's promise.
    let x = unsafe { std::slice::from_raw_parts_mut(x, n) };
    pool().install(|| x.par_iter_mut().for_each(|x| *x = thread_pointer()));
}

/// # Safety
/// `x` and `y` point to `n` elements each, and nobody else uses `y`'s meanwhile.
#[unsafe(no_mangle)]
unsafe extern "C" fn add1(x: *const f64, y: *mut f64, n: usize) {
    // SAFETY: the caller's promise.
    let (x, y) =
        unsafe { (std::slice::from_raw_parts(x, n), std::slice::from_raw_parts_mut(y, n)) };
    pool().install(|| y.par_iter_mut().zip(x).for_each(|(y, x)| *y = x + 1.0));
}

/// # Safety
/// `x` points to `n` elements.
#[unsafe(no_mangle)]
unsafe extern "C" fn total(x: *const f64, n: usize) -> f64 {
    // SAFETY: the caller's promise.
    let x = unsafe { std::slice::from_raw_parts(x, n) };
    pool().install(|| x.par_iter().sum())
}

/// # Safety
/// `steps` and `x` point to `n` elements each, and nobody else uses `x`'s meanwhile.
#[unsafe(no_mangle)]
unsafe extern "C" fn uneven(steps: *const u32, x: *mut u64, n: usize) {
    // SAFETY: the caller's promise.
    let (steps, x) =
        unsafe { (std::slice::from_raw_parts(steps, n), std::slice::from_raw_parts_mut(x, n)) };
    pool().install(|| {
        x.par_iter_mut().zip(steps).enumerate().for_each(|(i, (x, steps))| *x = chain(*steps, i));
    });
}
