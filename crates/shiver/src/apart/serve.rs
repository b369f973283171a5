//! The process in which code from outside is read and compiled.
//!
//! It does not touch that code itself. It forks a worker, in which LLVM stays ready from one request to
//! the next; waits for it, looks at the clock, and tells how it ended. A worker that had to do with code
//! that was refused ends by itself: who knows what such code has done to it. One that crashes may do so
//! by the fault of an earlier request, so that a fresh one tries again, and only its crash counts.
//!
//! The process ends when the socket is closed at the other end, also in the middle of a request, and when
//! it has lain idle for a while; its worker with it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::time::{Duration, Instant};

use shiver_codegen::{Shape, Stage};

use super::message::{
    Answer, DONE, LATE, Nest, REQUEST_HEADER, Reply, SIGNAL, TAKEN, Task, decode, encode,
};
use super::work;

/// How long it waits for a request before it ends.
const IDLE: Duration = Duration::from_secs(60);

/// The longest that a request can take: what the clock of `poll` can count.
pub(super) const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

/// How much memory a request may use, in bytes of address space.
pub(crate) const MEMORY: u64 = 4 << 30;

/// What stands in front of a worker's reply: whether the worker stays, and the length in bytes.
const REPLY_HEADER: usize = 9;

/// A child that takes one request after the other.
struct Worker {
    process: libc::pid_t,
    requests: File,
    replies: File,
}

/// What became of a worker's request.
enum Exchange {
    /// The reply, and whether the worker stays.
    Reply(Vec<u8>, bool),
    /// The worker has ended, or is about to.
    Ended,
    Late,
}

/// How a request ended.
enum Outcome {
    Done(Vec<u8>),
    Signal(i32),
    Late,
}

/// Takes requests from standard input, a socket, until it is closed. Never returns.
///
/// # Safety
///
/// The process was started for this, by the command given to [`use_command`](super::use_command): all
/// its descriptors but the first three are closed, and it has one thread.
pub unsafe fn serve() -> ! {
    // SAFETY: standard input is the socket, and nobody else's.
    let mut socket = unsafe { File::from_raw_fd(0) };
    prepare();
    let mut worker = None;
    let mut warm = false;
    while let Ok(Some((request, limit))) = next(&mut socket) {
        let outcome = run(&mut worker, &request, limit, &socket);
        if answer(&mut socket, outcome).is_err() {
            break;
        }
        if worker.is_none() && !warm {
            // Workers to come find done what LLVM does once.
            warm = true;
            warm_up();
        }
    }
    end(0)
}

/// Makes the process hold nothing of the user's, and nobody's dumps but its own.
fn prepare() {
    // SAFETY: the calls take numbers and terminated strings. Descriptors that were not marked to be closed
    // came along; no object of Rust's stands for them.
    unsafe {
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0);
        libc::chdir(c"/".as_ptr());
    }
    // Where memory runs out, a request is what the system should end first.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    // SAFETY: as above. A crash is expected here, and needs no dump.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0) };
}

/// The next request, and how long it may take; `None` where none came for a while.
fn next(socket: &mut File) -> io::Result<Option<(Vec<u8>, Duration)>> {
    if !is_readable(socket, IDLE) {
        return Ok(None);
    }
    let mut header = [0; REQUEST_HEADER];
    socket.read_exact(&mut header)?;
    let [length, millis] =
        [0, 8].map(|k| u64::from_le_bytes(header[k..k + 8].try_into().expect("eight bytes")));
    let mut request = Vec::new();
    if Read::by_ref(socket).take(length).read_to_end(&mut request)? as u64 != length {
        return Ok(None);
    }
    socket.write_all(&[TAKEN])?;
    Ok(Some((request, Duration::from_millis(millis).min(LONGEST))))
}

fn is_readable(socket: &File, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        let mut ready = libc::pollfd { fd: socket.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let left = deadline.saturating_duration_since(Instant::now());
        // SAFETY: one structure, as said.
        let count = unsafe { libc::poll(&mut ready, 1, left.as_millis() as i32) };
        if count != -1 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return count > 0;
        }
    }
}

