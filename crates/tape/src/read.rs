//! Rows from files: which format a file has, and its rows one after another.
//!
//! A row is what stands in the file, never what it means as a bar or a trade: that is decided in `row`. A new format is
//! a module here and a variant of [`Source`].

mod csv;
mod dbn;
mod file;
mod header;
mod row;

use std::path::Path;

use jiff::tz::TimeZone;

use crate::error::TapeError;
use crate::kind::{Kind, Length};

pub(crate) use file::{Whole, digest};
pub(crate) use row::{Row, What};

/// What a file does not say itself and its reader is told. A DBN file says all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The length of bars.
    pub length: Length,
    /// Whether bars are stamped with their end.
    pub ends: bool,
    /// The zone of times that name none.
    pub zone: Option<TimeZone>,
    /// The contract of a file without a column for it.
    pub symbol: Option<String>,
    /// The lots of each trade of a file without a column for them.
    pub lots: Option<u64>,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading { length: Length::MINUTE, ends: false, zone: None, symbol: None, lots: None }
    }
}

/// An open file of market data.
pub(crate) enum Source {
    Csv(csv::Csv),
    Dbn(Box<dbn::Dbn>),
}

impl Source {
    /// Opens `path` and tells the format from its first bytes; names and endings are not looked at.
    pub(crate) fn open(path: &Path, reading: Reading) -> Result<Source, TapeError> {
        Source::over(file::open(path)?, reading)
    }

    /// The same with the bytes taken from the file counted.
    pub(crate) fn counted(path: &Path, reading: Reading, read: &Whole) -> Result<Source, TapeError> {
        Source::over(file::counted(path, read)?, reading)
    }

    fn over(opened: file::Opened, reading: Reading) -> Result<Source, TapeError> {
        match opened.head.starts_with(dbn::MAGIC) {
            true => dbn::Dbn::new(opened).map(Box::new).map(Source::Dbn),
            false => csv::Csv::new(opened, reading).map(Source::Csv),
        }
    }

    /// The next row, or `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, TapeError> {
        match self {
            Source::Csv(csv) => csv.next(),
            Source::Dbn(dbn) => dbn.next(),
        }
    }

    /// What its rows are.
    pub(crate) const fn kind(&self) -> Kind {
        match self {
            Source::Csv(csv) => csv.kind(),
            Source::Dbn(dbn) => dbn.kind(),
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
