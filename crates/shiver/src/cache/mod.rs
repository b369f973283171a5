//! What was compiled before, on the disk.
//!
//! * [`store`]: files by the hash of what they were made of: written beside and renamed, checksummed,
//!   the least recently used dropped first
//! * [`key`](mod@key): such a hash, over *all* that an entry was made of, and the `build` that made it
//! * [`source`]: the entry of a compiled source, which is good only as long as every file that it
//!   included is the same and every file that it did not find is still not there
//!
//! The cache can only save time. A folder that is full, read-only, missing, damaged or somebody
//! else's costs a compile and nothing more; whatever goes wrong in here is a miss.

mod build;
pub(crate) mod key;
pub(crate) mod source;
pub(crate) mod store;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use key::Key;
use store::Store;

use crate::fork;

/// The cache of this process, unless it can have none.
fn store() -> Option<&'static Store> {
    static STORE: OnceLock<Option<Store>> = OnceLock::new();
    STORE.get_or_init(|| Store::open(folder()?)).as_ref()
}

/// `SHIVER_CACHE_DIR`, else the platform's folder for what can be made again.
fn folder() -> Option<PathBuf> {
    let variable =
        |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // These are not the user's word to Shiver: one that depends on where a process was started is no
    // good to the next.
    let absolute = |name| variable(name).filter(|folder| folder.is_absolute());
    variable("SHIVER_CACHE_DIR")
        .or_else(|| absolute("XDG_CACHE_HOME").map(|folder| folder.join("shiver")))
        .or_else(|| absolute("HOME").map(|folder| folder.join(".cache/shiver")))
}

/// How often entries were found and not found, for each kind.
static HITS: AtomicU64 = AtomicU64::new(0);
static MISSES: AtomicU64 = AtomicU64::new(0);

/// The entry of that key.
pub(crate) fn get(key: &Key) -> Option<Vec<u8>> {
    let found = store()?.get(key);
    let counter = if found.is_some() { &HITS } else { &MISSES };
    counter.fetch_add(1, Ordering::Relaxed);
    found
}

/// Keeps an entry, if that can be done.
pub(crate) fn put(key: &Key, payload: &[u8]) {
    if let Some(store) = store() {
        store.put(key, payload);
    }
}

/// What the cache holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheInfo {
    /// The folder; `None` where none can be used, and nothing outlives the process.
    pub folder: Option<PathBuf>,
    /// The number of files in it.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// The size in bytes at which the least recently used files go.
    pub limit: u64,
    /// How many look-ups of this process found what they looked for.
    pub hits: u64,
    /// How many did not.
    pub misses: u64,
}

/// What the cache on the disk holds, and how it has served this process.
///
/// ```
/// let info = shiver::cache::info();
/// assert!(info.bytes <= info.limit);
/// ```
pub fn info() -> CacheInfo {
    let _section = fork::section();
    let (hits, misses) = (HITS.load(Ordering::Relaxed), MISSES.load(Ordering::Relaxed));
    let Some(store) = store() else {
        return CacheInfo { hits, misses, limit: store::LIMIT, ..CacheInfo::default() };
    };
    let (files, bytes) = store.size();
    let folder = Some(store.folder().to_owned());
    CacheInfo { folder, files, bytes, limit: store::LIMIT, hits, misses }
}

/// Deletes everything that the cache holds on the disk.
pub fn clear() {
    let _section = fork::section();
    if let Some(store) = store() {
        store.clear();
    }
}
