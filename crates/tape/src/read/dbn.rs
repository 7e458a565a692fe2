//! Rows of a Databento DBN file, versions 1 to 3: bars of any length, trades, the top of the book, definitions.
//!
//! The `dbn` crate reads the metadata and the symbology. The records are framed here, because that crate's decoder takes
//! half a record at the end of a file for its end, and panics where a damaged length puts a record off its alignment.
//! Symbols come from the file's own symbology, by instrument id and time; no name is ever guessed.

use std::io::{self, BufRead, Cursor, Read};

use dbn::decode::{DbnMetadataDecoder, DbnRecordDecoder};
use dbn::{InstrumentDefMsg, Metadata, Schema, TsSymbolMap, VersionUpgradePolicy, rtype};
use stopline_kernel::time::ExchangeTime;

use super::file::{HEAD, Opened, read_error};
use super::row::{Row, Stamps, Trade, Value, What};
use crate::error::{Fault, Place, TapeError};
use crate::kind::{Kind, Length, NONE};

/// How a DBN file begins.
pub(super) const MAGIC: &[u8] = b"DBN";
/// The newest version that this reads.
const NEWEST: u8 = 3;
/// The longest symbology that is believed, in bytes; a month of ES and NQ has about 10 000.
const LONGEST_METADATA: u32 = 1 << 26;

/// Every record begins with 16 bytes: length, type, publisher, instrument id, time.
const RECORD_HEAD: usize = 16;
/// A bar is seven words of eight bytes, the head among them; a trade is six; the top of the book is a trade and four
/// more. The time of sending may follow.
const BAR_WORDS: usize = 7;
const TRADE_WORDS: usize = 6;
const TOP_WORDS: usize = 10;

/// An open DBN file.
pub(crate) struct Dbn {
    file: String,
    input: Box<dyn BufRead + Send>,
    version: u8,
    kind: Kind,
    symbols: TsSymbolMap,
    /// The record read last; at most 1 020 bytes.
    record: Vec<u8>,
    /// Its number.
    number: u64,
    /// The contract that it names itself, if it does.
    name: String,
}

/// A record as the file has it.
struct Record {
    /// By its id, or by its own name where it brings one.
    name: Option<String>,
    instrument_id: u32,
    /// Nanoseconds since the Unix epoch; negative for none.
    ts_event: i64,
    what: What<'static>,
}

impl Dbn {
    /// Reads the metadata and checks that bars follow.
    pub(super) fn new(opened: Opened) -> Result<Dbn, TapeError> {
        let Opened { file, head, mut rest } = opened;
        let metadata = metadata(&file, head, &mut rest)?;
        let foreign = |found| Err(TapeError::Foreign { file: file.clone(), found });
        let kind = match metadata.schema {
            Some(Schema::Ohlcv1S) => Kind::Bars(Length::SECOND),
            Some(Schema::Ohlcv1M) => Kind::Bars(Length::MINUTE),
            Some(Schema::Ohlcv1H) => Kind::Bars(Length::HOUR),
            Some(Schema::Ohlcv1D) => Kind::Bars(Length::DAY),
            Some(Schema::Trades) => Kind::Trades,
            Some(Schema::Mbp1) => Kind::Quotes,
            Some(Schema::Definition) => Kind::Definitions,
            Some(other) => return foreign(format!("Databento records of schema {other}")),
            None => return foreign("Databento records of mixed schemas".to_owned()),
        };
        let symbols = metadata.symbol_map().map_err(|e| dbn_error(&file, Place::Record(1), e))?;
        let version = metadata.version;
        Ok(Dbn {
            file,
            input: rest,
            version,
            kind,
            symbols,
            record: Vec::new(),
            number: 0,
            name: String::new(),
        })
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }

    pub(super) const fn kind(&self) -> Kind {
        self.kind
    }

