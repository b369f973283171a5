//! Code from outside is read, verified and compiled apart: in a process of its own.
//!
//! LLVM's readers trust what they read. Of 4971 bitcode files that were damaged in a few bits or bytes,
//! 29 crashed LLVM 22.1.8 (2026-11; of 4293 damaged texts, none did), and others can keep it busy or make
//! it take memory without end. In this process that would end the user's program. In another one it
//! ends a request, and becomes an error.
//!
//! The other way would have been a thread with a handler for faults that parks it. In 1200 crashes,
//! 100 in each of 12 processes, the process went on each time, with 0.4 MB and 256 MB of addresses lost per crash. But
//! a thread cannot be stopped, so endless work keeps a core for ever; a fault need not show at the
//! instruction that did the damage, and what LLVM overwrites in between is the user's memory; the limit on
//! memory would be the user's too; and handlers for faults belong to the whole process, where Python's
//! `faulthandler` and others have theirs.
//!
//! * [`message`]: what is asked and answered, and how it travels
//! * [`work`]: what a request means, the same in either process
//! * [`mod@serve`]: the other process, and its worker
//! * [`start`]: how it comes to be, as nobody's child
//! * [`connection`]: a request's way to it and back
//! * [`pool`]: processes that wait for requests
//! * [`patience`]: what the waiting thread looks at meanwhile
//! * [`import`](mod@import): code from outside becomes a module, kept on the disk
//!
//! Who knows no command for such a process ([`use_command`]), or cannot start one, reads code in this
//! process on a guarded thread, where only what LLVM itself gives up on becomes an error.
//!
//! Nothing here may be called inside of a section of [`fork`](crate::fork): waiting for another process
//! takes long, and may wait for the interpreter's lock.

mod connection;
pub(crate) mod import;
mod message;
mod patience;
mod pool;
pub(crate) mod serve;
mod start;
mod work;

use std::time::Duration;

use shiver_codegen::{Body, Examination, Output, Shape, Stage};
use shiver_llvm::Cpu;
use shiver_signature::Signature;

pub use patience::while_waiting;
pub(crate) use pool::forget;
pub use pool::use_command;
pub use serve::serve;
pub use start::Command;

use crate::{Error, fork};
use message::{Answer, Answered, Reply, Request, Task};

/// How LLVM came to no end with code from outside.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Loss {
    /// It crashed, by that signal.
    Signal(i32),
    /// It took longer than this.
    Time(Duration),
    /// The whole process was ended, which is nobody's doing here.
    Ended,
    /// It ended in good order, and left no sense.
    Garbled,
    /// Our own code failed, with that message.
    Panic(String),
}

/// The signatures of code from outside.
pub(crate) fn signatures(bitcode: &[u8]) -> Result<Vec<Signature>, Error> {
    match ask(&Request { task: Task::Signatures, parts: vec![bitcode] })? {
        (Answer::Signatures(signatures), _) => Ok(signatures),
        _ => Err(garbled("reading")),
    }
}

/// Code from outside as textual IR.
pub(crate) fn print_ir(bitcode: &[u8]) -> Result<String, Error> {
    match ask(&Request { task: Task::Print, parts: vec![bitcode] })? {
        (Answer::Text, parts) => Ok(text(&parts, 0)),
        _ => Err(garbled("reading")),
    }
}

/// As [`shiver_codegen::allow_fast_math`], of code from outside.
pub(crate) fn allow_fast_math(bitcode: &[u8], names: &[&str]) -> Result<Vec<u8>, Error> {
    let task = Task::FastMath { names: names.iter().map(|&name| name.to_owned()).collect() };
    match ask(&Request { task, parts: vec![bitcode] })? {
        (Answer::Bitcode, mut parts) if parts.len() == 1 => Ok(parts.remove(0)),
        _ => Err(garbled("reading")),
    }
}

/// As [`shiver_codegen::compile_nest`], of code from outside.
pub(crate) fn compile_nest(
    body: Body<'_>,
    combine: Option<Body<'_>>,
    shape: Shape,
    cpu: &Cpu,
    stage: Stage,
) -> Result<Output, Error> {
    let nest = message::Nest::new(body, combine, shape, cpu);
    let parts = bitcodes(body, combine);
    match ask(&Request { task: Task::Compile { nest, stage }, parts })? {
        (Answer::Compiled { tile, stateful, timings }, mut parts) if parts.len() == 1 => {
            Ok(Output { bytes: parts.remove(0), tile, stateful, timings })
        }
        _ => Err(garbled("compiling")),
    }
}

/// As [`shiver_codegen::examine_nest`], of code from outside.
pub(crate) fn examine_nest(
    body: Body<'_>,
    combine: Option<Body<'_>>,
    shape: Shape,
    cpu: &Cpu,
) -> Result<Examination, Error> {
    let nest = message::Nest::new(body, combine, shape, cpu);
    let parts = bitcodes(body, combine);
    match ask(&Request { task: Task::Examine { nest }, parts })? {
        (Answer::Examined { findings, stateful, timings }, mut parts) if parts.len() == 4 => {
            let object = std::mem::take(&mut parts[0]);
            let (built, optimized) = (text(&parts, 1), text(&parts, 2));
            let assembly = text(&parts, 3);
            let findings = *findings;
            Ok(Examination { object, built, optimized, assembly, findings, stateful, timings })
        }
        _ => Err(garbled("compiling")),
    }
}

/// The object of [`shiver_codegen::compile_state`], of code from outside.
pub(crate) fn compile_state(
    bitcode: &[u8],
    exported: bool,
    cpu: &Cpu,
) -> Result<Option<Vec<u8>>, Error> {
    let task = Task::State { exported, cpu: message::Target::from(cpu) };
    match ask(&Request { task, parts: vec![bitcode] })? {
        (Answer::State, mut parts) if parts.len() <= 1 => Ok(parts.pop()),
        _ => Err(garbled("compiling")),
    }
}

/// Asks the other process, or, where there can be none, does the work here.
fn ask(request: &Request<'_>) -> Result<Answered<Answer>, Error> {
    let doing = request.task.doing();
    let (reply, parts) = match pool::ask(request)? {
        Some(answered) => answered,
        None => {
            let _section = fork::section();
            work::perform(&request.task, &request.parts)
        }
    };
    match reply {
        Reply::Answer(answer) => Ok((answer, parts)),
        Reply::Refused(error) => Err(Error::Codegen(error)),
        Reply::Panicked(message) => Err(Error::Lost { doing, how: Loss::Panic(message) }),
    }
}

fn bitcodes<'a>(body: Body<'a>, combine: Option<Body<'a>>) -> Vec<&'a [u8]> {
    std::iter::once(body).chain(combine).map(|body| body.bitcode).collect()
}

fn text(parts: &[Vec<u8>], k: usize) -> String {
    parts.get(k).map_or_else(String::new, |part| String::from_utf8_lossy(part).into_owned())
}

fn garbled(doing: &'static str) -> Error {
    Error::Lost { doing, how: Loss::Garbled }
}
