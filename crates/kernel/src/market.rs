//! What the market did: trades and the best bid and offer, with every stamp they came with.
//!
//! It holds what was said, and never what somebody made of it: no mark, no average, no price for a side nobody quotes.

use serde::{Deserialize, Serialize};

use crate::id::Symbol;
use crate::num::{Lots, Ticks};
use crate::time::{BrokerTime, ExchangeTime};

/// One market event of one instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// The contract.
    pub symbol: Symbol,
    /// The venue's number of this event in its feed: one more than the last, or something was lost.
    pub seq: u64,
    /// When the exchange says it happened.
    pub exchange_time: ExchangeTime,
    /// When the broker says it passed it on, where the broker says so.
    pub broker_time: Option<BrokerTime>,
    /// What happened.
    pub what: TickKind,
}

/// A trade or a change of the best bid and offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TickKind {
    /// Somebody traded.
    Trade {
        /// At this price.
        price: Ticks,
        /// This many; above zero.
        lots: Lots,
    },
    /// The best bid and offer changed.
    Bbo(Bbo),
}

/// The best bid and offer. A side nobody quotes is `None`, never a price of zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bbo {
    /// The highest price somebody would buy at.
    pub bid: Option<Level>,
    /// The lowest price somebody would sell at.
    pub ask: Option<Level>,
}

/// A price and what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// The price.
    pub price: Ticks,
    /// The lots shown; above zero.
    pub lots: Lots,
}

impl Bbo {
    /// Whether both sides are there and the bid is below the ask. Nothing is priced from any other book.
    pub fn is_sound(&self) -> bool {
        matches!((self.bid, self.ask), (Some(bid), Some(ask)) if bid.price < ask.price)
    }
}
