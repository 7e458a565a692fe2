//! What the first line of a CSV file says: which kind of rows follow, and where each column stands.
//!
//! Knows names alone, and never looks at a value.

use crate::kind::{Kind, Length};

/// The most columns that are looked at.
pub(super) const MOST: usize = 7;

/// A column that is looked at: its names, ours first.
type Names = &'static [&'static str];

const TIME: Names = &["ts_event", "time", "ts", "timestamp", "timestamp_utc", "ts_utc_ms"];
const SYMBOL: Names = &["symbol"];
const BARS: [Names; 5] = [&["open"], &["high"], &["low"], &["close"], &["volume"]];
const QUOTES: [Names; 4] = [
    &["bid", "bid_px_00", "bid_price"],
    &["bid_lots", "bid_sz_00", "bid_size"],
    &["ask", "ask_px_00", "ask_price"],
    &["ask_lots", "ask_sz_00", "ask_size"],
];
const TRADES: [Names; 3] = [&["price"], &["lots", "size", "volume"], &["side"]];

/// Where the columns stand.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// What the rows are.
    pub(super) kind: Kind,
    /// The place in a row of time, symbol, and the kind's own columns; `usize::MAX` for one that is not there.
    pub(super) places: [usize; MOST],
    /// How many columns a row has.
    pub(super) width: usize,
}

/// What a file may leave out, because the reader was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) symbol: bool,
    pub(super) lots: bool,
    pub(super) length: Length,
}

impl Header {
    /// Reads the first line.
    ///
    /// # Errors
    /// What is there instead, as a phrase.
    pub(super) fn read(line: &str, told: Told) -> Result<Header, String> {
        let names: Vec<&str> = line.split(',').map(str::trim).collect();
        let place = |wanted: Names| names.iter().position(|name| wanted.contains(name));
        let (kind, own): (Kind, &[Names]) = if place(BARS[0]).is_some() {
            (Kind::Bars(told.length), &BARS)
        } else if place(QUOTES[0]).is_some() {
            (Kind::Quotes, &QUOTES)
        } else if place(TRADES[0]).is_some() {
            (Kind::Trades, &TRADES)
        } else {
            return Err(missing("open, bid or price", line));
        };
        let mut places = [usize::MAX; MOST];
        for (slot, wanted) in places.iter_mut().zip([TIME, SYMBOL].iter().chain(own)) {
            let spared = (*wanted == SYMBOL && told.symbol)
                || (kind == Kind::Trades
                    && (wanted.contains(&"side") || (wanted.contains(&"lots") && told.lots)));
            *slot = match place(wanted) {
                Some(at) => at,
                None if spared => usize::MAX,
                None => return Err(missing(wanted.first().copied().unwrap_or_default(), line)),
            };
        }
        Ok(Header { kind, places, width: names.len() })
    }
}

fn missing(column: &str, line: &str) -> String {
    let shown: String = line.chars().take(120).collect();
    let mend = match column {
        "symbol" => " (or say --symbol)",
        "lots" => " (or say --lots)",
        _ => "",
    };
    format!("no column {column}{mend} in its first line {shown:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Told = Told { symbol: false, lots: false, length: Length::MINUTE };

    #[test]
    fn a_header_says_the_kind_and_the_places_in_any_order() {
        let header = Header::read("close,low,high,open,volume,extra,symbol,ts_event", NOTHING).unwrap();
        assert_eq!((header.kind, header.width), (Kind::Bars(Length::MINUTE), 8));
        assert_eq!(header.places, [7, 6, 3, 2, 1, 0, 4]);
        let quotes = "ts,symbol,bid_px_00,ask_px_00,bid_sz_00,ask_sz_00";
        assert_eq!(Header::read(quotes, NOTHING).map(|h| h.places[..6].to_vec()), Ok(vec![0, 1, 2, 4, 3, 5]));
        let trades = Header::read("ts_event,symbol,price,size", NOTHING).unwrap();
        assert_eq!((trades.kind, trades.places[4]), (Kind::Trades, usize::MAX), "a side is not needed");
    }

    #[test]
    fn what_is_not_there_is_named_unless_the_reader_was_told() {
        let why = |line: &str| Header::read(line, NOTHING).unwrap_err();
        assert!(why("ts_utc_ms,price").contains("no column symbol (or say --symbol)"));
        assert!(why("ts_event,symbol,price").contains("no column lots (or say --lots)"));
        assert!(why("a,b").contains("no column open, bid or price"));
        assert!(why("ts_event,symbol,open,high,low,close").contains("no column volume"));
        let told = Told { symbol: true, lots: true, ..NOTHING };
        assert!(Header::read("ts_utc_ms,price", told).is_ok());
    }
}
