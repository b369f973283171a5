//! What is compiled into a nest, and what it reads when it runs.
//!
//! A nest is compiled once per [`Shape`]; extents, starts, steps and arguments are run-time values
//! in its *frame*, a row of 64-bit words:
//!
//! | words | what |
//! |---|---|
//! | one per fixed argument | its value in the low bytes; of a complex number, the address |
//! | 1 | the address of the results, unused where the body returns nothing |
//! | one per index | the first value of the index |
//! | one per index | the step of the index |
//! | one per index | the number of trips of the index in the whole space |
//!
//! A reduction's nest takes *rows* rather than a box, so that short rows can share partial results: of
//! its bounds, two words each, the first count rows, all indices but the last taken together in
//! row-major order, and the second the trips of the last index. A fourth argument says where its
//! partial results are, [`Reduction::lanes`] values side by side, into which it takes what the body
//! returns; other functions of the same object begin them, and make one of them.

use serde::{Deserialize, Serialize};
use shiver_signature::Scalar;

/// The symbol of the nest in the object: `void nest(const uint64_t *frame, const uint64_t *begin,
/// const uint64_t *end, uint64_t *scratch)`, where `begin` and `end` bound a tile in trip numbers, a word
/// per index. Only a nest of [`Tile`]s uses `scratch`: memory that nobody else uses meanwhile, the first
/// word of which says how many bytes there are behind the first [`SCRATCH_HEADER`], 64 KiB at least.
pub const NEST_SYMBOL: &str = "shiver.nest";

/// Where a nest's memory for its own use begins, in bytes from where its size is written.
pub const SCRATCH_HEADER: u64 = 64;

/// The symbol of the function that begins partial results: `void open(T *partial)` makes them such
/// that the first values taken into them become them. Here and below, `partial` is a multiple of 64.
pub const OPEN_SYMBOL: &str = "shiver.open";

/// The symbol of the function that combines two values: `void combine(T *left, const T *right)` puts
/// the combination of both into `left`. They do not overlap.
pub const COMBINE_SYMBOL: &str = "shiver.combine";

/// The symbol of the function that takes one value into each lane, `void join(T *partial, const T
/// *values)`; there is none where there is one lane.
pub const JOIN_SYMBOL: &str = "shiver.join";

/// The symbol of the function that makes one value of all lanes, `void close(T *partial)`, and leaves
/// it in the first; there is none where there is one lane.
pub const CLOSE_SYMBOL: &str = "shiver.close";

/// The symbol of a function that a nest calls only while it is being made: see `stream`.
pub(crate) const SEGMENT_SYMBOL: &str = "shiver.segment";

/// Another symbol of a nest each of whose iterations is over soon, whatever it is given: it has no loop
/// inside, and calls nothing that could wait.
pub const BRIEF_SYMBOL: &str = "shiver.brief";

/// All of them.
pub(crate) const SYMBOLS: [&str; 10] = [
    NEST_SYMBOL,
    OPEN_SYMBOL,
    COMBINE_SYMBOL,
    JOIN_SYMBOL,
    CLOSE_SYMBOL,
    STREAMS_SYMBOL,
    SEGMENT_SYMBOL,
    BRIEF_SYMBOL,
    TILE_SYMBOL,
    WORTH_SYMBOL,
];

/// Where there is one lane, the byte at this distance from it says whether it holds a value.
pub const BEGUN_BYTE: usize = 16;

/// The symbol of a constant in the object of a nest of [`Tile`]s that wants pieces made of whole ones:
/// two 64-bit words, the tile's rows and its lanes. The objects of other nests have no such symbol.
pub const TILE_SYMBOL: &str = "shiver.tile";

/// How many iterations a nest runs together, where it does: neighbouring values of the last two indices.
/// Any box may be run, as by any nest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tile {
    /// Values of the last index but one.
    pub rows: u64,
    /// Values of the last index.
    pub lanes: u64,
    /// How many of these are in one vector.
    pub width: u32,
}

/// The symbol of a constant in the object of every nest of [`Tile`]s: the words of [`Worth`].
pub const WORTH_SYMBOL: &str = "shiver.tile.worth";

/// For which spaces tiles are worth it. A vector is computed whole, however many of its lanes count, and
/// what rows share is prepared for all of them: where a space is thin, the plain nest is faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Worth {
    /// How many lanes a vector has.
    pub width: u64,
    /// How many of a vector's lanes must count, on the average.
    pub lanes: u64,
    /// How many vectors there must be for all rows of a tile: each waits for itself, not for others.
    pub vectors: u64,
    /// How many rows there must be.
    pub rows: u64,
    /// How many rows a tile has.
    pub height: u64,
}

impl Worth {
    /// How many words it takes in an object.
    pub const WORDS: usize = 5;

    /// As words of an object, in the order in which [`Worth::of`] takes them.
    pub fn words(self) -> [u64; Worth::WORDS] {
        [self.width, self.lanes, self.vectors, self.rows, self.height]
    }

    /// What words of an object say.
    pub fn of([width, lanes, vectors, rows, height]: [u64; Worth::WORDS]) -> Worth {
        Worth { width, lanes, vectors, rows, height }
    }

