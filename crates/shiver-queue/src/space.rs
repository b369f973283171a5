//! Iteration spaces: Python's `range`, once per index, and the product of them.

use std::error::Error;
use std::fmt;

use crate::few::Few;

/// The most iterations a space may have: 2^63 − 1.
const MOST_ITERATIONS: u64 = i64::MAX as u64;

/// One index of a loop nest: its first value, its step, and how often it is taken (its *trips*).
///
/// ```
/// use shiver_queue::Dim;
///
/// let down = Dim::new(10, 0, -3)?; // 10, 7, 4, 1
/// assert_eq!((down.start(), down.step(), down.len(), down.last()), (10, -3, 4, Some(1)));
/// assert!(Dim::new(5, 5, 1)?.is_empty());
/// # Ok::<(), shiver_queue::SpaceError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dim {
    start: i128,
    step: i128,
    len: u64,
}

impl Dim {
    /// The values `0, 1, …, stop − 1`; none when `stop` is not positive.
    ///
    /// ```
    /// # use shiver_queue::Dim;
    /// assert_eq!(Dim::upto(10).last(), Some(9));
    /// assert_eq!(Dim::upto(-10).len(), 0);
    /// ```
    ///
    /// More than 2^64 − 1 values are counted as 2^64 − 1; [`Space::new`] refuses them either way.
    pub fn upto(stop: i128) -> Dim {
        let len = u64::try_from(stop.max(0)).unwrap_or(u64::MAX);
        Dim { start: 0, step: 1, len }
    }

    /// The values of Python's `range(start, stop, step)`.
    ///
    /// # Errors
    ///
    /// [`SpaceError::ZeroStep`], and [`SpaceError::TooManyIterations`] for more than 2^63 − 1 values.
    ///
    /// ```
    /// # use shiver_queue::{Dim, SpaceError};
    /// assert_eq!(Dim::new(0, 10, 0), Err(SpaceError::ZeroStep));
    /// assert_eq!(Dim::new(0, 1 << 70, 1), Err(SpaceError::TooManyIterations));
    /// ```
    pub fn new(start: i128, stop: i128, step: i128) -> Result<Dim, SpaceError> {
        // The distance between two i128 fits a u128, and subtracting with wrap-around gives just that.
        let distance = match step {
            0 => return Err(SpaceError::ZeroStep),
            1.. if start < stop => stop.wrapping_sub(start) as u128,
            ..0 if start > stop => start.wrapping_sub(stop) as u128,
            _ => return Ok(Dim { start, step, len: 0 }),
        };
        let trips = (distance - 1) / step.unsigned_abs() + 1;
        match u64::try_from(trips) {
            Ok(len) if len <= MOST_ITERATIONS => Ok(Dim { start, step, len }),
            _ => Err(SpaceError::TooManyIterations),
        }
    }

    /// The index's value in trip 0, whether there is such a trip or not.
    pub fn start(&self) -> i128 {
        self.start
    }

    /// What is added to the index from one trip to the next; never 0.
    pub fn step(&self) -> i128 {
        self.step
    }

    /// The number of trips.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is no trip at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The index's value in the last trip.
    pub fn last(&self) -> Option<i128> {
        Some(self.value(self.len.checked_sub(1)?))
    }

    /// The index's value in a trip, which must be one of this dimension's.
    ///
    /// ```
    /// # use shiver_queue::Dim;
    /// assert_eq!(Dim::new(10, 0, -3)?.value(2), 4);
    /// # Ok::<(), shiver_queue::SpaceError>(())
    /// ```
    pub fn value(&self, trip: u64) -> i128 {
        // The product alone may leave i128 while the value does not: arithmetic modulo 2^128 gives the right one.
        self.start.wrapping_add(i128::from(trip).wrapping_mul(self.step))
    }

    /// Whether the step is 1, which is what compiled loops like best.
    pub fn is_unit(&self) -> bool {
        self.step == 1
    }
}

/// The iterations of a loop nest: every combination of its dimensions' trips, outermost first.
///
/// ```
/// use shiver_queue::{Dim, Space};
///
/// let grid = Space::new([Dim::upto(10), Dim::new(-3, 7, 2)?])?;
/// assert_eq!(grid.shape(), [10, 5]);
/// assert_eq!(grid.iterations(), 50);
/// # Ok::<(), shiver_queue::SpaceError>(())
/// ```
#[derive(Clone)]
pub struct Space {
    dims: Few<Dim>,
    iterations: u64,
}

