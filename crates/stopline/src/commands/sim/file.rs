//! The files of the simulator's commands: a run's choices, written and read, and the table of mutants.
//!
//! It touches no file that was not named by whoever runs the command.

use std::path::Path;

use stopline_sim::recording::{Recording, RecordingError};

use crate::exit::Failure;

/// Reads a run's choices.
pub(super) fn read_choices(path: &Path) -> Result<Recording, Failure> {
    let doing = format!("reading the choices in {}", path.display());
    let text = std::fs::read_to_string(path).map_err(Failure::doing(&doing))?;
    text.parse().map_err(Failure::doing::<RecordingError>(&doing))
}

/// Writes a text whole.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(Failure::doing(format!("writing {}", path.display())))
}
