//! Loops that write past the caches: the same bits as others, and only where they should.

use std::ops::ControlFlow::Continue;

use proptest::prelude::*;
use shiver::{Dim, Function, IntoSpace, Launch, Plan, Space};

use crate::ways::{all_ways, any_way, c, cases, fast, whole};

/// Runs a loop that streams all that it can, given the addresses and numbers of its fixed arguments.
/// Gives the positions of what it streamed.
pub(crate) fn stream(
    function: &Function,
    space: &Space,
    words: &[u64],
    result: *mut u8,
    plan: &Plan<'_>,
) -> Vec<usize> {
    run_from(function, space, words, result, plan, 0)
}

/// The same for a loop that streams if it writes that many bytes.
fn run_from(
    function: &Function,
    space: &Space,
    words: &[u64],
    result: *mut u8,
    plan: &Plan<'_>,
    bytes: u64,
) -> Vec<usize> {
    let words = words.iter().copied();
    let mut launch = Launch::streaming_from(function, space, words, bytes).unwrap();
    // SAFETY: the tests' bodies are written for the arrays and spaces that they get, without races.
    let outcome = unsafe { launch.run(result, plan, &mut |_| Continue(())) }.unwrap();
    assert!(outcome.is_completed());
    launch.streamed()
}

/// A line of the caches.
#[derive(Clone, Copy, PartialEq)]
#[repr(align(64))]
struct Line([u64; 8]);

/// Memory that begins a line, so that tests choose alignments.
struct Lines(Vec<Line>);

impl Lines {
    fn new(bytes: usize) -> Lines {
        Lines(vec![Line([0x5a5a_5a5a_5a5a_5a5a; 8]); bytes.div_ceil(64) + 1])
    }

    /// Fills it with small numbers of a type.
    fn numbers(bytes: usize, ty: &str) -> Lines {
        let mut lines = Lines::new(bytes);
        let start = lines.at(0);
        let number = |k: usize| (k * 37 % 101) as f64 / 4.0 + 0.3;
        for k in 0..bytes / 8 {
            // SAFETY: all of this is inside the vector; each type's size divides 8.
            unsafe {
                match ty {
                    "double" | "double _Complex" => start.cast::<f64>().add(k).write(number(k)),
                    "float" => (0..2).for_each(|part| {
                        let k = 2 * k + part;
                        start.cast::<f32>().add(k).write(number(k) as f32);
                    }),
                    _ => start
                        .cast::<u64>()
                        .add(k)
                        .write(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(k as u64)),
                }
            }
        }
        lines
    }

    fn at(&mut self, byte: usize) -> *mut u8 {
        self.0.as_mut_ptr().cast::<u8>().wrapping_add(byte)
    }
}

#[derive(Clone, Debug)]
struct Case {
    ty: &'static str,
    size: usize,
    index: &'static str,
    body: &'static str,
    rows: i64,
    columns: i64,
    first: i64,
    /// Of the row behind which `y` and `z` go on.
    pitch: i64,
    /// Where `x`, `y` and `z` begin, in elements and, if they are not even aligned to these, in bytes.
    starts: [usize; 3],
    askew: usize,
    fast: bool,
}

/// Bodies over `x`, `y` and `z`, `k` being a position; `T` is a macro.
const BODIES: &[&str] = &[
    "y[k] = x[k] + 1;",
    "y[k] = x[k] * x[k + 1] + x[k + 2] * 3;",
    "y[k] = x[k] + 1; z[k] = x[k] * 2;",
    "if (x[k] != x[k + 1]) y[k] = x[k]; else y[k] = 7;",
    "if (x[k] != x[k + 1]) y[k] = x[k]; z[k] = x[k];",
    "y[k] = x[k]; z[k] = z[k] + x[k];",
    "y[k] = 5; z[k] = x[k] / 3;",
    "T s = 0; for (int n = 0; n < 4; n++) s += x[k + n] * x[n]; y[k] = s;",
    "y[k] = x[3 * k % 50];",
    "y[k] = 1; y[k] = x[k] * x[k];",
];

fn any_case() -> impl Strategy<Value = Case> {
    let types = vec![
        ("double", 8),
        ("float", 4),
        ("unsigned long", 8),
        ("unsigned", 4),
        ("short", 2),
        ("unsigned char", 1),
        ("double _Complex", 16),
    ];
    let numbers = (
        prop::sample::select(types),
        prop::sample::select(vec!["long", "int", "unsigned"]),
        prop::sample::select(BODIES.to_vec()),
        (1i64..5, 1i64..300, 0i64..20, 0i64..30),
        prop::array::uniform3(0usize..70),
        prop_oneof![9 => Just(0usize), 1 => 1usize..8],
        any::<bool>(),
    );
    numbers.prop_map(
        |((ty, size), index, body, (rows, columns, first, gap), starts, askew, fast)| {
            let askew = if size == 8 { askew } else { 0 };
            let pitch = first + columns + gap;
            Case { ty, size, index, body, rows, columns, first, pitch, starts, askew, fast }
        },
    )
}

