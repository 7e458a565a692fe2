//! `stopline fills`: every execution in the ledger, each booked once, whether or not the engine runs.
//!
//! It reads the ledger and asks nobody; nothing here is summed up or left out.

use clap::Args;
use stopline_ledger::reader::View;

use super::projection::{self, Column};
use crate::cli::Global;
use crate::exit::{Failure, Report};

const COLUMNS: &[Column] = &[
    ("at", "booked (UTC)"),
    ("exchange_time", "traded (UTC)"),
    ("bot", "bot"),
    ("side", "side"),
    ("lots", "lots"),
    ("symbol", "contract"),
    ("price", "price"),
    ("slippage_ticks", "slip"),
    ("realised", "realised"),
    ("fee", "fee"),
    ("position", "after"),
    ("exec_id", "execution"),
    ("root", "order"),
];

/// Nothing but what every subcommand takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(global: &Global, _arguments: &Arguments) -> Result<Report, Failure> {
    projection::show(global, View::Fills, COLUMNS, |_| true)
}
