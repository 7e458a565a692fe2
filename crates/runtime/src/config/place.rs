//! Where a setting was written, for errors that can be acted on.
//!
//! It names things only: nothing is read or decided here.

use std::fmt;

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file.
    Line {
        /// The file as the user named it.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// On the command line.
    Flag(&'static str),
    /// Nowhere: it is the default.
    Default,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line { file, line } => write!(f, "{file}:{line}"),
            Place::Flag(flag) => write!(f, "command line, {flag}"),
            Place::Default => f.write_str("default"),
        }
    }
}
