//! The disk under the real log: SQLite's own files and the anchor, on a disk in memory that loses, tears and mixes what
//! was not synced.
//!
//! Only the write-ahead log is damaged in a run: there the records of a run are, and every one of its bytes is vouched
//! for. Damage to the database is swept over in [`crate::crashpoints`], not drawn.

use stopline_kernel::id::AccountId;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::record::Entry;
use stopline_kernel::time::LocalTime;
use stopline_ledger::anchor::{self, Found};
use stopline_ledger::faulty::{Disk, Loss, Volume};
use stopline_ledger::place::Place;
use stopline_ledger::reader::Reader;
use stopline_ledger::{SqliteLog, open_at};

use super::{Done, below};
use crate::choice::Choices;
use crate::swarm::DiskFaults;

/// SQLite's write-ahead log.
const WAL: &str = "ledger.sqlite-wal";

/// The files of a ledger that hold something a start reads.
pub(crate) const fn files_of() -> [&'static str; 3] {
    ["ledger.sqlite", WAL, "anchor"]
}

/// The faulty disk, with its copies.
pub(crate) struct Sqlite {
    account: AccountId,
    lies: bool,
    disk: Disk,
    /// The newest copy without damage.
    sound: Disk,
    /// A copy made some time ago.
    old: Option<Disk>,
    living: Option<(SqliteLog, Volume)>,
}

impl Sqlite {
    pub(super) fn new(account: AccountId, lies: bool) -> Sqlite {
        Sqlite { account, lies, disk: Disk::default(), sound: Disk::default(), old: None, living: None }
    }

    pub(super) fn log(&mut self) -> Option<&mut SqliteLog> {
        self.living.as_mut().map(|(log, _)| log)
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
        let length = self.disk.read(WAL).map_or(0, <[u8]>::len);
        self.disk.flip(WAL, length / 2, 1);
    }

    pub(super) fn lose_end(&mut self) {
        let length = self.disk.read(WAL).map_or(0, <[u8]>::len);
        self.disk.shorten(WAL, length / 2);
    }

    /// The files as somebody copies them between two commits.
    pub(super) fn durable_copy(&self) -> Option<Disk> {
        self.living.as_ref().map(|(_, volume)| settled(&volume.disk()))
    }

    /// Of what was not synced some writes remain in their order, or, where writes are torn, any sectors of any of them.
    pub(super) fn crash(&mut self, faults: &mut DiskFaults, choices: &mut Choices) -> Done {
        let Some((log, volume)) = self.living.take() else { return Done::Nothing };
        let synced = log.synced().seq;
        // What is to be damaged must be vouched for: the system has had time to write the anchor.
        let loss = match (faults.flip || faults.cut, choices.permille(faults.torn)) {
            (true, _) => Loss::Nothing,
            (false, true) => Loss::Scattered,
            (false, false) => Loss::Tail,
        };
        self.disk = volume.crash(loss, &mut |n| choices.below(n));
        // What SQLite still does while it closes comes to nothing: the disk is gone.
        drop(log);
        self.sound = self.disk.clone();
        self.befall(faults, synced, choices)
    }

    fn befall(&mut self, faults: &mut DiskFaults, synced: u64, choices: &mut Choices) -> Done {
        if faults.old_copy
            && let Some(old) = self.old.take()
        {
            self.disk = old;
            faults.old_copy = false;
            return Done::RolledBack;
        }
        let wal = self.disk.read(WAL).map_or(0, <[u8]>::len);
        let vouched = synced > 0 && self.anchored() == synced && wal > 0;
        if faults.flip && vouched {
            self.disk.flip(WAL, below(choices, wal), 1 << choices.below(8));
            faults.flip = false;
            return Done::Damaged;
        }
        if faults.cut && vouched {
            self.disk.shorten(WAL, below(choices, wal));
            faults.cut = false;
            return Done::Damaged;
        }
        Done::Nothing
    }

    /// The record that the anchor on the disk names.
    fn anchored(&self) -> u64 {
        match self.disk.read("anchor").map(anchor::read) {
            Some(Found::Anchor(anchor, _)) => anchor.seq,
            Some(Found::Nothing | Found::Damaged) | None => 0,
        }
    }

    pub(super) fn put_back(&mut self) {
        self.disk = self.sound.clone();
    }

    pub(super) fn open(&mut self) -> Result<Ledgered, String> {
        let volume = Volume::mount(self.disk.clone());
        if self.lies {
            volume.lie();
        }
        let place = Place::Faulty(volume.clone());
        let (log, ledgered) = open_at(&place, self.account, LocalTime(0)).map_err(|why| why.to_string())?;
        self.living = Some((log, volume));
        Ok(ledgered)
    }

    pub(super) fn records(&self, seq: u64, last: u64) -> Result<Vec<Entry>, String> {
        let Some((_, volume)) = self.living.as_ref().filter(|_| seq < last) else { return Ok(Vec::new()) };
        let reader = Reader::open_at(&Place::Faulty(volume.clone())).map_err(|why| why.to_string())?;
        reader.entries(seq.saturating_add(1)..=last).map_err(|why| why.to_string())
    }
}

fn settled(disk: &Disk) -> Disk {
    disk.crash(Loss::Nothing, &mut |_| 0)
}
