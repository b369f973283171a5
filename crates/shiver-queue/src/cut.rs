//! From an iteration space to units: a grid of equal boxes, *tiles*, numbered row by row; a *unit* is one tile, or
//! several in a row where there would be more than 2^24.
//!
//! Consecutive tiles are put together again to as few boxes as they make, so small tiles cost cheap loops nothing.

use std::ops::{ControlFlow, Range};

use crate::few::Few;
use crate::share::{Share, Units};
use crate::{Quantum, Space, Tile};

/// The most units a space is cut in.
const MOST_UNITS: u64 = if cfg!(test) { 1 << 10 } else { Share::MOST_UNITS };

/// Kept together along the last index, where there is as much: long enough for a vector loop and its prologue.
const ROW: u64 = 512;

/// Even lengths along the last index are rounded up to this, so that vectors come out whole.
const ROW_MULTIPLE: u64 = 16;

/// How one index is cut.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    /// Which index.
    index: usize,
    /// Trips.
    extent: u64,
    /// Trips per tile; the last tile may have fewer.
    edge: u64,
    /// Tiles.
    count: u64,
    /// How many tiles further the next one along this index is.
    stride: u64,
}

/// A space cut in tiles.
#[derive(Clone, Debug, PartialEq)]
#[repr(C)]
pub(crate) struct Cut {
    /// Tiles in all; at least one.
    tiles: u64,
    /// Tiles per unit.
    per_unit: u64,
    /// Iterations of a tile that is whole.
    volume: u64,
    /// The one whose tiles are numbered without a jump comes last.
    axes: Few<Axis>,
    quantum: Quantum,
}

impl Cut {
    /// Cuts in tiles of at most `grain` iterations that could not be longer along any index. The space is not empty.
    pub(crate) fn exact(space: &Space, grain: u64) -> Cut {
        let mut edges = Few::filled(1, space.dims().len());
        fill(
            &mut edges,
            space,
            grain,
            |extent, room| if room > ROW { extent.min(ROW) } else { extent.min(room) },
        );
        // What the compact box left over goes to the last index first.
        for d in (0..edges.len()).rev() {
            let others: u64 =
                edges.iter().enumerate().map(|(e, edge)| if e == d { 1 } else { *edge }).product();
            edges[d] = space.dims()[d].len().min(grain / others);
        }
        Cut::with(space, &edges)
    }

    /// Cuts in compact tiles of at most, and some, `volume` iterations. The space is not empty.
    pub(crate) fn fine(space: &Space, volume: u64) -> Cut {
        let mut edges = Few::filled(1, space.dims().len());
        fill(&mut edges, space, volume, |extent, room| {
            let longest = room.min(ROW);
            if extent <= longest {
                extent
            } else if longest < ROW_MULTIPLE || space.dims().len() == 1 {
                longest
            } else {
                let rows = extent.div_ceil(longest);
                extent.div_ceil(rows).next_multiple_of(ROW_MULTIPLE).min(longest)
            }
        });
        Cut::with(space, &edges)
    }

    /// Cuts in tiles of whole quanta, of about `volume` iterations. Along the last index a tile has one quantum, and
    /// consecutive tiles are neighbours along the last index but one: what they read for the last index, they have in
    /// common. The space has two indices at least, and is not empty.
    pub(crate) fn quantized(space: &Space, volume: u64, quantum: Quantum) -> Cut {
        let mut edges = Few::filled(1, space.dims().len());
        let last = edges.len() - 1;
        let (rows, lanes) = (quantum.rows.get(), quantum.lanes.get());
        edges[last] = lanes.min(space.dims()[last].len());
        let height = (volume / edges[last] / rows).max(1).saturating_mul(rows);
        edges[last - 1] = height.min(space.dims()[last - 1].len());
        Cut {
            quantum,
            ..Cut::ordered(space, &edges, |place| match place {
                _ if place == last => last - 1,
                _ if place + 1 == last => last,
                _ => place,
            })
        }
    }

    fn with(space: &Space, edges: &[u64]) -> Cut {
        Cut::ordered(space, edges, |place| place)
    }

