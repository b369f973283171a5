//! Files by key.
//!
//! A file is a line that names the format, the hash of its key and of what follows, and what follows. It is written
//! under another name and renamed, so that nobody ever sees half of one; several processes may write
//! the same entry, and the last one stays. A reader trusts nothing: not the folder, not the file's
//! owner, not its bytes.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use super::key::{Key, hash};

/// The first line of each file. Another format would have another line, and be a miss.
const FORMAT: &[u8] = b"shiver cache 2\n";

/// What all files together may take, in bytes.
pub(crate) const LIMIT: u64 = 100_000_000;

/// Which part of the limit is made free when it is passed, so that not every write has to look again.
const SPARE: u64 = 10;

/// After how many written bytes the folder is looked through.
const LOOK_EVERY: u64 = 1_000_000;

/// When a file that was never renamed counts as left behind.
const STALE: Duration = Duration::from_secs(3600);

/// Of more files than this, first one in sixteen alone is looked at.
const MANY: usize = 2_000;

/// Hexadecimal digits of a hash.
const HASH: usize = 64;

/// A folder of entries.
pub(crate) struct Store {
    folder: PathBuf,
    /// Bytes to write until the folder is looked through: 0 at first, since nobody knows what is there.
    until_look: AtomicU64,
}

impl Store {
    /// The store in that folder, made if need be; `None` where it is not the user's own folder, to
    /// which nobody else can write.
    pub(crate) fn open(folder: PathBuf) -> Option<Store> {
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
        let metadata = fs::symlink_metadata(&folder).ok()?;
        (metadata.is_dir() && is_ours(&metadata))
            .then(|| Store { folder, until_look: AtomicU64::new(0) })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(key.as_str())
    }

    /// What was put under that key.
    pub(crate) fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let path = self.path(key);
        // A pipe in the file's place must not make the reader wait.
        let flags = libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK;
        let mut file = OpenOptions::new().read(true).custom_flags(flags).open(&path).ok()?;
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || !is_ours(&metadata) || metadata.len() > LIMIT {
            return None;
        }
        let mut bytes = Vec::with_capacity(metadata.len() as usize);
        Read::by_ref(&mut file).take(LIMIT).read_to_end(&mut bytes).ok()?;
        let payload = check(key, &bytes);
        if payload.is_none() {
            let _ = fs::remove_file(&path);
        }
        // The time of a file is the time of its last use.
        let _ = file.set_modified(SystemTime::now());
        let start = bytes.len() - payload?.len();
        bytes.drain(..start);
        Some(bytes)
    }

    /// Keeps `payload` under that key.
    pub(crate) fn put(&self, key: &Key, payload: &[u8]) {
        if self.write(key, payload).is_ok() {
            let size = payload.len() as u64;
            let due = |left: u64| Some(left.saturating_sub(size));
            let before = self.until_look.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due);
            if before.is_ok_and(|left| left <= size) {
                self.until_look.store(LOOK_EVERY, Ordering::Relaxed);
                self.make_room();
            }
        }
    }

    fn write(&self, key: &Key, payload: &[u8]) -> io::Result<()> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let beside = self.folder.join(format!("new-{}-{number}", std::process::id()));
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
                .open(&beside)?;
            file.write_all(&[FORMAT, seal(key, payload).as_bytes(), payload].concat())?;
            fs::rename(&beside, self.path(key))
        };
        write().inspect_err(|_| drop(fs::remove_file(&beside)))
    }

    /// About how many bytes the files take. Names are hashes, so any digit chooses as well as chance does.
    fn estimate(&self) -> u64 {
        let Ok(entries) = fs::read_dir(&self.folder) else { return 0 };
        let entries: Vec<_> = entries.flatten().collect();
        let share = if entries.len() > MANY { 16 } else { 1 };
        let chosen = entries.iter().filter(|entry| {
            share == 1 || entry.file_name().as_encoded_bytes().first() == Some(&b'0')
        });
        chosen.filter_map(|entry| entry.metadata().ok()).map(|found| share * found.len()).sum()
    }

    /// The files, with size and time of last use; those that a writer left behind go at once.
    fn files(&self) -> Vec<(PathBuf, u64, SystemTime)> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return vec![] };
        let file = |entry: io::Result<fs::DirEntry>| {
            let entry = entry.ok()?;
            let metadata = entry.metadata().ok()?;
            let used = metadata.modified().ok()?;
            let name = entry.file_name();
            let name = name.to_str()?;
            if name.starts_with("new-") && used.elapsed().is_ok_and(|age| age > STALE) {
                let _ = fs::remove_file(entry.path());
                return None;
            }
            let is_entry = name.len() == HASH && name.bytes().all(|b| b.is_ascii_hexdigit());
            (is_entry && metadata.is_file()).then(|| (entry.path(), metadata.len(), used))
        };
        entries.filter_map(file).collect()
    }

    /// The number of files, and their bytes.
    pub(crate) fn size(&self) -> (u64, u64) {
        let files = self.files();
        (files.len() as u64, files.iter().map(|(_, size, _)| size).sum())
    }

    /// Drops the least recently used files, where there is too much.
    fn make_room(&self) {
        // To look at 30,000 files takes 80 ms (2026-11), which a process pays with its first new source.
        if self.estimate() > LIMIT - LIMIT / SPARE / 2 {
            self.drop_oldest(self.files(), LIMIT);
        }
    }

    /// Drops files of a list, the least recently used first, where they take more than `limit`.
    fn drop_oldest(&self, mut files: Vec<(PathBuf, u64, SystemTime)>, limit: u64) {
        let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
        if total <= limit {
            return;
        }
        files.sort_by_key(|&(_, _, used)| used);
        for (path, size, _) in files {
            if total <= limit - limit / SPARE {
                break;
            }
            match fs::remove_file(path) {
                // Another process has seen the same list, and was quicker.
                Err(error) if error.kind() != io::ErrorKind::NotFound => {}
                _ => total -= size,
            }
        }
    }

    /// Drops all files.
    pub(crate) fn clear(&self) {
        for (path, _, _) in self.files() {
            let _ = fs::remove_file(path);
        }
    }
}

