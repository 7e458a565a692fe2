//! `stopline flatten`, also called `kill`: close every position, cancel what works, and stay closed until a person resumes.
//!
//! It tells each step as it is made, ends well only with the broker's own evidence of flat, and never says flat without that.

use clap::Args;
use stopline_runtime::control::Ask;

use super::operator::{self, Operator};
use super::watching;
use crate::cli::Global;
use crate::exit::{Failure, Report};

/// Who asks, and why.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    operator: Operator,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    watching::command(global, || operator::command(global, &arguments.operator, Ask::Flatten))
}
