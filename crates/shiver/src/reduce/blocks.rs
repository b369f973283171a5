//! How a space is cut in blocks: by the space alone.

use shiver_queue::Space;

/// The least number of iterations of a whole block.
pub(crate) const BLOCK: u64 = 8192;

/// The values that a lane takes in a block: enough that making one value of the lanes costs little, few
/// enough that the sums inside are short, and that little is left over where workers meet.
const PER_LANE: u64 = 256;

/// Of spaces that would have more than about twice as many blocks, blocks are longer: all results lie in
/// memory at once.
const MOST_BLOCKS: u64 = 1 << 20;

/// Blocks of a certain length within one row, or of as many whole rows as come closest from below.
/// Iterations are counted over the whole space, in row-major order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocks {
    /// The most iterations of a block: two to that power.
    bits: u32,
    /// All indices but the last, taken together.
    rows: u64,
    /// The trips of the last index.
    row: u64,
    /// Blocks per row, where a row is longer than a block; else 1.
    per_row: u64,
    /// Iterations of a group of whole rows, where rows are shorter than a block; else of a row.
    group: u64,
}

/// One block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) number: u64,
    /// Its first iteration.
    pub(crate) begin: u64,
    /// One past its last iteration.
    pub(crate) end: u64,
}

/// A box of rows and trips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The first row and trip.
    pub(crate) begin: [u64; 2],
    /// One past the last row and trip.
    pub(crate) end: [u64; 2],
}

impl Blocks {
    pub(crate) fn of(space: &Space, lanes: u64) -> Blocks {
        let row = space.trips().last().expect("a space has an index");
        let rows = space.iterations().checked_div(row).unwrap_or(0);
        // A multiple of the number of lanes, so that a trip's lane in its block is that in its row.
        let usual = (PER_LANE * lanes).max(BLOCK);
        let length = space.iterations().div_ceil(MOST_BLOCKS).next_power_of_two().max(usual);
        let together = length.checked_div(row).unwrap_or(1).clamp(1, rows.max(1));
        Blocks {
            bits: length.ilog2(),
            rows,
            row,
            per_row: row.div_ceil(length).max(1),
            group: row * together,
        }
    }

    /// The most iterations of a block.
    pub(crate) fn length(&self) -> u64 {
        1 << self.bits
    }

    pub(crate) fn iterations(&self) -> u64 {
        self.rows * self.row
    }

    pub(crate) fn count(&self) -> u64 {
        self.iterations().checked_div(self.group).map_or(0, |whole| {
            let rest = u64::from(!self.iterations().is_multiple_of(self.group));
            (whole + rest) * self.per_row
        })
    }

    /// A number of iterations, not much more than a block's, at whose multiples blocks begin; where there
    /// is none, at whose multiples few do not.
    pub(crate) fn pitch(&self) -> u64 {
        if self.rows * self.row == self.group || self.group > 16 * self.length() {
            self.length()
        } else {
            self.group
        }
    }

    /// The block of an iteration.
    pub(crate) fn holding(&self, iteration: u64) -> Block {
        // Most spaces have one row, and dividing takes its time.
        let group = if iteration < self.group { 0 } else { iteration / self.group };
        let first = group * self.group;
        let part = (iteration - first) >> self.bits;
        let begin = first + (part << self.bits);
        let end = (first + self.group).min(self.iterations()).min(begin + self.length());
        Block { number: group * self.per_row + part, begin, end }
    }

    /// Calls `run` with the boxes that make up the iterations from `begin` to `end`, in order.
    pub(crate) fn parts(&self, begin: u64, end: u64, mut run: impl FnMut(Part)) {
        let mut at = begin;
        while at < end {
            let row = if at < self.row { 0 } else { at / self.row };
            let trip = at - row * self.row;
            let left = end - at;
            let (rows, trips) = if trip == 0 && left >= self.row {
                (left / self.row, self.row)
            } else {
                (1, left.min(self.row - trip))
            };
            run(Part { begin: [row, trip], end: [row + rows, trip + trips] });
            at += rows * trips;
        }
    }

