//! When the equity group trades: daylight saving, holidays, early closes and the old afternoon halt.
//!
//! The moments are written out in UTC; no expected value is computed by the code under test.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use jiff::Timestamp;
use stopline_calendar::{CalendarError, sessions};
use stopline_kernel::instrument::{Session, TradingDay};
use stopline_kernel::time::ExchangeTime;

fn of(from: u32, to: u32) -> Vec<(u32, String, String)> {
    let utc = |t: ExchangeTime| Timestamp::from_nanosecond(t.0.into()).unwrap().to_string();
    let show = |s: &Session| (s.day.0, utc(s.open), utc(s.close));
    sessions("EQUITY", TradingDay(from), TradingDay(to)).unwrap().0.iter().map(show).collect()
}

fn row(day: u32, open: &str, close: &str) -> (u32, String, String) {
    (day, open.to_owned(), close.to_owned())
}

#[test]
fn spring_moves_the_session_an_hour_earlier_in_utc() {
    let want = [
        row(20_240_308, "2024-03-07T23:00:00Z", "2024-03-08T22:00:00Z"),
        row(20_240_311, "2024-03-10T22:00:00Z", "2024-03-11T21:00:00Z"),
    ];
    assert_eq!(of(20_240_308, 20_240_311), want);
}

#[test]
fn autumn_moves_it_back() {
    let want = [
        row(20_241_101, "2024-10-31T22:00:00Z", "2024-11-01T21:00:00Z"),
        row(20_241_104, "2024-11-03T23:00:00Z", "2024-11-04T22:00:00Z"),
    ];
    assert_eq!(of(20_241_101, 20_241_104), want);
}

#[test]
fn good_friday_is_closed_unless_the_jobs_report_comes_out() {
    let days: Vec<u32> = of(20_240_328, 20_240_401).iter().map(|s| s.0).collect();
    assert_eq!(days, [20_240_328, 20_240_401]);
    assert_eq!(of(20_230_407, 20_230_407), [row(20_230_407, "2023-04-06T22:00:00Z", "2023-04-07T13:15:00Z")]);
}

#[test]
fn thanksgiving_closes_at_noon_and_the_day_after_at_a_quarter_past() {
    let want = [
        row(20_241_128, "2024-11-27T23:00:00Z", "2024-11-28T18:00:00Z"),
        row(20_241_129, "2024-11-28T23:00:00Z", "2024-11-29T18:15:00Z"),
    ];
    assert_eq!(of(20_241_128, 20_241_129), want);
}

#[test]
fn the_old_afternoon_halt_splits_the_day() {
    let want = [
        row(20_210_625, "2021-06-24T22:00:00Z", "2021-06-25T20:15:00Z"),
        row(20_210_625, "2021-06-25T20:30:00Z", "2021-06-25T21:00:00Z"),
        row(20_210_628, "2021-06-27T22:00:00Z", "2021-06-28T21:00:00Z"),
    ];
    assert_eq!(of(20_210_625, 20_210_628), want);
}

#[test]
fn an_early_close_leaves_no_afternoon_to_halt() {
    assert_eq!(of(20_200_217, 20_200_217), [row(20_200_217, "2020-02-16T23:00:00Z", "2020-02-17T18:00:00Z")]);
}

#[test]
fn in_the_halt_the_market_is_closed_and_the_day_stays_the_same() {
    let sessions = sessions("EQUITY", TradingDay(20_200_302), TradingDay(20_200_303)).unwrap();
    let halted =
        ExchangeTime("2020-03-02T21:20:00Z".parse::<Timestamp>().unwrap().as_second() * 1_000_000_000);
    assert_eq!(sessions.at(halted), None);
    assert_eq!(sessions.day_of(halted), Some(TradingDay(20_200_302)));
}

#[test]
fn other_groups_have_holidays_and_early_closes_of_their_own() {
    let closes = |group: &str, day| {
        let utc = |t: ExchangeTime| Timestamp::from_nanosecond(t.0.into()).unwrap().to_string();
        let all = sessions(group, TradingDay(day), TradingDay(day)).unwrap().0;
        all.iter().map(|s| utc(s.close)).collect::<Vec<_>>()
    };
    assert_eq!(closes("METALS", 20_241_128), ["2024-11-28T19:30:00Z"], "metals trade on at Thanksgiving");
    assert_eq!(closes("RATES", 20_241_128), ["2024-11-28T18:00:00Z"]);
    assert_eq!(
        closes("FX", 20_240_115),
        ["2024-01-15T22:00:00Z"],
        "a full day on Martin Luther King Jr. Day"
    );
    assert_eq!(closes("ENERGY_CL", 20_240_115), ["2024-01-15T19:30:00Z"]);
    assert_eq!(closes("ENERGY_NG", 20_240_329), [""; 0], "Good Friday");
    assert_eq!(closes("ENERGY_CL", 20_200_302), ["2020-03-02T22:00:00Z"], "no afternoon halt");
}

#[test]
fn sessions_come_oldest_first_without_overlap_over_everything_that_is_covered() {
    let (first, last) = stopline_calendar::bundled().unwrap().covers();
    for group in ["EQUITY", "RATES", "FX", "METALS", "ENERGY_CL", "ENERGY_NG"] {
        let all = sessions(group, first, last).unwrap().0;
        assert!(all.iter().all(|s| s.open < s.close));
        assert!(all.windows(2).all(|w| w[0].close < w[1].open && w[0].day <= w[1].day));
        assert!(all.len() > 2_000, "{group} {}", all.len());
    }
}

#[test]
fn questions_outside_the_data_are_errors_with_a_mend() {
    let ask = |group: &str, from, to| sessions(group, TradingDay(from), TradingDay(to)).unwrap_err();
    assert!(matches!(ask("EQUITY", 20_191_231, 20_200_103), CalendarError::NotCovered { .. }));
    assert!(matches!(ask("EQUITY", 20_271_231, 20_280_103), CalendarError::NotCovered { .. }));
    assert!(matches!(ask("EQUITY", 20_240_230, 20_240_301), CalendarError::NotADay { .. }));
    assert!(matches!(ask("EQUITY", 20_240_305, 20_240_304), CalendarError::Backwards { .. }));
    assert_eq!(
        ask("GRAINS", 20_240_304, 20_240_305).to_string(),
        "session group \"GRAINS\" is not in data/sessions.toml, which has ENERGY_CL ENERGY_NG EQUITY FX METALS RATES: \
         add [group.GRAINS] and its exceptions"
    );
}
