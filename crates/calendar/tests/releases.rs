//! Scheduled releases: their moments over daylight saving and holidays, and what a broken or an old file leads to.
//!
//! The moments are written out in UTC; no expected value is computed by the code under test.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use jiff::Timestamp;
use stopline_calendar::{Calendar, CalendarError, Confidence, ReleaseKind, bundled};
use stopline_kernel::instrument::TradingDay;

const CONTRACTS: &str = include_str!("../../../data/contracts.toml");
const SESSIONS: &str = include_str!("../../../data/sessions.toml");
const RELEASES: &str = include_str!("../../../data/releases.toml");
const LIMITS: &str = include_str!("../../../data/price_limits.toml");

/// The releases of some days, each with its moment.
fn of(from: u32, to: u32) -> Vec<(&'static str, String)> {
    let all = bundled().unwrap().releases(TradingDay(from), TradingDay(to)).unwrap();
    let utc = |at: i64| Timestamp::from_nanosecond(at.into()).unwrap().to_string();
    all.iter().map(|release| (release.kind.word(), utc(release.at.0))).collect()
}

fn row(kind: &'static str, at: &str) -> (&'static str, String) {
    (kind, at.to_owned())
}

#[test]
fn releases_keep_their_hour_where_they_come_out_over_daylight_saving() {
    let winter = [row("FOMC", "2024-01-31T19:00:00Z"), row("EIA_GAS", "2024-02-01T15:30:00Z")];
    assert_eq!(of(20_240_131, 20_240_201), winter);
    let summer = [row("CPI", "2024-06-12T12:30:00Z"), row("FOMC", "2024-06-12T18:00:00Z")];
    assert_eq!(of(20_240_612, 20_240_612), summer);
}

#[test]
fn a_release_that_was_moved_stands_on_the_day_to_which_it_was_moved() {
    // The jobs report of September 2025 came after the shutdown; gas comes earlier in a week with Thanksgiving.
    assert_eq!(of(20_251_003, 20_251_003), []);
    assert!(of(20_251_120, 20_251_120).contains(&row("NFP", "2025-11-20T13:30:00Z")));
    assert_eq!(of(20_251_126, 20_251_127), [row("EIA_GAS", "2025-11-26T17:00:00Z")]);
}

#[test]
fn every_kind_has_about_as_many_releases_as_its_rhythm_asks_for() {
    let (first, last) = bundled().unwrap().covers_releases();
    let all = bundled().unwrap().releases(first, last).unwrap();
    let count = |kind| all.iter().filter(|release| release.kind == kind).count();
    // Seven years: twelve a year (three days of 2026 are named by one list and not by another), eight, and one a week.
    let counts = ReleaseKind::ALL.map(count);
    assert_eq!(counts, [86, 83, 55, 365]);
    assert!(all.windows(2).all(|w| w[0].at <= w[1].at));
    assert!(all.iter().any(|release| release.confidence == Confidence::Low), "doubt is kept");
}

#[test]
fn days_that_the_data_does_not_cover_are_an_error_with_a_mend() {
    let ask = |from, to| bundled().unwrap().releases(TradingDay(from), TradingDay(to)).unwrap_err();
    assert!(matches!(ask(20_191_231, 20_200_103), CalendarError::NotCovered { .. }));
    assert!(matches!(ask(20_240_305, 20_240_304), CalendarError::Backwards { .. }));
    assert_eq!(
        ask(20_261_231, 20_270_104).to_string(),
        "20270104 is outside data/releases.toml, which covers 20200101 to 20261231: \
         ask for days inside, or extend it"
    );
}

#[test]
fn a_file_past_its_day_is_named_with_the_mend() {
    let calendar = bundled().unwrap();
    assert_eq!(calendar.check_current(TradingDay(20_261_231)), Ok(()));
    assert_eq!(
        calendar.check_current(TradingDay(20_270_101)).unwrap_err().to_string(),
        "data/releases.toml was to be trusted until 20261231, and today is 20270101: check it against its sources, \
         then set a later `expires`"
    );
    let contracts = CONTRACTS.replacen("expires = \"2027-03-31\"", "expires = \"2026-06-30\"", 1);
    let early = Calendar::from_texts(&contracts, SESSIONS, RELEASES, LIMITS).unwrap();
    assert!(
        early.check_current(TradingDay(20_260_701)).unwrap_err().to_string().contains("data/contracts.toml")
    );
    assert_eq!(early.expires(), TradingDay(20_260_630));
}

/// Replaces the first `from` by `to` and returns what the reader says.
fn broken(from: &str, to: &str) -> String {
    assert!(RELEASES.contains(from), "{from}");
    let text = RELEASES.replacen(from, to, 1);
    Calendar::from_texts(CONTRACTS, SESSIONS, &text, LIMITS).unwrap_err().to_string()
}

#[test]
fn broken_or_missing_data_is_refused_with_file_field_and_mend() {
    assert_eq!(
        broken("2020-01-14", "2020-1-14"),
        "data/releases.toml: release.CPI.days[0] = \"2020-1-14\": write a day as yyyy-mm-dd"
    );
    assert!(broken("2020-01-14", "2020-02-13").contains("listed twice"));
    assert!(broken("2020-01-14", "2019-12-11").contains("cover every day that is listed"));
    assert!(broken("source = \"lists\"", "source = \"rumour\"").contains("name a key of [sources]"));
    assert!(broken("America/New_York", "America/Old_York").contains("release.CPI.zone"));
    let nothing = Calendar::from_texts(CONTRACTS, SESSIONS, "", LIMITS).unwrap_err().to_string();
    assert!(nothing.starts_with("data/releases.toml: "), "{nothing}");
}
