//! `stopline sim mutants`: every deliberate defect switched on in turn, and the table of which checker caught it.
//!
//! It exists only in builds that carry the defects, which no build that ships does.

use std::ops::Range;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use stopline_sim::mutants::{Kill, Mutant, hunt, table};

use super::{file, sweep::range};
use crate::exit::{Failure, Report};

/// Which seeds, and where the table goes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Seeds from A up to, not including, B, for each mutant
    #[arg(long, value_name = "A..B", default_value = "0..400", value_parser = range)]
    seeds: Range<u64>,
    /// Threads; each run stays on one
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: u8,
    /// Write the table to this file
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let one = |mutant: &Mutant| hunt(*mutant, arguments.seeds.clone(), usize::from(arguments.jobs));
    let kills: Vec<Kill> = Mutant::ALL.iter().map(one).collect();
    let text = table(&kills, &arguments.seeds);
    if let Some(path) = &arguments.table {
        file::write(path, &text)?;
    }
    let wrong: Vec<String> = kills
        .iter()
        .filter(|kill| !kill.is_as_it_must_be())
        .map(|kill| format!("{:?}", kill.mutant))
        .collect();
    let verdict = match wrong.as_slice() {
        [] => format!("{} mutants: each caught, and the canary was not", kills.len() - 1),
        some => format!("not as it must be: {}", some.join(", ")),
    };
    let rows =
        kills.iter().map(|k| json!({ "mutant": format!("{:?}", k.mutant), "caught": k.caught, "by": k.by }));
    let json = json!({ "mutants": rows.collect::<Vec<_>>(), "wrong": wrong });
    Ok(Report { text: format!("{text}\n{verdict}"), json, code: u8::from(!wrong.is_empty()) })
}
