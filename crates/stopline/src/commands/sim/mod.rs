//! `stopline sim`: the whole order path in virtual time, from seeds: a sweep of many, or one told line by line.
//!
//! It touches no account, no file and no socket; a violation it finds is a defect, and the exit code says so.

mod replay;
mod sweep;

use clap::Subcommand;

use crate::cli::Global;
use crate::exit::{Failure, Report};

/// What the simulator can be asked.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run every seed of a range; exit 1 if any breaks an invariant
    Run(sweep::Arguments),
    /// Run one seed and tell what happens, line by line
    Replay(replay::Arguments),
}

pub(crate) fn run(_: &Global, command: &Command) -> Result<Report, Failure> {
    match command {
        Command::Run(arguments) => sweep::run(arguments),
        Command::Replay(arguments) => replay::run(arguments),
    }
}
