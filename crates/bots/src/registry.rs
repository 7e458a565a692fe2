//! The shipped bots by name.
//!
//! A name and parameters become a strategy, or one clear error; never a bot with something guessed.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::cross::{Cross, CrossParameters};
use crate::parameters::{ParameterError, Parameters};
use crate::strategy::{Seat, Strategy};

/// Makes one kind of bot.
type Make = fn(&Parameters, &Seat) -> Result<Box<dyn Strategy + Send>, ParameterError>;

/// Every bot there is.
const BOTS: &[(&str, Make)] = &[
    ("cross", cross),
    ("ma-cross", cross),
    #[cfg(feature = "test-bots")]
    ("crasher", crate::bad::crasher),
    #[cfg(feature = "test-bots")]
    ("flooder", crate::bad::flooder),
    #[cfg(feature = "test-bots")]
    ("shouter", crate::bad::shouter),
    #[cfg(feature = "test-bots")]
    ("staller", crate::bad::staller),
];

fn cross(parameters: &Parameters, seat: &Seat) -> Result<Box<dyn Strategy + Send>, ParameterError> {
    Ok(Box::new(Cross::new(CrossParameters::read(parameters)?, *seat)))
}

/// Why a bot cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildError {
    /// There is no bot of this name.
    UnknownBot {
        /// The name.
        name: String,
        /// Those there are.
        known: Vec<&'static str>,
    },
    /// A parameter is wrong.
    Parameter {
        /// Whose.
        bot: &'static str,
        /// What is wrong.
        error: ParameterError,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::UnknownBot { name, known } => {
                write!(f, "there is no bot `{name}`; there is: {}", known.join(", "))
            }
            BuildError::Parameter { bot, error } => write!(f, "bot `{bot}`: {error}"),
        }
    }
}

impl core::error::Error for BuildError {}

/// Builds the bot called `name`.
pub fn build(
    name: &str,
    parameters: &Parameters,
    seat: &Seat,
) -> Result<Box<dyn Strategy + Send>, BuildError> {
    let found = BOTS.iter().find(|(known, _)| *known == name);
    let (bot, make) =
        found.ok_or_else(|| BuildError::UnknownBot { name: name.to_string(), known: names().collect() })?;
    make(parameters, seat).map_err(|error| BuildError::Parameter { bot, error })
}

/// The names of all bots.
pub fn names() -> impl Iterator<Item = &'static str> {
    BOTS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cross::tests::seat;

    fn error(name: &str, parameters: serde_json::Value) -> String {
        let parameters = serde_json::from_value(parameters).unwrap();
        build(name, &parameters, &seat()).err().unwrap().to_string()
    }

    #[test]
    fn the_cross_builds_with_its_defaults() {
        let bot = build("cross", &Parameters::new(), &seat()).unwrap();
        assert_eq!((bot.name(), bot.bars_needed()), ("cross", 140));
    }

    #[test]
    fn wrong_names_and_parameters_say_what_to_do() {
        let none = serde_json::json!({});
        assert!(error("corss", none).starts_with("there is no bot `corss`; there is: cross"));
        assert_eq!(
            error("cross", serde_json::json!({"fast": 20, "slow": 20})),
            "bot `cross`: `fast`: 20 bars are not fewer than the 20 of `slow`; make `fast` smaller or `slow` larger"
        );
        assert_eq!(
            error("cross", serde_json::json!({"allow_long": false, "allow_short": false})),
            "bot `cross`: `allow_long`: neither long nor short is allowed; set one of `allow_long`, `allow_short` to true"
        );
        assert_eq!(
            error("cross", serde_json::json!({"lots": 0})),
            "bot `cross`: `lots` is 0; choose one from 1 to 1000"
        );
        assert!(error("cross", serde_json::json!({"quick": 3})).contains("`quick` is no parameter"));
    }
}
