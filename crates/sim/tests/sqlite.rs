//! What holds of runs on the real log: they are one run for ever, nearly the run that the modelled log gives, and a disk
//! that lies about its syncs is caught.
//!
//! It never sweeps: seeds on the real log are among those of every sweep.

use stopline_sim::recording::Start;
use stopline_sim::run_as;
use stopline_sim::swarm::{Crash, CrashPoint, DiskFaults, Swarm};

fn on_sqlite() -> Swarm {
    Swarm { sqlite: true, ..Swarm::quiet() }
}

#[test]
fn the_same_seed_is_the_same_run_on_the_real_log_too() {
    for seed in 0..6 {
        let mut swarm = on_sqlite();
        swarm.process.crashes = vec![Crash { point: CrashPoint::AfterAppend, pass: 2 }];
        swarm.disk.torn = 1_000;
        let once = run_as(&Start::Seed(seed), swarm.clone(), None).unwrap();
        let twice = run_as(&Start::Seed(seed), swarm, None).unwrap();
        assert_eq!(once, twice);
        assert_eq!((once.violation, once.deaths), (None, 1), "seed {seed}");
    }
}

#[test]
fn a_quiet_run_does_not_show_which_log_it_is_on() {
    for seed in 0..6 {
        let modelled = run_as(&Start::Seed(seed), Swarm::quiet(), None).unwrap();
        let sqlite = run_as(&Start::Seed(seed), on_sqlite(), None).unwrap();
        assert_eq!((modelled.hash, modelled.events), (sqlite.hash, sqlite.events), "seed {seed}");
    }
}

/// The names of those that are written, and the records in the files, may both be gone: either way it is INV-18 that says so.
#[test]
fn a_disk_that_lies_about_its_syncs_is_caught() {
    let caught = (0..10).filter_map(|seed| {
        let mut swarm = on_sqlite();
        swarm.disk = DiskFaults { lies: true, ..DiskFaults::default() };
        swarm.process.crashes = vec![Crash { point: CrashPoint::AfterSend, pass: 2 }];
        let outcome = run_as(&Start::Seed(seed), swarm, None).unwrap();
        println!("seed {seed}: {} deaths, {:?}", outcome.deaths, outcome.violation);
        outcome.violation
    });
    let caught: Vec<_> = caught.map(|(_, violation)| violation.invariant).collect();
    assert!(caught.len() > 7 && caught.iter().all(|invariant| *invariant == "INV-18"), "{caught:?}");
}
