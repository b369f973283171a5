//! Generated bodies over generated spaces, cut in every way, against the interpreter.

use proptest::prelude::*;
use shiver::{Args, Dim, Function, Plan, Space};

use crate::body::{Place, REACH, Statement, interpret, print, statements};
use crate::number::Number;
use crate::streaming::stream;
use crate::ways::{any_way, c, cases, run};

/// Positions go from −`HALF` to `HALF`; an index of two takes `COLUMNS` at most, of three 8 and 8.
const HALF: i64 = 2048;

/// The values of one index, as Python's range has them.
#[derive(Clone, Copy, Debug)]
struct Range {
    start: i64,
    stop: i64,
    step: i64,
}

impl Range {
    fn values(self) -> Vec<i64> {
        let Range { start, stop, step } = self;
        let mut values = vec![];
        let mut value = start;
        while if step > 0 { value < stop } else { value > stop } {
            values.push(value);
            value += step;
        }
        values
    }

    fn dim(self) -> Dim {
        Dim::new(self.start.into(), self.stop.into(), self.step.into()).unwrap()
    }
}

/// Ranges whose values lie between `-half` and `half`.
fn range(half: i64) -> impl Strategy<Value = Range> {
    let step =
        prop_oneof![4 => Just(1i64), 1 => 2i64..5, 2 => -4i64..0, 1 => Just(1000), 1 => Just(-77)];
    (-half..half, -half..half, step).prop_map(|(start, stop, step)| {
        // Mostly in the direction of the step; empty ranges are worth a few cases only.
        let turned = (start < stop) != (step > 0) && (start + stop) % 8 != 0;
        if turned { Range { start: stop, stop: start, step } } else { Range { start, stop, step } }
    })
}

fn ranges() -> impl Strategy<Value = Vec<Range>> {
    prop_oneof![
        3 => prop::collection::vec(range(HALF), 1),
        2 => (range(100), range(10)).prop_map(|(i, j)| vec![i, j]),
        1 => (range(4), range(4), range(15)).prop_map(|(i, j, k)| vec![i, j, k]),
    ]
}

/// The position of an iteration, here and in C; no two of a space are equal.
fn position(index: &[i64]) -> i64 {
    match *index {
        [i] => i,
        [i, j] => i * 20 + j,
        [i, j, k] => i * 300 + j * 32 + k,
        _ => unreachable!("spaces here have three indices at most"),
    }
}

const POSITIONS: [&str; 3] = ["i", "i * 20 + j", "i * 300 + j * 32 + k"];

fn source<T: Number>(indices: usize, index_type: &str, statements: &[Statement]) -> String {
    let names: Vec<_> =
        ["i", "j", "k"][..indices].iter().map(|name| format!("{index_type} {name}")).collect();
    let position = POSITIONS[indices - 1];
    format!(
        "{}__attribute__((noinline)) static T pick(const T *t, unsigned n) {{ return t[n]; }}\n\
         static void work(const T *x, T *y, T *w, long p) {{\n    T a = of(0);\n    const unsigned k = 0;\n\
         {}    y[p] = a;\n}}\n\
         void body(const T *x, T *y, T *w, {}) {{ work(x, y, w, {position}); }}\n",
        T::FUNCTIONS,
        print(statements),
        names.join(", "),
    )
}

/// Calls `visit` with the indices of each iteration, in order.
fn each(ranges: &[Range], visit: &mut dyn FnMut(&[i64])) {
    let values: Vec<_> = ranges.iter().map(|range| range.values()).collect();
    let mut index = vec![0; ranges.len()];
    fn level(values: &[Vec<i64>], depth: usize, index: &mut [i64], visit: &mut dyn FnMut(&[i64])) {
        if depth == values.len() {
            return visit(index);
        }
        for &value in &values[depth] {
            index[depth] = value;
            level(values, depth + 1, index, visit);
        }
    }
    level(&values, 0, &mut index, visit);
}

/// The three arrays, filled with small numbers of either sign.
fn arrays<T: Number>() -> [Vec<T>; 3] {
    let length = 2 * (HALF + REACH) + 1;
    [7, 11, 13].map(|factor| (0..length).map(|k| T::of(k * factor % 41 - 5)).collect())
}

fn check<T: Number>(ranges: &[Range], index_type: &str, body: &[Statement], plans: &[Plan<'_>]) {
    let source = source::<T>(ranges.len(), index_type, body);
    let function: Function = c(&source);
    let space = Space::new(ranges.iter().map(|range| range.dim())).unwrap();
    let middle = (HALF + REACH) as usize;

    let [x, mut y, mut w] = arrays::<T>();
    each(ranges, &mut |index| {
        let p = position(index);
        let at = (middle as i64 + p) as usize;
        let reach = REACH as usize;
        let place = Place::new(p, &x[at - reach..=at + reach], &mut w[at]);
        if let Some(value) = interpret(body, place) {
            y[at] = value;
        }
    });
    for (plan, streams) in plans.iter().flat_map(|plan| [(plan, false), (plan, true)]) {
        let [mut x, mut got_y, mut got_w] = arrays::<T>();
        let arrays = [&raw mut x[middle], &raw mut got_y[middle], &raw mut got_w[middle]];
        if streams {
            let words = arrays.map(|array| array as u64);
            stream(&function, &space, &words, std::ptr::null_mut(), plan);
        } else {
            let args = arrays.into_iter().fold(Args::new(), Args::pointer);
            run(&function, space.clone(), args, plan);
        }
        for (wanted, got, name) in [(&y, &got_y, "y"), (&w, &got_w, "w")] {
            let wrong = wanted.iter().zip(got).position(|(a, b)| !a.same(*b));
            if let Some(k) = wrong {
                let p = k as i64 - middle as i64;
                panic!(
                    "{name}[{p}] is {:?}, not {:?}; streamed: {streams}; {plan:?} {ranges:?}\n{source}",
                    got[k], wanted[k]
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn a_body_does_what_it_says(
        ranges in ranges(),
        index_type in prop::sample::select(vec!["int", "long", "short"]),
        body in statements(),
        plans in prop::collection::vec(any_way(), 3),
        ty in 0..10,
    ) {
        match ty {
            0 => check::<i8>(&ranges, index_type, &body, &plans),
            1 => check::<u8>(&ranges, index_type, &body, &plans),
            2 => check::<i16>(&ranges, index_type, &body, &plans),
            3 => check::<u16>(&ranges, index_type, &body, &plans),
            4 => check::<i32>(&ranges, index_type, &body, &plans),
            5 => check::<u32>(&ranges, index_type, &body, &plans),
            6 => check::<i64>(&ranges, index_type, &body, &plans),
            7 => check::<u64>(&ranges, index_type, &body, &plans),
            8 => check::<f32>(&ranges, index_type, &body, &plans),
            _ => check::<f64>(&ranges, index_type, &body, &plans),
        }
    }
}
