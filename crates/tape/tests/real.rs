//! Real bars, where they are present: what the files hold, and whether the calendar agrees with the market.
//!
//! Never fails for want of data: a test without its file says that it is skipped. The counts were made by other means.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod shared;

use std::collections::BTreeMap;
use std::path::Path;

use shared::{from_calendar, shared};
use stopline_calendar::front_contract;
use stopline_kernel::instrument::{Instrument, Session, TradingDay};
use stopline_tape::{Bars, TapeBar, TapeError, contents};

const ES_2020: &str = "es_2020/es_ohlcv1m_dev_20200224-20200311.csv.zst";
const MINUTE: i64 = 60_000_000_000;

fn month(name: &str) -> String {
    format!("es_nq_2024_2025/glbx-mdp3-{name}.ohlcv-1m.dbn.zst")
}

fn read(path: &Path, symbol: &str) -> (Instrument, Vec<TapeBar>) {
    let bars = Bars::open(path, Some(symbol.parse().unwrap()), from_calendar).unwrap();
    (bars.instrument().clone(), bars.map(Result::unwrap).collect())
}

#[test]
fn es_2020_reads_whole() {
    let Some(path) = shared("es_2020_reads_whole", ES_2020) else { return };
    let rows: u64 = contents(&path).unwrap().iter().map(|c| c.rows).sum();
    assert_eq!(rows, 43_867);
    let (es, bars) = read(&path, "ESH0");
    assert_eq!(bars.len(), 17_134);
    assert!(bars.iter().all(|b| es.sessions.at(b.start).is_some()), "every bar lies in a session");
    let limit_down = es.price("2819.00").unwrap();
    assert!(bars.iter().any(|b| b.low == limit_down), "locked limit down on 9 March");
}

#[test]
fn november_2024_reads_whole() {
    let Some(path) = shared("november_2024_reads_whole", &month("20241101-20241130")) else { return };
    let rows: u64 = contents(&path).unwrap().iter().map(|c| c.rows).sum();
    assert_eq!(rows, 77_259);
    let (es, bars) = read(&path, "ESZ4");
    assert_eq!(bars.len(), 28_393);
    let (low, high) = (es.price("5700").unwrap(), es.price("6100").unwrap());
    assert!(bars.iter().all(|b| low < b.low && b.high < high));
    let (_, nq) = read(&path, "NQZ4");
    assert_eq!(nq.len(), 28_395);
}

#[test]
fn another_kind_and_another_symbol_are_refused_by_name() {
    let test = "another_kind_and_another_symbol_are_refused_by_name";
    let quotes = "databento_samples/futures_mbp-1_2024-07-01T23-58_2024-07-02T00-02.dbn.zst";
    let Some(path) = shared(test, quotes) else { return };
    let error = Bars::open(&path, Some("ESU4".parse().unwrap()), from_calendar).unwrap_err();
    assert!(error.to_string().contains("holds quotes, not one-minute bars"), "{error}");
    let Some(path) = shared(test, &month("20241101-20241130")) else { return };
    let error = Bars::open(&path, Some("ESZ5X".parse().unwrap()), from_calendar).unwrap_err();
    let TapeError::UnknownSymbol { nearest, .. } = &error else { unreachable!("{error}") };
    assert_eq!((nearest.len(), nearest.first().map(String::as_str)), (8, Some("ESZ5")), "{error}");
}

/// Every bar of the front contract lies in a session; every session trades in its first minute and in its last one.
#[test]
fn the_calendar_agrees_with_half_a_year_of_trading() {
    let test = "the_calendar_agrees_with_half_a_year_of_trading";
    let mut sessions = 0;
    for (name, symbol, first, last) in [
        ("20240901-20240930", "ESU4", 20_240_902, 20_240_919),
        ("20240901-20240930", "ESZ4", 20_240_916, 20_240_930),
        ("20241001-20241031", "ESZ4", 20_241_002, 20_241_031),
        ("20241101-20241130", "ESZ4", 20_241_104, 20_241_129),
        ("20241201-20241231", "ESZ4", 20_241_202, 20_241_219),
        ("20241201-20241231", "ESH5", 20_241_216, 20_241_231),
        ("20250101-20250131", "ESH5", 20_250_102, 20_250_131),
        ("20250201-20250228", "ESH5", 20_250_203, 20_250_228),
    ] {
        let Some(path) = shared(test, &month(name)) else { return };
        let (es, bars) = read(&path, symbol);
        let stray: Vec<_> = bars.iter().filter(|b| es.sessions.at(b.start).is_none()).collect();
        assert!(stray.is_empty(), "{symbol} in {name} outside every session: {stray:?}");
        let within = |s: &&Session| (first..=last).contains(&s.day.0);
        for session in es.sessions.0.iter().filter(within) {
            let traded = |at| bars.iter().any(|b| b.start.0 == at);
            assert!(traded(session.open.0), "{symbol} {:?} opens without a trade", session.day);
            assert!(traded(session.close.0 - MINUTE), "{symbol} {:?} closes without a trade", session.day);
            sessions += 1;
        }
    }
    assert_eq!(sessions, 134);
}

#[test]
fn the_front_contract_is_the_one_that_trades_most() {
    let test = "the_front_contract_is_the_one_that_trades_most";
    for (name, pair) in [("20240901-20240930", ["ESU4", "ESZ4"]), ("20241201-20241231", ["ESZ4", "ESH5"])] {
        let Some(path) = shared(test, &month(name)) else { return };
        let mut volume: BTreeMap<TradingDay, BTreeMap<&str, i64>> = BTreeMap::new();
        for symbol in pair {
            let (es, bars) = read(&path, symbol);
            for bar in bars {
                let day = es.sessions.at(bar.start).unwrap().day;
                *volume.entry(day).or_default().entry(symbol).or_default() += bar.volume.0;
            }
        }
        for (day, by_symbol) in volume {
            let (most, _) = by_symbol.iter().max_by_key(|(_, lots)| **lots).unwrap();
            assert_eq!(front_contract("ES", day).unwrap().as_str(), *most, "{day:?} {by_symbol:?}");
        }
    }
}
