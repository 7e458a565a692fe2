//! The files of one ledger and the anchor's reads and writes.
//!
//! Never creates anything while a ledger is only looked at.

use std::io;
use std::path::PathBuf;

use crate::anchor::{self, Anchor, Found, Slot};
use crate::place::{Handle, Place};

/// The database.
pub(crate) const LEDGER: &str = "ledger.sqlite";
/// Its write-ahead log.
pub(crate) const WAL: &str = "ledger.sqlite-wal";
/// The journal of its beginning, before it has a write-ahead log.
const JOURNAL: &str = "ledger.sqlite-journal";
/// The anchor.
pub(crate) const ANCHOR: &str = "anchor";

/// Bytes of a page of the database.
const PAGE: u64 = 4_096;

/// Where the files of a ledger are.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    /// What they share.
    pub(crate) place: Place,
    /// The database, as it is told.
    pub(crate) ledger: PathBuf,
    /// The anchor, as it is told.
    pub(crate) anchor: PathBuf,
}

impl Files {
    /// The files of the ledger at a place.
    pub(crate) fn of(place: &Place) -> Files {
        Files { place: place.clone(), ledger: place.path(LEDGER), anchor: place.path(ANCHOR) }
    }

    /// Bytes in the database and in its write-ahead log; of the log `None` if there is none: SQLite removes it when the
    /// last connection closes, so that nobody then has the database open.
    pub(crate) fn lens(&self) -> io::Result<(u64, Option<u64>)> {
        Ok((self.place.len(LEDGER)?.unwrap_or(0), self.place.len(WAL)?))
    }

    /// Whether a process was stopped while it began the ledger, in the one page that is written before there is a
    /// write-ahead log. No record can be in it yet, and it can be read only after SQLite has taken it back, which nobody may
    /// do who only looks.
    pub(crate) fn is_half_begun(&self) -> io::Result<bool> {
        let begun = self.place.len(LEDGER)?.unwrap_or(0);
        Ok(begun <= PAGE && self.place.len(JOURNAL)?.is_some() && self.place.len(ANCHOR)?.is_none())
    }

    /// What the anchor says.
    pub(crate) fn read_anchor(&self) -> io::Result<Found> {
        Ok(self.place.read(ANCHOR)?.map_or(Found::Nothing, |bytes| anchor::read(&bytes)))
    }

    /// Makes what is in the ledger's files, and the names of the files, durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.place.sync(LEDGER)?;
        self.place.sync(WAL)?;
        self.place.sync_names()
    }
}

/// The anchor's file, open for writing.
#[derive(Debug)]
pub(crate) struct AnchorFile {
    file: Handle,
    next: Slot,
}

impl AnchorFile {
    /// Opens the anchor and makes `at` durable in it: its whole length is taken from the disk now, so that no later
    /// write needs room.
    pub(crate) fn open(place: &Place, at: &Anchor) -> io::Result<AnchorFile> {
        let file = place.open(ANCHOR)?;
        let mut bytes = vec![0; anchor::FILE_LEN];
        let len = file.read_at(&mut bytes, 0)?;
        if len < anchor::FILE_LEN {
            file.write_all_at(&bytes, 0)?;
        }
        let next = match anchor::read(&bytes) {
            Found::Anchor(_, slot) => slot.other(),
            Found::Nothing | Found::Damaged => Slot::First,
        };
        let mut anchor = AnchorFile { file, next };
        anchor.write(at)?;
        anchor.file.sync_all()?;
        Ok(anchor)
    }

    /// Replaces a damaged or disagreeing anchor by `at` alone.
    pub(crate) fn renew(place: &Place, at: &Anchor) -> io::Result<()> {
        let file = place.open(ANCHOR)?;
        let mut bytes = vec![0; anchor::FILE_LEN];
        if let Some(slot) = bytes.get_mut(..anchor::SLOT_LEN) {
            slot.copy_from_slice(&at.to_slot());
        }
        file.empty()?;
        file.write_all_at(&bytes, 0)?;
        file.sync_all()
    }

    /// Writes an anchor over the older of the two. Without a sync: it may lag.
    pub(crate) fn write(&mut self, anchor: &Anchor) -> io::Result<()> {
        self.file.write_all_at(&anchor.to_slot(), self.next.offset() as u64)?;
        self.next = self.next.other();
        Ok(())
    }
}
