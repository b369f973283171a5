//! A function that the user gives under the name of one of C's stands for it, in code that is compiled
//! from then on. A process of its own, since names hold for all of it.

use shiver::{Args, Function, Input, Module, Options, Plan, parfor_map};

const SOURCE: &str =
    "#include <math.h>\ndouble f(long i) { return cbrt(i) + (i < 0 ? erf(0.5) : 0); }";
const SINGLE: &str = "#include <math.h>\nfloat f(long i) { return cbrtf(i); }";
const IR: &str = "declare double @cbrt(double) memory(none)
    define double @f(i64 %i) {
        %x = sitofp i64 %i to double
        %y = call double @cbrt(double %x)
        ret double %y
    }";

fn values<T: shiver::Element>(function: &Function) -> Vec<T> {
    // SAFETY: the bodies here touch no memory.
    unsafe { parfor_map(function, 20, Args::new(), &Plan::default()) }.unwrap()
}

fn of_source(source: &str) -> Function {
    Function::from_c(source, &Options::default()).unwrap()
}

fn of_ir() -> Function {
    Module::from_llvm(Input::Text(IR), None, &mut |_| ()).unwrap().only_function().unwrap()
}

#[test]
fn a_name_that_the_user_has_given_wins() {
    extern "C" fn own(x: f64) -> f64 {
        x + 100.0
    }
    let before = of_source(SOURCE);
    assert_eq!(values::<f64>(&before)[8], 2.0);
    assert_eq!(values::<f64>(&of_ir())[8], 2.0);
    // SAFETY: the function is of C's type, and stays.
    unsafe {
        shiver::symbols::add_symbol("cbrt", own as extern "C" fn(f64) -> f64 as usize);
    }
    let expected: Vec<f64> = (0..20).map(|i| f64::from(i) + 100.0).collect();
    assert_eq!(values::<f64>(&of_source(SOURCE)), expected);
    assert_eq!(values::<f64>(&of_ir()), expected);
    // A constant is not computed with C's function either.
    assert_eq!(
        values::<f64>(&of_source("#include <math.h>\ndouble f(long i) { return cbrt(8.0); }"))[0],
        108.0
    );
    // Another name is another function, and what was compiled before keeps the old one.
    assert_eq!(values::<f32>(&of_source(SINGLE))[8], 2.0);
    assert_eq!(values::<f64>(&before)[8], 2.0);
}
