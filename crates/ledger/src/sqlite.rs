//! The log over SQLite: one file per account, one connection that writes, one sync per commit.
//!
//! It never changes a record, never checkpoints inside a commit as long as it gets idle moments, and takes nothing more
//! once it has failed.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, params};
use stopline_kernel::commit::Log;
use stopline_kernel::id::AccountId;
use stopline_kernel::record::Entry;

use crate::error::LogError;
#[cfg(feature = "faulty")]
use crate::faulty::Failing;
use crate::frame::chain;
#[cfg(feature = "faulty")]
use crate::modelled::Failure;
#[cfg(feature = "faulty")]
use crate::place::Place;
use crate::recover::Head;

pub(crate) mod files;
pub(crate) mod look;
mod open;

pub use open::{Report, accept, check, open, open_at};

use files::{AnchorFile, Files};

/// How long to wait for another connection's lock. Only a stranger that writes could hold one.
pub(crate) const BUSY: Duration = Duration::from_millis(500);

/// Records after which an idle moment is used for a checkpoint.
const IDLE_CHECKPOINT_RECORDS: u64 = 512;

/// Pages of write-ahead log (64 MiB) after which a commit checkpoints although the queue is not empty: the cap on the
/// log's size.
const WAL_CAP_PAGES: u32 = 16_384;

const INSERT: &str = "INSERT INTO records (seq, kind, version, body, hash) VALUES (?1, ?2, ?3, ?4, ?5)";

/// One account's ledger, open for writing.
#[derive(Debug)]
pub struct SqliteLog {
    conn: Connection,
    files: Files,
    anchor: AnchorFile,
    account: AccountId,
    /// The end of what is durable.
    synced: Head,
    /// The end with what was appended since.
    head: Head,
    /// The last record that a checkpoint has seen.
    checkpointed: u64,
    failed: bool,
    /// Holds one body at a time.
    body: Vec<u8>,
}

impl SqliteLog {
    /// The end of what is durable.
    pub const fn synced(&self) -> Head {
        self.synced
    }

    /// Records since the last one that holds a snapshot: what opening would have to read.
    pub const fn records_since_snapshot(&self) -> u64 {
        self.head.seq.saturating_sub(self.head.snapshot_seq)
    }

    /// Moves what is durable from the write-ahead log into the database, if enough has come together to be worth it.
    /// To be called when nothing waits to be committed. Readers are not disturbed, and may make it a partial one.
    pub fn checkpoint_when_idle(&mut self) -> Result<(), LogError> {
        if self.failed || self.synced.seq.saturating_sub(self.checkpointed) < IDLE_CHECKPOINT_RECORDS {
            return Ok(());
        }
        let done = self.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        done.map_err(|error| self.fail(&error))?;
        self.checkpointed = self.synced.seq;
        Ok(())
    }

    /// Makes the disk under it fail at its next write or sync; the process must end with it.
    #[cfg(feature = "faulty")]
    pub fn fail_next(&mut self, failure: Failure) {
        let failing = match failure {
            Failure::Full => Failing::Full,
            Failure::Write => Failing::Write,
            Failure::Sync => Failing::Sync,
        };
        if let Place::Faulty(volume) = &self.files.place {
            volume.fail(failing, 1);
        }
    }

    fn insert(&mut self, entry: &Entry) -> Result<(), LogError> {
        self.body.clear();
        let written = serde_json::to_writer(&mut self.body, entry);
        let unwritable = |why: String| LogError::Unwritable { seq: entry.seq, why: why.into() };
        written.map_err(|error| unwritable(error.to_string()))?;
        let (kind, version) = (entry.record.kind(), entry.record.version());
        let seq = i64::try_from(entry.seq).map_err(|error| unwritable(error.to_string()))?;
        let text = std::str::from_utf8(&self.body).map_err(|error| unwritable(error.to_string()))?;
        let hash = chain(self.head.hash, entry.seq, kind, version, &self.body);
        let inserted = self
            .conn
            .prepare_cached(INSERT)
            .and_then(|mut insert| insert.execute(params![seq, kind, version, text, &hash.0[..]]));
        inserted.map_err(|error| self.fail(&error))?;
        self.head = self.head.with(entry.seq, kind, hash);
        Ok(())
    }

