//! Each rule of the gate and of the reducing list, made to deny alone, with the numbers it gives.
//!
//! No rule counts as tested by a denial of another: the list of denials is walked, and one without a test fails.

use std::collections::BTreeSet;

use stopline_kernel::book::Book;
use stopline_kernel::id::{AccountId, Symbol};
use stopline_kernel::limits::{LaneConfig, NewsKind, QuietWindow, SendRate, SizedBy, Sizing};
use stopline_kernel::num::{Bps, Lots, Money, Side, Ticks};
use stopline_kernel::risk::{Check, Denial, Measure, Proposal, REDUCING, RULES, RULES_IF_SET, Reduction};
use stopline_kernel::time::{ExchangeTime, Span, Stamp};

use stopline_kernel::record::Record;

use crate::rig::{Rig, bot, config, symbol};

mod limits;
mod reducing;

use reducing::reduction;

/// A proposal that every rule passes: buy 2 at the offer, stop 20 ticks below.
fn fit(book: &Book, at: Stamp) -> Proposal<'_> {
    Proposal {
        book,
        at,
        bot: bot(),
        symbol: symbol(),
        side: Side::Buy,
        lots: Lots(2),
        opens: true,
        adds: Lots(2),
        reference: Some(Ticks(23_501)),
        prices: [None, Some(Ticks(23_481)), Some(Ticks(23_541))],
        stop: Some(Ticks(23_481)),
        target: Some(Ticks(23_541)),
        derived: ExchangeTime(3_600_000_000_000),
        repeated: false,
    }
}

/// What every rule says whose limit is set.
fn all_checks(p: &Proposal<'_>) -> Vec<Check> {
    let if_set = RULES_IF_SET.iter().filter_map(|rule| rule(p));
    RULES.iter().map(|rule| rule(p)).chain(if_set).collect()
}

/// Every rule that denies, with its numbers.
fn denials(p: &Proposal<'_>) -> Vec<(Denial, Measure, Measure)> {
    all_checks(p).into_iter().filter(|check| !check.passed).map(|c| (c.rule, c.value, c.limit)).collect()
}

fn only(p: &Proposal<'_>, rule: Denial, value: Measure, limit: Measure) {
    assert_eq!(denials(p), [(rule, value, limit)]);
}

/// Asserts that a changed proposal over a ready lane is denied by one rule alone.
fn denied(
    change: impl for<'a> FnOnce(&mut Proposal<'a>),
    rule: Denial,
    value: impl Into<Measure>,
    limit: impl Into<Measure>,
) {
    let rig = Rig::ready();
    let mut p = fit(rig.lane.book(), rig.at);
    change(&mut p);
    only(&p, rule, value.into(), limit.into());
}

/// Every limit that may be left out, set so that a fit proposal passes.
fn every_limit() -> LaneConfig {
    let mut config = config();
    config.limits.day.trades = Some(2);
    let size = &mut config.limits.size;
    (size.open_positions, size.account_lots) = (Some(1), Some(Lots(5)));
    // Two lots at 23500 ticks of 1.25 are 58750.
    (size.notional, size.leverage) = (Money::units(60_000).ok(), Some(120));
    config.timings.account_age = Some(Span::secs(9));
    let hours = &mut config.limits.hours;
    (hours.after_open, hours.before_close) = (Some(Span::secs(60)), Some(Span::secs(60)));
    hours.quiet.push(around(7_200));
    let pace = &mut config.limits.pace;
    (pace.bot_orders, pace.sends) = (Some(4), Some(SendRate { per_second: 5, reserve: 2 }));
    config
}

/// News at this second of market time, with ten minutes on either side.
fn around(second: i64) -> QuietWindow {
    let at = ExchangeTime(0).plus(Span::secs(second));
    QuietWindow { kind: NewsKind::Cpi, from: at.plus(Span::secs(-600)), until: at.plus(Span::secs(600)) }
}

