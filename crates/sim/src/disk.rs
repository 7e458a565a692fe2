//! The engine's disk: the modelled log, and what a crash leaves of it.
//!
//! It never keeps what was not synced for certain, and never loses what was.

use stopline_kernel::commit::Log;
use stopline_kernel::id::AccountId;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::record::Entry;

use crate::choice::Choices;

/// The log of a run.
#[derive(Debug, Default)]
pub struct SimLog {
    synced: Vec<Entry>,
    unsynced: Vec<Entry>,
}

impl SimLog {
    /// An empty log.
    pub fn new(_: AccountId) -> SimLog {
        SimLog::default()
    }

    /// The process died: of what was not synced a prefix remains.
    pub fn crash(&mut self, choices: &mut Choices) {
        let keep = choices.below(self.unsynced.len() as u64 + 1);
        self.unsynced.truncate(usize::try_from(keep).unwrap_or(0));
        self.synced.append(&mut self.unsynced);
    }

    /// Everything that would be found there now.
    pub fn found(&self) -> &[Entry] {
        &self.synced
    }

    /// Opens it again: verifies, and rebuilds the state.
    pub fn reopen(&self) -> Result<Ledgered, String> {
        let mut ledgered = Ledgered::default();
        for entry in &self.synced {
            ledgered.apply(entry).map_err(|why| format!("record {}: {why}", entry.seq))?;
        }
        Ok(ledgered)
    }
}

impl Log for SimLog {
    type Error = String;

    fn append(&mut self, entries: &[Entry]) -> Result<(), String> {
        self.unsynced.extend_from_slice(entries);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), String> {
        self.synced.append(&mut self.unsynced);
        Ok(())
    }
}
