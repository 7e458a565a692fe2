//! The files of one ledger and the anchor's reads and writes.
//!
//! Never creates anything while a ledger is only looked at.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::anchor::{self, Anchor, Found, Slot};

/// Where the files of a ledger are.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    /// The directory they share.
    pub(crate) dir: PathBuf,
    /// The database.
    pub(crate) ledger: PathBuf,
    /// Its write-ahead log.
    pub(crate) wal: PathBuf,
    /// The anchor.
    pub(crate) anchor: PathBuf,
}

impl Files {
    /// The files of the ledger in `dir`.
    pub(crate) fn of(dir: &Path) -> Files {
        Files {
            dir: dir.to_owned(),
            ledger: dir.join("ledger.sqlite"),
            wal: dir.join("ledger.sqlite-wal"),
            anchor: dir.join("anchor"),
        }
    }

    /// Whether nobody has the database open: SQLite removes its log when the last connection closes.
    pub(crate) fn at_rest(&self) -> io::Result<bool> {
        Ok(!self.wal.try_exists()?)
    }

    /// What the anchor says.
    pub(crate) fn read_anchor(&self) -> io::Result<Found> {
        match std::fs::read(&self.anchor) {
            Ok(bytes) => Ok(anchor::read(&bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Makes what is in the ledger's files, and the names of the files, durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        for path in [&self.ledger, &self.wal, &self.dir] {
            match File::open(path) {
                Ok(file) => file.sync_all()?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Bytes in a file; 0 if there is none.
pub(crate) fn len(path: &Path) -> io::Result<u64> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// The anchor's file, open for writing.
#[derive(Debug)]
pub(crate) struct AnchorFile {
    file: File,
    next: Slot,
}

impl AnchorFile {
    /// Opens the anchor and makes `at` durable in it: its whole length is taken from the disk now, so that no later
    /// write needs room.
    pub(crate) fn open(path: &Path, at: &Anchor) -> io::Result<AnchorFile> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
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
    pub(crate) fn renew(path: &Path, at: &Anchor) -> io::Result<()> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        let mut bytes = vec![0; anchor::FILE_LEN];
        if let Some(slot) = bytes.get_mut(..anchor::SLOT_LEN) {
            slot.copy_from_slice(&at.to_slot());
        }
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