impl Case {
    fn source(&self) -> String {
        let Case { ty, index, body, .. } = self;
        // Types that a machine's double need not be aligned for.
        let loose = if self.askew > 0 { " __attribute__((aligned(1)))" } else { "" };
        format!(
            "#include <complex.h>\ntypedef {ty} T; typedef {ty} U{loose};\n\
             void f(const T *x, U *y, U *z, {index} pitch, {index} row, {index} k) {{\n\
             y += (long)row * pitch; z += (long)row * pitch; {body} }}"
        )
    }

    /// What `y` and `z` hold after the loop, and what was streamed.
    fn run(&self, function: &Function, plan: &Plan<'_>, bytes: u64) -> (Vec<Lines>, Vec<usize>) {
        let length = (self.rows * self.pitch + 200) as usize * self.size;
        let mut x = Lines::numbers(length, self.ty);
        let mut written = vec![Lines::numbers(length, self.ty), Lines::new(length)];
        let start = |k: usize| self.starts[k] * self.size;
        let y = written[0].at(start(1) + self.askew) as u64;
        let z = written[1].at(start(2) + self.askew) as u64;
        let words = [x.at(start(0)) as u64, y, z, self.pitch as u64];
        let columns = Dim::new(self.first.into(), (self.first + self.columns).into(), 1).unwrap();
        let space = Space::new([Dim::upto(self.rows.into()), columns]).unwrap();
        let streamed = run_from(function, &space, &words, std::ptr::null_mut(), plan, bytes);
        (written, streamed)
    }
}

proptest! {
    #![proptest_config(cases(150))]

    /// All alignments, lengths and types: streaming changes no bit, inside the arrays and around.
    #[test]
    fn streaming_changes_no_bit(case in any_case(), plans in prop::collection::vec(any_way(), 4)) {
        let source = case.source();
        let function = if case.fast { fast(&source) } else { c(&source) };
        let (wanted, streamed) = case.run(&function, &whole(), u64::MAX);
        prop_assert!(streamed.is_empty());
        for plan in &plans {
            let (got, streamed) = case.run(&function, plan, 0);
            for (wanted, got) in wanted.iter().zip(&got) {
                let wrong = wanted.0.iter().zip(&got.0).position(|(a, b)| a != b);
                prop_assert_eq!(wrong, None, "line, streaming {:?}:\n{}", streamed, source);
            }
        }
    }
}

/// Nothing is streamed.
const NONE: [usize; 0] = [];

const ADD1: &str = "void f(const double *x, double *y, long i) { y[i] = x[i] + 1; }";

/// What is streamed when `f` runs over `space` with these arguments, in the plain way.
fn streamed(source: &str, space: impl IntoSpace, words: &[u64], bytes: u64) -> Vec<usize> {
    let space = space.into_space().unwrap();
    run_from(&c(source), &space, words, std::ptr::null_mut(), &whole(), bytes)
}

#[test]
fn long_loops_stream_and_short_ones_do_not() {
    let (mut x, mut y) = (Lines::new(8000), Lines::new(8000));
    let words = [x.at(0) as u64, y.at(16) as u64];
    assert_eq!(streamed(ADD1, 900, &words, 7200), [1]);
    assert_eq!(streamed(ADD1, 899, &words, 7200), NONE);
    assert_eq!(streamed(ADD1, 0, &words, 0), NONE);
}

#[test]
fn without_being_told_it_takes_arrays_beyond_the_caches() {
    let function = c("char f(long i) { return i; }");
    // No more than that of the caches counts for each thread.
    let beyond = (shiver::threads::num_threads() as i64) << 24;
    for (n, wanted) in [(10_000, vec![]), (beyond, vec![0])] {
        let space = n.into_space().unwrap();
        let mut launch = Launch::new(&function, &space, std::iter::empty()).unwrap();
        let mut results = vec![0i8; n as usize];
        let result = results.as_mut_ptr().cast();
        // SAFETY: there is room for a result per iteration.
        let outcome = unsafe { launch.run(result, &Plan::default(), &mut |_| Continue(())) };
        assert!(outcome.unwrap().is_completed());
        assert_eq!(launch.streamed(), wanted, "{n}");
        assert!(results.iter().enumerate().all(|(i, &value)| value == i as i8));
    }
}

#[test]
fn overlapping_arrays_are_not_streamed() {
    let mut memory = Lines::new(100_000);
    let mut at = |byte| memory.at(byte) as u64;
    let (low, high) = (at(1024), at(1024 + 8000));
    assert_eq!(streamed(ADD1, 1000, &[low, high], 1), [1]);
    assert_eq!(streamed(ADD1, 1000, &[high, low], 1), [1]);
    assert_eq!(streamed(ADD1, 1000, &[low, low], 1), NONE);
    // Only the ranges that this loop reaches count.
    assert_eq!(streamed(ADD1, 1001, &[low, high], 1), NONE);
    assert_eq!(streamed(ADD1, 1001, &[high, low], 1), NONE);
    assert_eq!(streamed(ADD1, 2..900, &[low, low + 8 * 898], 1), [1]);
    assert_eq!(streamed(ADD1, 2..900, &[low, low + 8 * 897], 1), NONE);
}

