//! What came of a replay.
//!
//! Everything in it follows from the tape and the settings, and nothing from the machine: the same twice, to the byte.

use stopline_kernel::lane::Lane;
use stopline_kernel::num::Money;
use stopline_kernel::record::Record;
use stopline_kernel::time::ExchangeTime;
use stopline_ledger::frame::Hash;
use stopline_ledger::memory::MemoryLog;

/// What came of a replay.
pub struct Outcome {
    /// Rows of the tape that were replayed, those of the warm-up among them.
    pub rows: u64,
    /// When the engine began.
    pub first: ExchangeTime,
    /// When the market moved last.
    pub last: ExchangeTime,
    /// Whether the engine's orderly stop was complete.
    pub stopped: bool,
    /// The log.
    pub log: MemoryLog,
    /// The exchange's journal.
    pub journal: String,
    /// The lane as it ended.
    pub lane: Lane,
    /// What made this replay.
    pub build: Box<str>,
}

impl Outcome {
    /// The head of the ledger's chain over the records that were kept. The stamps are market time, so it is the same for
    /// the same tape and the same settings; the last record holds the tape's fingerprint, so it is another for another.
    pub fn digest(&self) -> Hash {
        self.log.head(self.lane.book().config.account)
    }

    /// How often a position became flat.
    pub fn trades(&self) -> usize {
        let flat = |record: &Record| matches!(record, Record::Filled(fill) if fill.position.is_zero());
        self.log.entries().iter().filter(|entry| flat(&entry.record)).count()
    }

    /// Executions.
    pub fn fills(&self) -> usize {
        let entries = self.log.entries().iter();
        entries.filter(|entry| matches!(entry.record, Record::Filled(_))).count()
    }

    /// Realised profit less fees.
    pub fn net(&self) -> Money {
        let ledgered = &self.lane.book().ledgered;
        ledgered.realised.minus(ledgered.fees).unwrap_or(ledgered.realised)
    }
}
