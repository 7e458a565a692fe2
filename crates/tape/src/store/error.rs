//! Why a store cannot be read or written. Each error names the file and the mend.
//!
//! Never hides the system's own words behind its own.

use std::io;
use std::path::PathBuf;

use parquet::errors::ParquetError;
use thiserror::Error;

/// Why a store cannot be read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The system failed.
    #[error("{}: {doing} failed ({source}): check the path, its permissions and the disk's free space", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The folder is not there.
    #[error("{} is no store of tapes: make one with `stopline import FILE --to DIR`, or name another folder", path.display())]
    NotAStore {
        /// The folder as given.
        path: PathBuf,
    },
    /// A file is not what its place says.
    #[error("{}: {reason}: delete the file and import its source again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Two files speak of the same stretch of time.
    #[error(
        "{} already has rows of this time, from {there}: the same market twice would trade twice; import into another \
         folder, or delete that file first", path.display()
    )]
    Overlap {
        /// The file that is there.
        path: PathBuf,
        /// Where that file came from.
        there: String,
    },
    /// A price that the contract cannot have.
    #[error("{}, row {row}: the price {price}e-9 lies between two ticks of {symbol}: import its source again", path.display())]
    OffTick {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        row: u64,
        /// The price.
        price: i64,
        /// The contract.
        symbol: String,
    },
}

impl StoreError {
    pub(super) fn io(path: impl Into<PathBuf>, doing: &'static str) -> impl FnOnce(io::Error) -> StoreError {
        let path = path.into();
        move |source| StoreError::Io { path, doing, source }
    }

    pub(super) fn damaged(path: impl Into<PathBuf>) -> impl FnOnce(ParquetError) -> StoreError {
        let path = path.into();
        move |why| StoreError::Damaged { path, reason: why.to_string() }
    }
}
