//! What happens in the running engine that is no record: threads and bots that were restarted, lines that bots wrote,
//! ticks that were dropped.
//!
//! A notice is for people and logs alone. Nothing the lane decides on may come from one.

use std::fmt;

use stopline_kernel::id::BotId;
use stopline_kernel::report::Stream;
use stopline_kernel::time::{Span, Stamp};

use crate::crew::Death;

/// Something a person may want to know, with when it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// When.
    pub at: Stamp,
    /// What.
    pub what: Happening,
}

/// The things that can be noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// A thread died and starts again after a wait of machine time.
    Restarts {
        /// Which one, and how it died.
        death: Death,
        /// When it starts again.
        after: Span,
    },
    /// A thread that nothing depends on died and stays so.
    GivenUp(Death),
    /// A bot's process ended; it starts again after a wait of machine time.
    BotEnded {
        /// Whose.
        bot: BotId,
        /// Why.
        why: Box<str>,
        /// When it starts again.
        after: Span,
    },
    /// A bot wrote a line for the log.
    BotSaid {
        /// Which one.
        bot: BotId,
        /// The line.
        text: Box<str>,
    },
    /// Ticks were dropped because the lane did not keep up; its bars are made whole from history.
    TicksDropped {
        /// How many in this gap.
        count: u64,
    },
    /// A session could not be started.
    NoSession {
        /// Which one.
        stream: Stream,
        /// Why.
        why: Box<str>,
    },
    /// The exchange was found to be gone and was started again.
    VenueStarted,
    /// The exchange is gone and could not be started.
    VenueGone {
        /// Why.
        why: Box<str>,
    },
    /// Batches were not shown because those who look did not keep up. The ledger has them.
    NotShown {
        /// How many.
        batches: u64,
    },
    /// Which ticks were taken is not kept any more.
    TakenNotKept {
        /// Why.
        why: Box<str>,
    },
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Happening::Restarts { death, after } => {
                write!(
                    f,
                    "thread `{}` {}; it starts again in {} ms",
                    death.role,
                    death.how,
                    after.as_millis()
                )
            }
            Happening::GivenUp(death) => {
                write!(f, "thread `{}` {}; nothing depends on it", death.role, death.how)
            }
            Happening::BotEnded { bot, why, after } => {
                write!(f, "bot {bot} ended: {why}; it starts again in {} ms", after.as_millis())
            }
            Happening::BotSaid { bot, text } => write!(f, "bot {bot}: {text}"),
            Happening::TicksDropped { count } => write!(f, "{count} ticks dropped: the lane did not keep up"),
            Happening::NoSession { stream, why } => write!(f, "no {stream:?} session: {why}"),
            Happening::VenueStarted => f.write_str("the exchange was gone; it is started again"),
            Happening::VenueGone { why } => write!(f, "the exchange is gone: {why}"),
            Happening::NotShown { batches } => write!(f, "{batches} batches not shown; the ledger has them"),
            Happening::TakenNotKept { why } => write!(f, "which ticks are taken is not kept: {why}"),
        }
    }
}
