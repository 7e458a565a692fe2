//! Why a file was not imported: of a row, of the store, or of the file as a whole.
//!
//! Each names the file and the mend; nothing of the file is in the store then.

use stopline_calendar::CalendarError;
use stopline_kernel::id::Symbol;
use stopline_kernel::time::Span;
use thiserror::Error;

use crate::error::TapeError;
use crate::kind::Length;
use crate::store::StoreError;

/// Why a file was not imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// A row or the file's form.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The calendar of this build.
    #[error("the calendar of this build is broken: {0}")]
    Calendar(#[from] CalendarError),
    /// Its times are not the exchange's.
    #[error(
        "{file}: {outside} of {rows} rows lie outside every session of their contract: its times are not in UTC, or \
         its bars are stamped with their end; say --zone NAME, or --stamp end"
    )]
    OutsideSessions {
        /// The path as given.
        file: String,
        /// Rows outside.
        outside: u64,
        /// Rows of contracts.
        rows: u64,
    },
    /// Every row was left out.
    #[error(
        "{file}: all of its {rows} rows are of spreads, which nothing here trades: give a file with contracts"
    )]
    NothingLeft {
        /// The path as given.
        file: String,
        /// Its rows.
        rows: u64,
    },
    /// Its bars are not of the length that they were taken for.
    #[error(
        "{file}: no two bars of {symbol} are nearer than {} s, so that they are none of {length}: say --bar",
        Span(*apart).0 / 1_000_000_000
    )]
    OtherLength {
        /// The path as given.
        file: String,
        /// The contract.
        symbol: Symbol,
        /// What they were taken for.
        length: Length,
        /// Nanoseconds between the nearest two.
        apart: i64,
    },
    /// The exchange says another tick than our data.
    #[error(
        "{file}: it defines the tick of {symbol} as {said}e-9, and data/contracts.toml has {ours}e-9: one of them is \
         out of date; correct the data before trading the contract"
    )]
    OtherTick {
        /// The path as given.
        file: String,
        /// The contract.
        symbol: Symbol,
        /// The file's tick, in units of 1e-9.
        said: i64,
        /// Ours.
        ours: i64,
    },
}
