//! `stopline config`: the configuration in force, defaults included, or the page of every key.
//!
//! It reads and prints; nothing is written.

use clap::Args;
use serde_json::json;
use stopline_runtime::config::{Config, markdown};

use super::setup;
use crate::cli::Global;
use crate::exit::{Failure, Report};

/// What is to be printed.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print the page of all keys instead, as in docs/config.md
    #[arg(long)]
    markdown: bool,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    if arguments.markdown {
        let page = markdown();
        return Ok(Report::done(page.clone(), json!({ "page": page })));
    }
    Ok(report(setup::config(global, Vec::new())?))
}

/// A configuration as it is in force.
pub(super) fn report(config: Config) -> Report {
    let json = json!({ "hash": config.hash(), "toml": config.text });
    Report::done(config.text, json)
}
