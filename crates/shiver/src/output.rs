//! Where `printf` goes.
//!
//! A body that prints does so on whatever worker runs it. The text is collected per worker, and
//! whole lines are handed to the thread that waits for the loop, which alone writes them.

use std::cell::Cell;
use std::ffi::{c_char, c_int};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::failure::FirstFailure;

thread_local! {
    /// The sink of the loop whose body runs on this thread.
    static CURRENT: Cell<*const Sink> = const { Cell::new(ptr::null()) };
}

/// What the bodies of one loop tell whoever called it: the text that they print, and a failure.
#[derive(Debug, Default)]
pub struct Sink {
    failure: FirstFailure,
    /// Whether there are whole lines to take: a look that costs no lock.
    ready: AtomicBool,
    /// Whether anything was ever printed.
    used: AtomicBool,
    text: Mutex<Text>,
}

#[derive(Debug, Default)]
struct Text {
    lines: Vec<u8>,
    /// What each worker that prints has printed since its last newline.
    begun: Vec<(ThreadId, Vec<u8>)>,
}

impl Sink {
    /// The whole lines printed since the last call, if there are any.
    pub fn take_lines(&self) -> Option<Vec<u8>> {
        if !self.ready.load(Ordering::Relaxed) {
            return None;
        }
        let mut text = self.lock();
        self.ready.store(false, Ordering::Relaxed);
        Some(std::mem::take(&mut text.lines))
    }

    /// All that is left, lines that were only begun too. For after the loop.
    pub fn take_rest(&self) -> Option<Vec<u8>> {
        // After the loop, all that workers wrote has come.
        if !self.used.load(Ordering::Relaxed) {
            return None;
        }
        let mut text = self.lock();
        let Text { lines, begun } = std::mem::take(&mut *text);
        let rest = begun.into_iter().map(|(_, part)| part).fold(lines, |mut all, part| {
            all.extend(part);
            all
        });
        (!rest.is_empty()).then_some(rest)
    }

    /// The first failure.
    pub(crate) fn failure(&self) -> &FirstFailure {
        &self.failure
    }

    /// Runs `body` with what it prints on this thread going into this sink.
    pub fn capture<R>(&self, body: impl FnOnce() -> R) -> R {
        /// Puts back what was there, on the way of a panic too.
        struct Restore(*const Sink);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(self.0);
            }
        }
        let _restore = Restore(CURRENT.replace(self));
        body()
    }

    fn write(&self, bytes: &[u8]) {
        let mut text = self.lock();
        self.used.store(true, Ordering::Relaxed);
        let Text { lines, begun } = &mut *text;
        let worker = thread::current().id();
        let known = begun.iter().position(|(id, _)| *id == worker);
        let known = known.unwrap_or_else(|| {
            begun.push((worker, Vec::new()));
            begun.len() - 1
        });
        let begun = &mut begun[known].1;
        begun.extend_from_slice(bytes);
        if let Some(newline) = begun.iter().rposition(|&byte| byte == b'\n') {
            lines.extend(begun.drain(..=newline));
            self.ready.store(true, Ordering::Relaxed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Text> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sink of the loop whose body runs on this thread, if one does.
///
/// # Safety
///
/// It is not used for longer than the body runs.
pub(crate) unsafe fn current<'a>() -> Option<&'a Sink> {
    // SAFETY: `capture` is on this thread's stack and borrows the sink.
    unsafe { CURRENT.get().as_ref() }
}

unsafe extern "C" {
    /// Where `stdio.c` looks for [`take`].
    #[link_name = "shiver_output"]
    static OUTPUT: AtomicPtr<()>;
}

/// Makes the functions of `stdio.c` hand their text over here; before, they write to the process's
/// standard output.
pub(crate) fn connect() {
    // SAFETY: the variable is a pointer that C reads only after a loader has asked for a function of
    // that file's, which comes after this.
    unsafe { OUTPUT.store(take as *mut (), Ordering::Release) };
}

/// Takes text from `stdio.c`; 0 where no loop runs on this thread.
///
/// # Safety
///
/// `text` points to `length` bytes.
unsafe extern "C" fn take(text: *const c_char, length: usize) -> c_int {
    // SAFETY: the body that prints runs; the text is the caller's.
    unsafe {
        let Some(sink) = current() else { return 0 };
        sink.write(std::slice::from_raw_parts(text.cast(), length));
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(text: &str) -> c_int {
        // SAFETY: pointer and length are a string's.
        unsafe { take(text.as_ptr().cast(), text.len()) }
    }

    #[test]
    fn lines_come_whole_and_the_rest_at_the_end() {
        let sink = Sink::default();
        assert_eq!(print("lost"), 0);
        sink.capture(|| {
            assert_eq!(print("one\ntw"), 1);
            assert_eq!(sink.take_lines().as_deref(), Some(&b"one\n"[..]));
            assert_eq!(sink.take_lines(), None);
            print("o\nthree");
        });
        assert_eq!(print("lost"), 0);
        assert_eq!(sink.take_lines().as_deref(), Some(&b"two\n"[..]));
        assert_eq!(sink.take_rest().as_deref(), Some(&b"three"[..]));
        assert_eq!(sink.take_rest(), None);
    }

    #[test]
    fn workers_do_not_cut_into_each_others_lines() {
        let sink = Sink::default();
        thread::scope(|scope| {
            for name in ["a", "b", "c", "d"] {
                let sink = &sink;
                scope.spawn(move || {
                    sink.capture(|| {
                        for _ in 0..200 {
                            (0..5).for_each(|_| assert_eq!(print(name), 1));
                            print("\n");
                        }
                    });
                });
            }
        });
        let text = String::from_utf8(sink.take_lines().unwrap()).unwrap();
        assert_eq!(text.lines().count(), 800);
        assert!(text.lines().all(|line| ["aaaaa", "bbbbb", "ccccc", "ddddd"].contains(&line)));
    }
}
