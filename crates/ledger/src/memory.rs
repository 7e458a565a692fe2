//! A log that keeps chosen records in memory, for replay and measurements.
//!
//! Nothing in it is durable: it must never stand under an account that trades.

use std::convert::Infallible;

use stopline_kernel::commit::Log;
use stopline_kernel::id::AccountId;
use stopline_kernel::record::{Entry, Record};

use crate::frame::{Frame, Hash};

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

    /// The end of the chain over what was kept: that of a ledger that holds the same records, if every one was kept.
    pub fn head(&self, account: AccountId) -> Hash {
        // These records are written to memory, which cannot fail; one that could not be written would be left out.
        let chained = |head, entry| Frame::of(head, entry).map_or(head, |frame| frame.hash);
        self.entries.iter().fold(Hash::genesis(account), chained)
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
