//! `stopline settle`: end an Unknown order by a person's word, where no history can prove what became of it.
//!
//! The lane decides whether it may: the venue is asked first, and an order that it knows is never settled from here.

use clap::Args;
use stopline_kernel::id::{ClOrdId, NameError};
use stopline_runtime::control::Ask;

use super::operator::{self, Operator};
use crate::cli::Global;
use crate::exit::{Failure, Report};

/// Which order; who says so, and on what evidence.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The order, by any id it ever had with us
    #[arg(value_parser = order)]
    order: ClOrdId,
    #[command(flatten)]
    operator: Operator,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> Result<Report, Failure> {
    operator::command(global, &arguments.operator, Ask::Settle(arguments.order))
}

fn order(text: &str) -> Result<ClOrdId, String> {
    let form = "an id of ours: SL and 26 letters and digits, as `stopline orders` shows them";
    text.parse().map_err(|_: NameError| format!("{text:?} is not {form}"))
}
