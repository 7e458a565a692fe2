//! Real bars from files: Databento DBN (`ohlcv-1m`) and CSV, plain or compressed.
//!
//! [`Bars`] streams one symbol, [`contents`] lists what a file holds, [`walk`] orders the prices inside a bar. Memory
//! stays constant however long the file is. A row that is not sound ends the reading with a [`TapeError`] that names
//! file, row, field, value and mend: nothing is skipped, repaired or rounded in silence.
//!
//! Never a clock, never a network. Of all files of the workspace, only `read/file.rs` opens market data.

mod bar;
mod bars;
mod contents;
mod error;
pub mod import;
mod kind;
mod nearest;
mod read;
pub mod store;

pub use bar::{TapeBar, walk};
pub use bars::Bars;
pub use contents::{Content, contents};
pub use error::{Fault, Place, TapeError};
pub use import::import;
pub use kind::{Cells, Column, Holds, Kind, Length, NONE, WIDTH};
pub use read::Reading;
