//! What a replay leaves: a data directory with the layout that a run has, so that every command reads it alike.
//!
//! It never writes into a directory that holds anything but an earlier replay, nor into one that an engine holds.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde_json::Value;
use stopline_kernel::commit::Log;
use stopline_kernel::time::LocalTime;
use stopline_ledger::fence::Fence;
use stopline_replay::Outcome;

use crate::exit::Failure;

/// Says that a directory is a replay's, and what it was.
const MARK: &str = "replay.json";

/// What an earlier replay left.
const FILES: [&str; 5] =
    ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "anchor", "venue/exchange.journal"];

/// A directory that is ours alone while this value lives.
pub(super) struct Place {
    dir: PathBuf,
    _fence: Fence,
}

impl Place {
    /// Takes the directory, making it if need be.
    pub(super) fn take(dir: &Path) -> Result<Place, Failure> {
        if !is_ours(dir)? {
            return Err(Failure::Refused(format!(
                "{} holds something that no replay made: name another --data-dir",
                dir.display()
            )));
        }
        make(dir)?;
        let fence = Fence::take(dir).map_err(|why| Failure::Refused(why.to_string()))?;
        Ok(Place { dir: dir.to_owned(), _fence: fence })
    }

    /// Writes what came of the replay over what an earlier one left; gives the digest.
    pub(super) fn keep(&self, outcome: &Outcome, told: &Value) -> Result<String, Failure> {
        write(&self.dir.join(MARK), b"{}\n")?;
        for file in FILES {
            match fs::remove_file(self.dir.join(file)) {
                Err(why) if why.kind() != ErrorKind::NotFound => {
                    return Err(Failure::doing(format!("removing {file} of an earlier replay"))(why));
                }
                _ => {}
            }
        }
        let writing = || format!("writing the ledger in {}", self.dir.display());
        let account = outcome.lane.book().config.account;
        let began = LocalTime(outcome.first.0);
        let (mut log, _) =
            stopline_ledger::open(&self.dir, account, began).map_err(Failure::doing(writing()))?;
        log.append(outcome.log.entries()).and_then(|()| log.sync()).map_err(Failure::doing(writing()))?;
        let digest = log.synced().hash.to_string();
        make(&self.dir.join("venue"))?;
        write(&self.dir.join("venue/exchange.journal"), outcome.journal.as_bytes())?;
        write(&self.dir.join(MARK), format!("{told:#}\n").as_bytes())?;
        Ok(digest)
    }
}

/// Whether a directory is empty, absent, or a replay's.
fn is_ours(dir: &Path) -> Result<bool, Failure> {
    let looking = || Failure::doing(format!("looking into {}", dir.display()));
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none() || dir.join(MARK).exists()),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(true),
        Err(why) => Err(looking()(why)),
    }
}

fn make(dir: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(Failure::doing(format!("making {}", dir.display())))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(Failure::doing(format!("writing {}", path.display())))
}
