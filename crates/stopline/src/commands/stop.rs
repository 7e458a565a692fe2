//! `stopline stop`: end the running engine in good order, with positions left protected or closed as configured.
//!
//! It never kills: an engine that does not end by itself is left for a person.

use clap::Args;
use stopline_runtime::control::Ask;

use super::operator::{self, Operator};
use crate::cli::Global;
use crate::exit::{Failure, Report};

/// Who asks, and why.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    operator: Operator,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    operator::command(global, &arguments.operator, Ask::Stop)
}
