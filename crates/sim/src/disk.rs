//! The engine's disk: the ledger's modelled log, and what a crash leaves of it.
//!
//! It never loses what was synced; of the rest any prefix of bytes may be left, drawn from the seed.

use stopline_kernel::id::AccountId;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::record::Entry;
use stopline_ledger::decode::PRESENT;
use stopline_ledger::modelled::{Crash, Disk, ModelledLog};

use crate::choice::Choices;

/// The disk of a run, and the log that the living process has open on it.
pub(crate) struct SimDisk {
    account: AccountId,
    disk: Disk,
    log: Option<ModelledLog>,
}

impl SimDisk {
    /// A blank disk.
    pub(crate) fn new(account: AccountId) -> SimDisk {
        SimDisk { account, disk: Disk::default(), log: None }
    }

    /// The log of the living process.
    pub(crate) const fn log(&mut self) -> Option<&mut ModelledLog> {
        self.log.as_mut()
    }

    /// The process died: of what was not synced a prefix remains, cut at any byte.
    pub(crate) fn crash(&mut self, choices: &mut Choices) {
        if let Some(log) = self.log.take() {
            let unsynced = log.unsynced_bytes() as u64;
            let keep = usize::try_from(choices.below(unsynced + 1)).unwrap_or(0);
            let anchor_lag = usize::try_from(choices.below(3)).unwrap_or(0);
            self.disk = log.crash(Crash { keep, anchor_lag });
        }
    }

    /// Opens the ledger as a new process would: verified, and the state rebuilt.
    pub(crate) fn open(&mut self) -> Result<Ledgered, String> {
        let (log, ledgered) = ModelledLog::open(&self.disk, self.account).map_err(|why| why.to_string())?;
        self.log = Some(log);
        Ok(ledgered)
    }

    /// The records on the disk past `seq` and up to `last`; what a torn commit left behind `last` is none.
    pub(crate) fn records(&self, seq: u64, last: u64) -> Result<Vec<Entry>, String> {
        let newer = self.disk.frames().into_iter().filter(|frame| seq < frame.seq && frame.seq <= last);
        newer.map(|frame| PRESENT.entry(&frame).map_err(|why| format!("{why:?}"))).collect()
    }
}
