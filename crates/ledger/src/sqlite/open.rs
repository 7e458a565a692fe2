//! Opening, checking and accepting a ledger: look first, verify, and only then touch.
//!
//! A refusal changes nothing on disk. Nothing is trusted for having been written by us.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use stopline_kernel::id::AccountId;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::time::LocalTime;

use super::files::{AnchorFile, Files};
use super::look::{self, FORMAT, SCHEMA, VIEWS, unreadable};
use super::{BUSY, SqliteLog, WAL_CAP_PAGES};
use crate::anchor::{Anchor, Found};
use crate::error::{Fault, OpenError};
use crate::frame::Hash;
use crate::place::Place;
use crate::recover::{Depth, Head, Recovered, Recovery};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whose ledger.
    pub account: AccountId,
    /// Its last record.
    pub records: u64,
    /// The hash that stands for all of them.
    pub hash: Hash,
    /// How many of each kind.
    pub kinds: BTreeMap<Box<str>, u64>,
    /// The record the anchor named when the check began.
    pub anchored: u64,
}

/// Opens the ledger in `dir` for writing, or begins one if there is none; `now` is noted as its beginning.
///
/// The caller holds the fence. What is verified: the tables, the chain from the last snapshot (or the anchor, if it
/// lags behind) to the end, and that it reaches and agrees with the anchor.
///
/// # Errors
///
/// [`OpenError`] names the file, the place and the mend. Nothing on disk was changed, unless the machine itself
/// failed ([`Fault::Io`], [`Fault::Unwritable`], [`Fault::Full`]) while a verified ledger was being opened for
/// writing; then an empty -wal may stay.
pub fn open(dir: &Path, account: AccountId, now: LocalTime) -> Result<(SqliteLog, Ledgered), OpenError> {
    open_at(&Place::dir(dir), account, now)
}

/// As [`open`], wherever the files are.
///
/// # Errors
///
/// As [`open`].
pub fn open_at(
    place: &Place,
    account: AccountId,
    now: LocalTime,
) -> Result<(SqliteLog, Ledgered), OpenError> {
    let files = Files::of(place);
    let anchor = anchor_of(&files, account)?;
    let (recovered, our_views) =
        match survey(&files, account, anchor).map_err(|fault| fault.of(&files.ledger))? {
            Some(found) => found,
            None => {
                begin(&files, account, now).map_err(|fault| fault.of(&files.ledger))?;
                (Recovery::from_genesis(account, anchor, Depth::FromSnapshot).finish_without_anchor(), true)
            }
        };
    // What was found may still lie in the page cache alone; the anchor may name it only once it is on the disk. This
    // comes before the connection: closing any other handle of the file would drop the connection's locks.
    files.sync().map_err(|error| Fault::from(error).of(&files.ledger))?;
    let conn = writer(&files, our_views)
        .map_err(|error| unreadable(recovered.head.seq, &error).of(&files.ledger))?;
    let head = recovered.head;
    let opened = AnchorFile::open(&files.place, &head.anchor(account));
    let anchor = opened.map_err(|error| Fault::from(error).of(&files.anchor))?;
    let log = SqliteLog {
        conn,
        files,
        anchor,
        account,
        synced: head,
        head,
        checkpointed: head.seq,
        failed: false,
        body: Vec::with_capacity(4096),
    };
    Ok((log, recovered.state))
}

/// Verifies the whole ledger in `dir` from its first record, snapshots included, without changing anything; tells
/// `progress` each record it has passed. May run beside the engine.
///
/// # Errors
///
/// The first thing that is wrong.
pub fn check(dir: &Path, progress: impl FnMut(u64)) -> Result<Report, OpenError> {
    let files = Files::of(&Place::dir(dir));
    let found = files.read_anchor().map_err(|error| Fault::from(error).of(&files.anchor))?;
    let anchor = match found {
        Found::Anchor(anchor, _) => Some(anchor),
        Found::Nothing => None,
        Found::Damaged => return Err(Fault::AnchorDamaged.of(&files.anchor)),
    };
    let checked = verify_all(&files, anchor, progress).and_then(|(account, recovery)| {
        let recovered = recovery.finish()?;
        Ok(report(account, recovered, anchor.map_or(0, |anchor| anchor.seq)))
    });
    checked.map_err(|fault| fault.of(&files.ledger))
}

/// Verifies the whole ledger as [`check`] does, whatever the anchor says, and anchors its last record: a person's way
/// back after a restored copy or a lost anchor. The caller holds the fence.
///
/// # Errors
///
/// As [`check`]; then the anchor is as it was.
pub fn accept(dir: &Path, progress: impl FnMut(u64)) -> Result<Report, OpenError> {
    let files = Files::of(&Place::dir(dir));
    let verified = verify_all(&files, None, progress).map_err(|fault| fault.of(&files.ledger))?;
    let (account, recovered) = (verified.0, verified.1.finish_without_anchor());
    let renewed =
        files.sync().and_then(|()| AnchorFile::renew(&files.place, &recovered.head.anchor(account)));
    renewed.map_err(|error| Fault::from(error).of(&files.anchor))?;
    let anchored = recovered.head.seq;
    Ok(report(account, recovered, anchored))
}

fn report(account: AccountId, recovered: Recovered, anchored: u64) -> Report {
    let Recovered { head, kinds, .. } = recovered;
    Report { account, records: head.seq, hash: head.hash, kinds, anchored }
}

