//! Loading and dropping leaves nothing behind. A test program of its own, because it measures the whole process.

#![cfg(target_arch = "x86_64")]

mod compiler;

use std::fs;

use compiler::compile;
use shiver_loader::{load, process_symbol};

/// The bytes of memory that this process has in use, without what the allocator keeps for later.
fn resident() -> usize {
    // SAFETY: gives free memory back to the system; it takes any number of bytes to keep.
    unsafe { libc::malloc_trim(0) };
    let statm = fs::read_to_string("/proc/self/statm").expect("Linux");
    statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<usize>().ok())
        .expect("a number of pages")
        * 4096
}

/// The bytes that the allocator has handed out.
fn allocated() -> usize {
    // SAFETY: only reads the allocator's counters.
    unsafe { libc::mallinfo2() }.uordblks
}

/// The number of this process's mappings.
fn mappings() -> usize {
    fs::read_to_string("/proc/self/maps").expect("Linux").lines().count()
}

#[test]
fn ten_thousand_objects_leave_nothing_behind() {
    let sources = [
        "#include <math.h>\n static double table[4] = {1, 2, 3, 4}; double f(double x) { return sin(x) + table[1]; }",
        "static int zeros[100000]; int f(int i) { return ++zeros[i]; }",
        "static _Alignas(65536) char aligned[10]; char *f(void) { return aligned; }",
        // Refused before and after the memory is mapped.
        "void absent(void); void f(void) { absent(); }",
        "__attribute__((visibility(\"hidden\"))) extern int far; int f(void) { return far; }",
    ];
    let objects = sources.map(|source| compile(source, &[]));
    let resolve = |name: &str| {
        if name == "far" { Some(1) } else { process_symbol(name) }
    };
    let round = |count: usize| {
        for object in objects.iter().cycle().take(count) {
            if let Ok(code) = load(object, &resolve) {
                assert!(code.address("f").is_some());
            }
        }
    };
    round(1000);
    let (memory, heap, maps) = (resident(), allocated(), mappings());
    round(10_000);
    let (memory_after, heap_after, maps_after) = (resident(), allocated(), mappings());
    println!(
        "resident {memory} → {memory_after} bytes, allocated {heap} → {heap_after}, {maps} → {maps_after} mappings"
    );
    // The system counts resident pages in batches, per processor. One leaked page an object would be 40 MB, one leaked
    // allocation 320 KB.
    assert!(memory_after <= memory + (256 << 10));
    assert!(heap_after <= heap + (16 << 10));
    assert_eq!(maps_after, maps);

    // Ten thousand alive at once are all given back too.
    let alive: Vec<_> = (0..10_000).map(|_| load(&objects[0], &resolve).expect("loads")).collect();
    assert!(resident() > memory + 10_000 * 2 * 4096);
    drop(alive);
    println!("after 10,000 at once: {} bytes, {} mappings", resident(), mappings());
    assert!(resident() <= memory + (256 << 10));
    assert!(allocated() <= heap + (16 << 10));
    assert_eq!(mappings(), maps);
}