    fn begin_append(&mut self, entries: &[Entry]) -> Result<(), LogError> {
        if self.failed {
            return Err(LogError::Failed);
        }
        for (expected, entry) in (self.head.seq.saturating_add(1)..).zip(entries) {
            if entry.seq != expected {
                self.failed = true;
                return Err(LogError::Sequence { expected, found: entry.seq });
            }
        }
        if self.conn.is_autocommit() {
            self.conn.execute_batch("BEGIN IMMEDIATE").map_err(|error| self.fail(&error))?;
        }
        Ok(())
    }

    /// Notes that the log has failed and gives back what had not been committed.
    fn fail(&mut self, error: &rusqlite::Error) -> LogError {
        self.failed = true;
        if !self.conn.is_autocommit() {
            // The error that led here is the one to tell; if this fails too, closing the connection rolls back.
            drop(self.conn.execute_batch("ROLLBACK"));
        }
        let file = name(&self.files.ledger);
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => LogError::DiskFull { file },
            _ => LogError::Storage { file, why: error.to_string().into() },
        }
    }
}

impl Log for SqliteLog {
    type Error = LogError;

    fn append(&mut self, entries: &[Entry]) -> Result<(), LogError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.begin_append(entries)?;
        entries.iter().try_for_each(|entry| self.insert(entry)).inspect_err(|_| self.failed = true)
    }

    fn sync(&mut self) -> Result<(), LogError> {
        if self.failed {
            return Err(LogError::Failed);
        }
        if self.conn.is_autocommit() {
            return Ok(());
        }
        self.conn.execute_batch("COMMIT").map_err(|error| self.fail(&error))?;
        self.synced = self.head;
        let file = name(&self.files.anchor);
        self.anchor.write(&self.synced.anchor(self.account)).map_err(|error| {
            self.failed = true;
            LogError::Storage { file, why: error.to_string().into() }
        })
    }
}

fn name(path: &Path) -> Box<str> {
    path.display().to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stopline_kernel::record::Record;
    use stopline_kernel::time::{LocalTime, Mono, Stamp};

    fn entry(seq: u64, size: usize) -> Entry {
        let at = Stamp { mono: Mono(1), local: LocalTime(2), market: None };
        Entry {
            seq,
            at,
            input: 1,
            decision: None,
            record: Record::Started { build: "b".repeat(size).into() },
        }
    }

    fn opened(dir: &Path) -> SqliteLog {
        open(dir, "PAPER-1".parse().unwrap(), LocalTime(0)).unwrap().0
    }

    #[test]
    fn a_full_database_is_told_and_keeps_nothing_of_the_commit() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = opened(dir.path());
        log.append(&[entry(1, 10)]).and_then(|()| log.sync()).unwrap();
        log.conn.pragma_update(None, "max_page_count", 20).unwrap();
        let full = log.append(&[entry(2, 10), entry(3, 200_000)]);
        assert!(matches!(full, Err(LogError::DiskFull { .. })), "{full:?}");
        assert_eq!(log.sync(), Err(LogError::Failed));
        assert_eq!(log.append(&[entry(2, 10)]), Err(LogError::Failed));
        drop(log);
        assert_eq!(opened(dir.path()).synced().seq, 1);
    }

    #[test]
    fn records_must_follow_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = opened(dir.path());
        let skipped = log.append(&[entry(1, 1), entry(3, 1)]);
        assert_eq!(skipped, Err(LogError::Sequence { expected: 2, found: 3 }));
        assert_eq!(log.sync(), Err(LogError::Failed));
    }

    #[test]
    fn a_checkpoint_waits_until_it_is_worth_it() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = opened(dir.path());
        for seq in 1..=IDLE_CHECKPOINT_RECORDS {
            log.append(&[entry(seq, 100)]).unwrap();
            log.sync().unwrap();
            log.checkpoint_when_idle().unwrap();
            assert_eq!(log.checkpointed == 0, seq < IDLE_CHECKPOINT_RECORDS, "{seq}");
        }
    }
}
