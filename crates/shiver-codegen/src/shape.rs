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

/// The symbol of the nest in the object: `void nest(const uint64_t *frame, const uint64_t *begin,
/// const uint64_t *end)`, where `begin` and `end` bound a tile in trip numbers, a word per index.
pub const NEST_SYMBOL: &str = "shiver_nest";

/// What distinguishes one nest around a body from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// How many of the last parameters are indices; 0 runs the body once.
    pub indices: usize,
    /// Whether every index counts up by one.
    pub unit_steps: bool,
}

impl Shape {
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
