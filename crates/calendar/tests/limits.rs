//! Price limits and circuit breakers: which rules hold on which day, and what a broken file leads to.
//!
//! The numbers are written out; no expected value is computed by the code under test.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use stopline_calendar::{Calendar, Confidence, bundled};
use stopline_kernel::instrument::TradingDay;
use stopline_kernel::num::Bps;
use stopline_kernel::time::Span;

const CONTRACTS: &str = include_str!("../../../data/contracts.toml");
const SESSIONS: &str = include_str!("../../../data/sessions.toml");
const RELEASES: &str = include_str!("../../../data/releases.toml");
const LIMITS: &str = include_str!("../../../data/price_limits.toml");

#[test]
fn the_overnight_limit_of_the_index_changed_in_october_2020() {
    let of = |day| bundled().unwrap().price_limits("MES", TradingDay(day)).unwrap().unwrap().clone();
    let (march, october) = (of(20_200_309), of(20_201_012));
    assert_eq!((march.windows[0].down, march.dynamic), (Some(Bps(500)), None));
    let hour = Span::secs(3_600);
    assert_eq!(october.windows[0].down, Some(Bps(700)));
    assert_eq!(october.dynamic, Some((Bps(350), hour, Span::secs(120))));
    for limits in [march, october] {
        let minutes: Vec<i64> = limits.windows.iter().map(|w| w.from.0 / Span::secs(60).0).collect();
        assert_eq!(minutes, [0, 930, 1_285, 1_320], "17:00, 08:30, 14:25, 15:00");
        assert_eq!(limits.windows[1].levels, [Bps(700), Bps(1_300), Bps(2_000)]);
        assert_eq!((limits.settles, limits.halt), (Span::secs(22 * 3_600), Span::secs(900)));
    }
    let weekend = bundled().unwrap().price_limits("ESZ0", TradingDay(20_201_011)).unwrap();
    assert_eq!(weekend, None, "between two regimes nothing is guessed");
}

#[test]
fn commodities_have_the_breaker_of_fast_moves_alone_and_rates_have_nothing() {
    let day = TradingDay(20_240_304);
    let oil = bundled().unwrap().price_limits("MCL", day).unwrap().unwrap();
    assert_eq!(oil.dynamic.map(|(share, ..)| share), Some(Bps(1_000)));
    assert!(oil.windows.iter().all(|w| w.levels.is_empty() && w.up.is_none() && w.down.is_none()));
    assert_eq!(oil.confidence, Confidence::Low);
    assert_eq!(bundled().unwrap().price_limits("ZN", day).unwrap(), None);
}

#[test]
fn broken_limits_are_refused_with_file_field_and_mend() {
    let broken = |from: &str, to: &str| {
        assert!(LIMITS.contains(from), "{from}");
        let text = LIMITS.replacen(from, to, 1);
        Calendar::from_texts(CONTRACTS, SESSIONS, RELEASES, &text).unwrap_err().to_string()
    };
    assert_eq!(
        broken("up = \"5\"", "up = \"500\""),
        "data/price_limits.toml: group.EQUITY[0] = \"500\": write percents above 0 and below 100, as in 3.5"
    );
    assert!(broken("\"7\", \"13\"", "\"13\", \"7\"").contains("order the levels"));
    assert!(broken("from = \"08:30\"", "from = \"17:00\"").contains("order the windows"));
    assert!(broken("\"5\", of = \"window\"", "\"5\", of = \"day\"").contains("of = \"window\""));
    assert!(broken("[[group.METALS]]", "[[group.METAL]]").contains("data/sessions.toml"));
    assert!(broken("dynamic = { share = \"3.5\"", "dynamics = { share = \"3.5\"").contains("unknown field"));
}
