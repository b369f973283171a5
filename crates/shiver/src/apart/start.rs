//! How the other process comes to be.
//!
//! It is a new program, so that none of the user's memory is copied, and nobody's child: a process that
//! calls `wait` must not be told of children that it does not know of, nor get signals of them. So it is
//! started by a process in between, which shares this one's memory for the moment that it lives, sends no
//! signal when it ends, and is waited for here, by a way that others do not take.

use std::ffi::{CString, c_char, c_int, c_short, c_void};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::ptr;

/// A program, and its arguments: it has to call [`serve`](super::serve()) with its standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program, and what it is told: the first is its path.
    words: Vec<CString>,
}

impl Command {
    /// `None` where a word has a NUL, or there is none.
    ///
    /// ```
    /// use shiver::apart::Command;
    /// assert!(Command::new(["/bin/true"]).is_some());
    /// assert!(Command::new([""; 0]).is_none());
    /// ```
    pub fn new<W: Into<Vec<u8>>>(words: impl IntoIterator<Item = W>) -> Option<Command> {
        let words = words.into_iter().map(|word| CString::new(word).ok());
        let words: Vec<CString> = words.collect::<Option<_>>()?;
        (!words.is_empty()).then_some(Command { words })
    }
}

unsafe extern "C" {
    static environ: *const *mut c_char;
}

/// What the process in between needs, and what it found.
struct Errand {
    program: *const c_char,
    arguments: *const *mut c_char,
    actions: *const libc::posix_spawn_file_actions_t,
    attributes: *const libc::posix_spawnattr_t,
    /// An error's number, or 0.
    outcome: c_int,
}

/// Bytes of stack for the process in between, which does nothing but make a call.
const STACK: usize = 256 << 10;

/// Starts the program, in a session of its own, with one end of a pair of sockets for its standard input
/// and nothing else that is open here, and gives the other end.
pub(super) fn start(command: &Command) -> io::Result<UnixStream> {
    let (ours, theirs) = UnixStream::pair()?;
    let words = command.words.iter().map(|word| word.as_ptr().cast_mut());
    let arguments: Vec<*mut c_char> = words.chain([ptr::null_mut()]).collect();
    let check = |code| if code == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(code)) };
    // SAFETY: `init` fills each structure before it is used, and `destroy` frees what it holds; all
    // pointers outlive the calls. Standard error is left out as well: LLVM writes to it when it crashes.
    unsafe {
        let mut actions = std::mem::zeroed();
        check(libc::posix_spawn_file_actions_init(&mut actions))?;
        let mut attributes = std::mem::zeroed();
        check(libc::posix_spawnattr_init(&mut attributes))?;
        let mut prepare = || {
            check(libc::posix_spawn_file_actions_adddup2(&mut actions, theirs.as_raw_fd(), 0))?;
            for descriptor in [1, 2] {
                let (path, mode) = (c"/dev/null".as_ptr(), libc::O_WRONLY);
                check(libc::posix_spawn_file_actions_addopen(
                    &mut actions,
                    descriptor,
                    path,
                    mode,
                    0,
                ))?;
            }
            let mut signals = std::mem::zeroed();
            libc::sigfillset(&mut signals);
            check(libc::posix_spawnattr_setsigdefault(&mut attributes, &signals))?;
            libc::sigemptyset(&mut signals);
            check(libc::posix_spawnattr_setsigmask(&mut attributes, &signals))?;
            let flags = libc::POSIX_SPAWN_SETSIGDEF | libc::POSIX_SPAWN_SETSIGMASK;
            let flags = flags as c_short | libc::POSIX_SPAWN_SETSID;
            check(libc::posix_spawnattr_setflags(&mut attributes, flags))
        };
        let outcome = prepare().and_then(|()| {
            run_in_between(&mut Errand {
                program: command.words[0].as_ptr(),
                arguments: arguments.as_ptr(),
                actions: &actions,
                attributes: &attributes,
                outcome: 0,
            })
        });
        libc::posix_spawn_file_actions_destroy(&mut actions);
        libc::posix_spawnattr_destroy(&mut attributes);
        outcome?;
    }
    Ok(ours)
}

/// Has a process in between run the errand.
///
/// # Safety
///
/// All of the errand's pointers are valid.
unsafe fn run_in_between(errand: &mut Errand) -> io::Result<()> {
    let mut stack = vec![0u128; STACK / 16];
    let top = stack.as_mut_ptr_range().end;
    // This thread stands still until the process in between has ended, so that it may use what belongs
    // to the thread.
    let flags = libc::CLONE_VM | libc::CLONE_VFORK;
    // SAFETY: the stack is the new process's alone, and outlives it; so does the errand. No handler of
    // this process's can run in the new one, as signals are blocked while it lives. `posix_spawn` is made
    // to be called where memory is shared with a thread that stands still. Waiting for that one process
    // takes no news from others.
    unsafe {
        let (mut all, mut before) = (std::mem::zeroed(), std::mem::zeroed());
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        let errand: *mut Errand = errand;
        let process = libc::clone(spawn, top.cast(), flags, errand.cast());
        let failure = io::Error::last_os_error();
        if process > 0 {
            let again = || io::Error::last_os_error().kind() == io::ErrorKind::Interrupted;
            while libc::waitpid(process, ptr::null_mut(), libc::__WALL) == -1 && again() {}
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &before, ptr::null_mut());
        match (process, (*errand).outcome) {
            (-1, _) => Err(failure),
            (_, 0) => Ok(()),
            (_, code) => Err(io::Error::from_raw_os_error(code)),
        }
    }
}

extern "C" fn spawn(errand: *mut c_void) -> c_int {
    let errand = errand.cast::<Errand>();
    // SAFETY: the process that made this one keeps the errand, and all that it points to.
    unsafe {
        let Errand { program, arguments, actions, attributes, .. } = *errand;
        let mut process = 0;
        (*errand).outcome =
            libc::posix_spawn(&mut process, program, actions, attributes, arguments, environ);
    }
    0
}
