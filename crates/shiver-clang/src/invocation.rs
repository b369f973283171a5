//! What compilations with the same options have in common.
//!
//! Clang's driver, the reading of its arguments and the names of its builtin functions are two fifths
//! of what the front end costs for a small source (2026-11: 0.7 of 1.7 ms), and depend on nothing in
//! it. So they are kept for the options that were used last.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use shiver_llvm::Cpu;

use crate::compile::{Failure, Places};
use crate::diagnostic::Diagnostic;
use crate::flags::{self, Sorted};
use crate::options::Options;
use crate::shim;

/// How many are kept. Each takes less than a megabyte.
const KEPT: usize = 4;

/// What clang is told besides the source and the folders of headers.
#[derive(Clone, PartialEq, Eq)]
struct Key {
    /// Without folders.
    options: Options,
    cpu: Cpu,
    places: Places,
}

/// Arguments that clang has read.
pub(crate) struct Invocation {
    /// For the shim.
    pub(crate) raw: shim::Invocation,
    /// What clang warns of.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Those that were used last, the latest at the end.
static LATEST: Mutex<Vec<(Key, Arc<Invocation>)>> = Mutex::new(Vec::new());

/// What the shim answers.
#[derive(Deserialize)]
struct Answer {
    diagnostics: Vec<Diagnostic>,
}

impl Invocation {
    /// The one for these options, kept or new.
    ///
    /// # Errors
    ///
    /// A flag or a define that is not taken, or trouble inside clang.
    pub(crate) fn of(
        options: &Options,
        sorted: &Sorted,
        cpu: &Cpu,
        places: Places,
    ) -> Result<Arc<Invocation>, Failure> {
        let options = Options { include_dirs: Vec::<PathBuf>::new(), ..options.clone() };
        let key = Key { options, cpu: cpu.clone(), places };
        let lock = || LATEST.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = {
            let mut latest = lock();
            let found = latest.iter().position(|(known, _)| *known == key);
            found.map(|k| latest.remove(k).1)
        };
        // Nothing is worked out under the lock: two threads may do so for the same options at once.
        let invocation = match kept {
            Some(invocation) => invocation,
            None => Arc::new(Invocation::new(&key, sorted)?),
        };
        let mut latest = lock();
        latest.retain(|(known, _)| *known != key);
        latest.push((key, Arc::clone(&invocation)));
        // Freed when the lock is not held.
        let old = (latest.len() > KEPT).then(|| latest.remove(0));
        drop(latest);
        drop(old);
        Ok(invocation)
    }

    fn new(key: &Key, sorted: &Sorted) -> Result<Invocation, Failure> {
        let (arguments, mut warnings) =
            flags::translate(&key.options, sorted, &key.cpu, key.places)?;
        let (json, raw) = shim::understand(&arguments).map_err(Failure::Internal)?;
        let mut answer: Answer = serde_json::from_str(&json)
            .map_err(|e| Failure::Internal(format!("what it answers cannot be read: {e}")))?;
        if let Some(failure) = flags::misunderstood(sorted, &answer.diagnostics) {
            return Err(failure);
        }
        warnings.append(&mut answer.diagnostics);
        match raw {
            Some(raw) => Ok(Invocation { raw, warnings }),
            None => Err(Failure::Diagnostics(warnings)),
        }
    }
}
