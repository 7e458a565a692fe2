//! What the market did: trades and the best bid and offer, with every stamp they came with.
//!
//! It holds what was said, and never what somebody made of it: no mark, no average, no price for a side nobody quotes.

use alloc::boxed::Box;
use core::fmt;

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

/// How a contract trades now, as the venue tells it. A venue that does not tell has none, and nothing follows from that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketStatus {
    /// The contract.
    pub symbol: Symbol,
    /// How it trades.
    pub status: Trading,
    /// Why, in the venue's words.
    pub why: Box<str>,
    /// Until when, where the venue knows.
    pub until: Option<ExchangeTime>,
    /// Since when, by the exchange's stamp.
    pub since: ExchangeTime,
}

listed! {
    /// The ways in which a contract trades, or does not.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Trading {
        /// As ever.
        Open,
        /// Not yet: orders are taken and rest, nothing trades, and market orders are refused.
        PreOpen,
        /// The same in the midst of a session, for a moment.
        Reserved,
        /// Not at all: what is new is refused.
        Halted,
        /// Not at all, as after a session.
        Closed,
        /// At the upper limit: buyers stand there and nobody sells.
        LimitUp,
        /// At the lower limit: sellers stand there and nobody buys.
        LimitDown,
        /// A word we do not know. It may mean anything.
        Unrecognised,
    }
}

impl Trading {
    /// Whether an order can come to trade. What is not known cannot.
    pub const fn trades(self) -> bool {
        match self {
            Trading::Open | Trading::LimitUp | Trading::LimitDown => true,
            Trading::PreOpen
            | Trading::Reserved
            | Trading::Halted
            | Trading::Closed
            | Trading::Unrecognised => false,
        }
    }

    /// As it is written and read.
    pub const fn word(self) -> &'static str {
        match self {
            Trading::Open => "open",
            Trading::PreOpen => "pre_open",
            Trading::Reserved => "reserved",
            Trading::Halted => "halted",
            Trading::Closed => "closed",
            Trading::LimitUp => "limit_up",
            Trading::LimitDown => "limit_down",
            Trading::Unrecognised => "unrecognised",
        }
    }
}

impl fmt::Display for Trading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
