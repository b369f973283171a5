//! Loops that are compiled and run, against oracles that run one iteration after the other.

mod arguments;
mod body;
mod cancel;
mod errors;
mod failures;
mod generated;
mod generated_overlap;
mod index_types;
mod lifetimes;
mod number;
mod output;
mod overlap;
mod private_memory;
mod reproducible;
mod results;
mod shared_memory;
mod streaming;
mod symbols;
mod tiles;
mod variables;
mod ways;
