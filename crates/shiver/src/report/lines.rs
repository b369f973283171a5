//! The lines of the source that reasons speak of.

use std::collections::HashMap;
use std::path::Path;

use shiver_clang::compile::SOURCE_NAME;
use shiver_codegen::Place;
use shiver_codegen::places::{IR, NEST};

use crate::Module;

/// The texts of a source and the headers that it read, by file name.
pub(crate) struct Lines(HashMap<String, Vec<String>>);

impl Lines {
    /// Those of a module that was compiled from a source in this process; else there are none.
    pub(crate) fn of(module: &Module) -> Lines {
        let Some(source) = module.source() else { return Lines(HashMap::new()) };
        let split = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let headers = source.headers.iter().filter_map(|path: &std::path::PathBuf| {
            let text = std::fs::read_to_string(path).ok()?;
            Some((path.to_str()?.to_owned(), split(&text)))
        });
        let own = (SOURCE_NAME.to_owned(), split(&source.text));
        Lines(std::iter::once(own).chain(headers).collect())
    }

    /// The text of a line, without the spaces around it.
    pub(crate) fn text(&self, place: &Place) -> Option<String> {
        // LLVM may know a file by a relative path.
        let found = self.0.get(&place.file).or_else(|| {
            let path = std::path::absolute(Path::new(&place.file)).ok()?;
            self.0.get(path.to_str()?)
        });
        let index = usize::try_from(place.line.checked_sub(1)?).ok()?;
        found?.get(index).map(|line| line.trim().to_owned())
    }
}

/// Whether a place is one that somebody wrote, and not one that the code generator made up.
pub(crate) fn is_of_source(place: &Place) -> bool {
    place.line > 0 && place.file != NEST && place.file != IR
}
