//! A log that keeps chosen records in memory, for replay and measurements.
//!
//! Nothing in it is durable: it must never stand under an account that trades.

use std::convert::Infallible;

use stopline_kernel::commit::Log;
use stopline_kernel::record::{Entry, Record};

/// Keeps the records that `keep` wants.
#[derive(Debug)]
pub struct MemoryLog {
    entries: Vec<Entry>,
    keep: fn(&Record) -> bool,
}

impl MemoryLog {
    /// Keeps every record.
    pub fn all() -> MemoryLog {
        MemoryLog { entries: Vec::new(), keep: |_| true }
    }

    /// Keeps decisions only.
    pub fn decisions() -> MemoryLog {
        MemoryLog { entries: Vec::new(), keep: |record| matches!(record, Record::Decided { .. }) }
    }

    /// What was kept, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

impl Log for MemoryLog {
    type Error = Infallible;

    fn append(&mut self, entries: &[Entry]) -> Result<(), Infallible> {
        self.entries.extend(entries.iter().filter(|entry| (self.keep)(&entry.record)).cloned());
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
