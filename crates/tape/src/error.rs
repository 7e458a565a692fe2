//! Why a file cannot be read as bars. Each error names where the trouble is and what mends it.
//!
//! Never a bare "invalid data": the row, the field and the value are part of the error, not of a log line beside it.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use stopline_kernel::instrument::PriceError;
use thiserror::Error;

use crate::kind::{Kind, Length};

/// A row of a file, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A line of a text file; the header is line 1.
    Line(u64),
    /// A record of a binary file.
    Record(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(n) => write!(f, "line {n}"),
            Place::Record(n) => write!(f, "record {n}"),
        }
    }
}

/// Why a file cannot be read as bars.
#[derive(Debug, Error)]
pub enum TapeError {
    /// The file cannot be opened.
    #[error("{file} cannot be opened ({source}): check the path and its permissions")]
    Open {
        /// The path as given.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The system failed while reading.
    #[error("{file}, at {at}: reading failed ({source}): check the disk, then try again")]
    Read {
        /// The path as given.
        file: String,
        /// The row being read.
        at: Place,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing is in the file, or a header alone.
    #[error("{file} holds no bars: fetch it again, or name another file")]
    Empty {
        /// The path as given.
        file: String,
    },
    /// The file ends inside a row or inside its compression.
    #[error("{file} is cut short at {at}: fetch it again (a whole text file ends with a line break)")]
    Cut {
        /// The path as given.
        file: String,
        /// The row that is not whole.
        at: Place,
    },
    /// The bytes are not what the format says.
    #[error("{file}, at {at}: {reason}: the file is damaged, fetch it again")]
    Damaged {
        /// The path as given.
        file: String,
        /// The row being read.
        at: Place,
        /// What is wrong.
        reason: String,
    },
    /// Sound, but not in a format that this reads.
    #[error(
        "{file} holds {found}: give Databento DBN (versions 1 to 3; bars, trades, mbp-1 or definitions) or CSV with \
         the columns ts_event,symbol,open,high,low,close,volume, or those of quotes or trades, plain, gzip or zstd"
    )]
    Foreign {
        /// The path as given.
        file: String,
        /// What is there instead.
        found: String,
    },
    /// Sound, and not one-minute bars, which alone can be walked.
    #[error(
        "{file} holds {kind}, not one-minute bars: import it and replay it, or give a file of one-minute bars"
    )]
    NotMinutes {
        /// The path as given.
        file: String,
        /// What it holds.
        kind: Kind,
    },
    /// One value of one row is not sound.
    #[error("{file}, {at}: {field} = {value:?}: {fault}")]
    Field {
        /// The path as given.
        file: String,
        /// The row.
        at: Place,
        /// The column.
        field: &'static str,
        /// What is written there.
        value: String,
        /// What is wrong with it, and the mend.
        fault: Fault,
    },
    /// The file has no bar of the symbol.
    #[error("{file} has no bar of {wanted}; the nearest symbols in it are {}: name one of them", nearest.join(", "))]
    UnknownSymbol {
        /// The path as given.
        file: String,
        /// The symbol asked for.
        wanted: String,
        /// Up to eight symbols of the file, the most alike first.
        nearest: Vec<String>,
    },
    /// No symbol was asked for, and the file has more than one.
    #[error("{file} has several symbols, {first} and {second} among them: name the one to read")]
    SeveralSymbols {
        /// The path as given.
        file: String,
        /// The first one met.
        first: String,
        /// The second one met.
        second: String,
    },
    /// The caller's look-up does not know the instrument.
    #[error("{file}: no instrument for {symbol}: {source}")]
    Instrument {
        /// The path as given.
        file: String,
        /// The symbol.
        symbol: String,
        /// What the look-up said.
        source: Box<dyn StdError + Send + Sync>,
    },
}

/// What is wrong with one value, and the mend.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// Not a moment.
    #[error(
        "no moment of time; write RFC 3339 in UTC, as in 2024-11-01T13:30:00Z, between 1678 and 2262, or a count of \
         seconds, milli-, micro- or nanoseconds since 1970; for local times name their --zone"
    )]
    NotATime,
    /// A local time that its zone does not have, or has twice.
    #[error("a local time that {zone} skips or has twice; give the file with UTC times")]
    NotInZone {
        /// The zone as named.
        zone: String,
    },
    /// Not the start of a bar.
    #[error(
        "not the start of a bar of {length}; stamp bars with their start, or say --stamp end, or their --bar length"
    )]
    NotAStart {
        /// The bar's length.
        length: Length,
    },
    /// Not later than the row before.
    #[error("not after the bar before it ({previous}); sort the file by time and keep one bar for each time")]
    NotAfter {
        /// The start of the bar before.
        previous: String,
    },
    /// Earlier than the row before.
    #[error("before the row before it ({previous}); sort the file by time")]
    Backwards {
        /// The time of the row before.
        previous: String,
    },
    /// Not a price of this instrument.
    #[error("{0}; check the file against the instrument's tick")]
    Price(PriceError),
    /// Above the high or below the low.
    #[error("outside the row's range, {range}; correct the row, or fetch it again")]
    OutsideRange {
        /// The row's low and high, as in `5871.25 to 5872.00`.
        range: String,
    },
    /// The high is below the low.
    #[error("below the low {low}; correct the row, or fetch it again")]
    HighBelowLow {
        /// The low of the row.
        low: String,
    },
    /// Not a number of contracts.
    #[error("not a whole number of contracts that fits 63 bits; correct the row")]
    NotAVolume,
    /// Nobody can trade nothing.
    #[error("a trade of no contracts; correct the row")]
    NoLots,
    /// Not a side.
    #[error("no side: write B where the taker bought, A or S where it sold, N where it is not known")]
    NotASide,
    /// Fewer than no contracts.
    #[error("a volume below zero; correct the row")]
    NegativeVolume,
    /// No name for an instrument id.
    #[error(
        "the file's symbology has no symbol for this instrument id then; fetch it again with its mappings"
    )]
    Unmapped,
    /// A text that cannot be a symbol.
    #[error("no symbol of 1 to 23 visible characters; name another contract")]
    NotASymbol,
    /// The number of columns differs from the header's.
    #[error("{found} columns where the header has {expected}; correct the row")]
    Columns {
        /// As many as the header names.
        expected: usize,
        /// As many as the row has.
        found: usize,
    },
}
