//! DBN files, written here with the format's own encoder.
//!
//! No market data is needed.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod shared;

use std::num::NonZeroU64;
use std::path::Path;

use dbn::encode::{DbnEncoder, EncodeRecord};
use dbn::{
    MappingInterval, Metadata, OhlcvMsg, RecordHeader, SType, Schema, SymbolMapping, SymbolMappingMsg, rtype,
};
use shared::{file, quarter, time};
use stopline_kernel::num::{Lots, Ticks};
use stopline_tape::{Bars, Fault, Place, TapeBar, TapeError, contents};
use time::{Date, Month};

const NANO: i64 = 1_000_000_000;

fn at(text: &str) -> u64 {
    u64::try_from(time(text).0).unwrap()
}

/// Instrument 7 is ESZ4 on 1 November and ESH5 from the 2nd on.
fn metadata(schema: Option<Schema>) -> Metadata {
    let day = |d| Date::from_calendar_date(2024, Month::November, d).unwrap();
    let mapping = |symbol: &str, from, to| SymbolMapping {
        raw_symbol: symbol.to_owned(),
        intervals: vec![MappingInterval { start_date: day(from), end_date: day(to), symbol: "7".to_owned() }],
    };
    Metadata::builder()
        .dataset("GLBX.MDP3".to_owned())
        .schema(schema)
        .start(at("2024-11-01T00:00:00Z"))
        .end(NonZeroU64::new(at("2024-11-04T00:00:00Z")))
        .stype_in(Some(SType::RawSymbol))
        .stype_out(SType::InstrumentId)
        .symbols(vec!["ESZ4".to_owned(), "ESH5".to_owned()])
        .mappings(vec![mapping("ESZ4", 1, 2), mapping("ESH5", 2, 4)])
        .build()
}

fn bar(id: u32, minute: &str, close: i64) -> OhlcvMsg {
    OhlcvMsg {
        hd: RecordHeader::new::<OhlcvMsg>(rtype::OHLCV_1M, 1, id, at(minute)),
        open: 5750 * NANO,
        high: 5752 * NANO,
        low: 5749 * NANO,
        close,
        volume: 5,
    }
}

fn encode(schema: Option<Schema>, bars: &[OhlcvMsg]) -> Vec<u8> {
    let mut encoder = DbnEncoder::new(Vec::new(), &metadata(schema)).unwrap();
    bars.iter().for_each(|bar| encoder.encode_record(bar).unwrap());
    encoder.get_ref().clone()
}

fn two_days() -> [OhlcvMsg; 3] {
    [
        bar(7, "2024-11-01T13:30:00Z", 5751 * NANO + NANO / 4),
        bar(7, "2024-11-01T13:31:00Z", 5751 * NANO),
        bar(7, "2024-11-02T13:30:00Z", 5751 * NANO),
    ]
}

fn read(path: &Path, symbol: &str) -> Result<Vec<TapeBar>, TapeError> {
    Bars::open(path, Some(symbol.parse().unwrap()), quarter)?.collect()
}

#[test]
fn symbols_follow_the_mappings_by_date_plain_and_zstd() {
    let plain = encode(Some(Schema::Ohlcv1M), &two_days());
    let packed = zstd::encode_all(plain.as_slice(), 1).unwrap();
    for (name, bytes) in [("bars.dbn", plain), ("bars.dbn.zst", packed)] {
        let path = file(name, &bytes);
        let es = read(&path, "ESZ4").unwrap();
        assert_eq!(es.len(), 2, "{name}");
        let first = es.first().unwrap();
        assert_eq!(first.start, time("2024-11-01T13:30:00Z"));
        assert_eq!((first.open, first.close, first.volume), (Ticks(23_000), Ticks(23_005), Lots(5)));
        assert_eq!(read(&path, "ESH5").unwrap().len(), 1);
        let counts: Vec<u64> = contents(&path).unwrap().iter().map(|c| c.rows).collect();
        assert_eq!(counts, [1, 2]);
    }
}

/// A file whose bar is named by a mapping record before it.
fn encode_mapping() -> Vec<u8> {
    let (from, to) = (at("2024-11-01T00:00:00Z"), at("2024-11-02T00:00:00Z"));
    let raw = SType::RawSymbol;
    let mapping = SymbolMappingMsg::new(9, from, raw, "NQZ4", raw, "NQZ4", from, to).unwrap();
    let mut encoder = DbnEncoder::new(Vec::new(), &metadata(Some(Schema::Ohlcv1M))).unwrap();
    encoder.encode_record(&mapping).unwrap();
    encoder.encode_record(&bar(9, "2024-11-01T13:30:00Z", 5751 * NANO)).unwrap();
    encoder.get_ref().clone()
}