fn answer(socket: &mut File, outcome: Outcome) -> io::Result<()> {
    let (kind, number, reply) = match outcome {
        Outcome::Done(reply) => (DONE, reply.len() as u64, reply),
        Outcome::Signal(signal) => (SIGNAL, signal as u64, vec![]),
        Outcome::Late => (LATE, 0, vec![]),
    };
    socket.write_all(&[kind])?;
    socket.write_all(&number.to_le_bytes())?;
    socket.write_all(&reply)
}

/// Has the worker do what a request asks for. Does not return where the socket is closed meanwhile.
fn run(worker: &mut Option<Worker>, request: &[u8], limit: Duration, socket: &File) -> Outcome {
    let begin = Instant::now();
    loop {
        let (mut current, is_fresh) = match worker.take() {
            Some(current) => (current, false),
            None => (Worker::start().unwrap_or_else(|_| end(1)), true),
        };
        match current.exchange(request, begin, limit, socket) {
            Exchange::Reply(reply, true) => {
                *worker = Some(current);
                return Outcome::Done(reply);
            }
            Exchange::Reply(reply, false) => {
                current.end();
                return Outcome::Done(reply);
            }
            Exchange::Late => {
                current.kill();
                return Outcome::Late;
            }
            Exchange::Ended => {
                let status = current.end();
                match libc::WIFSIGNALED(status) {
                    _ if !is_fresh => {}
                    true => return Outcome::Signal(libc::WTERMSIG(status)),
                    false => return Outcome::Done(vec![]),
                }
            }
        }
    }
}

impl Worker {
    fn start() -> io::Result<Worker> {
        let (incoming, requests) = pipe()?;
        let (replies, outgoing) = pipe()?;
        // SAFETY: this process has one thread, so the child may do whatever it could do.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => {
                drop((requests, replies));
                work_on(incoming, outgoing)
            }
            process => Ok(Worker { process, requests, replies }),
        }
    }

    /// Sends a request and waits for its reply. Does not return where the socket is closed meanwhile.
    fn exchange(
        &mut self,
        request: &[u8],
        begin: Instant,
        limit: Duration,
        socket: &File,
    ) -> Exchange {
        // A worker without a request reads, and Python has the signal ignored that a closed pipe gives.
        let length = (request.len() as u64).to_le_bytes();
        if self.requests.write_all(&length).and_then(|()| self.requests.write_all(request)).is_err()
        {
            return Exchange::Ended;
        }
        let mut reply = Vec::new();
        loop {
            if let Some((header, payload)) = reply.split_at_checked(REPLY_HEADER) {
                let length = u64::from_le_bytes(header[1..].try_into().expect("eight bytes"));
                if payload.len() as u64 >= length.min(MEMORY) {
                    let stays = header[0] == 1 && payload.len() as u64 == length;
                    reply.drain(..REPLY_HEADER);
                    return Exchange::Reply(reply, stays);
                }
            }
            let mut ready = [
                libc::pollfd { fd: self.replies.as_raw_fd(), events: libc::POLLIN, revents: 0 },
                libc::pollfd { fd: socket.as_raw_fd(), events: libc::POLLRDHUP, revents: 0 },
            ];
            let left = limit.saturating_sub(begin.elapsed());
            // Rounded up, so that it is past the limit when nothing is ready.
            let millis = left.as_millis().saturating_add(1).min(LONGEST.as_millis()) as i32;
            // SAFETY: two structures, as said.
            unsafe { libc::poll(ready.as_mut_ptr(), 2, millis) };
            if ready[1].revents != 0 {
                self.kill();
                end(0)
            }
            if ready[0].revents != 0 && read_some(&mut self.replies, &mut reply).unwrap_or(0) == 0 {
                return Exchange::Ended;
            }
            if begin.elapsed() >= limit {
                return Exchange::Late;
            }
        }
    }

    /// Waits for its end, which is near unless what it did went very wrong, and gives its status.
    fn end(&self) -> libc::c_int {
        for _ in 0..1000 {
            if let Some(status) = wait(self.process, libc::WNOHANG) {
                return status;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.kill()
    }

    fn kill(&self) -> libc::c_int {
        // SAFETY: the child has not been waited for, so the number is still its own.
        unsafe { libc::kill(self.process, libc::SIGKILL) };
        wait(self.process, 0).unwrap_or_default()
    }
}

/// Appends what is there; 0 bytes at the end.
fn read_some(pipe: &mut File, reply: &mut Vec<u8>) -> io::Result<usize> {
    let mut chunk = vec![0; 1 << 16];
    loop {
        match pipe.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            count => {
                reply.extend_from_slice(&chunk[..*count.as_ref().unwrap_or(&0)]);
                return count;
            }
        }
    }
}

