//! Looking at a ledger without changing it: connections that only read, rows to frames, and whether the tables are
//! the ones we make.
//!
//! Nothing here writes; a ledger that nobody has open is read as an immutable file, so that not even the files beside it
//! are made.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::OnceLock;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, ffi};

use super::files::Files;
use crate::error::Fault;
use crate::frame::{Frame, Hash};

/// The tables, the index and the triggers.
pub(crate) const SCHEMA: &str = include_str!("schema.sql");
/// The projections.
pub(crate) const VIEWS: &str = include_str!("views.sql");
/// The format that this build writes.
pub(crate) const FORMAT: u32 = 1;

/// Names of things in a database, with the SQL that made them.
pub(crate) type Made = BTreeMap<String, String>;

/// A read-only connection to a ledger; `None` if there is none.
///
/// An empty database is not opened: SQLite would delete the write-ahead log beside it, and with it the last records.
pub(crate) fn connect(files: &Files) -> Result<Option<Connection>, Fault> {
    let (database, wal) = files.lens()?;
    match (database, wal.unwrap_or(0)) {
        (0, 0) => return Ok(None),
        (0, _) => return Err(Fault::Torn { after: 0, why: "the database is empty beside its -wal".into() }),
        _ => {}
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = if wal.is_none() {
        files.place.connect(Path::new(&immutable(&files.ledger)), flags | OpenFlags::SQLITE_OPEN_URI)
    } else {
        files.place.connect(&files.ledger, flags)
    };
    let waiting = conn.and_then(|conn| conn.busy_timeout(super::BUSY).map(|()| conn));
    waiting.map(Some).map_err(|error| unreadable(0, &error))
}

/// The name under which SQLite reads a file that nobody writes.
fn immutable(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                uri.push(char::from(*byte))
            }
            // Writing into a String cannot fail.
            other => drop(write!(uri, "%{other:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// The fault that an error of SQLite stands for, when `after` is the last record that could be read. What the machine
/// refuses is no damage: nobody is to put a copy over a sound ledger because of it.
pub(crate) fn unreadable(after: u64, error: &rusqlite::Error) -> Fault {
    let why = error.to_string().into();
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) if !is_read(error) => Fault::Unwritable { why },
        Some(ErrorCode::DiskFull) => Fault::Full,
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => Fault::Io { why },
        _ => Fault::Torn { after, why },
    }
}

/// Whether the machine failed to read, which may be damage; what it failed to write is none.
fn is_read(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(code, Some(ffi::SQLITE_IOERR_READ | ffi::SQLITE_IOERR_SHORT_READ | ffi::SQLITE_IOERR_CORRUPTFS))
}

/// Everything made in a database, apart from what SQLite makes for itself.
pub(crate) fn made(conn: &Connection, of: &str) -> rusqlite::Result<Made> {
    let mut statement = conn.prepare(
        "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND (type = 'view') = (?1 = 'view')",
    )?;
    let rows = statement.query_map([of], |row| {
        let sql = String::from_utf8_lossy(row.get_ref(1)?.as_bytes()?).into_owned();
        Ok((row.get(0)?, sql))
    })?;
    rows.collect()
}

/// What a new ledger of this build has.
struct Expected {
    tables: Made,
    views: Made,
}

/// Found out once in a process: to ask SQLite is most of what opening a small ledger takes.
fn expected() -> rusqlite::Result<&'static Expected> {
    static EXPECTED: OnceLock<Expected> = OnceLock::new();
    if let Some(known) = EXPECTED.get() {
        return Ok(known);
    }
    let fresh = Connection::open_in_memory()?;
    fresh.execute_batch(SCHEMA)?;
    fresh.execute_batch(VIEWS)?;
    let found = Expected { tables: made(&fresh, "table")?, views: made(&fresh, "view")? };
    Ok(EXPECTED.get_or_init(|| found))
}