/// Asserts that under other limits, after some lines, the proposal is denied by one rule alone.
fn denied_under(
    limits: impl FnOnce(&mut LaneConfig),
    lines: &[&str],
    rule: Denial,
    value: impl Into<Measure>,
    limit: impl Into<Measure>,
) {
    let mut config = config();
    limits(&mut config);
    let mut rig = Rig::ready_with(config);
    lines.iter().for_each(|line| drop(rig.line(line)));
    let mut p = fit(rig.lane.book(), rig.at);
    p.derived = rig.at.market.unwrap();
    only(&p, rule, value.into(), limit.into());
}

/// Asserts that after some lines the proposal is denied by one rule alone.
fn denied_after(lines: &[&str], rule: Denial, value: impl Into<Measure>, limit: impl Into<Measure>) {
    let mut rig = Rig::ready();
    lines.iter().for_each(|line| drop(rig.line(line)));
    let mut p = fit(rig.lane.book(), rig.at);
    p.derived = rig.at.market.unwrap();
    only(&p, rule, value.into(), limit.into());
}

const YES: Measure = Measure::Holds(true);
const NO: Measure = Measure::Holds(false);

#[test]
fn a_fit_proposal_passes_every_rule_with_numbers_on_every_line() {
    let rig = Rig::ready_with(every_limit());
    let p = fit(rig.lane.book(), rig.at);
    let checks = all_checks(&p);
    assert!(checks.iter().all(|c| c.passed && c.value != Measure::Unknown), "{checks:?}");
    let names: BTreeSet<Denial> = checks.iter().map(|c| c.rule).collect();
    // No order of ours rests on the other side, so that `self_match` has nothing to speak of.
    let asked = RULES.len() + RULES_IF_SET.len() - 1;
    assert_eq!(names.len(), asked, "two rules share a denial, or one is not asked");
}

#[test]
fn a_halt_denies() {
    use stopline_kernel::halt::Level;
    denied_after(
        &["pause"],
        Denial::Halted,
        Measure::Level(Level::ReduceOnly),
        Measure::Level(Level::Running),
    );
    denied_after(
        &["pause bot=cross"],
        Denial::Halted,
        Measure::Level(Level::ReduceOnly),
        Measure::Level(Level::Running),
    );
}

#[test]
fn an_account_that_is_not_known_denies() {
    denied_after(&["down orders"], Denial::NotReady, NO, YES);
    denied_after(&["pass 10ms", "snap pos=1"], Denial::NotReady, NO, YES);
    denied_after(&["buy 1 stop=23480", "up orders"], Denial::NotReady, NO, YES);
}

#[test]
fn a_closing_under_way_denies() {
    let lines = ["buy 1 stop=23480", "works entry ; held stop", "exit"];
    denied_after(&lines, Denial::NotReady, NO, YES);
}

#[test]
fn a_repeated_decision_denies() {
    denied(|p| p.repeated = true, Denial::DecidedBefore, NO, YES);
}

#[test]
fn a_wish_from_an_old_bar_or_a_future_one_denies() {
    let old = |p: &mut Proposal<'_>| p.derived = p.at.market.unwrap().plus(Span::secs(-91));
    denied(old, Denial::IntentAge, Span::secs(91), Span::secs(90));
    let ahead = |p: &mut Proposal<'_>| p.derived = p.at.market.unwrap().plus(Span::secs(91));
    denied(ahead, Denial::IntentAge, Span::secs(91), Span::secs(90));
    let edge = Rig::ready();
    let mut p = fit(edge.lane.book(), edge.at);
    p.derived = p.at.market.unwrap().plus(Span::secs(-90));
    assert_eq!(denials(&p), []);
}

#[test]
fn old_missing_crossed_and_disconnected_data_denies() {
    denied_after(&["pass 5001ms"], Denial::DataAge, Span::millis(5_001), Span::secs(5));
    denied_after(&["quote 23502 23501"], Denial::DataAge, Measure::Unknown, Span::secs(5));
    denied_after(&["down quotes"], Denial::DataAge, Measure::Unknown, Span::secs(5));
}

