//! The durable ledger of one account: records chained by hash in one SQLite file, an anchor beside it that says how far
//! they must reach, the fence that lets one process write; and what the simulator crashes, the modelled log and a faulty disk.
//!
//! No record is ever changed, re-serialised or skipped; what does not fit is refused with its place and its mend, and
//! nothing on disk is touched by a refusal.

pub mod anchor;
pub mod decode;
pub mod error;
pub mod frame;
pub mod recover;

pub mod fence;
pub mod place;
pub mod reader;
pub mod sqlite;

pub mod memory;
pub mod modelled;

#[cfg(feature = "faulty")]
pub mod faulty;

pub use error::{Fault, LogError, OpenError};
pub use sqlite::{SqliteLog, accept, check, open, open_at};
