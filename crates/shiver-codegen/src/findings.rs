//! What LLVM's remarks tell of the loops of a nest.

use serde::{Deserialize, Serialize};

use crate::places::NEST;
use crate::remarks::{Place, Remark, RemarkKind};
use crate::shape::{NEST_SYMBOL, Tile};

/// What became of the loops.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The loop over the iteration space: the innermost one, where the space has several indices.
    pub nest: LoopFinding,
    /// Loops inside of the body that are still loops, in the order of the source.
    pub inner: Vec<LoopFinding>,
    /// Calls that were not inlined, with LLVM's reasons, each once.
    pub calls: Vec<Remark>,
    /// Straight code that became vectors.
    pub straight: Vec<Remark>,
    /// How many iterations of each index are computed together, where they share what they load.
    pub tiling: Option<Vec<u64>>,
}

/// What became of one loop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoopFinding {
    /// The symbol of the function that it is in: the nest, or a function that was not inlined.
    pub function: String,
    /// Where it stands in the source; `None` for the nest's own, and where no places are known.
    pub place: Option<Place>,
    /// Whether LLVM's vectoriser looked at it. It looks at innermost loops, as far as they still are
    /// loops.
    pub considered: bool,
    /// How many iterations are in one vector; 1 where there are no vectors.
    pub width: u32,
    /// How many such vectors, or iterations, are in flight at once.
    pub interleaving: u32,
    /// The call that the whole loop became, where LLVM knew it for a copy or a fill.
    pub call: Option<Remark>,
    /// Why it has no vectors, in LLVM's order.
    pub reasons: Vec<Remark>,
}

impl Findings {
    /// Reads the remarks of a compile. `left` are the places of the body's loops that are left in the
    /// nest, of some of which LLVM says nothing.
    ///
    /// A nest of tiles has its vectors from us, and LLVM says nothing of them.
    pub(crate) fn of(remarks: Vec<Remark>, left: Vec<Place>, tile: Option<Tile>) -> Findings {
        let mut findings = Findings::default();
        for place in left {
            let function = NEST_SYMBOL.to_owned();
            findings.inner.push(LoopFinding { function, place: Some(place), ..Default::default() });
        }
        // The reasons come first, and then, at the loop's own place, what was decided.
        let mut reasons = Vec::new();
        for remark in remarks {
            match (remark.pass.as_str(), remark.kind) {
                ("loop-vectorize", RemarkKind::Passed) => {
                    let numbers = numbers(&remark.message);
                    let (width, interleaving) = match (remark.name.as_str(), numbers.as_slice()) {
                        ("Vectorized", [width, interleaving, ..]) => (*width, *interleaving),
                        ("Interleaved", [interleaving, ..]) => (1, *interleaving),
                        _ => continue,
                    };
                    let found = findings.loop_at(&remark);
                    found.interleaving = match width.cmp(&found.width) {
                        std::cmp::Ordering::Less => found.interleaving,
                        std::cmp::Ordering::Equal => found.interleaving.max(interleaving),
                        std::cmp::Ordering::Greater => interleaving,
                    };
                    found.width = found.width.max(width);
                    found.reasons.append(&mut reasons);
                }
                // Nothing but that there are no vectors.
                ("loop-vectorize", _) if remark.name == "MissedDetails" => {
                    let found = findings.loop_at(&remark);
                    found.reasons.append(&mut reasons);
                }
                ("loop-vectorize", _) if speaks_of_interleaving(&remark) => {}
                // The last word on a loop that could have vectors, and is better without.
                ("loop-vectorize", RemarkKind::Missed) => {
                    let found = findings.loop_at(&remark);
                    found.reasons.append(&mut reasons);
                    found.reasons.push(remark);
                }
                ("loop-vectorize", RemarkKind::Analysis) => reasons.push(remark),
                ("shiver", _) => findings.nest.reasons.push(remark),
                ("loop-idiom", RemarkKind::Passed) => findings.nest.call = Some(remark),
                ("slp-vectorizer", RemarkKind::Passed) => findings.straight.push(remark),
                ("inline", RemarkKind::Missed) if !findings.calls.contains(&remark) => {
                    findings.calls.push(remark);
                }
                _ => {}
            }
        }
        findings.settle();
        if let Some(tile) = tile {
            findings.tiling = Some(vec![tile.rows, tile.lanes]);
            findings.nest.width = tile.width;
            findings.nest.interleaving = (tile.rows * tile.lanes) as u32 / tile.width;
            findings.nest.reasons.clear();
        }
        findings
    }

    /// Adds that the vectors are for a stride of 1 only.
    pub(crate) fn note_stride_of_one(&mut self) {
        let loops = self.inner.iter_mut().chain([&mut self.nest]);
        if let Some(found) = loops.into_iter().find(|found| found.width > 1) {
            found.reasons.push(Remark {
                kind: RemarkKind::Analysis,
                pass: "shiver".to_owned(),
                name: "StrideOfOne".to_owned(),
                function: found.function.clone(),
                place: found.place.clone(),
                message: "vectors are for a stride of 1 only".to_owned(),
            });
        }
    }

