//! Rows of a Databento DBN file of schema `ohlcv-1m`, versions 1 to 3.
//!
//! The `dbn` crate reads the metadata and the symbology. The records are framed here, because that crate's decoder takes
//! half a record at the end of a file for its end, and panics where a damaged length puts a record off its alignment.
//! Symbols come from the file's own symbology, by instrument id and time; no name is ever guessed.

use std::io::{self, BufRead, Cursor, Read};

use dbn::decode::{DbnMetadataDecoder, DbnRecordDecoder};
use dbn::{Metadata, Schema, TsSymbolMap, VersionUpgradePolicy, rtype};
use stopline_kernel::time::ExchangeTime;

use super::file::{HEAD, Opened, read_error};
use super::row::{Row, Value};
use crate::error::{Fault, Place, TapeError};

/// How a DBN file begins.
pub(super) const MAGIC: &[u8] = b"DBN";
/// The newest version that this reads.
const NEWEST: u8 = 3;
/// The longest symbology that is believed, in bytes; a month of ES and NQ has about 10 000.
const LONGEST_METADATA: u32 = 1 << 26;

/// Every record begins with 16 bytes: length, type, publisher, instrument id, time.
const RECORD_HEAD: usize = 16;
/// A bar is seven words of eight bytes, the head among them; the time of sending may follow.
const BAR_WORDS: usize = 7;

/// An open DBN file.
pub(crate) struct Dbn {
    file: String,
    input: Box<dyn BufRead + Send>,
    version: u8,
    symbols: TsSymbolMap,
    /// The record read last; at most 1 020 bytes.
    record: Vec<u8>,
    /// Its number.
    number: u64,
}

/// A bar as the file has it.
struct Bar {
    instrument_id: u32,
    /// Nanoseconds since the Unix epoch; negative for none.
    ts_event: i64,
    /// Open, high, low, close in units of 1e-9.
    prices: [i64; 4],
    volume: u64,
}

impl Dbn {
    /// Reads the metadata and checks that bars follow.
    pub(super) fn new(opened: Opened) -> Result<Dbn, TapeError> {
        let Opened { file, head, mut rest } = opened;
        let metadata = metadata(&file, head, &mut rest)?;
        let foreign = |found| Err(TapeError::Foreign { file: file.clone(), found });
        match metadata.schema {
            Some(Schema::Ohlcv1M) => {}
            Some(other) => return foreign(format!("Databento records of schema {other}")),
            None => return foreign("Databento records of mixed schemas".to_owned()),
        }
        let symbols = metadata.symbol_map().map_err(|e| dbn_error(&file, Place::Record(1), e))?;
        Ok(Dbn { file, input: rest, version: metadata.version, symbols, record: Vec::new(), number: 0 })
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// The next row, or `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, TapeError> {
        let Some(bar) = self.bar()? else { return Ok(None) };
        let at = Place::Record(self.number);
        let file = self.file.as_str();
        let error = |field, value: String, fault| {
            let file = file.to_owned();
            TapeError::Field { file, at, field, value, fault }
        };
        if bar.ts_event < 0 {
            return Err(error("ts_event", bar.ts_event.cast_unsigned().to_string(), Fault::NotATime));
        }
        let symbol = self.symbols.get_for_ts(bar.ts_event.unsigned_abs(), bar.instrument_id);
        let symbol =
            symbol.ok_or_else(|| error("instrument_id", bar.instrument_id.to_string(), Fault::Unmapped))?;
        let (start, volume) = (ExchangeTime(bar.ts_event), Value::Count(bar.volume));
        Ok(Some(Row { file, at, start, symbol, prices: bar.prices.map(Value::Nano), volume }))
    }

    /// The next bar; takes in the symbol mappings before it.
    fn bar(&mut self) -> Result<Option<Bar>, TapeError> {
        while self.advance()? {
            match self.record.get(1).copied() {
                Some(rtype::OHLCV_1M) => return self.decode_bar().map(Some),
                Some(rtype::SYMBOL_MAPPING) => self.map_symbol()?,
                other => {
                    let found = format!("a record of type {:#04x} at {}", other.unwrap_or(0), self.at());
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

    /// The record as a bar.
    fn decode_bar(&self) -> Result<Bar, TapeError> {
        let (words, _) = self.record.as_chunks::<8>();
        let words: Option<&[[u8; 8]; BAR_WORDS]> = words.first_chunk();
        let Some(words) = words else {
            return Err(self.damaged(format!("a bar of {} bytes", self.record.len())));
        };
        let [head, ts_event, open, high, low, close, volume] = *words;
        let [_, _, _, _, instrument_id @ ..] = head;
        Ok(Bar {
            instrument_id: u32::from_le_bytes(instrument_id),
            ts_event: i64::from_le_bytes(ts_event),
            prices: [open, high, low, close].map(i64::from_le_bytes),
            volume: u64::from_le_bytes(volume),
        })
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
