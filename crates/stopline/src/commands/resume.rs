//! `stopline resume`: lift what a person set, for one bot or for the account.
//!
//! The lane decides whether it may: nothing is resumed while anything is unresolved.

use clap::Args;
use stopline_kernel::id::BotId;
use stopline_runtime::control::Ask;

use super::operator::{self, Operator};
use crate::cli::Global;
use crate::exit::{Failure, Report};

/// Whom it is for; who asks, and why.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The bot; without one, the whole account
    #[arg(value_parser = operator::bot)]
    bot: Option<BotId>,
    #[command(flatten)]
    operator: Operator,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    operator::command(global, &arguments.operator, Ask::Resume(arguments.bot))
}
