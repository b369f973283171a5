//! The cache on the disk, as a process sees it. One test, since the folder is the process's.

use std::fs;
use std::path::Path;

use shiver::{Args, Error, Function, Options, Plan, cache, parfor_map};

fn options(folder: &Path) -> Options {
    Options { include_dirs: vec![folder.to_owned()], ..Options::default() }
}

fn value(source: &str, options: &Options) -> Result<i64, Error> {
    let f = Function::from_c(source, options)?;
    // SAFETY: the bodies touch no memory.
    Ok(unsafe { parfor_map::<i64>(&f, 1, Args::new(), &Plan::default())? }[0])
}

/// The answer, and how many look-ups found something and did not.
fn counted<T>(work: impl FnOnce() -> T) -> (T, u64, u64) {
    let before = cache::info();
    let answer = work();
    let after = cache::info();
    (answer, after.hits - before.hits, after.misses - before.misses)
}

#[test]
fn entries_are_found_again_and_never_when_something_changed() {
    let root = std::env::temp_dir().join(format!("shiver-cache-{}", std::process::id()));
    let (store, first, second) = (root.join("store"), root.join("first"), root.join("second"));
    for folder in [&root, &first, &second] {
        fs::create_dir_all(folder).unwrap();
    }
    // SAFETY: this process has no other thread that reads the environment: it has one test.
    unsafe { std::env::set_var("SHIVER_CACHE_DIR", &store) };

    // A source and its nest are two entries.
    let plain = "long f(long i) { return i + 41; }";
    let (answer, hits, misses) = counted(|| value(plain, &Options::default()));
    assert_eq!((answer.unwrap(), hits, misses), (41, 0, 2));
    let (answer, hits, misses) = counted(|| value(plain, &Options::default()));
    assert_eq!((answer.unwrap(), hits, misses), (41, 2, 0));

    // Options are a part of the key.
    let defined = Options { defines: vec![("N".into(), Some("1".into()))], ..Options::default() };
    assert_eq!(counted(|| value(plain, &defined).unwrap()).2, 1);

    // Variables begin anew in each module, also when their object comes from the cache.
    let counting = "static long n; long f(long i) { return ++n + 0 * i; }";
    // They are a third entry.
    assert_eq!(counted(|| value(counting, &Options::default()).unwrap()), (1, 0, 3));
    assert_eq!(counted(|| value(counting, &Options::default()).unwrap()), (1, 3, 0));

    // A header counts by its content; one that appears earlier on the way counts too.
    let both = Options { include_dirs: vec![first.clone(), second.clone()], ..Options::default() };
    let including = "#include \"n.h\"\nlong f(long i) { return N + 0 * i; }";
    assert!(value(including, &both).is_err());
    fs::write(second.join("n.h"), "#define N 1\n").unwrap();
    assert_eq!(value(including, &both).unwrap(), 1);
    assert_eq!(counted(|| value(including, &both).unwrap()), (1, 2, 0));
    fs::write(second.join("n.h"), "#define N 2\n").unwrap();
    assert_eq!(value(including, &both).unwrap(), 2);
    fs::write(first.join("n.h"), "#define N 3\n").unwrap();
    assert_eq!(value(including, &both).unwrap(), 3);
    assert_eq!(value(including, &options(&second)).unwrap(), 2);

    // Warnings are kept with what they warn of; errors are not kept.
    let unused = "long f(long i) { int unused; return i; }";
    let flags = Options { flags: vec!["-Wall".into()], ..Options::default() };
    for _ in 0..2 {
        let f = Function::from_c(unused, &flags).unwrap();
        assert_eq!(f.module().warnings().len(), 1);
    }
    assert!(matches!(value("long f(", &Options::default()), Err(Error::Compile(_))));

    // What stands for the time must not be kept.
    let timed = "long f(long i) { return sizeof(__TIME__) + 0 * i; }";
    for _ in 0..2 {
        let (f, hits, misses) = counted(|| Function::from_c(timed, &Options::default()));
        assert!(f.is_ok());
        assert_eq!((hits, misses), (0, 0));
    }

    // Damage costs a compile.
    for entry in fs::read_dir(&store).unwrap() {
        fs::write(entry.unwrap().path(), "damaged").unwrap();
    }
    let (answer, hits, misses) = counted(|| value(plain, &Options::default()));
    assert_eq!((answer.unwrap(), hits, misses), (41, 0, 2));

    // So does a folder that is gone, or that is somebody's file now.
    fs::remove_dir_all(&store).unwrap();
    assert_eq!(value(plain, &Options::default()).unwrap(), 41);
    fs::write(&store, "").unwrap();
    assert_eq!(value(plain, &Options::default()).unwrap(), 41);
    fs::remove_dir_all(&root).unwrap();
}
