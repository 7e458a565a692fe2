//! Contracts: what a symbol means, when it ends, and which one is the front one.
//!
//! Nothing here depends on the day the test runs: every question names its days.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use jiff::Timestamp;
use stopline_calendar::{Calendar, CalendarError, bundled, front_contract, instrument};
use stopline_kernel::instrument::{TickSize, TradingDay};
use stopline_kernel::num::{Money, Ticks};
use stopline_kernel::time::ExchangeTime;

const CONTRACTS: &str = include_str!("../../../data/contracts.toml");
const SESSIONS: &str = include_str!("../../../data/sessions.toml");
const RELEASES: &str = include_str!("../../../data/releases.toml");
const LIMITS: &str = include_str!("../../../data/price_limits.toml");

fn utc(t: stopline_kernel::time::ExchangeTime) -> String {
    Timestamp::from_nanosecond(t.0.into()).unwrap().to_string()
}

#[test]
fn an_instrument_has_its_tick_value_and_fee() {
    let mes = instrument("MESZ6", TradingDay(20_261_116), TradingDay(20_261_120)).unwrap();
    assert_eq!(mes.symbol.as_str(), "MESZ6");
    assert_eq!(mes.tick, TickSize { mantissa: 25, scale: 2 });
    assert_eq!(mes.tick_value, Money(1_250_000));
    assert_eq!(mes.fee, Money(620_000));
    assert_eq!(mes.sessions.0.len(), 5);
    assert_eq!(mes.price("6712.25"), Ok(Ticks(26_849)));
}

#[test]
fn an_instrument_has_its_margin_and_the_day_margin_ends_before_every_close() {
    let mes = instrument("MESZ4", TradingDay(20_241_127), TradingDay(20_241_129)).unwrap();
    let at = |text: &str| ExchangeTime(text.parse::<Timestamp>().unwrap().as_second() * 1_000_000_000);
    let asked = |text| (mes.initial_at(at(text)).unwrap().0, mes.maintenance_at(at(text)).unwrap().0);
    let (day, full) = ((50_000_000, 50_000_000), (1_188_000_000, 1_080_000_000));
    assert_eq!(asked("2024-11-27T21:44:59Z"), day);
    assert_eq!(asked("2024-11-27T21:45:00Z"), full);
    assert_eq!(asked("2024-11-29T17:59:59Z"), day, "the close is at 12:15");
    assert_eq!(asked("2024-11-29T18:00:00Z"), full);
    let margin = bundled().unwrap().contract("MCL").unwrap();
    assert_eq!(
        (margin.day_margin.clone(), margin.margin.clone().unwrap().as_of),
        (None, TradingDay(20_220_207))
    );
}

#[test]
fn sessions_end_with_the_last_trade() {
    let es = instrument("ESZ4", TradingDay(20_241_219), TradingDay(20_241_231)).unwrap();
    let ends: Vec<String> = es.sessions.0.iter().map(|s| utc(s.close)).collect();
    assert_eq!(ends, ["2024-12-19T22:00:00Z", "2024-12-20T14:30:00Z"]);
}

#[test]
fn the_year_is_the_one_near_the_days_asked_for() {
    let sessions =
        |symbol, from, to| instrument(symbol, TradingDay(from), TradingDay(to)).unwrap().sessions.0.len();
    assert_eq!(sessions("ESH0", 20_200_302, 20_200_306), 10, "2020, with the afternoon halt");
    assert_eq!(sessions("ESZ4", 20_250_102, 20_250_110), 0, "2024: over");
    assert_eq!(sessions("ESM9", 20_240_902, 20_240_906), 5, "2029, not 2019");
}

#[test]
fn an_expiry_on_a_holiday_comes_a_day_earlier() {
    let es = instrument("ESM6", TradingDay(20_260_617), TradingDay(20_260_619)).unwrap();
    let last = es.sessions.0.last().unwrap();
    assert_eq!((last.day, utc(last.close)), (TradingDay(20_260_618), "2026-06-18T13:30:00Z".to_owned()));
}

