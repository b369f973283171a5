//! Objects of every shape that a compiler makes are loaded and run, and give what C promises.

#![cfg(target_arch = "x86_64")]

mod compiler;

use std::ffi::{c_char, c_int, c_long};
use std::fs;
use std::sync::atomic::{AtomicI32, Ordering};

use compiler::compile;
use shiver_loader::{Code, load, process_symbol};

/// The ways of compiling that change what an object is made of.
const FLAVOURS: [&[&str]; 7] = [
    &[],
    &["-O0"],
    &["-O3", "-ffunction-sections", "-fdata-sections"],
    &["-g", "-fasynchronous-unwind-tables", "-fcf-protection"],
    &["-fno-plt"],
    &["-fcommon", "-fno-jump-tables"],
    &["-mcmodel=large"],
];

/// Compiles and loads `source` in every flavour and hands each to `check`.
fn in_every_flavour(source: &str, check: impl Fn(&Code)) {
    for flags in FLAVOURS {
        let code = load(&compile(source, flags), &process_symbol)
            .unwrap_or_else(|error| panic!("with {flags:?}: {error}"));
        check(&code);
    }
}

/// The function `name`, to be called as an `F`.
fn function<F: Copy>(code: &Code, name: &str) -> F {
    let address = code.address(name).unwrap_or_else(|| panic!("{name} is defined"));
    assert!(code.contains(address));
    assert_eq!(size_of::<F>(), size_of::<usize>());
    // SAFETY: F is a function pointer type in every use below, of the type that the C source gives the function.
    unsafe { std::mem::transmute_copy(&address) }
}

/// What the system says about the page at `address`, such as `r-xp`; `None` if nothing is mapped there.
fn access(address: usize) -> Option<String> {
    let maps = fs::read_to_string("/proc/self/maps").expect("Linux");
    maps.lines().find_map(|line| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let range = usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?;
        range.contains(&address).then(|| rest[..4].to_owned())
    })
}

#[test]
fn calls_the_c_library() {
    in_every_flavour(
        "#include <math.h>\n#include <stdlib.h>\n#include <string.h>\n
         double wave(double x) { return sin(x) + 2 * cos(x); }
         long total(int n) {
             int *all = malloc(n * sizeof *all), *copy = calloc(n, sizeof *all);
             for (int i = 0; i < n; i++) all[i] = i;
             memcpy(copy, all, n * sizeof *all);
             long sum = 0;
             for (int i = 0; i < n; i++) sum += copy[i];
             free(all); free(copy);
             return sum;
         }",
        |code| {
            let wave: extern "C" fn(f64) -> f64 = function(code, "wave");
            assert!((wave(1.25) - (1.25f64.sin() + 2.0 * 1.25f64.cos())).abs() < 1e-15);
            let total: extern "C" fn(c_int) -> c_long = function(code, "total");
            assert_eq!(total(1000), 499_500);
        },
    );
}

