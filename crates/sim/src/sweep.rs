//! Many seeds on several threads: each run stays on one thread, and no run sees another.
//!
//! The verdict never depends on how many threads there are: seeds are runs, and runs are pure.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::coverage::Coverage;
use crate::oracle::Violation;
use crate::recording::Start;
use crate::world::{Outcome, run};

/// How many violations are kept with their outcome; the rest is counted.
const KEPT: usize = 20;

/// What many runs came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// Runs.
    pub runs: u64,
    /// Events of all runs.
    pub events: u64,
    /// Orders the exchange had.
    pub orders: u64,
    /// Trades.
    pub trades: u64,
    /// Deaths of the engine.
    pub deaths: u64,
    /// Runs with a violation.
    pub bad: u64,
    /// How often each invariant was broken.
    pub by_invariant: BTreeMap<&'static str, u64>,
    /// The first violations by seed.
    pub violations: Vec<Outcome>,
    /// The violation found last, with its seed.
    pub newest: Option<(u64, Violation)>,
    /// What was reached.
    pub coverage: Coverage,
    /// A run that could not begin, if there was one.
    pub failed: Option<String>,
}

impl Tally {
    fn add(&mut self, outcome: Outcome) {
        self.runs += 1;
        self.events += outcome.events;
        self.orders += outcome.orders;
        self.trades += outcome.trades;
        self.deaths += outcome.deaths;
        self.coverage.add(&outcome.coverage);
        if let Some((_, violation)) = &outcome.violation {
            self.bad += 1;
            *self.by_invariant.entry(violation.invariant).or_default() += 1;
            self.newest = Some((outcome.recording.seed, violation.clone()));
            self.violations.push(outcome);
            self.violations.sort_by_key(|o| o.recording.seed);
            self.violations.truncate(KEPT);
        }
    }
}

/// Runs every seed of `seeds` on `jobs` threads; `progress` is called after each run with what all came to so far.
pub fn sweep(seeds: Range<u64>, jobs: usize, progress: impl Fn(&Tally) + Sync) -> Tally {
    let (next, tally) = (AtomicU64::new(seeds.start), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let outcome = run(&Start::Seed(seed), None);
                    let mut tally = tally.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    match outcome {
                        Ok(outcome) => tally.add(outcome),
                        Err(why) => tally.failed = Some(why),
                    }
                    progress(&tally);
                }
            });
        }
    });
    tally.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