/// Refuses tables, an index or triggers that are not as we make them. An empty database has nothing to refuse.
pub(crate) fn check_schema(conn: &Connection) -> Result<bool, Fault> {
    let real = made(conn, "table").map_err(|error| unreadable(0, &error))?;
    if real.is_empty() {
        return Ok(false);
    }
    let format = meta(conn, "format").map_err(|error| unreadable(0, &error))?;
    if format != FORMAT.to_string() {
        return Err(Fault::Format { found: format.into(), known: FORMAT });
    }
    let ours = expected().map(|expected| &expected.tables).map_err(|error| unreadable(0, &error))?;
    let names = ours.keys().chain(real.keys());
    match names.into_iter().find(|name| ours.get(*name) != real.get(*name)) {
        Some(name) => Err(Fault::Schema { name: name.as_str().into() }),
        None => Ok(true),
    }
}

/// Whether the projections are those of this build.
pub(crate) fn has_our_views(conn: &Connection) -> Result<bool, Fault> {
    let same = || Ok(made(conn, "view")? == expected()?.views);
    same().map_err(|error: rusqlite::Error| unreadable(0, &error))
}

/// What the ledger says of itself.
pub(crate) fn meta(conn: &Connection, name: &str) -> rusqlite::Result<String> {
    conn.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
}

/// A row `seq, kind, version, body, hash`. What is not of its type is read as something that fits no chain.
pub(crate) fn frame(row: &Row<'_>) -> rusqlite::Result<Frame> {
    let bytes = |index: usize| -> rusqlite::Result<Box<[u8]>> {
        Ok(match row.get_ref(index)? {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.into(),
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => Box::default(),
        })
    };
    let number = |index: usize| -> rusqlite::Result<i64> {
        Ok(match row.get_ref(index)? {
            ValueRef::Integer(n) => n,
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => 0,
        })
    };
    Ok(Frame {
        seq: u64::try_from(number(0)?).unwrap_or(0),
        kind: String::from_utf8_lossy(&bytes(1)?).into(),
        version: u32::try_from(number(2)?).unwrap_or(0),
        body: bytes(3)?,
        hash: Hash(<[u8; 32]>::try_from(&*bytes(4)?).unwrap_or([0; 32])),
    })
}

/// Hands every frame from `first` on to `take`, in order, until it refuses one.
pub(crate) fn walk(
    conn: &Connection,
    first: u64,
    mut take: impl FnMut(&Frame) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut after = first.saturating_sub(1);
    let torn = |after: u64| move |error: rusqlite::Error| unreadable(after, &error);
    let mut statement = conn
        .prepare("SELECT seq, kind, version, body, hash FROM records WHERE seq >= ?1 ORDER BY seq")
        .map_err(torn(after))?;
    let first = i64::try_from(first).unwrap_or(i64::MAX);
    let mut rows = statement.query([first]).map_err(torn(after))?;
    while let Some(row) = rows.next().map_err(torn(after))? {
        let frame = frame(row).map_err(torn(after))?;
        take(&frame)?;
        after = frame.seq;
    }
    Ok(())
}

/// The last record that holds a snapshot; 0 if there is none.
pub(crate) fn last_snapshot(conn: &Connection) -> rusqlite::Result<u64> {
    let last: Option<i64> =
        conn.query_row("SELECT max(seq) FROM records WHERE kind = 'snapshot'", [], |row| row.get(0))?;
    Ok(last.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(0))
}

/// The hash stored with a record, if there is such a record.
pub(crate) fn stored_hash(conn: &Connection, seq: u64) -> Result<Option<Hash>, Fault> {
    let key = i64::try_from(seq).unwrap_or(i64::MAX);
    let sql = "SELECT seq, kind, version, body, hash FROM records WHERE seq = ?1";
    match conn.query_row(sql, [key], frame) {
        Ok(frame) => Ok(Some(frame.hash)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(unreadable(seq.saturating_sub(1), &error)),
    }
}
