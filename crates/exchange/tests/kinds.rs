//! The kinds of order beyond market, limit and stop: what sets them off, how far they trade, what becomes of the rest. No
//! participant moves the market here.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod stage;

use stage::{Stage, quiet};
use stopline_kernel::num::Side;

/// A market whose last trade is 100, with one lot of account 2 at each of these prices.
fn offers(sell: &[i64], buy: &[i64]) -> Stage {
    let mut s = quiet(100);
    sell.iter().for_each(|p| s.place(2, &format!("s{p} sell 1 limit"), Some(*p), &[]));
    buy.iter().for_each(|p| s.place(2, &format!("b{p} buy 1 limit"), Some(*p), &[]));
    s.news();
    s
}

/// Account 2 trades a lot with itself at `price`, through an empty book.
fn trade(s: &mut Stage, n: u32, price: i64) -> Vec<String> {
    s.place(2, &format!("x{n} buy 1 limit"), Some(price), &[]);
    s.place(2, &format!("y{n} sell 1 limit"), Some(price), &[]);
    let ours = |line: &String| !line.starts_with('x') && !line.starts_with('y');
    s.news().into_iter().filter(ours).collect()
}

#[test]
fn a_stop_limit_that_is_set_off_trades_to_its_limit_and_stands_there() {
    let mut s = offers(&[102, 103, 106], &[]);
    s.place(1, "a buy 3 stop_limit 104", Some(102), &[]);
    assert_eq!(s.news(), ["a accepted 3"]);
    s.place(2, "t buy 1 limit", Some(102), &[]);
    let news = s.news();
    let ours: Vec<_> = news.iter().filter(|l| l.starts_with("a ")).collect();
    assert_eq!(ours, ["a rests 104", "a trade 1@103 cum 1"], "106 is beyond the limit");
    assert_eq!(s.stands(Side::Buy), ["104x2"]);
}

#[test]
fn a_gap_over_a_stop_limit_leaves_it_standing_at_its_limit() {
    let mut s = quiet(100);
    s.place(1, "a sell 1 stop_limit 95", Some(97), &[]);
    s.news();
    s.place(2, "deep buy 5 limit", Some(90), &[]);
    s.place(2, "hit sell 1 limit", Some(90), &[]);
    assert!(s.news().contains(&"a rests 95".to_owned()));
    assert_eq!(s.stands(Side::Sell), ["95x1"]);
}

#[test]
fn a_stop_limit_whose_limit_lies_before_its_stop_is_refused() {
    let mut s = quiet(100);
    s.place(1, "a buy 1 stop_limit 101", Some(102), &[]);
    s.place(1, "b sell 1 stop_limit 99", Some(98), &[]);
    s.place(1, "c buy 1 stop_limit 102", Some(102), &[]);
    let why = "rejected: a buy's limit must not lie below its stop, nor a sell's above";
    assert_eq!(s.news(), [format!("a {why}"), format!("b {why}"), "c accepted 1".to_owned()]);
}

#[test]
fn a_change_of_a_stop_limit_that_waits_moves_both_prices_and_of_one_that_stands_its_limit() {
    let mut s = quiet(100);
    s.place(1, "a buy 1 stop_limit 107", Some(105), &[]);
    s.replace(1, "a", "a2", 1, 103);
    s.news();
    s.place(2, "m sell 9 limit", Some(104), &[]);
    s.place(2, "x buy 1 limit", Some(104), &[]);
    let news = s.news();
    assert!(news.contains(&"a2 rests 105".to_owned()), "{news:?}");
    assert!(news.contains(&"a2 trade 1@104 cum 1".to_owned()), "{news:?}");
    let mut s = quiet(100);
    s.place(1, "b sell 1 stop_limit 95", Some(97), &[]);
    s.place(2, "deep buy 5 limit", Some(90), &[]);
    s.place(2, "hit sell 1 limit", Some(90), &[]);
    s.replace(1, "b", "b2", 1, 93);
    assert_eq!(s.stands(Side::Sell), ["93x1"]);
}

