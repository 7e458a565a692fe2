//! A faulty disk in use by one process: what is open, what is locked, and when something fails.
//!
//! Whatever fails is told to whoever asked; only a disk that was told to lie says that it synced what it did not. Once
//! the power is gone nothing changes any more.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};
use thiserror::Error;

use super::disk::{Disk, FileId};
use super::locks::{Busy, Level, Locks, Owner};
use super::vfs::Registered;
use super::{Failing, Loss};

/// A disk that a process uses. Its copies are the same disk.
#[derive(Debug, Clone)]
pub struct Volume {
    shared: Arc<Shared>,
    registered: Arc<Registered>,
}

/// What every opening of a file on the disk holds.
#[derive(Debug)]
pub(super) struct Shared(Mutex<Mounted>);

/// Why the disk did not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No file of this name.
    #[error("no such file")]
    Missing,
    /// It could not be read.
    #[error("it cannot be read")]
    Read,
    /// Fewer bytes than were asked for.
    #[error("only {0} bytes could be read")]
    Short(usize),
    /// It could not be written.
    #[error("it cannot be written")]
    Write,
    /// No room left.
    #[error("no space is left on the device")]
    Full,
    /// It could not be synced.
    #[error("the sync failed")]
    Sync,
    /// The power is gone.
    #[error("the disk is gone")]
    Gone,
}

/// What the disk is doing.
#[derive(Debug, Default)]
pub(super) struct Mounted {
    disk: Disk,
    gone: bool,
    lies: bool,
    /// What fails, and at which of its next chances.
    failing: Option<(Failing, u64)>,
    struck: bool,
    opened: u64,
    locks: BTreeMap<FileId, Locks>,
    memory: BTreeMap<FileId, Memory>,
    /// Files whose name their first sync makes durable too.
    unnamed: BTreeSet<FileId>,
}

/// What the connections to one database share.
#[derive(Debug, Default)]
struct Memory {
    regions: Vec<Region>,
    users: BTreeSet<Owner>,
}

/// A piece of shared memory. It stays where it is as long as anybody has it.
pub(super) type Region = Arc<[AtomicU64]>;

/// One opening of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening {
    pub(super) file: FileId,
    pub(super) owner: Owner,
}

impl Volume {
    /// Puts a disk into use.
    pub fn mount(disk: Disk) -> Volume {
        let shared = Arc::new(Shared(Mutex::new(Mounted { disk, ..Mounted::default() })));
        Volume { registered: Arc::new(Registered::new(Arc::clone(&shared))), shared }
    }

    /// Makes the disk fail once, at the `pass`-th of the next moments at which it could, from 1.
    pub fn fail(&self, failing: Failing, pass: u64) {
        let mut mounted = self.shared.lock();
        (mounted.failing, mounted.struck) = (Some((failing, pass.max(1))), false);
    }

    /// Whether the failure that was asked for has come.
    pub fn has_failed(&self) -> bool {
        self.shared.lock().struck
    }

    /// From here on it says that it synced, and does not.
    pub fn lie(&self) {
        self.shared.lock().lies = true;
    }

    /// The disk as it is, with what was not synced.
    pub fn disk(&self) -> Disk {
        self.shared.lock().disk.clone()
    }

