//! What is asked and answered, and how it travels.
//!
//! A message is a row of byte strings, the first of which is JSON that says what the others are. Around
//! them go, as little-endian numbers of 64 bits, their number and their lengths.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shiver_codegen::{Body, Error, Findings, Shape, Stage, Tile, Timings};
use shiver_llvm::Cpu;
use shiver_signature::Signature;

/// A task, and the byte strings that it is about.
pub(super) struct Request<'a> {
    pub(super) task: Task,
    pub(super) parts: Vec<&'a [u8]>,
}

/// What is to be done.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Task {
    /// Part 0 is text or bitcode, to be taken over. Functions named in `own` are not LLVM's. `refined`
    /// replaces what LLVM's types tell of each signature, in the order in which they are told.
    Import { text: bool, name: Option<String>, own: Vec<String>, refined: Option<Vec<Signature>> },
    /// The signatures of bitcode.
    Signatures,
    /// Bitcode as text.
    Print,
    /// Bitcode with liberties taken with its arithmetic.
    FastMath { names: Vec<String> },
    /// A nest; the parts are the bitcode of the body and, of a reduction with a function of its own, that
    /// function's.
    Compile { nest: Nest, stage: Stage },
    /// A nest, looked at.
    Examine { nest: Nest },
    /// The variables of bitcode.
    State { exported: bool, cpu: Target },
}

impl Task {
    /// What LLVM is doing, for an error.
    pub(super) fn doing(&self) -> &'static str {
        match self {
            Task::Import { .. } | Task::Signatures | Task::Print | Task::FastMath { .. } => {
                "reading"
            }
            Task::Compile { .. } | Task::Examine { .. } | Task::State { .. } => "compiling",
        }
    }
}

/// Which nest.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Nest {
    symbol: String,
    combine: Option<String>,
    pub(super) shape: Shape,
    pub(super) cpu: Target,
}

impl Nest {
    pub(super) fn new(body: Body<'_>, combine: Option<Body<'_>>, shape: Shape, cpu: &Cpu) -> Nest {
        let combine = combine.map(|combine| combine.symbol.to_owned());
        Nest { symbol: body.symbol.to_owned(), combine, shape, cpu: Target::from(cpu) }
    }

    /// The body, and the function of a reduction; `None` where the parts are not those.
    pub(super) fn bodies<'a>(&'a self, parts: &[&'a [u8]]) -> Option<(Body<'a>, Option<Body<'a>>)> {
        let body = Body { bitcode: parts.first()?, symbol: &self.symbol };
        match &self.combine {
            None => Some((body, None)),
            Some(symbol) => Some((body, Some(Body { bitcode: parts.get(1)?, symbol }))),
        }
    }
}

/// A CPU to compile for.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Target {
    name: String,
    features: String,
}

impl From<&Cpu> for Target {
    fn from(cpu: &Cpu) -> Target {
        Target { name: cpu.name.clone(), features: cpu.features.clone() }
    }
}

impl Target {
    pub(super) fn cpu(&self) -> Cpu {
        Cpu { name: self.name.clone(), features: self.features.clone() }
    }
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    Answer(Answer),
    Refused(Error),
    Panicked(String),
}

/// The answer to each task, with its byte strings.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// The signatures before they were refined, and those of the module; the bitcode.
    Imported {
        found: Vec<Signature>,
        signatures: Vec<Signature>,
    },
    Signatures(Vec<Signature>),
    /// The text.
    Text,
    /// The bitcode.
    Bitcode,
    /// The object, or a text.
    Compiled {
        tile: Option<Tile>,
        stateful: bool,
        timings: Timings,
    },
    /// The object, and three texts.
    Examined {
        findings: Box<Findings>,
        stateful: bool,
        timings: Timings,
    },
    /// The object, if there is something to compile.
    State,
}

/// A reply with the byte strings of its answer.
pub(super) type Answered<T> = (T, Vec<Vec<u8>>);

/// A message as bytes.
pub(super) fn encode(head: &impl Serialize, parts: &[&[u8]]) -> Vec<u8> {
    let head = serde_json::to_vec(head).expect("string keys and finite numbers only");
    let all = || std::iter::once(head.as_slice()).chain(parts.iter().copied());
    let mut bytes = (all().count() as u64).to_le_bytes().to_vec();
    bytes.extend(all().flat_map(|part| (part.len() as u64).to_le_bytes()));
    bytes.extend(all().flatten());
    bytes
}

/// The inverse of [`encode`]; `None` for what it cannot have made.
pub(super) fn decode<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Option<(T, Vec<&[u8]>)> {
    let mut rest = bytes;
    let mut number = || {
        let (word, behind) = rest.split_at_checked(8)?;
        rest = behind;
        usize::try_from(u64::from_le_bytes(word.try_into().ok()?)).ok()
    };
    let count = number()?;
    let lengths = (0..count.min(bytes.len())).map(|_| number()).collect::<Option<Vec<_>>>()?;
    let mut parts = Vec::new();
    for length in lengths {
        let (part, behind) = rest.split_at_checked(length)?;
        parts.push(part);
        rest = behind;
    }
    if parts.is_empty() || !rest.is_empty() {
        return None;
    }
    let head = serde_json::from_slice(parts.remove(0)).ok()?;
    Some((head, parts))
}

/// What stands in front of a request: its length in bytes, and how many milliseconds it may take.
pub(super) const REQUEST_HEADER: usize = 16;

/// What is sent as soon as a request has arrived.
pub(super) const TAKEN: u8 = b't';

/// How a request ended: this byte, and a number of 64 bits.
pub(super) const OUTCOME_HEADER: usize = 9;

/// The number is the length of the reply, which follows.
pub(super) const DONE: u8 = b'd';

/// The number is a signal.
pub(super) const SIGNAL: u8 = b's';

/// The time was up.
pub(super) const LATE: u8 = b'l';

/// A request as it is sent.
pub(super) fn frame(request: &Request<'_>, limit: Duration) -> Vec<u8> {
    let payload = encode(&request.task, &request.parts);
    let millis = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    let header = [payload.len() as u64, millis].map(u64::to_le_bytes);
    [header.as_flattened(), &payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn messages_come_back(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..5)) {
            let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            let task = Task::State { exported: true, cpu: Target { name: "a".into(), features: "+b".into() } };
            let bytes = encode(&task, &parts);
            prop_assert_eq!(decode::<Task>(&bytes), Some((task, parts)));
            for length in 0..bytes.len() {
                prop_assert_eq!(decode::<Task>(&bytes[..length]), None);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode::<Task>(&bytes);
        }
    }
}
