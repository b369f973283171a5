//! Whether a loop's stores go past the caches.
//!
//! They win where the arrays that a loop writes are too long for the caches to keep, and lose, by up
//! to a factor of two, where they are not. And an array that is read as well has its lines in the
//! caches anyway. So it is decided for each call, from the ranges that the nest's accesses have in it;
//! the bits are the same either way.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use shiver_codegen::{Access, Bounds, Shape, Streams};
use shiver_queue::{Space, default_threads};
use shiver_signature::{Signature, Type};

/// The least number of bytes that a loop has to write for it to stream them.
///
/// It is the share in the last cache that the process can count on. `y[i] = x[i] + 1.0` over doubles
/// on two cores of a Xeon with AMX (2 MB of L2 per core; the 480 MB of L3 belong to many more), time
/// past the caches / through them, medians, by `examples/streaming.rs`, 2026-11-23:
///
/// | written | the loop | and one that reads it then |
/// |---|---|---|
/// | 0.8 MB | 6.7 | 4.8 |
/// | 8 MB | 1.8 | 1.6 |
/// | 17 MB | 1.45 | 1.39 |
/// | 25 MB | 1.15 | 1.19 |
/// | 37 MB | 0.82 | 0.94 |
/// | 55 MB | 0.65 | 0.80 |
/// | 800 MB | 0.63 | 0.79 |
///
/// One thread crosses over at the same size.
pub(crate) fn least_bytes() -> u64 {
    /// The share of a CPU; where a machine is divided, the caches' sizes are still those of the whole.
    const SHARE: u64 = 16 << 20;
    /// 0 until known. No lock, which a fork would have to wait for.
    static LEAST: AtomicU64 = AtomicU64::new(0);
    match LEAST.load(Ordering::Relaxed) {
        0 => {
            let share = SHARE * default_threads() as u64;
            let last = last_cache("/sys/devices/system/cpu/cpu0/cache");
            let least = last.map_or(share, |size| size.min(share)).max(1);
            LEAST.store(least, Ordering::Relaxed);
            least
        }
        known => known,
    }
}

/// A loop of no more iterations writes less than that, whatever the machine, so that nobody has to ask.
pub(crate) const FEW: u64 = 1 << 14;

/// The size of the last cache that a folder of Linux tells of.
fn last_cache(folder: &str) -> Option<u64> {
    let caches = fs::read_dir(folder).ok()?.flatten().filter_map(|entry| {
        let read = |name| fs::read_to_string(entry.path().join(name)).ok();
        let level: u32 = read("level")?.trim().parse().ok()?;
        let size = read("size")?;
        let size = size.trim();
        let (digits, unit) = size.split_at(size.find(|c: char| !c.is_ascii_digit())?);
        let unit = match unit {
            "K" => 1 << 10,
            "M" => 1 << 20,
            _ => return None,
        };
        Some((level, digits.parse::<u64>().ok()?.checked_mul(unit)?))
    });
    caches.max().map(|(_, size)| size)
}

/// Whether a loop of so many iterations may write that many bytes, as far as a signature tells. Asked
/// of every call, it looks at the number first.
pub(crate) fn may_write(signature: &Signature, shape: Shape, iterations: u64, least: u64) -> bool {
    /// What an iteration may write through a pointer to something unknown, and more than most write
    /// in all.
    const MOST: u64 = 64;
    if iterations < least / MOST || !shape.unit_steps {
        return false;
    }
    let size = |ty: &Type| ty.as_scalar().map_or(MOST, |scalar| scalar.size() as u64);
    let through = |ty: &Type| match ty.as_pointer() {
        Some(pointer) if !pointer.is_const => size(&pointer.to),
        _ => 0,
    };
    let result = if signature.returns == Type::Void { 0 } else { size(&signature.returns) };
    let bytes = signature.params.iter().map(|param| through(&param.ty)).sum::<u64>() + result;
    iterations.saturating_mul(bytes) >= least
}

