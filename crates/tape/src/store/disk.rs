//! The folders of a store: what is in them, and their names made durable.
//!
//! Never opens a file and never changes one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// What is in a folder, in the order of names; nothing where there is no folder.
pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(why)
            if matches!(why.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            return Ok(Vec::new());
        }
        Err(why) => return Err(StoreError::io(folder, "listing")(why)),
    };
    let found: Result<Vec<PathBuf>, std::io::Error> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut found = found.map_err(StoreError::io(folder, "listing"))?;
    found.sort();
    Ok(found)
}

/// Makes the names in a folder durable.
pub(super) fn sync(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(StoreError::io(folder, "syncing"))
}
