//! Orders and positions of a whole lane against a short reference, over sequences that proptest makes and shrinks:
//! repeated and late trades, trades taken back, words in any order, crashes. Nothing here knows how the kernel does it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that meets what it did not build ends there")]

mod expected;
mod play;
#[path = "../lane/rig.rs"]
#[expect(dead_code, reason = "the lane tests' rig, of which a part is driven here")]
mod rig;
#[path = "../lane/words.rs"]
#[expect(dead_code, reason = "the lane tests' words, of which a few are said here")]
mod words;

use std::sync::{Mutex, MutexGuard, PoisonError};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use stopline_kernel::table::{Ask, Life, Next, OrderEvent, next};

use play::{Move, Plant, moves, play};

/// A defect of the kernel is switched on for the whole process: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The shortest sequence found that parts lane and reference. The same sequences every time: a test does not hang on
/// chance.
fn parted(cases: u32, plant: Option<Plant>) -> Option<(Vec<Move>, String)> {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let chance = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let test = |moves: Vec<Move>| play(&moves, plant).map_err(TestCaseError::fail);
    match TestRunner::new_with_rng(config, chance).run(&moves(), test) {
        Ok(()) => None,
        Err(TestError::Fail(why, moves)) => Some((moves, why.to_string())),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

/// The cells in which a table and the reference differ.
fn differing(table: impl Fn(Life, Ask, OrderEvent) -> Next) -> Vec<(Life, Ask, OrderEvent)> {
    let cells = Life::ALL.into_iter().flat_map(|life| {
        Ask::ALL
            .into_iter()
            .flat_map(move |ask| OrderEvent::ALL.into_iter().map(move |event| (life, ask, event)))
    });
    cells
        .filter(|(life, ask, event)| table(*life, *ask, *event) != expected::next(*life, *ask, *event))
        .collect()
}

#[test]
fn every_cell_of_the_table_is_as_the_rules_say() {
    assert_eq!(differing(next), []);
}

#[test]
fn a_table_with_one_wrong_cell_is_told_from_the_rules() {
    for (life, ask, event) in [
        (Life::Submitted, Ask::Nothing, OrderEvent::Silence),
        (Life::Canceled, Ask::Nothing, OrderEvent::PartFilled),
        (Life::Working, Ask::CancelPending, OrderEvent::CancelRefused),
    ] {
        let wrong = |l, a, e| if (l, a, e) == (life, ask, event) { Next::Illegal } else { next(l, a, e) };
        assert_eq!(differing(wrong), [(life, ask, event)]);
    }
}

#[test]
fn a_lane_and_the_reference_come_to_the_same_orders_and_the_same_account() {
    let _alone = alone();
    assert_eq!(parted(400, None).map(|(moves, why)| format!("{why}: {moves:#?}")), None);
}

#[test]
fn a_lane_that_hears_wrong_is_found_out_by_a_short_sequence() {
    let _alone = alone();
    for (plant, most) in [(Plant::RepeatsAreNew, 4), (Plant::LateFillsLost, 4)] {
        let (moves, why) = parted(2_000, Some(plant)).unwrap_or_else(|| panic!("{plant:?} is not found out"));
        println!("{plant:?}: {why}: {moves:?}");
        assert!(moves.len() <= most, "{plant:?}: {moves:?}");
    }
}

#[cfg(feature = "mutants")]
#[test]
fn defects_of_the_kernel_are_found_out() {
    use stopline_kernel::mutant::{Mutant, switch};

    let _alone = alone();
    // One that books twice would be refused by `apply` before the reference could see it.
    for mutant in [Mutant::DedupeByOrderId, Mutant::FillAfterEndDropped, Mutant::FillDroppedInCancelPending] {
        switch(Some(mutant));
        let found = parted(2_000, None);
        switch(None);
        let (moves, why) = found.unwrap_or_else(|| panic!("{mutant:?} is not found out"));
        println!("{mutant:?}: {why}: {moves:?}");
    }
}
