//! The engine's disk: the ledger's modelled log, and what a crash and worse leave of it.
//!
//! A crash never loses what was synced; of the rest any prefix of bytes may be left. Damage to synced bytes is a fault
//! of its own, and an undamaged copy is kept aside for the person who has to put it back.

use stopline_kernel::id::AccountId;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::record::Entry;
use stopline_ledger::decode::PRESENT;
use stopline_ledger::modelled::{Crash, Disk, ModelledLog};

use crate::choice::Choices;
use crate::swarm::DiskFaults;

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

/// The disk of a run, and the log that the living process has open on it.
pub(crate) struct SimDisk {
    account: AccountId,
    faults: DiskFaults,
    disk: Disk,
    /// The newest copy without damage.
    sound: Disk,
    /// A copy made some time ago.
    old: Option<Disk>,
    log: Option<ModelledLog>,
}

impl SimDisk {
    /// A blank disk.
    pub(crate) fn new(account: AccountId, faults: DiskFaults) -> SimDisk {
        SimDisk { account, faults, disk: Disk::default(), sound: Disk::default(), old: None, log: None }
    }

    /// From here on nothing happens to it.
    pub(crate) fn heal(&mut self) {
        self.faults = DiskFaults::default();
    }

    /// The log of the living process.
    pub(crate) const fn log(&mut self) -> Option<&mut ModelledLog> {
        self.log.as_mut()
    }

    /// Keeps a copy of what is durable now, unless there is one already.
    pub(crate) fn copy(&mut self) {
        if let Some(log) = self.log.as_ref().filter(|_| self.faults.old_copy && self.old.is_none()) {
            self.old = Some(log.durable_copy());
        }
    }

    /// Keeps a copy of what is durable now.
    pub(crate) fn copy_now(&mut self) {
        self.old = self.log.as_ref().map(ModelledLog::durable_copy);
    }

    /// Puts the copy back while no process runs; `false` if there is none.
    pub(crate) fn put_old_back(&mut self) -> bool {
        let old = self.old.take();
        old.map(|old| self.disk = old).is_some()
    }

    /// A bit of the ledger flips while no process runs.
    pub(crate) fn flip(&mut self) {
        let length = self.disk.ledger.as_ref().map_or(0, Vec::len);
        self.disk.flip(length / 2, 1);
    }

    /// The process died: of what was not synced a prefix remains, cut at any byte; then whatever befalls the disk.
    pub(crate) fn crash(&mut self, choices: &mut Choices) -> Done {
        let Some(log) = self.log.take() else { return Done::Nothing };
        let (synced, unsynced) = (log.synced_bytes(), log.unsynced_bytes());
        let keep = below(choices, unsynced + 1);
        let anchor_lag = below(choices, 3);
        self.disk = log.crash(Crash { keep, anchor_lag });
        if keep > 0 && choices.permille(self.faults.torn) {
            let at = synced + below(choices, keep);
            self.disk.flip(at, 1 << choices.below(8));
        }
        self.sound = self.disk.clone();
        self.befall(synced, anchor_lag, choices)
    }

    fn befall(&mut self, synced: usize, anchor_lag: usize, choices: &mut Choices) -> Done {
        // Bytes past the anchor that cannot be read are what a torn write leaves, so only what it vouches for counts.
        let vouched = anchor_lag == 0 && synced > 0;
        if self.faults.old_copy
            && let Some(old) = self.old.take()
        {
            self.disk = old;
            self.faults.old_copy = false;
            return Done::RolledBack;
        }
        if self.faults.flip && vouched {
            self.disk.flip(below(choices, synced), 1 << choices.below(8));
            self.faults.flip = false;
            return Done::Damaged;
        }
        if self.faults.cut && vouched {
            self.disk.cut(below(choices, synced));
            self.faults.cut = false;
            return Done::Damaged;
        }
        Done::Nothing
    }

    /// A person puts the newest undamaged copy back.
    pub(crate) fn put_back(&mut self) {
        self.disk = self.sound.clone();
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

fn below(choices: &mut Choices, n: usize) -> usize {
    usize::try_from(choices.below(n as u64)).unwrap_or(0)
}
