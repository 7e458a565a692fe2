//! The logs that the suite is run against, and the ways in which it may hurt what they left behind.
//!
//! A subject never repairs anything; it only stores, dies and is tampered with.

use std::fs;
use std::path::Path;

#[cfg(feature = "faulty")]
use rusqlite::OpenFlags;
use rusqlite::{Connection, params};
use stopline_kernel::commit::Log;
use stopline_kernel::id::AccountId;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::time::LocalTime;
use stopline_ledger::decode::PRESENT;
#[cfg(feature = "faulty")]
use stopline_ledger::faulty::{Disk as FaultyDisk, Loss, Volume};
use stopline_ledger::frame::{Frame, Hash};
use stopline_ledger::modelled::{Crash, Disk, ModelledLog};
#[cfg(feature = "faulty")]
use stopline_ledger::place::Place;
use stopline_ledger::{LogError, OpenError, SqliteLog};
use tempfile::TempDir;

use crate::fixture::account;

#[cfg(feature = "faulty")]
const LEDGER: &str = "ledger.sqlite";

/// One durable log with its disk.
pub(crate) trait Subject: Sized {
    type Log: Log<Error = LogError>;

    fn blank() -> Self;
    fn open_as(&self, account: AccountId) -> Result<(Self::Log, Ledgered), OpenError>;
    /// The process dies. What was not synced is lost.
    fn die(&mut self, log: Self::Log);
    fn frames(&self) -> Vec<Frame>;
    /// Replaces the records; the anchor stays as it is.
    fn rewrite(&mut self, frames: &[Frame]);
    fn copy(&self) -> Self;
    /// Takes the ledger of another disk and keeps the anchor.
    fn take_ledger_of(&mut self, other: &Self);
    fn lose_ledger(&mut self);
    fn lose_anchor(&mut self);
    /// Everything on the disk.
    fn bytes(&self) -> Vec<(String, Vec<u8>)>;

    fn open(&self) -> Result<(Self::Log, Ledgered), OpenError> {
        self.open_as(account())
    }

    fn refused(&self) -> String {
        let before = self.bytes();
        let said = self.open().map(drop).unwrap_err().to_string();
        assert!(self.bytes() == before, "a refusal changed the disk: {said}");
        said
    }
}

pub(crate) struct Sqlite {
    dir: TempDir,
}

impl Sqlite {
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    fn tamper(&self) -> Connection {
        let conn = Connection::open(self.path().join("ledger.sqlite")).unwrap();
        conn.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
        conn
    }
}

