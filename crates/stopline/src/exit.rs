//! What a subcommand ends with: a report, or a failure with its exit code.
//!
//! The codes are a promise to scripts: 0 done, 1 failed, 2 bad arguments or configuration, 3 refused, 4 not running, 5 a
//! failure was found that cannot be said as a scenario.
//! No other code is ever returned.

use serde_json::Value;
use stopline_runtime::config::ConfigError;
use stopline_runtime::control::ControlError;
use thiserror::Error;

/// A failure was made small and cannot be said as a scenario: its choices are all there is.
pub(crate) const UNSAID: u8 = 5;

/// What a subcommand has to say, for people and for programs.
#[derive(Debug)]
pub(crate) struct Report {
    /// For people; empty if everything was said on the way.
    pub(crate) text: String,
    /// For programs.
    pub(crate) json: Value,
    /// The exit code: 0, 1 where the answer itself is bad news, or [`UNSAID`].
    pub(crate) code: u8,
}

impl Report {
    /// Good news.
    pub(crate) fn done(text: impl Into<String>, json: Value) -> Report {
        Report { text: text.into(), json, code: 0 }
    }
}

/// Why a subcommand did not do what was asked.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The configuration cannot be meant.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// An argument cannot be meant.
    #[error("{0}")]
    Argument(String),
    /// A limit, a halt or something unresolved is in the way.
    #[error("refused: {0}")]
    Refused(String),
    /// Control failed, or nobody is there.
    #[error("{0}")]
    Control(#[from] ControlError),
    /// Nobody is there.
    #[error("{0}")]
    NotRunning(String),
    /// Something was tried and did not work.
    #[error("{doing}: {why}")]
    Failed {
        /// What was tried.
        doing: String,
        /// What came of it.
        why: String,
    },
}

impl Failure {
    /// Names what was tried.
    pub(crate) fn doing<E: std::fmt::Display>(doing: impl Into<String>) -> impl FnOnce(E) -> Failure {
        let doing = doing.into();
        move |why| Failure::Failed { doing, why: why.to_string() }
    }

    /// The exit code.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Failure::Failed { .. }
            | Failure::Control(ControlError::NoAnswer { .. } | ControlError::Version { .. }) => 1,
            Failure::Config(_) | Failure::Argument(_) => 2,
            Failure::Refused(_) => 3,
            Failure::Control(ControlError::NotRunning { .. }) | Failure::NotRunning(_) => 4,
        }
    }
}
