//! A structured dtype against a C struct, field by field.

use numpy::{PyArrayDescr, PyArrayDescrMethods};
use pyo3::prelude::*;
use shiver::{Field, Struct, Type};

use crate::layout::agrees;

/// A field of a dtype.
struct Given<'py> {
    name: String,
    offset: u64,
    dtype: Bound<'py, PyArrayDescr>,
}

/// What disagrees first, as a sentence without its end; `None` where an array of that dtype can be taken
/// for an array of the struct.
///
/// Fields correspond by where they lie. Their names may differ, as in a dtype that names none, but not
/// change places. `path` stands in front of the names of fields.
pub(crate) fn disagreement(
    dtype: &Bound<'_, PyArrayDescr>,
    layout: &Struct,
    path: &str,
) -> PyResult<Option<String>> {
    let Some(given) = fields(dtype)? else {
        return Ok(Some(match path {
            "" => format!("it has no fields, and {} has", called(layout)),
            path => format!("its field {} is {dtype}, and not {}", unended(path), called(layout)),
        }));
    };
    for (given, field) in given.iter().zip(&layout.fields) {
        if let Some(text) = one(given, field, layout, path)? {
            return Ok(Some(text));
        }
    }
    if let Some(more) = given.get(layout.fields.len()) {
        let name = &more.name;
        return Ok(Some(format!("its field {path}{name} is none of {}", called(layout))));
    }
    if let Some(missing) = layout.fields.get(given.len()) {
        return Ok(Some(format!("{}, and it has no such field", has(layout, missing, path))));
    }
    let (size, wanted) = (dtype.itemsize() as u64, layout.size);
    Ok((size != wanted).then(|| {
        let what = if path.is_empty() { "an element" } else { unended(path) };
        format!("{what} takes {size} bytes, and {} {wanted}", called(layout))
    }))
}

/// The first field that no dtype describes, such as a union or a bit-field.
pub(crate) fn undescribed(layout: &Struct, path: &str) -> Option<String> {
    layout.fields.iter().find_map(|field| {
        let mut ty = &field.ty;
        while let Type::Array { of, .. } = ty {
            ty = of;
        }
        match ty {
            Type::Unsupported(_) => Some(has(layout, field, path)),
            Type::Struct(inner) => undescribed(inner, &format!("{path}{}.", field.name)),
            _ => None,
        }
    })
}

/// The fields in the order in which they lie; `None` for a dtype without.
fn fields<'py>(dtype: &Bound<'py, PyArrayDescr>) -> PyResult<Option<Vec<Given<'py>>>> {
    let Some(names) = dtype.names() else { return Ok(None) };
    let mut fields = Vec::with_capacity(names.len());
    for name in names {
        let (dtype, offset) = dtype.get_field(&name)?;
        fields.push(Given { name, offset: offset as u64, dtype });
    }
    fields.sort_by_key(|field| field.offset);
    Ok(Some(fields))
}

/// What disagrees of two fields.
fn one(given: &Given<'_>, field: &Field, layout: &Struct, path: &str) -> PyResult<Option<String>> {
    let Given { name, offset, dtype } = given;
    let text = |what: String| {
        Ok(Some(format!("its field {path}{name} {what}, and {}", has(layout, field, path))))
    };
    let is_elsewhere = || layout.fields.iter().any(|other| other.name == *name);
    if *offset != field.offset || (*name != field.name && is_elsewhere()) {
        return text(format!("lies at byte {offset}"));
    }
    if agrees(dtype, &field.ty)? {
        return Ok(None);
    }
    // What a struct inside disagrees in is told by its own fields.
    let mut inner = (dtype.clone(), &field.ty);
    while let (true, Type::Array { of, .. }) = (inner.0.has_subarray(), inner.1) {
        let is_last = !matches!(**of, Type::Array { .. });
        inner = (if is_last { inner.0.base() } else { inner.0 }, of);
    }
    if let (dtype, Type::Struct(layout)) = inner
        && let Some(text) = disagreement(&dtype, layout, &format!("{path}{name}."))?
    {
        return Ok(Some(text));
    }
    text(format!("is {dtype}"))
}

/// That the struct has a field, and where.
fn has(layout: &Struct, field: &Field, path: &str) -> String {
    let (ty, name, offset) = (field.ty.to_string(), &field.name, field.offset);
    format!("{} has {} {path}{name} at byte {offset}", called(layout), ty.trim_end())
}

fn called(layout: &Struct) -> String {
    match &*layout.name {
        "" => "the struct".to_owned(),
        name => format!("struct {name}"),
    }
}

/// A path without its last dot.
fn unended(path: &str) -> &str {
    path.strip_suffix('.').unwrap_or(path)
}
