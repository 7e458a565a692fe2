//! `stopline sim recheck FILE...`: the invariants of today over histories that `stopline sim run --keep` wrote.
//!
//! No engine runs. A history in which an invariant is broken, or that cannot be read, never ends with exit code 0.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use stopline_sim::history::recheck;
use stopline_sim::recording::Start;
use stopline_sim::run_kept;

use super::file;
use crate::exit::{Failure, Report};

/// Which histories.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The histories, or folders of them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let (mut files, mut text, mut rows, mut bad) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for path in &arguments.files {
        match path.is_dir() {
            true => files.extend(file::ending_in(path, "history")?),
            false => files.push(path.clone()),
        }
    }
    for path in &files {
        let name = path.display().to_string();
        let again = recheck(&file::read(path)?).map_err(Failure::doing(format!("reading {name}")))?;
        let told = again.violation.map(|(line, violation)| format!("line {line}: {violation}"));
        bad += usize::from(told.is_some());
        text.extend(told.as_ref().map(|told| format!("{name}: {told}")));
        rows.push(json!({ "file": name, "lines": again.lines, "violation": told }));
    }
    text.push(format!("{} histories, {bad} broke an invariant", files.len()));
    Ok(Report {
        text: text.join("\n"),
        json: json!({ "broken": bad, "histories": rows }),
        code: u8::from(bad > 0),
    })
}

/// Writes the history of each of these seeds into a folder; each is run once more for it.
pub(super) fn keep(seeds: impl Iterator<Item = u64>, folder: &Path) -> Result<(), Failure> {
    for seed in seeds {
        let kept = run_kept(&Start::Seed(seed)).map_err(Failure::doing("running the simulator"))?;
        file::write(&folder.join(format!("seed-{seed}.history")), &kept.1)?;
    }
    Ok(())
}