#[test]
fn a_closed_session_denies() {
    let lines = ["pass 6400s", "quote 23499 23501", "trade 23500"];
    denied_after(&lines, Denial::SessionClosed, NO, YES);
}

#[test]
fn a_market_that_does_not_trade_as_ever_denies() {
    use stopline_kernel::market::Trading;
    let open = Measure::Trading(Trading::Open);
    for status in Trading::ALL.iter().copied().filter(|status| *status != Trading::Open) {
        let line = format!("market {status}");
        denied_after(&[&line], Denial::MarketStatus, Measure::Trading(status), open);
        // What only exits may be changed as long as anything trades.
        let mut rig = Rig::ready();
        rig.line(&line);
        let p = Proposal { adds: Lots(0), ..fit(rig.lane.book(), rig.at) };
        assert_eq!(denials(&p).is_empty(), status.trades(), "{status}");
        let told = |side| rig.lane.book().can_trade(symbol(), side);
        // A word that may mean anything opens nothing, and keeps nobody from closing.
        let known = |trades| (status != Trading::Unrecognised).then_some(trades);
        assert_eq!(told(Side::Buy), known(status.trades() && status != Trading::LimitUp), "{status}");
        assert_eq!(told(Side::Sell), known(status.trades() && status != Trading::LimitDown), "{status}");
    }
}

#[test]
fn a_status_of_an_ended_connection_is_forgotten_and_its_absence_denies_nothing() {
    for line in ["down quotes", "up quotes"] {
        let mut rig = Rig::ready();
        rig.line("market halted");
        assert_eq!(rig.lane.book().can_trade(symbol(), Side::Buy), Some(false));
        rig.line(line);
        assert_eq!(rig.lane.book().can_trade(symbol(), Side::Buy), None, "{line}");
    }
    let mut rig = Rig::ready();
    ["market halted", "down quotes", "market halted"].iter().for_each(|line| drop(rig.line(line)));
    assert_eq!(rig.lane.book().can_trade(symbol(), Side::Buy), None, "told by nobody who is there");
    ["up quotes", "quote 23499 23501", "trade 23500"].iter().for_each(|line| drop(rig.line(line)));
    assert_eq!(denials(&fit(rig.lane.book(), rig.at)), []);
}

#[test]
fn an_exit_on_the_wrong_side_denies() {
    denied(|p| p.stop = Some(Ticks(23_501)), Denial::ExitSide, NO, YES);
    denied(|p| p.target = Some(Ticks(23_501)), Denial::ExitSide, NO, YES);
    denied(|p| p.side = Side::Sell, Denial::ExitSide, NO, YES);
}

#[test]
fn an_entry_against_its_own_position_or_entry_denies() {
    let lines = ["sell 1 stop=23520", "works entry ; held stop"];
    denied_after(&lines, Denial::Opposed, NO, YES);
    let lines = ["sell 1 stop=23520", "fill entry 1 @ 23499 ; works stop worth=1"];
    denied_after(&lines, Denial::Opposed, NO, YES);
    let stray = ["sell 1 stop=23520", "refused entry"];
    denied_after(&stray, Denial::Opposed, NO, YES);
    let theirs = ["fill nobody 1 @ 23500 +sell", "snap", "resume"];
    denied_after(&theirs, Denial::Opposed, NO, YES);
}

#[test]
fn too_many_lots_in_an_order_or_none_deny() {
    let lots = |n: i64| move |p: &mut Proposal<'_>| (p.lots, p.adds) = (Lots(n), Lots(n));
    denied(lots(4), Denial::OrderLots, Lots(4), Lots(3));
    denied(lots(0), Denial::OrderLots, Lots(0), Lots(3));
    denied(lots(-1), Denial::OrderLots, Lots(-1), Lots(3));
}

