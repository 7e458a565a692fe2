//! Reading a ledger while the engine writes it: entries in order, everything about one order or decision, and the
//! projections as plain rows.
//!
//! It only reads, and it trusts the chain to have been verified by whoever opened the ledger for writing.

use std::ops::RangeInclusive;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params};
use serde_json::Value;
use stopline_kernel::record::Entry;

use crate::decode::PRESENT;
use crate::error::{Fault, OpenError};
use crate::place::Place;
use crate::sqlite::files::Files;
use crate::sqlite::look::{self, unreadable};

/// A projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// What bots wanted and what came of it.
    Decisions,
    /// Every order as it stands.
    Orders,
    /// Every move of every order.
    Transitions,
    /// Every execution.
    Fills,
    /// Positions by contract and bot.
    Positions,
    /// Halts that stand.
    Halts,
    /// Incidents, open and closed.
    Incidents,
    /// What people commanded.
    Commands,
    /// When streams came up and went down.
    StreamChanges,
    /// Every record.
    Journal,
}

impl View {
    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            View::Decisions => "decisions",
            View::Orders => "orders",
            View::Transitions => "transitions",
            View::Fills => "fills",
            View::Positions => "positions",
            View::Halts => "halts",
            View::Incidents => "incidents",
            View::Commands => "commands",
            View::StreamChanges => "stream_changes",
            View::Journal => "journal",
        }
    }
}

/// The rows of a projection. Columns that hold JSON are text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns.
    pub columns: Vec<Box<str>>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// A row's value in a named column.
    pub fn value(&self, row: usize, column: &str) -> Option<&Value> {
        let index = self.columns.iter().position(|name| &**name == column)?;
        self.rows.get(row)?.get(index)
    }

    /// Each row as a JSON object.
    pub fn objects(&self) -> impl Iterator<Item = Value> {
        self.rows.iter().map(|row| {
            let pairs = self.columns.iter().map(|name| name.to_string()).zip(row.iter().cloned());
            Value::Object(pairs.collect())
        })
    }
}

/// A ledger, open for reading.
#[derive(Debug)]
pub struct Reader {
    conn: Connection,
    files: Files,
}

impl Reader {
    /// Opens the ledger in `dir`, whether or not an engine is running on it.
    ///
    /// # Errors
    ///
    /// There is none, it has another format, or it cannot be read.
    pub fn open(dir: &Path) -> Result<Reader, OpenError> {
        Reader::open_at(&Place::dir(dir))
    }

    /// As [`Reader::open`], wherever the files are.
    ///
    /// # Errors
    ///
    /// As [`Reader::open`].
    pub fn open_at(place: &Place) -> Result<Reader, OpenError> {
        let files = Files::of(place);
        let opened = || {
            let conn = look::connect(&files)?.ok_or(Fault::Nothing)?;
            if look::check_schema(&conn)? { Ok(conn) } else { Err(Fault::Nothing) }
        };
        let conn = opened().map_err(|fault| fault.of(&files.ledger))?;
        Ok(Reader { conn, files })
    }

    /// The last record; 0 for an empty ledger.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn last(&self) -> Result<u64, OpenError> {
        let last = self.conn.query_row("SELECT coalesce(max(seq), 0) FROM records", [], |row| row.get(0));
        let last: i64 = last.map_err(|error| self.torn(0, &error))?;
        Ok(u64::try_from(last).unwrap_or(0))
    }

    /// The entries in a range, in order.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read, or holds what this build cannot read.
    pub fn entries(&self, range: RangeInclusive<u64>) -> Result<Vec<Entry>, OpenError> {
        let key = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
        self.select("seq BETWEEN ?1 AND ?2", [key(*range.start()), key(*range.end())])
    }

    /// Every entry that names `id` anywhere, in order: a ClOrdID, a DecisionId, an ExecID or a broker's order id.
    /// Snapshots are left out: they repeat.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read, or holds what this build cannot read.
    pub fn about(&self, id: &str) -> Result<Vec<Entry>, OpenError> {
        let quoted = Value::from(id).to_string();
        self.select("kind <> 'snapshot' AND instr(body, ?1) > 0", [quoted])
    }

    /// Hands every entry of the wanted kinds to `take`, in order, as they stood at one moment: a kind with a word beside
    /// it only where the word stands quoted in the entry. One entry at a time is in memory. Gives the last record of
    /// that moment.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read, holds what this build cannot read, or `take` refuses an entry.
    pub fn walk<E: From<OpenError>>(
        &self,
        wanted: &[(&str, Option<&str>)],
        mut take: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<u64, E> {
        let of_kind = wanted.iter().map(|(kind, word)| match word {
            None => format!("kind = {}", literal(kind)),
            Some(word) => {
                format!(
                    "(kind = {} AND instr(body, {}) > 0)",
                    literal(kind),
                    literal(&Value::from(*word).to_string())
                )
            }
        });
        // The last record is read whatever its kind: it tells how far the walk went, and when.
        let sql = format!(
            "SELECT seq, kind, version, body, hash FROM records
             WHERE {} OR seq = (SELECT max(seq) FROM records) ORDER BY seq",
            of_kind.collect::<Vec<_>>().join(" OR ")
        );
        let torn = |after: u64| move |error: rusqlite::Error| self.torn(after, &error);
        let mut select = self.conn.prepare(&sql).map_err(torn(0))?;
        let mut rows = select.query([]).map_err(torn(0))?;
        let mut last = 0;
        while let Some(row) = rows.next().map_err(torn(last))? {
            let frame = look::frame(row).map_err(torn(last))?;
            let entry = PRESENT.entry(&frame).map_err(|error| Fault::from(error).of(&self.files.ledger))?;
            last = entry.seq;
            take(entry)?;
        }
        Ok(last)
    }

    /// All rows of a projection, oldest first.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read.
    pub fn view(&self, view: View) -> Result<Table, OpenError> {
        self.table(&format!("SELECT * FROM {}", view.name())).map_err(|error| self.torn(0, &error))
    }

    fn select(&self, condition: &str, params: impl Params) -> Result<Vec<Entry>, OpenError> {
        let sql =
            format!("SELECT seq, kind, version, body, hash FROM records WHERE {condition} ORDER BY seq");
        let frames = self
            .conn
            .prepare(&sql)
            .and_then(|mut select| select.query_map(params, look::frame)?.collect::<Result<Vec<_>, _>>());
        let frames = frames.map_err(|error| self.torn(0, &error))?;
        let entries = frames.iter().map(|frame| PRESENT.entry(frame));
        entries.collect::<Result<_, _>>().map_err(|error| Fault::from(error).of(&self.files.ledger))
    }

    fn table(&self, sql: &str) -> rusqlite::Result<Table> {
        let mut select = self.conn.prepare(sql)?;
        let columns: Vec<Box<str>> = select.column_names().map(Box::from).collect();
        let width = columns.len();
        let rows = select.query_map([], |row| (0..width).map(|i| Ok(json(row.get_ref(i)?))).collect())?;
        Ok(Table { rows: rows.collect::<rusqlite::Result<_>>()?, columns })
    }

    fn torn(&self, after: u64, error: &rusqlite::Error) -> OpenError {
        unreadable(after, error).of(&self.files.ledger)
    }
}

/// A text as SQL writes it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::from(n),
        ValueRef::Real(n) => Value::from(n),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Value::from(String::from_utf8_lossy(bytes)),
    }
}
