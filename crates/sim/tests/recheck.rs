//! Old histories under the invariants of today: a clean one stays clean, and what is planted in one is found.
//!
//! No engine runs here but the one that made the history.

#![expect(clippy::unwrap_used, reason = "a test that meets what it did not build ends there")]

use stopline_sim::history::{HistoryError, recheck};
use stopline_sim::recording::Start;
use stopline_sim::run_kept;

/// Seeds that trade, die, lose messages and have others on the account.
const SEEDS: u64 = 60;

fn history(seed: u64) -> String {
    let (outcome, history) = run_kept(&Start::Seed(seed)).unwrap();
    assert_eq!(outcome.violation, None, "seed {seed}");
    history
}

fn found(history: &str) -> Option<&'static str> {
    recheck(history).unwrap().violation.map(|(_, violation)| violation.invariant)
}

/// The history of a seed whose order is placed, sent and filled.
fn traded() -> String {
    let with_trades = |text: &String| text.contains(" filled ") && text.contains("sent {\"type\":\"place\"");
    (0..SEEDS).map(history).find(with_trades).unwrap()
}

#[test]
fn a_clean_history_is_clean_under_the_invariants_of_today() {
    let wrong = (0..SEEDS).filter_map(|seed| {
        let violation = recheck(&history(seed)).unwrap().violation;
        violation.map(|(line, violation)| format!("seed {seed}, line {line}: {violation}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_history_is_kept_without_changing_the_run() {
    let plain = stopline_sim::run(&Start::Seed(1), None).unwrap();
    assert_eq!(run_kept(&Start::Seed(1)).unwrap().0, plain);
}

#[test]
fn an_order_that_left_before_its_record_is_found() {
    let text = traded();
    let lines: Vec<&str> = text.lines().collect();
    let sent = lines.iter().position(|line| line.starts_with("sent {\"type\":\"place\"")).unwrap();
    let mut planted: Vec<&str> = vec![lines[0], lines[sent]];
    planted.extend(&lines[1..]);
    assert_eq!(found(&planted.join("\n")), Some("INV-01"));
}

#[test]
fn a_fill_that_the_exchange_never_had_is_found() {
    // The booked price and lots stay; only the exchange's id is one that nobody gave.
    let text = traded();
    let fill = text.lines().find(|line| line.starts_with("record ") && line.contains(" filled ")).unwrap();
    let id = fill.split("\"exec_id\":\"").nth(1).unwrap().split('"').next().unwrap();
    let planted = text.replacen(fill, &fill.replace(&format!("\"{id}\""), "\"E999999\""), 1);
    assert_ne!(planted, text);
    assert_eq!(found(&planted), Some("INV-05"));
}

#[test]
fn what_is_no_history_is_told_with_its_line() {
    assert_eq!(recheck("seed 1"), Err(HistoryError::NoHistory));
    assert_eq!(recheck("history 1\nnonsense"), Err(HistoryError::NoLine(2)));
    assert!(matches!(recheck("history 1\nexchange {}"), Err(HistoryError::Journal(_))));
    assert!(matches!(recheck("history 1\nkept -\nrecord x"), Err(HistoryError::Record(3, _))));
}
