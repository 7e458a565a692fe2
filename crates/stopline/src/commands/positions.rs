//! `stopline positions`: positions by contract and bot, from the fills in the ledger, whether or not the engine runs.
//!
//! It reads the ledger and asks nobody; open profit needs a price, and that only the running engine has.

use clap::Args;
use serde_json::Value;
use stopline_ledger::reader::View;

use super::projection::{self, Column};
use crate::cli::Global;
use crate::exit::{Failure, Report};

const COLUMNS: &[Column] = &[
    ("symbol", "contract"),
    ("bot", "bot"),
    ("lots", "lots"),
    ("average_price", "average"),
    ("realised", "realised"),
    ("fees", "fees"),
    ("fills", "fills"),
    ("changed_at", "changed (UTC)"),
];

/// Which positions.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only positions that are not flat
    #[arg(long)]
    open: bool,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    let flat = |row: &Value| row.get("lots").and_then(Value::as_i64) == Some(0);
    projection::show(global, View::Positions, COLUMNS, |row| !arguments.open || !flat(row))
}