impl Space {
    /// Puts dimensions together, the outermost first. Up to four of them need no allocation.
    ///
    /// # Errors
    ///
    /// [`SpaceError::NoDimensions`], and [`SpaceError::TooManyIterations`] for more than 2^63 − 1 in all.
    ///
    /// ```
    /// # use shiver_queue::{Dim, Space, SpaceError};
    /// assert_eq!(Space::new([]).unwrap_err(), SpaceError::NoDimensions);
    /// let huge = Dim::upto(1 << 40);
    /// assert_eq!(Space::new([huge, huge]).unwrap_err(), SpaceError::TooManyIterations);
    /// assert_eq!(Space::new([huge, huge, Dim::upto(0)])?.iterations(), 0);
    /// # Ok::<(), SpaceError>(())
    /// ```
    pub fn new(dims: impl IntoIterator<Item = Dim>) -> Result<Space, SpaceError> {
        let dims = Few::collect(dims, Dim::upto(0));
        if dims.is_empty() {
            return Err(SpaceError::NoDimensions);
        }
        let iterations = if dims.iter().any(Dim::is_empty) {
            Some(0)
        } else {
            dims.iter().try_fold(1_u64, |product, dim| product.checked_mul(dim.len))
        };
        match iterations {
            Some(iterations) if iterations <= MOST_ITERATIONS => Ok(Space { dims, iterations }),
            _ => Err(SpaceError::TooManyIterations),
        }
    }

    /// The dimensions, outermost first; at least one.
    pub fn dims(&self) -> &[Dim] {
        &self.dims
    }

    /// How many iterations there are in all; at most 2^63 − 1.
    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    /// The number of trips of each dimension, outermost first.
    pub fn shape(&self) -> Vec<u64> {
        self.trips().collect()
    }

    /// The same as [`shape`](Space::shape), one by one and without an allocation.
    pub fn trips(&self) -> impl ExactSizeIterator<Item = u64> + '_ {
        self.dims.iter().map(Dim::len)
    }
}

impl PartialEq for Space {
    fn eq(&self, other: &Space) -> bool {
        self.dims() == other.dims()
    }
}

impl Eq for Space {}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Space").field(&self.dims()).finish()
    }
}

/// Why an iteration space cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpaceError {
    /// A step of 0 never arrives.
    ZeroStep,
    /// A space needs at least one dimension.
    NoDimensions,
    /// There are more than 2^63 − 1 iterations.
    TooManyIterations,
}

impl fmt::Display for SpaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SpaceError::ZeroStep => "the step of an index must not be zero",
            SpaceError::NoDimensions => "an iteration space needs at least one index",
            SpaceError::TooManyIterations => "an iteration space has at most 2**63 - 1 iterations",
        })
    }
}

impl Error for SpaceError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The oracle counts, one value at a time.
        #[test]
        fn dim_is_pythons_range(start in -60_i128..60, stop in -60_i128..60, step in -9_i128..9) {
            prop_assume!(step != 0);
            let mut values = Vec::new();
            let mut value = start;
            while if step > 0 { value < stop } else { value > stop } {
                values.push(value);
                value += step;
            }
            let dim = Dim::new(start, stop, step).unwrap();
            prop_assert_eq!(dim.len(), values.len() as u64);
            prop_assert_eq!(dim.last(), values.last().copied());
            prop_assert_eq!((0..dim.len()).map(|trip| dim.value(trip)).collect::<Vec<_>>(), values);
        }
    }

    #[test]
    fn extreme_ranges() {
        assert_eq!(Dim::new(i128::MIN, i128::MAX, i128::MAX).unwrap().len(), 3);
        assert_eq!(Dim::new(i128::MAX, i128::MIN, i128::MIN).unwrap().last(), Some(-1));
        assert_eq!(Dim::new(i128::MIN, i128::MAX, 1), Err(SpaceError::TooManyIterations));
        assert_eq!(Dim::new(0, i128::from(i64::MAX), 1).unwrap().len(), MOST_ITERATIONS);
        assert_eq!(Dim::new(0, i128::from(i64::MAX) + 1, 1), Err(SpaceError::TooManyIterations));
        assert!(Space::new([Dim::upto(i128::from(i64::MAX))]).is_ok());
        assert_eq!(Space::new([Dim::upto(i128::MAX)]).unwrap_err(), SpaceError::TooManyIterations);
    }
}
