//! `stopline venue`: the simulated exchange, served and asked.
//!
//! What is in here talks to the exchange alone; it never reads the ledger.

pub(crate) mod book;
pub(crate) mod flags;
pub(crate) mod plan;
pub(crate) mod serve;

use clap::Subcommand;

use crate::cli::Global;
use crate::exit::{Failure, Report};

/// Its subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the simulated exchange in this process; `stopline run` starts it by itself
    Serve(serve::Arguments),
    /// The exchange's own orders, fills, positions and cash, asked of the exchange
    Book(book::Arguments),
}

/// Hands the command line to its subcommand.
pub(crate) fn run(global: &Global, command: &Command) -> Result<Report, Failure> {
    match command {
        Command::Serve(arguments) => serve::run(global, arguments),
        Command::Book(arguments) => book::run(global, arguments),
    }
}
