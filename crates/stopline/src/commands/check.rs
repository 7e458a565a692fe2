//! `stopline check`: the whole ledger verified from its first record, and whether the anchor agrees.
//!
//! It changes nothing, whatever it finds, unless a person says `--accept`; it may run beside the engine.

use std::path::Path;

use clap::Args;
use serde_json::{Value, json};
use stopline_ledger::fence::{Fence, FenceError};
use stopline_ledger::sqlite::Report as Verified;
use stopline_ledger::{OpenError, accept, check};

use super::setup;
use crate::cli::Global;
use crate::exit::{Failure, Report};

/// Records between two words of progress.
const STEP: u64 = 50_000;

/// How to look.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Take a ledger as it is, whatever the anchor says, and anchor its last record: the way back after a restored copy
    /// or a lost anchor. The broker's account then decides what was lost
    #[arg(long)]
    accept: bool,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    let dir = setup::config(global, Vec::new())?.data_dir;
    let quiet = global.json;
    let progress = move |seq: u64| {
        if !quiet && seq.is_multiple_of(STEP) {
            anstream::eprintln!("{seq} records verified");
        }
    };
    if arguments.accept {
        // Nobody may write while the anchor is moved.
        let _fence = Fence::take(&dir).map_err(|why| match why {
            FenceError::Seized { .. } => Failure::Refused(why.to_string()),
            FenceError::Held { .. } | FenceError::Damaged { .. } | FenceError::Io { .. } => {
                Failure::doing("taking the fence")(why)
            }
        })?;
        return Ok(verdict(&dir, accept(&dir, progress), "accepted"));
    }
    Ok(verdict(&dir, check(&dir, progress), "sound"))
}

fn verdict(dir: &Path, found: Result<Verified, OpenError>, word: &str) -> Report {
    match found {
        Ok(verified) => Report::done(page(&verified, word), document(dir, &verified, word)),
        Err(why) => {
            let json = json!({ "verdict": "refused", "data_dir": dir, "why": why.to_string() });
            Report { text: format!("REFUSED  {why}"), json, code: 1 }
        }
    }
}

fn page(verified: &Verified, word: &str) -> String {
    let mut lines = vec![
        format!("{word}: {} records of account {}", verified.records, verified.account),
        "  chain    every record follows the one before it, and each can be read".to_owned(),
        format!("  anchor   record {} is there, with the hash it names", verified.anchored),
        format!("  hash     {}", verified.hash),
    ];
    lines.extend(verified.kinds.iter().map(|(kind, count)| format!("  {count:>8} {kind}")));
    lines.join("\n")
}

fn document(dir: &Path, verified: &Verified, word: &str) -> Value {
    json!({
        "verdict": word,
        "data_dir": dir,
        "account": verified.account,
        "records": verified.records,
        "anchored": verified.anchored,
        "hash": verified.hash.to_string(),
        "kinds": verified.kinds,
    })
}
