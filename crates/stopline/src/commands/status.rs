//! `stopline status`: how the running engine stands, as it last published it.
//!
//! It asks the engine and nobody else; a ledger without an engine has no status.

use clap::Args;
use serde_json::json;
use stopline_runtime::control::{Answer, Ask};

use super::{operator, user};
use crate::cli::Global;
use crate::exit::{Failure, Report};
use crate::look::prices::Prices;
use crate::look::standing;

/// Nothing but what every subcommand takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(global: &Global, _arguments: &Arguments) -> Result<Report, Failure> {
    match operator::send(global, user::name(), "status".to_owned(), Ask::Status)? {
        Answer::Status { status, instruments } => {
            let json = json!({ "status": status, "instruments": instruments });
            Ok(Report::done(standing::page(&status, &Prices::of(instruments)), json))
        }
        other => Err(operator::unexpected(&other)),
    }
}