    /// The next row, or `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, TapeError> {
        let Some(Record { name, instrument_id, ts_event, what }) = self.wanted()? else { return Ok(None) };
        let at = Place::Record(self.number);
        let file = self.file.as_str();
        let error = |field, value: String, fault| {
            let file = file.to_owned();
            TapeError::Field { file, at, field, value, fault }
        };
        if ts_event < 0 {
            return Err(error("ts_event", ts_event.cast_unsigned().to_string(), Fault::NotATime));
        }
        let symbol = match name {
            Some(name) => {
                self.name = name;
                self.name.as_str()
            }
            None => self
                .symbols
                .get_for_ts(ts_event.unsigned_abs(), instrument_id)
                .ok_or_else(|| error("instrument_id", instrument_id.to_string(), Fault::Unmapped))?,
        };
        Ok(Some(Row { file, at, time: ExchangeTime(ts_event), symbol, what }))
    }

    /// The next record of the file's schema; takes in the symbol mappings before it.
    fn wanted(&mut self) -> Result<Option<Record>, TapeError> {
        while self.advance()? {
            let found = self.record.get(1).copied().unwrap_or(u8::MAX);
            match (self.kind, found) {
                (_, rtype::SYMBOL_MAPPING) => self.map_symbol()?,
                (Kind::Bars(length), kind) if Some(length) == bar_length(kind) => {
                    return self.bar(length).map(Some);
                }
                (Kind::Trades, rtype::MBP_0) => return self.trade().map(Some),
                (Kind::Quotes, rtype::MBP_1) => return self.top().map(Some),
                (Kind::Definitions, rtype::INSTRUMENT_DEF) => return self.definition().map(Some),
                (_, other) => {
                    let found = format!("a record of type {other:#04x} at {}", self.at());
                    return Err(TapeError::Foreign { file: self.file.clone(), found });
                }
            }
        }
        Ok(None)
    }

    /// Reads one more record; false after the last.
    fn advance(&mut self) -> Result<bool, TapeError> {
        self.number += 1;
        self.record.clear();
        self.fill(RECORD_HEAD)?;
        let Some(quarter) = self.record.first() else { return Ok(false) };
        let size = usize::from(*quarter) * 4;
        if self.record.len() == RECORD_HEAD && size < RECORD_HEAD {
            return Err(self.damaged(format!("a record of {size} bytes")));
        }
        self.fill(size.saturating_sub(RECORD_HEAD))?;
        match self.record.len() == size {
            true => Ok(true),
            false => Err(TapeError::Cut { file: self.file.clone(), at: self.at() }),
        }
    }

    /// Reads `more` bytes onto the record, or fewer at the end of the file.
    fn fill(&mut self, more: usize) -> Result<(), TapeError> {
        let read = (&mut self.input).take(more as u64).read_to_end(&mut self.record);
        read.map(drop).map_err(|e: io::Error| read_error(&self.file, self.at(), e))
    }

    /// The first `N` words of the record.
    fn words<const N: usize>(&self, what: &str) -> Result<[[u8; 8]; N], TapeError> {
        let (words, _) = self.record.as_chunks::<8>();
        words
            .first_chunk()
            .copied()
            .ok_or_else(|| self.damaged(format!("{what} of {} bytes", self.record.len())))
    }

    /// The record as a bar.
    fn bar(&self, length: Length) -> Result<Record, TapeError> {
        let [head, ts_event, open, high, low, close, volume] = self.words::<BAR_WORDS>("a bar")?;
        let prices = [open, high, low, close].map(|word| Value::Nano(i64::from_le_bytes(word)));
        let what = What::Bar { length, prices, volume: Value::Count(u64::from_le_bytes(volume)) };
        Ok(record(head, ts_event, what))
    }

    /// The record as a trade.
    fn trade(&self) -> Result<Record, TapeError> {
        let words = self.words::<TRADE_WORDS>("a trade")?;
        let [head, ts_event, ..] = words;
        Ok(record(head, ts_event, What::Trade(trade(words))))
    }

    /// The record as the top of the book after one event.
    fn top(&self) -> Result<Record, TapeError> {
        let [a, b, c, d, e, f, bid, ask, lots, _] = self.words::<TOP_WORDS>("a book's top")?;
        let event = trade([a, b, c, d, e, f]);
        let [l0, l1, l2, l3, m0, m1, m2, m3] = lots;
        let count = |word| Value::Count(u32::from_le_bytes(word).into());
        let price = |word| Value::Nano(i64::from_le_bytes(word));
        let [.., action, _, _, _] = d;
        let what = What::Quote {
            bid: [price(bid), count([l0, l1, l2, l3])],
            ask: [price(ask), count([m0, m1, m2, m3])],
            stamps: event.stamps,
            trade: (action == b'T').then_some(event),
        };
        Ok(record(a, b, what))
    }

    /// The record as a definition, which brings its own name.
    fn definition(&self) -> Result<Record, TapeError> {
        let failed = |e| dbn_error(&self.file, self.at(), e);
        let bytes = Cursor::new(self.record.as_slice());
        let newest = VersionUpgradePolicy::UpgradeToV3;
        let mut decoder =
            DbnRecordDecoder::with_version(bytes, self.version, newest, false).map_err(failed)?;
        let said: &InstrumentDefMsg = decoder
            .decode_ref()
            .map_err(failed)?
            .and_then(|found| found.get())
            .ok_or_else(|| self.damaged(format!("a definition of {} bytes", self.record.len())))?;
        let name = said.raw_symbol().map_err(failed)?.to_owned();
        let time = |stamp: u64| i64::try_from(stamp).unwrap_or(NONE);
        let times = [time(said.activation), time(said.expiration)];
        let (tick, unit) = (Value::Nano(said.min_price_increment), Value::Nano(said.unit_of_measure_qty));
        let what = What::Definition { tick, times, unit };
        let ts_event = said.hd.ts_event.cast_signed();
        Ok(Record { name: Some(name), instrument_id: said.hd.instrument_id, ts_event, what })
    }

    /// Takes the record in as a symbol mapping.
    fn map_symbol(&mut self) -> Result<(), TapeError> {
        let (at, as_is) = (self.at(), VersionUpgradePolicy::AsIs);
        let failed = |e| dbn_error(&self.file, at, e);
        let record = Cursor::new(self.record.as_slice());
        let mut decoder =
            DbnRecordDecoder::with_version(record, self.version, as_is, false).map_err(failed)?;
        match decoder.decode_ref().map_err(failed)? {
            Some(mapping) => self.symbols.on_record(mapping).map_err(failed),
            None => Ok(()),
        }
    }

    fn at(&self) -> Place {
        Place::Record(self.number)
    }

    fn damaged(&self, reason: String) -> TapeError {
        TapeError::Damaged { file: self.file.clone(), at: self.at(), reason }
    }
}