#[test]
fn the_front_contract_rolls_on_the_monday_before_expiry() {
    let front = |root, day| front_contract(root, TradingDay(day)).unwrap().to_string();
    assert_eq!(front("ES", 20_240_913), "ESU4");
    assert_eq!(front("ES", 20_240_916), "ESZ4");
    assert_eq!(front("ES", 20_241_213), "ESZ4");
    assert_eq!(front("ES", 20_241_216), "ESH5");
    assert_eq!(front("ES", 20_200_313), "ESH0");
    assert_eq!(front("MES", 20_261_120), "MESZ6");
    assert_eq!(front("MNQ", 20_271_231), "MNQH8");
}

#[test]
fn what_the_data_does_not_know_is_an_error_with_a_mend() {
    let ask = |symbol| instrument(symbol, TradingDay(20_241_104), TradingDay(20_241_108)).unwrap_err();
    assert!(matches!(ask("ESZ"), CalendarError::NotASymbol { .. }));
    assert!(matches!(ask("XXZ4"), CalendarError::UnknownRoot { .. }));
    assert_eq!(ask("ESF5").to_string(), "\"ESF5\": ES has the months HMUZ; name one of them");
    assert!(matches!(front_contract("GC", TradingDay(20_241_104)), Err(CalendarError::NoRoll { .. })));
}

#[test]
fn the_bundled_data_reads_whole() {
    let calendar = bundled().unwrap();
    assert_eq!(calendar.expires(), TradingDay(20_261_231), "the earliest of the files");
    assert_eq!(calendar.contracts().count(), 14);
    let zn = calendar.contract("ZN").unwrap();
    assert_eq!(zn.tick_value.is, Money(15_625_000));
}

/// Replaces the first `from` by `to` in one of the files and returns what the reader says.
fn broken(from: &str, to: &str) -> String {
    assert!(CONTRACTS.contains(from) || SESSIONS.contains(from), "{from}");
    let change = |text: &str| text.replacen(from, to, 1);
    let (contracts, sessions) = match CONTRACTS.contains(from) {
        true => (change(CONTRACTS), SESSIONS.to_owned()),
        false => (CONTRACTS.to_owned(), change(SESSIONS)),
    };
    Calendar::from_texts(&contracts, &sessions, RELEASES, LIMITS).unwrap_err().to_string()
}

#[test]
fn broken_data_is_refused_with_file_field_and_mend() {
    assert_eq!(
        broken("is = \"0.25\"", "is = \"0,25\""),
        "data/contracts.toml: contract.ES.tick = \"0,25\": \
         write a decimal above zero with at most 12 places, as in 0.25"
    );
    assert_eq!(
        broken("\"2.25\", source = \"assumed\"", "\"2.25\", source = \"rumour\""),
        "data/contracts.toml: contract.ES.fee.source = \"rumour\": name a key of [sources], or add one there"
    );
    assert!(broken("maintenance = \"10800.00\"", "maintenance = \"12800.00\"").contains("exchange them"));
    assert!(broken("as_of = \"2022-01-21\"", "as_of = \"lately\"").contains("contract.ES.margin.as_of"));
    assert!(broken("America/Chicago", "America/Gotham").contains("group.EQUITY.zone"));
    assert!(broken("\"until 12:00\"", "\"til noon\"").contains("write \"closed\" or \"until HH:MM\""));
    assert!(broken("at.EQUITY", "at.EQUTY").contains("name a group that has a [group.NAME]"));
    assert!(broken("day = \"2020-01-20\"", "day = \"2020-01-01\"").contains("listed twice"));
    assert!(broken("day = \"2020-01-20\"", "day = \"2020-01-19\"").contains("weekends never trade"));
    assert!(broken("\"until 12:00\"", "\"until 16:00\"").contains("close before the usual close"));
    assert!(broken("version = 1", "version = 2").contains("this build reads version 1"));
    assert!(broken("opens =", "open =").contains("unknown field `open`"));
}
