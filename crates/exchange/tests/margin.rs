//! Margin: which orders an account can carry, what is asked by day, and how one that is worth too little is closed out.
//! What a market does is never tested here.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod stage;

use stage::{Stage, account, at, mes, plan, symbol};
use stopline_exchange::birth::{Drive, Plan};
use stopline_exchange::fact::Fact;
use stopline_exchange::floor::{Floor, News};
use stopline_exchange::journal;
use stopline_kernel::instrument::{DayMargin, Instrument, Margin};
use stopline_kernel::num::{Lots, Money};
use stopline_kernel::time::Span;

const INITIAL: Money = Money(1_000_000_000);
const MAINTENANCE: Money = Money(900_000_000);

fn with(day: Option<DayMargin>) -> Plan {
    let margin = Some(Margin { initial: INITIAL, maintenance: MAINTENANCE, day });
    let instrument = Instrument { margin, ..mes() };
    Plan { contracts: vec![(instrument, Drive::Quiet)], ..plan(Drive::Quiet, Span::ZERO, 1) }
}

/// A quiet market whose last trade is 1000; 50 000 carry 50 lots.
fn stage(day: Option<DayMargin>) -> Stage {
    let mut stage = Stage { floor: Floor::create(with(day)).unwrap() };
    stage.place(2, "seed-1 sell 1 limit", Some(1_000), &[]);
    stage.place(2, "seed-2 buy 1 limit", Some(1_000), &[]);
    stage.news();
    stage
}

fn refused(needs: i64) -> String {
    format!("insufficient margin: {needs}.00 initial margin is needed, equity is 50000.00")
}

#[test]
fn an_order_that_the_account_cannot_carry_is_refused_and_the_worst_case_counts_each_side_alone() {
    let mut s = stage(None);
    s.place(1, "a buy 51 limit", Some(999), &[]);
    s.place(1, "b buy 30 limit", Some(999), &[]);
    s.place(1, "c sell 50 limit", Some(1_001), &[]);
    s.place(1, "d buy 21 limit", Some(998), &[]);
    s.place(1, "e buy 20 limit", Some(998), &[("stop sell 20 stop", 990), ("target sell 20 limit", 1_010)]);
    let news = s.news();
    let of = |id: &str| news.iter().find(|line| line.starts_with(&format!("{id} "))).unwrap().clone();
    assert_eq!(of("a"), format!("a rejected: {}", refused(51_000)));
    assert_eq!(of("b"), "b accepted 30");
    assert_eq!(of("c"), "c accepted 50", "either side may fill, not both");
    assert_eq!(of("d"), format!("d rejected: {}", refused(51_000)));
    assert_eq!(of("e"), "e accepted 20", "exits tie up nothing of their own");
    s.replace(1, "b", "b2", 31, 999);
    assert_eq!(s.news(), [format!("Replace b: {}", refused(51_000))]);
    assert_eq!(s.floor.worth(account(1)).unwrap().initial, Money(50_000_000_000));
}

#[test]
fn what_makes_a_position_smaller_is_taken_from_an_account_that_could_not_open_it() {
    let mut s = stage(None);
    s.place(2, "m sell 40 limit", Some(1_000), &[]);
    s.place(1, "in buy 40 market", None, &[]);
    // 250 ticks on 40 lots are 12 500: worth 37 475 now, 40 000 would be asked to open it.
    s.place(2, "low buy 5 limit", Some(750), &[]);
    s.place(2, "at sell 1 limit", Some(750), &[]);
    s.news();
    assert_eq!(s.floor.worth(account(1)).unwrap().maintenance, Money(36_000_000_000));
    s.place(1, "more buy 1 limit", Some(700), &[]);
    s.place(1, "less sell 3 market", None, &[]);
    let news = s.news();
    assert!(news[0].starts_with("more rejected: insufficient margin: 41000.00"), "{news:?}");
    assert!(news.contains(&"less trade 3@750 cum 3".to_owned()), "{news:?}");
}

