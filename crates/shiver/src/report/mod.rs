//! What LLVM made of a loop, and why.
//!
//! * this file: the [`Report`], and how it is put together
//! * `reasons`: LLVM's reasons in words that say what to do about them
//! * `lines`: the lines of the source that reasons speak of

mod lines;
mod reasons;

use std::time::Duration;

use serde::Serialize;
use shiver_codegen::{Body, Examination, Findings, LoopFinding, Place, Shape, Stage, examine_nest};

use crate::module::{Key, compile_nest, cpu};
use crate::{Error, Function, apart, fork};
use lines::Lines;

/// What LLVM made of a loop.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The function, as its signature prints.
    pub function: String,
    /// How many indices the loop runs over; 0 where the function runs once.
    pub indices: usize,
    /// Whether all indices count up by one.
    pub unit_steps: bool,
    /// Whether the loop is a reduction.
    pub reduction: bool,
    /// The CPU that it is compiled for, by LLVM's name.
    pub cpu: String,
    /// Whether several iterations are computed by one instruction: in vectors, or by a call that copies
    /// or fills for the whole loop.
    pub vectorized: bool,
    /// How many iterations are in a vector: 1 where there are none, 0 where a call does it.
    pub width: u32,
    /// How many vectors, or iterations, are in flight at once.
    pub interleaving: u32,
    /// Whether there is a version whose stores go past the caches.
    pub streaming: bool,
    /// How many iterations of each index are computed together, where they share what they load.
    pub tiling: Option<Vec<u64>>,
    /// The loops inside of the body that are still loops, in the order of the source.
    pub inner_loops: Vec<InnerLoop>,
    /// Why loops are not vectorised.
    pub remarks: Vec<Remark>,
    /// What the compile took, stage by stage, in seconds.
    pub stages: Vec<(String, f64)>,
}

/// A loop inside of the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InnerLoop {
    /// The file, `<source>` for the source itself; empty if unknown.
    pub file: String,
    /// The line, from 1; 0 if unknown.
    pub line: u32,
    /// Whether several of its rounds are computed by one instruction.
    pub vectorized: bool,
    /// How many rounds are in a vector; 1 where there are none.
    pub width: u32,
    /// How many vectors, or rounds, are in flight at once.
    pub interleaving: u32,
}

/// A reason why a loop is not vectorised, and what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Whether it is about a loop inside of the body, and not the one over the iteration space.
    pub inner: bool,
    /// The file, `<source>` for the source itself; empty if unknown.
    pub file: String,
    /// The line, from 1; 0 if unknown.
    pub line: u32,
    /// The column, from 1; 0 if unknown.
    pub column: u32,
    /// The line's text; empty if unknown.
    pub source_line: String,
    /// What stands in the way.
    pub reason: String,
    /// What to change; empty where nothing is known to help.
    pub hint: String,
    /// LLVM's own words; empty where the reason is not LLVM's.
    pub llvm: String,
}

/// Compiles the loop once more, with LLVM's remarks and the places of the source. That gives the same
/// code, byte by byte, as the loop that runs.
pub(crate) fn make(function: &Function, (shape, combine): &Key) -> Result<Report, Error> {
    let module = function.module();
    let placed = module.placed();
    let front_end = placed.as_ref().map(|(_, time)| *time);
    let bitcode = placed.as_ref().map_or(&module.identity().bitcode, |(bitcode, _)| bitcode);
    let body = Body { bitcode, symbol: &function.signature().symbol };
    let op = combine.as_ref().map(|f| f.module().body(f.index()));
    let foreign = module.is_foreign() || combine.as_ref().is_some_and(|f| f.module().is_foreign());
    let looked = if foreign {
        apart::examine_nest(body, op, *shape, cpu())?
    } else {
        let _section = fork::section();
        examine_nest(body, op, *shape, cpu())?
    };
    // A symbol that is missing is told when the loop runs.
    let load = module.time_load(function.index(), &looked.object, combine.as_ref()).ok();

    let streams = Shape { streams: Shape::ALL_STREAMS, ..*shape };
    let streaming = compile_nest(foreign, body, op, streams, Stage::Ir)?;

    let Findings { nest, inner, tiling, .. } = &looked.findings;
    Ok(Report {
        function: function.signature().to_string(),
        indices: shape.indices,
        unit_steps: shape.unit_steps,
        reduction: shape.reduction.is_some(),
        cpu: cpu().name.clone(),
        vectorized: nest.width > 1 || nest.call.is_some(),
        width: if nest.call.is_some() { 0 } else { nest.width },
        interleaving: nest.interleaving,
        streaming: !streaming.bytes.is_empty(),
        tiling: tiling.clone(),
        inner_loops: inner.iter().map(inner_loop).collect(),
        remarks: match module.identity().target {
            Some(_) => vec![elsewhere()],
            None => remarks(&looked.findings, shape.indices, &Lines::of(module)),
        },
        stages: stages(front_end, &looked, load),
    })
}

