//! Rows from files: which format a file has, and its rows one after another.
//!
//! A row is what stands in the file, never what it means as a bar: that is decided in `row`. A new format is a module
//! here and a variant of [`Source`].

mod csv;
mod dbn;
mod file;
mod row;

use std::path::Path;

use crate::error::TapeError;

pub(crate) use row::Row;

/// An open file of bars.
pub(crate) enum Source {
    Csv(csv::Csv),
    Dbn(Box<dbn::Dbn>),
}

impl Source {
    /// Opens `path` and tells the format from its first bytes; names and endings are not looked at.
    pub(crate) fn open(path: &Path) -> Result<Source, TapeError> {
        let opened = file::open(path)?;
        match opened.head.starts_with(dbn::MAGIC) {
            true => dbn::Dbn::new(opened).map(Box::new).map(Source::Dbn),
            false => csv::Csv::new(opened).map(Source::Csv),
        }
    }

    /// The next row, or `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, TapeError> {
        match self {
            Source::Csv(csv) => csv.next(),
            Source::Dbn(dbn) => dbn.next(),
        }
    }

    /// The path as it was given.
    pub(crate) fn file(&self) -> &str {
        match self {
            Source::Csv(csv) => csv.file(),
            Source::Dbn(dbn) => dbn.file(),
        }
    }
}