fn anchor_of(files: &Files, account: AccountId) -> Result<Option<Anchor>, OpenError> {
    let found = files.read_anchor().map_err(|error| Fault::from(error).of(&files.anchor))?;
    match found {
        Found::Nothing => Ok(None),
        Found::Damaged => Err(Fault::AnchorDamaged.of(&files.anchor)),
        Found::Anchor(anchor, _) if anchor.account != account => {
            let found = anchor.account.as_str().into();
            Err(Fault::Account { expected: account, found }.of(&files.anchor))
        }
        Found::Anchor(anchor, _) => Ok(Some(anchor)),
    }
}

/// What the ledger comes to, and whether its projections are ours; `None` if it has not begun.
fn survey(
    files: &Files,
    account: AccountId,
    anchor: Option<Anchor>,
) -> Result<Option<(Recovered, bool)>, Fault> {
    let missing = || anchor.map_or(Ok(None), |anchor| Err(Fault::NoLedger { anchor: anchor.seq }));
    if files.is_half_begun()? {
        return Ok(None);
    }
    let Some(conn) = look::connect(files)? else { return missing() };
    if !look::check_schema(&conn)? {
        return missing();
    }
    check_account(&conn, account)?;
    let our_views = look::has_our_views(&conn)?;
    verify_end(&conn, account, anchor).map(|recovered| Some((recovered, our_views)))
}

fn check_account(conn: &Connection, expected: AccountId) -> Result<(), Fault> {
    let found = look::meta(conn, "account").map_err(|error| unreadable(0, &error))?;
    if found == expected.as_str() {
        return Ok(());
    }
    Err(Fault::Account { expected, found: found.into() })
}

/// Verifies from the last snapshot, or from the anchor if it lags behind that, to the end.
fn verify_end(conn: &Connection, account: AccountId, anchor: Option<Anchor>) -> Result<Recovered, Fault> {
    let snapshot = look::last_snapshot(conn).map_err(|error| unreadable(0, &error))?;
    let first = anchor.map_or(snapshot, |anchor| anchor.seq.min(snapshot)).max(1);
    let before = first.saturating_sub(1);
    let mut recovery = match look::stored_hash(conn, before)? {
        Some(hash) => Recovery::after(Head { seq: before, hash, snapshot_seq: 0 }, snapshot, anchor),
        None => Recovery::from_genesis(account, anchor, Depth::FromSnapshot),
    };
    let first = recovery.reached().saturating_add(1);
    look::walk(conn, first, |frame| recovery.take(frame))?;
    recovery.finish()
}

fn verify_all(
    files: &Files,
    anchor: Option<Anchor>,
    mut progress: impl FnMut(u64),
) -> Result<(AccountId, Recovery), Fault> {
    let missing = || anchor.map_or(Fault::Nothing, |anchor| Fault::NoLedger { anchor: anchor.seq });
    if files.is_half_begun()? {
        return Err(Fault::Nothing);
    }
    let conn = look::connect(files)?.ok_or_else(missing)?;
    if !look::check_schema(&conn)? {
        return Err(missing());
    }
    let name = look::meta(&conn, "account").map_err(|error| unreadable(0, &error))?;
    let account = name.parse().map_err(|_| Fault::Schema { name: "account".into() })?;
    if let Some(Anchor { account: expected, .. }) = anchor.filter(|anchor| anchor.account != account) {
        return Err(Fault::Account { expected, found: name.into() });
    }
    let mut recovery = Recovery::from_genesis(account, anchor, Depth::Everything);
    look::walk(&conn, 1, |frame| {
        recovery.take(frame)?;
        progress(frame.seq);
        Ok(())
    })?;
    Ok((account, recovery))
}

/// Makes an empty ledger: all of it, or nothing.
fn begin(files: &Files, account: AccountId, now: LocalTime) -> Result<(), Fault> {
    let made = || -> rusqlite::Result<()> {
        let mut conn = files.place.connect(&files.ledger, OpenFlags::default())?;
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        let begin = conn.transaction()?;
        begin.execute_batch(SCHEMA)?;
        begin.execute_batch(VIEWS)?;
        let insert = "INSERT INTO meta (name, value) VALUES (?1, ?2)";
        begin.execute(insert, ("format", FORMAT.to_string()))?;
        begin.execute(insert, ("account", account.as_str()))?;
        begin.execute(insert, ("created_ns", now.0.to_string()))?;
        begin.commit()
    };
    made().map_err(|error| unreadable(0, &error))
}

/// The one connection that writes, with the projections of this build.
fn writer(files: &Files, our_views: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = files.place.connect(&files.ledger, flags)?;
    conn.busy_timeout(BUSY)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", WAL_CAP_PAGES)?;
    if !our_views {
        renew_views(&mut conn)?;
    }
    Ok(conn)
}

/// Views hold nothing, so those of another build are simply replaced.
fn renew_views(conn: &mut Connection) -> rusqlite::Result<()> {
    let renew = conn.transaction()?;
    for name in look::made(&renew, "view")?.keys() {
        renew.execute_batch(&format!("DROP VIEW \"{}\"", name.replace('"', "\"\"")))?;
    }
    renew.execute_batch(VIEWS)?;
    renew.commit()
}
