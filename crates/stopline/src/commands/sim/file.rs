//! The files of the simulator's commands: a run's choices, written and read, scenarios, and the table of mutants.
//!
//! It touches no file that was not named by whoever runs the command.

use std::path::{Path, PathBuf};

use stopline_sim::recording::{Recording, RecordingError};

use crate::exit::Failure;

/// Reads a run's choices.
pub(super) fn read_choices(path: &Path) -> Result<Recording, Failure> {
    let doing = format!("reading the choices in {}", path.display());
    let text = std::fs::read_to_string(path).map_err(Failure::doing(&doing))?;
    text.parse().map_err(Failure::doing::<RecordingError>(&doing))
}

/// Reads a text whole.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(Failure::doing(format!("reading {}", path.display())))
}

/// Every scenario of a folder, by name.
pub(super) fn scenarios_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    ending_in(folder, "scenario")
}

/// Every file of a folder whose name ends so, by name; that there is none is an error.
pub(super) fn ending_in(folder: &Path, end: &str) -> Result<Vec<PathBuf>, Failure> {
    let doing = || format!("listing the .{end} files in {}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Failure::doing(doing()))? {
        let path = entry.map_err(Failure::doing(doing()))?.path();
        if path.extension().is_some_and(|has| has == end) {
            files.push(path);
        }
    }
    files.sort();
    match files.is_empty() {
        true => Err(Failure::doing(doing())(format!("there is no file that ends in .{end}"))),
        false => Ok(files),
    }
}

/// Writes a text whole, and makes the folder it stands in.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Failure::doing(format!("making {}", folder.display())))?;
    }
    std::fs::write(path, text).map_err(Failure::doing(format!("writing {}", path.display())))
}
