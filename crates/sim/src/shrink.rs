//! A failing seed made small: first its choices, then its story in the words of scenarios, which fails by itself for the
//! same reason.
//!
//! What cannot be said in those words is told as what it is, with the shrunk choices; a file that fails for another reason, or
//! without the defect that it is about, is never given out.

use std::fmt;

use crate::oracle::Violation;
use crate::recording::{Recording, Start};
use crate::scenario::{Broke, Scenario};
use crate::world::{play, run, run_told};

mod choices;
mod draft;
mod lines;

use draft::Draft;

/// A deliberate defect that is switched on while a run is looked at; or none, for a run of the engine as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Defect {
    #[cfg(feature = "mutants")]
    mutant: Option<stopline_kernel::mutant::Mutant>,
}

impl Defect {
    /// This defect.
    #[cfg(feature = "mutants")]
    pub const fn of(mutant: stopline_kernel::mutant::Mutant) -> Defect {
        Defect { mutant: Some(mutant) }
    }

    /// The defect of this name.
    #[cfg(feature = "mutants")]
    pub fn named(name: &str) -> Option<Defect> {
        let mut all = stopline_kernel::mutant::Mutant::ALL.iter();
        all.find(|mutant| format!("{mutant:?}") == name).map(|mutant| Defect::of(*mutant))
    }

    /// Its name.
    #[cfg(feature = "mutants")]
    pub fn name(self) -> Option<String> {
        self.mutant.map(|mutant| format!("{mutant:?}"))
    }

    /// Its name.
    #[cfg(not(feature = "mutants"))]
    pub const fn name(self) -> Option<String> {
        None
    }

    /// Does something with the defect switched on, for the whole process.
    #[cfg(feature = "mutants")]
    pub(crate) fn on<T>(self, act: impl FnOnce() -> T) -> T {
        stopline_kernel::mutant::switch(self.mutant);
        let done = act();
        stopline_kernel::mutant::switch(None);
        done
    }

    #[cfg(not(feature = "mutants"))]
    fn on<T>(self, act: impl FnOnce() -> T) -> T {
        act()
    }
}

/// What became of a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shrunk {
    /// The seed.
    pub seed: u64,
    /// What it breaks.
    pub violation: Violation,
    /// Its choices, made small.
    pub recording: Recording,
    /// Its story as it happened, line by line, before anything of it was left out.
    pub as_told: String,
    /// Its story, made small.
    pub story: Result<Story, Unsaid>,
    /// How many runs and plays it took.
    pub tries: u64,
}

/// A failure as a scenario file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// The file.
    pub text: String,
    /// Its lines that act: all but waits and looks.
    pub events: usize,
    /// Its steps.
    pub steps: usize,
}

/// Why a failure is not a scenario file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsaid {
    /// The story, told in the words that there are, does not end in the same failure.
    Otherwise {
        /// What it ends in.
        ends: String,
    },
    /// The file fails without the defect too.
    WithoutDefect {
        /// How.
        fails: String,
    },
}

impl fmt::Display for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsaid::Otherwise { ends } => {
                write!(f, "its story in the words of scenarios ends otherwise: {ends}")
            }
            Unsaid::WithoutDefect { fails } => {
                write!(f, "its scenario fails without the defect too: {fails}")
            }
        }
    }
}

/// Why there was nothing to shrink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nothing {
    /// No invariant is broken.
    Clean,
    /// The run could not begin.
    NoRun(String),
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Nothing::Clean => f.write_str("it breaks no invariant: there is nothing to shrink"),
            Nothing::NoRun(why) => write!(f, "it cannot be run: {why}"),
        }
    }
}

impl std::error::Error for Nothing {}

/// Makes a failing run small.
///
/// # Errors
///
/// It does not fail, or cannot be run.
pub fn shrink(start: &Start, defect: Defect) -> Result<Shrunk, Nothing> {
    let outcome = defect.on(|| run(start, None)).map_err(Nothing::NoRun)?;
    let (_, violation) = outcome.violation.clone().ok_or(Nothing::Clean)?;
    let mut judge = Judge { defect, check: violation.check(), tries: 1 };
    let recording = choices::smaller(outcome.recording, &mut judge);
    let small = Start::Recorded(recording.clone());
    let (_, told) = defect.on(|| run_told(&small)).map_err(Nothing::NoRun)?;
    let ways = Draft::all_of(&told);
    let as_told = ways.first().map(Draft::body).unwrap_or_default();
    let story = lines::smaller(ways, &mut judge).map(|draft| {
        let steps = draft.scenario().map(|scenario| scenario.steps).unwrap_or_default();
        Story {
            text: file(&draft, start.seed(), defect, &violation),
            events: steps.iter().filter(|step| step.act.is_event()).count(),
            steps: steps.len(),
        }
    });
    Ok(Shrunk { seed: start.seed(), violation, recording, as_told, story, tries: judge.tries })
}

/// Says of a smaller run or file whether it still fails in the same way.
struct Judge {
    defect: Defect,
    check: String,
    tries: u64,
}

impl Judge {
    /// What these choices come to, if they still fail in the same way: the choices that were taken.
    fn fails(&mut self, recording: Recording) -> Option<Recording> {
        self.tries += 1;
        let outcome = self.defect.on(|| run(&Start::Recorded(recording), None)).ok()?;
        outcome.violation.filter(|(_, v)| v.check() == self.check).map(|_| outcome.recording)
    }

    /// How a file ends that does not fail in the same way.
    fn ends(&mut self, draft: &Draft) -> Result<(), String> {
        self.tries += 1;
        let scenario = draft.scenario().map_err(|mistake| mistake.to_string())?;
        match self.defect.on(|| play(&scenario, None)) {
            Ok(_) => Err("it passes".to_owned()),
            Err(failed) => match &failed.how {
                Broke::Invariant(violation) if violation.check() == self.check => Ok(()),
                _ => Err(failed.to_string()),
            },
        }
    }

    /// Whether a file passes once the defect is gone; without a defect nothing can be asked.
    fn passes_without(&mut self, draft: &Draft) -> Result<(), String> {
        if self.defect == Defect::default() {
            return Ok(());
        }
        self.tries += 1;
        let scenario: Scenario = draft.scenario().map_err(|mistake| mistake.to_string())?;
        play(&scenario, None).map(drop).map_err(|failed| failed.to_string())
    }
}

/// The file as it is written down.
fn file(draft: &Draft, seed: u64, defect: Defect, violation: &Violation) -> String {
    let mut text = format!("# Seed {seed} of the simulator, shrunk by `stopline sim shrink`.\n");
    text.push_str(&format!("title {}\n", draft::plain(&violation.seen)));
    if violation.invariant.starts_with("INV-") {
        text.push_str(&format!("invariants {}\n", violation.invariant));
    }
    if let Some(name) = defect.name() {
        text.push_str(&format!("mutant {name}\n"));
    }
    text.push_str(&draft.body());
    text
}