#[test]
fn mapping_records_in_the_stream_name_instruments_too() {
    assert_eq!(read(&file("mapped.dbn", &encode_mapping()), "NQZ4").unwrap().len(), 1);
}

#[test]
fn an_instrument_without_a_symbol_is_refused() {
    let path =
        file("stray.dbn", &encode(Some(Schema::Ohlcv1M), &[bar(8, "2024-11-01T13:30:00Z", 5751 * NANO)]));
    let error = contents(&path).unwrap_err();
    assert!(
        matches!(error, TapeError::Field { field: "instrument_id", fault: Fault::Unmapped, .. }),
        "{error}"
    );
}

#[test]
fn a_bad_value_is_named_with_its_record_and_field() {
    let refused = |change: fn(&mut OhlcvMsg)| {
        let mut bars = two_days();
        bars.iter_mut().skip(1).take(1).for_each(change);
        read(&file("bad.dbn", &encode(Some(Schema::Ohlcv1M), &bars)), "ESZ4").unwrap_err().to_string()
    };
    for (change, want) in [
        (
            (|b| b.close += 1) as fn(&mut OhlcvMsg),
            "close = \"5751000000001e-9\": the price lies between two ticks",
        ),
        (|b| b.low = i64::MAX, "low = \"none\": not a plain decimal number"),
        (|b| b.high = 5748 * NANO, "high = \"5748.00\": below the low 5749.00"),
        (|b| b.volume = u64::MAX, "volume = \"18446744073709551615\": not a whole number"),
        (|b| b.hd.ts_event -= 60 * 1_000_000_000, "not after the bar before it (2024-11-01T13:30:00Z)"),
        (
            |b| b.hd.ts_event += 1,
            "ts_event = \"2024-11-01T13:31:00.000000001Z\": not the start of a bar of 1m",
        ),
        (|b| b.hd.ts_event = u64::MAX, "ts_event = \"18446744073709551615\": no moment of time"),
    ] {
        let error = refused(change);
        assert!(error.contains("bad.dbn, record 2: ") && error.contains(want), "{want}: {error}");
    }
}

#[test]
fn another_schema_is_called_by_its_name() {
    for (schema, want) in [
        (Some(Schema::Mbo), "Databento records of schema mbo"),
        (Some(Schema::Imbalance), "Databento records of schema imbalance"),
        (None, "Databento records of mixed schemas"),
    ] {
        let error = contents(&file("foreign.dbn", &encode(schema, &[]))).unwrap_err();
        assert!(matches!(&error, TapeError::Foreign { found, .. } if found == want), "{error}");
        assert!(error.to_string().contains("versions 1 to 3; bars, trades, mbp-1 or definitions"), "{error}");
    }
    let mut other = bar(7, "2024-11-01T13:30:00Z", 5751 * NANO);
    other.hd.rtype = rtype::OHLCV_1H;
    let error = contents(&file("hours.dbn", &encode(Some(Schema::Ohlcv1M), &[other]))).unwrap_err();
    assert!(matches!(error, TapeError::Foreign { .. }), "{error}");
}

#[test]
fn a_file_cut_anywhere_is_never_read_as_whole() {
    let plain = encode(Some(Schema::Ohlcv1M), &two_days());
    let metadata = encode(Some(Schema::Ohlcv1M), &[]).len();
    let packed = zstd::encode_all(plain.as_slice(), 1).unwrap();
    for length in 1..packed.len() {
        assert!(
            contents(&file("cut.dbn.zst", packed.get(..length).unwrap())).is_err(),
            "zstd cut at {length}"
        );
    }
    for length in 1..plain.len() {
        let whole_record = length > metadata && (length - metadata).is_multiple_of(size_of::<OhlcvMsg>());
        let path = file("cut.dbn", plain.get(..length).unwrap());
        assert!(whole_record || contents(&path).is_err(), "cut at {length}");
    }
    let error = contents(&file("tail.dbn", plain.get(..plain.len() - 1).unwrap())).unwrap_err();
    assert!(matches!(error, TapeError::Cut { at: Place::Record(3), .. }), "{error}");
}

#[test]
fn a_newer_version_is_refused_by_number() {
    let mut bytes = encode(Some(Schema::Ohlcv1M), &two_days());
    *bytes.get_mut(3).unwrap() = 4;
    let error = contents(&file("newer.dbn", &bytes)).unwrap_err();
    assert!(error.to_string().contains("holds DBN of version 4"), "{error}");
}

#[test]
fn flipped_bytes_never_panic() {
    for plain in [encode(Some(Schema::Ohlcv1M), &two_days()), encode_mapping()] {
        for at in 0..plain.len() {
            for flip in [0x01, 0x04, 0x80, 0xff] {
                let mut bytes = plain.clone();
                *bytes.get_mut(at).unwrap() ^= flip;
                let _ = contents(&file("flipped.dbn", &bytes));
            }
        }
    }
}