/// Which arrays to stream in a call: those that nothing else in it touches and that can be aligned
/// together, if that makes up `least` bytes. `frame` is what the nest is going to read.
pub(crate) fn choose(streams: &Streams, frame: &[u64], space: &Space, least: u64) -> u8 {
    if space.iterations() == 0 {
        return 0;
    }
    let call = Call { frame, space };
    let ranges: Vec<_> = streams.written.iter().map(|access| call.range(access)).collect();
    let others: Vec<_> = streams.others.iter().map(|access| call.range(access)).collect();
    let alone = |k: usize| {
        let rest =
            ranges.iter().enumerate().filter(|&(other, _)| other != k).map(|(_, range)| range);
        rest.chain(&others).all(|&range| !overlap(range, ranges[k]))
    };
    let candidates: Vec<_> = (0..ranges.len())
        .filter(|&k| alone(k))
        .filter_map(|k| Some((k, call.alignment(&streams.written[k])?)))
        .collect();
    let together = |first: &Alignment| {
        let same = candidates.iter().filter(|(_, alignment)| alignment == first);
        same.fold((0, 0), |(bytes, bits), (k, _)| (bytes + first.stride, bits | 1 << k))
    };
    let best = candidates.iter().map(|(_, alignment)| together(alignment)).max();
    let (bytes, bits) = best.unwrap_or_default();
    if space.iterations().saturating_mul(bytes) >= least { bits } else { 0 }
}

fn overlap(a: Bounds, b: Bounds) -> bool {
    a.0 < b.1 && b.0 < a.1
}

/// Where an array lies in its lines: arrays that agree in this begin lines in the same iterations.
#[derive(PartialEq, Eq)]
struct Alignment {
    stride: u64,
    /// Of the first iteration.
    first: u64,
    /// How it moves on with each index but the last.
    rows: Vec<u64>,
}

struct Call<'a> {
    frame: &'a [u64],
    space: &'a Space,
}