#[test]
fn a_protected_order_trades_no_farther_than_its_protection_and_the_rest_stands_there() {
    let mut s = offers(&[101, 125, 126], &[]);
    s.place(1, "a buy 5 protected", None, &[]);
    assert_eq!(
        s.news().into_iter().filter(|l| l.starts_with("a ")).collect::<Vec<_>>(),
        ["a accepted 5", "a rests 125", "a trade 1@101 cum 1", "a trade 1@125 cum 2"]
    );
    assert_eq!(s.stands(Side::Buy), ["125x3"]);
    s.replace(1, "a", "a2", 5, 101);
    assert_eq!(s.stands(Side::Buy), ["101x3"], "what stands has a price that can be changed");
}

#[test]
fn a_protected_order_that_meets_nobody_is_held_to_the_last_trade() {
    let mut s = quiet(100);
    s.place(1, "a sell 1 protected", None, &[]);
    assert_eq!(s.news(), ["a accepted 1", "a rests 76"]);
}

#[test]
fn a_trailing_stop_follows_the_best_trade_and_never_goes_back() {
    let mut s = quiet(100);
    s.place(1, "a sell 1 trailing 5", None, &[]);
    assert_eq!(s.news(), ["a accepted 1", "a trails 95"]);
    assert_eq!(trade(&mut s, 1, 103), ["a trails 98"]);
    assert_eq!(trade(&mut s, 2, 99), Vec::<String>::new(), "it stays, and is not reached");
    s.place(2, "bid buy 1 limit", Some(97), &[]);
    s.place(2, "t buy 1 limit", Some(98), &[]);
    s.place(2, "u sell 1 limit", Some(98), &[]);
    let news = s.news();
    assert!(news.contains(&"a trade 1@97 cum 1".to_owned()), "{news:?}");
}

#[test]
fn a_trailing_stop_of_a_buy_follows_downward() {
    let mut s = quiet(100);
    s.place(1, "a buy 1 trailing 4", None, &[]);
    assert_eq!(s.news(), ["a accepted 1", "a trails 104"]);
    assert_eq!(trade(&mut s, 1, 97), ["a trails 101"]);
    assert_eq!(trade(&mut s, 2, 100), Vec::<String>::new());
    assert_eq!(trade(&mut s, 3, 101), ["a rests 101"]);
}

#[test]
fn a_trailing_stop_may_begin_at_a_price_of_its_own() {
    let mut s = quiet(100);
    s.place(1, "a sell 1 trailing 5", Some(90), &[]);
    assert_eq!(s.news(), ["a accepted 1"]);
    assert_eq!(trade(&mut s, 1, 94), Vec::<String>::new(), "five below 94 is below 90");
    assert_eq!(trade(&mut s, 2, 96), ["a trails 91"]);
    s.replace(1, "a", "a2", 1, 95);
    assert_eq!(s.news(), ["a2 replaced 1@95"]);
    assert_eq!(trade(&mut s, 3, 101), ["a2 trails 96"]);
    s.cancel(1, "a2");
    assert_eq!(s.news(), ["a2 canceled: by its client"]);
    assert_eq!(trade(&mut s, 4, 80), Vec::<String>::new());
}

#[test]
fn a_trailing_exit_begins_to_follow_when_its_entry_has_traded() {
    let mut s = offers(&[101], &[]);
    s.place(1, "e buy 1 limit", Some(101), &[("x sell 1 trailing 6", 0)]);
    let news = s.news();
    assert!(news.ends_with(&["x accepted 1".to_owned(), "x trails 95".to_owned()]), "{news:?}");
}

#[test]
fn a_trailing_stop_without_a_distance_or_beyond_the_market_is_refused() {
    let mut s = quiet(100);
    s.place(1, "a sell 1 trailing 0", None, &[]);
    s.place(1, "b sell 1 trailing 5", Some(100), &[]);
    assert_eq!(
        s.news(),
        [
            "a rejected: the trailing distance must be above zero",
            "b rejected: stop price must be below last trade"
        ]
    );
}

#[test]
fn trades_between_two_looks_set_off_at_the_old_level_first_and_then_pull() {
    let mut s = quiet(100);
    s.place(1, "a sell 1 trailing 5", None, &[]);
    s.place(2, "o1 sell 1 limit", Some(104), &[]);
    s.place(2, "o2 sell 1 limit", Some(108), &[]);
    s.news();
    // One order trades at 104 and 108 before anybody looks: the stop follows the best of both.
    s.place(2, "sweep buy 2 limit", Some(108), &[]);
    assert!(s.news().contains(&"a trails 103".to_owned()));
}
