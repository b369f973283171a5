//! What is written where C declares a function, taken apart.
//!
//! Clang reads types; all that is done here is to find the name and the parentheses, so that a body
//! can be put behind them. Taken are declarations, with or without a name; types of functions, as
//! `typedef` and SciPy write them; types of pointers to functions, as cffi prints them; and what
//! [`Signature`](shiver_signature::Signature) prints. Other declarations may come first, each with its
//! semicolon.

use crate::Error;

/// The name of a function to which nobody gave one.
const NAMELESS: &str = "function";

/// Names of types that need no header, as other tools use them in signatures: NumPy's, which ours print,
/// and Cython's and NumPy's in C.
const TYPES: &str = "\
#include <stddef.h>
#include <stdint.h>
#define complex _Complex
typedef signed char int8;
typedef short int16;
typedef int int32;
typedef long int64;
typedef unsigned char uint8;
typedef unsigned short uint16;
typedef unsigned int uint32;
typedef unsigned long uint64;
typedef _Float16 float16;
typedef float float32;
typedef double float64;
typedef float _Complex complex64;
typedef double _Complex complex128;
typedef long ssize_t;
typedef long Py_ssize_t;
typedef long npy_intp, npy_int64;
typedef int npy_int32;
typedef unsigned long npy_uintp, npy_uint64;
typedef unsigned int npy_uint32;
typedef float npy_float32;
typedef double npy_float64;
typedef float _Complex __pyx_t_float_complex;
typedef double _Complex __pyx_t_double_complex;
typedef signed char __pyx_t_5numpy_int8_t;
typedef short __pyx_t_5numpy_int16_t;
typedef int __pyx_t_5numpy_int32_t;
typedef long __pyx_t_5numpy_int64_t, __pyx_t_5numpy_intp_t, __pyx_t_5numpy_int_t;
typedef unsigned char __pyx_t_5numpy_uint8_t;
typedef unsigned short __pyx_t_5numpy_uint16_t;
typedef unsigned int __pyx_t_5numpy_uint32_t;
typedef unsigned long __pyx_t_5numpy_uint64_t, __pyx_t_5numpy_uintp_t, __pyx_t_5numpy_uint_t;
typedef float __pyx_t_5numpy_float32_t;
typedef double __pyx_t_5numpy_float64_t, __pyx_t_5numpy_double_t;
";

/// Words that are, or are part of, the name of a type, so that none of them names a function.
const TYPE_WORDS: [&str; 17] = [
    "void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "bool",
    "_Bool", "complex", "_Complex", "_Float16", "const", "volatile", "__int128",
];

/// Words that say nothing of the type: where the function lies, and who may call it.
const STORAGE: [&str; 6] = ["extern", "static", "inline", "__inline", "__inline__", "register"];

/// What Cython writes behind the parameters.
const CYTHON: [&str; 2] = ["noexcept", "nogil"];

/// A declaration of a function, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prototype {
    before: String,
    returns: String,
    name: String,
    params: Vec<String>,
}

impl Prototype {
    /// Takes a declaration apart.
    pub(crate) fn parse(text: &str) -> Result<Prototype, Error> {
        let fail = |why: &str| Error::Prototype {
            text: text.to_owned(),
            message: format!("{why}: write it as C does"),
        };
        if let Some(strange) = text.chars().find(|c| "\0#\"\\`$@".contains(*c)) {
            return Err(fail(&format!("{strange:?} has no place there")));
        }
        let trimmed = text.trim().trim_end_matches(';').trim_end();
        let at = last_semicolon(trimmed).ok_or_else(|| fail("its brackets do not match"))?;
        let (before, declaration) = trimmed.split_at(at);
        if declaration.contains('{') {
            return Err(fail("it has a body, and only the declaration is asked for"));
        }
        let open = declaration.find('(').ok_or_else(|| fail("it has no parameters"))?;
        let head = &declaration[..open];
        let (group, rest) =
            take_group(&declaration[open..]).ok_or_else(|| fail("its brackets do not match"))?;
        let (returns, name, params, rest) = match pointer_name(group) {
            Some(name) if rest.trim_start().starts_with('(') => {
                let (params, rest) = take_group(rest.trim_start())
                    .ok_or_else(|| fail("its brackets do not match"))?;
                (head.trim(), name, params, rest)
            }
            _ => {
                let (returns, name) = split_name(head);
                (returns, name, group, rest)
            }
        };
        if let Some(word) = rest.split_whitespace().find(|word| !CYTHON.contains(word)) {
            return Err(fail(&format!("{word:?} follows its parameters")));
        }
        let returns: Vec<&str> =
            returns.split_whitespace().filter(|word| !STORAGE.contains(word)).collect();
        if returns.is_empty() {
            return Err(fail("it does not say what is returned"));
        }
        if params.contains('?') {
            return Err(fail("[?] stands for an extent that is not known"));
        }
        let params: Vec<String> = split_commas(params);
        Ok(Prototype {
            before: before.to_owned(),
            returns: returns.join(" "),
            name: if name.is_empty() { NAMELESS.to_owned() } else { name.to_owned() },
            params: if params == ["void"] { vec![] } else { params },
        })
    }

    /// Takes the last parameter away.
    pub(crate) fn pop(&mut self) {
        self.params.pop();
    }

