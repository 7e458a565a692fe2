//! The simulator's own promises: seeds are clean, a seed is one run for ever, and the defect it must catch is caught.
//!
//! No seed is ever left out of the sweep: a seed that breaks an invariant is a defect to mend.

mod unreached;

use std::collections::BTreeSet;

use stopline_sim::coverage::{Coverage, everything};
use stopline_sim::recording::{Recording, Start};
use stopline_sim::run;
use stopline_sim::sweep::sweep;

use unreached::UNREACHED;

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
        let wrong = wrongly_listed(&tally.coverage, seeds == SEEDS);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// What is not reached although no reason for it is listed, and what is listed although it is reached, where that is
/// asked for, or is nothing.
fn wrongly_listed(coverage: &Coverage, strictly: bool) -> Vec<String> {
    let all: BTreeSet<String> = everything().into_iter().collect();
    let listed: BTreeSet<&str> = UNREACHED.iter().flat_map(|reason| reason.places).copied().collect();
    let missed = all.iter().filter(|what| coverage.times(what) == 0 && !listed.contains(what.as_str()));
    let mut wrong: Vec<String> =
        missed.map(|what| format!("not reached, and no reason is listed: {what}")).collect();
    // A kind that is reached and not in what could be reached would never be missed. Of edges the table itself knows all.
    let counted = ["incident ", "step ", "fault ", "recovery "];
    let strange = coverage.iter().map(|(what, _)| what).filter(|what| !all.contains(*what));
    let strange = strange.filter(|what| counted.iter().any(|class| what.starts_with(class)));
    wrong.extend(strange.map(|what| format!("reached, and nothing that could be reached: {what}")));
    for reason in UNREACHED {
        for place in reason.places {
            let why = match (all.contains(*place), coverage.times(place)) {
                (false, _) => "is nothing that could be reached",
                (true, 0) => continue,
                (true, _) if strictly => "is reached",
                (true, _) => continue,
            };
            wrong.push(format!("{place} {why}: take it off the list of {} ({})", reason.since, reason.why));
        }
    }
    wrong
}

#[test]
fn a_place_that_is_missed_without_a_reason_is_told_and_one_that_is_reached_must_leave_the_list() {
    let mut coverage = Coverage::default();
    everything().into_iter().for_each(|what| coverage.hit(what));
    let listed: usize = UNREACHED.iter().map(|reason| reason.places.len()).sum();
    assert_eq!(wrongly_listed(&coverage, true).len(), listed);
    let none = wrongly_listed(&Coverage::default(), true);
    assert_eq!(none.len(), everything().len() - listed, "{none:?}");
    coverage.hit("incident Unheard");
    assert_eq!(wrongly_listed(&coverage, true).len(), listed + 1);
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
