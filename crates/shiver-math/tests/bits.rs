//! All forms of a function give the same bits, whatever stands in the other lanes.

use std::arch::x86_64::*;
use std::mem::transmute;

use proptest::prelude::*;
use shiver_math::{Accuracy, Arithmetic, FUNCTIONS, Form, Function, Precision, address};

/// As many arguments as the widest form takes, so that it is called once.
const COUNT: usize = 16;

/// Numbers of one precision, and the ways of calling functions of them.
trait Element: Copy + std::fmt::Debug {
    const PRECISION: Precision;

    fn bits(self) -> u64;

    /// Calls a form for all arguments, `lanes` at a time.
    ///
    /// # Safety
    ///
    /// `address` is that of a form for as many lanes, which this CPU can run.
    unsafe fn call(
        address: usize,
        arguments: usize,
        lanes: usize,
        x: &[Self; COUNT],
        y: &[Self; COUNT],
    ) -> [Self; COUNT];
}

/// Calls a function of the vector type `$vector` for each piece of the arguments.
macro_rules! call {
    ($feature:literal, $vector:ty, $element:ty, $address:ident, $arguments:ident, $x:ident, $y:ident) => {{
        #[target_feature(enable = $feature)]
        unsafe fn all(
            address: usize,
            arguments: usize,
            x: &[$element; COUNT],
            y: &[$element; COUNT],
        ) -> [$element; COUNT] {
            const LANES: usize = size_of::<$vector>() / size_of::<$element>();
            let mut results = *x;
            for k in (0..COUNT).step_by(LANES) {
                // SAFETY: the pieces lie inside the arrays; the caller promises the type of the
                // function, and that the CPU has what it takes.
                unsafe {
                    let x = x[k..].as_ptr().cast::<$vector>().read_unaligned();
                    let y = y[k..].as_ptr().cast::<$vector>().read_unaligned();
                    let result = if arguments == 1 {
                        transmute::<usize, unsafe extern "C" fn($vector) -> $vector>(address)(x)
                    } else {
                        transmute::<usize, unsafe extern "C" fn($vector, $vector) -> $vector>(
                            address,
                        )(x, y)
                    };
                    results[k..].as_mut_ptr().cast::<$vector>().write_unaligned(result);
                }
            }
            results
        }
        // SAFETY: as the caller promises.
        unsafe { all($address, $arguments, $x, $y) }
    }};
}

/// Implements [`Element`], given the vector types of 16, 32 and 64 bytes.
macro_rules! element {
    ($element:ident, $precision:ident, $small:ident, $middle:ident, $wide:ident) => {
        impl Element for $element {
            const PRECISION: Precision = Precision::$precision;

            fn bits(self) -> u64 {
                self.to_bits().into()
            }

            unsafe fn call(
                address: usize,
                arguments: usize,
                lanes: usize,
                x: &[Self; COUNT],
                y: &[Self; COUNT],
            ) -> [Self; COUNT] {
                match lanes * size_of::<$element>() {
                    16 => call!("sse2", $small, $element, address, arguments, x, y),
                    32 => call!("avx2", $middle, $element, address, arguments, x, y),
                    64 => call!("avx512f", $wide, $element, address, arguments, x, y),
                    _ => call!("sse2", $element, $element, address, arguments, x, y),
                }
            }
        }
    };
}

element!(f32, Single, __m128, __m256, __m512);
element!(f64, Double, __m128d, __m256d, __m512d);

/// Whether this CPU can run forms of vectors of so many bytes.
fn runs(arithmetic: Arithmetic, bytes: usize) -> bool {
    match (arithmetic, bytes) {
        (Arithmetic::Plain, _) => true,
        (Arithmetic::Fused, 64) => is_x86_feature_detected!("avx512f"),
        (Arithmetic::Fused, _) => {
            is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
        }
    }
}

