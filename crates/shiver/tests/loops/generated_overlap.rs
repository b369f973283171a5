//! Generated bodies that work on a few elements of their own through three pointers, each of which
//! reaches all of them: what LLVM gathers must not cross what touches the same memory.

use std::fmt::Write;

use proptest::prelude::*;
use shiver::Args;

use crate::ways::{any_way, c, cases, run};

const N: usize = 150;

/// Element `at` of the iteration's own, through one of the pointers.
#[derive(Clone, Copy, Debug)]
struct Place {
    pointer: usize,
    at: usize,
}

/// `to = a * 3 + b + constant`, under a condition on `b` or not.
#[derive(Clone, Copy, Debug)]
struct Assignment {
    to: Place,
    a: Place,
    b: Place,
    constant: i64,
    conditional: bool,
}

/// A body on `width` elements per iteration. The second pointer starts `shift` elements after the
/// first, and the third is the first with an offset `k` that is known at run time only.
#[derive(Clone, Debug)]
struct Body {
    width: usize,
    shift: usize,
    k: usize,
    assignments: Vec<Assignment>,
}

impl Body {
    fn name(&self, place: Place) -> String {
        let Place { pointer, at } = place;
        match pointer {
            0 => format!("p[{} * i + {at}]", self.width),
            // Written so that it stays inside the iteration's own elements.
            1 => format!("q[{} * i + {}]", self.width, at as i64 - self.shift as i64),
            _ => format!("p[{} * i + k + {}]", self.width, at as i64 - self.k as i64),
        }
    }

    fn source(&self, ty: &str) -> String {
        let mut text = format!("void f({ty} *p, {ty} *q, long k, long i) {{\n");
        for &Assignment { to, a, b, constant, conditional } in &self.assignments {
            let (to, a, b) = (self.name(to), self.name(a), self.name(b));
            let condition = if conditional { format!("if ({b} & 1) ") } else { String::new() };
            writeln!(text, "    {condition}{to} = {a} * 3u + {b} + {constant};").expect("a String");
        }
        text + "}"
    }
}

fn bodies() -> impl Strategy<Value = Body> {
    (1usize..6).prop_flat_map(|width| {
        let place = (0usize..3, 0..width).prop_map(|(pointer, at)| Place { pointer, at });
        let assignment = (place.clone(), place.clone(), place, -9i64..10, any::<bool>());
        let assignment = assignment.prop_map(|(to, a, b, constant, conditional)| Assignment {
            to,
            a,
            b,
            constant,
            conditional: conditional && constant % 2 == 0,
        });
        (Just(width), 0..width, 0..width, prop::collection::vec(assignment, 2..7))
            .prop_map(|(width, shift, k, assignments)| Body { width, shift, k, assignments })
    })
}

macro_rules! check {
    ($ty:ty, $c:literal, $body:expr, $plan:expr) => {{
        let (body, plan) = ($body, $plan);
        let source = body.source($c);
        let start: Vec<$ty> = (0..N * body.width).map(|k| (k * 37 % 101) as $ty).collect();
        let mut wanted = start.clone();
        for own in wanted.chunks_mut(body.width) {
            for &Assignment { to, a, b, constant, conditional } in &body.assignments {
                if !conditional || own[b.at] & 1 == 1 {
                    let triple = own[a.at].wrapping_mul(3);
                    own[to.at] = triple.wrapping_add(own[b.at]).wrapping_add(constant as $ty);
                }
            }
        }
        let mut x = start;
        let p = x.as_mut_ptr();
        let args = Args::new().pointer(p).pointer(p.wrapping_add(body.shift)).scalar(body.k as i64);
        run(&c(&source), N, args, plan);
        let wrong = x.iter().zip(&wanted).position(|(a, b)| a != b);
        prop_assert_eq!(wrong, None, "{:?} {:?}\n{}", plan, body, source);
    }};
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn a_body_keeps_its_order(body in bodies(), ty in 0..4, plan in any_way()) {
        match ty {
            0 => check!(u8, "unsigned char", &body, &plan),
            1 => check!(u16, "unsigned short", &body, &plan),
            2 => check!(u32, "unsigned", &body, &plan),
            _ => check!(u64, "unsigned long", &body, &plan),
        }
    }
}
