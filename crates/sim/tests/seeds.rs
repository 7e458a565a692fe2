//! The simulator's own promises: seeds are clean, a seed is one run for ever, and the defect it must catch is caught.
//!
//! No seed is ever left out of the sweep: a seed that breaks an invariant is a defect to mend.

use stopline_sim::swarm::Swarm;
use stopline_sim::sweep::sweep;
use stopline_sim::{Mutant, run};

/// How many seeds CI runs; `STOPLINE_SEEDS` names another number.
const SEEDS: u64 = 20_000;

#[test]
fn every_seed_is_clean() {
    let seeds = std::env::var("STOPLINE_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(SEEDS);
    let tally = sweep(0..seeds, 2, Mutant::default(), |_| ());
    println!(
        "{} seeds, {} events, {} trades, {} deaths",
        tally.runs, tally.events, tally.trades, tally.deaths
    );
    assert_eq!(tally.failed, None);
    assert_eq!(tally.runs, seeds);
    for bad in &tally.violations {
        println!("seed {}: {:?}", bad.seed, bad.violation);
    }
    assert_eq!(tally.bad, 0, "stopline sim replay --seed {:?}", tally.violations.first().map(|o| o.seed));
    // A sweep in which nothing happens proves nothing.
    assert!(tally.trades > seeds && tally.deaths > seeds / 2, "{tally:?}");
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..40 {
        let once = run(seed, Swarm::draw(seed), Mutant::default(), None).unwrap();
        let twice = run(seed, Swarm::draw(seed), Mutant::default(), None).unwrap();
        assert_eq!(once, twice);
    }
}

#[cfg(feature = "mutants")]
#[test]
fn sending_before_the_commit_is_caught() {
    let mutant = Mutant { send_before_commit: true };
    let tally = sweep(0..200, 2, mutant, |_| ());
    let caught = tally.by_invariant.get("INV-01").copied().unwrap_or(0);
    println!("send before commit: INV-01 in {caught} of {} seeds", tally.runs);
    assert!(caught * 100 >= tally.runs * 95, "{tally:?}");
}