#[test]
fn the_worst_case_of_the_instrument_counts_position_working_unknown_and_in_flight() {
    let filled = ["buy 3 stop=23481", "fill entry 3 @ 23501 ; works stop worth=3"];
    let flying = ["buy 1 stop=23481 seq=1"];
    let all: Vec<&str> = filled.iter().chain(&flying).copied().collect();
    denied_after(&all, Denial::InstrumentLots, Lots(6), Lots(5));
}

#[test]
fn a_stop_too_wide_means_no_trade() {
    // 80 ticks at 1.25 on two lots, and four fees of 0.62.
    let wide = |p: &mut Proposal<'_>| p.stop = Some(Ticks(23_421));
    denied(wide, Denial::RiskPerTrade, Money(202_480_000), Money(200_000_000));
}

#[test]
fn a_day_that_has_lost_its_limit_denies() {
    let mut rig = Rig::ready();
    for line in ["buy 3 stop=23481", "fill entry 3 @ 23501 ; works stop worth=3"] {
        rig.line(line);
    }
    for line in ["fill stop 3 @ 23368", "pass 10ms", "snap", "quote 23499 23501"] {
        rig.line(line);
    }
    let checks: Vec<Check> = RULES.iter().map(|rule| rule(&fit(rig.lane.book(), rig.at))).collect();
    let check = checks.iter().find(|c| c.rule == Denial::DailyLoss).unwrap();
    // 133 ticks at 1.25 on three lots, and six fees of 0.62.
    assert_eq!((check.value, check.passed), (Money(502_470_000).into(), false));
}

#[test]
fn a_price_far_from_the_market_denies() {
    denied(|p| p.prices[0] = Some(Ticks(23_901)), Denial::Collar, Ticks(401), Ticks(400));
    denied(|p| p.prices[2] = Some(Ticks(i64::MIN)), Denial::Collar, Measure::Unknown, Measure::Unknown);
}

#[test]
fn too_many_orders_in_the_window_deny_over_a_restart_and_a_reboot_too() {
    let mut rig = Rig::ready();
    for n in 0..5 {
        rig.line(&format!("buy 1 stop=23481 seq={n}"));
        rig.line("refused entry ; refused stop");
    }
    let check = |rig: &Rig| {
        let p = fit(rig.lane.book(), rig.at);
        RULES.iter().map(|rule| rule(&p)).find(|c| c.rule == Denial::OrderRate).unwrap()
    };
    assert_eq!(
        (check(&rig).value, check(&rig).limit, check(&rig).passed),
        (Measure::Count(5), Measure::Count(5), false)
    );
    rig.line("crash +reboot");
    assert!(!check(&rig).passed);
    rig.line("pass 60s");
    assert!(check(&rig).passed, "an order of the last boot counts for ever");
}

#[test]
fn what_cannot_be_measured_denies() {
    let rig = Rig::ready();
    let mut p = fit(rig.lane.book(), rig.at);
    p.symbol = Symbol::from_static("ESZ6");
    (p.reference, p.at.market) = (None, None);
    let unknown = denials(&p).into_iter().filter(|(_, value, _)| *value == Measure::Unknown);
    let unknown: Vec<Denial> = unknown.map(|(rule, ..)| rule).collect();
    let must = [Denial::IntentAge, Denial::DataAge, Denial::ExitSide, Denial::RiskPerTrade, Denial::Collar];
    assert_eq!(unknown, must);
}

#[test]
fn sums_that_leave_their_range_deny() {
    let rig = Rig::ready();
    let mut p = fit(rig.lane.book(), rig.at);
    (p.lots, p.adds) = (Lots(i64::MAX), Lots(i64::MAX));
    let rules: Vec<Denial> = denials(&p).into_iter().map(|(rule, ..)| rule).collect();
    assert_eq!(rules, [Denial::OrderLots, Denial::InstrumentLots, Denial::RiskPerTrade]);
}

