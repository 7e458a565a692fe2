//! What can be wrong with a configuration: each error names the place, the key, what was given, and the mend.
//!
//! One error at a time, the first one found, and never a guess at what was meant: a wrong setting changes nothing.

use stopline_bots::registry::BuildError;
use stopline_calendar::CalendarError;
use stopline_kernel::id::NameError;
use stopline_kernel::instrument::PriceError;
use stopline_kernel::limits::Contradiction;
use thiserror::Error;

use super::place::Place;

/// Why there is no configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {why}; check the path after --config")]
    Unread {
        /// The file as it was named.
        file: String,
        /// What the system said.
        why: String,
    },
    /// The file is no TOML.
    #[error("{place}: not TOML: {why}; correct the line")]
    Syntax {
        /// Where.
        place: Place,
        /// What was expected.
        why: String,
    },
    /// There is no such key.
    #[error("{place}: unknown key `{key}`{}", mend_name(.nearest))]
    UnknownKey {
        /// Where.
        place: Place,
        /// Its full name.
        key: String,
        /// The key that was meant, perhaps.
        nearest: Option<&'static str>,
    },
    /// A value cannot be meant.
    #[error("{place}: `{key} = {given}`: {fault}")]
    Value {
        /// Where.
        place: Place,
        /// The key.
        key: String,
        /// What was given, as TOML.
        given: String,
        /// What is wrong with it, and the mend.
        fault: Box<Fault>,
    },
    /// Settings that cannot all be meant.
    #[error("{file}: {}: {what}; {mend}", subject(.keys))]
    Contradiction {
        /// The file, or the defaults.
        file: String,
        /// The keys to look at.
        keys: Vec<&'static str>,
        /// What is wrong.
        what: Contradiction,
        /// What to do.
        mend: &'static str,
    },
    /// The table of keys itself is broken; its test rules this out.
    #[error("the table of settings of this build has no key `{0}`")]
    NoSuchKey(String),
}

/// What is wrong with one value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// Of another form.
    #[error("write {0}")]
    Form(&'static str),
    /// Outside its range.
    #[error("choose a number from {low} to {high}")]
    Range {
        /// The smallest allowed.
        low: i64,
        /// The largest allowed.
        high: i64,
    },
    /// Not above zero.
    #[error("must be above zero; choose a larger one")]
    NotPositive,
    /// None of the words allowed.
    #[error("choose one of {}", .0.join(", "))]
    NoneOf(&'static [&'static str]),
    /// No name.
    #[error("no name: {0}")]
    Name(NameError),
    /// No price of the contract.
    #[error("no price of this contract: {0}")]
    Price(PriceError),
    /// The calendar does not know it.
    #[error("{0}")]
    Calendar(CalendarError),
    /// No bot can be built from it.
    #[error("{0}")]
    Bot(BuildError),
    /// The exchange has no such model, or cannot misbehave like this.
    #[error("{0}")]
    Model(String),
}

fn subject(keys: &[&'static str]) -> String {
    match keys {
        [key] => format!("`{key}`"),
        keys => format!("`{}` contradict each other", keys.join("` and `")),
    }
}

fn mend_name(nearest: &Option<&'static str>) -> String {
    match nearest {
        Some(name) => format!("; did you mean `{name}`?"),
        None => "; `stopline config` lists every key".to_owned(),
    }
}
