//! What a file holds: its symbols, how many rows each has, and from when to when.
//!
//! Reads rows and never bars: a price that is not sound goes unnoticed here. Memory grows with the number of symbols alone.

use std::collections::BTreeMap;
use std::path::Path;

use stopline_kernel::time::ExchangeTime;

use crate::error::TapeError;
use crate::read::{Reading, Source};

/// The rows of one symbol in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The symbol as the file writes it, spreads and their blanks included.
    pub symbol: String,
    /// How many rows there are; at least one.
    pub rows: u64,
    /// The earliest time.
    pub first: ExchangeTime,
    /// The latest time.
    pub last: ExchangeTime,
}

/// Lists what `path` holds, in the order of the symbols' names.
///
/// # Errors
/// [`TapeError`] where the file cannot be opened, is empty, cut, damaged or of another kind, or has a row whose time,
/// columns or instrument id cannot be read.
pub fn contents(path: &Path) -> Result<Vec<Content>, TapeError> {
    let mut source = Source::open(path, Reading::default())?;
    let mut found: BTreeMap<String, Content> = BTreeMap::new();
    while let Some(row) = source.next()? {
        if let Some(content) = found.get_mut(row.symbol) {
            content.rows += 1;
            content.first = content.first.min(row.time);
            content.last = content.last.max(row.time);
        } else {
            let symbol = row.symbol.to_owned();
            let content = Content { symbol: symbol.clone(), rows: 1, first: row.time, last: row.time };
            found.insert(symbol, content);
        }
    }
    match found.is_empty() {
        true => Err(TapeError::Empty { file: source.file().to_owned() }),
        false => Ok(found.into_values().collect()),
    }
}
