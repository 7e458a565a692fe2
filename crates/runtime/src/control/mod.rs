//! Control: one line of JSON in, one out, over a Unix socket that only the engine's owner can open.
//!
//! It carries a person's commands to the lane and brings back what came of them. It never decides one, never answers
//! from memory what only the lane can know, and never reaches a broker.

mod client;
mod engine;
mod message;
mod server;

use std::path::{Path, PathBuf};
use std::time::Duration;

use stopline_kernel::effect::Outcome;
use stopline_kernel::input::CommandKind;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::view::Status;

pub use client::{ControlError, ask};
pub use message::{Answer, Ask, Request, Response, VERSION};
pub use server::{Server, ServerError, answered};

/// The socket of the engine that keeps its things in `data_dir`.
pub fn socket(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}

/// What the engine offers to control.
pub trait Commanded: Send + Sync {
    /// Hands a command to the lane, with who asks and why, and waits for what comes of it.
    fn command(&self, who: &str, why: &str, what: CommandKind, patience: Duration) -> Heard;

    /// The newest status that was published, with the contracts its prices are of; `None` before the first.
    fn status(&self) -> Option<(Status, Vec<Instrument>)>;
}

/// What was heard of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The lane's reply.
    Reply(Outcome),
    /// Nothing yet: the lane has it, and it is not settled.
    NotYet,
    /// The lane takes no commands, or ended with this one open.
    Nobody,
}

#[cfg(test)]
mod tests;
