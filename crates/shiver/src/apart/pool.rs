//! Processes that wait for requests.
//!
//! A request has a process for itself, so that threads need not wait for one another: one that lies idle,
//! or else a new one. A few are kept for the next requests; they end by themselves when none comes.

use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::connection::{Connection, End};
use super::message::{self, Answered, Reply, Request};
use super::start::{self, Command};
use super::{Loss, serve};
use crate::{Error, fork};

/// How to start a process; `None` where nobody said.
static COMMAND: Mutex<Option<Command>> = Mutex::new(None);

/// Set where what was started did not answer: it will not the next time either, and took long.
static MUTE: AtomicBool = AtomicBool::new(false);

/// Processes without a request. This lock and the next are held for single operations, in a section.
static IDLE: Mutex<Vec<Connection>> = Mutex::new(Vec::new());

/// The sockets of all processes, busy ones too, for a forked child to close: they would keep the
/// parent's processes alive.
static OPEN: Mutex<Vec<RawFd>> = Mutex::new(Vec::new());

/// How many processes are kept.
const KEPT: usize = 4;

/// What a request may take where `SHIVER_LLVM_TIMEOUT` says nothing.
const LIMIT: Duration = Duration::from_secs(30);

/// Says how the process is started that reads and compiles code from outside. Without a command, that
/// happens in this process, where LLVM's crashes are the process's own.
///
/// ```no_run
/// // In `main`, before anything else: the program can be that process too.
/// if std::env::args().nth(1).as_deref() == Some("--compile-apart") {
///     // SAFETY: the process was started by Shiver, and has one thread.
///     unsafe { shiver::apart::serve() };
/// }
/// let program = std::env::current_exe().unwrap().into_os_string().into_encoded_bytes();
/// let command = shiver::apart::Command::new([program, b"--compile-apart".to_vec()]);
/// shiver::apart::use_command(command);
/// ```
pub fn use_command(command: Option<Command>) {
    let _section = fork::section();
    *lock(&COMMAND) = command;
    MUTE.store(false, Ordering::Relaxed);
}

/// Has another process do it; `None` where there is no such process.
pub(super) fn ask(request: &Request<'_>) -> Result<Option<Answered<Reply>>, Error> {
    let Some(command) = command() else { return Ok(None) };
    let doing = request.task.doing();
    let lost = |how| Err(Error::Lost { doing, how });
    let limit = limit();
    let bytes = message::frame(request, limit);
    loop {
        let idle = take();
        let is_new = idle.is_none();
        let mut connection = match idle.map_or_else(|| open(&command), Some) {
            Some(connection) => connection,
            None => return Ok(None),
        };
        let reply = connection.ask(&bytes, limit);
        match reply {
            Ok(_) | Err(End::Signal(_) | End::Late) => keep(connection),
            Err(_) => close(connection),
        }
        return match reply {
            Ok(reply) => match message::decode(&reply) {
                Some((head, parts)) => {
                    Ok(Some((head, parts.into_iter().map(<[u8]>::to_vec).collect())))
                }
                None => lost(Loss::Garbled),
            },
            // It ended when it had lain idle for long enough.
            Err(End::NotTaken) if !is_new => continue,
            Err(End::NotTaken) => Ok(None),
            Err(End::Mute) => {
                MUTE.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Err(End::Signal(signal)) => lost(Loss::Signal(signal)),
            Err(End::Late) => lost(Loss::Time(limit)),
            Err(End::Ended) => lost(Loss::Ended),
            Err(End::Garbled) => lost(Loss::Garbled),
            Err(End::GivenUp) => Err(Error::Cancelled),
        };
    }
}

fn command() -> Option<Command> {
    let _section = fork::section();
    lock(&COMMAND).clone().filter(|_| !MUTE.load(Ordering::Relaxed))
}

fn take() -> Option<Connection> {
    let _section = fork::section();
    lock(&IDLE).pop()
}

/// Starts a process; `None` where that cannot be done.
fn open(command: &Command) -> Option<Connection> {
    let _section = fork::section();
    let connection = Connection::new(start::start(command).ok()?).ok()?;
    lock(&OPEN).push(connection.descriptor());
    Some(connection)
}

fn keep(connection: Connection) {
    let spare = {
        let _section = fork::section();
        let mut idle = lock(&IDLE);
        if idle.len() < KEPT {
            idle.push(connection);
            None
        } else {
            Some(connection)
        }
    };
    if let Some(connection) = spare {
        close(connection);
    }
}

fn close(connection: Connection) {
    let _section = fork::section();
    lock(&OPEN).retain(|&open| open != connection.descriptor());
    drop(connection);
}

/// Forgets the parent's processes. To be called in a forked child, while a fork still holds all sections
/// up: nobody else holds a lock then.
pub(crate) fn forget() {
    for descriptor in lock(&OPEN).drain(..) {
        // SAFETY: the descriptor is a copy of the parent's, which nobody closes in this child: a
        // connection closes its own only in the process that opened it.
        unsafe { libc::close(descriptor) };
    }
    lock(&IDLE).clear();
}

/// How long a request may take: `SHIVER_LLVM_TIMEOUT`, in seconds.
fn limit() -> Duration {
    static ASKED: OnceLock<Option<Duration>> = OnceLock::new();
    let asked = || {
        let seconds: f64 = std::env::var("SHIVER_LLVM_TIMEOUT").ok()?.trim().parse().ok()?;
        Duration::try_from_secs_f64(seconds).ok().filter(|limit| !limit.is_zero())
    };
    ASKED.get_or_init(asked).unwrap_or(LIMIT).min(serve::LONGEST)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