/// The length of the bars of a type of records.
const fn bar_length(kind: u8) -> Option<Length> {
    match kind {
        rtype::OHLCV_1S => Some(Length::SECOND),
        rtype::OHLCV_1M => Some(Length::MINUTE),
        rtype::OHLCV_1H => Some(Length::HOUR),
        rtype::OHLCV_1D => Some(Length::DAY),
        _ => None,
    }
}

/// A record by the two words that all of them begin with.
fn record(head: [u8; 8], ts_event: [u8; 8], what: What<'static>) -> Record {
    let [_, _, _, _, instrument_id @ ..] = head;
    let instrument_id = u32::from_le_bytes(instrument_id);
    Record { name: None, instrument_id, ts_event: i64::from_le_bytes(ts_event), what }
}

/// The trade in the words of a record: price; lots, action, side, flags, depth; received; delay, sequence.
fn trade([_, _, price, event, received, counts]: [[u8; 8]; TRADE_WORDS]) -> Trade<'static> {
    let [l0, l1, l2, l3, _, side, _, _] = event;
    let [_, _, _, _, sequence @ ..] = counts;
    let received = i64::try_from(u64::from_le_bytes(received)).unwrap_or(NONE);
    Trade {
        price: Value::Nano(i64::from_le_bytes(price)),
        lots: Value::Count(u32::from_le_bytes([l0, l1, l2, l3]).into()),
        taker: match side {
            b'B' => 1,
            b'A' => -1,
            _ => NONE,
        },
        stamps: Stamps { received, sequence: u32::from_le_bytes(sequence).into() },
    }
}

/// Reads the metadata: `DBN`, the version, the length, and as many bytes.
fn metadata(file: &str, head: Vec<u8>, rest: &mut dyn BufRead) -> Result<Metadata, TapeError> {
    let at = Place::Record(1);
    let cut = || TapeError::Cut { file: file.to_owned(), at };
    let [_, _, _, version, length @ ..] = <[u8; HEAD]>::try_from(head.as_slice()).map_err(|_| cut())?;
    if !(1..=NEWEST).contains(&version) {
        return Err(TapeError::Foreign { file: file.to_owned(), found: format!("DBN of version {version}") });
    }
    let length = u32::from_le_bytes(length);
    if length > LONGEST_METADATA {
        let reason = format!("a symbology of {length} bytes");
        return Err(TapeError::Damaged { file: file.to_owned(), at, reason });
    }
    let mut bytes = head;
    let read = rest.take(length.into()).read_to_end(&mut bytes).map_err(|e| read_error(file, at, e))?;
    if u32::try_from(read) != Ok(length) {
        return Err(cut());
    }
    let mut decoder = DbnMetadataDecoder::with_upgrade_policy(Cursor::new(bytes), VersionUpgradePolicy::AsIs);
    decoder.decode().map_err(|e| dbn_error(file, at, e))
}

fn dbn_error(file: &str, at: Place, error: dbn::Error) -> TapeError {
    match error {
        dbn::Error::Io { source, .. } => read_error(file, at, source),
        other => TapeError::Damaged { file: file.to_owned(), at, reason: other.to_string() },
    }
}
