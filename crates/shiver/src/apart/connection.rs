//! A request's way to the other process and back.

use std::io::{self, Read, Write};
use std::mem::ManuallyDrop;
use std::ops::ControlFlow;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::message::{DONE, LATE, OUTCOME_HEADER, SIGNAL, TAKEN};
use super::patience;

/// How often the waiting thread looks around.
const SLICE: Duration = Duration::from_millis(50);

/// How long a new process may take until it takes its first request, and how much longer than a request
/// may take its answer is waited for.
const GRACE: Duration = Duration::from_secs(20);

/// The most that a reply may hold, in bytes.
const LARGEST: u64 = 4 << 30;

/// The socket to another process. When it is closed, that process ends, whatever it is doing.
pub(super) struct Connection {
    stream: ManuallyDrop<UnixStream>,
    /// The process that opened it. In a forked child, which has a copy, it is not the child's to use or
    /// to close.
    owner: u32,
}

/// How a request ended that was not answered.
#[derive(Debug, PartialEq)]
pub(super) enum End {
    /// Nobody was there to take it.
    NotTaken,
    /// Nobody took it for [`GRACE`].
    Mute,
    /// LLVM crashed by a signal.
    Signal(i32),
    /// It took longer than it may.
    Late,
    /// The process ended with the request.
    Ended,
    /// What came back makes no sense.
    Garbled,
    /// The waiting thread was told to give up.
    GivenUp,
}

impl Connection {
    pub(super) fn new(stream: UnixStream) -> io::Result<Connection> {
        stream.set_nonblocking(true)?;
        Ok(Connection { stream: ManuallyDrop::new(stream), owner: std::process::id() })
    }

    pub(super) fn descriptor(&self) -> RawFd {
        self.stream.as_raw_fd()
    }

    /// Sends a request and waits for its reply. After [`End::Signal`] and [`End::Late`], the process
    /// takes the next one.
    pub(super) fn ask(&mut self, request: &[u8], limit: Duration) -> Result<Vec<u8>, End> {
        let begin = Instant::now();
        self.send(request, begin + GRACE)?;
        let mut taken = [0];
        self.receive(&mut taken, begin + GRACE).map_err(|end| match end {
            End::Ended => End::NotTaken,
            End::Late => End::Mute,
            end => end,
        })?;
        if taken != [TAKEN] {
            return Err(End::Mute);
        }
        // The other process looks at the clock too, and is the first to act.
        let deadline = Instant::now().checked_add(limit.saturating_add(GRACE));
        let deadline = deadline.unwrap_or_else(|| begin + Duration::from_secs(1 << 30));
        let mut header = [0; OUTCOME_HEADER];
        self.receive(&mut header, deadline).map_err(silent)?;
        let number = u64::from_le_bytes(header[1..].try_into().expect("eight bytes"));
        match header[0] {
            DONE if number <= LARGEST => {
                let mut reply = vec![0; number as usize];
                self.receive(&mut reply, deadline).map_err(silent)?;
                Ok(reply)
            }
            SIGNAL => Err(i32::try_from(number).map_or(End::Garbled, End::Signal)),
            LATE => Err(End::Late),
            _ => Err(End::Garbled),
        }
    }

    fn send(&mut self, mut bytes: &[u8], deadline: Instant) -> Result<(), End> {
        while !bytes.is_empty() {
            // The standard library writes to sockets without the signal that a closed one gives.
            match self.stream.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait(libc::POLLOUT, deadline).map_err(|end| match end {
                        End::Late => End::Mute,
                        end => end,
                    })?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(End::NotTaken),
            }
        }
        Ok(())
    }

    fn receive(&mut self, mut room: &mut [u8], deadline: Instant) -> Result<(), End> {
        while !room.is_empty() {
            match self.stream.read(room) {
                Ok(0) => return Err(End::Ended),
                Ok(count) => room = &mut room[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait(libc::POLLIN, deadline)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(End::Ended),
            }
        }
        Ok(())
    }

    /// Waits until the socket is ready, and looks around meanwhile.
    fn wait(&self, events: libc::c_short, deadline: Instant) -> Result<(), End> {
        loop {
            let mut ready = libc::pollfd { fd: self.descriptor(), events, revents: 0 };
            // SAFETY: one structure, as said.
            let count = unsafe { libc::poll(&mut ready, 1, SLICE.as_millis() as i32) };
            if patience::look() == ControlFlow::Break(()) {
                return Err(End::GivenUp);
            }
            // What looks around can fork, and the child has lost the socket.
            if !self.is_ours() {
                return Err(End::NotTaken);
            }
            if count > 0 {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(End::Late);
            }
        }
    }

    fn is_ours(&self) -> bool {
        self.owner == std::process::id()
    }
}

/// Nobody says that the time is up, which it is: then the other process does not work.
fn silent(end: End) -> End {
    if end == End::Late { End::Ended } else { end }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.is_ours() {
            // SAFETY: this is the only place, and the last.
            unsafe { ManuallyDrop::drop(&mut self.stream) };
        }
    }
}
