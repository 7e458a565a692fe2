//! What can be wrong with a ledger, as one list: every case names its place, and says what to run to mend it.
//!
//! A fault never mends anything by itself, and no case stands for "something went wrong".

use std::path::{Path, PathBuf};

use stopline_kernel::id::AccountId;
use stopline_kernel::ledgered::Broken;
use thiserror::Error;

use crate::decode::DecodeError;

/// A ledger that is refused: the file, what is wrong with it and the command to run. Nothing on disk was changed.
#[derive(Debug, Error)]
#[error("{}: {fault}; {}", file.display(), fault.mend())]
pub struct OpenError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong.
    #[source]
    pub fault: Fault,
}

/// Why a ledger is refused.
#[derive(Debug, Error)]
pub enum Fault {
    /// The ledger ends before the anchor.
    #[error("rolled back or damaged: the anchor says record {anchor}, the ledger ends at record {end}")]
    Short {
        /// Where it must reach.
        anchor: u64,
        /// Where it ends.
        end: u64,
    },
    /// The ledger reaches as far as the anchor, with other records.
    #[error("replaced: record {seq} is not the one that the anchor names")]
    Forked {
        /// The anchor's record.
        seq: u64,
    },
    /// A record's bytes are not the ones that were chained.
    #[error("damaged: record {seq} does not match its hash")]
    Hash {
        /// The record.
        seq: u64,
    },
    /// A record is missing between others.
    #[error("damaged: record {found} follows where record {expected} had to come")]
    Gap {
        /// The record that had to come.
        expected: u64,
        /// The record that came.
        found: u64,
    },
    /// The records cannot be read past a place.
    #[error("damaged after record {after}: {why}")]
    Torn {
        /// The last record that could be read.
        after: u64,
        /// What the store says.
        why: Box<str>,
    },
    /// The tables, indices or triggers are not ours.
    #[error("damaged: its {name} is not as Stopline made it")]
    Schema {
        /// What differs.
        name: Box<str>,
    },
    /// The ledger or the anchor belongs to another account.
    #[error("it is the ledger of account {found}, not of {expected}")]
    Account {
        /// The account asked for.
        expected: AccountId,
        /// The account found.
        found: Box<str>,
    },
    /// The file as a whole is of a later release.
    #[error("it has format {found}, written by a newer Stopline; this one reads format {known}")]
    Format {
        /// The format found.
        found: Box<str>,
        /// The format this build reads.
        known: u32,
    },
    /// A record is of a later release, or no record at all.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A record cannot follow the ones before it, although the chain holds.
    #[error("record {seq} cannot follow the ones before it: {broken}")]
    Broken {
        /// The record.
        seq: u64,
        /// Why.
        broken: Broken,
    },
    /// A snapshot is not what the records before it come to. Found by a check only.
    #[error("the snapshot in record {seq} is not what the records before it come to")]
    Snapshot {
        /// The record.
        seq: u64,
    },
    /// There are records and no anchor.
    #[error("the anchor is missing beside a ledger that ends at record {end}")]
    NoAnchor {
        /// Where the ledger ends.
        end: u64,
    },
    /// Neither slot of the anchor can be read.
    #[error("both slots of the anchor are damaged")]
    AnchorDamaged,
    /// There is an anchor and no ledger.
    #[error("the ledger is missing; the anchor says it reaches record {anchor}")]
    NoLedger {
        /// Where it must reach.
        anchor: u64,
    },
    /// There is no ledger here to read.
    #[error("there is no ledger here")]
    Nothing,
    /// No room left.
    #[error("the disk is full")]
    Full,
    /// The machine takes no more bytes; SQLite does not say why.
    #[error("it cannot be written ({why})")]
    Unwritable {
        /// What it says.
        why: Box<str>,
    },
    /// The machine refuses.
    #[error("{why}")]
    Io {
        /// What it says.
        why: Box<str>,
    },
}

impl Fault {
    /// What to do about it, with the command to run.
    pub const fn mend(&self) -> &'static str {
        match self {
            Fault::NoLedger { .. } => {
                "put the newest copy of the ledger and its -wal back, then run `stopline check`"
            }
            Fault::Short { .. } | Fault::Forked { .. } => {
                "put the newest copy of the ledger and its -wal back; if there is no newer one, `stopline check \
                 --accept` takes this one as it is and the broker's account decides what was lost"
            }
            Fault::Hash { .. } | Fault::Gap { .. } | Fault::Torn { .. } | Fault::Schema { .. } => {
                "restore the newest copy of the ledger, then run `stopline check`"
            }
            Fault::Broken { .. } | Fault::Snapshot { .. } => {
                "keep the file and report it with the output of `stopline check`: a build with a defect wrote it"
            }
            Fault::NoAnchor { .. } | Fault::AnchorDamaged => {
                "restore the anchor, or run `stopline check --accept`, which verifies every record and anchors the last"
            }
            Fault::Account { .. } => "name the data directory of this account with --data-dir",
            Fault::Format { .. } | Fault::Decode(_) => {
                "run the newest Stopline that has run on this data directory"
            }
            Fault::Nothing => "name the data directory with --data-dir, or start it with `stopline run`",
            Fault::Unwritable { .. } => {
                "see whether the disk is full or failing: make room, then run the command again; nothing is lost"
            }
            Fault::Full => "make room, then run the command again",
            Fault::Io { .. } => {
                "see that the directory exists and belongs to this user, then run the command again"
            }
        }
    }

    /// The error, with the file it was found in.
    pub(crate) fn of(self, file: &Path) -> OpenError {
        OpenError { file: file.to_owned(), fault: self }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Fault {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Fault::Full,
            _ => Fault::Io { why: error.to_string().into() },
        }
    }
}

/// Why records could not be kept. After any of these the log takes nothing more: memory is ahead of it, and the process
/// must end.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LogError {
    /// No room left. Nothing of the commit was kept.
    #[error("the disk is full: nothing of this commit was kept in {file}; make room, then start again")]
    DiskFull {
        /// The ledger.
        file: Box<str>,
    },
    /// A record that does not follow the last one.
    #[error("record {found} was handed over where record {expected} had to come")]
    Sequence {
        /// The record that had to come.
        expected: u64,
        /// The record that came.
        found: u64,
    },
    /// A record that cannot be written as JSON.
    #[error("record {seq} cannot be written: {why}")]
    Unwritable {
        /// The record.
        seq: u64,
        /// Why.
        why: Box<str>,
    },
    /// The store failed. Whether the commit was kept is known after the next start.
    #[error("{file}: {why}; whether this commit was kept shows at the next start")]
    Storage {
        /// The ledger or the anchor.
        file: Box<str>,
        /// What it says.
        why: Box<str>,
    },
    /// An earlier call failed.
    #[error("the ledger failed before; this process must end")]
    Failed,
}