impl Call<'_> {
    /// The addresses that an access reaches, the last one not included. Where they are not known they
    /// are taken to begin at the pointer: that an iteration reads before it what it writes is all that
    /// the rule against races leaves.
    fn range(&self, access: &Access) -> Bounds {
        let dims = self.space.dims();
        let index = |k: usize| {
            let (first, last) = (dims[k].start(), dims[k].last().unwrap_or(dims[k].start()));
            (first.min(last), first.max(last))
        };
        let trip = |k: usize| (0, i128::from(dims[k].len()) - 1);
        let base = i128::from(self.frame[access.word]);
        let offset = access.offset.as_ref();
        let (low, high) = offset.map_or((0, 0), |f| f.bounds(self.frame, &index, &trip));
        (base.saturating_add(low), base.saturating_add(high).saturating_add(access.bytes.into()))
    }

    /// How a written array lies in its lines; `None` where no iteration begins a line.
    fn alignment(&self, access: &Access) -> Option<Alignment> {
        const LINE: i128 = 64;
        let dims = self.space.dims();
        let offset = access.offset.as_ref()?;
        // The address of the iteration that is the second of index `moved`, and the first of others.
        let at = |moved: Option<usize>| {
            let index = |k: usize| {
                let value = dims[k].value(u64::from(moved == Some(k)));
                (value, value)
            };
            let trip = |k: usize| (i128::from(moved == Some(k)), i128::from(moved == Some(k)));
            let (offset, _) = offset.bounds(self.frame, &index, &trip);
            i128::from(self.frame[access.word]).saturating_add(offset)
        };
        let stride = access.bytes;
        let first = at(None);
        let outer = (0..dims.len() - 1).filter(|&k| dims[k].len() > 1);
        let rows: Vec<_> =
            outer.map(|k| at(Some(k)).saturating_sub(first).rem_euclid(LINE) as u64).collect();
        let first = first.rem_euclid(LINE) as u64;
        let whole = rows.iter().chain([&first]).all(|offset| offset.is_multiple_of(stride));
        whole.then_some(Alignment { stride, first, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shiver_queue::Dim;

    fn space(extents: &[i128]) -> Space {
        Space::new(extents.iter().map(|&n| Dim::upto(n))).unwrap()
    }

    /// `written` and `others` are lists of (word, bytes, formula).
    fn streams(written: &[(usize, u64, &str)], others: &[(usize, u64, &str)]) -> Streams {
        let access = |&(word, bytes, formula): &(usize, u64, &str)| Access {
            word,
            bytes,
            offset: (formula != "?").then(|| formula.parse().unwrap()),
        };
        let list = |all: &[_]| all.iter().map(access).collect();
        Streams { streamed: 1, written: list(written), others: list(others) }
    }

    #[test]
    fn what_is_long_enough_and_touched_once() {
        let add1 = streams(&[(1, 8, "* i0 8")], &[(0, 8, "* i0 8")]);
        let chosen = |x: u64, y: u64, n: i128, least| choose(&add1, &[x, y], &space(&[n]), least);
        assert_eq!(chosen(0x10000, 0x20000, 100, 800), 1);
        assert_eq!(chosen(0x10000, 0x20000, 100, 801), 0);
        assert_eq!(chosen(0x20000, 0x20000, 100, 800), 0);
        // The arrays touch, and then share one element.
        assert_eq!(chosen(0x20000 - 800, 0x20000, 100, 800), 1);
        assert_eq!(chosen(0x20000 - 792, 0x20000, 100, 800), 0);
        assert_eq!(chosen(0x20000 + 800, 0x20000, 100, 800), 1);
        assert_eq!(chosen(0x20000 + 792, 0x20000, 100, 800), 0);
        // No double lies at a line's beginning.
        assert_eq!(chosen(0x10000, 0x20004, 100, 800), 0);
        assert_eq!(chosen(0x10000, 0x20000, 0, 0), 0);
    }

    #[test]
    fn a_range_that_is_not_known_begins_at_its_pointer() {
        let gather = streams(&[(2, 8, "* i0 8")], &[(0, 8, "?"), (1, 8, "* i0 8")]);
        let chosen = |x: u64| choose(&gather, &[x, 0x10000, 0x20000], &space(&[100]), 1);
        assert_eq!(chosen(0x30000), 1);
        assert_eq!(chosen(0x20000), 0);
        assert_eq!(chosen(0x20000 + 400), 0);
    }

    #[test]
    fn arrays_that_are_aligned_together() {
        let two = streams(&[(0, 8, "* i0 8"), (1, 8, "* i0 8"), (2, 4, "* i0 4")], &[]);
        let chosen = |a: u64, b: u64, c: u64| choose(&two, &[a, b, c], &space(&[100]), 1);
        assert_eq!(chosen(0x10010, 0x20010, 0x30010), 0b011);
        assert!([0b001, 0b010].contains(&chosen(0x10010, 0x20018, 0x30010)));
        // One of two that overlap is none too few to leave both.
        assert_eq!(chosen(0x10010, 0x10010, 0x30010), 0b100);
    }

    #[test]
    fn rows_that_begin_elsewhere_in_their_lines() {
        let rows = |a: &str, b: &str| {
            let two = streams(&[(0, 8, a), (1, 8, b)], &[]);
            choose(&two, &[0x100000, 0x200000, 33], &space(&[10, 30]), 1)
        };
        assert_eq!(rows("+ * * i0 w2:s64 8 * i1 8", "+ * * i0 w2:s64 8 * i1 8"), 0b11);
        assert!(rows("+ * * i0 w2:s64 8 * i1 8", "+ * i0 320 * i1 8").is_power_of_two());
        assert_eq!(rows("+ * i0 300 * i1 8", "+ * i0 300 * i1 8"), 0);
    }

    #[test]
    fn what_a_signature_tells() {
        let may = |source: &str, iterations, least| {
            let compiled =
                shiver_clang::compile(source, &Default::default(), crate::module::cpu()).unwrap();
            let shape =
                Shape { indices: 1, unit_steps: true, reduction: None, tiles: true, streams: 0 };
            may_write(&compiled.signatures[0], shape, iterations, least)
        };
        let add1 = "void f(const double *x, double *y, long i) { y[i] = x[i]; }";
        assert!(may(add1, 1000, 8000) && !may(add1, 1000, 8001));
        let result = "float f(const double *x, long i) { return x[i]; }";
        assert!(may(result, 1000, 4000) && !may(result, 1000, 4001));
        let unknown = "struct s; void f(struct s *s, long i) { }";
        assert!(may(unknown, 1000, 64_000) && !may(unknown, 1000, 64_001));
        let nothing = "void f(const double *x, long i) { }";
        assert!(!may(nothing, u64::MAX, 1));
    }

    #[test]
    fn the_last_cache_is_the_largest_level() {
        let folder = std::env::temp_dir().join(format!("shiver-caches-{}", std::process::id()));
        for (k, (level, size)) in [("1", "48K"), ("3", "36864K"), ("2", "2M")].iter().enumerate() {
            let index = folder.join(format!("index{k}"));
            fs::create_dir_all(&index).unwrap();
            fs::write(index.join("level"), format!("{level}\n")).unwrap();
            fs::write(index.join("size"), format!("{size}\n")).unwrap();
        }
        assert_eq!(last_cache(folder.to_str().unwrap()), Some(36 << 20));
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(last_cache(folder.to_str().unwrap()), None);
        assert!(least_bytes() >= 1 << 20);
    }
}
