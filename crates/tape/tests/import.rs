//! Imports: what goes in comes out, what is left out is counted, and what cannot be believed is refused whole.
//!
//! The counts of real files were made by other means; a test without its file says that it is skipped.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod shared;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use jiff::tz::TimeZone;
use shared::{shared, time};
use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::TradingDay;
use stopline_tape::import::{ImportError, Imported, Known, LeftOut};
use stopline_tape::store::Store;
use stopline_tape::{Kind, Length, Reading, import};

const BARS: Kind = Kind::Bars(Length::MINUTE);
const HEADER: &str = "ts_event,symbol,open,high,low,close,volume\n";

fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

fn into(dir: &Path, file: &Path, reading: &Reading) -> Result<Imported, ImportError> {
    import(file, &dir.join("tapes"), reading, &mut |_| ())
}

/// Imports a text file; the folder is gone afterwards.
fn text(text: &str, reading: &Reading) -> Result<Imported, ImportError> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("made.csv");
    fs::write(&file, text).unwrap();
    let result = into(dir.path(), &file, reading);
    if result.is_err() {
        let left = Store::open(&dir.path().join("tapes")).map_or(Ok(Vec::new()), |store| store.contents());
        assert_eq!(left.unwrap(), [], "nothing of a refused file is in the store");
    }
    result
}

/// `count` minutes of ESZ4 from a time on.
fn minutes(from: &str, count: i64) -> String {
    (0..count).fold(HEADER.to_owned(), |mut text, n| {
        let at = jiff::Timestamp::from_nanosecond(i128::from(time(from).0 + n * 60_000_000_000)).unwrap();
        writeln!(text, "{at},ESZ4,5750.25,5751,5750,5750.5,{n}").unwrap();
        text
    })
}

#[test]
fn bars_are_kept_by_trading_day_with_their_gaps_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("made.csv");
    let spread = "2024-11-04T21:59:00Z,ESZ4-ESH5,-50.05,-50,-50.05,-50,1\n";
    let body =
        minutes("2024-11-04T21:50:00Z", 10) + spread + &minutes("2024-11-04T23:03:00Z", 5)[HEADER.len()..];
    fs::write(&file, &body).unwrap();
    let done = into(dir.path(), &file, &Reading::default()).unwrap();
    assert_eq!((done.rows, done.parts, done.known), (16, 2, false));
    assert_eq!(done.left_out.into_iter().collect::<Vec<_>>(), [(LeftOut::Spread, 1)]);
    let series = &done.series[&(BARS, symbol("ESZ4"))];
    assert_eq!(
        (series.rows, series.first, series.last),
        (15, TradingDay(20_241_104), TradingDay(20_241_105))
    );
    assert_eq!((series.gaps, series.missing), (Some(1), 3 * 60_000_000_000), "three minutes after the break");

    let store = Store::open(&dir.path().join("tapes")).unwrap();
    let es = stopline_calendar::instrument("ESZ4", TradingDay(20_241_101), TradingDay(20_241_130)).unwrap();
    let mut bars = Vec::new();
    let (from, until) = (time("2024-11-04T23:00:00Z"), time("2024-11-05T00:00:00Z"));
    store.typed(BARS, &es, from, until).unwrap().bars(&mut bars).unwrap();
    assert_eq!(bars.len(), 5);
    assert_eq!(
        (bars[0].start, bars[0].open, bars[0].volume.0),
        (time("2024-11-04T23:03:00Z"), es.price("5750.25").unwrap(), 0)
    );

    assert!(
        into(dir.path(), &file, &Reading::default()).unwrap().known,
        "the same file again changes nothing"
    );
    fs::write(&file, body.replace("5750.5,", "5750.75,")).unwrap();
    let again = into(dir.path(), &file, &Reading::default()).unwrap_err();
    assert!(again.to_string().contains("already has rows of this time, from made.csv"), "{again}");
}

