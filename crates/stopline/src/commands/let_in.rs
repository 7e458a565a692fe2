//! `stopline let-in`: a person lets the engine back in after a guard has taken the account over, or after the fence was
//! damaged.
//!
//! It starts nothing and looks at no position: that the account is in order is what the person vouches for.

use clap::Args;
use serde_json::json;
use stopline_ledger::fence::Fence;

use super::setup;
use crate::cli::Global;
use crate::exit::{Failure, Report};

/// Nothing but what every subcommand takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(global: &Global, _arguments: &Arguments) -> Result<Report, Failure> {
    let dir = setup::config(global, Vec::new())?.data_dir;
    Fence::let_in(&dir).map_err(Failure::doing("letting the engine in"))?;
    let text = format!("the engine may run on {} again; start it with `stopline run`", dir.display());
    Ok(Report::done(text, json!({ "let_in": true, "data_dir": dir })))
}
