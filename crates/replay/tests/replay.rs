//! Replays of made-up tapes: the same twice, another for another row, and what it leaves is what a run would.
//!
//! No market data and no clock.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod stage;

use std::convert::Infallible;

use stage::{MONDAY, bars, rows, settings};
use stopline_exchange::journal;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::num::Lots;
use stopline_kernel::record::Record;
use stopline_kernel::time::Span;
use stopline_ledger::memory::MemoryLog;
use stopline_replay::{Outcome, Row, Walk};
use stopline_tape::TapeBar;

fn walked(tape: Vec<TapeBar>, walk: Walk) -> Outcome {
    stopline_replay::bars(settings(MONDAY, 3), MemoryLog::all(), tape, walk, |_| ()).unwrap()
}

fn shown(tape: impl Iterator<Item = Row>) -> Outcome {
    let rows = tape.map(Ok::<_, Infallible>);
    stopline_replay::rows(settings(MONDAY, 3), MemoryLog::all(), MONDAY, rows, |_| ()).unwrap()
}

#[test]
fn minute_bars_replay_to_one_digest_and_to_trades() {
    let (one, two) = (walked(bars(7, 700), Walk::Near), walked(bars(7, 700), Walk::Near));
    assert!(one.trades() > 8, "{} trades prove nothing", one.trades());
    assert!(one.stopped);
    assert_eq!((one.digest(), one.rows, one.trades()), (two.digest(), 700, two.trades()));
    assert_eq!(one.journal, two.journal);
}

#[test]
fn quotes_and_trades_replay_to_one_digest_and_to_trades() {
    let tape = || rows(3, 100_000, Span::millis(500));
    let (one, two) = (shown(tape()), shown(tape()));
    assert!(one.trades() > 8, "{} trades prove nothing", one.trades());
    assert_eq!((one.digest(), one.rows), (two.digest(), 100_000));
}

#[test]
fn one_changed_row_is_another_digest_even_where_no_decision_changes() {
    let mut tape = bars(7, 200);
    let before = walked(tape.clone(), Walk::Near);
    tape[199].volume = Lots(tape[199].volume.0 + 1);
    let after = walked(tape, Walk::Near);
    assert_eq!(before.trades(), after.trades());
    assert_ne!(before.digest(), after.digest());
}

#[test]
fn another_walk_is_another_replay() {
    let (near, far) = (walked(bars(7, 400), Walk::Near), walked(bars(7, 400), Walk::Far));
    assert_ne!(near.digest(), far.digest());
}

#[test]
fn the_ledger_of_a_replay_recovers_to_the_lane_and_agrees_with_the_exchange() {
    let outcome = walked(bars(11, 600), Walk::Near);
    let mut recovered = Ledgered::default();
    outcome.log.entries().iter().for_each(|entry| recovered.apply(entry).unwrap());
    assert_eq!(recovered, outcome.lane.book().ledgered);
    let halted = |record: &Record| matches!(record, Record::IncidentOpened(_));
    assert!(!outcome.log.entries().iter().any(|entry| halted(&entry.record)));
    let steps = journal::read(outcome.journal.as_bytes()).unwrap().steps;
    let traded =
        |fact: &&stopline_exchange::fact::Fact| matches!(fact, stopline_exchange::fact::Fact::Traded { .. });
    assert_eq!(steps.iter().flatten().filter(traded).count(), outcome.fills());
}

#[test]
fn what_lies_before_the_engine_warms_it_up_and_is_not_traded() {
    let from = MONDAY.plus(Span::secs(180 * 60));
    let warm = stopline_replay::bars(settings(from, 3), MemoryLog::all(), bars(7, 400), Walk::Near, |_| ());
    let warm = warm.unwrap();
    let early = |entry: &&stopline_kernel::record::Entry| entry.at.market.is_some_and(|at| at < from);
    assert_eq!(warm.log.entries().iter().find(early), None);
    let first = warm.log.entries().iter().find(|e| matches!(e.record, Record::Decided { .. })).unwrap();
    // Averages over twenty bars exist at once.
    assert!(first.at.market.unwrap() < from.plus(Span::secs(30 * 60)), "{first:?}");
}

#[test]
fn a_row_that_steps_back_in_time_ends_the_replay_and_is_named() {
    let mut tape: Vec<Row> = rows(3, 10, Span::millis(100)).collect();
    tape[7].at = tape[2].at;
    let rows = tape.into_iter().map(Ok::<_, Infallible>);
    let ended = stopline_replay::rows(settings(MONDAY, 1), MemoryLog::all(), MONDAY, rows, |_| ());
    assert_eq!(
        ended.err().unwrap().to_string(),
        "the tape steps back in time at its row 8: import it anew, which sorts or refuses it"
    );
}

#[test]
fn a_tape_that_breaks_off_is_an_error_and_no_result() {
    let tape = rows(3, 10, Span::millis(100)).map(Ok).chain([Err("part 3 is cut")]);
    let ended = stopline_replay::rows(settings(MONDAY, 1), MemoryLog::all(), MONDAY, tape, |_| ());
    assert_eq!(ended.err().unwrap().to_string(), "part 3 is cut");
}

#[test]
fn a_tape_without_a_bar_in_time_is_refused() {
    let late = settings(MONDAY.plus(Span::secs(86_400)), 3);
    let ended = stopline_replay::bars(late, MemoryLog::all(), bars(7, 100), Walk::Near, |_| ());
    assert_eq!(ended.err().unwrap().to_string(), "the tape has no row to replay");
}
