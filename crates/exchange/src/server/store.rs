//! The journal's file and the lock of its directory.
//!
//! Appends and syncs. It never knows what the lines mean, and never changes a whole one.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{ServeError, doing};
use crate::journal::{self, Journal};

/// A directory that is ours alone while this value lives.
pub(super) struct Store {
    file: File,
    path: PathBuf,
    _lock: File,
}

impl Store {
    /// Takes the directory, making it if need be.
    pub(super) fn open(dir: &Path) -> Result<Store, ServeError> {
        let make = DirBuilder::new().recursive(true).mode(0o700).create(dir);
        make.map_err(doing(format!("making {}", dir.display())))?;
        let lock = lock(&dir.join("exchange.lock"))?;
        let path = dir.join("exchange.journal");
        let file = owned(&path).map_err(doing(format!("opening {}", path.display())))?;
        File::open(dir).and_then(|d| d.sync_all()).map_err(doing(format!("syncing {}", dir.display())))?;
        Ok(Store { file, path, _lock: lock })
    }

    /// Reads the journal and cuts a torn last line off.
    pub(super) fn read(&mut self) -> Result<Journal, ServeError> {
        let reading = || doing(format!("reading {}", self.path.display()));
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0)).map_err(reading())?;
        self.file.read_to_end(&mut bytes).map_err(reading())?;
        let damaged = |damage| ServeError::Damaged { file: self.path.clone(), damage };
        let journal = journal::read(&bytes).map_err(damaged)?;
        if journal.whole < bytes.len() {
            let whole = u64::try_from(journal.whole).unwrap_or(0);
            self.file.set_len(whole).and_then(|()| self.file.sync_all()).map_err(reading())?;
        }
        self.file.seek(SeekFrom::End(0)).map_err(reading())?;
        Ok(journal)
    }

    /// Appends whole lines, and with `sync` waits until they are on the disk.
    pub(super) fn append(&mut self, lines: &[u8], sync: bool) -> Result<(), ServeError> {
        let written = self.file.write_all(lines);
        let kept = if sync { written.and_then(|()| self.file.sync_data()) } else { written };
        kept.map_err(doing(format!("writing {}", self.path.display())))
    }
}

fn lock(path: &Path) -> Result<File, ServeError> {
    let named = || doing(format!("locking {}", path.display()));
    let mut file = owned(path).map_err(named())?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::Error(why)) => return Err(named()(why)),
        Err(TryLockError::WouldBlock) => {
            let mut process = String::new();
            let _ = file.read_to_string(&mut process);
            return Err(ServeError::Locked { process });
        }
    }
    let write = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
    write.map_err(named())?;
    Ok(file)
}

fn owned(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}
