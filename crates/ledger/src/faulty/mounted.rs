//! What a faulty disk in use is doing: what is open, what is locked, and when something fails.
//!
//! Whatever fails is told to whoever asked; only a disk that was told to lie says that it synced what it did not. Once
//! the power is gone nothing changes any more.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use super::Failing;
use super::disk::{Disk, FileId};
use super::locks::{Busy, Locks, Owner};

/// What every opening of a file on the disk holds.
#[derive(Debug)]
pub(super) struct Shared(Mutex<Mounted>);

/// Why the disk did not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum Refusal {
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

impl Shared {
    pub(super) fn new(disk: Disk) -> Shared {
        Shared(Mutex::new(Mounted { disk, ..Mounted::default() }))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Mounted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mounted {
    pub(super) fn plan(&mut self, failing: Failing, pass: u64) {
        (self.failing, self.struck) = (Some((failing, pass.max(1))), false);
    }

    pub(super) const fn has_failed(&self) -> bool {
        self.struck
    }

    pub(super) const fn lie(&mut self) {
        self.lies = true;
    }

    pub(super) const fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Takes the disk out of use.
    pub(super) fn take(&mut self) -> Disk {
        self.gone = true;
        std::mem::take(&mut self.disk)
    }

    pub(super) fn find(&self, name: &str) -> Result<Option<FileId>, Refusal> {
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
