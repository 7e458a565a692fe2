//! A scenario: which phase the market enters when, written before it begins.
//!
//! It is text read into steps. Times are market time since the exchange's clients' time began; it never looks at a market.

use std::fmt;
use std::str::FromStr;

use stopline_kernel::num::Ticks;
use stopline_kernel::time::Span;

use crate::phase::Phase;

/// What a step sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// A phase that needs no price.
    Phase(Phase),
    /// Price limits so many ticks above and below the last trade of that moment.
    Limits(Ticks),
}

impl Set {
    /// The phase this is, where the last trade was at `last`.
    pub const fn phase(self, last: Ticks) -> Phase {
        match self {
            Set::Phase(phase) => phase,
            Set::Limits(by) => Phase::Limited {
                low: Ticks(last.0.saturating_sub(by.0)),
                high: Ticks(last.0.saturating_add(by.0)),
            },
        }
    }
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How long after the beginning.
    pub after: Span,
    /// What it sets.
    pub set: Set,
}

/// Steps in order of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scenario(pub Vec<Step>);

/// Why a text is no scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScenarioError {
    /// A part is no `phase@time`.
    NotAStep(String),
    /// No phase has this name.
    UnknownPhase(String),
    /// Not a number of ticks above zero.
    NotTicks(String),
    /// Not a time such as `90s`, `10m` or `2h`.
    NotATime(String),
    /// It lies before the step before it.
    Backwards(String),
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScenarioError::NotAStep(text) => {
                write!(f, "{text:?} is no step: write phase@time, such as halted@10m")
            }
            ScenarioError::UnknownPhase(text) => {
                write!(
                    f,
                    "no phase is named {text:?}; there are open, pre_open, reserved, halted, closed and limits:TICKS"
                )
            }
            ScenarioError::NotTicks(text) => {
                write!(f, "{text:?} is no number of ticks above zero, such as limits:40")
            }
            ScenarioError::NotATime(text) => {
                write!(f, "{text:?} is no time after the beginning, such as 90s, 10m or 2h")
            }
            ScenarioError::Backwards(text) => {
                write!(f, "the step {text:?} lies before the one before it: write them in order of time")
            }
        }
    }
}

impl std::error::Error for ScenarioError {}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Step { after, set }) in self.0.iter().enumerate() {
            f.write_str(if i == 0 { "" } else { "," })?;
            match set {
                Set::Phase(phase) => f.write_str(phase.word())?,
                Set::Limits(by) => write!(f, "limits:{}", by.0)?,
            }
            write!(f, "@{}s", after.as_millis() / 1_000)?;
        }
        Ok(())
    }
}

impl FromStr for Scenario {
    type Err = ScenarioError;

    /// Reads `halted@10m,open@12m,limits:40@30m`.
    fn from_str(text: &str) -> Result<Scenario, ScenarioError> {
        let mut steps: Vec<Step> = Vec::new();
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let step = step(part)?;
            if steps.last().is_some_and(|before| before.after > step.after) {
                return Err(ScenarioError::Backwards(part.to_owned()));
            }
            steps.push(step);
        }
        Ok(Scenario(steps))
    }
}

fn step(part: &str) -> Result<Step, ScenarioError> {
    let (what, when) = part.split_once('@').ok_or_else(|| ScenarioError::NotAStep(part.to_owned()))?;
    let after = time(when).ok_or_else(|| ScenarioError::NotATime(when.to_owned()))?;
    let set = match (what, what.strip_prefix("limits:")) {
        ("open", _) => Set::Phase(Phase::Open),
        ("pre_open", _) => Set::Phase(Phase::PreOpen),
        ("reserved", _) => Set::Phase(Phase::Reserved),
        ("halted", _) => Set::Phase(Phase::Halted),
        ("closed", _) => Set::Phase(Phase::Closed),
        (_, Some(ticks)) => {
            let by = ticks.parse().ok().filter(|by| (1..=1_000_000).contains(by));
            Set::Limits(Ticks(by.ok_or_else(|| ScenarioError::NotTicks(ticks.to_owned()))?))
        }
        _ => return Err(ScenarioError::UnknownPhase(what.to_owned())),
    };
    Ok(Step { after, set })
}

fn time(text: &str) -> Option<Span> {
    let seconds = [('s', 1), ('m', 60), ('h', 3_600)];
    let (digits, factor) = seconds.into_iter().find_map(|(unit, n)| Some((text.strip_suffix(unit)?, n)))?;
    let n: u32 = digits.parse().ok()?;
    Some(Span::secs(i64::from(n).saturating_mul(factor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_reads_and_every_mistake_is_named() {
        let read: Scenario = "halted@10m, open@720s,limits:40@1h".parse().unwrap();
        assert_eq!(read.0.iter().map(|s| s.after).collect::<Vec<_>>(), [600, 720, 3_600].map(Span::secs));
        assert_eq!(read.0[2].set.phase(Ticks(100)), Phase::Limited { low: Ticks(60), high: Ticks(140) });
        assert_eq!(read.to_string(), "halted@600s,open@720s,limits:40@3600s");
        assert_eq!("".parse(), Ok(Scenario::default()));
        let wrong = |text: &str| text.parse::<Scenario>().unwrap_err();
        assert_eq!(wrong("halted"), ScenarioError::NotAStep("halted".into()));
        assert_eq!(wrong("frozen@1m"), ScenarioError::UnknownPhase("frozen".into()));
        assert_eq!(wrong("limits:0@1m"), ScenarioError::NotTicks("0".into()));
        assert_eq!(wrong("open@noon"), ScenarioError::NotATime("noon".into()));
        assert_eq!(wrong("open@2m,halted@1m"), ScenarioError::Backwards("halted@1m".into()));
    }
}
