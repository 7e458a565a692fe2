//! `stopline let-in`: a person lets the engine back in after a guard has taken the account over, or after the fence was
//! damaged.
//!
//! It starts nothing and looks at no position: that the account is in order is what the person vouches for.

use clap::Args;
use serde_json::json;
use stopline_ledger::fence::{Fence, FenceError};

use super::setup;
use crate::cli::Global;
use crate::exit::{Failure, Report};

/// Nothing but what every subcommand takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(global: &Global, _arguments: &Arguments) -> Result<Report, Failure> {
    let dir = setup::config(global, Vec::new())?.data_dir;
    match Fence::let_in(&dir) {
        Ok(()) => {
            let text = format!("the engine may run on {} again; start it with `stopline run`", dir.display());
            Ok(Report::done(text, json!({ "let_in": true, "data_dir": dir })))
        }
        Err(why @ FenceError::Held { .. }) => Err(Failure::Refused(why.to_string())),
        Err(why) => Err(Failure::doing("letting the engine in")(why)),
    }
}
