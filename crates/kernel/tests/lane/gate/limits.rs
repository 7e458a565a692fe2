//! The rules that are asked only where their limit is set, each made to deny alone.
//!
//! No limit is set here but those that a test names.

use stopline_kernel::limits::BotSeat;

use super::*;

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
