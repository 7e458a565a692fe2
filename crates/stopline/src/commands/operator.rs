//! What an operator's commands share: who asks and why, the way to the engine, and what its answer means.
//!
//! A command is never repeated by itself: if no answer comes, the person is told how to find out.

use clap::Args;
use serde_json::json;
use stopline_kernel::id::{BotId, NameError};
use stopline_runtime::control::{self, Answer, Ask, Request, VERSION};

use super::{setup, user};
use crate::cli::Global;
use crate::exit::{Failure, Report};

/// Who asks and why; both go into the ledger.
#[derive(Debug, Args)]
pub(crate) struct Operator {
    /// Who asks [default: the name of the user]
    #[arg(long)]
    pub(crate) who: Option<String>,
    /// Why, in your words
    #[arg(long, default_value = "no reason given")]
    pub(crate) why: String,
}

/// Hands a command to the engine and says what came of it.
pub(super) fn command(global: &Global, operator: &Operator, ask: Ask) -> Result<Report, Failure> {
    let who = operator.who.clone().unwrap_or_else(user::name);
    match send(global, who, operator.why.clone(), ask)? {
        Answer::Done { evidence } => {
            Ok(Report::done(format!("done: {evidence}"), json!({ "outcome": "done", "evidence": evidence })))
        }
        Answer::Refused { why } => Err(Failure::Refused(why)),
        Answer::Pending { waited_ms } => Err(Failure::Failed {
            doing: format!("waiting {} s for the command to be settled", waited_ms / 1_000),
            why: "it is in the ledger and under way; `stopline status` shows how far it is".to_owned(),
        }),
        other => Err(unexpected(&other)),
    }
}

/// Asks the engine of the data directory in force.
pub(super) fn send(global: &Global, who: String, why: String, ask: Ask) -> Result<Answer, Failure> {
    let dir = setup::config(global, Vec::new())?.data_dir;
    Ok(control::ask(&control::socket(&dir), &Request { version: VERSION, who, why, ask })?)
}

/// What an answer means that is none to this question.
pub(super) fn unexpected(answer: &Answer) -> Failure {
    let why = match answer {
        Answer::Unready => "it is starting or stopping; try again in a moment".to_owned(),
        Answer::Unreadable { why } => format!("it could not read the request: {why}"),
        other => format!("it answered something else: {other:?}"),
    };
    Failure::Failed { doing: "asking the engine".to_owned(), why }
}

/// Reads a bot's name.
pub(super) fn bot(text: &str) -> Result<BotId, String> {
    text.parse().map_err(|why: NameError| why.to_string())
}
