//! A faulty disk in use by one process, as the ledger and the one who makes it fail hold it.
//!
//! It never decides what fails or is lost: it hands on what it was told to.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};

use super::disk::{Disk, FileId};
use super::locks::{Level, Owner};
use super::mounted::{Opening, Refusal, Shared};
use super::vfs::Registered;
use super::{Failing, Loss};

/// A disk that a process uses. Its copies are the same disk.
#[derive(Debug, Clone)]
pub struct Volume {
    shared: Arc<Shared>,
    registered: Arc<Registered>,
}

impl Volume {
    /// Puts a disk into use.
    pub fn mount(disk: Disk) -> Volume {
        let shared = Arc::new(Shared::new(disk));
        Volume { registered: Arc::new(Registered::new(Arc::clone(&shared))), shared }
    }

    /// Makes the disk fail once, at the `pass`-th of the next moments at which it could, from 1.
    pub fn fail(&self, failing: Failing, pass: u64) {
        self.shared.lock().plan(failing, pass);
    }

    /// Whether the failure that was asked for has come.
    pub fn has_failed(&self) -> bool {
        self.shared.lock().has_failed()
    }

    /// From here on it says that it synced, and does not.
    pub fn lie(&self) {
        self.shared.lock().lie();
    }

    /// The disk as it is, with what was not synced.
    pub fn disk(&self) -> Disk {
        self.shared.lock().disk().clone()
    }

    /// Takes the disk away from the process; what it still does comes to nothing.
    pub fn take(&self) -> Disk {
        self.shared.lock().take()
    }

    /// Ends the process and gives what the next one finds.
    pub fn crash(&self, loss: Loss, below: &mut dyn FnMut(u64) -> u64) -> Disk {
        self.take().crash(loss, below)
    }

    /// Opens a database on it.
    ///
    /// # Errors
    ///
    /// As SQLite says.
    pub fn connect(&self, name: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
        Connection::open_with_flags_and_vfs(name, flags, self.registered.name())
    }

    /// What a file holds; `None` if there is none.
    pub(crate) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let mut mounted = self.shared.lock();
        let Some(file) = mounted.find(name)? else { return Ok(None) };
        let mut bytes = vec![0; mounted.len(file)?];
        mounted.read(file, 0, &mut bytes)?;
        Ok(Some(bytes))
    }

    /// Bytes in a file; `None` if there is none.
    pub(crate) fn len(&self, name: &str) -> io::Result<Option<usize>> {
        let mounted = self.shared.lock();
        let Some(file) = mounted.find(name)? else { return Ok(None) };
        Ok(Some(mounted.len(file)?))
    }

    /// Opens a file, or makes it.
    pub(crate) fn open(&self, name: &str) -> io::Result<Handle> {
        let Opening { file, owner } = self.shared.lock().open(Some(name), true)?;
        Ok(Handle { shared: Arc::clone(&self.shared), file, owner })
    }

    /// Makes the names of its files durable.
    pub(crate) fn sync_names(&self) -> io::Result<()> {
        Ok(self.shared.lock().sync_names()?)
    }
}

/// A file on the disk, open.
#[derive(Debug)]
pub(crate) struct Handle {
    shared: Arc<Shared>,
    file: FileId,
    owner: Owner,
}

impl Handle {
    pub(crate) fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        match self.shared.lock().read(self.file, at, bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(Refusal::Short(len)) => Ok(len),
            Err(why) => Err(why.into()),
        }
    }

    pub(crate) fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        Ok(self.shared.lock().write(self.file, at, bytes)?)
    }

    pub(crate) fn cut(&self, len: u64) -> io::Result<()> {
        Ok(self.shared.lock().cut(self.file, len)?)
    }

    pub(crate) fn sync_all(&self) -> io::Result<()> {
        Ok(self.shared.lock().sync(self.file)?)
    }

    pub(crate) fn len(&self) -> io::Result<u64> {
        Ok(self.shared.lock().len(self.file)? as u64)
    }

    /// Locks the file for this opening alone; false if another has it.
    pub(crate) fn try_lock(&self) -> bool {
        let mut mounted = self.shared.lock();
        mounted.locks(self.file).lock(self.owner, Level::Exclusive).is_ok()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.lock().leave(Opening { file: self.file, owner: self.owner });
    }
}
