//! Scenario files: a failure's story as text, one step a line, read here and played by the world.
//!
//! A file is data. What is not known, or could not be meant, is an error that names its line and word; nothing is passed
//! over in silence.

pub(crate) mod step;
pub mod verbs;

mod broker;
mod conditions;
mod read;
mod words;

use crate::oracle::Violation;
pub(crate) use read::Scene;
pub use step::Step;
pub use words::{Mistake, Why};
use words::{Read, Words};

/// A scenario as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scenario {
    /// What it is about, in a sentence.
    pub title: String,
    /// The entries of the catalogue that it plays.
    pub ids: Vec<String>,
    /// The invariants it is about.
    pub invariants: Vec<String>,
    /// Deliberate defects under each of which it must fail.
    pub mutants: Vec<String>,
    /// The part that is still to come, for one that cannot be played yet.
    pub waits: Option<String>,
    /// What is not as in every scene.
    pub(crate) scene: Scene,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// Why a scenario did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broke {
    /// Something is not as it is expected.
    NotSo {
        /// What was seen instead.
        seen: String,
    },
    /// Something did not come within its time.
    TooLate {
        /// What was seen last.
        seen: String,
    },
    /// The step could not happen.
    Impossible {
        /// Why not.
        why: String,
    },
    /// A message, or a point of the engine's way, was waited for and never came.
    NeverCame,
    /// A message was held and never released.
    NeverReleased,
    /// An invariant was broken.
    Invariant(Violation),
    /// The exchange of the scene could not be made.
    NoExchange(String),
}

/// Where and how a scenario failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The line of the step; 0 after the last one.
    pub line: usize,
    /// The step as it is written.
    pub text: String,
    /// Milliseconds since the first step.
    pub at_ms: i64,
    /// What went wrong.
    pub how: Broke,
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "after the last step")?,
            line => write!(f, "line {line}: `{}`", self.text)?,
        }
        write!(f, ", {} ms after the first step: ", self.at_ms)?;
        match &self.how {
            Broke::NotSo { seen } => {
                write!(f, "not so: {seen}; what needs time is waited for with `until`")
            }
            Broke::TooLate { seen } => write!(f, "did not come in time: {seen}"),
            Broke::Impossible { why } => write!(f, "cannot happen: {why}"),
            Broke::NeverCame => f.write_str("what it waits for did not come before the end of the file"),
            Broke::NeverReleased => {
                f.write_str("what is held is never released: write `broker releases`, or `broker loses`")
            }
            Broke::Invariant(violation) => write!(f, "an invariant is broken: {violation}"),
            Broke::NoExchange(why) => write!(f, "the exchange could not be made: {why}"),
        }
    }
}

impl std::error::Error for Failed {}

impl std::str::FromStr for Scenario {
    type Err = Mistake;

    fn from_str(text: &str) -> Read<Scenario> {
        let mut scenario = Scenario::default();
        for (number, line) in text.lines().enumerate().map(|(i, line)| (i + 1, line)) {
            let mut words = Words::of(number, line)?;
            if words.is_empty() || scenario.header(&mut words, line)? {
                continue;
            }
            let (at, text) = (words.line(), line.trim().to_owned());
            let act = read::act(&mut words)?;
            scenario.steps.push(Step { line: at, text, act });
        }
        scenario.whole()
    }
}

impl Scenario {
    /// Takes in a line of the header, if it is one.
    fn header(&mut self, words: &mut Words, line: &str) -> Read<bool> {
        let Some(name) = words.peek().map(str::to_owned) else { return Ok(false) };
        if !["title", "ids", "invariants", "mutant", "waits", "scene"].contains(&name.as_str()) {
            return Ok(false);
        }
        if !self.steps.is_empty() {
            return Err(words.error(Why::LateHeader(name)));
        }
        // A sentence stays as it is written.
        let rest = line.trim().strip_prefix(&name).unwrap_or_default().trim().to_owned();
        if rest.is_empty() {
            return Err(words.error(Why::Missing(format!("what the {name} is"))));
        }
        let list = rest.split_whitespace().map(str::to_owned);
        match name.as_str() {
            "title" => self.title = rest,
            "ids" => self.ids.extend(list),
            "invariants" => {
                if let Some(odd) = list.clone().find(|word| !is_invariant(word)) {
                    return Err(words.unknown(&odd, "INV-01 to INV-26"));
                }
                self.invariants.extend(list);
            }
            "mutant" => self.mutants.extend(list),
            "scene" => self.scene.set(words)?,
            _ => self.waits = Some(rest),
        }
        Ok(true)
    }

    fn whole(self) -> Read<Scenario> {
        let error = |why| Err(Mistake { line: 0, why });
        if self.title.is_empty() {
            return error(Why::NoHeader("title ..."));
        }
        match (&self.waits, self.steps.is_empty()) {
            (Some(_), false) => {
                error(Why::Steps("a scenario that waits has no steps yet: make them comments"))
            }
            (None, true) => error(Why::Steps("there are no steps")),
            _ => Ok(self),
        }
    }
}

fn is_invariant(word: &str) -> bool {
    let number = word.strip_prefix("INV-").filter(|digits| digits.len() == 2);
    number.and_then(|digits| digits.parse::<u8>().ok()).is_some_and(|n| (1..=26).contains(&n))
}
