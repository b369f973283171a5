//! What was compiled before, and what is written of it.

use std::path::PathBuf;

use pyo3::prelude::*;

use crate::exit;

type Info = (Option<PathBuf>, u64, u64, u64, u64, u64);

/// The folder, the number of files in it, their bytes, the limit, hits and misses.
#[pyfunction]
pub(crate) fn cache_info(py: Python<'_>) -> PyResult<Info> {
    let info = exit::detached(py, shiver::cache::info)?;
    Ok((info.folder, info.files, info.bytes, info.limit, info.hits, info.misses))
}

/// Deletes everything that the cache holds on the disk.
#[pyfunction]
pub(crate) fn clear_cache(py: Python<'_>) -> PyResult<()> {
    exit::detached(py, shiver::cache::clear)
}

/// Why `SHIVER_DUMP` is not done; told once.
#[pyfunction]
pub(crate) fn dump_trouble() -> Option<&'static str> {
    shiver::dump::trouble()
}
