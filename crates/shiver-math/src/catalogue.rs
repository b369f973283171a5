//! The functions, their forms, and what each is called. The build script reads this file too.

use std::fmt;

/// What every symbol begins with.
pub const PREFIX: &str = "shiver.math.";

/// A function of C's mathematics that has vector forms.
#[derive(Debug)]
pub struct Function {
    /// C's name for the function of `double`; that of `float` has an `f` behind it.
    pub name: &'static str,
    /// How many arguments it takes: one or two.
    pub arguments: usize,
    /// What follows the name of SLEEF's form that errs by at most 1 ulp.
    pub accurate: &'static str,
    /// What follows the name of SLEEF's faster form, if it has one.
    pub fast: Option<&'static str>,
    /// SLEEF's usual form looks at all lanes at once to choose its way, so that a lane's bits would
    /// depend on its neighbours. These have a second form in its source, which does not.
    pub second_form: bool,
    /// `mend.h` repairs it where SLEEF's form leaves its bound.
    pub mended: bool,
}

const fn unary(name: &'static str, accurate: &'static str) -> Function {
    Function { name, arguments: 1, accurate, fast: None, second_form: false, mended: false }
}

const fn binary(name: &'static str, accurate: &'static str) -> Function {
    Function { arguments: 2, ..unary(name, accurate) }
}

impl Function {
    const fn or(self, fast: &'static str) -> Function {
        Function { fast: Some(fast), ..self }
    }

    const fn second_form(self) -> Function {
        Function { second_form: true, ..self }
    }

    const fn mended(self) -> Function {
        Function { mended: true, ..self }
    }

    /// What the function is called in `form`, as a symbol: no name in C or C++ has a dot in it.
    pub fn symbol(&self, form: Form) -> String {
        format!("{PREFIX}{}.{form}", self.name)
    }

    /// The accuracy of the form that is there for those who ask for `accuracy`.
    ///
    /// Without fused products there are no fast forms: SLEEF's for vectors and for single values round
    /// an argument of `cos` in two ways, and their results differ (2026-11: of `cos(-4.34e-16)`).
    pub fn offered(&self, accuracy: Accuracy, arithmetic: Arithmetic) -> Accuracy {
        match (self.fast, arithmetic) {
            (Some(_), Arithmetic::Fused) => accuracy,
            _ => Accuracy::OneUlp,
        }
    }
}

/// How far from the exact value a result may be, in units of its last place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accuracy {
    /// At most 1.
    OneUlp,
    /// At most 4.
    FourUlp,
}

/// The type of arguments and result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// `float`.
    Single,
    /// `double`.
    Double,
}

/// What a function is computed with. All forms of one arithmetic give the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// Products and sums in one rounding: AVX2 and AVX-512.
    Fused,
    /// What every x86-64 has: SSE2.
    Plain,
}

/// One of the forms that a function exists in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// The type of its elements.
    pub precision: Precision,
    /// How many values it takes at once: 1 for the scalar form.
    pub lanes: usize,
    /// How accurate it is.
    pub accuracy: Accuracy,
    /// What it is computed with.
    pub arithmetic: Arithmetic,
}

/// As in a symbol: `f64x8.u10.fma`.
impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let element = match self.precision {
            Precision::Single => "f32",
            Precision::Double => "f64",
        };
        let bound = match self.accuracy {
            Accuracy::OneUlp => "u10",
            Accuracy::FourUlp => "u35",
        };
        let arithmetic = match self.arithmetic {
            Arithmetic::Fused => "fma",
            Arithmetic::Plain => "sse2",
        };
        write!(f, "{element}x{}.{bound}.{arithmetic}", self.lanes)
    }
}

impl Precision {
    /// The size of an element, in bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Precision::Single => 4,
            Precision::Double => 8,
        }
    }
}

impl Arithmetic {
    /// The sizes of the vectors that there are forms for, in bytes.
    pub const fn widths(self) -> &'static [usize] {
        match self {
            Arithmetic::Fused => &[16, 32, 64],
            Arithmetic::Plain => &[16],
        }
    }
}

/// Every function, by name.
pub const FUNCTIONS: [Function; 32] = [
    unary("acos", "_u1").or(""),
    unary("acosh", "").mended(),
    unary("asin", "_u1").or(""),
    unary("asinh", "").mended(),
    unary("atan", "_u1").or(""),
    binary("atan2", "_u1").or(""),
    unary("atanh", "").mended(),
    unary("cbrt", "_u1").or(""),
    unary("cos", "_u1").or("").second_form(),
    unary("cosh", "").or("_u35").mended(),
    unary("erf", "_u1"),
    unary("erfc", "_u15").mended(),
    unary("exp", ""),
    unary("exp10", "").or("_u35"),
    unary("exp2", "").or("_u35"),
    unary("expm1", "").mended(),
    binary("fdim", ""),
    binary("fmod", "").mended(),
    binary("hypot", "_u05").or("_u35"),
    unary("lgamma", "_u1").mended(),
    unary("log", "_u1").or(""),
    unary("log10", ""),
    unary("log1p", "").mended(),
    unary("log2", "").or("_u35"),
    binary("nextafter", ""),
    binary("pow", ""),
    binary("remainder", "").mended(),
    unary("sin", "_u1").or("").second_form(),
    unary("sinh", "").or("_u35").mended(),
    unary("tan", "_u1").or("").second_form().mended(),
    unary("tanh", "").or("_u35").mended(),
    unary("tgamma", "_u1").mended(),
];