#[test]
fn every_unsound_row_is_named_with_its_mend() {
    let sound = minutes("2024-11-04T15:00:00Z", 2);
    for (row, want) in [
        (
            "2024-11-04T15:01:00Z,ESZ4,5750,5751,5750,5750,1",
            "line 4: ts_event = \"2024-11-04T15:01:00Z\": not after",
        ),
        ("2024-11-04T15:02:30Z,ESZ4,5750,5751,5750,5750,1", "not the start of a bar of 1m"),
        (
            "2024-11-04T15:02:00Z,ESZ4,5750.1,5751,5750,5750,1",
            "open = \"5750.1\": the price lies between two ticks",
        ),
        ("2024-11-04T15:02:00Z,ESZ4,5750,5749,5750,5750,1", "high = \"5749.00\": below the low"),
        ("2024-11-04T15:02:00Z,ESZ4,5750,5751,5750,5750,-1", "volume = \"-1\": a volume below zero"),
        ("2024-11-04T15:02:00Z,ESZ4,5750,5751,5750,5750", "6 columns where the header has 7"),
        ("2024-11-04 15:02,ESZ4,5750,5751,5750,5750,1", "for local times name their --zone"),
        ("2024-11-04T15:02:00Z,,5750,5751,5750,5750,1", "symbol = \"\": no symbol"),
    ] {
        let why = text(&format!("{sound}{row}\n"), &Reading::default()).unwrap_err().to_string();
        assert!(why.contains("made.csv") && why.contains(want), "{row}: {why}");
    }
    let cut = sound.trim_end();
    assert!(text(cut, &Reading::default()).unwrap_err().to_string().contains("cut short at line 3"));
    assert!(text("", &Reading::default()).unwrap_err().to_string().contains("fetch it again"));
    assert!(text(HEADER, &Reading::default()).unwrap_err().to_string().contains("holds no bars"));
    assert!(
        text("date,price_usd\n1,2\n", &Reading::default())
            .unwrap_err()
            .to_string()
            .contains("no column open")
    );
    let long = format!("{sound}{}\n", "x".repeat(5_000));
    assert!(
        text(&long, &Reading::default()).unwrap_err().to_string().contains("no line break within 4096 bytes")
    );
}

#[test]
fn a_file_of_another_zone_is_refused_and_read_when_its_zone_is_named() {
    let day = |zone: &str| {
        let zone = TimeZone::get(zone).unwrap();
        let open = time("2024-11-04T23:00:00Z").0;
        (0..1_380).fold(HEADER.to_owned(), |mut text, n| {
            let at = jiff::Timestamp::from_nanosecond(i128::from(open + n * 60_000_000_000)).unwrap();
            let local = at.to_zoned(zone.clone()).datetime();
            writeln!(text, "{local},ESZ4,5750,5751,5750,5750,1").unwrap();
            text
        })
    };
    let said = |name: &str| Reading { zone: Some(TimeZone::get(name).unwrap()), ..Reading::default() };
    let chicago = day("America/Chicago");
    let wrong = text(&chicago, &said("UTC")).unwrap_err();
    assert!(matches!(wrong, ImportError::OutsideSessions { outside: 60, rows: 1_380, .. }), "{wrong}");
    assert!(wrong.to_string().contains("say --zone NAME"), "{wrong}");
    let right = text(&chicago, &said("America/Chicago")).unwrap();
    assert_eq!(right.series[&(BARS, symbol("ESZ4"))].gaps, Some(0));
    let twice = format!("{HEADER}2024-11-03T01:30:00,ESZ4,5750,5751,5750,5750,1\n");
    let why = text(&twice, &said("America/Chicago")).unwrap_err().to_string();
    assert!(why.contains("a local time that America/Chicago skips or has twice"), "{why}");
}

#[test]
fn bars_of_five_minutes_are_not_taken_for_bars_of_one() {
    let fives = (0..200).fold(HEADER.to_owned(), |mut text, n| {
        let at = jiff::Timestamp::from_nanosecond(i128::from(
            time("2024-11-04T23:00:00Z").0 + n * 300_000_000_000,
        ));
        writeln!(text, "{},ESZ4,5750,5751,5750,5750,1", at.unwrap()).unwrap();
        text
    });
    let why = text(&fives, &Reading::default()).unwrap_err().to_string();
    assert!(why.contains("no two bars of ESZ4 are nearer than 300 s"), "{why}");
    let five: Length = "5m".parse().unwrap();
    let read = text(&fives, &Reading { length: five, ..Reading::default() }).unwrap();
    assert_eq!(read.series[&(Kind::Bars(five), symbol("ESZ4"))].rows, 200);
}

#[test]
fn quotes_and_trades_come_from_their_columns_and_a_missing_side_stays_missing() {
    let quotes = "ts,symbol,bid_px_00,ask_px_00,bid_sz_00,ask_sz_00\n\
                  2024-11-04 15:00:00+00:00,ESZ4,5750.25,5750.50,3,4\n\
                  2024-11-04 15:00:00+00:00,ESZ4,,5750.50,0,4\n";
    assert_eq!(text(quotes, &Reading::default()).unwrap().series[&(Kind::Quotes, symbol("ESZ4"))].rows, 2);
    let back = quotes.replace("15:00:00+00:00,ESZ4,,", "14:59:59+00:00,ESZ4,,");
    assert!(text(&back, &Reading::default()).unwrap_err().to_string().contains("before the row before it"));

    let trades = "ts_utc_ms,price\n1730732400000,5750.25\n1730732400000,5750.50\n";
    let told = Reading { symbol: Some("ESZ4".to_owned()), lots: Some(1), ..Reading::default() };
    assert_eq!(text(trades, &told).unwrap().series[&(Kind::Trades, symbol("ESZ4"))].rows, 2);
    let sides = "ts_event,symbol,price,size,side\n2024-11-04T15:00:00Z,ESZ4,5750.25,1,X\n";
    assert!(text(sides, &Reading::default()).unwrap_err().to_string().contains("side = \"X\": no side"));
    let nothing = "ts_event,symbol,price,size\n2024-11-04T15:00:00Z,ESZ4,5750.25,0\n";
    assert!(text(nothing, &Reading::default()).unwrap_err().to_string().contains("a trade of no contracts"));
}

