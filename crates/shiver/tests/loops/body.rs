//! Generated bodies: a small language that is printed as C and interpreted here.
//!
//! A body works on a variable `a` and ends with `y[p] = a`, unless it returned before; `p` is a
//! position that no other iteration has. It reads `x` around `p`, which nobody writes, and reads and
//! writes `w[p]`.

use std::fmt::Write;

use proptest::prelude::*;

use crate::number::Number;

/// How far around `p` a body reads `x`.
pub(crate) const REACH: i64 = 3;

#[derive(Clone, Debug)]
pub(crate) enum Expr {
    Constant(i64),
    /// The position.
    P,
    /// The variable.
    A,
    /// The counter of the innermost loop, 0 outside.
    K,
    X(i64),
    W,
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `l < r ? t : e`
    Select(Box<[Expr; 4]>),
}

#[derive(Clone, Debug)]
pub(crate) enum Statement {
    Set(Expr),
    /// `if (l < r) a = e;`
    If(Expr, Expr, Expr),
    Write(Expr),
    /// `if (l < r) return;`
    Return(Expr, Expr),
    /// Runs `a = e` as often as the count says: a constant, or a number below 5.
    Loop(Result<u8, Expr>, Expr),
    /// Fills a local array and picks of it, by position or, through its address, with a helper.
    Local {
        values: [Expr; 3],
        pick: Expr,
        escapes: bool,
    },
}

/// Where a body stands.
pub(crate) struct Place<'a, T> {
    pub(crate) p: i64,
    /// `x` from `p - REACH` to `p + REACH`.
    pub(crate) x: &'a [T],
    pub(crate) w: &'a mut T,
    a: T,
    k: i64,
}

impl<'a, T: Number> Place<'a, T> {
    pub(crate) fn new(p: i64, x: &'a [T], w: &'a mut T) -> Place<'a, T> {
        Place { p, x, w, a: T::of(0), k: 0 }
    }
}

impl Expr {
    fn c(&self) -> String {
        match self {
            Expr::Constant(value) => format!("of({value})"),
            Expr::P => "of(p)".to_owned(),
            Expr::A => "a".to_owned(),
            Expr::K => "of(k)".to_owned(),
            Expr::X(offset) => format!("x[p + {offset}]"),
            Expr::W => "w[p]".to_owned(),
            Expr::Binary(name, l, r) => format!("{name}({}, {})", l.c(), r.c()),
            Expr::Select(parts) => {
                let [l, r, t, e] = &**parts;
                format!("(lt({}, {}) ? {} : {})", l.c(), r.c(), t.c(), e.c())
            }
        }
    }

    fn value<T: Number>(&self, place: &Place<'_, T>) -> T {
        match self {
            Expr::Constant(value) => T::of(*value),
            Expr::P => T::of(place.p),
            Expr::A => place.a,
            Expr::K => T::of(place.k),
            Expr::X(offset) => place.x[(REACH + offset) as usize],
            Expr::W => *place.w,
            Expr::Binary(name, l, r) => {
                let (l, r) = (l.value(place), r.value(place));
                match *name {
                    "add" => l.add(r),
                    "sub" => l.sub(r),
                    "mul" => l.mul(r),
                    _ => l.mix(r),
                }
            }
            Expr::Select(parts) => {
                let [l, r, t, e] = &**parts;
                if l.value(place).lt(r.value(place)) { t.value(place) } else { e.value(place) }
            }
        }
    }
}

/// The statements as C.
pub(crate) fn print(statements: &[Statement]) -> String {
    let mut text = String::new();
    for statement in statements {
        let line = match statement {
            Statement::Set(e) => format!("a = {};", e.c()),
            Statement::If(l, r, e) => format!("if (lt({}, {})) a = {};", l.c(), r.c(), e.c()),
            Statement::Write(e) => format!("w[p] = {};", e.c()),
            Statement::Return(l, r) => format!("if (lt({}, {})) return;", l.c(), r.c()),
            Statement::Loop(count, e) => {
                let count = match count {
                    Ok(count) => count.to_string(),
                    Err(e) => format!("at({}, 5)", e.c()),
                };
                format!("for (unsigned n = {count}, k = 0; k < n; k++) a = {};", e.c())
            }
            Statement::Local { values: [s, t, u], pick, escapes } => {
                let pick = format!("at({}, 3)", pick.c());
                let pick = if *escapes { format!("pick(t, {pick})") } else { format!("t[{pick}]") };
                format!("{{ T t[3] = {{ {}, {}, {} }}; a = {pick}; }}", s.c(), t.c(), u.c())
            }
        };
        writeln!(text, "    {line}").expect("a String takes all");
    }
    text
}

/// Runs the statements; `None` where the body returned before its end.
pub(crate) fn interpret<T: Number>(statements: &[Statement], mut place: Place<'_, T>) -> Option<T> {
    for statement in statements {
        match statement {
            Statement::Set(e) => place.a = e.value(&place),
            Statement::If(l, r, e) => {
                if l.value(&place).lt(r.value(&place)) {
                    place.a = e.value(&place);
                }
            }
            Statement::Write(e) => *place.w = e.value(&place),
            Statement::Return(l, r) => {
                if l.value(&place).lt(r.value(&place)) {
                    return None;
                }
            }
            Statement::Loop(count, e) => {
                let count = match count {
                    Ok(count) => i64::from(*count),
                    Err(e) => e.value(&place).at(5) as i64,
                };
                for k in 0..count {
                    place.k = k;
                    place.a = e.value(&place);
                }
                place.k = 0;
            }
            Statement::Local { values, pick, .. } => {
                let values = values.each_ref().map(|value| value.value(&place));
                place.a = values[pick.value(&place).at(3)];
            }
        }
    }
    Some(place.a)
}

fn expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        1 => (-3i64..100).prop_map(Expr::Constant),
        1 => Just(Expr::P),
        2 => Just(Expr::A),
        1 => Just(Expr::K),
        3 => (-REACH..=REACH).prop_map(Expr::X),
        1 => Just(Expr::W),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let name = prop::sample::select(vec!["add", "sub", "mul", "mix"]);
        prop_oneof![
            3 => (name, inner.clone(), inner.clone())
                .prop_map(|(name, l, r)| Expr::Binary(name, l.into(), r.into())),
            1 => prop::array::uniform4(inner).prop_map(|parts| Expr::Select(parts.into())),
        ]
    })
}

/// Any body of one to five statements.
pub(crate) fn statements() -> impl Strategy<Value = Vec<Statement>> {
    let count = prop_oneof![(0u8..9).prop_map(Ok), expr().prop_map(Err)];
    let local = (prop::array::uniform3(expr()), expr(), any::<bool>());
    let statement = prop_oneof![
        4 => expr().prop_map(Statement::Set),
        3 => (expr(), expr(), expr()).prop_map(|(l, r, e)| Statement::If(l, r, e)),
        2 => expr().prop_map(Statement::Write),
        1 => (expr(), expr()).prop_map(|(l, r)| Statement::Return(l, r)),
        2 => (count, expr()).prop_map(|(count, e)| Statement::Loop(count, e)),
        2 => local.prop_map(|(values, pick, escapes)| Statement::Local { values, pick, escapes }),
    ];
    prop::collection::vec(statement, 1..6)
}
