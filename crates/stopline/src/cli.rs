//! The command line as a whole: what every subcommand shares, and the list of them.
//!
//! It describes only; what an argument means is its subcommand's business.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    bot_process, check, config, explain, fills, flatten, import, let_in, orders, pause, positions, replay,
    report, resume, run, settle, sim, status, stop, transfer, venue,
};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed
  2  bad arguments or a bad configuration; nothing was opened or changed
  3  refused by a limit, a halt or something unresolved
  4  no engine (or no exchange) is running
  5  a failing run was made small, and cannot be said as a scenario";

/// Runs futures trading bots and keeps the account safe.
#[derive(Debug, Parser)]
#[command(name = "stopline", version, after_help = EXIT_CODES, propagate_version = true)]
pub(crate) struct Cli {
    /// What every subcommand shares.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What is to be done.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every subcommand shares.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Print exactly one JSON document on stdout
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Where the engine keeps its ledger, log and sockets [default: ./stopline-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Configuration in TOML; `stopline config` prints every key
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Every subcommand.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Trade, until Ctrl-C: by default a paper account on a simulated market
    #[command(after_help = EXIT_CODES)]
    Run(run::Arguments),
    /// How the running engine stands
    #[command(after_help = EXIT_CODES)]
    Status(status::Arguments),
    /// The orders in the ledger
    #[command(after_help = EXIT_CODES)]
    Orders(orders::Arguments),
    /// The fills in the ledger
    #[command(after_help = EXIT_CODES)]
    Fills(fills::Arguments),
    /// The positions in the ledger
    #[command(after_help = EXIT_CODES)]
    Positions(positions::Arguments),
    /// The whole story of a decision or an order, from its bar to its money
    #[command(after_help = EXIT_CODES)]
    Explain(explain::Arguments),
    /// What a run or a replay came to: trades, money, drawdown, slippage; with --html as a page with pictures
    #[command(after_help = EXIT_CODES)]
    Report(report::Arguments),
    /// Close everything, prove it flat, and stay closed: the kill switch
    #[command(after_help = EXIT_CODES, visible_alias = "kill")]
    Flatten(flatten::Arguments),
    /// No new risk, for one bot or for all
    #[command(after_help = EXIT_CODES)]
    Pause(pause::Arguments),
    /// Allow new risk again, for one bot or for all
    #[command(after_help = EXIT_CODES)]
    Resume(resume::Arguments),
    /// End an Unknown order by your word, where the venue cannot say what became of it
    #[command(after_help = EXIT_CODES)]
    Settle(settle::Arguments),
    /// Journal money that came into the account, or went out of it
    #[command(after_help = EXIT_CODES)]
    Transfer(transfer::Arguments),
    /// Stop the engine in good order
    #[command(after_help = EXIT_CODES)]
    Stop(stop::Arguments),
    /// Let the engine back in after a guard has taken the account over
    #[command(after_help = EXIT_CODES)]
    LetIn(let_in::Arguments),
    /// Verify the ledger: every record's chain, the anchor, the fence
    #[command(after_help = EXIT_CODES)]
    Check(check::Arguments),
    /// The configuration in force, or the page of all keys
    #[command(after_help = EXIT_CODES)]
    Config(config::Arguments),
    /// Bring market data of others into a store of tapes
    #[command(after_help = EXIT_CODES)]
    Import(import::Arguments),
    /// A tape of real bars through the same engine and exchange, as fast as it goes
    #[command(after_help = EXIT_CODES)]
    Replay(replay::Arguments),
    /// The whole order path in virtual time, from seeds
    #[command(subcommand, after_help = EXIT_CODES)]
    Sim(sim::Command),
    /// The simulated exchange
    #[command(subcommand, after_help = EXIT_CODES)]
    Venue(venue::Command),
    /// A bot as a process of its own, speaking over stdin and stdout
    #[command(hide = true)]
    BotProcess(bot_process::Arguments),
}

/// Reads the command line.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    Cli::try_parse()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_says_its_exit_codes() {
        Cli::command().debug_assert();
        let help = Cli::command().render_long_help().to_string();
        for code in ["0  done", "1  failed", "2  bad", "3  refused", "4  no engine", "5  a failing run"] {
            assert!(help.contains(code), "{code}");
        }
        assert!(!help.contains("bot-process"), "it is for the engine alone");
    }
}
