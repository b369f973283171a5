//! Own process: functions that are compiled, run and dropped leave nothing behind.
//!
//! `SHIVER_TEST_FUNCTIONS` says how many: 2,000 by default, which take some 20 seconds; 10,000 is the
//! number that was promised.

use shiver::{Args, Function, Module, Options, Plan, parfor_map};

/// The pages of this process that are in memory, and the number of its mappings.
fn memory() -> (u64, usize) {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let resident = statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096;
    (resident, std::fs::read_to_string("/proc/self/maps").unwrap().lines().count())
}

/// Compiles, runs and drops a module of two functions, unlike all others.
fn come_and_go(k: i64) {
    let m = Module::from_c(
        &format!(
            "#include <math.h>\nstatic long calls; static const double table[64] = {{ {k} }};\n\
             double f(double x, long i) {{ __atomic_fetch_add(&calls, 1, 0); return table[0] + i * sqrt(x); }}\n\
             long g(long i) {{ return {k} - i; }}"
        ),
        &Options::default(),
    )
    .unwrap();
    // SAFETY: the bodies touch variables of their own.
    unsafe {
        let f: Vec<f64> =
            parfor_map(&m.function("f").unwrap(), 10, Args::new().scalar(4.0), &Plan::default())
                .unwrap();
        assert_eq!(f[9], k as f64 + 18.0);
        let g: Vec<i64> =
            parfor_map(&m.function("g").unwrap(), 3, Args::new(), &Plan::default()).unwrap();
        assert_eq!(g, [k, k - 1, k - 2]);
    }
    if k % 10 == 0 {
        // Sources that fail must leave nothing behind either.
        let broken = format!("double f(long i) {{ return missing{k}(i)");
        assert!(Function::from_c(&broken, &Options::default()).is_err());
        let unlinked =
            format!("double missing{k}(long); double f(long i) {{ return missing{k}(i); }}");
        let f = Function::from_c(&unlinked, &Options::default()).unwrap();
        // SAFETY: nothing runs.
        assert!(unsafe { parfor_map::<f64>(&f, 1, Args::new(), &Plan::default()) }.is_err());
    }
}

#[test]
fn memory_stays_flat() {
    // The cache on the disk is another's concern: each of these functions is compiled once.
    // SAFETY: this process has one test, and no other thread reads the environment yet.
    unsafe { std::env::set_var("SHIVER_CACHE_DIR", "/proc/no-such-folder") };
    let functions = std::env::var("SHIVER_TEST_FUNCTIONS").ok().and_then(|n| n.parse().ok());
    let modules = functions.unwrap_or(2000i64) / 2;
    let warm = modules / 5;
    (0..warm).for_each(come_and_go);
    let (resident, mappings) = memory();
    let start = std::time::Instant::now();
    (warm..modules).for_each(come_and_go);
    let (resident_after, mappings_after) = memory();
    let each = start.elapsed() / 2 / (modules - warm) as u32;
    let grown = resident_after as i64 - resident as i64;
    println!("{each:?} per function; {grown} bytes more after {} functions", 2 * (modules - warm));
    // What stayed of a function would be 4 KB of code at the least, and LLVM's objects a lot more.
    assert!(grown < (modules - warm) * 1000 + (8 << 20), "{grown} bytes more");
    assert!(mappings_after <= mappings + 40, "{mappings} mappings, then {mappings_after}");
}