#[test]
fn an_unknown_contract_is_kept_and_said_to_be_unchecked() {
    let rows = minutes("2024-11-04T15:00:00Z", 3).replace("ESZ4", "XYZM5").replace("5750.5,", "5750.51,");
    let done = text(&rows, &Reading::default()).unwrap();
    assert_eq!(done.unchecked.into_iter().collect::<Vec<_>>(), [(symbol("XYZM5"), Known::Nothing)]);
    assert_eq!(done.series[&(BARS, symbol("XYZM5"))].gaps, None);
}

/// Rows, rows by contract, and files; then the same file again.
fn real(test: &str, path: &str, reading: &Reading) -> Option<Imported> {
    let file = shared(test, path)?;
    let dir = tempfile::tempdir().unwrap();
    let done = into(dir.path(), &file, reading).unwrap();
    let store = Store::open(&dir.path().join("tapes")).unwrap();
    for held in store.contents().unwrap() {
        assert_eq!(held.rows, done.series[&(held.kind, held.symbol)].rows, "{held:?}");
    }
    assert!(into(dir.path(), &file, reading).unwrap().known);
    Some(done)
}

#[test]
fn es_2020_imports_with_its_counts() {
    let test = "es_2020_imports_with_its_counts";
    let bars = "es_2020/es_ohlcv1m_dev_20200224-20200311.csv.zst";
    let Some(done) = real(test, bars, &Reading::default()) else { return };
    assert_eq!(done.rows, 43_867);
    assert_eq!(done.series[&(BARS, symbol("ESH0"))].rows, 17_134);
    let quotes = "es_2020/es_bbo1m_dev_20200224-20200311.csv.zst";
    let Some(done) = real(test, quotes, &Reading::default()) else { return };
    assert_eq!(done.rows, 21_312);
}

#[test]
fn november_2024_imports_with_its_counts() {
    let test = "november_2024_imports_with_its_counts";
    let file = "es_nq_2024_2025/glbx-mdp3-20241101-20241130.ohlcv-1m.dbn.zst";
    let Some(done) = real(test, file, &Reading::default()) else { return };
    assert_eq!(done.rows, 77_259);
    assert_eq!(done.series[&(BARS, symbol("ESZ4"))].rows, 28_393);
    assert_eq!(done.series[&(BARS, symbol("NQZ4"))].rows, 28_395);
    let told: u64 = done.left_out.values().sum::<u64>() + done.series.values().map(|s| s.rows).sum::<u64>();
    assert_eq!(told, done.rows, "every row is written or counted as left out");
}

#[test]
fn databentos_samples_of_every_schema_import() {
    let test = "databentos_samples_of_every_schema_import";
    let sample = |name: &str| format!("databento_samples/{name}");
    let trades = sample("futures_trades_2024-07-01T23-58_2024-07-02T00-02.dbn.zst");
    let Some(trades) = real(test, &trades, &Reading::default()) else { return };
    let top = sample("futures_mbp-1_2024-07-01T23-58_2024-07-02T00-02.dbn.zst");
    let Some(top) = real(test, &top, &Reading::default()) else { return };
    let es = symbol("ESU4");
    assert_eq!(top.series[&(Kind::Quotes, es)].rows, top.rows);
    assert_eq!(
        top.series[&(Kind::Trades, es)].rows,
        trades.series[&(Kind::Trades, es)].rows,
        "the trades within the book's events are those of the other file"
    );
    let definitions = sample("definition-glbx-es-fut.dbn.zst");
    let Some(definitions) = real(test, &definitions, &Reading::default()) else { return };
    assert!(definitions.series.keys().all(|(kind, _)| *kind == Kind::Definitions), "{definitions:?}");
}

#[test]
fn bars_stamped_with_their_end_are_kept_by_their_start() {
    let test = "bars_stamped_with_their_end_are_kept_by_their_start";
    let file = "databento_samples/6EH4.XCME_1min_bars_20240101_20240131.csv.gz";
    let zone = Some(TimeZone::UTC);
    let reading = Reading { ends: true, zone, symbol: Some("6EH4".to_owned()), ..Reading::default() };
    let Some(done) = real(test, file, &reading) else { return };
    assert_eq!(done.rows, 29_996);
    let series = &done.series[&(BARS, symbol("6EH4"))];
    assert_eq!((series.rows, series.first), (29_996, TradingDay(20_240_102)));
}
