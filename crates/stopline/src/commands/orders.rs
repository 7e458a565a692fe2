//! `stopline orders`: the orders in the ledger as they stand, whether or not the engine runs.
//!
//! It only reads the ledger and asks nobody; what the exchange holds is asked with `stopline venue book`.

use clap::Args;
use serde_json::Value;
use stopline_ledger::reader::View;

use super::projection::{self, Column};
use crate::cli::Global;
use crate::exit::{Failure, Report};

const COLUMNS: &[Column] = &[
    ("placed_at", "placed (UTC)"),
    ("bot", "bot"),
    ("leg", "leg"),
    ("side", "side"),
    ("lots", "lots"),
    ("filled", "filled"),
    ("symbol", "contract"),
    ("kind", "kind"),
    ("price", "price"),
    ("average_price", "average"),
    ("state", "state"),
    ("cl_ord_id", "id"),
];

const ENDED: &[&str] = &["filled", "canceled", "rejected"];

/// Which orders.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only orders that have not ended
    #[arg(long)]
    live: bool,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    let ended = |row: &Value| row.get("state").and_then(Value::as_str).is_some_and(|s| ENDED.contains(&s));
    projection::show(global, View::Orders, COLUMNS, |row| !arguments.live || !ended(row))
}