fn stages(
    front_end: Option<Duration>,
    looked: &Examination,
    load: Option<Duration>,
) -> Vec<(String, f64)> {
    let timings = &looked.timings;
    let stages = [
        ("clang", front_end),
        ("nest", Some(timings.build)),
        ("optimize", Some(timings.optimize)),
        ("emit", Some(timings.emit)),
        ("load", load),
    ];
    let taken = |(name, time): (&str, Option<Duration>)| {
        time.map(|time| (name.to_owned(), time.as_secs_f64()))
    };
    stages.into_iter().filter_map(taken).collect()
}

fn inner_loop(found: &LoopFinding) -> InnerLoop {
    let place = found.place.as_ref().filter(|place| lines::is_of_source(place));
    InnerLoop {
        file: place.map_or_else(String::new, |place| place.file.clone()),
        line: place.map_or(0, |place| place.line),
        vectorized: found.width > 1,
        width: found.width,
        interleaving: found.interleaving,
    }
}

/// What there is to say of a loop around a function that is known by its address alone.
fn elsewhere() -> Remark {
    let reasons::Told { reason, hint, llvm } = reasons::elsewhere();
    Remark {
        inner: false,
        file: String::new(),
        line: 0,
        column: 0,
        source_line: String::new(),
        reason,
        hint,
        llvm,
    }
}

/// What stands in the way of vectors: first what is said of the nest's loop, then of those inside.
fn remarks(findings: &Findings, indices: usize, lines: &Lines) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut add = |inner: bool, place: Option<&Place>, told: reasons::Told| {
        let place = place.filter(|place| lines::is_of_source(place));
        let remark = Remark {
            inner,
            file: place.map_or_else(String::new, |place| place.file.clone()),
            line: place.map_or(0, |place| place.line),
            column: place.map_or(0, |place| place.column),
            source_line: place.and_then(|place| lines.text(place)).unwrap_or_default(),
            reason: told.reason,
            hint: told.hint,
            llvm: told.llvm,
        };
        let same = |other: &&mut Remark| {
            (other.inner, other.line, &other.reason) == (remark.inner, remark.line, &remark.reason)
        };
        match remarks.iter_mut().find(same) {
            None => remarks.push(remark),
            // Ours and LLVM's word on one thing.
            Some(other) if other.llvm.is_empty() => other.llvm = remark.llvm,
            Some(_) => {}
        }
    };
    let nest = &findings.nest;
    if indices > 0 && nest.width == 1 && nest.call.is_none() && !nest.considered {
        match findings.inner.first() {
            Some(first) => add(false, first.place.as_ref(), reasons::inner_loop()),
            None => add(false, None, reasons::nothing_left()),
        }
    }
    let all =
        std::iter::once((false, nest)).chain(findings.inner.iter().map(|found| (true, found)));
    for (inner, found) in all {
        for reason in reasons::telling(&found.reasons) {
            add(inner, reason.place.as_ref(), reasons::of(reason, &findings.calls));
        }
    }
    remarks
}
