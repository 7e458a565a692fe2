//! `stopline sim replay --seed N`: one seed again, told line by line: records, and bytes in both directions.
//!
//! The same seed is the same run, to the byte; its hash at the end says so. It never changes what it tells of.

use std::cell::RefCell;
use std::rc::Rc;

use clap::Args;
use serde_json::json;
use stopline_sim::swarm::Swarm;
use stopline_sim::{Mutant, Trace, run as simulate};

use crate::exit::{Failure, Report};

/// Which seed, told how.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The seed
    #[arg(long, value_name = "N")]
    seed: u64,
    /// Give the verdict only
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let seed = arguments.seed;
    let lines = Rc::new(RefCell::new(Vec::new()));
    let kept = Rc::clone(&lines);
    let trace: Trace = Box::new(move |line| kept.borrow_mut().push(line.to_owned()));
    let told = (!arguments.quiet).then_some(trace);
    let swarm = Swarm::draw(seed);
    let options = swarm.to_string();
    let outcome =
        simulate(seed, swarm, Mutant::default(), told).map_err(Failure::doing("running the simulator"))?;
    let violation = outcome.violation.as_ref().map(|(at, v)| format!("at {} ms: {v}", at.0 / 1_000_000));
    let mut text = lines.borrow().join("\n");
    let verdict = violation.as_deref().unwrap_or("no invariant was broken");
    text.push_str(&format!(
        "\nseed {seed}: {options}\n{verdict}\n{} events, {} orders, {} trades, {} deaths, hash {}",
        outcome.events, outcome.orders, outcome.trades, outcome.deaths, outcome.hash
    ));
    let json = json!({
        "seed": seed, "options": options, "violation": violation, "events": outcome.events, "orders": outcome.orders,
        "trades": outcome.trades, "deaths": outcome.deaths, "hash": outcome.hash.to_string(),
        "lines": lines.borrow().clone(),
    });
    Ok(Report { text: text.trim_start().to_owned(), json, code: u8::from(outcome.violation.is_some()) })
}
