//! What a tape is made of: the kinds of rows, and the columns of each.
//!
//! Knows no file and no contract. A cell that is empty is [`NONE`], never a zero that stands for it.

use std::fmt;
use std::str::FromStr;

use stopline_kernel::time::Span;

/// An empty cell.
pub const NONE: i64 = i64::MIN;

/// The most columns that a kind has.
pub const WIDTH: usize = 7;

/// One row: its cells in the order of [`Kind::columns`], the time first, what is behind the last column [`NONE`].
pub type Cells = [i64; WIDTH];

/// The kinds of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Trades, each with the side that took, where it is known.
    Trades,
    /// The best bid and offer, whenever either changed.
    Quotes,
    /// Bars of one length, stamped with their start.
    Bars(Length),
    /// What the exchange said of a contract.
    Definitions,
}

/// The length of a bar in seconds: a divisor of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length(u32);

impl Length {
    /// One second.
    pub const SECOND: Length = Length(1);
    /// One minute.
    pub const MINUTE: Length = Length(60);
    /// One hour.
    pub const HOUR: Length = Length(3_600);
    /// One day.
    pub const DAY: Length = Length(86_400);

    /// As a duration of market time.
    pub fn span(self) -> Span {
        Span::secs(self.0.into())
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
        let unit = units.into_iter().find(|(size, _)| self.0.is_multiple_of(*size));
        let (size, letter) = unit.unwrap_or((1, "s"));
        write!(f, "{}{letter}", self.0 / size)
    }
}

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Length, String> {
        let wrong = || format!("{text:?} is no length of a bar: write 1s, 1m, 5m, 1h or 1d");
        let (count, size) = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)]
            .into_iter()
            .find_map(|(letter, size)| Some((text.strip_suffix(letter)?, size)))
            .ok_or_else(wrong)?;
        let count: u32 = count.parse().map_err(|_| wrong())?;
        let seconds = count.checked_mul(size).filter(|s| *s > 0 && 86_400_u32.is_multiple_of(*s));
        seconds.map(Length).ok_or_else(|| format!("{text:?}: a day is no multiple of it"))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Trades => f.write_str("trades"),
            Kind::Quotes => f.write_str("quotes"),
            Kind::Bars(length) => write!(f, "bars-{length}"),
            Kind::Definitions => f.write_str("definitions"),
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Kind, String> {
        match text {
            "trades" => Ok(Kind::Trades),
            "quotes" => Ok(Kind::Quotes),
            "definitions" => Ok(Kind::Definitions),
            _ => match text.strip_prefix("bars-") {
                Some(length) => length.parse().map(Kind::Bars),
                None => Err(format!("{text:?} is no kind of rows: trades, quotes, bars-1m, definitions")),
            },
        }
    }
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name in every file.
    pub name: &'static str,
    /// What its cells are.
    pub holds: Holds,
    /// Whether a cell may be empty.
    pub may_lack: bool,
}

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Nanoseconds since the Unix epoch, UTC.
    Time,
    /// A price in units of 1e-9.
    Price,
    /// A count.
    Count,
}

const fn always(name: &'static str, holds: Holds) -> Column {
    Column { name, holds, may_lack: false }
}

const fn perhaps(name: &'static str, holds: Holds) -> Column {
    Column { name, holds, may_lack: true }
}

const TRADES: &[Column] = &[
    always("time", Holds::Time),
    always("price", Holds::Price),
    always("lots", Holds::Count),
    // 1 where the taker bought, -1 where it sold.
    perhaps("taker", Holds::Count),
    perhaps("received", Holds::Time),
    perhaps("sequence", Holds::Count),
];

const QUOTES: &[Column] = &[
    always("time", Holds::Time),
    perhaps("bid", Holds::Price),
    perhaps("bid_lots", Holds::Count),
    perhaps("ask", Holds::Price),
    perhaps("ask_lots", Holds::Count),
    perhaps("received", Holds::Time),
    perhaps("sequence", Holds::Count),
];

const BARS: &[Column] = &[
    always("time", Holds::Time),
    always("open", Holds::Price),
    always("high", Holds::Price),
    always("low", Holds::Price),
    always("close", Holds::Price),
    always("volume", Holds::Count),
];

const DEFINITIONS: &[Column] = &[
    always("time", Holds::Time),
    always("tick", Holds::Price),
    perhaps("activation", Holds::Time),
    perhaps("expiration", Holds::Time),
    // What one lot is of: 50 for ES.
    perhaps("unit", Holds::Price),
];

impl Kind {
    /// Its columns; the first is the time.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Kind::Trades => TRADES,
            Kind::Quotes => QUOTES,
            Kind::Bars(_) => BARS,
            Kind::Definitions => DEFINITIONS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_lengths_read_as_they_are_written() {
        for name in ["trades", "quotes", "definitions", "bars-1s", "bars-1m", "bars-5m", "bars-1h", "bars-1d"]
        {
            assert_eq!(name.parse::<Kind>().map(|kind| kind.to_string()), Ok(name.to_owned()));
        }
        for bad in
            ["", "bars", "bars-", "bars-0m", "bars-7m", "bars-2d", "bars-1w", "bars-99999999d", "trade"]
        {
            assert!(bad.parse::<Kind>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_kind_begins_with_its_time_and_fits_a_row() {
        for kind in [Kind::Trades, Kind::Quotes, Kind::Bars(Length::MINUTE), Kind::Definitions] {
            let columns = kind.columns();
            assert!(columns.len() <= WIDTH);
            assert_eq!(columns.first(), Some(&always("time", Holds::Time)));
        }
    }
}
