//! CSV files: what is read, and what is refused with which words.
//!
//! Every file is written here; no market data is needed.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod shared;

use std::io::Write;
use std::path::Path;

use shared::{file, quarter, time};
use stopline_kernel::num::{Lots, Ticks};
use stopline_tape::{Bars, Fault, Length, Place, TapeBar, TapeError, contents};

const HEADER: &str = "ts_event,symbol,open,high,low,close,volume\n";
const ROWS: &str = "\
2024-11-01T13:30:00Z,ESH5,5800.00,5800.25,5799.75,5800.00,3
2024-11-01T13:30:00Z,ESZ4,5750.25,5752.00,5750,5751.5,120
2024-11-01T13:30:00Z,ESZ4-ESH5,60.35,60.40,60.30,60.35,9
2024-11-01T13:31:00.000000000Z,ESZ4,5751.50,5751.75,5749.00,5749.25,98
";

fn read(path: &Path, symbol: Option<&str>) -> Result<Vec<TapeBar>, TapeError> {
    Bars::open(path, symbol.map(|s| s.parse().unwrap()), quarter)?.collect()
}

/// What reading ESZ4 says about a file with the header and `rows`.
fn refused(name: &str, rows: &str) -> TapeError {
    read(&file(name, format!("{HEADER}{rows}").as_bytes()), Some("ESZ4")).unwrap_err()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

#[test]
fn one_symbol_is_read_exactly_plain_gzip_and_zstd() {
    let text = format!("{HEADER}{ROWS}");
    for (name, bytes) in [
        ("plain.csv", text.clone().into_bytes()),
        ("packed.csv.gz", gzip(text.as_bytes())),
        ("packed.csv.zst", zstd(text.as_bytes())),
        ("dos.csv", text.replace('\n', "\r\n").into_bytes()),
    ] {
        let bars = read(&file(name, &bytes), Some("ESZ4")).unwrap();
        assert_eq!(bars.len(), 2, "{name}");
        let first = TapeBar {
            start: time("2024-11-01T13:30:00Z"),
            symbol: "ESZ4".parse().unwrap(),
            open: Ticks(23_001),
            high: Ticks(23_008),
            low: Ticks(23_000),
            close: Ticks(23_006),
            volume: Lots(120),
        };
        assert_eq!(bars.first(), Some(&first), "{name}");
    }
}

#[test]
fn columns_may_stand_in_any_order_beside_others() {
    let text = "close,rtype,volume,symbol,low,high,open,ts_event\n\
                5751.5,33,7,ESZ4,5750,5752,5750.25,2024-11-01T13:30:00Z\n";
    let bars = read(&file("order.csv", text.as_bytes()), None).unwrap();
    assert_eq!(
        bars.first().map(|b| (b.open, b.close, b.volume)),
        Some((Ticks(23_001), Ticks(23_006), Lots(7)))
    );
}

#[test]
fn contents_lists_every_symbol() {
    let list = contents(&file("contents.csv", format!("{HEADER}{ROWS}").as_bytes())).unwrap();
    let names: Vec<(&str, u64)> = list.iter().map(|c| (c.symbol.as_str(), c.rows)).collect();
    assert_eq!(names, [("ESH5", 1), ("ESZ4", 2), ("ESZ4-ESH5", 1)]);
    let es = list.get(1).unwrap();
    assert_eq!((es.first, es.last), (time("2024-11-01T13:30:00Z"), time("2024-11-01T13:31:00Z")));
}

#[test]
fn a_bad_value_is_named_with_its_line_and_field() {
    let minute = "2024-11-01T13:30:00Z";
    for (rest, want) in [
        ("5750.30,5752,5750,5751,1", "open = \"5750.30\": the price lies between two ticks; check the file"),
        ("5750,nan,5750,5751,1", "high = \"nan\": not a plain decimal number"),
        ("5750,5752,,5751,1", "low = \"\": not a plain decimal number"),
        ("5750,5752,5750,5e3,1", "close = \"5e3\": not a plain decimal number"),
        ("5750,5752,5750,5751,-1", "volume = \"-1\": a volume below zero"),
        ("5750,5752,5750,5751,1.5", "volume = \"1.5\": not a whole number of contracts"),
        ("5750,5749,5750,5751,1", "high = \"5749.00\": below the low 5750.00; correct the row"),
        ("5749.75,5752,5750,5751,1", "open = \"5749.75\": outside the row's range, 5750.00 to 5752.00"),
        ("5750,5752,5750,5752.25,1", "close = \"5752.25\": outside the row's range"),
        (
            "5750,5752,5750,5751",
            "columns = \"2024-11-01T13:30:00Z,ESZ4,5750,5752,5750,5751\": 6 columns where the",
        ),
    ] {
        let error = refused("bad.csv", &format!("{minute},ESZ4,{rest}\n")).to_string();
        assert!(error.contains(&format!("bad.csv, line 2: {want}")), "{rest}: {error}");
    }
}

#[test]
fn times_are_whole_minutes_that_rise() {
    let row = |time: &str| format!("{time},ESZ4,5750,5752,5750,5751,1\n");
    let fault = |rows: &str| match refused("times.csv", rows) {
        TapeError::Field { at, field: "ts_event", fault, .. } => (at, fault),
        other => unreachable!("{other}"),
    };
    let first = row("2024-11-01T13:30:00Z");
    assert_eq!(fault(&row("2024-11-01 13h30")), (Place::Line(2), Fault::NotATime));
    assert_eq!(fault(&row("1500-01-01T00:00:00Z")), (Place::Line(2), Fault::NotATime));
    assert_eq!(
        fault(&row("2024-11-01T13:30:01Z")),
        (Place::Line(2), Fault::NotAStart { length: Length::MINUTE })
    );
    let previous = "2024-11-01T13:30:00Z".to_owned();
    let late = (Place::Line(3), Fault::NotAfter { previous });
    assert_eq!(fault(&format!("{first}{first}")), late);
    assert_eq!(fault(&format!("{first}{}", row("2024-11-01T13:29:00Z"))), late);
}

#[test]
fn after_an_error_there_is_nothing_more() {
    let good = "2024-11-01T13:30:00Z,ESZ4,5750,5752,5750,5751,1\n";
    let bad = "2024-11-01T13:31:00Z,ESZ4,5750,5752,5750,x,1\n";
    let later = "2024-11-01T13:32:00Z,ESZ4,5750,5752,5750,5751,1\n";
    let path = file("fused.csv", format!("{HEADER}{good}{bad}{later}").as_bytes());
    let mut bars = Bars::open(&path, None, quarter).unwrap();
    assert!(matches!(bars.next(), Some(Ok(_))));
    assert!(matches!(bars.next(), Some(Err(_))));
    assert!(bars.next().is_none());
}

#[test]
fn an_unknown_symbol_lists_the_nearest_ones() {
    let error = read(&file("unknown.csv", format!("{HEADER}{ROWS}").as_bytes()), Some("ESU4")).unwrap_err();
    let TapeError::UnknownSymbol { nearest, .. } = &error else { unreachable!("{error}") };
    assert_eq!(nearest, &["ESZ4", "ESH5", "ESZ4-ESH5"]);
    assert!(error.to_string().ends_with("are ESZ4, ESH5, ESZ4-ESH5: name one of them"), "{error}");
}

#[test]
fn without_a_symbol_the_file_must_hold_only_one() {
    let error = read(&file("several.csv", format!("{HEADER}{ROWS}").as_bytes()), None).unwrap_err();
    assert!(
        matches!(&error, TapeError::SeveralSymbols { first, second, .. } if first == "ESH5" && second == "ESZ4")
    );
}

#[test]
fn empty_files_are_refused() {
    for (name, bytes) in
        [("empty.csv", Vec::new()), ("header.csv", HEADER.into()), ("empty.csv.zst", zstd(b""))]
    {
        let path = file(name, &bytes);
        assert!(matches!(read(&path, Some("ESZ4")), Err(TapeError::Empty { .. })), "{name}");
        assert!(matches!(contents(&path), Err(TapeError::Empty { .. })), "{name}");
    }
}

#[test]
fn a_file_cut_anywhere_is_never_read_as_whole() {
    let text = format!("{HEADER}{ROWS}");
    for (name, bytes) in [
        ("cut.csv", text.clone().into_bytes()),
        ("cut.csv.gz", gzip(text.as_bytes())),
        ("cut.csv.zst", zstd(text.as_bytes())),
    ] {
        for length in 1..bytes.len() {
            let part = bytes.get(..length).unwrap();
            let at_line_end = name == "cut.csv" && part.ends_with(b"\n");
            let path = file(name, part);
            assert!(at_line_end || contents(&path).is_err(), "{name} cut at {length}");
        }
    }
    let error = refused("cut2.csv", ROWS.trim_end());
    assert!(matches!(error, TapeError::Cut { at: Place::Line(5), .. }), "{error}");
}

#[test]
fn other_things_are_called_what_they_are() {
    let said = |name: &str, bytes: &[u8]| contents(&file(name, bytes)).unwrap_err().to_string();
    let bars = "timestamp_utc,open,high,low,close,volume\n2024-01-01 23:01:00,1,1,1,1,1\n";
    assert!(
        said("6e.csv", bars.as_bytes())
            .contains("holds no column symbol (or say --symbol) in its first line \"timestamp_utc,")
    );
    assert!(said("binary", &[0xff_u8, 0xfe, b'\n']).contains("holds neither DBN nor text"));
    assert!(said("long", &vec![b'x'; 10_000]).contains("no line break within 4096 bytes at line 1"));
    assert!(matches!(contents(Path::new("no such file")), Err(TapeError::Open { .. })));
}
