//! The simulator's own promises: seeds are clean, a seed is one run for ever, and the defect it must catch is caught.
//!
//! No seed is ever left out of the sweep: a seed that breaks an invariant is a defect to mend.

use stopline_sim::coverage::{Coverage, everything};
use stopline_sim::recording::{Recording, Start};
use stopline_sim::run;
use stopline_sim::sweep::sweep;

/// How many seeds CI runs; `STOPLINE_SEEDS` names another number.
const SEEDS: u64 = 20_000;

#[test]
fn every_seed_is_clean() {
    let seeds = std::env::var("STOPLINE_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(SEEDS);
    let tally = sweep(0..seeds, 2, |_| ());
    println!(
        "{} seeds, {} events, {} trades, {} deaths",
        tally.runs, tally.events, tally.trades, tally.deaths
    );
    assert_eq!(tally.failed, None);
    assert_eq!(tally.runs, seeds);
    for bad in &tally.violations {
        println!("seed {}: {:?}\n  {}", bad.recording.seed, bad.violation, bad.swarm);
    }
    assert_eq!(tally.bad, 0, "an invariant is broken: `stopline sim replay --seed N` tells how");
    // A sweep in which nothing happens proves nothing.
    assert!(
        tally.trades > seeds && tally.deaths > seeds / 2,
        "{} trades, {} deaths",
        tally.trades,
        tally.deaths
    );
    if seeds >= SEEDS {
        tell_what_is_not_reached(&tally.coverage);
    }
}

/// Tells every edge, incident, fault and recovery that these seeds do not reach.
fn tell_what_is_not_reached(coverage: &Coverage) {
    let missed = everything().into_iter().filter(|what| coverage.times(what) == 0);
    missed.for_each(|what| println!("not reached: {what}"));
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..40 {
        let once = run(&Start::Seed(seed), None).unwrap();
        let twice = run(&Start::Seed(seed), None).unwrap();
        assert_eq!(once, twice);
    }
}

#[test]
fn a_recording_of_a_run_is_that_run() {
    for seed in 0..20 {
        let drawn = run(&Start::Seed(seed), None).unwrap();
        let recording: Recording = drawn.recording.to_string().parse().unwrap();
        let again = run(&Start::Recorded(recording), None).unwrap();
        assert_eq!((drawn.hash, drawn.violation, drawn.swarm), (again.hash, again.violation, again.swarm));
    }
}

#[test]
fn a_recording_of_nothing_but_zeros_is_a_run_without_faults() {
    let run = run(&Start::Recorded(Recording { seed: 1, ..Recording::default() }), None).unwrap();
    assert_eq!((run.swarm.to_string().as_str(), run.violation, run.deaths), ("no faults", None, 0));
    assert!(run.trades > 0, "a run in which nothing happens proves nothing");
}
