//! The background market: its looks, its feed, its hours. Nothing here knows a client's order but one.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod stage;

use stage::{at, house, plan, symbol};
use stopline_exchange::floor::{Floor, News};
use stopline_kernel::market::TickKind;
use stopline_kernel::num::Lots;
use stopline_kernel::time::Span;

#[test]
fn the_default_market_is_tight_moves_and_trades() {
    for seed in 0..5 {
        let mut floor = Floor::create(plan(house(), Span::secs(10_800), seed)).unwrap();
        let market = floor.market(symbol()).unwrap();
        let bars = market.bars.finished(60, 2_000, floor.now());
        assert!(bars.len() >= 178, "{}", bars.len());
        let range: f64 = bars.iter().map(|b| (b.high.0 - b.low.0) as f64).sum::<f64>() / bars.len() as f64;
        assert!((4.0..16.0).contains(&range), "seed {seed}: mean minute range {range} ticks");
        floor.take_news();
        let (mut one, mut all, mut ticks) = (0, 0, 0);
        for step in 1..=6_000 {
            floor.advance(at(0).plus(Span::millis(step * 100))).unwrap();
            let bbo = floor.market(symbol()).unwrap().book.bbo();
            assert!(bbo.is_sound(), "seed {seed}: {bbo:?}");
            all += 1;
            one += i32::from(bbo.ask.unwrap().price.0 - bbo.bid.unwrap().price.0 == 1);
            ticks += floor.take_news().iter().filter(|n| matches!(n, News::Tick(_))).count();
        }
        assert!(one * 100 > all * 70, "seed {seed}: {one} of {all} moments with a spread of one tick");
        let per_second = ticks as f64 / 600.0;
        assert!((1.5..7.0).contains(&per_second), "seed {seed}: {per_second} events a second");
    }
}

#[test]
fn the_feed_counts_without_a_gap_and_repeats_no_bbo() {
    let mut floor = Floor::create(plan(house(), Span::ZERO, 4)).unwrap();
    floor.advance(at(600)).unwrap();
    let ticks: Vec<_> = floor
        .take_news()
        .into_iter()
        .filter_map(|n| match n {
            News::Tick(tick) => Some(tick),
            _ => None,
        })
        .collect();
    assert!(ticks.windows(2).all(|w| w[1].seq == w[0].seq + 1 && w[1].exchange_time >= w[0].exchange_time));
    let bbos: Vec<_> = ticks.iter().filter(|t| matches!(t.what, TickKind::Bbo(_))).map(|t| t.what).collect();
    assert!(bbos.windows(2).all(|w| w[0] != w[1]));
}

#[test]
fn nothing_trades_while_the_session_is_closed_and_the_market_opens_again() {
    let mut floor = Floor::create(plan(house(), Span::ZERO, 4)).unwrap();
    floor.advance(at(7_201)).unwrap();
    floor.take_news();
    assert_eq!(floor.market(symbol()).unwrap().book.bbo().bid, None);
    floor.advance(at(10_799)).unwrap();
    assert!(!floor.take_news().iter().any(|n| matches!(n, News::Tick(_))));
    floor.advance(at(10_860)).unwrap();
    assert!(floor.market(symbol()).unwrap().book.bbo().is_sound());
}

#[test]
fn the_house_holds_the_other_side_of_all_clients() {
    let mut floor = Floor::create(plan(house(), Span::secs(60), 9)).unwrap();
    floor.place(stage::account(1), stage::spec("a buy 7 market", None), &[]).unwrap();
    let market = floor.market(symbol()).unwrap();
    let held = floor.desk().accounts()[&stage::account(1)].positions[&symbol()].lots;
    assert_eq!((held, market.house_lots), (Lots(7), Lots(-7)));
}