/// Calls every form of a function with the same arguments, in several orders.
fn check<T: Element>(function: &Function, x: &[T; COUNT], y: &[T; COUNT]) {
    for accuracy in [Accuracy::OneUlp, Accuracy::FourUlp] {
        for arithmetic in [Arithmetic::Fused, Arithmetic::Plain] {
            if function.offered(accuracy, arithmetic) != accuracy || !runs(arithmetic, 16) {
                continue;
            }
            let call = |lanes, x: &[T; COUNT], y: &[T; COUNT]| {
                let form = Form { precision: T::PRECISION, lanes, accuracy, arithmetic };
                let symbol = function.symbol(form);
                let address = address(&symbol).unwrap_or_else(|| panic!("no {symbol}"));
                // SAFETY: the form has that type, and its width was asked for.
                (symbol, unsafe { T::call(address, function.arguments, lanes, x, y) })
            };
            let (_, wanted) = call(1, x, y);
            for bytes in arithmetic.widths().iter().filter(|&&bytes| runs(arithmetic, bytes)) {
                let lanes = bytes / T::PRECISION.bytes();
                // Turned by one and by three, each argument has other neighbours, in another lane.
                for turn in [0, 1, 3] {
                    let (mut x, mut y, mut wanted) = (*x, *y, wanted);
                    for values in [&mut x, &mut y, &mut wanted] {
                        values.rotate_left(turn);
                    }
                    let (symbol, results) = call(lanes, &x, &y);
                    for k in 0..COUNT {
                        let (result, wanted) = (results[k], wanted[k]);
                        assert_eq!(
                            result.bits(),
                            wanted.bits(),
                            "{symbol}({:?}, {:?}) is {result:?}, not {wanted:?}",
                            x[k],
                            y[k]
                        );
                    }
                }
            }
        }
    }
}

/// Where functions turn, and what is not an ordinary number.
const SPECIAL: [f64; 40] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    -2.0,
    -2.5,
    3.0,
    f64::NAN,
    -f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MAX,
    f64::MIN,
    f64::MIN_POSITIVE,
    5e-324,
    -5e-324,
    1e-310,
    f32::MAX as f64,
    f32::MIN_POSITIVE as f64,
    1e-45,
    -1e-45,
    1e-40,
    1e22,
    709.5,
    -745.0,
    710.3,
    -87.5,
    88.5,
    89.2,
    -103.5,
    171.5,
    -170.5,
    -34.5,
    9.5,
    26.5,
    1e15,
    1e300,
];

fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        2 => any::<u64>().prop_map(f64::from_bits),
        3 => -4.0..4.0,
        2 => -40.0..40.0,
        1 => -800.0..800.0,
        2 => (-40.0..40.0).prop_map(f64::exp),
        1 => prop::sample::select(SPECIAL.to_vec()),
    ]
}

fn single() -> impl Strategy<Value = f32> {
    prop_oneof![
        2 => any::<u32>().prop_map(f32::from_bits),
        8 => double().prop_map(|value| value as f32),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn doubles(x in prop::array::uniform16(double()), y in prop::array::uniform16(double())) {
        FUNCTIONS.iter().for_each(|function| check(function, &x, &y));
    }

    #[test]
    fn floats(x in prop::array::uniform16(single()), y in prop::array::uniform16(single())) {
        FUNCTIONS.iter().for_each(|function| check(function, &x, &y));
    }
}

/// In fused arithmetic, the forms for vectors and for single values agree where without it they would
/// not: see [`Function::offered`].
#[test]
fn cosines_near_one() {
    for k in 1..4096 {
        let x = std::array::from_fn(|lane| (k * 16 + lane) as f64 * -1e-19);
        let (cos, _) = shiver_math::find("cos").unwrap();
        check(cos, &x, &x);
        check(cos, &x.map(|x| (x * 1e9) as f32), &x.map(|x| x as f32));
    }
}

/// Every pair of special arguments.
#[test]
fn special_arguments() {
    for &y in &SPECIAL {
        for x in SPECIAL.chunks(8) {
            let x: [f64; COUNT] = std::array::from_fn(|k| x[k % 8]);
            for function in &FUNCTIONS {
                check(function, &x, &[y; COUNT]);
                check(function, &x.map(|x| x as f32), &[y as f32; COUNT]);
            }
        }
    }
}

/// The catalogue is sorted, as look-ups need it, and everything in it is there.
#[test]
fn every_function_is_found_by_its_name() {
    assert!(FUNCTIONS.is_sorted_by(|a, b| a.name < b.name));
    for function in &FUNCTIONS {
        for (name, precision) in [
            (function.name.to_owned(), Precision::Double),
            (format!("{}f", function.name), Precision::Single),
        ] {
            let found = shiver_math::find(&name).unwrap();
            assert_eq!((found.0.name, found.1), (function.name, precision));
        }
    }
    assert!(shiver_math::find("f").is_none());
    assert!(shiver_math::find("").is_none());
    assert!(address("sin").is_none());
}
