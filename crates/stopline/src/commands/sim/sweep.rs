//! `stopline sim run --seeds A..B --jobs N`: many seeds, and a verdict.
//!
//! A sweep in which a seed breaks an invariant never ends with exit code 0.

use std::fmt::Write;
use std::io::IsTerminal;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;
use serde_json::{Value, json};
use stopline_sim::Outcome;
use stopline_sim::sweep::{Tally, sweep};

use super::{file, recheck};
use crate::exit::{Failure, Report};

/// Which seeds, on how many threads.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Seeds from A up to, not including, B
    #[arg(long, value_name = "A..B", default_value = "0..1000", value_parser = range)]
    seeds: Range<u64>,
    /// Threads; each run stays on one
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: u8,
    /// Write the choices of each seed that breaks an invariant into this folder, as seed-N.choices
    #[arg(long, value_name = "FOLDER")]
    choices: Option<PathBuf>,
    /// Write the history of every seed into this folder, as seed-N.history, for `sim recheck` of later days
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

pub(super) fn range(text: &str) -> Result<Range<u64>, String> {
    let (from, to) = text.split_once("..").ok_or("two numbers with `..` between them, such as 0..1000")?;
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| format!("{text:?} is no whole number"));
    let range = number(from)?..number(to)?;
    if range.is_empty() {
        Err(format!("{text} names no seed: the second number must be larger"))
    } else {
        Ok(range)
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let seeds = arguments.seeds.clone();
    let all = seeds.end - seeds.start;
    let tally = sweep(seeds.clone(), usize::from(arguments.jobs), progress(all));
    if let Some(folder) = &arguments.choices {
        for bad in &tally.violations {
            let path = folder.join(format!("seed-{}.choices", bad.recording.seed));
            file::write(&path, &format!("# {}\n{}", bad.swarm, bad.recording))?;
        }
    }
    if let Some(folder) = &arguments.keep {
        recheck::keep(seeds.clone(), folder)?;
    }
    match &tally.failed {
        Some(why) => Err(Failure::doing("running the simulator")(why)),
        None => Ok(Report {
            text: text(&seeds, &tally),
            json: json(&seeds, &tally),
            code: u8::from(tally.bad > 0),
        }),
    }
}

/// Tells how far the sweep is, and each seed that breaks an invariant as soon as it does: in place on a terminal, else a
/// line at a time, so that a sweep that is ended before its end has said something.
fn progress(all: u64) -> impl Fn(&Tally) {
    let watched = std::io::stderr().is_terminal();
    let every = (all / if watched { 200 } else { 20 }).max(1);
    let told = AtomicU64::new(0);
    move |so_far| {
        let (done, bad) = (so_far.runs, so_far.bad);
        if told.swap(bad, Ordering::Relaxed) < bad
            && let Some((seed, violation)) = &so_far.newest
        {
            anstream::eprintln!("seed {seed}: {violation}");
        }
        if done % every != 0 && done != all {
            return;
        }
        if watched {
            anstream::eprint!("\r{done} of {all} seeds, {bad} broke an invariant ");
        } else {
            anstream::eprintln!("{done} of {all} seeds, {bad} broke an invariant");
        }
        if watched && done == all {
            anstream::eprintln!();
        }
    }
}

fn text(seeds: &Range<u64>, tally: &Tally) -> String {
    let mut text = String::new();
    for bad in &tally.violations {
        if let Some((at, violation)) = &bad.violation {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "seed {} at {} ms: {violation}", bad.recording.seed, at.0 / 1_000_000);
            let _ = writeln!(text, "  {}", bad.swarm);
            let _ = writeln!(text, "  stopline sim replay --seed {}", bad.recording.seed);
        }
    }
    let _ = write!(
        text,
        "seeds {}..{}: {} runs, {} events, {} orders, {} trades, {} deaths; {} broke an invariant",
        seeds.start, seeds.end, tally.runs, tally.events, tally.orders, tally.trades, tally.deaths, tally.bad
    );
    text
}

fn json(seeds: &Range<u64>, tally: &Tally) -> Value {
    let violation = |bad: &Outcome| {
        let what = bad.violation.as_ref().map(|(at, v)| (at.0, v.invariant, v.seen.as_str()));
        json!({ "seed": bad.recording.seed, "at_ns": what.map(|w| w.0), "invariant": what.map(|w| w.1), "seen": what.map(|w| w.2) })
    };
    json!({
        "from": seeds.start, "to": seeds.end, "runs": tally.runs, "events": tally.events, "orders": tally.orders,
        "trades": tally.trades, "deaths": tally.deaths, "broken": tally.bad, "by_invariant": tally.by_invariant,
        "coverage": tally.coverage.iter().collect::<std::collections::BTreeMap<_, _>>(),
        "violations": tally.violations.iter().map(violation).collect::<Vec<_>>(),
    })
}