#[test]
fn the_day_margin_is_asked_until_it_ends() {
    let mut s = stage(Some(DayMargin { lot: Money(100_000_000), ends: Span::secs(900) }));
    s.place(1, "a buy 500 limit", Some(999), &[]);
    s.cancel(1, "a");
    s.floor.advance(at(6_299)).unwrap();
    s.place(1, "b buy 51 limit", Some(999), &[]);
    s.cancel(1, "b");
    s.floor.advance(at(6_300)).unwrap();
    s.place(1, "c buy 51 limit", Some(999), &[]);
    let news: Vec<String> = s.news().into_iter().filter(|line| !line.contains("canceled")).collect();
    assert_eq!(
        news,
        ["a accepted 500".into(), "b accepted 51".into(), format!("c rejected: {}", refused(51_000))]
    );
}

/// Account 1 holds 40 lots from 1000 and an order; account 2 would buy 50 at 700, and the price goes there.
fn ruined(s: &mut Stage) {
    s.place(2, "m sell 40 limit", Some(1_000), &[]);
    s.place(1, "in buy 40 market", None, &[]);
    s.place(1, "rest sell 5 limit", Some(1_100), &[]);
    s.place(2, "low buy 50 limit", Some(700), &[]);
    s.place(2, "at sell 1 limit", Some(700), &[]);
}

#[test]
fn an_account_below_its_maintenance_margin_is_closed_out_and_told() {
    let mut s = stage(None);
    ruined(&mut s);
    let news = s.news();
    let why = "forced liquidation: equity is below the maintenance margin";
    assert!(news.contains(&format!("rest canceled: {why}")), "{news:?}");
    let trade = news.iter().find(|line| line.starts_with("LIQ-") && line.contains("trade")).unwrap();
    assert!(trade.ends_with("trade 40@700 cum 40"), "{trade}");
    let held = &s.floor.desk().accounts()[&account(1)];
    assert_eq!(held.positions[&symbol()].lots, Lots(0));
    assert!(s.floor.desk().live_orders().all(|order| order.account != account(1)));
    s.place(2, "next sell 1 limit", Some(700), &[]);
    assert!(s.news().iter().all(|line| !line.starts_with("LIQ-")), "once is enough");
}

#[test]
fn an_account_that_keeps_its_margin_is_left_alone() {
    let mut s = stage(None);
    s.place(2, "m sell 40 limit", Some(1_000), &[]);
    s.place(1, "in buy 40 market", None, &[]);
    s.place(2, "low buy 50 limit", Some(721), &[]);
    s.place(2, "at sell 1 limit", Some(721), &[]);
    assert!(s.news().iter().all(|line| !line.starts_with("LIQ-")));
    let worth = s.floor.worth(account(1)).unwrap();
    assert!(worth.equity >= worth.maintenance, "{worth:?}");
    assert!(worth.equity < worth.initial, "no more could be opened: {worth:?}");
}

#[test]
fn a_journal_with_a_liquidation_reads_back_to_the_same_accounts() {
    let mut floor = Floor::create(with(None)).unwrap();
    let mut facts = Vec::new();
    let mut take = |floor: &mut Floor| {
        facts.extend(floor.take_news().into_iter().filter_map(|news| match news {
            News::Fact(fact, _) => Some(fact),
            _ => None,
        }));
    };
    take(&mut floor);
    let mut s = Stage { floor };
    s.place(2, "seed-1 sell 1 limit", Some(1_000), &[]);
    s.place(2, "seed-2 buy 1 limit", Some(1_000), &[]);
    ruined(&mut s);
    take(&mut s.floor);
    assert!(facts.iter().any(|fact| matches!(fact, Fact::Liquidated { .. })));
    let line = journal::Chain::default().line(&facts);
    let read = journal::read(line.as_bytes()).unwrap();
    let again = Floor::restore(with(None), &read).unwrap();
    assert_eq!(again.desk().accounts(), s.floor.desk().accounts());
}
