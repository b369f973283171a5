//! Starting the pool's threads.

use std::io;

use crate::pool::{Pool, Server};

/// As much as a main thread usually has: bodies may keep arrays of their own. Only what is touched is ever real.
const STACK: usize = 8 << 20;

/// Starts thread number `number` of a pool, with all signals blocked that another thread can take.
pub(crate) fn spawn(number: usize, pool: &'static Pool) -> io::Result<()> {
    // A thread starts with the mask of the one that starts it, so there is no moment at which it takes a signal.
    let mask = SignalMask::block();
    let started = std::thread::Builder::new()
        .name(format!("shiver-{number}"))
        .stack_size(STACK)
        .spawn(move || Server::new(pool, number).serve())
        .map(drop);
    drop(mask);
    started
}

/// Blocks signals in this thread until dropped.
struct SignalMask {
    #[cfg(unix)]
    before: libc::sigset_t,
}

#[cfg(unix)]
impl SignalMask {
    /// Raised by what a thread itself does: blocked, they would end the process past every handler.
    const OWN_FAULTS: [libc::c_int; 7] = [
        libc::SIGSEGV,
        libc::SIGBUS,
        libc::SIGFPE,
        libc::SIGILL,
        libc::SIGTRAP,
        libc::SIGSYS,
        libc::SIGABRT,
    ];

    fn block() -> SignalMask {
        let mut blocked = std::mem::MaybeUninit::uninit();
        let mut before = std::mem::MaybeUninit::uninit();
        // SAFETY: the sets are room to write to; sigfillset initialises the first before it is read, and
        // pthread_sigmask the second, which it cannot fail to with a valid first argument.
        let before = unsafe {
            libc::sigfillset(blocked.as_mut_ptr());
            for signal in Self::OWN_FAULTS {
                libc::sigdelset(blocked.as_mut_ptr(), signal);
            }
            libc::pthread_sigmask(libc::SIG_SETMASK, blocked.as_ptr(), before.as_mut_ptr());
            before.assume_init()
        };
        SignalMask { before }
    }
}

#[cfg(not(unix))]
impl SignalMask {
    fn block() -> SignalMask {
        SignalMask {}
    }
}

impl Drop for SignalMask {
    fn drop(&mut self) {
        #[cfg(unix)]
        // SAFETY: `before` is the mask that pthread_sigmask gave; a null third argument asks for nothing back.
        unsafe {
            libc::pthread_sigmask(libc::SIG_SETMASK, &self.before, std::ptr::null_mut());
        }
    }
}
