//! `stopline`: reads the command line, hands it to one subcommand, prints what came of it, once.
//!
//! Nothing is decided here; `cli` is the table of contents, `commands/` has one file for each subcommand.

mod cli;
mod commands;
mod exit;
mod look;
mod performance;
mod print;
mod story;

#[cfg(test)]
mod sample;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::parse() {
        Ok(cli) => print::report(cli.global.json, commands::dispatch(&cli)),
        Err(usage) => print::usage(&usage),
    }
}
