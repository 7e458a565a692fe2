//! Where an import keeps its files until they are sealed: a folder of its own in the store, locked while it lives.
//!
//! The next import clears what a killed one left, and never the folder of one that is at work.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// How such folders are called, before the number of the process.
const PREFIX: &str = ".importing-";

/// The file that is locked in each of them.
const LOCK: &str = "lock";

/// The folder of one import; it goes with this value.
#[derive(Debug)]
pub(super) struct Staging {
    path: PathBuf,
    /// Held, not read: the system lets it go with the process, however that ends.
    _lock: File,
}

impl Staging {
    /// A folder of this process's own in the store at `root`, after what killed imports left there is cleared.
    pub(super) fn make(root: &Path) -> Result<Staging, StoreError> {
        fs::create_dir_all(root).map_err(StoreError::io(root, "creating"))?;
        clear(root)?;
        let path = root.join(format!("{PREFIX}{}", std::process::id()));
        // A process of this number that is gone left it before it had locked it.
        if path.exists() {
            remove(&path)?;
        }
        fs::create_dir(&path).map_err(StoreError::io(&path, "creating"))?;
        let (new, lock) = (path.join("lock.new"), path.join(LOCK));
        let file = File::create(&new).map_err(StoreError::io(&new, "creating"))?;
        file.lock().map_err(StoreError::io(&new, "locking"))?;
        // Only a locked file ever has the name that others look for.
        fs::rename(&new, &lock).map_err(StoreError::io(&lock, "renaming"))?;
        Ok(Staging { path, _lock: file })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Nothing in it was ever seen; what stays, the next import clears.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes every folder whose lock nobody holds. One without a lock is one that is being made.
fn clear(root: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(root).map_err(StoreError::io(root, "reading"))? {
        let path = entry.map_err(StoreError::io(root, "reading"))?.path();
        let ours =
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(PREFIX));
        let lock = ours.then(|| File::open(path.join(LOCK)).ok()).flatten();
        if lock.is_some_and(|lock| lock.try_lock().is_ok()) {
            remove(&path)?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), StoreError> {
    fs::remove_dir_all(path).map_err(StoreError::io(path, "clearing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_import_left_is_cleared_and_what_is_at_work_stays() {
        let root = tempfile::tempdir().unwrap();
        let folder = |n: u32| root.path().join(format!("{PREFIX}{n}"));
        for n in [1, 2, 3] {
            fs::create_dir(folder(n)).unwrap();
            fs::write(folder(n).join("part"), "rows").unwrap();
        }
        // The first was killed, the second is at work, the third has yet to lock its own.
        File::create(folder(1).join(LOCK)).unwrap();
        let held = File::create(folder(2).join(LOCK)).unwrap();
        held.lock().unwrap();
        let staging = Staging::make(root.path()).unwrap();
        assert_eq!([1, 2, 3].map(|n| folder(n).exists()), [false, true, true]);
        let own = staging.path().to_owned();
        assert!(own.join(LOCK).exists());
        drop(staging);
        assert!(!own.exists());
        drop(held);
        drop(Staging::make(root.path()).unwrap());
        assert_eq!([2, 3].map(|n| folder(n).exists()), [false, true]);
    }
}
