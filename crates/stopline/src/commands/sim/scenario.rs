//! `stopline sim scenario FILE...` or `--all [DIR]`: failures as files, each played from its first line to rest.
//!
//! A file that fails, cannot be read, or stays clean under a defect that it names never ends with exit code 0.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use stopline_sim::play;
use stopline_sim::scenario::Scenario;

use super::file;
use super::telling::Telling;
use crate::exit::{Failure, Report};

/// How many lines of what happened are told with a failure.
const LAST: usize = 20;

/// Which files, told how.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The files
    #[arg(value_name = "FILE", required_unless_present = "all")]
    files: Vec<PathBuf>,
    /// Every file that ends in .scenario in a folder
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "scenarios", conflicts_with = "files")]
    all: Option<PathBuf>,
    /// Tell everything that happens, line by line
    #[arg(long)]
    trace: bool,
    /// Prove of each file, too, that it fails under each defect that it names
    #[cfg(feature = "hooks")]
    #[arg(long)]
    mutants: bool,
}

/// What became of one file.
struct Verdict {
    name: String,
    scenario: Scenario,
    /// `passed`, `waiting`, `failed` or `unread`.
    result: &'static str,
    why: String,
    lines: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let files = match &arguments.all {
        Some(folder) => file::scenarios_in(folder)?,
        None => arguments.files.clone(),
    };
    let mut verdicts = Vec::new();
    for path in &files {
        let mut verdict = judge(path)?;
        prove(arguments, &mut verdict);
        verdicts.push(verdict);
    }
    let of = |result: &str| verdicts.iter().filter(|v| v.result == result).count();
    let (passed, waiting) = (of("passed"), of("waiting"));
    let bad = verdicts.len() - passed - waiting;
    let mut text: Vec<String> = verdicts.iter().map(|v| told(v, arguments.trace)).collect();
    text.push(format!(
        "{} files: {passed} passed, {waiting} wait for parts to come, {bad} failed",
        verdicts.len()
    ));
    let rows: Vec<Value> = verdicts
        .iter()
        .map(|v| {
            json!({ "file": v.name, "ids": v.scenario.ids, "title": v.scenario.title,
                    "invariants": v.scenario.invariants, "result": v.result, "why": v.why })
        })
        .collect();
    let json = json!({ "passed": passed, "waiting": waiting, "failed": bad, "scenarios": rows });
    Ok(Report { text: text.join("\n"), json, code: u8::from(bad > 0) })
}

fn judge(path: &Path) -> Result<Verdict, Failure> {
    let name = path.display().to_string();
    let text = file::read(path)?;
    let verdict = |scenario, result, why, lines| Verdict { name: name.clone(), scenario, result, why, lines };
    let scenario: Scenario = match text.parse() {
        Ok(scenario) => scenario,
        Err(mistake) => return Ok(verdict(Scenario::default(), "unread", format!("{mistake}"), Vec::new())),
    };
    if let Some(part) = scenario.waits.clone() {
        return Ok(verdict(scenario, "waiting", part, Vec::new()));
    }
    let (telling, trace) = Telling::begin();
    let (result, why) = match play(&scenario, Some(trace)) {
        Ok(_) => ("passed", String::new()),
        Err(failed) => ("failed", failed.to_string()),
    };
    let lines = telling.borrow_mut().end(Some(why.as_str()).filter(|why| !why.is_empty()));
    Ok(verdict(scenario, result, why, lines))
}

#[cfg(feature = "hooks")]
fn prove(arguments: &Arguments, verdict: &mut Verdict) {
    if !arguments.mutants || verdict.result != "passed" {
        return;
    }
    if let Err(why) = stopline_sim::mutants::prove(&verdict.scenario) {
        (verdict.result, verdict.why) = ("failed", why);
    }
}

#[cfg(not(feature = "hooks"))]
fn prove(_: &Arguments, _: &mut Verdict) {}

/// One line for a file; with a failure what happened last, or everything where that is asked for.
fn told(verdict: &Verdict, trace: bool) -> String {
    let Verdict { name, scenario, result, why, lines } = verdict;
    let ids = if scenario.ids.is_empty() { name.clone() } else { scenario.ids.join(" ") };
    let mut text = format!("{ids:<6} {:<32} {result}", scenario.invariants.join(" "));
    if !why.is_empty() {
        text.push_str(&format!(": {why}"));
    }
    let skipped = match (trace, *result) {
        (true, _) => 0,
        (false, "failed") => lines.len().saturating_sub(LAST),
        (false, _) => lines.len(),
    };
    lines.iter().skip(skipped).for_each(|line| text.push_str(&format!("\n{line}")));
    text
}