    /// Cuts in tiles with these edges, numbered index by index in the order that `index` gives.
    fn ordered(space: &Space, edges: &[u64], index: impl Fn(usize) -> usize) -> Cut {
        let axis = |index: usize| {
            let (extent, edge) = (space.dims()[index].len(), edges[index]);
            Axis { index, extent, edge, count: extent.div_ceil(edge), stride: 1 }
        };
        let spare = Axis { index: 0, extent: 0, edge: 1, count: 0, stride: 0 };
        let mut axes = Few::collect((0..edges.len()).map(|place| axis(index(place))), spare);
        let mut tiles = 1;
        for axis in axes.iter_mut().rev() {
            axis.stride = tiles;
            tiles *= axis.count;
        }
        let (per_unit, volume) = (tiles.div_ceil(MOST_UNITS), edges.iter().product());
        Cut { axes, tiles, per_unit, volume, quantum: Quantum::ONE }
    }

    /// Becomes another cut; what both have in common is not written.
    pub(crate) fn become_like(&mut self, other: &Cut) {
        if self != other {
            self.clone_from(other);
        }
    }

    /// How many indices there are.
    pub(crate) fn rank(&self) -> usize {
        self.axes.len()
    }

    /// What is never cut apart where a tile is sliced.
    pub(crate) fn quantum(&self) -> Quantum {
        self.quantum
    }

    /// How many times longer than others the slices of a tile may take: what neighbours have in common is prepared
    /// for each slice anew.
    pub(crate) fn patience(&self) -> u64 {
        if self.quantum == Quantum::ONE { 1 } else { 32 }
    }

    /// How many units there are; at least one.
    pub(crate) fn units(&self) -> u32 {
        self.tiles.div_ceil(self.per_unit) as u32
    }

    /// Iterations of a unit that is whole.
    pub(crate) fn unit_volume(&self) -> u64 {
        self.volume.saturating_mul(self.per_unit)
    }

    /// The `part`-th of `parts` contiguous parts, as equal as can be.
    pub(crate) fn part(&self, part: usize, parts: usize) -> Units {
        let bound = |part: usize| (u64::from(self.units()) * part as u64 / parts as u64) as u32;
        Units { begin: bound(part), end: bound(part + 1) }
    }

    /// The tiles of a range of units.
    pub(crate) fn tiles(&self, units: Units) -> Range<u64> {
        let bound = |unit: u32| (u64::from(unit) * self.per_unit).min(self.tiles);
        bound(units.begin)..bound(units.end)
    }

    /// Takes as many tiles off the front of a range, which is not empty, as make one box: just one if `single`, else
    /// the longest run that starts here. Writes the box down.
    pub(crate) fn next_box(
        &self,
        tiles: &mut Range<u64>,
        single: bool,
        begin: &mut [u64],
        end: &mut [u64],
    ) {
        let mut rest = tiles.start;
        let left = tiles.end - tiles.start;
        let mut taken = 1;
        let mut whole = false;
        for axis in self.axes.iter() {
            let d = axis.index;
            if whole {
                (begin[d], end[d]) = (0, axis.extent);
                continue;
            }
            let at = rest / axis.stride;
            rest -= at * axis.stride;
            let mut run = 1;
            // The first axis along which whole slices begin here and fit: all further ones come whole.
            if !single && rest == 0 && left >= axis.stride {
                run = (left / axis.stride).min(axis.count - at);
                taken = run * axis.stride;
                whole = true;
            }
            begin[d] = at * axis.edge;
            end[d] = if at + run == axis.count { axis.extent } else { (at + run) * axis.edge };
        }
        tiles.start += taken;
    }
}

/// Gives each index its edge, the last one first, so that their product is at most `volume`: `row` chooses the last
/// index's from its extent and that; what is left makes a box as near to a cube as powers of two come.
fn fill(edges: &mut [u64], space: &Space, volume: u64, row: impl Fn(u64, u64) -> u64) {
    let mut room = volume;
    let last = edges.len() - 1;
    for d in (0..=last).rev() {
        let extent = space.dims()[d].len();
        edges[d] = if d == last {
            row(extent, room)
        } else {
            let root = (room as f64).powf(1.0 / (d + 1) as f64);
            // Nudged, so that the root of an exact power is not rounded away.
            let edge = 1_u64 << ((root + 1e-6).max(1.0) as u64).ilog2();
            edge.min(extent).min(room)
        };
        room /= edges[d];
    }
}

