//! The part of a ledger that is reported: from a moment, to a moment, and of one bot or all.
//!
//! What comes after the end is never looked at; what comes before the beginning only says what was held at it.

use stopline_kernel::id::BotId;
use stopline_kernel::time::ExchangeTime;

/// Which part is reported. A trade counts where it is closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Period {
    /// From this moment on.
    pub(crate) from: Option<ExchangeTime>,
    /// Before this moment.
    pub(crate) to: Option<ExchangeTime>,
    /// Of this bot alone.
    pub(crate) bot: Option<BotId>,
}

impl Period {
    /// Whether a moment is past the end.
    pub(crate) fn is_over(&self, at: ExchangeTime) -> bool {
        self.to.is_some_and(|to| to <= at)
    }

    /// Whether a moment is before the beginning.
    pub(crate) fn is_before(&self, at: ExchangeTime) -> bool {
        self.from.is_some_and(|from| at < from)
    }

    /// Whether a bot is reported.
    pub(crate) fn is_of(&self, bot: BotId) -> bool {
        self.bot.is_none_or(|wanted| wanted == bot)
    }
}
