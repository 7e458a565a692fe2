//! Rows of a CSV file with a header that names `ts_event,symbol,open,high,low,close,volume`, in any order.
//!
//! Further columns are allowed and passed over. Quoted fields are not: no value of a bar needs them. Holds one line at
//! a time, and refuses a last line without its line break, because a number cut in half still looks like a number.

use std::io::{BufRead, Cursor, Read};

use jiff::Timestamp;
use stopline_kernel::time::ExchangeTime;

use super::file::{Opened, read_error};
use super::row::{Row, Value};
use crate::error::{Fault, Place, TapeError};

/// The columns, in the order in which [`Csv`] keeps their places.
const COLUMNS: [&str; 7] = ["ts_event", "symbol", "open", "high", "low", "close", "volume"];
/// The longest line in bytes; a row of bars has about 70.
const LONGEST: u64 = 4096;

/// An open CSV file.
pub(crate) struct Csv {
    lines: Lines,
    /// Where each of [`COLUMNS`] stands in a row.
    places: [usize; 7],
    /// How many columns the header has.
    width: usize,
}

/// The lines of a file, one at a time.
struct Lines {
    file: String,
    input: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    number: u64,
}

impl Csv {
    /// Reads the header.
    pub(super) fn new(opened: Opened) -> Result<Csv, TapeError> {
        let input = Box::new(Cursor::new(opened.head).chain(opened.rest));
        let mut lines = Lines { file: opened.file, input, line: Vec::new(), number: 0 };
        let foreign = |file: &str, found: String| TapeError::Foreign { file: file.to_owned(), found };
        if !lines.advance()? {
            return Err(TapeError::Empty { file: lines.file });
        }
        let header = match lines.text() {
            Ok(text) => text.trim_start_matches('\u{feff}'),
            Err(_) => return Err(foreign(&lines.file, "neither DBN nor text".to_owned())),
        };
        let names: Vec<&str> = header.split(',').collect();
        let mut places = [0; 7];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            *place = names.iter().position(|name| *name == column).ok_or_else(|| {
                let shown: String = header.chars().take(120).collect();
                foreign(&lines.file, format!("no column {column} in its first line {shown:?}"))
            })?;
        }
        let width = names.len();
        Ok(Csv { lines, places, width })
    }

    pub(super) fn file(&self) -> &str {
        &self.lines.file
    }

    /// The next row, or `None` after the last; blank lines are passed over.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, TapeError> {
        loop {
            if !self.lines.advance()? {
                return Ok(None);
            }
            if !self.lines.line.is_empty() {
                break;
            }
        }
        let file = self.lines.file.as_str();
        let at = self.lines.place();
        let text = self.lines.text()?;
        let error = |field, value: &str, fault| TapeError::Field {
            file: file.to_owned(),
            at,
            field,
            value: value.to_owned(),
            fault,
        };
        let (fields, found) = self.split(text);
        if found != self.width {
            return Err(error("columns", text, Fault::Columns { expected: self.width, found }));
        }
        let [ts_event, symbol, open, high, low, close, volume] = fields;
        let start = moment(ts_event).ok_or_else(|| error("ts_event", ts_event, Fault::NotATime))?;
        let prices = [open, high, low, close].map(Value::Text);
        Ok(Some(Row { file, at, start, symbol, prices, volume: Value::Text(volume) }))
    }

    /// The fields of a row in the order of [`COLUMNS`], and how many columns the row has.
    fn split<'a>(&self, text: &'a str) -> ([&'a str; 7], usize) {
        let mut fields = [""; 7];
        let mut found = 0;
        for field in text.split(',') {
            let column = self.places.iter().position(|place| *place == found);
            if let Some(slot) = column.and_then(|column| fields.get_mut(column)) {
                *slot = field;
            }
            found += 1;
        }
        (fields, found)
    }
}

impl Lines {
    /// Reads one more line, without its line break; false after the last.
    fn advance(&mut self) -> Result<bool, TapeError> {
        self.line.clear();
        self.number += 1;
        let read = (&mut self.input).take(LONGEST).read_until(b'\n', &mut self.line);
        let length = read.map_err(|e| read_error(&self.file, Place::Line(self.number), e))?;
        if length == 0 {
            return Ok(false);
        }
        if self.line.pop_if(|last| *last == b'\n').is_none() {
            return Err(self.broken(length));
        }
        self.line.pop_if(|last| *last == b'\r');
        Ok(true)
    }

    /// Why a line has no end.
    fn broken(&self, length: usize) -> TapeError {
        let (file, at) = (self.file.clone(), self.place());
        match u64::try_from(length) {
            Ok(n) if n < LONGEST => TapeError::Cut { file, at },
            _ => TapeError::Foreign { file, found: format!("no line break within {LONGEST} bytes at {at}") },
        }
    }

    fn text(&self) -> Result<&str, TapeError> {
        std::str::from_utf8(&self.line).map_err(|_| TapeError::Damaged {
            file: self.file.clone(),
            at: self.place(),
            reason: "the line is not UTF-8 text".to_owned(),
        })
    }

    fn place(&self) -> Place {
        Place::Line(self.number)
    }
}

/// RFC 3339, within 64-bit nanoseconds.
fn moment(text: &str) -> Option<ExchangeTime> {
    let time: Timestamp = text.parse().ok()?;
    i64::try_from(time.as_nanosecond()).ok().map(ExchangeTime)
}
