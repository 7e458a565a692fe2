//! Each rule of the gate and of the reducing list, made to deny alone, with the numbers it gives.
//!
//! No rule counts as tested by a denial of another: the list of denials is walked, and one without a test fails.

use std::collections::BTreeSet;

use stopline_kernel::book::Book;
use stopline_kernel::id::{AccountId, Symbol};
use stopline_kernel::limits::{BotSeat, LaneConfig, NewsKind, QuietWindow, SendRate, SizedBy, Sizing};
use stopline_kernel::num::{Bps, Lots, Money, Side, Ticks};
use stopline_kernel::risk::{Check, Denial, Measure, Proposal, REDUCING, RULES, RULES_IF_SET, Reduction};
use stopline_kernel::time::{ExchangeTime, Span, Stamp};

use stopline_kernel::record::Record;

use crate::rig::{Rig, bot, config, symbol};

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
    for status in [
        Trading::PreOpen,
        Trading::Reserved,
        Trading::Halted,
        Trading::Closed,
        Trading::LimitUp,
        Trading::LimitDown,
        Trading::Unrecognised,
    ] {
        let line = format!("market {status}");
        denied_after(&[&line], Denial::MarketStatus, Measure::Trading(status), open);
        // What only exits may be changed as long as anything trades.
        let mut rig = Rig::ready();
        rig.line(&line);
        let p = Proposal { adds: Lots(0), ..fit(rig.lane.book(), rig.at) };
        assert_eq!(denials(&p).is_empty(), status.trades(), "{status}");
        let told = |side| rig.lane.book().can_trade(symbol(), side);
        assert_eq!(told(Side::Buy), Some(status.trades() && status != Trading::LimitUp), "{status}");
        assert_eq!(told(Side::Sell), Some(status.trades() && status != Trading::LimitDown), "{status}");
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
fn a_position_too_many_denies_and_more_of_an_own_one_does_not() {
    let one = |c: &mut LaneConfig| {
        c.limits.size.open_positions = Some(1);
        c.bots.push(BotSeat { bot: "other".parse().unwrap(), ..c.bots[0] });
    };
    let count = Measure::Count;
    denied_under(one, &["buy 1 stop=23481 bot=other"], Denial::OpenPositions, count(2), count(1));
    let mut config = config();
    one(&mut config);
    let mut rig = Rig::ready_with(config);
    rig.line("buy 1 stop=23481");
    rig.line("fill entry 1 @ 23501 ; works stop worth=1");
    assert_eq!(denials(&fit(rig.lane.book(), rig.at)), []);
}

#[test]
fn too_many_lots_of_the_account_deny() {
    let three = |c: &mut LaneConfig| {
        (c.limits.max_instrument_lots, c.limits.size.account_lots) = (Lots(3), Some(Lots(3)));
    };
    let mut config = config();
    three(&mut config);
    let mut rig = Rig::ready_with(config);
    rig.line("buy 2 limit=23480 stop=23470");
    let p = fit(rig.lane.book(), rig.at);
    let (four, three) = (Lots(4).into(), Lots(3).into());
    assert_eq!(denials(&p), [(Denial::InstrumentLots, four, three), (Denial::AccountLots, four, three)]);
}

#[test]
fn lots_worth_too_much_deny() {
    let limit = Money::units(58_000).unwrap();
    let set = |c: &mut LaneConfig| c.limits.size.notional = Some(limit);
    denied_under(set, &[], Denial::Notional, Money::units(58_750).unwrap(), limit);
}

#[test]
fn lots_worth_too_many_times_the_account_deny() {
    let set = |c: &mut LaneConfig| c.limits.size.leverage = Some(117);
    denied_under(set, &[], Denial::Leverage, Measure::Times(118), Measure::Times(117));
}

#[test]
fn an_account_worth_nothing_and_an_instrument_without_a_price_deny() {
    let mut rig = Rig::new(every_limit());
    rig.start();
    rig.up(stopline_kernel::report::Stream::Orders);
    let p = fit(rig.lane.book(), rig.at);
    let unknown = denials(&p).into_iter().filter(|(_, value, _)| *value == Measure::Unknown);
    let unknown: Vec<Denial> = unknown.map(|(rule, ..)| rule).collect();
    assert!(unknown.ends_with(&[Denial::Notional, Denial::Leverage]), "{unknown:?}");
}

#[test]
fn a_trade_too_many_in_a_day_denies_and_what_never_traded_counts_only_while_it_works() {
    let two = |c: &mut LaneConfig| c.limits.day.trades = Some(2);
    let gone = ["buy 1 limit=23480 stop=23470", "refused entry ; refused stop"];
    let filled = ["buy 1 stop=23481 seq=1", "fill entry 1 @ 23501 ; works stop worth=1"];
    let waiting = ["buy 1 limit=23480 stop=23470 seq=2", "works entry ; held stop"];
    let lines: Vec<&str> = gone.iter().chain(&filled).chain(&waiting).copied().collect();
    denied_under(two, &lines, Denial::TradesPerDay, Measure::Count(3), Measure::Count(2));
}

#[test]
fn the_first_moments_of_a_session_deny_an_entry_and_no_change_of_an_exit() {
    let set = |c: &mut LaneConfig| c.limits.hours.after_open = Some(Span::secs(3_601));
    // The rig stands at 3600 s of market time and 10 ms; its session opened at 0.
    denied_under(set, &[], Denial::AfterOpen, Measure::Millis(3_600_010), Span::secs(3_601));
    let mut config = config();
    set(&mut config);
    let rig = Rig::ready_with(config);
    let mut p = fit(rig.lane.book(), rig.at);
    (p.opens, p.adds) = (false, Lots(0));
    assert_eq!(denials(&p), []);
}

#[test]
fn the_last_moments_of_a_session_deny() {
    let set = |c: &mut LaneConfig| c.limits.hours.before_close = Some(Span::secs(6_400));
    denied_under(set, &[], Denial::BeforeClose, Measure::Millis(6_399_990), Span::secs(6_400));
}

#[test]
fn news_deny_unless_the_bot_passes_over_them() {
    let set = |c: &mut LaneConfig| c.limits.hours.quiet = vec![around(3_100), around(9_000)];
    denied_under(set, &[], Denial::QuietTime, Measure::Millis(99_990), Span::ZERO);
    let mut config = config();
    set(&mut config);
    config.limits.hours.ignores.push((bot(), NewsKind::Cpi));
    let rig = Rig::ready_with(config);
    assert_eq!(denials(&fit(rig.lane.book(), rig.at)), []);
}

#[test]
fn too_many_orders_of_one_bot_deny_over_a_restart_too() {
    let set = |c: &mut LaneConfig| c.limits.pace.bot_orders = Some(2);
    let lines = ["buy 1 stop=23481", "refused entry ; refused stop", "buy 1 stop=23481 seq=1"];
    let lines: Vec<&str> = lines.into_iter().chain(["refused entry ; refused stop"]).collect();
    denied_under(set, &lines, Denial::BotOrderRate, Measure::Count(3), Measure::Count(2));
    let again = ["crash", "up orders", "up quotes", "pass 10ms", "snap", "quote 23499 23501", "trade 23500"];
    let lines: Vec<&str> = lines.into_iter().chain(again).collect();
    denied_under(set, &lines, Denial::BotOrderRate, Measure::Count(3), Measure::Count(2));
}

#[test]
fn what_is_kept_for_cancels_and_closings_denies() {
    let set = |c: &mut LaneConfig| c.limits.pace.sends = Some(SendRate { per_second: 6, reserve: 2 });
    let lines = ["buy 1 stop=23481"];
    // An entry with its stop went out; another with stop and target are five.
    denied_under(set, &lines, Denial::SendRate, Measure::Count(5), Measure::Count(4));
}

#[test]
fn an_account_compared_too_long_ago_denies() {
    let set = |c: &mut LaneConfig| c.timings.account_age = Some(Span::secs(8));
    let lines = ["pass 8001ms", "quote 23499 23501", "trade 23500"];
    denied_under(set, &lines, Denial::AccountAge, Span::millis(8_001), Span::secs(8));
}

#[test]
fn an_own_order_on_the_other_side_within_reach_denies() {
    let seat = |c: &mut LaneConfig| c.bots.push(BotSeat { bot: "other".parse().unwrap(), ..c.bots[0] });
    let resting = |price: i64| format!("sell 1 limit={price} stop=23520 bot=other");
    denied_under(seat, &[&resting(23_501)], Denial::SelfMatch, NO, YES);
    let mut config = config();
    seat(&mut config);
    let mut rig = Rig::ready_with(config);
    rig.line(&resting(23_502));
    assert_eq!(denials(&fit(rig.lane.book(), rig.at)), []);
}

#[test]
fn a_share_of_the_days_first_equity_is_a_limit_of_loss_where_it_is_tighter() {
    let set = |share| {
        let mut config = config();
        config.limits.day.loss_share = Some(Bps(share));
        Rig::ready_with(config).lane.book().day_may_lose()
    };
    assert_eq!((set(50), set(200)), (Money::units(250).unwrap(), Money::units(500).unwrap()));
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

/// Long 2 with a working stop of 2.
fn long() -> Rig {
    let mut rig = Rig::ready();
    rig.line("buy 2 stop=23481");
    rig.line("fill entry 2 @ 23501 ; works stop worth=2");
    rig
}

fn reduction(rig: &Rig, closes: Option<(Side, Lots)>) -> Reduction<'_> {
    let book = rig.lane.book();
    Reduction { book, account: book.config.account, bot: bot(), symbol: symbol(), closes }
}

fn reducing_denials(r: &Reduction<'_>) -> Vec<(Denial, Measure, Measure)> {
    let checks = REDUCING.iter().map(|rule| rule(r)).filter(|check| !check.passed);
    checks.map(|c| (c.rule, c.value, c.limit)).collect()
}

#[test]
fn a_cancel_and_a_closing_order_that_fits_pass_the_reducing_rules_under_any_halt() {
    let mut rig = long();
    assert_eq!(reducing_denials(&reduction(&rig, None)), []);
    rig.line("pause");
    rig.line("cancelled stop");
    assert_eq!(reducing_denials(&reduction(&rig, Some((Side::Sell, Lots(2))))), []);
}

#[test]
fn another_account_denies_what_reduces() {
    let rig = long();
    let account = "OTHER".parse::<AccountId>().unwrap();
    let r = Reduction { account, ..reduction(&rig, None) };
    assert_eq!(reducing_denials(&r), [(Denial::NoSuchOrder, NO, YES)]);
}

#[test]
fn an_unknown_contract_denies_a_closing_order_and_never_a_cancel() {
    let rig = long();
    let symbol = Symbol::from_static("ESZ6");
    let close = Reduction { symbol, ..reduction(&rig, Some((Side::Sell, Lots(0)))) };
    let for_no_lots = (Denial::PastFlat, Lots(0).into(), Lots(0).into());
    assert_eq!(reducing_denials(&close), [(Denial::Unmeasurable, NO, YES), for_no_lots]);
    assert_eq!(reducing_denials(&Reduction { symbol, ..reduction(&rig, None) }), []);
}

#[test]
fn a_closing_order_never_goes_past_flat_with_all_that_works_on_its_side() {
    let mut rig = long();
    let with_stop = reducing_denials(&reduction(&rig, Some((Side::Sell, Lots(1)))));
    assert_eq!(with_stop, [(Denial::PastFlat, Lots(3).into(), Lots(2).into())]);
    rig.line("cancelled stop");
    let too_many = reducing_denials(&reduction(&rig, Some((Side::Sell, Lots(3)))));
    assert_eq!(too_many, [(Denial::PastFlat, Lots(3).into(), Lots(2).into())]);
    let wrong_way = reducing_denials(&reduction(&rig, Some((Side::Buy, Lots(1)))));
    assert_eq!(wrong_way, [(Denial::PastFlat, Lots(1).into(), Lots(0).into())]);
    let fewer_than_none = reducing_denials(&reduction(&rig, Some((Side::Sell, Lots(-1)))));
    assert_eq!(fewer_than_none, [(Denial::PastFlat, Lots(-1).into(), Lots(0).into())]);
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
    let source = include_str!("gate.rs");
    for rule in rules.chain([Denial::NotChangeable, Denial::Protection, Denial::TooSmall]) {
        let name = tested_by(rule);
        assert!(source.contains(&format!("#[test]\nfn {name}()")), "{rule} has no test {name}");
        assert!(source.matches(&format!("Denial::{rule:?}")).count() > 1, "{name} never sees {rule}");
    }
}

/// The denials recorded after some lines over a long position with its stop.
fn recorded(lines: &[&str]) -> Vec<Denial> {
    let mut rig = long();
    lines.iter().for_each(|line| drop(rig.line(line)));
    let denied = rig.log.0.iter().filter_map(|entry| match &entry.record {
        Record::Decided { denied, .. } => *denied,
        _ => None,
    });
    denied.collect()
}

#[test]
fn a_size_of_less_than_a_lot_or_of_nobody_knows_what_denies() {
    let denied_with = |by, line: &str| {
        let mut config = config();
        config.sizing.push(Sizing { bot: bot(), by, confidence: false });
        let mut rig = Rig::ready_with(config);
        rig.line(line);
        let denied = rig.log.0.iter().rev().find_map(|entry| match &entry.record {
            Record::Decided { checks, denied, .. } => Some((*denied, checks.last().copied().unwrap().value)),
            _ => None,
        });
        denied.unwrap()
    };
    // 21 ticks of 1.25 and two fees of 0.62 are 27.49; 5 basis points of 50000 are 25.
    let risk = SizedBy::Risk(Bps(5));
    let too_small = Some(Denial::TooSmall);
    assert_eq!(denied_with(risk, "buy 1 stop=23480"), (too_small, Lots(0).into()));
    assert_eq!(denied_with(risk, "buy 1 stop=23480 symbol=ESZ6"), (too_small, Measure::Unknown));
}

#[test]
fn a_change_of_what_cannot_be_changed_denies() {
    let lines = ["modify stop price=23485 lots=3", "modify entry price=23485 lots=1", "cancel ghost"];
    let denials = [Denial::NotChangeable, Denial::NotChangeable, Denial::NoSuchOrder];
    assert_eq!(recorded(&lines), denials);
}

#[test]
fn a_change_that_takes_protection_away_denies() {
    assert_eq!(recorded(&["cancel stop", "modify stop price=23485 lots=1"]), [Denial::Protection; 2]);
}
