//! `stopline sim shrink`: a failing seed made small, until it is a scenario file that fails by itself for the same reason.
//!
//! What cannot be said as a file is said to be so, with an exit code of its own; it never gives out a file that it has not
//! seen fail.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use stopline_sim::recording::Start;
use stopline_sim::shrink::{Defect, Shrunk, shrink};

use super::file;
use crate::exit::{Failure, Report, UNSAID};

/// Which run, and where its file goes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The seed
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The choices of a run, as `stopline sim run --choices` wrote them
    #[arg(long, value_name = "FILE", conflicts_with = "seed")]
    choices: Option<PathBuf>,
    /// Write the scenario to this file, or, where it cannot be said as one, the choices beside it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// With this defect switched on; without --seed the first seed that it breaks and that can be said
    #[cfg(feature = "hooks")]
    #[arg(long, value_name = "NAME")]
    mutant: Option<String>,
    /// Every defect that seeds catch, and a table; --out is then a folder
    #[cfg(feature = "hooks")]
    #[arg(long, conflicts_with_all = ["seed", "choices", "mutant"])]
    mutants: bool,
    /// How many seeds a defect may hide in
    #[cfg(feature = "hooks")]
    #[arg(long, value_name = "N", default_value_t = 8_000)]
    most: u64,
}

pub(super) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    #[cfg(feature = "hooks")]
    if arguments.mutants {
        return every::run(arguments);
    }
    let shrunk = found(arguments)?;
    write(arguments.out.as_deref(), &shrunk)?;
    Ok(report(&shrunk))
}

#[cfg(feature = "hooks")]
fn found(arguments: &Arguments) -> Result<Shrunk, Failure> {
    let Some(name) = &arguments.mutant else { return one(arguments, Defect::default()) };
    let known = Defect::named(name);
    let defect = known.ok_or_else(|| Failure::Argument(format!("there is no mutant {name}")))?;
    if arguments.seed.is_some() || arguments.choices.is_some() {
        return one(arguments, defect);
    }
    let doing = Failure::doing::<String>(format!("looking for a seed that {name} breaks"));
    every::small(defect, arguments.most)?.ok_or_else(|| doing(format!("none of {} does", arguments.most)))
}

#[cfg(not(feature = "hooks"))]
fn found(arguments: &Arguments) -> Result<Shrunk, Failure> {
    one(arguments, Defect::default())
}

fn one(arguments: &Arguments, defect: Defect) -> Result<Shrunk, Failure> {
    let start = named(arguments)?;
    shrink(&start, defect).map_err(Failure::doing(format!("shrinking seed {}", start.seed())))
}

fn named(arguments: &Arguments) -> Result<Start, Failure> {
    match (&arguments.choices, arguments.seed) {
        (Some(path), _) => file::read_choices(path).map(Start::Recorded),
        (None, Some(seed)) => Ok(Start::Seed(seed)),
        (None, None) => Err(Failure::Argument("write --seed N or --choices FILE".to_owned())),
    }
}

fn write(out: Option<&Path>, shrunk: &Shrunk) -> Result<(), Failure> {
    match (out, &shrunk.story) {
        (Some(path), Ok(story)) => file::write(path, &story.text),
        (Some(path), Err(_)) => file::write(&path.with_extension("choices"), &choices(shrunk)),
        (None, _) => Ok(()),
    }
}

/// The choices, under the story that they make.
fn choices(shrunk: &Shrunk) -> String {
    let story: Vec<String> = shrunk.as_told.lines().map(|line| format!("# {line}\n")).collect();
    format!("{}{}", story.concat(), shrunk.recording)
}

fn report(shrunk: &Shrunk) -> Report {
    let Shrunk { seed, violation, story, tries, .. } = shrunk;
    let (body, verdict, code) = match story {
        Ok(story) => (story.text.clone(), format!("{} events in {} lines", story.events, story.steps), 0),
        Err(why) => (choices(shrunk), format!("cannot be said as a scenario: {why}; its choices"), UNSAID),
    };
    Report {
        text: format!("{body}\nseed {seed}, {violation}\n{verdict}, after {tries} runs"),
        json: json!({
            "seed": seed, "violation": violation.to_string(), "scenario": story.as_ref().ok().map(|s| s.text.clone()),
            "events": story.as_ref().ok().map(|s| s.events), "unsaid": story.as_ref().err().map(ToString::to_string),
            "choices": shrunk.recording.to_string(), "runs": tries,
        }),
        code,
    }
}

#[cfg(feature = "hooks")]
mod every {
    use stopline_sim::mutants::{Mutant, first_seed};

    use super::*;

    /// A row for each defect that a seed catches.
    pub(super) fn run(arguments: &Arguments) -> Result<Report, Failure> {
        let mut rows = Vec::new();
        let (mut events, mut unsaid) = (Vec::new(), 0);
        for mutant in Mutant::ALL {
            let name = format!("{mutant:?}");
            let Some(shrunk) = small(Defect::of(*mutant), arguments.most)? else {
                rows.push(format!("| {name} | no seed | | | |"));
                continue;
            };
            let path = arguments.out.as_ref().map(|folder| folder.join(format!("{name}.scenario")));
            write(path.as_deref(), &shrunk)?;
            let (seed, by) = (shrunk.seed, shrunk.violation.invariant);
            rows.push(match &shrunk.story {
                Ok(story) => {
                    events.push(story.events);
                    format!("| {name} | {seed} | {} | {} | {by} |", story.events, story.steps)
                }
                Err(why) => {
                    unsaid += 1;
                    format!("| {name} | {seed} | not said: {why} | | {by} |")
                }
            });
            if let Some(row) = rows.last() {
                anstream::eprintln!("{row}");
            }
        }
        events.sort_unstable();
        let median = events.get(events.len() / 2).copied().unwrap_or_default();
        let said = events.len();
        let verdict = format!("{said} as scenarios, a median of {median} events; {unsaid} not said");
        Ok(Report {
            text: format!(
                "| mutant | seed | events | lines | checker |\n|---|---|---|---|---|\n{}\n\n{verdict}",
                rows.join("\n")
            ),
            json: json!({ "said": said, "unsaid": unsaid, "median": median, "rows": rows }),
            code: if unsaid > 0 { UNSAID } else { 0 },
        })
    }

    /// The first seed whose story can be said, of the first few that the defect breaks; else the first one's choices.
    pub(super) fn small(defect: Defect, most: u64) -> Result<Option<Shrunk>, Failure> {
        const FEW: usize = 4;
        let (mut from, mut kept) = (0, None);
        for _ in 0..FEW {
            let found = first_seed(defect, from..most).map_err(Failure::doing("running the simulator"))?;
            let Some(seed) = found else { break };
            from = seed + 1;
            let shrunk = shrink(&Start::Seed(seed), defect)
                .map_err(Failure::doing(format!("shrinking seed {seed}")))?;
            if shrunk.story.is_ok() {
                return Ok(Some(shrunk));
            }
            kept.get_or_insert(shrunk);
        }
        Ok(kept)
    }
}
