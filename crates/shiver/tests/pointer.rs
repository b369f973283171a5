//! Functions that are called by their address.

use std::ffi::c_void;

use shiver::module::Identity;
use shiver::pointer::Target;
use shiver::reduce::Op;
use shiver::{Args, Error, Function, Module, Plan, parfor_map};

extern "C" fn scaled(x: *const f64, by: f64, i: i64) -> f64 {
    // SAFETY: the tests pass arrays that are long enough.
    unsafe { *x.add(i as usize) * by }
}

extern "C" fn shifted(i: i64, data: *const c_void) -> i64 {
    // SAFETY: the tests pass null or the address of a number.
    i + unsafe { data.cast::<i64>().as_ref() }.copied().unwrap_or(-1)
}

extern "C" fn larger(a: f64, b: f64) -> f64 {
    a.max(b)
}

fn function(
    declaration: &str,
    address: *const (),
    context: Option<usize>,
) -> Result<Function, Error> {
    // SAFETY: the tests declare the functions above as they are.
    unsafe { Function::from_address(declaration, Target { address: address as usize, context }) }
}

#[test]
fn it_is_called_for_every_iteration() {
    let text = "double scaled(const double *x, double by, long i)";
    let scaled = function(text, scaled as *const (), None).unwrap();
    assert_eq!(
        scaled.signature().to_string(),
        "float64 scaled(const float64* x, float64 by, int64 i)"
    );
    let x: Vec<f64> = (0..1000).map(f64::from).collect();
    let args = Args::new().slice(&x).scalar(0.5);
    // SAFETY: the body reads x[i] alone.
    let got: Vec<f64> = unsafe { parfor_map(&scaled, 1000, args, &Plan::default()).unwrap() };
    assert!(got.iter().zip(&x).all(|(got, x)| *got == x * 0.5));
}

#[test]
fn a_context_is_passed_and_is_no_parameter() {
    let by = 100i64;
    let address = shifted as *const ();
    for (context, first) in [(Some(&raw const by as usize), 100), (Some(0), -1)] {
        let shifted = function("long (long, void *)", address, context).unwrap();
        assert_eq!(shifted.signature().params.len(), 1);
        // SAFETY: the body reads its context alone.
        let got: Vec<i64> =
            unsafe { parfor_map(&shifted, 3, Args::new(), &Plan::default()).unwrap() };
        assert_eq!(got, [first, first + 1, first + 2]);
    }
}

#[test]
fn what_cannot_be_called_is_refused() {
    let address = shifted as *const ();
    let refused = |declaration, address, context| {
        function(declaration, address, context).unwrap_err().to_string()
    };
    assert!(refused("long (long)", std::ptr::null(), None).contains("null"));
    assert!(refused("long (long)", address, Some(8)).contains("void *"));
    assert!(refused("long (long", address, None).contains("brackets"));
    assert!(refused("long (size)", address, None).contains("unknown type name 'size'"));
}

#[test]
fn functions_are_equal_by_their_address_and_type() {
    let made = function("long f(long i, void *p)", shifted as *const (), None).unwrap();
    assert_eq!(made, function("int64 f(int64 i, void* p)", shifted as *const (), None).unwrap());
    assert_ne!(made, function("long f(long i, void *p)", scaled as *const (), None).unwrap());
    let Identity { bitcode, target, .. } = made.module().identity().clone();
    assert_eq!(target, Some(Target { address: shifted as *const () as usize, context: None }));
    let (libraries, link, foreign) = (vec![], false, false);
    let elsewhere = Identity { bitcode, libraries, link, target: None, foreign };
    // Without the address, as it would arrive in another process, there is nothing to call.
    let lost = Module::from_identity(elsewhere).unwrap().only_function().unwrap();
    assert!(matches!(lost.address(), Err(Error::Link { .. })));
}

#[test]
fn a_reduction_calls_its_own_function_beside_the_body() {
    let scaled =
        function("double(const double *, double, long)", scaled as *const (), None).unwrap();
    let larger = function("double(double, double)", larger as *const (), None).unwrap();
    let x: Vec<f64> = (0..50_000).map(|k| f64::from(k * 7919 % 50_021)).collect();
    let args = Args::new().slice(&x).scalar(2.0);
    // SAFETY: the body reads x[i] alone.
    let got = unsafe {
        shiver::reduce::reduce::<f64>(
            &scaled,
            x.len(),
            args,
            Op::Function(&larger),
            None,
            &Plan::default(),
        )
    };
    assert_eq!(got.unwrap(), Some(x.iter().fold(0.0, |a: f64, b| a.max(2.0 * b))));
}
