//! Reads a bot's parameters, each with its default and its range.
//!
//! Every refusal names the field, what was given, and what to write instead. A parameter nobody knows is refused, never
//! ignored: a misspelt limit must not become the default.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;

use serde_json::Value;
use stopline_kernel::num::Ticks;

/// Parameters as a configuration gives them.
pub type Parameters = BTreeMap<String, Value>;

/// The widest stop or target, in ticks.
const MAX_TICKS: i64 = 1_000_000;

/// The largest multiple of the average true range, in hundredths.
const MAX_MULTIPLE: u32 = 10_000;

/// How far a stop or target stands from the close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// This many ticks; at least 1.
    Ticks(Ticks),
    /// This many hundredths of the average true range; at least 1.
    Atr(u32),
}

/// Why a bot cannot be built with these parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterError {
    /// The bot has no such parameter.
    Unknown {
        /// What was given.
        name: String,
        /// What it has.
        known: Vec<&'static str>,
    },
    /// Given in a form that cannot be read.
    Form {
        /// Which parameter.
        name: &'static str,
        /// What was given.
        given: String,
        /// What it should look like.
        wanted: &'static str,
    },
    /// Outside its range.
    Range {
        /// Which parameter.
        name: &'static str,
        /// What was given.
        given: String,
        /// The smallest allowed.
        low: i64,
        /// The largest allowed.
        high: i64,
    },
    /// Two parameters contradict each other.
    Contradiction {
        /// The parameter to change.
        name: &'static str,
        /// What is wrong.
        why: String,
        /// What to do.
        mend: &'static str,
    },
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParameterError::Unknown { name, known } if known.is_empty() => {
                write!(f, "`{name}` is no parameter of this bot, which has none; remove it")
            }
            ParameterError::Unknown { name, known } => {
                write!(f, "`{name}` is no parameter of this bot; it has: {}", known.join(", "))
            }
            ParameterError::Form { name, given, wanted } => {
                write!(f, "`{name}` is {given}; write {wanted}")
            }
            ParameterError::Range { name, given, low, high } => {
                write!(f, "`{name}` is {given}; choose one from {low} to {high}")
            }
            ParameterError::Contradiction { name, why, mend } => write!(f, "`{name}`: {why}; {mend}"),
        }
    }
}

impl core::error::Error for ParameterError {}

/// Hands out parameters one by one and remembers which ones exist.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    given: &'a Parameters,
    known: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(given: &'a Parameters) -> Reader<'a> {
        Reader { given, known: Vec::new() }
    }

    /// A whole number within `range`.
    pub(crate) fn whole(
        &mut self,
        name: &'static str,
        default: u32,
        range: RangeInclusive<u32>,
    ) -> Result<u32, ParameterError> {
        let Some(value) = self.get(name) else { return Ok(default) };
        let wanted = "a whole number";
        let number = value.as_i64().ok_or_else(|| form(name, value, wanted))?;
        let (low, high) = (i64::from(*range.start()), i64::from(*range.end()));
        u32::try_from(number).ok().filter(|n| range.contains(n)).ok_or_else(|| ParameterError::Range {
            name,
            given: number.to_string(),
            low,
            high,
        })
    }

    /// A yes or no.
    pub(crate) fn flag(&mut self, name: &'static str, default: bool) -> Result<bool, ParameterError> {
        let Some(value) = self.get(name) else { return Ok(default) };
        value.as_bool().ok_or_else(|| form(name, value, "true or false"))
    }

    /// A distance such as `"12 ticks"` or `"1.5 atr"`.
    pub(crate) fn distance(
        &mut self,
        name: &'static str,
        default: Distance,
    ) -> Result<Distance, ParameterError> {
        let Some(value) = self.get(name) else { return Ok(default) };
        let wanted = "\"12 ticks\" or \"1.5 atr\" (two decimals at most)";
        let parts = value.as_str().and_then(|text| text.split_once(' '));
        let (number, unit) = parts.ok_or_else(|| form(name, value, wanted))?;
        let hundredths = hundredths(number).ok_or_else(|| form(name, value, wanted))?;
        let range = |low, high| ParameterError::Range { name, given: value.to_string(), low, high };
        match unit {
            "tick" | "ticks" if hundredths % 100 != 0 => Err(form(name, value, "whole ticks")),
            "tick" | "ticks" => Some(Distance::Ticks(Ticks(hundredths / 100)))
                .filter(|_| (1..=MAX_TICKS).contains(&(hundredths / 100)))
                .ok_or_else(|| range(1, MAX_TICKS)),
            "atr" => u32::try_from(hundredths)
                .ok()
                .filter(|n| (1..=MAX_MULTIPLE).contains(n))
                .map(Distance::Atr)
                .ok_or_else(|| form(name, value, "a multiple from 0.01 to 100, such as \"1.5 atr\"")),
            _ => Err(form(name, value, wanted)),
        }
    }

    /// Refuses what no one asked for.
    pub(crate) fn finish(self) -> Result<(), ParameterError> {
        match self.given.keys().find(|name| !self.known.contains(&name.as_str())) {
            Some(name) => Err(ParameterError::Unknown { name: name.clone(), known: self.known }),
            None => Ok(()),
        }
    }

    fn get(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.given.get(name)
    }
}

fn form(name: &'static str, given: &Value, wanted: &'static str) -> ParameterError {
    ParameterError::Form { name, given: given.to_string(), wanted }
}

/// A decimal with at most two places, in hundredths, exactly.
fn hundredths(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let part: i64 = part.parse::<i64>().ok()? * if part.len() == 1 { 10 } else { 1 };
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(name: &str, value: Value) -> Parameters {
        Parameters::from([(name.into(), value)])
    }

    fn distance(text: &str) -> Result<Distance, ParameterError> {
        Reader::new(&given("stop", text.into())).distance("stop", Distance::Atr(1))
    }

    #[test]
    fn distances_read_exactly_or_not_at_all() {
        assert_eq!(distance("12 ticks"), Ok(Distance::Ticks(Ticks(12))));
        assert_eq!(distance("1 tick"), Ok(Distance::Ticks(Ticks(1))));
        assert_eq!(distance("1.5 atr"), Ok(Distance::Atr(150)));
        assert_eq!(distance("0.05 atr"), Ok(Distance::Atr(5)));
        for bad in
            ["12", "", "1.5", "0 atr", "1.555 atr", "-1 atr", "1.5 ticks", "1. atr", "0 ticks", "2 percent"]
        {
            assert!(distance(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn refusals_name_the_field_and_the_mend() {
        let zero = Reader::new(&given("fast", 0.into())).whole("fast", 1, 1..=9).unwrap_err();
        assert_eq!(zero.to_string(), "`fast` is 0; choose one from 1 to 9");
        let text = Reader::new(&given("fast", "ten".into())).whole("fast", 1, 1..=9).unwrap_err();
        assert_eq!(text.to_string(), "`fast` is \"ten\"; write a whole number");
        let parameters = given("fsat", 1.into());
        let mut reader = Reader::new(&parameters);
        assert_eq!(reader.whole("fast", 5, 1..=9), Ok(5));
        let unknown = reader.finish().unwrap_err();
        assert_eq!(unknown.to_string(), "`fsat` is no parameter of this bot; it has: fast");
    }
}