#[test]
fn has_data_tables_and_strings() {
    in_every_flavour(
        "#include <string.h>\n
         static const double weights[5] = {1.5, 2.5, 3.5, 4.5, 5.5};
         static int calls;                                  // .bss
         int start = 40;                                    // .data
         static double twice(double x) { return 2 * x; }
         static double half(double x) { return x / 2; }
         double (*table[])(double) = {twice, half};         // addresses in data
         static double (*const fixed[])(double) = {half, twice};
         const char *const names[] = {\"alpha\", \"beta\", \"gamma\"};
         static int *const inside = &calls;
         static const char *tail = \"0123456789\" + 7;      // an addend
         double weight(int i) { return weights[i]; }
         int next(void) { ++*inside; return start + calls; }
         double apply(int which, double x) { return table[which](x) + 100 * fixed[which](x); }
         unsigned long length(int i) { return strlen(names[i]) + 10 * strlen(tail); }
         const char *name(int i) { return names[i]; }",
        |code| {
            let weight: extern "C" fn(c_int) -> f64 = function(code, "weight");
            assert_eq!((weight(0), weight(4)), (1.5, 5.5));
            let next: extern "C" fn() -> c_int = function(code, "next");
            assert_eq!((next(), next()), (41, 42));
            let apply: extern "C" fn(c_int, f64) -> f64 = function(code, "apply");
            assert_eq!((apply(0, 8.0), apply(1, 8.0)), (416.0, 1604.0));
            let length: extern "C" fn(c_int) -> usize = function(code, "length");
            assert_eq!((length(0), length(1), length(2)), (35, 34, 35));
            let name: extern "C" fn(c_int) -> *const c_char = function(code, "name");
            assert!(code.contains(name(1).addr()));
        },
    );
}

#[test]
fn switches_through_jump_tables() {
    in_every_flavour(
        "int next(int);
         int classify(int x, int y) {
             switch (x) {
             case 0: return y + 1;
             case 1: return y * 3;
             case 2: return y - 7;
             case 3: return y << 4;
             case 4: return y ^ 0x55;
             case 5: return next(y);
             case 6: return ~y;
             case 9: return y / 3;
             default: return -1;
             }
         }
         int next(int y) { return y <= 0 ? 0 : y + next(y - 1); }   // recursion",
        |code| {
            let classify: extern "C" fn(c_int, c_int) -> c_int = function(code, "classify");
            let results: Vec<c_int> = (-1..11).map(|x| classify(x, 100)).collect();
            assert_eq!(results, [-1, 101, 300, 93, 1600, 100 ^ 0x55, 5050, !100, -1, -1, 33, -1]);
        },
    );
}

#[test]
fn aligns_what_asks_for_it() {
    in_every_flavour(
        "#include <stdint.h>\n
         typedef double four __attribute__((vector_size(16)));
         typedef float wide __attribute__((vector_size(64)));
         static const _Alignas(64) unsigned char table[64] = {1, 2, 3};
         static _Alignas(32768) char buffer[100];
         static char odd = 1;
         static _Alignas(128) char small = 2;
         uintptr_t misaligned(void) {
             return (uintptr_t)table % 64 | (uintptr_t)buffer % 32768 | (uintptr_t)&small % 128;
         }
         int odds(void) { return odd + small; }
         // Constants of 16 bytes in operands that fault unless they are aligned.
         void flip(double *x) { for (int i = 0; i < 64; i++) x[i] = __builtin_fabs(x[i]) * -1.0; }
         void ramp(float *x) {
             wide r = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
             __builtin_memcpy(x, &r, sizeof r);
         }",
        |code| {
            let misaligned: extern "C" fn() -> usize = function(code, "misaligned");
            assert_eq!(misaligned(), 0);
            let odds: extern "C" fn() -> c_int = function(code, "odds");
            assert_eq!(odds(), 3);
            let flip: extern "C" fn(*mut f64) = function(code, "flip");
            let mut numbers: Vec<f64> = (0..64).map(|i| f64::from(i) - 32.0).collect();
            flip(numbers.as_mut_ptr());
            assert!(numbers.iter().enumerate().all(|(i, &x)| x == -(i as f64 - 32.0).abs()));
            let ramp: extern "C" fn(*mut f32) = function(code, "ramp");
            let mut numbers = [0.0f32; 16];
            ramp(numbers.as_mut_ptr());
            assert_eq!((numbers[0], numbers[15]), (1.0, 16.0));
        },
    );
}

#[test]
fn wide_vector_constants_load() {
    let source = "
        typedef double eight __attribute__((vector_size(64)));
        void sum(double *out, const double *in) {
            eight a = {1.25, 2.5, 3.75, 5, 6.25, 7.5, 8.75, 10}, b;
            __builtin_memcpy(&b, in, sizeof b);
            b = b * a + a;
            __builtin_memcpy(out, &b, sizeof b);
        }";
    let run = |flags: &[&str]| {
        let code = load(&compile(source, flags), &process_symbol).expect("loads");
        let sum: extern "C" fn(*mut f64, *const f64) = function(&code, "sum");
        let mut out = [0.0; 8];
        sum(out.as_mut_ptr(), [1.0; 8].as_ptr());
        assert_eq!(out, [2.5, 5.0, 7.5, 10.0, 12.5, 15.0, 17.5, 20.0]);
    };
    run(&["-O3"]);
    if std::arch::is_x86_feature_detected!("avx2") {
        run(&["-O3", "-mavx2"]);
    }
    if std::arch::is_x86_feature_detected!("avx512f") {
        run(&["-O3", "-mavx512f"]);
    }
}

#[test]
fn common_symbols_are_zeroed_memory() {
    let object = compile(
        "int counter[1000]; _Alignas(256) double sums[3];
         int *at(int i) { return &counter[i]; } double *sum(void) { return sums; }",
        &["-fcommon"],
    );
    let code = load(&object, &|_| None).expect("loads");
    let at: extern "C" fn(c_int) -> *mut c_int = function(&code, "at");
    let sum: extern "C" fn() -> *mut f64 = function(&code, "sum");
    assert_eq!(code.address("counter"), Some(at(0).addr()));
    assert_eq!(sum().addr() % 256, 0);
    for i in 0..1000 {
        // SAFETY: the object's array of 1000 numbers, while `code` keeps it.
        unsafe {
            assert_eq!(*at(i), 0);
            *at(i) = i;
        }
    }
}

#[test]
fn weak_symbols_may_be_missing() {
    let source = "
        __attribute__((weak)) int maybe(int);
        __attribute__((weak)) extern int number;
        __attribute__((weak)) int ours(int x) { return x + 1; }
        int call(int x) { return maybe ? maybe(x) : -1; }
        int *where(void) { return &number; }
        int own(int x) { return ours(x); }";
    extern "C" fn maybe(x: c_int) -> c_int {
        x * 10
    }
    for flags in FLAVOURS {
        let object = compile(source, flags);
        let without = load(&object, &|_| None).expect("loads");
        let call: extern "C" fn(c_int) -> c_int = function(&without, "call");
        let place: extern "C" fn() -> usize = function(&without, "where");
        let own: extern "C" fn(c_int) -> c_int = function(&without, "own");
        assert_eq!((call(4), place(), own(4)), (-1, 0, 5));

        let with = load(&object, &|name| (name == "maybe").then_some(maybe as *const () as usize))
            .expect("loads");
        let call: extern "C" fn(c_int) -> c_int = function(&with, "call");
        assert_eq!(call(4), 40);
    }
}

static FAR: AtomicI32 = AtomicI32::new(7);

extern "C" fn far(x: c_int) -> c_int {
    x + FAR.load(Ordering::Relaxed)
}

/// What this test program offers. It lies terabytes away from where the system maps new memory.
fn far_symbols(name: &str) -> Option<usize> {
    match name {
        "far" => Some(far as *const () as usize),
        "far_data" => Some(FAR.as_ptr().expose_provenance()),
        _ => process_symbol(name),
    }
}

#[test]
fn far_functions_and_data_are_reached() {
    let source = "
        #include <stdio.h>\n
        extern int far(int); extern int far_data; extern char **environ;
        int call(int x) { return far(x) + 1; }
        int tail(int x) { return far(x + 1); }
        int (*address(void))(int) { return far; }
        int (*stored)(int) = far;
        int *const place = &far_data;
        int get(void) { return far_data + *place; }
        int streams(void) { return stdout != 0 && environ != 0 && putchar != 0; }";
    for flags in FLAVOURS {
        let code = load(&compile(source, flags), &far_symbols).expect("loads");
        assert!(
            code.address("call").expect("defined").abs_diff(far as *const () as usize) > 1 << 31
        );
        let call: extern "C" fn(c_int) -> c_int = function(&code, "call");
        let tail: extern "C" fn(c_int) -> c_int = function(&code, "tail");
        let address: extern "C" fn() -> usize = function(&code, "address");
        let get: extern "C" fn() -> c_int = function(&code, "get");
        let streams: extern "C" fn() -> c_int = function(&code, "streams");
        assert_eq!((call(1), tail(1), get(), streams()), (9, 9, 14, 1));
        // A function has one address, that of the function, not of a stub.
        assert_eq!(address(), far as *const () as usize);
        assert_eq!(code.address("far"), None);
    }
}

#[test]
fn calls_without_a_procedure_table_reach_far_too() {
    // Older assemblers mark calls and jumps with the relocation for data.
    let source = r#"
        __asm__(".text\n.globl call, jump, branch\n"
                "call: subq $8, %rsp\n .byte 0xe8\n .long far - . - 4\n addq $8, %rsp\n ret\n"
                "jump: .byte 0xe9\n .long far - . - 4\n"
                "branch: testl %edi, %edi\n .byte 0x0f, 0x85\n .long far - . - 4\n movl $-5, %eax\n ret\n");"#;
    let code = load(&compile(source, &[]), &far_symbols).expect("loads");
    for (name, results) in [("call", [7, 8]), ("jump", [7, 8]), ("branch", [-5, 8])] {
        let call: extern "C" fn(c_int) -> c_int = function(&code, name);
        assert_eq!([call(0), call(1)], results, "{name}");
    }
}

#[test]
fn constructors_run_in_the_linkers_order() {
    let source = r#"
        int order[8], count;
        static int arguments;
        __attribute__((constructor)) static void fourth(void) { order[count++] = 4; }
        __attribute__((constructor(200))) static void second(void) { order[count++] = 2; }
        __attribute__((constructor(101))) static void first(int n, char **a, char **e) {
            order[count++] = 1; arguments = n != 0 || a || e;
        }
        __attribute__((constructor)) static void fifth(void) { order[count++] = 5; }
        __attribute__((destructor)) static void never(void) { order[count++] = 99; }
        static void seventh(void) { order[count++] = 7; }
        static void sixth(void) { order[count++] = 6; }
        static void third(void) { order[count++] = 3; }
        __asm__(".section .ctors,\"aw\",@progbits\n .quad seventh, sixth\n .text");
        __asm__(".section .ctors.65235,\"aw\",@progbits\n .quad -1, third, 0\n .text");
        __attribute__((used)) static void *keep[] = {seventh, sixth, third};
        const int *result(void) { return count == 7 && !arguments ? order : 0; }"#;
    let code = load(&compile(source, &[]), &process_symbol).expect("loads");
    let result: extern "C" fn() -> *const c_int = function(&code, "result");
    let result = result();
    assert!(!result.is_null());
    // SAFETY: the object's array of 8 numbers, while `code` keeps it.
    let order = unsafe { *result.cast::<[c_int; 8]>() };
    // Lists with a priority by priority; then those without, of either kind, in the order in which they stand in the
    // object, which is the compiler's choice. GNU ld does the same with this source.
    assert_eq!(order[..3], [1, 2, 3]);
    assert!(order[3..] == [4, 5, 6, 7, 0] || order[3..] == [6, 7, 4, 5, 0], "{order:?}");
}

#[test]
fn symbols_are_listed_by_name() {
    let source = "
        static __attribute__((used, noinline)) int hidden(int x) { return x * x; }
        __attribute__((visibility(\"hidden\"))) int inner(int x) { return x + 3; }
        int b(int x) { return hidden(x); } int a; __attribute__((weak)) int c(void) { return 3; }
        __attribute__((section(\".text.hot\"))) int d(void) { return 1; }
        __asm__(\".globl fixed\\n.set fixed, 4242\");";
    let code = load(&compile(source, &["-ffunction-sections"]), &|_| None).expect("loads");
    let names: Vec<&str> = code.symbols().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "b", "c", "d", "inner"]);
    assert!(code.symbols().all(|(name, address)| code.address(name) == Some(address)));
    let hidden: extern "C" fn(c_int) -> c_int = function(&code, "hidden");
    assert_eq!(hidden(12), 144);
    assert_eq!(
        (code.address("fixed"), code.address("absent"), code.address("")),
        (None, None, None)
    );
}

#[test]
fn inline_functions_in_groups_load() {
    // What C++ makes of templates and inline functions.
    let source = r#"
        __asm__(".section .text.twice,\"axG\",@progbits,twice,comdat\n.weak twice\n.type twice, @function\n"
                "twice: leal (%rdi,%rdi), %eax\n ret\n.text");
        int twice(int);
        int call(int x) { return twice(x) + 1; }"#;
    let code = load(&compile(source, &[]), &|_| None).expect("loads");
    let call: extern "C" fn(c_int) -> c_int = function(&code, "call");
    assert_eq!(call(20), 41);
}

#[test]
fn no_page_is_writable_and_executable() {
    let source = "
        const int constant[3] = {1, 2, 3}; int data[3] = {4, 5, 6}; int zeros[5000];
        int (*const pointer)(int);
        int code(int x) { return x + constant[x] + data[x] + zeros[x]; }
        int (*const pointer)(int) = code;";
    let loaded = load(&compile(source, &["-fno-common"]), &|_| None).expect("loads");
    let rights = |name| access(loaded.address(name).expect("defined")).expect("mapped");
    assert_eq!(rights("code"), "r-xp");
    assert_eq!(rights("constant"), "r--p");
    assert_eq!(rights("pointer"), "r--p");
    assert_eq!(rights("data"), "rw-p");
    assert_eq!(rights("zeros"), "rw-p");
    // A page of code, one of constants, and those of 20 KB of data.
    assert_eq!(loaded.size(), (2 + 5) * 4096);
}

#[test]
fn small_objects_take_few_pages() {
    let only_code =
        load(&compile("int f(int x) { return x + 1; }", &[]), &|_| None).expect("loads");
    assert_eq!(only_code.size(), 4096);
    let with_table = load(
        &compile(
            "#include <math.h>\ndouble f(double x) { return sin(x) * 0.1; }",
            &["-ffunction-sections"],
        ),
        &process_symbol,
    );
    assert_eq!(with_table.expect("loads").size(), 2 * 4096);
    let nothing = load(&compile("", &[]), &|_| None).expect("loads");
    assert_eq!((nothing.size(), nothing.symbols().count()), (4096, 0));
}

#[test]
fn the_last_handle_unmaps() {
    let code = load(&compile("int f(int x) { return x + 1; }", &[]), &|_| None).expect("loads");
    let f: extern "C" fn(c_int) -> c_int = function(&code, "f");
    let address = code.address("f").expect("defined");
    let second = code.clone();
    drop(code);
    assert_eq!(f(1), 2);
    assert_eq!(access(address).as_deref(), Some("r-xp"));
    assert!(
        second.contains(address)
            && !second.contains(address + second.size())
            && !second.contains(0)
    );
    drop(second);
    // Another test's thread may have mapped its own code at the same place meanwhile, but hardly each time.
    let gone = (0..50).any(|_| {
        let code = load(&compile("", &[]), &|_| None).expect("loads");
        let object = compile("int g(int x) { return x - 1; }", &[]);
        drop(code);
        let code = load(&object, &|_| None).expect("loads");
        let address = code.address("g").expect("defined");
        drop(code);
        access(address).is_none()
    });
    assert!(gone);
}

#[test]
fn any_alignment_of_the_bytes_will_do() {
    let object = compile("static int n = 3; int f(int x) { return x + n++; }", &[]);
    for shift in 0..8 {
        let mut bytes = vec![0; shift];
        bytes.extend_from_slice(&object);
        let code = load(&bytes[shift..], &|_| None).expect("loads");
        let f: extern "C" fn(c_int) -> c_int = function(&code, "f");
        assert_eq!((f(1), f(1)), (4, 5));
    }
}

#[test]
fn many_threads_load_and_run() {
    let object = compile(
        "#include <math.h>\n static double sum; static const double start = 0.5;
         __attribute__((constructor)) static void begin(void) { sum = start; }
         double add(double x) { return sum += sqrt(fabs(x)) + floor(x); }",
        &["-fno-builtin"],
    );
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let object = &object;
            scope.spawn(move || {
                for round in 0..300 {
                    let code = load(object, &process_symbol).expect("loads");
                    let add: extern "C" fn(f64) -> f64 = function(&code, "add");
                    let x = f64::from(thread * 1000 + round);
                    let expected = 0.5 + (x.sqrt() + x);
                    assert_eq!(add(x), expected);
                    // Each copy has its own data.
                    assert_eq!(add(0.0), expected);
                }
            });
        }
    });
}

#[test]
fn the_process_offers_its_libraries() {
    for name in
        ["malloc", "sin", "fmaf", "erf", "memcpy", "environ", "stdout", "__muldc3", "__udivti3"]
    {
        assert!(process_symbol(name).is_some(), "{name}");
    }
    for name in ["", "no_such_function_here", "with\0null"] {
        assert_eq!(process_symbol(name), None, "{name:?}");
    }
}
