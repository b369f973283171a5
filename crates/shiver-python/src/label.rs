//! How messages name what is being read.

use std::fmt;

use shiver::{Origin, Signature};

/// What is being read, as messages name it.
#[derive(Clone, Copy)]
pub(crate) enum Label<'a> {
    /// A fixed argument: `argument x of fn1`.
    Argument {
        /// Of the function that it is for.
        signature: &'a Signature,
        /// Its place among the parameters.
        position: usize,
    },
    /// What a reduction begins with.
    Init,
}

impl Label<'_> {
    /// The type that its parameter is declared with.
    pub(crate) fn declared(self) -> String {
        match self {
            Label::Argument { signature, position } => signature.params[position].ty.to_string(),
            Label::Init => "a number".to_owned(),
        }
    }

    /// What its type was inferred from, if it was not declared.
    pub(crate) fn origin(self) -> Option<Origin> {
        match self {
            Label::Argument { signature, position } => signature.params[position].origin,
            Label::Init => None,
        }
    }
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Label::Argument { signature, position } => match &*signature.params[position].name {
                "" => write!(f, "argument {} of {}", position + 1, signature.name),
                name => write!(f, "argument {name} of {}", signature.name),
            },
            Label::Init => f.write_str("init"),
        }
    }
}
