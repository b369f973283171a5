//! How long a piece is: as many iterations as take about [`Pace::PIECE`], by the time the last ones took.

use std::cell::Cell;

use crate::clock::Moment;

/// One worker's notion of what an iteration costs. Cells, since it is asked and told in the middle of a walk.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Nanoseconds per iteration; infinite until known.
    cost: Cell<f64>,
    /// The most iterations the next piece may have.
    limit: Cell<u64>,
    /// The most that a piece may have by what is known from other loops, once this loop has borne it out.
    known: u64,
    /// When the last piece ended.
    last: Cell<Moment>,
    /// Nanoseconds spent in pieces.
    spent: Cell<u64>,
    /// When the worker came.
    since: Moment,
}

impl Pace {
    /// What a piece should take: long against what it costs to take one, short against what a person notices and
    /// against the tail of a loop that ends unevenly.
    const PIECE: f64 = 100_000.0;

    /// What remains is run in one piece if it takes no longer than this: halving it would cost more than it evens.
    const WHOLE: f64 = 10_000.0;

    /// The first piece, when nothing is known.
    const FIRST: u64 = 8;

    /// The first piece, when costs are known from other loops. Those may have had other arguments: should an iteration
    /// take a millisecond now, Ctrl-C must still be alive.
    const PROOF: u64 = 64;

    /// What the next piece should take then, if the first was short.
    const FIRST_NANOS: f64 = 5_000.0;

    /// How much longer than the last a piece may be: costs may rise along the space.
    const GROWTH: u64 = 8;

    /// Pieces shorter than this say little about costs: most of it may be the call and the clock.
    const TELLING: u64 = 1_000;

    pub(crate) fn new(cost: Option<f32>) -> Pace {
        let now = Moment::now();
        let cost = cost.map_or(f64::INFINITY, |cost| f64::from(cost).max(1e-3));
        // Infinite costs give none.
        let known = (Self::FIRST_NANOS / cost) as u64;
        let limit = if cost.is_finite() { known.clamp(1, Self::PROOF) } else { Self::FIRST };
        Pace {
            cost: Cell::new(cost),
            limit: Cell::new(limit),
            known,
            last: Cell::new(now),
            spent: Cell::new(0),
            since: now,
        }
    }

    /// Nanoseconds that so many iterations are going to take; infinite until anything is known.
    pub(crate) fn forecast(&self, iterations: u64) -> f64 {
        self.cost.get() * iterations as f64
    }

    /// The most iterations for the next piece.
    pub(crate) fn limit(&self) -> u64 {
        self.limit.get()
    }

    /// How many of the units left in a share to take at once, of so many iterations each.
    pub(crate) fn units(&self, left: u32, volume: u64) -> u32 {
        let limit = u32::try_from(self.limit.get() / volume).unwrap_or(u32::MAX).max(1);
        let cost = self.cost.get();
        let most = if cost.is_infinite() {
            left / 8
        } else if cost * left as f64 * volume as f64 <= Self::WHOLE {
            left
        } else {
            // The rest stays where others can take it, should this piece turn out long.
            left / 2
        };
        limit.min(most.max(1))
    }

    /// A piece of so many iterations has just ended.
    pub(crate) fn after(&self, iterations: u64) {
        let now = Moment::now();
        let took = now.since(self.last.replace(now)).max(1);
        self.spent.set(self.spent.get() + took);
        let grown = iterations.saturating_mul(Self::GROWTH);
        let cost = took as f64 / iterations as f64;
        if took < Self::TELLING {
            self.cost.set(cost.min(self.cost.get()));
            self.limit.set(grown.max(self.limit.get()).max(self.known));
        } else {
            self.cost.set(cost);
            self.limit.set(((Self::PIECE / cost) as u64).clamp(1, grown.max(self.limit.get())));
        }
    }

    /// Time passed that no piece took.
    pub(crate) fn skip(&self) {
        self.last.set(Moment::now());
    }

    /// The time until now was spent in pieces.
    pub(crate) fn spend(&self) {
        let now = Moment::now();
        self.spent.set(self.spent.get() + now.since(self.last.replace(now)));
    }

    /// Nanoseconds spent in pieces.
    pub(crate) fn spent(&self) -> u64 {
        self.spent.get()
    }

    /// When the last piece ended, or the worker came.
    pub(crate) fn last(&self) -> Moment {
        self.last.get()
    }

    /// Nanoseconds since the worker came.
    pub(crate) fn elapsed(&self) -> u64 {
        Moment::now().since(self.since)
    }

    /// Nanoseconds between the worker's coming and the end of its last piece, or about.
    pub(crate) fn worked(&self) -> u64 {
        self.last.get().since(self.since)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn starts_small_and_grows_to_its_time() {
        let pace = Pace::new(None);
        assert_eq!(
            (pace.limit(), pace.units(64, 1), pace.units(4, 1), pace.units(64, 100)),
            (8, 8, 1, 1)
        );
        std::thread::sleep(std::time::Duration::from_millis(2));
        pace.after(2);
        assert!(pace.limit() < 4, "{pace:?}");
        assert_eq!(pace.units(1, 1), 1);
        for _ in 0..20 {
            pace.skip();
            pace.after(pace.limit());
        }
        assert!(pace.limit() > 1_000_000, "{pace:?}");
        assert_eq!(pace.units(1000, 1), 1000, "{pace:?}");
    }

    #[test]
    fn a_known_cost_is_believed() {
        let pace = Pace::new(Some(10.0));
        assert_eq!((pace.limit(), pace.units(500, 1), pace.units(1_000_000, 1)), (64, 64, 64));
        pace.skip();
        pace.after(10);
        assert_eq!(pace.limit(), 500, "{pace:?}");
    }

    #[test]
    fn a_known_cost_that_is_far_too_low_lasts_for_one_piece() {
        let pace = Pace::new(Some(0.01));
        assert_eq!(pace.limit(), 64);
        std::thread::sleep(std::time::Duration::from_millis(64));
        pace.after(64);
        assert_eq!(pace.limit(), 1, "{pace:?}");
    }
}
