//! Where the files of a ledger are: a directory of the machine, or a disk that fails when it is told to.
//!
//! It hands every call on as it is. What the ledger does must never depend on which of the two it stands on.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

#[cfg(feature = "faulty")]
use crate::faulty::{self, Volume};

/// Where the files are.
#[derive(Debug, Clone)]
pub enum Place {
    /// A directory.
    Dir(PathBuf),
    /// A faulty disk.
    #[cfg(feature = "faulty")]
    Faulty(Volume),
}

impl Place {
    /// A directory.
    pub fn dir(dir: &Path) -> Place {
        Place::Dir(dir.to_owned())
    }

    /// A file's name as people and SQLite are told it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        match self {
            Place::Dir(dir) => dir.join(name),
            #[cfg(feature = "faulty")]
            Place::Faulty(_) => name.into(),
        }
    }

    /// What a file holds; `None` if there is none.
    pub(crate) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match self {
            Place::Dir(dir) => unless_missing(std::fs::read(dir.join(name))),
            #[cfg(feature = "faulty")]
            Place::Faulty(volume) => volume.read(name),
        }
    }

    /// Bytes in a file; `None` if there is none.
    pub(crate) fn len(&self, name: &str) -> io::Result<Option<u64>> {
        match self {
            Place::Dir(dir) => {
                unless_missing(std::fs::metadata(dir.join(name))).map(|found| found.map(|file| file.len()))
            }
            #[cfg(feature = "faulty")]
            Place::Faulty(volume) => volume.len(name).map(|found| found.map(|len| len as u64)),
        }
    }

    /// Opens a file for reading and writing, and makes it if there is none.
    pub(crate) fn open(&self, name: &str) -> io::Result<Handle> {
        match self {
            Place::Dir(dir) => {
                let file = OpenOptions::new()
                    .read(true)
                    .write(true)
                    .create(true)
                    .truncate(false)
                    .open(dir.join(name));
                file.map(Handle::Real)
            }
            #[cfg(feature = "faulty")]
            Place::Faulty(volume) => volume.open(name).map(Handle::Faulty),
        }
    }

    /// Makes what is in a file durable, if there is such a file.
    pub(crate) fn sync(&self, name: &str) -> io::Result<()> {
        match self {
            Place::Dir(dir) => sync_path(&dir.join(name)),
            #[cfg(feature = "faulty")]
            Place::Faulty(volume) => match volume.len(name)? {
                Some(_) => volume.open(name)?.sync_all(),
                None => Ok(()),
            },
        }
    }

    /// Makes the names of the files durable.
    pub(crate) fn sync_names(&self) -> io::Result<()> {
        match self {
            Place::Dir(dir) => sync_path(dir),
            #[cfg(feature = "faulty")]
            Place::Faulty(volume) => volume.sync_names(),
        }
    }

    /// Opens a database; a name in `file:` form too, where the flags say so.
    pub(crate) fn connect(&self, name: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
        match self {
            Place::Dir(_) => Connection::open_with_flags(name, flags),
            #[cfg(feature = "faulty")]
            Place::Faulty(volume) => volume.connect(name, flags),
        }
    }
}

fn sync_path(path: &Path) -> io::Result<()> {
    unless_missing(File::open(path))?.map_or(Ok(()), |file| file.sync_all())
}

fn unless_missing<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A file, open.
#[derive(Debug)]
pub(crate) enum Handle {
    Real(File),
    #[cfg(feature = "faulty")]
    Faulty(faulty::Handle),
}

impl Handle {
    /// Reads from a place on, and says how many bytes were there.
    pub(crate) fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        match self {
            Handle::Real(file) => file.read_at(bytes, at),
            #[cfg(feature = "faulty")]
            Handle::Faulty(file) => file.read_at(bytes, at),
        }
    }

    pub(crate) fn read_exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        match self {
            Handle::Real(file) => file.read_exact_at(bytes, at),
            #[cfg(feature = "faulty")]
            Handle::Faulty(file) => match file.read_at(bytes, at)? {
                whole if whole == bytes.len() => Ok(()),
                _ => Err(ErrorKind::UnexpectedEof.into()),
            },
        }
    }

    pub(crate) fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        match self {
            Handle::Real(file) => file.write_all_at(bytes, at),
            #[cfg(feature = "faulty")]
            Handle::Faulty(file) => file.write_all_at(bytes, at),
        }
    }

    /// Takes everything out of it.
    pub(crate) fn empty(&self) -> io::Result<()> {
        match self {
            Handle::Real(file) => file.set_len(0),
            #[cfg(feature = "faulty")]
            Handle::Faulty(file) => file.cut(0),
        }
    }

    pub(crate) fn sync_all(&self) -> io::Result<()> {
        match self {
            Handle::Real(file) => file.sync_all(),
            #[cfg(feature = "faulty")]
            Handle::Faulty(file) => file.sync_all(),
        }
    }

    pub(crate) fn len(&self) -> io::Result<u64> {
        match self {
            Handle::Real(file) => file.metadata().map(|metadata| metadata.len()),
            #[cfg(feature = "faulty")]
            Handle::Faulty(file) => file.len(),
        }
    }

    /// Locks it for as long as it is open; false if another has it locked.
    pub(crate) fn try_lock(&self) -> io::Result<bool> {
        match self {
            Handle::Real(file) => match file.try_lock() {
                Ok(()) => Ok(true),
                Err(TryLockError::WouldBlock) => Ok(false),
                Err(TryLockError::Error(why)) => Err(why),
            },
            #[cfg(feature = "faulty")]
            Handle::Faulty(file) => Ok(file.try_lock()),
        }
    }

    /// Locks it for as long as it is open, and waits for whoever has it locked.
    pub(crate) fn lock(&self) -> io::Result<()> {
        match self {
            Handle::Real(file) => file.lock(),
            // One thread uses a faulty disk: nobody would ever give back what it waits for.
            #[cfg(feature = "faulty")]
            Handle::Faulty(file) => {
                if file.try_lock() {
                    Ok(())
                } else {
                    Err(ErrorKind::WouldBlock.into())
                }
            }
        }
    }
}