/// The worker.
fn work_on(mut requests: File, mut replies: File) -> ! {
    let memory = libc::rlimit { rlim_cur: MEMORY, rlim_max: MEMORY };
    // SAFETY: the calls take numbers, and a structure that they read. The socket is the other process's,
    // whose end nobody would see if it stayed open here; no object of Rust's stands for it in here.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        libc::setrlimit(libc::RLIMIT_AS, &memory);
        libc::close(0);
    }
    loop {
        let mut length = [0; 8];
        let mut request = Vec::new();
        let length = match requests.read_exact(&mut length) {
            Ok(()) => u64::from_le_bytes(length),
            Err(_) => end(0),
        };
        match Read::by_ref(&mut requests).take(length).read_to_end(&mut request) {
            Ok(count) if count as u64 == length => {}
            _ => end(0),
        }
        let (reply, parts) = match decode::<Task>(&request) {
            Some((task, parts)) => work::perform(&task, &parts),
            None => (Reply::Panicked("the request is damaged".to_owned()), vec![]),
        };
        let stays = matches!(reply, Reply::Answer(_));
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let payload = encode(&reply, &parts);
        let mut bytes = vec![u8::from(stays)];
        bytes.extend((payload.len() as u64).to_le_bytes());
        bytes.extend(payload);
        // With the process end whatever threads LLVM gave up on.
        if replies.write_all(&bytes).is_err() || !stays {
            end(0);
        }
    }
}

/// The end to read from, and the end to write to.
fn pipe() -> io::Result<(File, File)> {
    let mut ends = [0; 2];
    // SAFETY: there is room for two descriptors, which are nobody else's.
    unsafe {
        if libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok((File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1])))
    }
}

/// How a child ended; with `WNOHANG`, `None` where it has not.
fn wait(child: libc::pid_t, options: libc::c_int) -> Option<libc::c_int> {
    let mut status = 0;
    loop {
        // SAFETY: `status` is room to write to.
        let waited = unsafe { libc::waitpid(child, &mut status, options) };
        if waited != -1 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return (waited == child).then_some(status);
        }
    }
}

fn end(status: libc::c_int) -> ! {
    // SAFETY: ends the process, past what the program around it may have registered.
    unsafe { libc::_exit(status) }
}

/// Reads and compiles something.
fn warm_up() {
    let code = b"define void @f(ptr %x, i64 %i) {\n  %p = getelementptr double, ptr %x, i64 %i\n  \
                 %a = load double, ptr %p\n  %b = fadd double %a, 1.0\n  store double %b, ptr %p\n  \
                 ret void\n}";
    let task = Task::Import { text: true, name: None, own: vec![], refined: None };
    let (reply, parts) = work::perform(&task, &[code]);
    let (Reply::Answer(Answer::Imported { .. }), Some(bitcode)) = (reply, parts.first()) else {
        return;
    };
    let shape = Shape { indices: 1, unit_steps: true, reduction: None, tiles: true, streams: 0 };
    let body = shiver_codegen::Body { bitcode, symbol: "f" };
    let nest = Nest::new(body, None, shape, crate::module::cpu());
    work::perform(&Task::Compile { nest, stage: Stage::Object }, &[bitcode]);
}
