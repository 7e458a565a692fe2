//! What a bot wants, and the keys that make the same want the same order in any process.
//!
//! An intent is a wish, never an order: it becomes one only through the gate. A key holds no counter of this process
//! and nothing by chance.

use alloc::boxed::Box;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, BotId, ClOrdId, Symbol, VenueInstance, digest};
use crate::num::{Bps, Lots, Side, Ticks};
use crate::time::ExchangeTime;

/// What a bot asks for, with what it saw when it asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The contract it is about.
    pub symbol: Symbol,
    /// The wish itself.
    pub wish: Wish,
    /// Why, in the bot's words; shown by `explain`.
    pub reason: Box<str>,
    /// How sure the bot is: 0 to 10 000.
    pub confidence: Bps,
    /// The open of the bar the wish was derived from.
    pub bar_open: ExchangeTime,
    /// Exchange time of the newest market data the bot had seen.
    pub data_time: ExchangeTime,
    /// Tells apart several wishes from one bar; 0 for the first.
    pub sequence: u32,
}

/// The five things a bot can ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// Open a position with a stop and, if wanted, a target at the venue.
    Enter(Entry),
    /// Close this bot's position in the symbol and cancel what works for it.
    Exit,
    /// Cancel one order of this bot.
    Cancel {
        /// Any ClOrdID of the order's lineage.
        order: ClOrdId,
    },
    /// Change one working order of this bot; checked like a new order.
    Modify {
        /// Any ClOrdID of the order's lineage.
        order: ClOrdId,
        /// The new limit or stop price.
        price: Ticks,
        /// The new total quantity.
        lots: Lots,
    },
    /// Nothing, on purpose; recorded, so that a silent bot and a waiting one can be told apart.
    Hold,
}

/// A position to open, with its exits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Buy to be long, sell to be short.
    pub side: Side,
    /// How many; above zero.
    pub lots: Lots,
    /// `None` enters at the market, `Some` with a limit.
    pub limit: Option<Ticks>,
    /// Where the protective stop stands. There is no entry without one.
    pub stop: Ticks,
    /// Where the profit is taken.
    pub target: Option<Ticks>,
}

/// The identity of a decision: equal keys are the same decision, however often it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IntentKey {
    /// Which life of the venue; keeps a restarted simulated market from repeating keys.
    pub venue: VenueInstance,
    /// The account traded.
    pub account: AccountId,
    /// Who decided.
    pub origin: Origin,
    /// The contract.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
}

/// Who wanted an order, with what makes that want unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// A bot, from a bar.
    Bot {
        /// Which one.
        bot: BotId,
        /// The open of the bar it decided on.
        bar_open: ExchangeTime,
        /// Which wish of that bar.
        sequence: u32,
    },
    /// The closing of a position: an exit wish, a flatten command, a watch or the protection rule.
    Closing {
        /// Whose position.
        bot: BotId,
        /// The closing's number in this account.
        number: u64,
        /// Which order of that closing.
        step: u32,
    },
}

impl Origin {
    /// The bot whose position the order changes.
    pub const fn bot(&self) -> BotId {
        match self {
            Origin::Bot { bot, .. } | Origin::Closing { bot, .. } => *bot,
        }
    }
}

/// Which part of a decision an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Leg {
    /// Opens the position.
    Entry,
    /// Protects it; OCO with the target.
    Stop,
    /// Takes the profit; OCO with the stop.
    Target,
    /// Closes what is left.
    Flatten,
}

impl Leg {
    /// Whether this leg can make a position larger.
    pub const fn opens(self) -> bool {
        matches!(self, Leg::Entry)
    }

    /// `entry`, `stop`, `target` or `flatten`.
    pub const fn word(self) -> &'static str {
        match self {
            Leg::Entry => "entry",
            Leg::Stop => "stop",
            Leg::Target => "target",
            Leg::Flatten => "flatten",
        }
    }
}

impl IntentKey {
    /// The id of one leg of this decision after `revision` modifications.
    pub fn cl_ord_id(&self, leg: Leg, revision: u32) -> ClOrdId {
        let revision = revision.to_le_bytes();
        ClOrdId::from_digest(self.digest_with(&[leg.word().as_bytes(), &revision]))
    }

    /// The decision's own id, which every record and log line of it carries.
    pub fn decision(&self) -> DecisionId {
        DecisionId(ClOrdId::from_digest(self.digest_with(&[b"decision"])))
    }

    fn digest_with(&self, tail: &[&[u8]]) -> u128 {
        let (kind, bot, a, b) = match self.origin {
            Origin::Bot { bot, bar_open, sequence } => (b"bot", bot, bar_open.0.to_le_bytes(), sequence),
            Origin::Closing { bot, number, step } => (b"end", bot, number.to_le_bytes(), step),
        };
        let key = digest(&[
            self.venue.as_str().as_bytes(),
            self.account.as_str().as_bytes(),
            kind,
            bot.as_str().as_bytes(),
            &a,
            &b.to_le_bytes(),
            self.symbol.as_str().as_bytes(),
            self.side.word().as_bytes(),
        ]);
        let key = key.to_le_bytes();
        let mut parts = alloc::vec![&key[..]];
        parts.extend_from_slice(tail);
        digest(&parts)
    }
}

/// The id of a decision, carried from tick to fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DecisionId(pub ClOrdId);

impl core::fmt::Display for DecisionId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The key of a bot's first wish from the bar at `bar`.
    pub(crate) fn key(bar: i64) -> IntentKey {
        let bot = "cross".parse().unwrap();
        IntentKey {
            venue: "sim-1".parse().unwrap(),
            account: "PAPER-1".parse().unwrap(),
            origin: Origin::Bot { bot, bar_open: ExchangeTime(bar), sequence: 0 },
            symbol: "MESZ6".parse().unwrap(),
            side: Side::Buy,
        }
    }

    #[test]
    fn the_same_decision_makes_the_same_ids() {
        assert_eq!(key(60).cl_ord_id(Leg::Stop, 0), key(60).cl_ord_id(Leg::Stop, 0));
    }

    #[test]
    fn another_bar_leg_side_or_revision_makes_another_id() {
        let base = key(60);
        let other_side = IntentKey { side: Side::Sell, ..base };
        let ids = [
            base.cl_ord_id(Leg::Entry, 0),
            base.cl_ord_id(Leg::Entry, 1),
            base.cl_ord_id(Leg::Stop, 0),
            key(120).cl_ord_id(Leg::Entry, 0),
            other_side.cl_ord_id(Leg::Entry, 0),
            base.decision().0,
        ];
        for (i, a) in ids.iter().enumerate() {
            assert!(ids.iter().skip(i + 1).all(|b| a != b));
        }
    }
}
