//! The store: what is written comes back, in order, and what is not whole is not seen.
//!
//! Rows are made here; no real market data is read.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::TradingDay;
use stopline_kernel::time::ExchangeTime;
use stopline_tape::store::{Origin, Store, StoreError, Writer};
use stopline_tape::{Cells, Kind, Length, NONE};

const DAY: TradingDay = TradingDay(20_241_105);
const ALL: (ExchangeTime, ExchangeTime) = (ExchangeTime(i64::MIN), ExchangeTime(i64::MAX));

fn es() -> Symbol {
    "ESZ4".parse().unwrap()
}

fn origin(digest: &str) -> Origin {
    Origin { name: "made.csv".to_owned(), digest: digest.to_owned() }
}

/// A quote whose bid is not there in every third row.
fn quote(n: i64) -> Cells {
    let bid = if n % 3 == 0 { (NONE, NONE) } else { (5_000_000_000_000 + n, 1 + n % 7) };
    [n, bid.0, bid.1, 5_000_250_000_000 + n, 2, NONE, n]
}

fn write(root: &Path, digest: &str, kind: Kind, rows: &[Cells]) -> Result<(), StoreError> {
    let mut writer = Writer::new(root, origin(digest))?;
    rows.iter().try_for_each(|cells| writer.put(kind, es(), DAY, *cells))?;
    writer.seal().map(drop)
}

fn read(root: &Path, kind: Kind, from: ExchangeTime, until: ExchangeTime) -> Vec<Cells> {
    let mut rows = Store::open(root).unwrap().rows(kind, es(), from, until).unwrap();
    let (mut batch, mut all) = (Vec::new(), Vec::new());
    while rows.next(&mut batch).unwrap().is_some() {
        all.extend_from_slice(&batch);
    }
    all
}

#[test]
fn rows_of_several_groups_come_back_as_they_were_with_their_empty_cells() {
    let dir = tempfile::tempdir().unwrap();
    let rows: Vec<Cells> = (0..100_000).map(quote).collect();
    write(dir.path(), "aa", Kind::Quotes, &rows).unwrap();
    assert_eq!(read(dir.path(), Kind::Quotes, ALL.0, ALL.1), rows);
    let some = read(dir.path(), Kind::Quotes, ExchangeTime(32_700), ExchangeTime(32_800));
    assert_eq!(some, rows[32_700..32_800]);
}

#[test]
fn nothing_is_seen_before_the_seal_and_nothing_stays_of_an_import_that_ended() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::new(dir.path(), origin("aa")).unwrap();
    writer.put(Kind::Quotes, es(), DAY, quote(1)).unwrap();
    assert_eq!(Store::open(dir.path()).unwrap().contents().unwrap(), []);
    drop(writer);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn the_same_time_from_another_source_is_refused_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let rows: Vec<Cells> = (10..20).map(quote).collect();
    write(dir.path(), "aa", Kind::Quotes, &rows).unwrap();
    let refused = write(dir.path(), "bb", Kind::Quotes, &[quote(19), quote(25)]).unwrap_err();
    assert!(matches!(&refused, StoreError::Overlap { there, .. } if there == "made.csv"), "{refused}");
    write(dir.path(), "bb", Kind::Quotes, &[quote(20), quote(25)]).unwrap();
    write(dir.path(), "aa", Kind::Quotes, &rows).unwrap();
    let times: Vec<i64> = read(dir.path(), Kind::Quotes, ALL.0, ALL.1).iter().map(|row| row[0]).collect();
    assert_eq!(times, (10..20).chain([20, 25]).collect::<Vec<_>>());
}

#[test]
fn contents_count_rows_and_days_of_each_contract() {
    let dir = tempfile::tempdir().unwrap();
    let kind = Kind::Bars(Length::MINUTE);
    let mut writer = Writer::new(dir.path(), origin("aa")).unwrap();
    for (n, day) in [(1, 20_241_104), (2, 20_241_105), (3, 20_241_105)] {
        writer.put(kind, es(), TradingDay(day), [n, 4, 4, 4, 4, 1, NONE]).unwrap();
    }
    writer.seal().unwrap();
    let contents = Store::open(dir.path()).unwrap().contents().unwrap();
    let told: Vec<_> = contents.iter().map(|h| (h.kind, h.rows, h.days, h.first.0, h.last.0)).collect();
    assert_eq!(told, [(kind, 3, 2, 20_241_104, 20_241_105)]);
}

#[test]
fn a_file_that_is_cut_or_of_another_kind_is_named() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "aa", Kind::Quotes, &[quote(1)]).unwrap();
    let store = Store::open(dir.path()).unwrap();
    let path = store.parts(Kind::Quotes, es()).unwrap()[0].path.clone();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    let why = store.parts(Kind::Quotes, es()).unwrap_err().to_string();
    assert!(why.contains(path.to_str().unwrap()) && why.contains("import its source again"), "{why}");

    let trades = path.to_str().unwrap().replace("quotes", "trades");
    fs::create_dir_all(Path::new(&trades).parent().unwrap()).unwrap();
    fs::write(&trades, &bytes).unwrap();
    let why = store.parts(Kind::Trades, es()).unwrap_err().to_string();
    assert!(why.contains("its columns are time, bid"), "{why}");
}

#[test]
fn no_folder_is_no_store() {
    let dir = tempfile::tempdir().unwrap();
    let why = Store::open(&dir.path().join("nothing")).unwrap_err().to_string();
    assert!(why.contains("stopline import"), "{why}");
}
