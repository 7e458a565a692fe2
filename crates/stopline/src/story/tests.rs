//! Tests of a decision's story: nothing between bar and money is missing.
//!
//! No ledger is read here; the records are the sample's.

use stopline_kernel::num::{Lots, Ticks};

use super::*;
use crate::sample;

fn story(entries: &[Entry]) -> Story {
    Story::of(entries, None, &Prices::of([sample::mes()])).unwrap()
}

#[test]
fn a_story_goes_from_bar_to_money_without_a_gap() {
    let entries = sample::bracket();
    let story = story(&entries);
    assert_eq!(story.wish.as_ref().map(|wish| wish.data_time.as_str()), Some("2026-09-16 08:45:59.000"));
    assert_eq!(story.checks[0].value, "26.24");
    assert_eq!(story.orders.len(), 2);
    assert_eq!(story.orders[0].fills[0].slippage_ticks, Some(Ticks(1)));
    assert_eq!(story.records.len(), entries.len());
    let money = &story.money;
    assert_eq!(money.slippage.as_deref(), Some("1.25"));
    assert_eq!(
        (money.realised.as_str(), money.fees.as_str(), money.net.as_str()),
        ("-26.25", "1.24", "-27.49")
    );
    assert_eq!(money.position_after, Some(Lots(0)));

    let page = story.page();
    for part in [
        "bar         2026-09-16 08:45:00.000",
        "fast over slow",
        "risk_per_trade",
        "6700.25",
        "payload: {\"what\"",
    ] {
        assert!(page.contains(part), "{part} is missing:\n{page}");
    }
}

#[test]
fn a_denied_decision_names_its_rule_and_has_no_orders() {
    let story = story(&[sample::denied()]);
    assert_eq!(story.denied.as_deref(), Some("halted"));
    assert!(story.orders.is_empty() && story.money.slippage.is_none());
    assert!(story.page().contains("outcome     denied by halted"));
}

#[test]
fn what_was_left_open_is_followed_until_it_is_flat() {
    let prices = Prices::of([sample::mes()]);
    let entries = sample::bracket();
    let (own, later) = entries.split_at(6);
    let followed = story(own).followed_by(later, &prices);
    assert_eq!(followed.closed_by.len(), 1);
    assert_eq!(followed.closed_by[0].realised, "-26.25");
    assert!(followed.page().contains("closed by"));
    assert!(story(&entries).followed_by(later, &prices).closed_by.is_empty(), "it was flat by itself");
}

#[test]
fn records_without_a_decision_are_no_story() {
    let only_fill = &sample::bracket()[4..5];
    assert_eq!(Story::of(only_fill, None, &Prices::default()).err(), Some(Untold::NoDecision));
}
