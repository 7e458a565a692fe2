//! A file that is put aside when it has become long: `stopline.jsonl`, then `stopline.1.jsonl` and so on, the oldest
//! forgotten.
//!
//! Only its owner can read it. A line is written in one piece, so that a reader never sees half of one for long.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::config::LogConfig;

/// The file that is written, with its length.
#[derive(Debug)]
pub(super) struct RollingFile {
    dir: PathBuf,
    config: LogConfig,
    file: File,
    bytes: u64,
}

impl RollingFile {
    /// Opens the file in `dir` at its end.
    pub(super) fn open(dir: &Path, config: LogConfig) -> io::Result<RollingFile> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let file = open(&path(dir, 0))?;
        let bytes = file.metadata()?.len();
        Ok(RollingFile { dir: dir.to_owned(), config, file, bytes })
    }

    /// Writes one line.
    pub(super) fn line(&mut self, line: &str) -> io::Result<()> {
        let text = format!("{line}\n");
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if self.bytes > 0 && self.bytes.saturating_add(length) > self.config.max_bytes {
            self.roll()?;
        }
        self.file.write_all(text.as_bytes())?;
        self.bytes = self.bytes.saturating_add(length);
        Ok(())
    }

    /// Puts the file aside and begins a new one.
    fn roll(&mut self) -> io::Result<()> {
        for n in (0..self.config.keep).rev() {
            match fs::rename(path(&self.dir, n), path(&self.dir, n.saturating_add(1))) {
                Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
                _ => {}
            }
        }
        if self.config.keep == 0 {
            fs::remove_file(path(&self.dir, 0))?;
        }
        self.file = open(&path(&self.dir, 0))?;
        self.bytes = 0;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

fn path(dir: &Path, n: u32) -> PathBuf {
    match n {
        0 => dir.join("stopline.jsonl"),
        n => dir.join(format!("stopline.{n}.jsonl")),
    }
}
