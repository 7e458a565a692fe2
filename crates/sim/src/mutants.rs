//! The hunt for deliberate defects: each is switched on in turn, seeds are run, and a table says which checker caught it
//! in how many of them.
//!
//! It is in no build that ships. A defect that nobody catches is a checker that is missing; the canary, which breaks
//! nothing, must never be caught.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

pub use stopline_kernel::mutant::Mutant;
use stopline_kernel::mutant::switch;

use crate::recording::Start;
use crate::scenario::Scenario;
use crate::shrink::Defect;
use crate::sweep::sweep;
use crate::world::{play, run};

/// What became of one defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kill {
    /// The defect.
    pub mutant: Mutant,
    /// Seeds run.
    pub runs: u64,
    /// Seeds in which a checker caught it.
    pub caught: u64,
    /// The checkers that saw it first, and in how many seeds.
    pub by: BTreeMap<&'static str, u64>,
}

impl Kill {
    /// Whether it went as it must: a defect is caught, the canary is not.
    pub fn is_as_it_must_be(&self) -> bool {
        (self.caught > 0) != (self.mutant == Mutant::Canary)
    }

    /// The checker that caught it alone, if it was one.
    pub fn alone(&self) -> Option<&'static str> {
        let mut names = self.by.keys();
        names.next().filter(|_| self.by.len() == 1).copied()
    }
}

/// Runs `seeds` with one defect switched on, for the whole process: no other run may go on at the same time.
pub fn hunt(mutant: Mutant, seeds: Range<u64>, jobs: usize) -> Kill {
    switch(Some(mutant));
    let tally = sweep(seeds, jobs, |_| ());
    switch(None);
    Kill { mutant, runs: tally.runs, caught: tally.bad, by: tally.by_invariant }
}

/// Runs seeds from 0 on, a few at a time, until one catches the defect, and at most `most` of them.
pub fn hunt_until_caught(mutant: Mutant, most: u64, jobs: usize) -> Kill {
    const FEW: u64 = 10;
    let mut all = Kill { mutant, runs: 0, caught: 0, by: BTreeMap::new() };
    while all.caught == 0 && all.runs < most {
        let some = hunt(mutant, all.runs..(all.runs + FEW).min(most), jobs);
        all.runs += some.runs;
        all.caught += some.caught;
        some.by.into_iter().for_each(|(name, times)| *all.by.entry(name).or_default() += times);
    }
    all
}

/// The first of these seeds that a defect breaks. For the whole process, like [`hunt`].
///
/// # Errors
///
/// A run could not begin.
pub fn first_seed(defect: Defect, seeds: Range<u64>) -> Result<Option<u64>, String> {
    for seed in seeds {
        if defect.on(|| run(&Start::Seed(seed), None))?.violation.is_some() {
            return Ok(Some(seed));
        }
    }
    Ok(None)
}

/// Proves that a scenario fails under each defect that it names, and that it names one; says what is wrong otherwise. For
/// the whole process, like [`hunt`].
///
/// # Errors
///
/// It names no defect, one that there is not, or one under which it passes.
pub fn prove(scenario: &Scenario) -> Result<(), String> {
    if scenario.mutants.is_empty() {
        return Err("it names no mutant under which it fails".to_owned());
    }
    for name in &scenario.mutants {
        let Some(mutant) = Mutant::ALL.iter().find(|mutant| format!("{mutant:?}") == *name) else {
            return Err(format!("there is no mutant {name}"));
        };
        switch(Some(*mutant));
        let played = play(scenario, None);
        switch(None);
        if played.is_ok() {
            return Err(format!("it passes under the mutant {name}"));
        }
    }
    Ok(())
}

/// The table of kills, as it stands in the documentation.
pub fn table(kills: &[Kill], seeds: &Range<u64>) -> String {
    let mut text = format!(
        "# Mutants\n\nDeliberate defects of the order path, each run over seeds {}..{} of the simulator, and the \
         checkers that saw them\nfirst. The canary breaks nothing: in a table that does not lie it is never caught.\n\
         Printed by `stopline sim mutants`.\n\n| mutant | seeds caught | by |\n|---|---|---|\n",
        seeds.start, seeds.end
    );
    for kill in kills {
        let by: Vec<String> = kill.by.iter().map(|(name, times)| format!("{name} {times}")).collect();
        let by = match kill.alone() {
            Some(name) => format!("{name} alone"),
            None if by.is_empty() => "nobody".to_owned(),
            None => by.join(", "),
        };
        // Writing into a String cannot fail.
        let _ = writeln!(text, "| {:?} | {} of {} | {by} |", kill.mutant, kill.caught, kill.runs);
    }
    text
}