    /// Whether tiles are worth it where the last index but one has so many values, and the last one.
    ///
    /// ```
    /// use shiver_codegen::Worth;
    /// let worth = Worth { width: 8, lanes: 5, vectors: 4, rows: 1, height: 8 };
    /// assert!(worth.pays(8, 5) && worth.pays(1, 100));
    /// assert!(!worth.pays(8, 9), "of two vectors, seven lanes would not count");
    /// assert!(!worth.pays(1, 16), "two vectors would wait for themselves");
    /// ```
    pub fn pays(self, rows: u64, lanes: u64) -> bool {
        let vectors = lanes.div_ceil(self.width);
        lanes >= vectors.saturating_mul(self.lanes)
            && rows.min(self.height).saturating_mul(vectors) >= self.vectors
            && rows >= self.rows
    }
}

/// The symbol of what a streaming nest tells of its accesses: a text that [`Streams`](crate::Streams)
/// reads, with a NUL behind it.
pub const STREAMS_SYMBOL: &str = "shiver.streams";

/// What distinguishes one nest around a body from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// How many of the last parameters are indices; 0 runs the body once.
    pub indices: usize,
    /// Whether every index counts up by one.
    pub unit_steps: bool,
    /// How what the body returns is combined; `None` where each value is kept, or there is none.
    pub reduction: Option<Reduction>,
    /// Whether iterations may run in [`Tile`]s, where the body allows it: not in a space that is too thin
    /// for that, see [`Worth`].
    pub tiles: bool,
    /// Which written arrays are streamed: a bit for each in [`Streams::written`](crate::Streams), of
    /// which those are taken that can be aligned together; 0 streams none. For unit steps and no
    /// reduction only.
    pub streams: u8,
}

/// How two values become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reduction {
    /// The sum.
    Add,
    /// The product.
    Multiply,
    /// The least value; NaN where one is NaN.
    Min,
    /// The greatest value; NaN where one is NaN.
    Max,
    /// The bits that all have.
    BitAnd,
    /// The bits that any has.
    BitOr,
    /// The bits that an odd number has.
    BitXor,
    /// Whether none is zero.
    All,
    /// Whether any is not zero.
    Any,
    /// A function of two values, in the order of the iterations.
    Function,
}

impl Reduction {
    /// The type of partial results of values of type `scalar`, which NumPy's reductions have too;
    /// `None` where the reduction means nothing for such values. Sums and products of narrow
    /// integers are 64 bits wide; those of `float16` are kept as `float32` until the end.
    ///
    /// ```
    /// use shiver_codegen::Reduction;
    /// use shiver_signature::Scalar;
    /// assert_eq!(Reduction::Add.accumulator(Scalar::UInt8), Some(Scalar::UInt64));
    /// assert_eq!(Reduction::BitOr.accumulator(Scalar::Float64), None);
    /// ```
    pub fn accumulator(self, scalar: Scalar) -> Option<Scalar> {
        use Reduction::*;
        let signed = scalar.range().is_some_and(|(least, _)| least < 0);
        let integer = scalar.range().is_some();
        match self {
            Add | Multiply if signed || scalar == Scalar::Bool => Some(Scalar::Int64),
            Add | Multiply if integer => Some(Scalar::UInt64),
            Add | Multiply if scalar == Scalar::Float16 => Some(Scalar::Float32),
            Add | Multiply | Function => Some(scalar),
            Min | Max => (!scalar.is_complex()).then_some(scalar),
            BitAnd | BitOr | BitXor => integer.then_some(scalar),
            All | Any => Some(Scalar::Bool),
        }
    }

    /// How many partial results a nest keeps, a power of two: as many as fill [`LANE_BYTES`], or one
    /// where values must be taken in order. No type is too wide for several.
    ///
    /// ```
    /// use shiver_codegen::Reduction;
    /// use shiver_signature::Scalar;
    /// assert_eq!(Reduction::Add.lanes(Scalar::Float64), 32);
    /// assert_eq!(Reduction::Function.lanes(Scalar::Float64), 1);
    /// ```
    pub fn lanes(self, accumulator: Scalar) -> u64 {
        let in_order =
            self == Reduction::Function || self == Reduction::Multiply && accumulator.is_complex();
        if in_order { 1 } else { (LANE_BYTES / accumulator.size()) as u64 }
    }
}

/// The partial results of a block together take this many bytes: four vectors of AVX-512 or eight of
/// AVX2, enough to hide the latency of an addition, and few enough to stay in registers.
pub const LANE_BYTES: usize = 256;

impl Shape {
    /// Streams whatever can be.
    pub const ALL_STREAMS: u8 = u8::MAX;

    /// How many loops a nest has bounds for: one per index, or a reduction's two.
    pub(crate) fn loops(&self) -> usize {
        if self.reduction.is_some() { 2 } else { self.indices }
    }

    /// Whether the innermost loop runs in segments.
    pub(crate) fn has_segments(&self) -> bool {
        self.streams != 0 && self.unit_steps && self.reduction.is_none()
    }

    /// The position of the address of the results among the words of the frame.
    pub fn result_word(&self, params: usize) -> usize {
        params - self.indices
    }

    /// The position of the first value of index `k`.
    pub fn start_word(&self, params: usize, k: usize) -> usize {
        self.result_word(params) + 1 + k
    }

    /// The position of the step of index `k`.
    pub fn step_word(&self, params: usize, k: usize) -> usize {
        self.start_word(params, self.indices) + k
    }

    /// The position of the trip count of index `k`.
    pub fn trips_word(&self, params: usize, k: usize) -> usize {
        self.step_word(params, self.indices) + k
    }

    /// The number of words of the whole frame.
    pub fn frame_words(&self, params: usize) -> usize {
        self.trips_word(params, self.indices)
    }
}
