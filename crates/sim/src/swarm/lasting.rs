//! What never heals: at most one fault that stands through the calm, so that a run is not always saved by its end.
//!
//! It begins with the calm. What was on its way before stays as it was.

use stopline_kernel::time::Span;

use super::{Partition, Path};
use crate::choice::Choices;

/// Longer than any run.
const FOR_EVER: Span = Span::secs(1_000_000);

/// A fault that does not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// Nothing passes between the engine and the broker's orders side.
    OrdersCut,
    /// The engine hears nothing of the orders side, which hears it.
    OrdersDeaf,
    /// The orders side hears nothing of the engine, and talks on.
    OrdersMute,
    /// No quotes come, and none can be asked for.
    QuotesCut,
    /// The bot's process does not come back.
    BotGone,
}

impl Lasting {
    /// All of them, with the names of their families.
    pub const ALL: [(Lasting, &'static str); 5] = [
        (Lasting::OrdersCut, "lasting.orders_cut"),
        (Lasting::OrdersDeaf, "lasting.orders_deaf"),
        (Lasting::OrdersMute, "lasting.orders_mute"),
        (Lasting::QuotesCut, "lasting.quotes_cut"),
        (Lasting::BotGone, "lasting.bot_gone"),
    ];

    pub(super) fn draw(choices: &mut Choices, permille: u64) -> Option<Lasting> {
        choices
            .permille(permille)
            .then(|| choices.one_of(&Lasting::ALL))
            .flatten()
            .map(|(lasting, _)| lasting)
    }

    /// Its family.
    pub fn name(self) -> &'static str {
        Lasting::ALL.iter().find(|(lasting, _)| *lasting == self).map_or("", |(_, name)| name)
    }

    /// Whether the truth can be obtained while it lasts: some way to ask the broker, and to hear the answer.
    pub const fn leaves_the_truth_obtainable(self) -> bool {
        matches!(self, Lasting::QuotesCut | Lasting::BotGone)
    }

    /// The wire that is gone, if it is a wire.
    pub(crate) fn partition(self) -> Option<Partition> {
        let (path, to_broker, to_engine) = match self {
            Lasting::OrdersCut => (Path::Orders, true, true),
            Lasting::OrdersDeaf => (Path::Orders, false, true),
            Lasting::OrdersMute => (Path::Orders, true, false),
            Lasting::QuotesCut => (Path::Quotes, true, true),
            Lasting::BotGone => return None,
        };
        Some(Partition { path, to_broker, to_engine, at: Span::ZERO, lasts: FOR_EVER })
    }
}
