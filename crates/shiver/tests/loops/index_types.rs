//! Every index type, to the ends of its range, with steps of any size and sign.

use proptest::prelude::*;
use shiver::{Args, Dim, Element, Function, Plan, Schedule, Space, parfor_map};

use crate::ways::{all_ways, any_way, c, cases, way};

/// A body that gives its index back.
fn identity(ty: &str) -> Function {
    c(&format!("{ty} identity({ty} i) {{ return i; }}"))
}

fn values(dim: Dim) -> Vec<i128> {
    (0..dim.len()).map(|trip| dim.value(trip)).collect()
}

fn check<T: Element + Into<i128>>(ty: &str, ranges: &[(i128, i128, i128)], plans: &[Plan<'_>]) {
    let function = identity(ty);
    for &(start, stop, step) in ranges {
        let dim = Dim::new(start, stop, step).unwrap();
        for plan in plans {
            // SAFETY: the body touches no memory.
            let got: Vec<T> = unsafe { parfor_map(&function, dim, Args::new(), plan) }.unwrap();
            let got: Vec<i128> = got.into_iter().map(T::into).collect();
            assert_eq!(got, values(dim), "{ty} from {start} to {stop} by {step}, {plan:?}");
        }
    }
}

/// Ranges that touch both ends of a type; `stop` need not fit.
fn ends(least: i128, greatest: i128) -> Vec<(i128, i128, i128)> {
    let span = greatest - least;
    let middle = least + (span + 1) / 2;
    vec![
        (middle - 50, middle + 50, 1),
        (middle + 50, middle - 50, -1),
        (least, least + 100, 1),
        (greatest - 99, greatest + 1, 1),
        (greatest, greatest - 100, -1),
        (least + 99, least - 1, -1),
        (least, greatest + 1, span),
        (greatest, least - 1, -span),
        (least, greatest + 1, span / 7),
        (greatest, least - 1, -(span / 7)),
        (greatest - 1, greatest + 600, 602),
        (least, least + 1, i128::MAX),
        (greatest, greatest, 1),
    ]
}

#[test]
fn each_type_reaches_both_ends() {
    let plans = all_ways();
    check::<i8>("signed char", &ends(-128, 127), &plans);
    check::<u8>("unsigned char", &ends(0, 255), &plans);
    check::<i16>("short", &ends(-32768, 32767), &plans);
    check::<u16>("unsigned short", &ends(0, 65535), &plans);
    check::<i32>("int", &ends(i32::MIN.into(), i32::MAX.into()), &plans);
    check::<u32>("unsigned", &ends(0, u32::MAX.into()), &plans);
    check::<i64>("long", &ends(i64::MIN.into(), i64::MAX.into()), &plans);
    check::<u64>("unsigned long", &ends(0, u64::MAX.into()), &plans);
}

/// What C makes of a narrow index where a wider number is wanted.
#[test]
fn each_type_is_widened_as_c_does() {
    let ranges = [("signed char", 8, true), ("unsigned char", 8, false), ("short", 16, true)];
    let ranges = ranges.into_iter().chain([
        ("unsigned short", 16, false),
        ("int", 32, true),
        ("unsigned", 32, false),
    ]);
    for (ty, bits, signed) in ranges {
        let f = c(&format!("long f({ty} i) {{ return i + 1L; }}"));
        let least = if signed { -(1i128 << (bits - 1)) } else { 0 };
        for (start, stop, step) in ends(least, least + (1 << bits) - 1) {
            let dim = Dim::new(start, stop, step).unwrap();
            for plan in all_ways() {
                // SAFETY: the body touches no memory.
                let got: Vec<i64> = unsafe { parfor_map(&f, dim, Args::new(), &plan) }.unwrap();
                let got: Vec<i128> = got.into_iter().map(|value| i128::from(value) - 1).collect();
                assert_eq!(got, values(dim), "{ty} from {start} to {stop} by {step}, {plan:?}");
            }
        }
    }
}

#[test]
fn all_values_of_the_narrow_types() {
    let plans =
        [way(Schedule::Auto, 1, 0), way(Schedule::Dynamic, 3, 9), way(Schedule::Static, 2, 64)];
    check::<i8>("signed char", &[(-128, 128, 1), (127, -129, -1), (-128, 128, 3)], &plans);
    check::<u8>("unsigned char", &[(0, 256, 1), (255, -1, -1), (0, 256, 2)], &plans);
    check::<i16>("short", &[(-32768, 32768, 1), (32767, -32769, -1)], &plans);
    check::<u16>("unsigned short", &[(0, 65536, 1), (65535, -1, -1)], &plans);
}

/// A narrow index that is widened, scaled and used as an offset must not wrap where C's does not.
#[test]
fn a_narrow_index_addresses_as_c_does() {
    for (ty, start) in [("signed char", -128), ("short", -500), ("int", -500), ("long", -500)] {
        let function = c(&format!("void f(int *x, {ty} i) {{ x[2 * i] = i; x[i * 2 + 1] = -i; }}"));
        for plan in all_ways() {
            let mut x = vec![0i32; 2000];
            let args = Args::new().pointer(&raw mut x[1000]);
            crate::ways::run(&function, start..127i64, args, &plan);
            for i in start as i32..127 {
                let at = (1000 + 2 * i) as usize;
                assert_eq!((x[at], x[at + 1]), (i, -i), "{ty} {i} {plan:?}");
            }
        }
    }
}

/// Indices of three types in one nest, and results in the order of trips.
#[test]
fn indices_of_several_types() {
    let f =
        c("long f(long n, signed char i, unsigned j, long k) { return i * n * n + j * n + k; }");
    let dims = [
        Dim::new(127, -129, -51).unwrap(),
        Dim::new(4_294_967_295, 0, -1_431_655_765).unwrap(),
        Dim::new(-3, 4, 1).unwrap(),
    ];
    let space = Space::new(dims).unwrap();
    for plan in all_ways() {
        let args = Args::new().scalar(1000i64);
        // SAFETY: the body touches no memory.
        let got: Vec<i64> = unsafe { parfor_map(&f, space.clone(), args, &plan) }.unwrap();
        let mut wanted = vec![];
        for i in values(dims[0]) {
            for j in values(dims[1]) {
                for k in values(dims[2]) {
                    wanted.push((i * 1_000_000 + j * 1000 + k) as i64);
                }
            }
        }
        assert_eq!(got, wanted, "{plan:?}");
    }
}

/// Seven indices go beyond the nests that are kept without a lock.
#[test]
fn seven_indices() {
    let f = c("int f(int a, int b, int c, int d, int e, int f, int g) {\n\
               return ((((((a * 3 + b) * 3 + c) * 3 + d) * 3 + e) * 3) + f) * 3 + g; }");
    for step in [1, -1] {
        let dim = if step > 0 { Dim::new(0, 3, 1) } else { Dim::new(2, -1, -1) };
        let space = Space::new([dim.unwrap(); 7]).unwrap();
        // SAFETY: the body touches no memory.
        let mut got: Vec<i32> =
            unsafe { parfor_map(&f, space, Args::new(), &way(Schedule::Dynamic, 4, 10)) }.unwrap();
        if step < 0 {
            got.reverse();
        }
        assert_eq!(got, (0..3i32.pow(7)).collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(cases(200))]

    /// One function for all cases, as starts, steps and trips are run-time values.
    #[test]
    fn any_range_of_any_step(
        start in any::<i64>(),
        step in prop_oneof![-5i64..6, any::<i64>()],
        trips in 0u64..200,
        plan in any_way(),
    ) {
        prop_assume!(step != 0);
        static IDENTITY: std::sync::OnceLock<Function> = std::sync::OnceLock::new();
        let function = IDENTITY.get_or_init(|| identity("long"));
        // As many trips as stay inside the type.
        let room = if step > 0 { i64::MAX as i128 - start as i128 } else { i64::MIN as i128 - start as i128 };
        let trips = i128::from(trips).min(room / i128::from(step) + 1);
        let dim = Dim::new(start.into(), i128::from(start) + trips * i128::from(step), step.into()).unwrap();
        prop_assert_eq!(i128::from(dim.len()), trips);
        // SAFETY: the body touches no memory.
        let got: Vec<i64> = unsafe { parfor_map(function, dim, Args::new(), &plan) }.unwrap();
        let got: Vec<i128> = got.into_iter().map(i128::from).collect();
        prop_assert_eq!(got, values(dim));
    }
}
