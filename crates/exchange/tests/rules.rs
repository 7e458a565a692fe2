//! One order at a time: the rules of matching, of changing and of refusing. Only clients move the market here; no
//! participant does.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod stage;

use stage::{at, quiet};
use stopline_kernel::num::Side;

#[test]
fn a_limit_trades_what_it_reaches_at_the_price_that_stood_there_and_the_rest_stands() {
    let mut s = quiet(100);
    s.place(2, "m1 sell 2 limit", Some(101), &[]);
    s.place(2, "m2 sell 2 limit", Some(102), &[]);
    s.news();
    s.place(1, "a buy 5 limit", Some(102), &[]);
    assert_eq!(
        s.news(),
        [
            "a accepted 5",
            "m1 trade 2@101 cum 2",
            "a trade 2@101 cum 2",
            "m2 trade 2@102 cum 2",
            "a trade 2@102 cum 4",
        ]
    );
    assert_eq!(s.stands(Side::Buy), ["102x1"]);
}

#[test]
fn a_market_order_rests_at_the_last_price_it_got() {
    let mut s = quiet(100);
    s.place(2, "m sell 1 limit", Some(103), &[]);
    s.news();
    s.place(1, "a buy 3 market", None, &[]);
    assert_eq!(s.news(), ["a accepted 3", "m trade 1@103 cum 1", "a trade 1@103 cum 1", "a rests 103"]);
    assert_eq!(s.stands(Side::Buy), ["103x2"]);
}

#[test]
fn a_market_order_that_meets_nobody_rests_at_the_last_trade() {
    let mut s = quiet(100);
    s.place(1, "a sell 1 market", None, &[]);
    assert_eq!(s.news(), ["a accepted 1", "a rests 100"]);
    assert_eq!(s.stands(Side::Sell), ["100x1"]);
}

#[test]
fn a_stop_waits_for_its_price_and_then_trades_at_the_market() {
    let mut s = quiet(100);
    s.place(1, "a sell 2 stop", Some(98), &[]);
    s.place(2, "b1 buy 1 limit", Some(99), &[]);
    s.place(2, "b2 buy 1 limit", Some(98), &[]);
    s.place(2, "b3 buy 9 limit", Some(95), &[]);
    s.news();
    s.place(2, "t1 sell 1 limit", Some(99), &[]);
    assert_eq!(s.news().len(), 3, "99 is above the stop");
    s.place(2, "t2 sell 1 limit", Some(98), &[]);
    assert_eq!(
        s.news(),
        [
            "t2 accepted 1",
            "b2 trade 1@98 cum 1",
            "t2 trade 1@98 cum 1",
            "b3 trade 2@95 cum 2",
            "a trade 2@95 cum 2"
        ]
    );
}

#[test]
fn stops_set_each_other_off_nearest_price_first() {
    let mut s = quiet(100);
    for (id, price) in [("far", 96), ("near", 98)] {
        s.place(1, &format!("{id} sell 1 stop"), Some(price), &[]);
    }
    s.place(2, "b1 buy 1 limit", Some(98), &[]);
    s.place(2, "b2 buy 1 limit", Some(96), &[]);
    s.place(2, "b3 buy 5 limit", Some(90), &[]);
    s.news();
    s.place(2, "t sell 1 limit", Some(98), &[]);
    let lines = s.news();
    assert!(lines.contains(&"near trade 1@96 cum 1".to_owned()), "{lines:?}");
    assert!(lines.contains(&"far trade 1@90 cum 1".to_owned()), "{lines:?}");
}

#[test]
fn a_stop_on_the_wrong_side_of_the_last_trade_is_refused() {
    let mut s = quiet(100);
    s.place(1, "a buy 1 stop", Some(100), &[]);
    s.place(1, "b sell 1 stop", Some(101), &[]);
    assert_eq!(
        s.news(),
        [
            "a rejected: stop price must be above last trade",
            "b rejected: stop price must be below last trade"
        ]
    );
}

#[test]
fn fewer_lots_keep_the_place_in_the_queue_and_anything_else_loses_it() {
    let mut s = quiet(100);
    for id in ["a", "b"] {
        s.place(1, &format!("{id} buy 3 limit"), Some(99), &[]);
    }
    s.replace(1, "a", "a2", 2, 99);
    s.news();
    assert_eq!(s.stands(Side::Buy), ["99x2", "99x3"]);
    s.replace(1, "a2", "a3", 4, 99);
    assert_eq!(s.stands(Side::Buy), ["99x3", "99x4"]);
    s.replace(1, "b", "b2", 3, 98);
    assert_eq!(s.stands(Side::Buy), ["99x4", "98x3"]);
    assert_eq!(s.news(), ["a3 replaced 4@99", "b2 replaced 3@98"]);
}