/// The records in a database, whatever they are.
fn rows(conn: &Connection) -> Vec<Frame> {
    let mut select = conn.prepare("SELECT seq, kind, version, body, hash FROM records ORDER BY seq").unwrap();
    let rows = select.query_map([], |row| {
        let (kind, body): (String, String) = (row.get(1)?, row.get(3)?);
        let seq = u64::try_from(row.get::<_, i64>(0)?).unwrap();
        let hash = Hash(row.get(4)?);
        Ok(Frame { seq, kind: kind.into(), version: row.get(2)?, body: body.into_bytes().into(), hash })
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Puts other records into a database.
fn replace_rows(conn: &Connection, frames: &[Frame]) {
    let stay = "SELECT sql FROM sqlite_schema WHERE name = 'records_stay'";
    let stay: String = conn.query_row(stay, [], |row| row.get(0)).unwrap();
    conn.execute_batch("BEGIN; DROP TRIGGER records_stay; DELETE FROM records;").unwrap();
    for frame in frames {
        let body = String::from_utf8_lossy(&frame.body).into_owned();
        let row =
            params![i64::try_from(frame.seq).unwrap(), &*frame.kind, frame.version, body, &frame.hash.0[..]];
        conn.execute("INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5)", row).unwrap();
    }
    conn.execute_batch(&format!("{stay}; COMMIT;")).unwrap();
}

/// The files of a ledger without SQLite's own index of its log, which holds nothing that is not in the log.
pub(crate) fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| !path.to_string_lossy().ends_with("-shm"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

impl Subject for Sqlite {
    type Log = SqliteLog;

    fn blank() -> Sqlite {
        Sqlite { dir: tempfile::tempdir().unwrap() }
    }

    fn open_as(&self, account: AccountId) -> Result<(SqliteLog, Ledgered), OpenError> {
        stopline_ledger::open(self.path(), account, LocalTime(0))
    }

    fn die(&mut self, log: SqliteLog) {
        let after = self.copy();
        drop(log);
        *self = after;
    }

    fn frames(&self) -> Vec<Frame> {
        rows(&self.tamper())
    }

    fn rewrite(&mut self, frames: &[Frame]) {
        replace_rows(&self.tamper(), frames);
    }

    fn copy(&self) -> Sqlite {
        let copy = Sqlite::blank();
        for (name, bytes) in files(self.path()) {
            fs::write(copy.path().join(name), bytes).unwrap();
        }
        copy
    }

    fn take_ledger_of(&mut self, other: &Sqlite) {
        self.lose_ledger();
        for (name, bytes) in files(other.path()).iter().filter(|(name, _)| name.starts_with("ledger")) {
            fs::write(self.path().join(name), bytes).unwrap();
        }
    }

    fn lose_ledger(&mut self) {
        for name in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
            drop(fs::remove_file(self.path().join(name)));
        }
    }

    fn lose_anchor(&mut self) {
        fs::remove_file(self.path().join("anchor")).unwrap();
    }

    fn bytes(&self) -> Vec<(String, Vec<u8>)> {
        files(self.path())
    }
}

/// The live log on a disk in memory.
#[cfg(feature = "faulty")]
pub(crate) struct Faulty {
    volume: Volume,
}

#[cfg(feature = "faulty")]
impl Faulty {
    fn on(disk: FaultyDisk) -> Faulty {
        Faulty { volume: Volume::mount(disk) }
    }

    fn tamper(&self) -> Connection {
        let conn = self.volume.connect(Path::new(LEDGER), OpenFlags::default()).unwrap();
        conn.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
        conn
    }

    fn change(&mut self, change: impl FnOnce(&mut FaultyDisk)) {
        let mut disk = self.volume.crash(Loss::Nothing, &mut |_| 0);
        change(&mut disk);
        *self = Faulty::on(disk);
    }
}

#[cfg(feature = "faulty")]
impl Subject for Faulty {
    type Log = SqliteLog;

    fn blank() -> Faulty {
        Faulty::on(FaultyDisk::default())
    }

    fn open_as(&self, account: AccountId) -> Result<(SqliteLog, Ledgered), OpenError> {
        stopline_ledger::open_at(&Place::Faulty(self.volume.clone()), account, LocalTime(0))
    }

    fn die(&mut self, log: SqliteLog) {
        self.change(|_| ());
        drop(log);
    }

    fn frames(&self) -> Vec<Frame> {
        rows(&self.tamper())
    }

    fn rewrite(&mut self, frames: &[Frame]) {
        replace_rows(&self.tamper(), frames);
    }

    fn copy(&self) -> Faulty {
        Faulty::on(self.volume.disk().crash(Loss::Nothing, &mut |_| 0))
    }

    fn take_ledger_of(&mut self, other: &Faulty) {
        self.lose_ledger();
        let theirs = other.bytes();
        self.change(|disk| {
            let ledger = theirs.into_iter().filter(|(name, _)| name.starts_with("ledger"));
            ledger.for_each(|(name, bytes)| disk.put(&name, bytes));
        });
    }

    fn lose_ledger(&mut self) {
        self.change(|disk| [LEDGER, "ledger.sqlite-wal"].iter().for_each(|name| disk.lose(name)));
    }

    fn lose_anchor(&mut self) {
        self.change(|disk| disk.lose("anchor"));
    }

    fn bytes(&self) -> Vec<(String, Vec<u8>)> {
        let disk = self.volume.disk();
        disk.names().map(|name| (name.to_owned(), disk.read(name).unwrap().to_vec())).collect()
    }
}

pub(crate) struct Modelled {
    disk: Disk,
}

impl Subject for Modelled {
    type Log = ModelledLog;

    fn blank() -> Modelled {
        Modelled { disk: Disk::default() }
    }

    fn open_as(&self, account: AccountId) -> Result<(ModelledLog, Ledgered), OpenError> {
        ModelledLog::open(&self.disk, account)
    }

    fn die(&mut self, log: ModelledLog) {
        self.disk = log.crash(Crash { keep: 0, anchor_lag: 0 });
    }

    fn frames(&self) -> Vec<Frame> {
        self.disk.frames()
    }

    fn rewrite(&mut self, frames: &[Frame]) {
        self.disk.write(frames);
    }

    fn copy(&self) -> Modelled {
        Modelled { disk: self.disk.clone() }
    }

    fn take_ledger_of(&mut self, other: &Modelled) {
        self.disk.ledger.clone_from(&other.disk.ledger);
        self.disk.account = other.disk.account;
    }

    fn lose_ledger(&mut self) {
        (self.disk.ledger, self.disk.account) = (None, None);
    }

    fn lose_anchor(&mut self) {
        self.disk.anchor = None;
    }

    fn bytes(&self) -> Vec<(String, Vec<u8>)> {
        vec![(format!("{:?}", self.disk.anchor), self.disk.ledger.clone().unwrap_or_default())]
    }
}

/// The entries that frames hold.
pub(crate) fn entries(frames: &[Frame]) -> Vec<stopline_kernel::record::Entry> {
    frames.iter().map(|frame| PRESENT.entry(frame).unwrap()).collect()
}