    /// Takes the last parameter away if it is the one that Cython adds to a `cpdef` function, and says
    /// whether it was: 0 is to be passed there.
    pub(crate) fn pop_skip_dispatch(&mut self) -> bool {
        let last = self.params.last();
        let added = last.is_some_and(|param| param == "int __pyx_skip_dispatch");
        if added {
            self.pop();
        }
        added
    }

    /// A source that defines just this function, with a body that is to be replaced.
    pub(crate) fn source(&self) -> String {
        let Prototype { before, returns, name, params } = self;
        let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
        format!(
            "{TYPES}#line 1 \"<signature>\"\n{before} {returns} {name}({params}\n) \
             {{ __builtin_trap(); }}\n"
        )
    }
}

/// Where the last declaration of several begins; `None` where brackets do not match.
fn last_semicolon(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut begin = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            ';' if depth == 0 => begin = at + 1,
            _ => {}
        }
    }
    (depth == 0).then_some(begin)
}

/// What is between the parentheses with which a text begins, and what comes after.
fn take_group(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[1..at], &text[at + 1..]));
        }
    }
    None
}

/// The name in the `(*name)` of a pointer to a function, empty for none; `None` for anything else.
fn pointer_name(group: &str) -> Option<&str> {
    let name = group.trim().strip_prefix('*')?.trim();
    let name = name.strip_prefix("const ").unwrap_or(name).trim();
    name.chars().all(is_of_word).then_some(name)
}

/// What is before the parameters: the type of the result, and the name, empty for none.
fn split_name(head: &str) -> (&str, &str) {
    let head = head.trim();
    let at = head.rfind(|c| !is_of_word(c)).map_or(0, |at| at + 1);
    let (before, word) = head.split_at(at);
    let words: Vec<&str> = before.split(|c| !is_of_word(c)).filter(|w| !w.is_empty()).collect();
    let tag = words.last().is_some_and(|w| ["struct", "union", "enum"].contains(w));
    let says_type = |w: &&str| !STORAGE.contains(w) && !["const", "volatile"].contains(w);
    if word.is_empty() || tag || TYPE_WORDS.contains(&word) || !words.iter().any(says_type) {
        (head, "")
    } else {
        (before, word)
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn split_commas(params: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0usize;
    for c in params.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("never empty").push(c);
    }
    let parts: Vec<String> = parts.iter().map(|part| part.trim().to_owned()).collect();
    if parts == [""] { vec![] } else { parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_apart(text: &str) -> (String, String, Vec<String>) {
        let prototype = Prototype::parse(text).unwrap();
        (prototype.returns, prototype.name, prototype.params)
    }

    #[test]
    fn names_are_found_where_there_are_some() {
        for (text, returns, name) in [
            ("double f(const double* x, long i)", "double", "f"),
            ("double(const double*, long)", "double", "function"),
            ("double (const double *, long);", "double", "function"),
            ("unsigned long long(int)", "unsigned long long", "function"),
            ("unsigned long long g (int)", "unsigned long long", "g"),
            ("const double *(int)", "const double *", "function"),
            ("const double *f(int)", "const double *", "f"),
            ("size_t(int)", "size_t", "function"),
            ("const size_t(int)", "const size_t", "function"),
            ("static inline double f(int)", "double", "f"),
            ("struct p (int)", "struct p", "function"),
            ("struct p f(int)", "struct p", "f"),
            ("double(*)(double)", "double", "function"),
            ("double (* f)(double)", "double", "f"),
            ("double (*const f)(double)", "double", "f"),
            ("float64 f(const float64* x, int64 i)", "float64", "f"),
            ("double f(double) noexcept nogil", "double", "f"),
        ] {
            let (found_returns, found_name, _) = taken_apart(text);
            assert_eq!((found_returns.as_str(), found_name.as_str()), (returns, name), "{text}");
        }
    }

    #[test]
    fn parameters_are_split_where_c_does() {
        let params = |text| taken_apart(text).2;
        assert_eq!(params("double f(void)"), Vec::<String>::new());
        assert_eq!(params("double f()"), Vec::<String>::new());
        assert_eq!(
            params("void f(long n, double x[n][3], int (*g)(int, int), void *)"),
            ["long n", "double x[n][3]", "int (*g)(int, int)", "void *"]
        );
    }

    #[test]
    fn declarations_may_come_first() {
        let text = "typedef struct { double x, y; } point; void f(point *p, long i);";
        let prototype = Prototype::parse(text).unwrap();
        assert_eq!(prototype.before, "typedef struct { double x, y; } point;");
        assert_eq!(prototype.params, ["point *p", "long i"]);
    }

    #[test]
    fn what_is_no_declaration_is_refused_with_a_reason() {
        for (text, part) in [
            ("", "no parameters"),
            ("double", "no parameters"),
            ("double f(long i", "do not match"),
            ("double f(long i))", "do not match"),
            ("double f(long i) { return i; }", "has a body"),
            ("(long)", "what is returned"),
            ("static (long)", "what is returned"),
            ("double f(double (*x)[?], long i)", "[?]"),
            ("double f(long i) except -1", "follows its parameters"),
            ("#include <math.h>\ndouble f(long)", "'#'"),
        ] {
            let error = Prototype::parse(text).unwrap_err();
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    }
}
