//! The kinds of order that this exchange knows: the engine's three, and three more that its clients may ask for.
//!
//! Pure. A kind says what an order waits for and how far it may trade; it never trades by itself.

use serde::{Deserialize, Serialize};
use stopline_kernel::num::{Side, Ticks};
use stopline_kernel::order::OrderKind;

/// How far from the best price a protected market order may trade. CME publishes a range for each product; this exchange
/// has one for all: 24 ticks, 6 index points of MES.
pub const PROTECTION: Ticks = Ticks(24);

/// What kind of order it is. The first three are written as the kernel's are, so that older journals read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Trades at once at whatever price stands there.
    Market,
    /// Trades at this price or better.
    Limit(Ticks),
    /// Becomes a market order when the market trades at or through this price.
    Stop(Ticks),
    /// Becomes a limit order at `limit` when the market trades at or through `stop`.
    StopLimit {
        /// What sets it off.
        stop: Ticks,
        /// How far it may trade then.
        limit: Ticks,
    },
    /// A market order that trades no farther than [`PROTECTION`] from the best price; what is left stands there.
    Protected,
    /// A stop that follows the market at a distance and never goes back.
    Trailing {
        /// The distance from the best trade since it works; above zero.
        by: Ticks,
        /// Where it stands; `None` until it works.
        stop: Option<Ticks>,
    },
}

impl From<OrderKind> for Kind {
    fn from(kind: OrderKind) -> Kind {
        match kind {
            OrderKind::Market => Kind::Market,
            OrderKind::Limit(price) => Kind::Limit(price),
            OrderKind::Stop(price) => Kind::Stop(price),
        }
    }
}

impl Kind {
    /// The price that a change of the order changes, if it has one.
    pub const fn price(self) -> Option<Ticks> {
        match self {
            Kind::Market | Kind::Protected => None,
            Kind::Limit(price) | Kind::Stop(price) | Kind::StopLimit { stop: price, .. } => Some(price),
            Kind::Trailing { stop, .. } => stop,
        }
    }

    /// The price that sets it off, if it waits for one.
    pub const fn waits_for(self) -> Option<Ticks> {
        match self {
            Kind::Market | Kind::Limit(_) | Kind::Protected => None,
            Kind::Stop(stop) | Kind::StopLimit { stop, .. } => Some(stop),
            Kind::Trailing { stop, .. } => stop,
        }
    }

    /// The same kind at another price. A stop-limit keeps the distance of its limit; what has no price has none to change.
    pub const fn at(self, price: Ticks) -> Kind {
        match self {
            Kind::Market => Kind::Market,
            Kind::Protected => Kind::Protected,
            Kind::Limit(_) => Kind::Limit(price),
            Kind::Stop(_) => Kind::Stop(price),
            Kind::StopLimit { stop, limit } => {
                let limit = Ticks(price.0.saturating_add(limit.0.saturating_sub(stop.0)));
                Kind::StopLimit { stop: price, limit }
            }
            Kind::Trailing { by, .. } => Kind::Trailing { by, stop: Some(price) },
        }
    }

    /// Every price and distance written on it.
    pub fn numbers(self) -> impl Iterator<Item = Ticks> {
        let pair = match self {
            Kind::Market | Kind::Protected => [None, None],
            Kind::Limit(price) | Kind::Stop(price) => [Some(price), None],
            Kind::StopLimit { stop, limit } => [Some(stop), Some(limit)],
            Kind::Trailing { by, stop } => [Some(by), stop],
        };
        pair.into_iter().flatten()
    }

    /// Where a trailing stop of this side stands at this distance from `best`.
    pub const fn trailed(side: Side, by: Ticks, best: Ticks) -> Ticks {
        match side {
            Side::Buy => Ticks(best.0.saturating_add(by.0)),
            Side::Sell => Ticks(best.0.saturating_sub(by.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_three_are_written_as_the_kernels_are() {
        for kind in [OrderKind::Market, OrderKind::Limit(Ticks(7)), OrderKind::Stop(Ticks(-7))] {
            let written = serde_json::to_string(&kind).unwrap();
            assert_eq!(serde_json::from_str::<Kind>(&written).unwrap(), Kind::from(kind));
            assert_eq!(serde_json::to_string(&Kind::from(kind)).unwrap(), written);
        }
    }

    #[test]
    fn a_stop_limit_moves_whole() {
        let kind = Kind::StopLimit { stop: Ticks(100), limit: Ticks(104) };
        assert_eq!(kind.at(Ticks(90)), Kind::StopLimit { stop: Ticks(90), limit: Ticks(94) });
    }
}