#[test]
fn an_array_that_is_read_as_well_is_not_streamed() {
    let (mut x, mut y, mut z) = (Lines::new(8000), Lines::new(8000), Lines::new(8000));
    let words = [x.at(0) as u64, y.at(0) as u64, z.at(0) as u64];
    let in_place = "void f(const double *x, double *y, double *z, long i) { y[i] += x[i]; }";
    assert_eq!(streamed(in_place, 1000, &words, 1), NONE);
    let one =
        "void f(const double *x, double *y, double *z, long i) { y[i] += x[i]; z[i] = x[i]; }";
    assert_eq!(streamed(one, 1000, &words, 1), [2]);
    let atomic =
        "void f(const double *x, double *y, _Atomic long *n, long i) { y[i] = 1; (*n)++; }";
    assert_eq!(streamed(atomic, 1000, &words, 1), NONE);
}

/// Arrays whose lines begin in the same iterations go together; of others, those that are most.
#[test]
fn several_arrays() {
    let source = "void f(const float *x, double *y, double *z, float *w, long i) {\n\
                  y[i] = x[i]; z[i] = 2 * x[i]; w[i] = x[i] + 1; }";
    let mut lines = [4000, 8200, 8200, 4200].map(Lines::new);
    let mut words = |y: usize, z: usize| {
        let starts = [0, y, z, 0];
        let pairs = lines.iter_mut().zip(starts);
        pairs.map(|(lines, start)| lines.at(start) as u64).collect::<Vec<_>>()
    };
    assert_eq!(streamed(source, 1000, &words(0, 0), 1), [1, 2]);
    assert_eq!(streamed(source, 1000, &words(48, 48 + 64), 1), [1, 2]);
    assert_eq!(streamed(source, 1000, &words(16, 24), 1).len(), 1);
    assert_eq!(streamed(source, 1000, &words(16, 24), 8000).len(), 1);
    assert_eq!(streamed(source, 1000, &words(16, 24), 8001), NONE);
    // One iteration's doubles share a line with the next one's wherever these begin.
    assert_eq!(streamed(source, 1000, &words(4, 24), 1), [2]);
}

#[test]
fn results_of_every_type() {
    for (ty, size) in [
        ("double", 8),
        ("float", 4),
        ("unsigned long", 8),
        ("unsigned", 4),
        ("short", 2),
        ("char", 1),
        ("_Bool", 1),
        ("double _Complex", 16),
        ("float _Complex", 8),
    ] {
        let f = c(&format!("{ty} f(const int *x, long i) {{ return x[i] / 3; }}"));
        let (mut x, space) = (Lines::numbers(4 * 700, "int"), 700.into_space().unwrap());
        let mut plain = Lines::new(700 * size + 64);
        let words = [x.at(0) as u64];
        run_from(&f, &space, &words, plain.at(16), &whole(), u64::MAX);
        for plan in all_ways() {
            let mut got = Lines::new(700 * size + 64);
            assert_eq!(stream(&f, &space, &words, got.at(16), &plan), [1], "{ty}");
            assert!(got.0 == plain.0, "{ty} {plan:?}");
        }
    }
}

/// Spaces of several indices: rows in rows, and rows of a result.
#[test]
fn several_indices() {
    let f =
        c("float f(const float *x, long i, long j, long k) { return x[k] + 100 * i + 10 * j; }");
    let mut x = Lines::numbers(4 * 90, "float");
    let space = (3, 5, 87).into_space().unwrap();
    for plan in all_ways() {
        let mut result = Lines::new(3 * 5 * 87 * 4);
        assert_eq!(stream(&f, &space, &[x.at(0) as u64], result.at(0), &plan), [1]);
        let value = |at: *mut u8, k: usize| {
            // SAFETY: both arrays have that many elements.
            unsafe { at.cast::<f32>().add(k).read() }
        };
        for (k, (i, j)) in (0..3).flat_map(|i| (0..5).map(move |j| (i, j))).enumerate() {
            for column in 0..87 {
                let wanted = value(x.at(0), column) + (100 * i) as f32 + (10 * j) as f32;
                assert_eq!(value(result.at(0), 87 * k + column), wanted, "{i} {j} {column}");
            }
        }
    }
}

/// What the nest that streams was compiled to comes out of the cache as well, what it tells included.
#[test]
fn another_module_of_the_same_source() {
    let (mut x, mut y) = (Lines::new(8000), Lines::new(8000));
    let words = [x.at(0) as u64, y.at(0) as u64];
    for _ in 0..2 {
        assert_eq!(streamed(ADD1, 1000, &words, 1), [1]);
        assert_eq!(streamed(ADD1, 1000, &[words[1], words[1]], 1), NONE);
    }
}
