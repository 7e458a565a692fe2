//! The crash test with real processes: engines killed at aimed and at random moments, over a line that misbehaves, and
//! the exchange's own truth held against the ledger at the end. It must never leave a process behind.
//!
//! `STOPLINE_CRASHES` is the number of cases, `STOPLINE_CRASH_SEED` the first seed: with `1` and a seed one case is run
//! again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod case;
mod check;
mod mirror;
mod plan;
mod proof;
mod stage;
mod truth;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use case::{Outcome, run};
use check::Check;
use plan::Case;
use stopline_runtime::hooks::Point;

/// How many cases are run where nobody asks for more.
const CASES: u64 = 20;

/// Cases at a time: each is an engine, an exchange and a bot.
const AT_A_TIME: usize = 2;

/// Cases of the mutant.
const MUTANTS: u64 = 4;

/// One test at a time, so that the number of cases at a time holds for all of them.
static TURN: Mutex<()> = Mutex::new(());

#[test]
fn no_crash_loses_or_repeats_an_order_or_a_fill_and_every_position_is_protected_in_time() {
    let first = number("STOPLINE_CRASH_SEED").unwrap_or(0);
    let count = number("STOPLINE_CRASHES").unwrap_or(CASES);
    let outcomes = all((first..first + count).map(Case::of).collect());
    let found: Vec<_> =
        outcomes.iter().filter_map(|o| Some((o.case.seed, o.verdict.as_ref().err()?))).collect();
    let missed = Point::ALL.into_iter().filter(|point| !outcomes.iter().any(|o| o.hit.contains(point)));
    let missed: Vec<_> = missed.map(Point::word).collect();
    assert!(missed.is_empty() || count < CASES, "no kill was aimed well at {missed:?}");
    assert!(found.is_empty(), "{} of {count} cases failed: {found:#?}", found.len());
}

#[test]
fn sending_before_the_commit_is_caught() {
    let outcomes = all((0..MUTANTS).map(Case::that_sends_first).collect());
    let mut caught = BTreeMap::new();
    for finding in outcomes.iter().filter_map(|outcome| outcome.verdict.as_ref().err()) {
        *caught.entry(finding.check).or_insert(0) += 1;
    }
    say(&format!("the mutant that sends first was caught in {MUTANTS} cases by {caught:?}"));
    assert!(caught.contains_key(&Check::Recorded), "nobody noticed an order without a record: {caught:?}");
}

#[test]
fn every_check_finds_the_fault_that_is_planted_for_it() {
    let mut outcomes = all(vec![Case::of(1_000), Case::that_panics(0)]);
    outcomes.sort_by_key(|outcome| outcome.case.plant.is_some());
    let verdicts: Vec<_> = outcomes.into_iter().map(|outcome| outcome.verdict).collect();
    match verdicts.as_slice() {
        [Ok(good), Err(ended)] => {
            proof::prove(good);
            assert_eq!(ended.check, Check::Alive, "{ended}");
        }
        other => panic!("one case to be good and one to end by itself: {other:?}"),
    }
}

/// Runs cases, some side by side; each says its line as it ends.
fn all(cases: Vec<Case>) -> Vec<Outcome> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (next, outcomes) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(case) = take(&cases, &next) {
            let outcome = run(case);
            say(&outcome.line);
            outcomes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(work);
        }
    });
    outcomes.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn take(cases: &[Case], next: &AtomicU64) -> Option<Case> {
    let index = usize::try_from(next.fetch_add(1, Ordering::SeqCst)).ok()?;
    cases.get(index).cloned()
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|why| panic!("{variable}={text}: {why}")))
}

/// Past the capture of test output: a case that passes says its line too.
fn say(line: &str) {
    // Nobody to hear it changes nothing.
    let _ = writeln!(std::io::stderr(), "{line}");
}
