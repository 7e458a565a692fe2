//! Rows of a CSV file with a header: bars, quotes or trades, told by its columns, which may stand in any order.
//!
//! Further columns are allowed and passed over. Quoted fields are not: no value here needs them. Holds one line at a
//! time, and refuses a last line without its line break, because a number cut in half still looks like a number.

use std::io::{BufRead, Cursor, Read};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use stopline_kernel::time::ExchangeTime;

use super::Reading;
use super::file::{Opened, read_error};
use super::header::{Header, MOST, Told};
use super::row::{Row, Stamps, Trade, Value, What};
use crate::error::{Fault, Place, TapeError};
use crate::kind::{Kind, NONE};

/// The longest line in bytes; a row of bars has about 70.
const LONGEST: u64 = 4096;

/// What a feed would say beside the time: CSV has no columns for it.
const UNSAID: Stamps = Stamps { received: NONE, sequence: NONE };

/// An open CSV file.
pub(crate) struct Csv {
    lines: Lines,
    header: Header,
    reading: Reading,
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
    pub(super) fn new(opened: Opened, reading: Reading) -> Result<Csv, TapeError> {
        let input = Box::new(Cursor::new(opened.head).chain(opened.rest));
        let mut lines = Lines { file: opened.file, input, line: Vec::new(), number: 0 };
        let foreign = |file: &str, found: String| TapeError::Foreign { file: file.to_owned(), found };
        if !lines.advance()? {
            return Err(TapeError::Empty { file: lines.file });
        }
        let line = match lines.text() {
            Ok(text) => text.trim_start_matches('\u{feff}'),
            Err(_) => return Err(foreign(&lines.file, "neither DBN nor text".to_owned())),
        };
        let told =
            Told { symbol: reading.symbol.is_some(), lots: reading.lots.is_some(), length: reading.length };
        let header = Header::read(line, told).map_err(|found| foreign(&lines.file, found))?;
        Ok(Csv { lines, header, reading })
    }

    pub(super) fn file(&self) -> &str {
        &self.lines.file
    }

    pub(super) const fn kind(&self) -> Kind {
        self.header.kind
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
        if found != self.header.width {
            return Err(error("columns", text, Fault::Columns { expected: self.header.width, found }));
        }
        let [moment, symbol, ..] = fields;
        let time = self.time(moment).map_err(|fault| error("ts_event", moment, fault))?;
        let symbol = self.reading.symbol.as_deref().unwrap_or(symbol);
        let what = self.what(fields).map_err(|(field, value, fault)| error(field, value, fault))?;
        Ok(Some(Row { file, at, time, symbol, what }))
    }

    /// The row's own columns.
    fn what<'a>(&self, fields: [&'a str; MOST]) -> Result<What<'a>, (&'static str, &'a str, Fault)> {
        let [_, _, a, b, c, d, e] = fields;
        match self.header.kind {
            Kind::Quotes => {
                let [bid, bid_lots, ask, ask_lots] = [a, b, c, d].map(Value::Text);
                Ok(What::Quote { bid: [bid, bid_lots], ask: [ask, ask_lots], stamps: UNSAID, trade: None })
            }
            Kind::Trades => {
                let lots = self.reading.lots.map_or(Value::Text(b), Value::Count);
                let taker = match c {
                    "B" => 1,
                    "A" | "S" => -1,
                    "N" | "" => NONE,
                    other => return Err(("side", other, Fault::NotASide)),
                };
                Ok(What::Trade(Trade { price: Value::Text(a), lots, taker, stamps: UNSAID }))
            }
            Kind::Bars(_) | Kind::Definitions => {
                let prices = [a, b, c, d].map(Value::Text);
                Ok(What::Bar { length: self.reading.length, prices, volume: Value::Text(e) })
            }
        }
    }

    /// A moment; of a bar that is stamped with its end, the start.
    fn time(&self, text: &str) -> Result<ExchangeTime, Fault> {
        let time = moment(text, self.reading.zone.as_ref())?;
        match (self.header.kind, self.reading.ends) {
            (Kind::Bars(length), true) => Ok(ExchangeTime(time.0.saturating_sub(length.span().0))),
            _ => Ok(time),
        }
    }

    /// The fields of a row in the order of the header's places, and how many columns the row has.
    fn split<'a>(&self, text: &'a str) -> ([&'a str; MOST], usize) {
        let mut fields = [""; MOST];
        let mut found = 0;
        for field in text.split(',') {
            let column = self.header.places.iter().position(|place| *place == found);
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

/// RFC 3339, or a count since 1970 whose length tells its unit, or a local time of a named zone; within 64-bit
/// nanoseconds.
fn moment(text: &str, zone: Option<&TimeZone>) -> Result<ExchangeTime, Fault> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        let unit = match text.len() {
            10 => 1_000_000_000,
            13 => 1_000_000,
            16 => 1_000,
            19 => 1,
            _ => return Err(Fault::NotATime),
        };
        let count: i64 = text.parse().map_err(|_| Fault::NotATime)?;
        return count.checked_mul(unit).map(ExchangeTime).ok_or(Fault::NotATime);
    }
    let time = match (text.parse::<Timestamp>(), zone) {
        (Ok(time), _) => time,
        (Err(_), None) => return Err(Fault::NotATime),
        (Err(_), Some(zone)) => {
            let local: DateTime = text.parse().map_err(|_| Fault::NotATime)?;
            let name = || zone.iana_name().unwrap_or("the zone").to_owned();
            zone.to_ambiguous_timestamp(local).unambiguous().map_err(|_| Fault::NotInZone { zone: name() })?
        }
    };
    i64::try_from(time.as_nanosecond()).map(ExchangeTime).map_err(|_| Fault::NotATime)
}
