//! A whole signature.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Dim, Type};

/// The name, the result and the parameters of a body.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Signature {
    /// The name in the source, which users know.
    pub name: String,
    /// The symbol in the bitcode; differs from the name where C++ mangles it.
    pub symbol: String,
    /// A function of the same effect that takes complex numbers by pointer, and gives a complex
    /// result through a pointer in front: emitted by clang where the body has complex parameters
    /// or a complex result by value, since how those travel is a matter of each platform's ABI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<String>,
    /// What it returns.
    pub returns: Type,
    /// What it takes, the indices last.
    pub params: Vec<Param>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Param {
    /// Its name, empty where the declaration gives none.
    pub name: String,
    /// Its declared type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// What told of the type, where it was not declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Where a type comes from that LLVM's own types do not tell and nobody declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The compiler left it among what debuggers read.
    DebugInfo,
    /// The code reads and writes the memory as such.
    Accesses,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Origin::DebugInfo => "debug info",
            Origin::Accesses => "its loads and stores",
        })
    }
}

impl Signature {
    /// Reads what [`Signature::to_json`] wrote.
    pub fn from_json(json: &str) -> Result<Signature, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The form in which it travels inside bitcode.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a signature has string keys only")
    }
}

/// As a C prototype with NumPy's type names. Behind a parameter whose type was inferred, a comment says
/// from what.
///
/// ```
/// use shiver_signature::{Origin, Param, Pointer, Scalar, Signature, Type};
/// let mut signature = Signature {
///     name: "fn1".into(),
///     symbol: "fn1".into(),
///     adapter: None,
///     returns: Type::Void,
///     params: vec![
///         Param {
///             name: "x".into(),
///             ty: Type::Pointer(Box::new(Pointer {
///                 to: Type::Scalar(Scalar::Int64),
///                 is_const: false,
///                 signless: false,
///                 dims: vec![],
///             })),
///             origin: None,
///         },
///         Param { name: "i".into(), ty: Type::Scalar(Scalar::Int64), origin: None },
///     ],
/// };
/// assert_eq!(signature.to_string(), "void fn1(int64* x, int64 i)");
///
/// signature.params[0].origin = Some(Origin::Accesses);
/// let text = "void fn1(int64* x /* inferred from its loads and stores */, int64 i)";
/// assert_eq!(signature.to_string(), text);
/// ```
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}(", self.returns, self.name)?;
        for (k, param) in self.params.iter().enumerate() {
            if k > 0 {
                f.write_str(", ")?;
            }
            self.write_param(f, param)?;
            if let Some(origin) = param.origin {
                write!(f, " /* inferred from {origin} */")?;
            }
        }
        f.write_str(")")
    }
}

impl Signature {
    fn write_param(&self, f: &mut fmt::Formatter<'_>, param: &Param) -> fmt::Result {
        match &param.ty {
            Type::Pointer(pointer) if !pointer.dims.is_empty() => {
                let qualifier = if pointer.is_const { "const " } else { "" };
                write!(f, "{qualifier}{} (*{})", pointer.to, param.name)?;
                for dim in &pointer.dims {
                    match dim {
                        Dim::Const(extent) => write!(f, "[{extent}]")?,
                        Dim::Param(k) => {
                            let name = self.params.get(*k).map_or("?", |param| &param.name);
                            write!(f, "[{name}]")?;
                        }
                        Dim::Unknown => f.write_str("[?]")?,
                    }
                }
                Ok(())
            }
            ty if param.name.is_empty() => write!(f, "{ty}"),
            ty => write!(f, "{ty} {}", param.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"name":"f","symbol":"_Z1f","adapter":"f.adapter","returns":{"scalar":"complex128"},
        "params":[
            {"name":"n","type":{"scalar":"int64"}},
            {"name":"x","type":{"pointer":{"to":{"scalar":"float64"},"const":true,"dims":[{"param":0},{"const":3},"unknown"]}}},
            {"name":"p","type":{"pointer":{"to":{"struct":{"name":"point","size":16,"align":8,"fields":[
                {"name":"a","offset":0,"type":{"array":{"of":{"scalar":"int16"},"len":3}}},
                {"name":"b","offset":8,"type":{"scalar":"float64"}}]}}}}},
            {"name":"q","type":{"pointer":{"to":"void"}}},
            {"name":"","type":{"unsupported":"long double"}}]}"#;

    #[test]
    fn json_there_and_back() {
        let signature = Signature::from_json(JSON).unwrap();
        assert_eq!(Signature::from_json(&signature.to_json()).unwrap(), signature);
    }

    #[test]
    fn prints_as_a_prototype() {
        assert_eq!(
            Signature::from_json(JSON).unwrap().to_string(),
            "complex128 f(int64 n, const float64 (*x)[n][3][?], struct point* p, void* q, long double)"
        );
    }
}
