//! The files of the catalogue, read. One that cannot be read ends the test; none is left out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that meets what it did not build ends there")]

use std::path::{Path, PathBuf};

use stopline_sim::scenario::{Mistake, Scenario};

/// The folder of the catalogue.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

/// Every file of it, by name.
pub(crate) fn catalogue() -> Vec<(String, Scenario)> {
    files_of(&folder())
}

/// Every file of a folder, by name.
pub(crate) fn files_of(folder: &Path) -> Vec<(String, Scenario)> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|e| e == "scenario")).collect();
    files.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap();
        let scenario = text.parse().unwrap_or_else(|why: Mistake| panic!("{name}: {why}"));
        (name, scenario)
    };
    files.into_iter().map(read).collect()
}