/// The test that holds each denial; a new denial does not compile before it has one here.
const fn tested_by(denial: Denial) -> &'static str {
    match denial {
        Denial::Halted => "a_halt_denies",
        Denial::NotReady => "an_account_that_is_not_known_denies",
        Denial::DecidedBefore => "a_repeated_decision_denies",
        Denial::IntentAge => "a_wish_from_an_old_bar_or_a_future_one_denies",
        Denial::DataAge => "old_missing_crossed_and_disconnected_data_denies",
        Denial::SessionClosed => "a_closed_session_denies",
        Denial::MarketStatus => "a_market_that_does_not_trade_as_ever_denies",
        Denial::ExitSide => "an_exit_on_the_wrong_side_denies",
        Denial::OrderLots => "too_many_lots_in_an_order_or_none_deny",
        Denial::InstrumentLots => {
            "the_worst_case_of_the_instrument_counts_position_working_unknown_and_in_flight"
        }
        Denial::RiskPerTrade => "a_stop_too_wide_means_no_trade",
        Denial::DailyLoss => "a_day_that_has_lost_its_limit_denies",
        Denial::Collar => "a_price_far_from_the_market_denies",
        Denial::OrderRate => "too_many_orders_in_the_window_deny_over_a_restart_and_a_reboot_too",
        Denial::Opposed => "an_entry_against_its_own_position_or_entry_denies",
        Denial::PastFlat => "a_closing_order_never_goes_past_flat_with_all_that_works_on_its_side",
        Denial::Protection => "a_change_that_takes_protection_away_denies",
        Denial::NoSuchOrder => "another_account_denies_what_reduces",
        Denial::NotChangeable => "a_change_of_what_cannot_be_changed_denies",
        Denial::Unmeasurable => "an_unknown_contract_denies_a_closing_order_and_never_a_cancel",
        Denial::OpenPositions => "a_position_too_many_denies_and_more_of_an_own_one_does_not",
        Denial::AccountLots => "too_many_lots_of_the_account_deny",
        Denial::Notional => "lots_worth_too_much_deny",
        Denial::Leverage => "lots_worth_too_many_times_the_account_deny",
        Denial::AfterOpen => "the_first_moments_of_a_session_deny_an_entry_and_no_change_of_an_exit",
        Denial::BeforeClose => "the_last_moments_of_a_session_deny",
        Denial::QuietTime => "news_deny_unless_the_bot_passes_over_them",
        Denial::BotOrderRate => "too_many_orders_of_one_bot_deny_over_a_restart_too",
        Denial::SendRate => "what_is_kept_for_cancels_and_closings_denies",
        Denial::AccountAge => "an_account_compared_too_long_ago_denies",
        Denial::TooSmall => "a_size_of_less_than_a_lot_or_of_nobody_knows_what_denies",
        Denial::SelfMatch => "an_own_order_on_the_other_side_within_reach_denies",
        Denial::TradesPerDay => {
            "a_trade_too_many_in_a_day_denies_and_what_never_traded_counts_only_while_it_works"
        }
    }
}

#[test]
fn every_rule_has_a_test_that_makes_it_deny() {
    let rig = Rig::ready_with(every_limit());
    let p = fit(rig.lane.book(), rig.at);
    let r = reduction(&rig, None);
    let rules =
        all_checks(&p).into_iter().map(|check| check.rule).chain(REDUCING.iter().map(|rule| rule(&r).rule));
    let source =
        concat!(include_str!("gate.rs"), include_str!("gate/limits.rs"), include_str!("gate/reducing.rs"),);
    for rule in rules.chain([Denial::NotChangeable, Denial::Protection, Denial::TooSmall]) {
        let name = tested_by(rule);
        assert!(source.contains(&format!("#[test]\nfn {name}()")), "{rule} has no test {name}");
        assert!(source.matches(&format!("Denial::{rule:?}")).count() > 1, "{name} never sees {rule}");
    }
}
