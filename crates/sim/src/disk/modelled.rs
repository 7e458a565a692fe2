//! The disk under the modelled log: one stream of bytes, of which a crash leaves a prefix cut at any byte.
//!
//! What the anchor does not vouch for is never damaged: nobody could tell it from a write that was torn.

use stopline_kernel::id::AccountId;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::record::Entry;
use stopline_ledger::decode::PRESENT;
use stopline_ledger::modelled::{Crash, Disk, ModelledLog};

use super::{Done, below};
use crate::choice::Choices;
use crate::swarm::DiskFaults;

/// The modelled disk, with its copies.
pub(crate) struct Modelled {
    account: AccountId,
    disk: Disk,
    /// The newest copy without damage.
    sound: Disk,
    /// A copy made some time ago.
    old: Option<Disk>,
    log: Option<ModelledLog>,
}

impl Modelled {
    pub(super) fn new(account: AccountId) -> Modelled {
        Modelled { account, disk: Disk::default(), sound: Disk::default(), old: None, log: None }
    }

    pub(super) const fn log(&mut self) -> Option<&mut ModelledLog> {
        self.log.as_mut()
    }

    pub(super) fn copy(&mut self) -> bool {
        let first = self.old.is_none();
        if first {
            self.old = self.durable_copy();
        }
        first && self.old.is_some()
    }

    pub(super) fn copy_now(&mut self) {
        self.old = self.durable_copy();
    }

    pub(super) fn put_old_back(&mut self) -> bool {
        let old = self.old.take();
        old.map(|old| self.disk = old).is_some()
    }

    pub(super) fn flip(&mut self) {
        let length = self.disk.ledger.as_ref().map_or(0, Vec::len);
        self.disk.flip(length / 2, 1);
    }

    pub(super) fn lose_end(&mut self) {
        let length = self.disk.ledger.as_ref().map_or(0, Vec::len);
        self.disk.cut(length / 2);
    }

    pub(super) fn durable_copy(&self) -> Option<Disk> {
        self.log.as_ref().map(ModelledLog::durable_copy)
    }

    /// Of what was not synced a prefix remains, cut at any byte.
    pub(super) fn crash(&mut self, faults: &mut DiskFaults, choices: &mut Choices) -> Done {
        let Some(log) = self.log.take() else { return Done::Nothing };
        let (synced, unsynced) = (log.synced_bytes(), log.unsynced_bytes());
        let keep = below(choices, unsynced + 1);
        let anchor_lag = below(choices, 3);
        self.disk = log.crash(Crash { keep, anchor_lag });
        if keep > 0 && choices.permille(faults.torn) {
            let at = synced + below(choices, keep);
            self.disk.flip(at, 1 << choices.below(8));
        }
        self.sound = self.disk.clone();
        self.befall(faults, synced, anchor_lag, choices)
    }

    fn befall(
        &mut self,
        faults: &mut DiskFaults,
        synced: usize,
        anchor_lag: usize,
        choices: &mut Choices,
    ) -> Done {
        // Bytes past the anchor that cannot be read are what a torn write leaves, so only what it vouches for counts.
        let vouched = anchor_lag == 0 && synced > 0;
        if faults.old_copy
            && let Some(old) = self.old.take()
        {
            self.disk = old;
            faults.old_copy = false;
            return Done::RolledBack;
        }
        if faults.flip && vouched {
            self.disk.flip(below(choices, synced), 1 << choices.below(8));
            faults.flip = false;
            return Done::Damaged;
        }
        if faults.cut && vouched {
            self.disk.cut(below(choices, synced));
            faults.cut = false;
            return Done::Damaged;
        }
        Done::Nothing
    }

    pub(super) fn put_back(&mut self) {
        self.disk = self.sound.clone();
    }

    pub(super) fn open(&mut self) -> Result<Ledgered, String> {
        let (log, ledgered) = ModelledLog::open(&self.disk, self.account).map_err(|why| why.to_string())?;
        self.log = Some(log);
        Ok(ledgered)
    }

    pub(super) fn records(&self, seq: u64, last: u64) -> Result<Vec<Entry>, String> {
        let newer = self.disk.frames().into_iter().filter(|frame| seq < frame.seq && frame.seq <= last);
        newer.map(|frame| PRESENT.entry(&frame).map_err(|why| format!("{why:?}"))).collect()
    }
}
