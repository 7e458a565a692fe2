//! A failing seed becomes a file of a few lines that fails by itself for the same reason, and passes without the defect.
//!
//! One test in a process of its own: a defect is switched on for the whole process. It never looks at all defects, which
//! `stopline sim shrink --mutants` does.

#![cfg(feature = "mutants")]
#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use stopline_sim::mutants::{Mutant, prove};
use stopline_sim::play;
use stopline_sim::recording::Start;
use stopline_sim::scenario::Scenario;
use stopline_sim::shrink::{Defect, Nothing, Shrunk, shrink};

/// How many lines that act a file may have here.
const MOST: usize = 6;

fn small(mutant: Mutant, seed: u64) -> Shrunk {
    shrink(&Start::Seed(seed), Defect::of(mutant)).expect("the defect breaks this seed")
}

#[test]
fn a_failing_seed_becomes_a_file_that_fails_alone_and_a_clean_one_becomes_nothing() {
    for (mutant, seed) in [
        (Mutant::SendBeforeCommit, 0),
        (Mutant::AbsenceIsCancelled, 21),
        (Mutant::HaltNotReloaded, 0),
        (Mutant::FillDroppedInCancelPending, 8),
    ] {
        let shrunk = small(mutant, seed);
        let story = shrunk.story.as_ref().unwrap_or_else(|why| panic!("{mutant:?}: {why}"));
        println!("{mutant:?}: {} events, {} runs\n{}", story.events, shrunk.tries, story.text);
        assert!(story.events <= MOST, "{mutant:?}: {}", story.text);
        let scenario: Scenario = story.text.parse().expect("what was written is read");
        assert_eq!(play(&scenario, None).map(drop), Ok(()), "{mutant:?} without the defect");
        assert_eq!(prove(&scenario), Ok(()), "{mutant:?}");
        if mutant == Mutant::SendBeforeCommit {
            assert_eq!(small(mutant, seed), shrunk, "the same seed gives the same file");
        }
    }
    assert_eq!(shrink(&Start::Seed(0), Defect::default()), Err(Nothing::Clean));
    assert_eq!(shrink(&Start::Seed(0), Defect::of(Mutant::Canary)), Err(Nothing::Clean));
}
