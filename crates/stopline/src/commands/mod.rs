//! One file for each subcommand: its arguments, what it does, and nothing of any other.
//!
//! A subcommand gives a report or a failure; only `run` and what waits for the engine print by themselves, and only lines for people.

pub(crate) mod bot_process;
pub(crate) mod check;
pub(crate) mod config;
pub(crate) mod explain;
pub(crate) mod fills;
pub(crate) mod flatten;
pub(crate) mod import;
pub(crate) mod let_in;
pub(crate) mod orders;
pub(crate) mod pause;
pub(crate) mod positions;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod resume;
pub(crate) mod run;
pub(crate) mod settle;
pub(crate) mod sim;
pub(crate) mod status;
pub(crate) mod stop;
pub(crate) mod transfer;
pub(crate) mod venue;

mod operator;
mod projection;
mod setup;
mod user;
mod watching;

use crate::cli::{Cli, Command};
use crate::exit::{Failure, Report};

/// Hands the command line to its subcommand.
pub(crate) fn dispatch(cli: &Cli) -> Result<Report, Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Run(arguments) => run::run(global, arguments),
        Command::Status(arguments) => status::run(global, arguments),
        Command::Orders(arguments) => orders::run(global, arguments),
        Command::Fills(arguments) => fills::run(global, arguments),
        Command::Positions(arguments) => positions::run(global, arguments),
        Command::Explain(arguments) => explain::run(global, arguments),
        Command::Report(arguments) => report::run(global, arguments),
        Command::Flatten(arguments) => flatten::run(global, arguments),
        Command::Pause(arguments) => pause::run(global, arguments),
        Command::Resume(arguments) => resume::run(global, arguments),
        Command::Settle(arguments) => settle::run(global, arguments),
        Command::Transfer(arguments) => transfer::run(global, arguments),
        Command::Stop(arguments) => stop::run(global, arguments),
        Command::LetIn(arguments) => let_in::run(global, arguments),
        Command::Check(arguments) => check::run(global, arguments),
        Command::Config(arguments) => config::run(global, arguments),
        Command::Import(arguments) => import::run(arguments),
        Command::Replay(arguments) => replay::run(global, arguments),
        Command::Sim(command) => sim::run(global, command),
        Command::Venue(command) => venue::run(global, command),
        Command::BotProcess(arguments) => bot_process::run(arguments),
    }
}
