//! `stopline config`: the configuration in force, defaults included, or the page of every key or rule.
//!
//! It reads and prints; nothing is written.

use clap::Args;
use serde_json::json;
use stopline_runtime::config::{Config, markdown, risk_markdown};

use super::setup;
use crate::cli::Global;
use crate::exit::{Failure, Report};

/// What is to be printed.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print the page of all keys instead, as in docs/config.md
    #[arg(long)]
    markdown: bool,
    /// Print the page of all rules of risk instead, as in docs/risk.md
    #[arg(long, conflicts_with = "markdown")]
    risk: bool,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    if arguments.markdown || arguments.risk {
        let page = if arguments.risk { risk_markdown() } else { markdown() };
        return Ok(Report::done(page.clone(), json!({ "page": page })));
    }
    Ok(report(setup::config(global, Vec::new())?))
}

/// A configuration as it is in force.
pub(super) fn report(config: Config) -> Report {
    let json = json!({ "hash": config.hash(), "toml": config.text });
    Report::done(config.text, json)
}
