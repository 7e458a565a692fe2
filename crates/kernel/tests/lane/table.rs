//! The transition table, cell by cell: the printed page is compared, and the properties that must hold in all of it.
//!
//! `STOPLINE_BLESS=1` writes the page anew; it never passes a page that differs without it.

use stopline_kernel::table::{Ask, Life, Next, OrderEvent, Published, next, print};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/order-states.md");

const HEAD: &str = "# Order states

Printed from `crates/kernel/src/table.rs`; `STOPLINE_BLESS=1 cargo test -p stopline-kernel` writes it anew.

An order stands on two axes: where it is (a column) and what has been asked for and not answered (a block). A row is
what happens to it. A cell names where the order goes, and the new request state where that changes; `·` is late or
repeated news that changes nothing, `✗` cannot be: it is recorded, becomes an incident, and stops new risk.
";

fn cells() -> impl Iterator<Item = (Life, Ask, OrderEvent, Next)> {
    Life::ALL.into_iter().flat_map(|life| {
        Ask::ALL.into_iter().flat_map(move |ask| {
            OrderEvent::ALL.into_iter().map(move |event| (life, ask, event, next(life, ask, event)))
        })
    })
}

const fn fills(event: OrderEvent) -> bool {
    matches!(event, OrderEvent::PartFilled | OrderEvent::FullyFilled)
}

#[test]
fn the_printed_page_is_the_table() {
    let mut page = String::from(HEAD);
    print(&mut page).unwrap();
    if std::env::var_os("STOPLINE_BLESS").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let kept = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(kept == page, "docs/order-states.md is not what the table prints; run with STOPLINE_BLESS=1");
}

#[test]
fn an_end_absorbs_everything_but_fills() {
    for (life, ask, event, to) in cells().filter(|(life, _, event, _)| life.is_terminal() && !fills(*event)) {
        assert!(!matches!(to, Next::To(..)), "{life:?} {ask:?} {event:?} {to:?}");
    }
}

#[test]
fn no_fill_brings_an_ended_order_back_to_life() {
    for (life, ask, event, to) in cells().filter(|(life, _, event, _)| life.is_terminal() && fills(*event)) {
        let lives = matches!(to, Next::To(life, _) if !life.is_terminal());
        assert!(!lives, "{life:?} {ask:?} {event:?}");
    }
}

#[test]
fn silence_never_ends_an_order_and_never_leaves_one_that_waits_as_it_was() {
    for (life, ask, _, to) in cells().filter(|(_, _, event, _)| *event == OrderEvent::Silence) {
        match to {
            Next::To(life, asked) => assert_eq!((life, asked), (Life::Unknown, Ask::Nothing)),
            Next::Stay => assert!(life.is_terminal() || (life, ask) == (Life::Unknown, Ask::Nothing)),
            Next::Illegal => panic!("{life:?} {ask:?}"),
        }
    }
}

#[test]
fn only_evidence_ends_an_order() {
    let evidence = [
        OrderEvent::NotSent,
        OrderEvent::FullyFilled,
        OrderEvent::CancelDone,
        OrderEvent::Refused,
        OrderEvent::Elapsed,
        OrderEvent::ProvenAbsent,
        OrderEvent::Settled,
    ];
    for (life, _, event, to) in cells().filter(|(life, ..)| !life.is_terminal()) {
        let ends = matches!(to, Next::To(life, _) if life.is_terminal());
        assert!(!ends || evidence.contains(&event), "{life:?} {event:?}");
    }
}

#[test]
fn absence_ends_only_what_is_unknown() {
    for (life, _, _, to) in cells().filter(|(_, _, event, _)| *event == OrderEvent::ProvenAbsent) {
        assert_eq!(matches!(to, Next::To(..)), life == Life::Unknown, "{life:?}");
    }
}

#[test]
fn a_persons_word_ends_only_what_is_unknown() {
    for (life, ask, _, to) in cells().filter(|(_, _, event, _)| *event == OrderEvent::Settled) {
        let ends = Next::To(Life::Canceled, Ask::Nothing);
        assert_eq!(to == ends, life == Life::Unknown, "{life:?} {ask:?}");
    }
}

#[test]
fn an_order_that_ended_asks_for_nothing() {
    for (_, _, _, to) in cells() {
        assert!(!matches!(to, Next::To(life, ask) if life.is_terminal() && ask != Ask::Nothing));
    }
}

#[test]
fn no_venue_word_is_impossible_for_an_order_that_is_out() {
    use OrderEvent as E;
    let words = [
        E::Received,
        E::Held,
        E::Accepted,
        E::PartFilled,
        E::FullyFilled,
        E::CancelSeen,
        E::CancelRefused,
        E::CancelDone,
        E::ReplaceRefused,
        E::ReplaceDone,
        E::Refused,
        E::Elapsed,
    ];
    for (life, ask, event, to) in cells()
        .filter(|(life, _, event, _)| !life.is_terminal() && *life != Life::Draft && words.contains(event))
    {
        assert!(to != Next::Illegal, "{life:?} {ask:?} {event:?}");
    }
}

#[test]
fn a_report_that_comes_twice_changes_nothing_the_second_time() {
    for (_, _, event, to) in cells().filter(|(_, _, event, _)| *event != OrderEvent::PartFilled) {
        if let Next::To(life, ask) = to {
            let again = next(life, ask, event);
            assert!(!matches!(again, Next::To(..)), "{life:?} {ask:?} {event:?} {again:?}");
        }
    }
}

#[test]
fn late_news_of_the_way_to_the_exchange_never_takes_an_order_back() {
    let rank = |life: Life| Life::ALL.iter().position(|l| *l == life);
    let forward = [OrderEvent::Sent, OrderEvent::Received, OrderEvent::Held, OrderEvent::Accepted];
    for (life, _, event, to) in cells().filter(|(_, _, event, _)| forward.contains(event)) {
        if let Next::To(after, _) = to {
            assert!(life == Life::Unknown || rank(after) > rank(life), "{life:?} {event:?} {after:?}");
        }
    }
}

#[test]
fn every_place_on_the_axes_has_a_published_state_with_a_word_of_its_own() {
    let mut words = Vec::new();
    for life in Life::ALL {
        for ask in Ask::ALL {
            for traded in [false, true] {
                let state = Published::of(life, ask, traded);
                words.push(state.word());
                let word = format!("\"{}\"", state.word());
                assert_eq!(serde_json::to_string(&state).unwrap(), word);
                let ended = matches!(state, Published::Filled | Published::Canceled | Published::Rejected);
                assert_eq!(ended, life.is_terminal(), "{life:?} {ask:?}");
            }
        }
    }
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), 10);
}
