//! Order lists: entries, the exits that wait for them, and which of them cancels which. No list may close more
//! than it opened.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod stage;

use stage::{Stage, quiet};
use stopline_kernel::num::Side;

/// A buy of 3 at 100 with a stop at 96 and a target at 104, in a market that last traded at 101.
fn bracket() -> Stage {
    let mut s = quiet(101);
    s.place(1, "e buy 3 limit", Some(100), &[("st sell 3 stop", 96), ("tg sell 3 limit", 104)]);
    s
}

fn sell_into(s: &mut Stage, id: &str, lots: i64, price: i64) {
    s.place(2, &format!("{id} sell {lots} limit"), Some(price), &[]);
}

fn of_account_1(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().filter(|l| ["e", "st", "tg"].contains(&l.split(' ').next().unwrap())).collect()
}

#[test]
fn exits_wait_for_the_entry_and_are_worth_what_it_filled() {
    let mut s = bracket();
    assert_eq!(s.news(), ["e accepted 3"]);
    sell_into(&mut s, "x", 1, 100);
    let lines = of_account_1(s.news());
    assert_eq!(lines, ["e trade 1@100 cum 1", "st accepted 1", "tg accepted 1"]);
    assert_eq!(s.stands(Side::Sell), ["104x1"]);
    sell_into(&mut s, "y", 2, 100);
    let lines = of_account_1(s.news());
    assert_eq!(lines, ["e trade 2@100 cum 3", "st accepted 3", "tg accepted 3"]);
    assert_eq!(s.stands(Side::Sell), ["104x3"]);
}

#[test]
fn a_part_of_one_exit_makes_the_other_smaller_and_the_whole_cancels_it() {
    let mut s = bracket();
    sell_into(&mut s, "x", 3, 100);
    s.news();
    s.place(2, "b1 buy 1 limit", Some(104), &[]);
    assert_eq!(of_account_1(s.news()), ["tg trade 1@104 cum 1", "st accepted 2"]);
    s.place(2, "b2 buy 2 limit", Some(104), &[]);
    let lines = of_account_1(s.news());
    assert_eq!(lines, ["tg trade 2@104 cum 3", "st canceled: the other exit closed what it was for"]);
}

#[test]
fn a_stop_that_is_set_off_cancels_the_target() {
    let mut s = bracket();
    sell_into(&mut s, "x", 3, 100);
    s.place(2, "b1 buy 1 limit", Some(96), &[]);
    s.place(2, "b2 buy 5 limit", Some(95), &[]);
    s.news();
    sell_into(&mut s, "y", 1, 96);
    let lines = of_account_1(s.news());
    assert_eq!(lines, ["st trade 3@95 cum 3", "tg canceled: the other exit closed what it was for"]);
}

#[test]
fn exits_that_close_all_that_filled_cancel_the_rest_of_the_entry() {
    let mut s = bracket();
    sell_into(&mut s, "x", 1, 100);
    s.news();
    s.place(2, "b1 buy 1 limit", Some(104), &[]);
    assert_eq!(
        of_account_1(s.news()),
        [
            "tg trade 1@104 cum 1",
            "st canceled: the other exit closed what it was for",
            "e canceled: its exits closed what had filled"
        ]
    );
}

#[test]
fn an_entry_that_ends_empty_takes_its_exits_along_and_one_partly_filled_leaves_them() {
    let mut s = bracket();
    s.news();
    s.cancel(1, "e");
    let why = "canceled: its entry ended with nothing filled";
    assert_eq!(s.news(), ["e canceled: by its client".to_owned(), format!("st {why}"), format!("tg {why}")]);
    let mut s = bracket();
    sell_into(&mut s, "x", 1, 100);
    s.news();
    s.cancel(1, "e");
    assert_eq!(s.news(), ["e canceled: by its client"]);
    assert_eq!(s.stands(Side::Sell), ["104x1"]);
}

#[test]
fn a_client_cancels_one_exit_alone() {
    let mut s = bracket();
    sell_into(&mut s, "x", 2, 100);
    s.news();
    s.cancel(1, "tg");
    assert_eq!(s.news(), ["tg canceled: by its client"]);
    sell_into(&mut s, "y", 1, 100);
    assert_eq!(of_account_1(s.news()), ["e trade 1@100 cum 3", "st accepted 3"]);
}

#[test]
fn a_held_exit_can_be_moved_and_comes_to_work_there() {
    let mut s = bracket();
    s.news();
    s.replace(1, "st", "st2", 3, 97);
    assert_eq!(s.news(), ["st2 replaced 0@97"]);
    sell_into(&mut s, "x", 1, 100);
    assert!(s.news().contains(&"st2 accepted 1".to_owned()));
}

#[test]
fn an_exit_that_the_market_has_passed_trades_when_it_comes_to_work() {
    let mut s = quiet(101);
    s.place(2, "b buy 5 limit", Some(90), &[]);
    s.place(1, "e buy 1 limit", Some(100), &[("st sell 1 stop", 100)]);
    s.news();
    sell_into(&mut s, "x", 1, 100);
    let lines = of_account_1(s.news());
    assert_eq!(lines, ["e trade 1@100 cum 1", "st accepted 1", "st trade 1@90 cum 1"]);
}

#[test]
fn an_entry_that_grows_takes_its_exits_with_it() {
    let mut s = bracket();
    s.replace(1, "e", "e2", 5, 100);
    s.news();
    sell_into(&mut s, "x", 5, 100);
    let lines = s.news();
    assert!(lines.contains(&"st accepted 5".to_owned()), "{lines:?}");
}

#[test]
fn a_list_is_taken_whole_or_refused_whole() {
    let mut s = quiet(101);
    s.place(1, "e buy 3 limit", Some(100), &[("st sell 2 stop", 96), ("tg sell 3 limit", 104)]);
    let fit = "an exit must close its entry: same symbol, other side, same lots";
    assert_eq!(
        s.news(),
        [
            "e rejected: another order of its list was refused".to_owned(),
            format!("st rejected: {fit}"),
            "tg rejected: another order of its list was refused".to_owned()
        ]
    );
    s.place(1, "f buy 1 limit", Some(100), &[("f sell 1 stop", 96)]);
    assert_eq!(
        s.news(),
        ["f rejected: another order of its list was refused", "Place f: duplicate cl_ord_id"]
    );
}