    /// The loop that a remark at a loop's own place is about.
    fn loop_at(&mut self, remark: &Remark) -> &mut LoopFinding {
        let of_nest = remark.function == NEST_SYMBOL
            && remark.place.as_ref().is_none_or(|place| place.file == NEST);
        let found = if of_nest {
            &mut self.nest
        } else {
            let known = self
                .inner
                .iter()
                .position(|found| found.place == remark.place && found.function == remark.function);
            let at = known.unwrap_or_else(|| {
                self.inner.push(LoopFinding {
                    function: remark.function.clone(),
                    place: remark.place.clone(),
                    ..Default::default()
                });
                self.inner.len() - 1
            });
            &mut self.inner[at]
        };
        found.considered = true;
        found
    }

    fn settle(&mut self) {
        self.nest.function = NEST_SYMBOL.to_owned();
        self.inner.sort_by(|a, b| a.place.cmp(&b.place));
        // LLVM may have split off the iterations in which a loop of the body goes round no times. What
        // it says of these is not said of the loop.
        if self.inner.iter().any(|found| found.function == NEST_SYMBOL) {
            self.nest = LoopFinding {
                function: std::mem::take(&mut self.nest.function),
                reasons: std::mem::take(&mut self.nest.reasons),
                ..Default::default()
            };
            self.nest.reasons.retain(|reason| reason.pass == "shiver");
        }
        for found in std::iter::once(&mut self.nest).chain(&mut self.inner) {
            found.width = found.width.max(1);
            found.interleaving = found.interleaving.max(1);
            // LLVM may have made several loops of one, and vectors in some of them.
            if found.width > 1 {
                found.reasons.clear();
            }
            let mut seen = Vec::new();
            found.reasons.retain(|reason| {
                let new = !seen.contains(reason);
                seen.push(reason.clone());
                new
            });
        }
        // A fill beside other work leaves a loop.
        if self.nest.considered {
            self.nest.call = None;
        }
    }
}

/// LLVM counts the reasons against interleaving apart from those against vectors.
fn speaks_of_interleaving(remark: &Remark) -> bool {
    remark.name.starts_with("Interleaving") || remark.name == "HistogramPreventsScalarInterleaving"
}

/// The numbers in a text.
fn numbers(text: &str) -> Vec<u32> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remark(kind: RemarkKind, name: &str, place: Option<(&str, u32)>, message: &str) -> Remark {
        Remark {
            kind,
            pass: "loop-vectorize".to_owned(),
            name: name.to_owned(),
            function: NEST_SYMBOL.to_owned(),
            place: place.map(|(file, line)| Place { file: file.to_owned(), line, column: 0 }),
            message: message.to_owned(),
        }
    }

    #[test]
    fn reasons_belong_to_the_decision_that_follows() {
        use RemarkKind::*;
        let findings = Findings::of(
            vec![
                remark(Analysis, "CantVectorizeLibcall", Some(("f.c", 9)), "call"),
                remark(Missed, "MissedDetails", Some(("f.c", 4)), "loop not vectorized"),
                remark(Analysis, "UnsafeDep", Some(("f.c", 5)), "unsafe"),
                remark(Analysis, "UnsafeDep", Some(("f.c", 5)), "unsafe"),
                remark(Missed, "MissedDetails", Some(("f.c", 5)), "loop not vectorized"),
            ],
            vec![],
            None,
        );
        let names = |found: &LoopFinding| {
            found.reasons.iter().map(|reason| reason.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&findings.inner[0]), ["CantVectorizeLibcall"]);
        assert_eq!(names(&findings.inner[1]), ["UnsafeDep"]);
        assert_eq!(findings.inner.len(), 2);
        assert_eq!((findings.nest.width, findings.nest.interleaving), (1, 1));
    }

    #[test]
    fn what_is_said_of_iterations_without_the_inner_loop_does_not_count() {
        let done = "vectorized loop (vectorization width: 8, interleaved count: 4)";
        let passed = remark(RemarkKind::Passed, "Vectorized", Some((NEST, 1)), done);
        let left = Place { file: "f.c".to_owned(), line: 2, column: 3 };
        let findings = Findings::of(vec![passed], vec![left.clone()], None);
        assert_eq!((findings.nest.width, findings.nest.considered), (1, false));
        assert_eq!(findings.inner[0].place, Some(left));
    }

    #[test]
    fn of_several_copies_of_a_loop_the_widest_counts() {
        use RemarkKind::*;
        let done = "vectorized loop (vectorization width: 8, interleaved count: 4)";
        let less = "vectorized loop (vectorization width: 4, interleaved count: 9)";
        let findings = Findings::of(
            vec![
                remark(Analysis, "CFGNotUnderstood", Some((NEST, 1)), "flow"),
                remark(Missed, "MissedDetails", Some((NEST, 1)), "loop not vectorized"),
                remark(Passed, "Vectorized", Some((NEST, 1)), done),
                remark(Passed, "Vectorized", Some((NEST, 1)), less),
            ],
            vec![],
            None,
        );
        let nest = findings.nest;
        assert_eq!((nest.width, nest.interleaving, nest.reasons), (8, 4, vec![]));
    }

    #[test]
    fn a_nest_of_tiles_has_its_vectors_from_us() {
        let why =
            remark(RemarkKind::Missed, "MissedDetails", Some((NEST, 1)), "loop not vectorized");
        let findings = Findings::of(vec![why], vec![], Some(Tile { rows: 4, lanes: 24, width: 8 }));
        let nest = findings.nest;
        assert_eq!((nest.width, nest.interleaving, nest.reasons), (8, 12, vec![]));
        assert_eq!(findings.tiling, Some(vec![4, 24]));
    }
}