    /// Calls `run` with the groups of iterations from `begin` to `end` that are of one row and belong to
    /// different lanes, in order: the part of the space, and the iteration that lane 0 would have.
    pub(crate) fn groups(&self, begin: u64, end: u64, lanes: u64, mut run: impl FnMut(Part, u64)) {
        let mut at = begin;
        while at < end {
            let row = if at < self.row { 0 } else { at / self.row };
            let trip = at - row * self.row;
            let lane = trip % lanes;
            let trips = (end - at).min(self.row - trip).min(lanes - lane);
            run(Part { begin: [row, trip], end: [row + 1, trip + trips] }, at - lane);
            at += trips;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use shiver_queue::Dim;

    fn space(extents: &[u64]) -> Space {
        Space::new(extents.iter().map(|&n| Dim::upto(n.into()))).unwrap()
    }

    fn extents() -> impl Strategy<Value = Vec<u64>> {
        let extent = prop_oneof![1u64..5, 1u64..300, BLOCK - 10..3 * BLOCK];
        prop::collection::vec(extent, 1..4)
    }

    proptest! {
        #[test]
        fn blocks_hold_each_iteration_once_in_order(extents in extents()) {
            let blocks = Blocks::of(&space(&extents), 32);
            let all: u64 = extents.iter().product();
            prop_assert_eq!(blocks.iterations(), all);
            let (mut next, mut number) = (0, 0);
            while next < all.min(1000 * BLOCK) {
                let block = blocks.holding(next);
                prop_assert_eq!((block.number, block.begin), (number, next));
                prop_assert!(block.end > next && block.end - next <= blocks.length());
                prop_assert_eq!(blocks.holding(block.end - 1), block);
                let first_trip = block.begin % blocks.row;
                prop_assert_eq!(first_trip % blocks.length(), 0);
                let whole_rows = first_trip == 0 && block.end.is_multiple_of(blocks.row);
                prop_assert!(whole_rows || block.begin / blocks.row == (block.end - 1) / blocks.row);
                (next, number) = (block.end, number + 1);
            }
            if next == all {
                prop_assert_eq!(blocks.count(), number);
            }
        }

        #[test]
        fn parts_and_groups_are_the_iterations_in_order(
            extents in extents(),
            cut in (0.0f64..1.0, 0.0f64..1.0),
            lanes in prop::sample::select(vec![1u64, 16, 32, 256]),
        ) {
            let blocks = Blocks::of(&space(&extents), lanes);
            let block = blocks.holding((blocks.iterations() as f64 * cut.0) as u64);
            let begin = block.begin + ((block.end - block.begin) as f64 * cut.1) as u64;
            let linear = |at: [u64; 2]| at[0] * blocks.row + at[1];
            let mut next = begin;
            blocks.parts(begin, block.end, |part| {
                assert_eq!(linear(part.begin), next);
                let rows = part.end[0] - part.begin[0];
                assert!(rows == 1 || part.begin[1] == 0 && part.end[1] == blocks.row);
                next += rows * (part.end[1] - part.begin[1]);
            });
            prop_assert_eq!(next, block.end);
            let mut next = begin;
            blocks.groups(begin, block.end, lanes, |part, origin| {
                assert_eq!(linear(part.begin), next);
                assert_eq!(part.end[0], part.begin[0] + 1);
                assert_eq!(next - origin, part.begin[1] % lanes);
                assert!(origin >= block.begin && part.end[1] - part.begin[1] + next - origin <= lanes);
                next += part.end[1] - part.begin[1];
            });
            prop_assert_eq!(next, block.end);
        }
    }

    #[test]
    fn huge_spaces_have_no_more_blocks_than_memory_holds() {
        for extents in [vec![1 << 60], vec![1 << 40, 3], vec![1 << 20, 5000], vec![3, 1 << 50]] {
            let blocks = Blocks::of(&space(&extents), 32);
            assert!(blocks.count() > MOST_BLOCKS / 4, "{extents:?}: {}", blocks.count());
            assert!(blocks.count() < 3 * MOST_BLOCKS, "{extents:?}: {}", blocks.count());
            let last = blocks.holding(blocks.iterations() - 1);
            assert_eq!((last.number, last.end), (blocks.count() - 1, blocks.iterations()));
        }
        assert_eq!(Blocks::of(&space(&[BLOCK * MOST_BLOCKS]), 32).length(), BLOCK);
        assert_eq!(Blocks::of(&space(&[BLOCK * MOST_BLOCKS + 1]), 32).length(), 2 * BLOCK);
        assert_eq!(Blocks::of(&space(&[5]), 256).length(), 8 * BLOCK);
    }

    #[test]
    fn an_empty_space_has_no_blocks() {
        for extents in [vec![0], vec![0, 5], vec![5, 0]] {
            assert_eq!(Blocks::of(&space(&extents), 32).count(), 0);
        }
    }
}
