//! Variables of a module: one of each, whatever nests are compiled, for as long as a handle lives.

use shiver::{Args, Dim, Function, IntoSpace, Module, Options, Plan, Schedule, parfor_map};

use crate::ways::{all_ways, c, cxx, run, way};

fn module(source: &str) -> Module {
    Module::from_c(source, &Options::default()).unwrap()
}

/// Runs `long f(long i)` for the index 0 alone.
fn call(function: &Function) -> i64 {
    // SAFETY: the bodies here touch their module's variables only.
    unsafe { parfor_map::<i64>(function, 1, Args::new(), &Plan::default()) }.unwrap()[0]
}

#[test]
fn all_nests_and_functions_share_them() {
    let m = module(
        "static long count = 5; long visible = 1;\n\
         void add(long i) { __atomic_fetch_add(&count, 1, 5); }\n\
         void add2(int i, int j) { __atomic_fetch_add(&count, 1, 5); visible = 9; }\n\
         long get(long i) { return count; }\n\
         long get_visible(long i) { return visible; }",
    );
    let (add, add2, get) = (m.function("add"), m.function("add2"), m.function("get"));
    let (add, add2, get) = (add.unwrap(), add2.unwrap(), get.unwrap());
    run(&add, 100, Args::new(), &way(Schedule::Auto, 3, 7));
    run(&add, Dim::new(10, 0, -3).unwrap(), Args::new(), &Plan::default());
    run(&add2, (5, 5), Args::new(), &way(Schedule::Dynamic, 2, 2));
    assert_eq!(call(&get), 5 + 100 + 4 + 25);
    assert_eq!(call(&m.function("get").unwrap()), 134);
    assert_eq!(call(&m.function("get_visible").unwrap()), 9);
    // Another module of the same source starts anew.
    let text = &m.identity().bitcode;
    let again = Function::from_bitcode(text, "get").unwrap();
    assert_eq!(call(&again), 5);
}

#[test]
fn static_variables_of_functions_and_helpers() {
    let f = c(
        "static long helper(void) { static long n = 10; return __atomic_add_fetch(&n, 1, 5); }\n\
               long f(long i) { static long n; __atomic_add_fetch(&n, 1, 5); return helper() * 100 + n; }",
    );
    assert_eq!((call(&f), call(&f), call(&f)), (1101, 1202, 1303));
}

/// One thread, no atomics: a plain variable is read and written in order within an iteration.
#[test]
fn a_plain_variable_is_written() {
    let m = module(
        "static double last; void f(double *x, long i) { last = x[i]; x[i] = last + 1; }\n\
                    double get(long i) { return last; }",
    );
    let mut x = [3.5];
    run(&m.function("f").unwrap(), 1, Args::new().slice_mut(&mut x), &Plan::default());
    assert_eq!(x, [4.5]);
    // SAFETY: the body reads a variable.
    let last: Vec<f64> =
        unsafe { parfor_map(&m.function("get").unwrap(), 1, Args::new(), &Plan::default()) }
            .unwrap();
    assert_eq!(last, [3.5]);
}

#[test]
fn constants_tables_and_strings() {
    let f = c("static const int table[] = {3, 1, 4, 1, 5, 9, 2, 6};\n\
               static int late[8] = {2, 7, 1, 8, 2, 8, 1, 8};\n\
               static const char *names[] = {\"zero\", \"one\"};\n\
               struct node { const struct node *next; int v; };\n\
               static const struct node a, b = {&a, 7}; static const struct node a = {&b, 8};\n\
               long f(long i) { return table[i % 8] + 10 * late[i % 8] + 100 * names[i % 2][0] + 100000 * a.next->next->next->v; }");
    for plan in all_ways() {
        // SAFETY: the body reads its module's constants.
        let got: Vec<i64> = unsafe { parfor_map(&f, 100, Args::new(), &plan) }.unwrap();
        for (i, &value) in got.iter().enumerate() {
            let table = [3, 1, 4, 1, 5, 9, 2, 6][i % 8] + 10 * [2, 7, 1, 8, 2, 8, 1, 8][i % 8];
            let name = i64::from(*[b"zero".as_slice(), b"one"][i % 2].first().unwrap());
            assert_eq!(value, table + 100 * name + 700_000);
        }
    }
}

/// A variable that holds the address of another, or of a function.
#[test]
fn initial_values_that_are_addresses() {
    let m = module(
        "static long x[4] = {1, 2, 3, 4}; static long *p = &x[2];\n\
                    static long twice(long v) { return 2 * v; } static long (*call)(long) = twice;\n\
                    void next(long i) { p = &x[3]; }\n\
                    long get(long i) { return call(*p); }",
    );
    let get = m.function("get").unwrap();
    assert_eq!(call(&get), 6);
    run(&m.function("next").unwrap(), 1, Args::new(), &Plan::default());
    assert_eq!(call(&get), 8);
}

#[test]
fn constructors_of_cxx_run_once_before_the_first_iteration() {
    let m = Module::from_c(
        "static long made; struct counter { long v; counter() : v(42) { ++made; } ~counter() { v = -1; } };\n\
         static counter first; counter second;\n\
         extern \"C\" long get(long i) { return first.v + second.v + 1000 * made; }\n\
         extern \"C\" long again(long i) { second.v++; return made; }",
        &cxx(),
    )
    .unwrap();
    let (get, again) = (m.function("get").unwrap(), m.function("again").unwrap());
    assert_eq!(call(&get), 2084);
    assert_eq!(call(&again), 2);
    assert_eq!(call(&get), 2085);
}

#[test]
fn local_statics_of_cxx_are_made_by_one_thread() {
    let m = Module::from_c(
        "static long made; struct slow { long v; slow(long x) { __atomic_add_fetch(&made, 1, 5);\n\
         for (volatile int k = 0; k < 100000; k++) ; v = x; } };\n\
         extern \"C\" long f(long i) { static slow s(7); return s.v; }\n\
         extern \"C\" long count(long i) { return made; }",
        &cxx(),
    )
    .unwrap();
    let f = m.function("f").unwrap();
    // SAFETY: the body touches its module's variables only.
    let got: Vec<i64> =
        unsafe { parfor_map(&f, 500, Args::new(), &way(Schedule::Dynamic, 4, 1)) }.unwrap();
    assert!(got.iter().all(|&v| v == 7));
    assert_eq!(call(&m.function("count").unwrap()), 1);
}

#[test]
fn thread_local_variables_are_refused() {
    for source in [
        "static _Thread_local int n; int f(int i) { return ++n; }",
        "__thread int n = 3; int f(int i) { return ++n; }",
    ] {
        let f = c(source);
        let space = 10.into_space().unwrap();
        // SAFETY: nothing runs.
        let error =
            unsafe { parfor_map::<i32>(&f, space, Args::new(), &Plan::default()) }.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the thread-local variable \"n\" cannot be compiled into a loop; a local array of the \
             body is as private"
        );
    }
}

#[test]
fn two_functions_of_a_module_call_each_other() {
    let m = module(
        "long even(long i); long odd(long i) { return i == 0 ? 0 : even(i - 1); }\n\
                    long even(long i) { return i == 0 ? 1 : odd(i - 1); }",
    );
    for (name, first) in [("even", 1), ("odd", 0)] {
        let f = m.function(name).unwrap();
        // SAFETY: the body touches no memory.
        let got: Vec<i64> = unsafe { parfor_map(&f, 20, Args::new(), &Plan::default()) }.unwrap();
        assert!(got.iter().enumerate().all(|(i, &v)| (v == 1) == (i % 2 == 1 - first)));
    }
}
