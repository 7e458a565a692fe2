//! `stopline sim replay --seed N` or `--choices FILE`: one run again, told line by line: records, and bytes in both
//! directions.
//!
//! The same choices are the same run, to the byte; its hash at the end says so. It never changes what it tells of.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use stopline_sim::recording::Start;
use stopline_sim::run as simulate;

use super::file;
use super::telling::Telling;
use crate::exit::{Failure, Report};

/// Which run, told how.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The seed
    #[arg(long, value_name = "N", required_unless_present = "choices")]
    seed: Option<u64>,
    /// The choices of a run, as `stopline sim run --choices` wrote them
    #[arg(long, value_name = "FILE", conflicts_with = "seed")]
    choices: Option<PathBuf>,
    /// Give the verdict only
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let start = start(arguments)?;
    let (telling, trace) = Telling::begin();
    let told = (!arguments.quiet).then_some(trace);
    let outcome = simulate(&start, told).map_err(Failure::doing("running the simulator"))?;
    let (seed, options) = (start.seed(), outcome.swarm.to_string());
    let violation = outcome.violation.as_ref().map(|(at, v)| format!("at {} ms: {v}", at.0 / 1_000_000));
    let lines = telling.borrow_mut().end(violation.as_deref().filter(|_| !arguments.quiet));
    let mut text = lines.join("\n");
    let verdict = violation.as_deref().unwrap_or("no invariant was broken");
    text.push_str(&format!(
        "\nseed {seed}: {options}\n{verdict}\n{} events, {} orders, {} trades, {} deaths, hash {}",
        outcome.events, outcome.orders, outcome.trades, outcome.deaths, outcome.hash
    ));
    let json = json!({
        "seed": seed, "options": options, "violation": violation, "events": outcome.events, "orders": outcome.orders,
        "trades": outcome.trades, "deaths": outcome.deaths, "hash": outcome.hash.to_string(),
        "lines": lines,
    });
    Ok(Report {
        text: text.trim_start_matches('\n').to_owned(),
        json,
        code: u8::from(outcome.violation.is_some()),
    })
}

fn start(arguments: &Arguments) -> Result<Start, Failure> {
    match &arguments.choices {
        Some(path) => file::read_choices(path).map(Start::Recorded),
        None => Ok(Start::Seed(arguments.seed.unwrap_or_default())),
    }
}
