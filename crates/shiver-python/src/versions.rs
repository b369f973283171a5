//! What a bug report should say.

use std::collections::BTreeMap;

use pyo3::prelude::*;

/// Names and versions of what is compiled in, and of the machine.
#[pyfunction]
pub(crate) fn versions() -> BTreeMap<&'static str, String> {
    let cpu = shiver::module::cpu();
    BTreeMap::from([
        ("shiver", env!("CARGO_PKG_VERSION").to_owned()),
        ("llvm", shiver::LLVM_VERSION.to_owned()),
        ("clang", shiver::LLVM_VERSION.to_owned()),
        ("cpu", cpu.name.clone()),
        ("cpu_features", cpu.features.clone()),
        ("threads", shiver::threads::num_threads().to_string()),
    ])
}