/// Calls `run` with boxes that make up the given one, each of at most `limit()` iterations, asked before each, or of one
/// quantum; slices it along the outer indices before the inner ones, and between quanta only. `begin` and `end` hold the
/// box and are used as room to work in.
pub(crate) fn slice<B>(
    quantum: Quantum,
    begin: &mut [u64],
    end: &mut [u64],
    limit: &mut impl FnMut(u64) -> u64,
    run: &mut impl FnMut(Tile<'_>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let volume = Tile { begin, end }.iterations();
    if volume <= limit(volume) {
        return run(Tile { begin, end });
    }
    slice_from(0, volume, quantum, begin, end, limit, run)
}

/// The same for a box that has one quantum along each index before `d`, and `volume` iterations.
fn slice_from<B>(
    d: usize,
    volume: u64,
    quantum: Quantum,
    begin: &mut [u64],
    end: &mut [u64],
    limit: &mut impl FnMut(u64) -> u64,
    run: &mut impl FnMut(Tile<'_>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let (first, last) = (begin[d], end[d]);
    let row = volume / (last - first);
    let thick = quantum.along(d, begin.len());
    let mut at = first;
    while at < last {
        let most = limit((last - at) * row).max(1);
        begin[d] = at;
        let slab = thick.min(last - at);
        if slab * row > most && d + 1 < begin.len() {
            // Not even one quantum: the quanta along this index are sliced one by one.
            end[d] = at + slab;
            slice_from(d + 1, slab * row, quantum, begin, end, limit, run)?;
        } else {
            let rows = most / row / thick * thick;
            end[d] = last.min(at + rows.max(slab));
            run(Tile { begin, end })?;
        }
        at = end[d];
    }
    (begin[d], end[d]) = (first, last);
    ControlFlow::Continue(())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::Dim;
    use proptest::prelude::*;
    use std::num::NonZero;

    fn space(extents: &[u64]) -> Space {
        Space::new(extents.iter().map(|&extent| Dim::upto(extent.into()))).unwrap()
    }

    fn quantum(rows: u64, lanes: u64) -> Quantum {
        Quantum { rows: NonZero::new(rows).unwrap(), lanes: NonZero::new(lanes).unwrap() }
    }

    /// All boxes of a range of units.
    fn boxes(cut: &Cut, units: Units, single: bool) -> Vec<(Vec<u64>, Vec<u64>)> {
        let mut tiles = cut.tiles(units);
        let mut all = Vec::new();
        while !tiles.is_empty() {
            let (mut begin, mut end) = (vec![0; cut.rank()], vec![0; cut.rank()]);
            cut.next_box(&mut tiles, single, &mut begin, &mut end);
            all.push((begin, end));
        }
        all
    }

    /// The slow way: how often each iteration of the space is in one of the boxes.
    fn counts(extents: &[u64], boxes: &[(Vec<u64>, Vec<u64>)]) -> Vec<u32> {
        let mut counts = vec![0; extents.iter().product::<u64>() as usize];
        for (begin, end) in boxes {
            assert!(begin.iter().zip(end).all(|(b, e)| b < e), "{begin:?} {end:?}");
            assert!(end.iter().zip(extents).all(|(e, n)| e <= n), "{begin:?} {end:?}");
            for (number, count) in counts.iter_mut().enumerate() {
                let mut rest = number as u64;
                let mut inside = true;
                for d in (0..extents.len()).rev() {
                    inside &= (begin[d]..end[d]).contains(&(rest % extents[d]));
                    rest /= extents[d];
                }
                *count += u32::from(inside);
            }
        }
        counts
    }

    proptest! {
        #[test]
        fn boxes_cover_each_iteration_once(
            extents in prop::collection::vec(1_u64..9, 1..6),
            volume in 1_u64..3000,
            kind in 0..3,
            single: bool,
            parts in 1_usize..9,
        ) {
            let space = space(&extents);
            let cut = match kind {
                0 => Cut::exact(&space, volume),
                1 if extents.len() > 1 => Cut::quantized(&space, volume, quantum(2, 3)),
                _ => Cut::fine(&space, volume),
            };
            let mut all = Vec::new();
            for part in 0..parts {
                let some = boxes(&cut, cut.part(part, parts), single);
                if !single {
                    prop_assert!(some.len() < 2 * extents.len() * cut.per_unit as usize, "{some:?}");
                }
                all.extend(some);
            }
            prop_assert!(counts(&extents, &all).iter().all(|&count| count == 1), "{all:?}");
            if single {
                let largest = all.iter().map(|(begin, end)| Tile { begin, end }.iterations()).max();
                prop_assert!(largest <= Some(volume.max(6)));
            }
        }

        #[test]
        fn exact_tiles_cannot_grow(extents in prop::collection::vec(1_u64..3000, 1..6), grain in 1_u64..1_000_000) {
            let cut = Cut::exact(&space(&extents), grain);
            prop_assert!(cut.volume <= grain);
            for axis in cut.axes.iter() {
                let longer = cut.volume / axis.edge * (axis.edge + 1);
                prop_assert!(axis.edge == axis.extent || longer > grain, "{cut:?}");
            }
        }

        #[test]
        fn slices_cover_and_obey(
            extents in prop::collection::vec(1_u64..9, 1..5),
            limits in prop::collection::vec(1_u64..200, 1..9),
            rows in 1_u64..4,
            lanes in 1_u64..5,
        ) {
            let quantum = quantum(rows, lanes);
            let one = |d: usize| quantum.along(d, extents.len());
            let (mut begin, mut end) = (vec![0; extents.len()], extents.clone());
            let mut all = Vec::new();
            let mut asked = 0;
            let last = std::cell::Cell::new(0);
            let walked: ControlFlow<()> = slice(
                quantum,
                &mut begin,
                &mut end,
                &mut |_| {
                    asked += 1;
                    last.set(limits[asked % limits.len()]);
                    last.get()
                },
                &mut |tile| {
                    let of_one = (0..extents.len()).all(|d| tile.end[d] - tile.begin[d] <= one(d));
                    assert!(tile.iterations() <= last.get() || of_one);
                    for (d, &extent) in extents.iter().enumerate() {
                        assert_eq!(tile.begin[d] % one(d), 0);
                        assert!(tile.end[d] % one(d) == 0 || tile.end[d] == extent);
                    }
                    all.push((tile.begin.to_vec(), tile.end.to_vec()));
                    ControlFlow::Continue(())
                },
            );
            prop_assert!(walked.is_continue());
            prop_assert!(counts(&extents, &all).iter().all(|&count| count == 1), "{all:?}");
        }
    }

    #[test]
    fn a_grain_cuts_one_index_at_its_multiples() {
        let cut = Cut::exact(&space(&[1000]), 300);
        assert_eq!(cut.units(), 4);
        let bounds: Vec<_> = boxes(&cut, Units { begin: 0, end: 4 }, true)
            .iter()
            .map(|(begin, end)| (begin[0], end[0]))
            .collect();
        assert_eq!(bounds, [(0, 300), (300, 600), (600, 900), (900, 1000)]);
    }

    #[test]
    fn tiles_are_compact() {
        let edges = |cut: Cut| cut.axes.iter().map(|axis| axis.edge).collect::<Vec<_>>();
        assert_eq!(edges(Cut::fine(&space(&[4000, 4000]), 8192)), [16, 512]);
        assert_eq!(edges(Cut::fine(&space(&[64, 64, 64]), 2048)), [8, 4, 64]);
        assert_eq!(edges(Cut::fine(&space(&[1000, 1000]), 3906)), [4, 512]);
        assert_eq!(edges(Cut::exact(&space(&[4000, 4000]), 4096)), [8, 512]);
        assert_eq!(edges(Cut::exact(&space(&[4000, 60]), 4096)), [68, 60]);
        assert_eq!(edges(Cut::exact(&space(&[2, 1_000_000]), 100_000)), [2, 50_000]);
    }

    #[test]
    fn quanta_stay_whole_and_neighbours_follow_each_other() {
        let cut = Cut::quantized(&space(&[3, 1000, 1000]), 4000, quantum(8, 24));
        let all = boxes(&cut, Units { begin: 0, end: cut.units() }, true);
        assert_eq!(all[0], (vec![0, 0, 0], vec![1, 160, 24]));
        assert_eq!(all[1], (vec![0, 160, 0], vec![1, 320, 24]));
        assert_eq!(all[6], (vec![0, 960, 0], vec![1, 1000, 24]));
        assert_eq!(all[7], (vec![0, 0, 24], vec![1, 160, 48]));
        let run = boxes(&cut, Units { begin: 1, end: 3 }, false);
        assert_eq!(run, [(vec![0, 160, 0], vec![1, 480, 24])]);
        let small = Cut::quantized(&space(&[100, 10]), 4, quantum(8, 24));
        assert_eq!(small.volume, 80);
    }

    #[test]
    fn many_tiles_make_one_unit() {
        let cut = Cut::exact(&space(&[i64::MAX as u64]), 1);
        assert!(u64::from(cut.units()) <= MOST_UNITS);
        let last = cut.tiles(Units { begin: cut.units() - 1, end: cut.units() });
        assert!(!last.is_empty() && last.end == i64::MAX as u64);
        assert_eq!(cut.tiles(Units { begin: 0, end: 1 }), 0..cut.per_unit);
    }
}