    /// Takes the disk away from the process; what it still does comes to nothing.
    pub fn take(&self) -> Disk {
        let mut mounted = self.shared.lock();
        mounted.gone = true;
        std::mem::take(&mut mounted.disk)
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

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Mounted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mounted {
    fn find(&self, name: &str) -> Result<Option<FileId>, Refusal> {
        if self.gone { Err(Refusal::Gone) } else { Ok(self.disk.id(name)) }
    }

    /// Whether a file is there and holds something.
    pub(super) fn holds(&self, name: &str) -> Result<bool, Refusal> {
        self.find(name)?.map_or(Ok(false), |file| Ok(self.len(file)? > 0))
    }

    /// Opens a file; one without a name is made anew and is never found again.
    pub(super) fn open(&mut self, name: Option<&str>, make: bool) -> Result<Opening, Refusal> {
        let found = name.map_or(Ok(None), |name| self.find(name))?;
        let file = match found {
            Some(file) => file,
            None if make => {
                self.changes()?;
                self.disk.make(name)
            }
            None => return Err(Refusal::Missing),
        };
        self.opened += 1;
        Ok(Opening { file, owner: Owner(self.opened) })
    }

    /// The first sync of this file shall make its name durable too.
    pub(super) fn name_with_first_sync(&mut self, file: FileId) {
        self.unnamed.insert(file);
    }

    pub(super) fn leave(&mut self, opening: Opening) {
        self.locks(opening.file).leave(opening.owner);
        self.unmap(opening);
    }

    pub(super) fn remove(&mut self, name: &str) -> Result<(), Refusal> {
        self.changes()?;
        if self.disk.remove(name) { Ok(()) } else { Err(Refusal::Missing) }
    }

    pub(super) fn len(&self, file: FileId) -> Result<usize, Refusal> {
        if self.gone {
            return Err(Refusal::Gone);
        }
        self.disk.file(file).map(|bytes| bytes.seen().len()).ok_or(Refusal::Missing)
    }

    /// Reads what is there; zeros beyond it.
    pub(super) fn read(&mut self, file: FileId, at: u64, into: &mut [u8]) -> Result<(), Refusal> {
        let short = self.strikes(&[Failing::ShortRead])?.is_some();
        if self.strikes(&[Failing::Read])?.is_some() {
            return Err(Refusal::Read);
        }
        let seen = self.disk.file(file).ok_or(Refusal::Missing)?.seen();
        let from = seen.get(place(at)..).unwrap_or_default();
        let asked = if short { into.len() / 2 } else { into.len() };
        let (there, beyond) = into.split_at_mut(asked.min(from.len()));
        there.copy_from_slice(&from[..there.len()]);
        beyond.fill(0);
        if beyond.is_empty() { Ok(()) } else { Err(Refusal::Short(there.len())) }
    }

    pub(super) fn write(&mut self, file: FileId, at: u64, bytes: &[u8]) -> Result<(), Refusal> {
        self.changes()?;
        self.disk.file_mut(file).ok_or(Refusal::Missing)?.write(place(at), bytes);
        Ok(())
    }

    pub(super) fn cut(&mut self, file: FileId, len: u64) -> Result<(), Refusal> {
        self.changes()?;
        self.disk.file_mut(file).ok_or(Refusal::Missing)?.cut(place(len));
        Ok(())
    }

    pub(super) fn sync(&mut self, file: FileId) -> Result<(), Refusal> {
        let failing = self.syncs();
        let bytes = self.disk.file_mut(file).ok_or(Refusal::Missing)?;
        match failing {
            Err(Refusal::Sync) => {
                bytes.fail_sync();
                return Err(Refusal::Sync);
            }
            Err(other) => return Err(other),
            Ok(()) if self.lies => return Ok(()),
            Ok(()) => bytes.sync(),
        }
        if self.unnamed.remove(&file) {
            self.disk.sync_names();
        }
        Ok(())
    }

    pub(super) fn sync_names(&mut self) -> Result<(), Refusal> {
        self.syncs()?;
        if !self.lies {
            self.disk.sync_names();
        }
        Ok(())
    }

    pub(super) fn locks(&mut self, file: FileId) -> &mut Locks {
        self.locks.entry(file).or_default()
    }

    /// Slots of the shared memory, for one alone or for many.
    pub(super) fn lock_slots(&mut self, opening: Opening, slots: u8, alone: bool) -> Result<(), Busy> {
        self.locks(opening.file).lock_slots(opening.owner, slots, alone)
    }

    /// A piece of the memory that all connections to a database share; `None` if it is not there and is not to be made.
    pub(super) fn map(&mut self, opening: Opening, at: usize, words: usize, make: bool) -> Option<Region> {
        let memory = self.memory.entry(opening.file).or_default();
        memory.users.insert(opening.owner);
        while make && memory.regions.len() <= at {
            memory.regions.push((0..words).map(|_| AtomicU64::new(0)).collect());
        }
        memory.regions.get(at).cloned()
    }

    /// The memory is gone with the last who used it.
    pub(super) fn unmap(&mut self, opening: Opening) {
        if let Some(memory) = self.memory.get_mut(&opening.file) {
            memory.users.remove(&opening.owner);
            if memory.users.is_empty() {
                self.memory.remove(&opening.file);
            }
        }
    }

    /// Before anything on the disk changes.
    fn changes(&mut self) -> Result<(), Refusal> {
        match self.strikes(&[Failing::Write, Failing::Full, Failing::Power])? {
            Some(Failing::Full) => Err(Refusal::Full),
            Some(Failing::Power) => Err(Refusal::Gone),
            Some(_) => Err(Refusal::Write),
            None => Ok(()),
        }
    }

    /// Before anything is synced.
    fn syncs(&mut self) -> Result<(), Refusal> {
        match self.strikes(&[Failing::Sync, Failing::Power])? {
            Some(Failing::Power) => Err(Refusal::Gone),
            Some(_) => Err(Refusal::Sync),
            None => Ok(()),
        }
    }

    /// Whether the planned failure is one of these, and comes now.
    fn strikes(&mut self, of: &[Failing]) -> Result<Option<Failing>, Refusal> {
        if self.gone {
            return Err(Refusal::Gone);
        }
        let Some((failing, pass)) = &mut self.failing else { return Ok(None) };
        if !of.contains(failing) {
            return Ok(None);
        }
        *pass -= 1;
        if *pass > 0 {
            return Ok(None);
        }
        let failing = *failing;
        (self.failing, self.struck) = (None, true);
        self.gone = failing == Failing::Power;
        Ok(Some(failing))
    }
}

fn place(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

impl From<Refusal> for io::Error {
    fn from(why: Refusal) -> io::Error {
        match why {
            Refusal::Full => io::Error::new(ErrorKind::StorageFull, why),
            Refusal::Missing => io::Error::new(ErrorKind::NotFound, why),
            Refusal::Read | Refusal::Short(_) | Refusal::Write | Refusal::Sync | Refusal::Gone => {
                io::Error::other(why)
            }
        }
    }
}