/// Whether a file belongs to this user, and nobody else can write to it.
fn is_ours(metadata: &fs::Metadata) -> bool {
    // SAFETY: only asks for a number.
    metadata.uid() == unsafe { libc::geteuid() } && metadata.mode() & 0o022 == 0
}

/// The hash of an entry and of its key: one that stands in the place of another is as good as damaged.
fn seal(key: &Key, payload: &[u8]) -> String {
    hash(&[key.as_str().as_bytes(), payload])
}

/// What follows the hash, if it is what was hashed.
fn check<'b>(key: &Key, bytes: &'b [u8]) -> Option<&'b [u8]> {
    let (sum, payload) = bytes.strip_prefix(FORMAT)?.split_at_checked(HASH)?;
    (seal(key, payload).as_bytes() == sum).then_some(payload)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::super::key::Recipe;
    use super::*;
    use std::fs::File;

    /// A folder of a test's own, gone afterwards.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("shiver-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Folder(path)
        }

        fn store(&self) -> Store {
            Store::open(self.0.clone()).expect("a folder of one's own")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn key(name: &str) -> Key {
        Recipe::new("test").part(name).finish()
    }

    #[test]
    fn what_was_put_is_found_by_its_key_alone() {
        let folder = Folder::new("found");
        let store = folder.store();
        assert_eq!(store.get(&key("a")), None);
        store.put(&key("a"), b"one");
        store.put(&key("b"), b"");
        assert_eq!(store.get(&key("a")).as_deref(), Some(&b"one"[..]));
        assert_eq!(store.get(&key("b")).as_deref(), Some(&b""[..]));
        store.put(&key("a"), b"two");
        assert_eq!(folder.store().get(&key("a")).as_deref(), Some(&b"two"[..]));
        assert_eq!(store.size().0, 2);
        store.clear();
        assert_eq!((store.get(&key("a")), store.size()), (None, (0, 0)));
    }

    #[test]
    fn every_damaged_byte_and_every_missing_end_is_a_miss() {
        let folder = Folder::new("damage");
        let store = folder.store();
        store.put(&key("a"), b"payload");
        let whole = fs::read(store.path(&key("a"))).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            for bytes in [&damaged, &whole[..at]] {
                store.put(&key("a"), b"payload");
                fs::write(store.path(&key("a")), bytes).unwrap();
                assert_eq!(store.get(&key("a")), None, "{at}");
                assert!(!store.path(&key("a")).exists(), "the damaged file is gone");
            }
        }
    }

    #[test]
    fn an_entry_in_the_place_of_another_is_a_miss() {
        let folder = Folder::new("swapped");
        let store = folder.store();
        store.put(&key("a"), b"one");
        store.put(&key("b"), b"two");
        let (a, b, aside) = (store.path(&key("a")), store.path(&key("b")), folder.0.join("aside"));
        for (from, to) in [(&a, &aside), (&b, &a), (&aside, &b)] {
            fs::rename(from, to).unwrap();
        }
        assert_eq!((store.get(&key("a")), store.get(&key("b"))), (None, None));
        assert!(!a.exists() && !b.exists());
    }

    #[test]
    fn a_folder_in_the_place_of_an_entry_stays_and_is_a_miss() {
        let folder = Folder::new("inside");
        let store = folder.store();
        let path = store.path(&key("a"));
        fs::create_dir(&path).unwrap();
        assert_eq!(store.get(&key("a")), None);
        store.put(&key("a"), b"one");
        assert_eq!((store.get(&key("a")), store.size()), (None, (0, 0)));
        store.clear();
        assert!(path.is_dir());
        let left: Vec<_> = fs::read_dir(&folder.0).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing half written is left behind");
    }

    #[test]
    fn what_is_not_the_caches_is_let_be() {
        let folder = Folder::new("others");
        let store = folder.store();
        store.put(&key("a"), b"one");
        let old = SystemTime::now() - 2 * STALE;
        // By name: whether it stays.
        let names = [("notes.txt", true), ("new-1-1", true), ("new-1-2", false)];
        for (name, _) in names {
            let file = File::create(folder.0.join(name)).unwrap();
            file.set_len(if name == "notes.txt" { 2 * LIMIT } else { 5 }).unwrap();
            file.set_modified(if name == "new-1-1" { SystemTime::now() } else { old }).unwrap();
        }
        assert_eq!(store.size().0, 1);
        store.make_room();
        assert!(store.get(&key("a")).is_some(), "a user's file takes none of the cache's room");
        store.clear();
        for (name, stays) in names {
            assert_eq!(folder.0.join(name).exists(), stays, "{name}");
        }
        assert_eq!(store.get(&key("a")), None);
    }

    #[test]
    fn links_pipes_and_files_that_others_can_write_are_not_followed() {
        let folder = Folder::new("hostile");
        let store = folder.store();
        store.put(&key("a"), b"one");
        let (path, elsewhere) = (store.path(&key("a")), folder.0.join("elsewhere"));
        fs::rename(&path, &elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        assert_eq!(store.get(&key("a")), None);
        fs::remove_file(&path).unwrap();
        let name = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: the name is terminated.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        assert_eq!(store.get(&key("a")), None);
        // What is written takes the place of a link or a pipe, and does not go through it.
        let before = fs::read(&elsewhere).unwrap();
        store.put(&key("a"), b"two");
        assert_eq!(store.get(&key("a")).as_deref(), Some(&b"two"[..]));
        fs::remove_file(&path).unwrap();
        symlink(&elsewhere, &path).unwrap();
        store.put(&key("a"), b"three");
        assert_eq!(store.get(&key("a")).as_deref(), Some(&b"three"[..]));
        assert_eq!(fs::read(&elsewhere).unwrap(), before);
        fs::rename(&elsewhere, &path).unwrap();
        assert!(store.get(&key("a")).is_some());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(store.get(&key("a")), None);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(store.get(&key("a")).is_some());
        // Only who may give files away can have one that is somebody else's, and readable.
        if std::os::unix::fs::chown(&path, Some(65534), None).is_ok() {
            assert_eq!(store.get(&key("a")), None);
        }
    }

    #[test]
    fn a_folder_that_is_not_ones_own_is_not_used() {
        let folder = Folder::new("folder");
        fs::create_dir(&folder.0).unwrap();
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(Store::open(folder.0.clone()).is_none());
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o700)).unwrap();
        let link = folder.0.join("link");
        symlink(&folder.0, &link).unwrap();
        assert!(Store::open(link).is_none());
        // Only who may give folders away can have one that is somebody else's.
        let foreign = folder.0.join("foreign");
        fs::create_dir(&foreign).unwrap();
        if std::os::unix::fs::chown(&foreign, Some(65534), None).is_ok() {
            assert!(Store::open(foreign).is_none());
        }
        fs::write(folder.0.join("file"), "").unwrap();
        assert!(Store::open(folder.0.join("file")).is_none());
        assert!(Store::open(PathBuf::from("/proc/no such folder")).is_none());
    }

    #[test]
    fn a_folder_that_goes_away_is_a_miss() {
        let folder = Folder::new("away");
        let store = folder.store();
        fs::remove_dir_all(&folder.0).unwrap();
        store.put(&key("a"), b"one");
        assert_eq!(store.get(&key("a")), None);
        assert_eq!(store.size(), (0, 0));
    }

    #[test]
    fn the_least_recently_used_go_first() {
        let folder = Folder::new("room");
        let store = folder.store();
        let day = Duration::from_secs(86_400);
        for k in 0..4u32 {
            let name = format!("{k}");
            store.put(&key(&name), b"");
            let file = File::options().write(true).open(store.path(&key(&name))).unwrap();
            file.set_len(LIMIT / 4 + 1).unwrap(); // Sparse: it takes no room.
            file.set_modified(SystemTime::now() - day * (4 - k)).unwrap();
        }
        store.make_room();
        let left: Vec<_> = (0..4).map(|k| store.path(&key(&k.to_string())).exists()).collect();
        assert_eq!(left, [false, true, true, true]);
        assert!(store.size().1 <= LIMIT);
    }

    #[test]
    fn what_many_files_take_is_estimated() {
        let folder = Folder::new("estimate");
        let store = folder.store();
        for (count, error) in [(100, 0), (6_000, 15)] {
            let mut written = 0;
            for k in 0..count {
                let size = 1 + 37 * k % 1000;
                File::create(store.path(&key(&k.to_string()))).unwrap().set_len(size).unwrap();
                written += size;
            }
            let difference = store.estimate().abs_diff(written);
            assert!(difference * 100 <= written * error, "{difference} of {written}");
        }
    }

    #[test]
    fn being_found_is_being_used() {
        let folder = Folder::new("used");
        let store = folder.store();
        let day = Duration::from_secs(86_400);
        let names: Vec<String> = (0..10).map(|k| k.to_string()).collect();
        for (k, name) in names.iter().enumerate() {
            store.put(&key(name), &[7; 1000]);
            let file = File::options().write(true).open(store.path(&key(name))).unwrap();
            file.set_modified(SystemTime::now() - day * (20 - k as u32)).unwrap();
        }
        for name in ["0", "3"] {
            assert!(store.get(&key(name)).is_some());
        }
        let seen = store.files();
        let size = store.size().1 / 10;
        // Room for nine, of which a tenth is made free: eight stay, and the two that were found among them.
        store.drop_oldest(seen.clone(), 9 * size);
        let left =
            || -> Vec<bool> { names.iter().map(|name| store.path(&key(name)).exists()).collect() };
        let stays = |k: usize| !matches!(k, 1 | 2);
        assert_eq!(left(), (0..10).map(stays).collect::<Vec<_>>());
        // A process that saw the folder before that lets the others be.
        store.drop_oldest(seen, 9 * size);
        assert_eq!(left(), (0..10).map(stays).collect::<Vec<_>>());
    }

    #[test]
    fn many_writers_and_readers_see_whole_entries_only() {
        let folder = Folder::new("many");
        std::thread::scope(|scope| {
            for writer in 0..4u8 {
                let folder = &folder;
                scope.spawn(move || {
                    let store = folder.store();
                    for round in 0..200usize {
                        store.put(&key("a"), &vec![writer; 100 + round]);
                        let found = store.get(&key("a")).expect("somebody has written");
                        assert!(found.iter().all(|&byte| byte == found[0]));
                    }
                });
            }
        });
    }
}
