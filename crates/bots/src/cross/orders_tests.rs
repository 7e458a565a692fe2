//! Tests of the cross with orders at work, and against its rules read off the header by other means.
//!
//! Nothing here shares code with the bot but the types.

use alloc::vec::Vec;

use serde_json::json;
use stopline_kernel::id::ClOrdId;
use stopline_kernel::intent::{Leg, Wish};
use stopline_kernel::num::Lots;
use stopline_kernel::order::OrderKind;
use stopline_kernel::table::Published;
use stopline_kernel::view::OrderView;

use super::tests::*;
use super::*;
use crate::indicators::walk;

/// `view` with one order at work.
fn working(leg: Leg, side: Side) -> impl FnOnce(View) -> View {
    let order = OrderView {
        cl_ord_id: ClOrdId::from_digest(1),
        bot: "cross-1".parse().unwrap(),
        leg,
        symbol: seat().symbol,
        side,
        lots: Lots(1),
        filled: Lots(0),
        kind: OrderKind::Market,
        state: Published::Working,
    };
    move |view| View { orders: [order].into(), ..view }
}

#[test]
fn a_cross_waits_one_bar_for_orders_that_still_work() {
    let mut bot = quick();
    let bars = bars(&[100, 99, 102, 103, 104]);
    bot.warm_up(&bars[..2]);
    let stale = || working(Leg::Target, Side::Sell);
    let (held, reason) = one(&mut bot, &bars[2], stale()(flat(&bars[2]))).unwrap();
    assert!(held == Wish::Hold && reason.ends_with("1 orders still work"), "{reason}");
    let mut patient = bot.clone();
    assert_eq!(wish(one(&mut bot, &bars[3], flat(&bars[3]))), Some(enter(Side::Buy, 95, 119)));
    assert_eq!(wish(one(&mut patient, &bars[3], stale()(flat(&bars[3])))), Some(Wish::Hold));
    assert_eq!(one(&mut patient, &bars[4], flat(&bars[4])), None, "it waits for one bar only");
}

#[test]
fn an_entry_at_work_counts_as_its_position() {
    let against = last(&mut quick(), &[100, 101, 99], working(Leg::Entry, Side::Buy));
    assert_eq!(wish(against), Some(Wish::Exit));
    let (held, reason) = last(&mut quick(), &[100, 99, 102], working(Leg::Entry, Side::Buy)).unwrap();
    assert!(held == Wish::Hold && reason.ends_with("already in this position"), "{reason}");
}

#[test]
fn a_side_that_is_not_allowed_is_exited_to_but_never_waited_for() {
    let mut bot = cross(json!({"fast": 1, "slow": 2, "allow_short": false}));
    let bars = bars(&[100, 101, 99, 98]);
    bot.warm_up(&bars[..2]);
    let long = View { position: Lots(1), ..flat(&bars[2]) };
    assert_eq!(wish(one(&mut bot, &bars[2], long)), Some(Wish::Exit));
    assert_eq!(one(&mut bot, &bars[3], flat(&bars[3])), None);
}

#[test]
fn a_waiting_cross_does_not_survive_a_bar_missed_while_down() {
    let mut bot = quick();
    let bars = bars(&[100, 101, 99, 98, 97]);
    bot.warm_up(&bars[..2]);
    let long = View { position: Lots(1), ..flat(&bars[2]) };
    assert_eq!(wish(one(&mut bot, &bars[2], long)), Some(Wish::Exit));
    let mut again = quick();
    again.restore(&bot.save().unwrap()).unwrap();
    again.warm_up(&bars[..4]);
    assert_eq!(one(&mut again, &bars[4], flat(&bars[4])), None);
}

/// Fast against slow after `bars`, from plain sums.
fn order(bars: &[Bar], fast: usize, slow: usize) -> Option<i64> {
    let sum =
        |n: usize| bars.len().checked_sub(n).map(|from| bars[from..].iter().map(|b| b.close.0).sum::<i64>());
    Some((sum(fast)? * i64::try_from(slow).unwrap() - sum(slow)? * i64::try_from(fast).unwrap()).signum())
}

/// What the rules of the header want after `bars`, for stop and target in ticks and no orders at work.
fn by_the_rules(bars: &[Bar], position: i64, waited: &mut i64) -> Option<Wish> {
    let (now, before) = (order(bars, 3, 8)?, order(&bars[..bars.len() - 1], 3, 8)?);
    let waiting = core::mem::take(waited);
    let crossed = now != 0 && before != now;
    if now != 0 && position == -now {
        *waited = if crossed { now } else { 0 };
        return Some(Wish::Exit);
    }
    if now == 0 || !(crossed || waiting == now) {
        return None;
    }
    if position != 0 {
        return Some(Wish::Hold);
    }
    let close = bars[bars.len() - 1].close.0;
    Some(enter(if now > 0 { Side::Buy } else { Side::Sell }, close - 20 * now, close + 30 * now))
}

#[test]
fn every_decision_is_the_one_the_rules_give() {
    for seed in 100..130 {
        let bars = walk(seed, 300);
        let mut bot = cross(json!({"fast": 3, "slow": 8, "stop": "20 ticks", "target": "30 ticks"}));
        let (mut account, mut waited) = (Account::default(), 0);
        let mut entries = 0;
        for (i, bar) in bars.iter().enumerate() {
            let view = account.view(bar);
            let expected = by_the_rules(&bars[..=i], view.position.0, &mut waited);
            let intents = bot.on_bar(bar, &view);
            let wishes: Vec<Wish> = intents.iter().map(|intent| intent.wish.clone()).collect();
            assert_eq!(wishes, expected.into_iter().collect::<Vec<_>>(), "seed {seed}, bar {i}");
            entries += wishes.iter().filter(|wish| matches!(wish, Wish::Enter(_))).count();
            account.take(&intents);
        }
        assert!(entries > 10, "seed {seed}: {entries} entries prove nothing");
    }
}