#[test]
fn a_replace_can_trade_and_one_below_what_has_traded_is_refused() {
    let mut s = quiet(100);
    s.place(1, "a buy 3 limit", Some(99), &[]);
    s.place(2, "m sell 2 limit", Some(101), &[]);
    s.news();
    s.replace(1, "a", "a2", 3, 101);
    assert_eq!(s.news(), ["a2 replaced 3@101", "m trade 2@101 cum 2", "a2 trade 2@101 cum 2"]);
    s.replace(1, "a2", "a3", 2, 101);
    assert_eq!(s.news(), ["Replace a2: lots must be above what has traded"]);
}

#[test]
fn ids_are_used_once_for_ever() {
    let mut s = quiet(100);
    s.place(1, "a buy 1 limit", Some(99), &[]);
    s.cancel(1, "a");
    s.place(1, "b buy 0 limit", Some(99), &[]);
    s.news();
    s.place(1, "a buy 1 limit", Some(99), &[]);
    s.place(1, "b buy 1 limit", Some(99), &[]);
    s.place(1, "c buy 1 limit", Some(99), &[]);
    s.replace(1, "c", "a", 1, 98);
    assert_eq!(
        s.news(),
        [
            "Place a: duplicate cl_ord_id",
            "Place b: duplicate cl_ord_id",
            "c accepted 1",
            "Replace c: duplicate cl_ord_id"
        ]
    );
    s.place(2, "a buy 1 limit", Some(99), &[]);
    assert_eq!(s.news(), ["a accepted 1"], "another account has its own ids");
}

#[test]
fn what_cannot_be_cancelled_says_why() {
    let mut s = quiet(100);
    s.place(1, "a buy 1 limit", Some(99), &[]);
    s.replace(1, "a", "a2", 1, 98);
    s.news();
    s.cancel(1, "a");
    s.cancel(1, "a2");
    s.cancel(1, "a2");
    s.cancel(1, "z");
    s.cancel(2, "a2");
    assert_eq!(
        s.news(),
        [
            "Cancel a: not the order's present cl_ord_id",
            "a2 canceled: by its client",
            "Cancel a2: order has ended",
            "Cancel z: unknown order",
            "Cancel a2: unknown order",
        ]
    );
}

#[test]
fn bad_numbers_are_refused() {
    let mut s = quiet(100);
    s.place(1, "a buy 0 limit", Some(99), &[]);
    s.place(1, "b buy -1 market", None, &[]);
    s.place(1, "c buy 10001 market", None, &[]);
    s.place(1, "d buy 1 limit", Some(1_000_000_001), &[]);
    let lines = s.news();
    assert_eq!(lines[0], "a rejected: lots must be between 1 and 10000");
    assert!(lines[1].ends_with(&lines[0][1..]) && lines[2].ends_with(&lines[0][1..]));
    assert_eq!(lines[3], "d rejected: price out of range");
}

#[test]
fn a_closed_session_refuses_orders_keeps_those_that_stand_and_allows_cancels() {
    let mut s = quiet(100);
    s.place(1, "a buy 1 limit", Some(99), &[]);
    s.place(1, "b buy 1 limit", Some(98), &[]);
    s.floor.advance(at(7_200)).unwrap();
    s.news();
    s.place(1, "c buy 1 market", None, &[]);
    s.replace(1, "a", "a2", 1, 97);
    s.cancel(1, "b");
    assert_eq!(
        s.news(),
        ["c rejected: session closed", "Replace a: session closed", "b canceled: by its client"]
    );
    s.floor.advance(at(10_800)).unwrap();
    assert_eq!(s.stands(Side::Buy), ["99x1"]);
    s.place(1, "d buy 1 limit", Some(98), &[]);
    assert_eq!(s.news(), ["d accepted 1"]);
}

#[test]
fn a_moved_stop_waits_at_its_new_price_only() {
    let mut s = quiet(100);
    s.place(1, "a sell 1 stop", Some(98), &[]);
    s.replace(1, "a", "a2", 1, 96);
    for (id, price) in [("b1", 98), ("b2", 97), ("b3", 96), ("b4", 95)] {
        s.place(2, &format!("{id} buy 1 limit"), Some(price), &[]);
    }
    s.place(2, "t1 sell 2 limit", Some(97), &[]);
    assert!(!s.news().iter().any(|line| line.starts_with("a2 trade")));
    s.place(2, "t2 sell 1 limit", Some(96), &[]);
    assert!(s.news().contains(&"a2 trade 1@95 cum 1".to_owned()));
}
