//! Whether a contract trades, and within which prices. Sessions of the calendar are none of its business.
//!
//! The rules:
//! - Halted: nothing trades and the book stands as it is. New orders and changes are refused, cancels are taken.
//! - Before the opening, and reserved: nothing trades. Limit orders are taken and come to the market in their order when it opens;
//!   what would trade at the market is refused, and while reserved a stop too.
//! - Closed: as halted, and the background market withdraws, as at the end of a session.
//! - Limited: nothing trades above the upper or below the lower price. An order that asks for more is refused; what is left of a
//!   market order stands; the background market piles up at the limit.

use serde::{Deserialize, Serialize};
use stopline_kernel::num::{Side, Ticks};

/// How a contract trades while its session is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// As ever.
    #[default]
    Open,
    /// Not yet.
    PreOpen,
    /// Not at all, for a moment in the midst of a session.
    Reserved,
    /// Not at all, for a while.
    Halted,
    /// Not at all, as after a session.
    Closed,
    /// Between these prices, both included.
    Limited {
        /// Limit down.
        low: Ticks,
        /// Limit up.
        high: Ticks,
    },
}

impl Phase {
    /// Whether anything trades.
    pub const fn trades(self) -> bool {
        matches!(self, Phase::Open | Phase::Limited { .. })
    }

    /// Whether orders are taken that could not trade now.
    pub const fn collects(self) -> bool {
        matches!(self, Phase::PreOpen | Phase::Reserved)
    }

    /// Both at once: the one that allows less, and the narrower of two limits.
    pub fn and(self, other: Phase) -> Phase {
        match (self, other) {
            (Phase::Limited { low, high }, Phase::Limited { low: l, high: h }) => {
                Phase::Limited { low: low.max(l), high: high.min(h) }
            }
            (Phase::Limited { .. }, Phase::Open) => self,
            (Phase::Open, Phase::Limited { .. }) => other,
            _ if self.strictness() >= other.strictness() => self,
            _ => other,
        }
    }

    const fn strictness(self) -> u8 {
        match self {
            Phase::Open => 0,
            Phase::Limited { .. } => 1,
            Phase::PreOpen => 2,
            Phase::Reserved => 3,
            Phase::Halted => 4,
            Phase::Closed => 5,
        }
    }

    /// The farthest price at which an order of this side may trade; `None` is any.
    pub const fn bound(self, side: Side) -> Option<Ticks> {
        match (self, side) {
            (Phase::Limited { high, .. }, Side::Buy) => Some(high),
            (Phase::Limited { low, .. }, Side::Sell) => Some(low),
            _ => None,
        }
    }

    /// A limit of this side, brought within the bound; a market order gets the bound itself.
    pub fn within(self, side: Side, limit: Option<Ticks>) -> Option<Ticks> {
        let (Some(bound), Some(limit)) = (self.bound(side), limit) else { return self.bound(side).or(limit) };
        Some(if side == Side::Buy { limit.min(bound) } else { limit.max(bound) })
    }

    /// Whether a trade at `price` is allowed.
    pub fn allows(self, price: Ticks) -> bool {
        match self {
            Phase::Open => true,
            Phase::PreOpen | Phase::Reserved | Phase::Halted | Phase::Closed => false,
            Phase::Limited { low, high } => low <= price && price <= high,
        }
    }

    /// As people are told it.
    pub const fn word(self) -> &'static str {
        match self {
            Phase::Open => "open",
            Phase::PreOpen => "pre_open",
            Phase::Reserved => "reserved",
            Phase::Halted => "halted",
            Phase::Closed => "closed",
            Phase::Limited { .. } => "limited",
        }
    }
}
