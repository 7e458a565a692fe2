//! The engine's disk: the ledger's modelled log, or the real one over a disk in memory, and what a crash and worse leave
//! of it.
//!
//! A crash never loses what was synced; of the rest anything may be left. Damage to synced bytes is a fault of its own,
//! and an undamaged copy is kept aside for the person who has to put it back.

use stopline_kernel::commit::Log;
use stopline_kernel::id::AccountId;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::record::Entry;
use stopline_ledger::modelled::{Failure, ModelledLog};
use stopline_ledger::{LogError, SqliteLog};

use crate::choice::Choices;
use crate::swarm::DiskFaults;

mod modelled;
mod sqlite;

pub(crate) use modelled::Modelled;
pub(crate) use sqlite::{Sqlite, files_of};

/// What was done to a disk between two lives of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// Nothing beyond the crash.
    Nothing,
    /// Synced bytes were damaged: it must be refused, or not matter.
    Damaged,
    /// An old copy was put back.
    RolledBack,
}

/// A log that can be told to fail.
pub(crate) trait Frail: Log<Error = LogError> {
    /// Makes the next append or sync fail; the process must end with it.
    fn fail_next(&mut self, failure: Failure);

    /// What is done when nothing waits to be committed.
    fn rest(&mut self) -> Result<(), LogError>;
}

impl Frail for ModelledLog {
    fn fail_next(&mut self, failure: Failure) {
        ModelledLog::fail_next(self, failure);
    }

    fn rest(&mut self) -> Result<(), LogError> {
        Ok(())
    }
}

impl Frail for SqliteLog {
    fn fail_next(&mut self, failure: Failure) {
        SqliteLog::fail_next(self, failure);
    }

    fn rest(&mut self) -> Result<(), LogError> {
        self.checkpoint_when_idle()
    }
}

/// The log of the living process.
pub(crate) enum Living<'a> {
    Modelled(&'a mut ModelledLog),
    Sqlite(&'a mut SqliteLog),
}

/// The disk of a run, and the log that the living process has open on it.
pub(crate) struct SimDisk {
    faults: DiskFaults,
    medium: Medium,
}

enum Medium {
    Modelled(Box<Modelled>),
    Sqlite(Box<Sqlite>),
}

impl SimDisk {
    /// A blank disk, for the modelled log or the real one.
    pub(crate) fn new(account: AccountId, faults: DiskFaults, sqlite: bool) -> SimDisk {
        let medium = match sqlite {
            true => Medium::Sqlite(Box::new(Sqlite::new(account, faults.lies))),
            false => Medium::Modelled(Box::new(Modelled::new(account))),
        };
        SimDisk { faults, medium }
    }

    /// From here on nothing happens to it.
    pub(crate) fn heal(&mut self) {
        self.faults = DiskFaults::default();
    }

    /// The log of the living process.
    pub(crate) fn log(&mut self) -> Option<Living<'_>> {
        match &mut self.medium {
            Medium::Modelled(disk) => disk.log().map(Living::Modelled),
            Medium::Sqlite(disk) => disk.log().map(Living::Sqlite),
        }
    }

    /// Keeps a copy of what is durable now, unless there is one already; whether it has done so.
    pub(crate) fn copy(&mut self) -> bool {
        self.faults.old_copy
            && match &mut self.medium {
                Medium::Modelled(disk) => disk.copy(),
                Medium::Sqlite(disk) => disk.copy(),
            }
    }

    /// Keeps a copy of what is durable now.
    pub(crate) fn copy_now(&mut self) {
        match &mut self.medium {
            Medium::Modelled(disk) => disk.copy_now(),
            Medium::Sqlite(disk) => disk.copy_now(),
        }
    }

    /// Puts the copy back while no process runs; `false` if there is none.
    pub(crate) fn put_old_back(&mut self) -> bool {
        match &mut self.medium {
            Medium::Modelled(disk) => disk.put_old_back(),
            Medium::Sqlite(disk) => disk.put_old_back(),
        }
    }

    /// A bit of the ledger flips while no process runs.
    pub(crate) fn flip(&mut self) {
        match &mut self.medium {
            Medium::Modelled(disk) => disk.flip(),
            Medium::Sqlite(disk) => disk.flip(),
        }
    }

    /// The second half of the ledger is gone while no process runs.
    pub(crate) fn lose_end(&mut self) {
        match &mut self.medium {
            Medium::Modelled(disk) => disk.lose_end(),
            Medium::Sqlite(disk) => disk.lose_end(),
        }
    }

    /// The process died: what was not synced is left to chance; then whatever befalls the disk.
    pub(crate) fn crash(&mut self, choices: &mut Choices) -> Done {
        match &mut self.medium {
            Medium::Modelled(disk) => disk.crash(&mut self.faults, choices),
            Medium::Sqlite(disk) => disk.crash(&mut self.faults, choices),
        }
    }

    /// A person puts the newest undamaged copy back.
    pub(crate) fn put_back(&mut self) {
        match &mut self.medium {
            Medium::Modelled(disk) => disk.put_back(),
            Medium::Sqlite(disk) => disk.put_back(),
        }
    }

    /// Opens the ledger as a new process would: verified, and the state rebuilt.
    pub(crate) fn open(&mut self) -> Result<Ledgered, String> {
        match &mut self.medium {
            Medium::Modelled(disk) => disk.open(),
            Medium::Sqlite(disk) => disk.open(),
        }
    }

    /// The records on the disk past `seq` and up to `last`; what a torn commit left behind `last` is none.
    pub(crate) fn records(&self, seq: u64, last: u64) -> Result<Vec<Entry>, String> {
        match &self.medium {
            Medium::Modelled(disk) => disk.records(seq, last),
            Medium::Sqlite(disk) => disk.records(seq, last),
        }
    }

    /// What the run leaves behind, every byte of it durable; `None` while no process has it open.
    pub(crate) fn left(&self) -> Option<Left> {
        match &self.medium {
            Medium::Modelled(disk) => disk.durable_copy().map(Left::Modelled),
            Medium::Sqlite(disk) => disk.durable_copy().map(Left::Sqlite),
        }
    }
}

/// A disk that a run has left behind.
pub(crate) enum Left {
    Modelled(stopline_ledger::modelled::Disk),
    Sqlite(stopline_ledger::faulty::Disk),
}

fn below(choices: &mut Choices, n: usize) -> usize {
    usize::try_from(choices.below(n as u64)).unwrap_or(0)
}
