//! `stopline sim`: the whole order path in virtual time, from seeds: a sweep of many, or one told line by line.
//!
//! It touches no account and no socket; a violation it finds is a defect, and the exit code says so.

mod crashpoints;
mod file;
#[cfg(feature = "hooks")]
mod mutants;
mod recheck;
mod replay;
mod scenario;
mod shrink;
mod sweep;
mod telling;

use clap::Subcommand;

use crate::cli::Global;
use crate::exit::{Failure, Report};

/// What the simulator can be asked.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run every seed of a range; exit 1 if any breaks an invariant
    Run(sweep::Arguments),
    /// Run one seed, or recorded choices, and tell what happens, line by line
    Replay(replay::Arguments),
    /// Play failures written as files, each from its first line to rest; exit 1 if any fails
    Scenario(scenario::Arguments),
    /// Run the invariants of today over old histories, without the engine; exit 1 if any is broken
    Recheck(recheck::Arguments),
    /// Make a failing seed small: a scenario file that fails by itself for the same reason; exit 5 where it cannot be said
    Shrink(shrink::Arguments),
    /// Die at every append, sync, send and report of some runs, and damage their ledgers everywhere
    Crashpoints(crashpoints::Arguments),
    /// Switch on every deliberate defect in turn, and tell which checker caught it
    #[cfg(feature = "hooks")]
    Mutants(mutants::Arguments),
}

pub(crate) fn run(_: &Global, command: &Command) -> Result<Report, Failure> {
    match command {
        Command::Run(arguments) => sweep::run(arguments),
        Command::Replay(arguments) => replay::run(arguments),
        Command::Scenario(arguments) => scenario::run(arguments),
        Command::Recheck(arguments) => recheck::run(arguments),
        Command::Shrink(arguments) => shrink::run(arguments),
        Command::Crashpoints(arguments) => crashpoints::run(arguments),
        #[cfg(feature = "hooks")]
        Command::Mutants(arguments) => mutants::run(arguments),
    }
}
