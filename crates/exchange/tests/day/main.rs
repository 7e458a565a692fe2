//! The simulated day beside real ones: its figures stand in bands around theirs, and docs/market.md shows both.
//!
//! No real row is kept here: real figures are made from the shared data, and without it a test says that it was skipped.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod figures;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use figures::{Figures, Minute, Seen, rows};
use stopline_calendar::{front_contract, instrument};
use stopline_exchange::birth::{Drive, Models, Plan};
use stopline_exchange::floor::{Floor, News};
use stopline_exchange::house::Temper;
use stopline_exchange::mood::Hours;
use stopline_kernel::instrument::{Instrument, TradingDay};
use stopline_kernel::num::{Money, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};
use stopline_tape::{Bars, TapeBar};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const BARS: &str = "es_nq_2024_2025/glbx-mdp3-20241101-20241130.ohlcv-1m.dbn.zst";
const QUOTES: &str = "es_2020/es_bbo1m_dev_20200224-20200311.csv.zst";

/// Whole days that the figures are made of.
const DAYS: [TradingDay; 3] = [TradingDay(20_260_915), TradingDay(20_260_916), TradingDay(20_260_917)];

/// Simulates the days of one seed.
fn simulated(seed: u64, temper: Temper) -> Figures {
    let mut seen = Seen::default();
    for (n, day) in (0_u64..).zip(DAYS) {
        let symbol = front_contract("MES", day).unwrap();
        let contract: Instrument = instrument(symbol.as_str(), day, day).unwrap();
        let session = *contract.sessions.0.first().unwrap();
        let drive = Drive::House { temper, price: Ticks(26_600) };
        let plan = Plan {
            contracts: vec![(contract, drive)],
            accounts: vec![("A".parse().unwrap(), Money(1))],
            seed: seed * 10 + n,
            salt: 0,
            start: session.open,
            warm_up: Span::ZERO,
            models: Models::default(),
        };
        let mut floor = Floor::create(plan).unwrap();
        seen.days.push(Vec::new());
        let mut at = session.open;
        while at < session.close {
            at = at.plus(Span::secs(60));
            floor.advance(at).unwrap();
            for news in floor.take_news() {
                if let News::Tick(tick) = news {
                    seen.tick(session.open, tick.exchange_time, tick.what);
                }
            }
        }
    }
    seen.figures()
}

/// The same figures of real rows: ESZ4's full days of November 2024, and ESH0's quotes of 24 to 26 February 2020.
fn real(test: &str) -> Option<Figures> {
    let (bars, quotes) = (shared(test, BARS)?, shared(test, QUOTES)?);
    let mut seen = Seen::default();
    let (from, to) = (TradingDay(20_241_101), TradingDay(20_241_129));
    let lookup = |_, _: ExchangeTime| instrument("ESZ4", from, to);
    let mut day = None;
    for bar in Bars::open(&bars, Some("ESZ4".parse().unwrap()), lookup).unwrap() {
        let bar: TapeBar = bar.unwrap();
        let es = instrument("ESZ4", from, to).ok();
        let Some(session) = es.and_then(|es| es.sessions.at(bar.start).copied()) else { continue };
        if day.replace(session.day) != Some(session.day) {
            seen.days.push(Vec::new());
        }
        let into_day = bar.start.since(session.open).0 / 60_000_000_000;
        let minute =
            Minute { into_day, high: bar.high, low: bar.low, close: bar.close, volume: bar.volume.0 };
        seen.days.last_mut().unwrap().push(minute);
    }
    // A holiday's half day has another shape.
    seen.days.retain(|day| day.iter().map(|m| m.volume).sum::<i64>() > 600_000);
    for (bid, ask) in spreads(&quotes) {
        seen.spread(ask - bid, Span::secs(60));
    }
    Some(seen.figures())
}

/// Bid and ask in ticks, minute by minute, read by the tape's own import.
fn spreads(file: &Path) -> Vec<(i64, i64)> {
    let dir = tempfile::tempdir().unwrap();
    let reading = stopline_tape::Reading::default();
    stopline_tape::import(file, dir.path(), &reading, &mut |_| ()).unwrap();
    let store = stopline_tape::store::Store::open(dir.path()).unwrap();
    let at = |text: &str| {
        ExchangeTime(i64::try_from(text.parse::<jiff::Timestamp>().unwrap().as_nanosecond()).unwrap())
    };
    let (from, until) = (at("2020-02-24T00:00:00Z"), at("2020-02-27T00:00:00Z"));
    let kind = stopline_tape::Kind::Quotes;
    let mut rows = store.rows(kind, "ESH0".parse().unwrap(), from, until).unwrap();
    let (mut batch, mut all) = (Vec::new(), Vec::new());
    while rows.next(&mut batch).unwrap().is_some() {
        all.extend(batch.iter().map(|row| (row[1] / 250_000_000, row[3] / 250_000_000)));
    }
    all
}

#[test]
fn a_simulated_day_has_the_figures_of_a_real_one() {
    let test = "a_simulated_day_has_the_figures_of_a_real_one";
    let simulated: Vec<Figures> = (1..=3).map(|seed| simulated(seed, Temper::ES)).collect();
    let real = real(test);
    let shown: Vec<_> = simulated.iter().map(rows).collect();
    for (n, (name, first)) in shown[0].iter().enumerate() {
        let real = real.as_ref().map_or("not measured here".to_owned(), |real| rows(real)[n].1.clone());
        println!("| {name} | {real} | {first} | {} | {} |", shown[1][n].1, shown[2][n].1);
    }
    for figures in simulated.iter().chain(&real) {
        assert_eq!(outside(figures), None);
    }
}

#[test]
fn a_day_whose_hours_are_all_alike_is_found_out() {
    let even = simulated(1, Temper { hours: Hours::EVEN, ..Temper::ES });
    assert!(outside(&even).is_some(), "{even:?}");
}

/// The first figure that is outside its band; real days are inside every one of them.
fn outside(of: &Figures) -> Option<String> {
    let [night, open, noon, close] = of.volume;
    let bands = [
        ("spread of one tick", of.one_tick, 0.95..=0.999),
        ("wide spread", of.wide, 0.0..=0.01),
        ("range at night", of.night_range, 2.5..=5.0),
        ("range by day", of.day_range, 7.0..=13.0),
        ("autocorrelation of returns", of.returns, -0.08..=0.05),
        ("autocorrelation of sizes", of.sizes, 0.15..=0.50),
        ("volume at night", night, 0.05..=0.16),
        ("volume at the open", open, 0.13..=0.26),
        ("volume at noon", noon, 0.05..=0.12),
        ("volume at the close", close, 0.08..=0.20),
    ];
    let strays = bands.into_iter().find(|(_, is, band)| !band.contains(is));
    strays.map(|(what, is, band)| format!("{what}: {is} is not within {band:?}"))
}

fn shared(test: &str, file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("STOPLINE_SHARED_DATA")
        .map_or_else(|| Path::new(ROOT).join("../shared/data"), PathBuf::from);
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    let target = format!("{ROOT}/target");
    let line = format!("skipped: {test} (the real figures): {file} is not there\n");
    let written = std::fs::create_dir_all(&target)
        .and_then(|()| OpenOptions::new().create(true).append(true).open(format!("{target}/skipped.txt")))
        .and_then(|mut list| list.write_all(line.as_bytes()));
    assert!(written.is_ok(), "{written:?}");
    None
}
