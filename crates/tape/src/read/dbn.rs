//! Rows of a Databento DBN file of schema `ohlcv-1m`, versions 1 to 3.
//!
//! Never trusts a quiet end: the decoder of the `dbn` crate takes half a record at the end of a file for its end, so the
//! bytes are counted here. Symbols come from the file's own symbology, by instrument id and time.

use std::io::{BufRead, Cursor, Read};

use dbn::decode::{DbnMetadataDecoder, DbnRecordDecoder};
use dbn::{Metadata, OhlcvMsg, RecordRef, Schema, SymbolMappingMsg, TsSymbolMap, VersionUpgradePolicy};
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

/// An open DBN file.
pub(crate) struct Dbn {
    file: String,
    decoder: DbnRecordDecoder<Counted>,
    symbols: TsSymbolMap,
    /// Bytes of all records decoded so far.
    decoded: u64,
    /// The number of the record read last.
    number: u64,
}

/// Counts the bytes that the decoder takes.
struct Counted {
    input: Box<dyn BufRead + Send>,
    taken: u64,
}

impl Read for Counted {
    fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
        let n = self.input.read(space)?;
        self.taken += n as u64;
        Ok(n)
    }
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
        let damaged = |e: dbn::Error| dbn_error(&file, Place::Record(1), e);
        let symbols = metadata.symbol_map().map_err(damaged)?;
        let input = Counted { input: rest, taken: 0 };
        let as_is = VersionUpgradePolicy::AsIs;
        let decoder = DbnRecordDecoder::with_version(input, metadata.version, as_is, metadata.ts_out)
            .map_err(damaged)?;
        Ok(Dbn { file, decoder, symbols, decoded: 0, number: 0 })
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// The next row, or `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, TapeError> {
        let Some(bar) = self.bar()? else { return Ok(None) };
        let at = Place::Record(self.number);
        let file = self.file.as_str();
        let error = |field, value: u64, fault| TapeError::Field {
            file: file.to_owned(),
            at,
            field,
            value: value.to_string(),
            fault,
        };
        let (time, id) = (bar.hd.ts_event, bar.hd.instrument_id);
        let start = i64::try_from(time).map_err(|_| error("ts_event", time, Fault::NotATime))?;
        let symbol = self.symbols.get_for_ts(time, id);
        let symbol = symbol.ok_or_else(|| error("instrument_id", id.into(), Fault::Unmapped))?;
        let prices = [bar.open, bar.high, bar.low, bar.close].map(Value::Nano);
        let volume = Value::Count(bar.volume);
        Ok(Some(Row { file, at, start: ExchangeTime(start), symbol, prices, volume }))
    }

    /// The next bar; takes in the symbol mappings before it.
    fn bar(&mut self) -> Result<Option<OhlcvMsg>, TapeError> {
        loop {
            self.number += 1;
            let at = Place::Record(self.number);
            let record = self.decoder.decode_ref().map_err(|e| dbn_error(&self.file, at, e))?;
            let Some(record) = record else { return self.end(at) };
            self.decoded += size(&record);
            if let Some(bar) = record.get::<OhlcvMsg>() {
                return Ok(Some(bar.clone()));
            }
            if !is_mapping(&record) {
                let found = format!("a record of type {:#04x} at {at}", record.header().rtype);
                return Err(TapeError::Foreign { file: self.file.clone(), found });
            }
            self.symbols.on_record(record).map_err(|e| dbn_error(&self.file, at, e))?;
        }
    }

    /// The end of the file, unless bytes are left that make no record.
    fn end(&self, at: Place) -> Result<Option<OhlcvMsg>, TapeError> {
        match self.decoder.get_ref().taken == self.decoded {
            true => Ok(None),
            false => Err(TapeError::Cut { file: self.file.clone(), at }),
        }
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

fn size(record: &RecordRef<'_>) -> u64 {
    record.header().record_size() as u64
}

fn is_mapping(record: &RecordRef<'_>) -> bool {
    record.has::<SymbolMappingMsg>() || record.has::<dbn::v1::SymbolMappingMsg>()
}

fn dbn_error(file: &str, at: Place, error: dbn::Error) -> TapeError {
    match error {
        dbn::Error::Io { source, .. } => read_error(file, at, source),
        other => TapeError::Damaged { file: file.to_owned(), at, reason: other.to_string() },
    }
}
