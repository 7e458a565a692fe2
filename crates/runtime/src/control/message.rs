//! The words of control, version 1: what can be asked, and what can be answered.
//!
//! Nothing here is optional by accident: an unknown word or field is refused by whoever reads it.

use serde::{Deserialize, Serialize};
use stopline_kernel::id::{BotId, ClOrdId};
use stopline_kernel::input::CommandKind;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::num::Money;
use stopline_kernel::view::Status;

/// The version both ends must speak.
pub const VERSION: u32 = 1;

/// A request: one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// [`VERSION`].
    pub version: u32,
    /// Who asks.
    pub who: String,
    /// Why, in the person's words.
    pub why: String,
    /// What is asked.
    pub ask: Ask,
}

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// How things stand; the only one that is no command.
    Status,
    /// Close everything and stay closed.
    Flatten,
    /// No new risk, for one bot or for all.
    Pause(Option<BotId>),
    /// Allow new risk again, for one bot or for all.
    Resume(Option<BotId>),
    /// Stop in good order.
    Stop,
    /// End an Unknown order by the person's word.
    Settle(ClOrdId),
    /// Money came in, or went out where it is below zero.
    Transfer(Money),
}

impl Ask {
    /// The command it is, unless it is only a question.
    pub const fn command(self) -> Option<CommandKind> {
        match self {
            Ask::Status => None,
            Ask::Flatten => Some(CommandKind::Flatten),
            Ask::Pause(bot) => Some(CommandKind::Pause(bot)),
            Ask::Resume(bot) => Some(CommandKind::Resume(bot)),
            Ask::Stop => Some(CommandKind::Stop),
            Ask::Settle(order) => Some(CommandKind::Settle(order)),
            Ask::Transfer(amount) => Some(CommandKind::Transfer(amount)),
        }
    }
}

/// A response: one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// [`VERSION`].
    pub version: u32,
    /// What is answered.
    pub answer: Answer,
}

/// What can be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// How things stand.
    Status {
        /// The newest status.
        status: Box<Status>,
        /// The contracts its prices are of, without their sessions.
        instruments: Vec<Instrument>,
    },
    /// The command is done.
    Done {
        /// On this evidence.
        evidence: String,
    },
    /// The command is refused.
    Refused {
        /// What is unresolved, or when it may be asked again.
        why: String,
    },
    /// The command is in the ledger and not settled yet.
    Pending {
        /// How long it has been waited for, in milliseconds.
        waited_ms: u64,
    },
    /// The engine has not come up, or is going down.
    Unready,
    /// The line was no request of this version.
    Unreadable {
        /// What is wrong with it.
        why: String,
    },
}
