//! Reads the tree that git knows: tracked files, and new ones that are not ignored. The only I/O of this crate; it
//! writes nothing.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::tree::Tree;

/// Why the tree could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// Git could not be started.
    NoGit(io::Error),
    /// Git ran and refused.
    Refused {
        /// The arguments it was given.
        asked: String,
        /// What it said.
        said: String,
    },
    /// A listed file could not be read.
    File {
        /// The file, from the repository's root.
        path: String,
        /// Why not.
        error: io::Error,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::NoGit(error) => write!(f, "git could not be started: {error}"),
            ReadError::Refused { asked, said } => write!(f, "git {asked}: {said}"),
            ReadError::File { path, error } => write!(f, "{path}: {error}"),
        }
    }
}

impl std::error::Error for ReadError {}

/// The tree of the repository that the current folder is in.
///
/// # Errors
/// When git cannot be asked, or a file it lists is there but cannot be read.
pub fn read() -> Result<Tree, ReadError> {
    let root = git(Path::new("."), &["rev-parse", "--show-toplevel"])?;
    let root = Path::new(root.trim_end());
    let list = git(root, &["ls-files", "-z", "-co", "--exclude-standard"])?;
    let mut files = Vec::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        if let Some(text) = text_of(root, path)? {
            files.push((path.to_owned(), text));
        }
    }
    Ok(Tree::new(files))
}

/// The text of one file; empty for a binary one, none for one that is listed but deleted, or is no file (a submodule).
fn text_of(root: &Path, path: &str) -> Result<Option<String>, ReadError> {
    let full = root.join(path);
    if !full.is_file() {
        return Ok(None);
    }
    let bytes = fs::read(&full).map_err(|error| ReadError::File { path: path.to_owned(), error })?;
    Ok(Some(String::from_utf8(bytes).unwrap_or_default()))
}

/// What git answers.
fn git(folder: &Path, args: &[&str]) -> Result<String, ReadError> {
    let output = Command::new("git").arg("-C").arg(folder).args(args).output().map_err(ReadError::NoGit)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ReadError::Refused { asked: args.join(" "), said })
}
