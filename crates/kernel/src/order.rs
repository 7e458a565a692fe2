//! One order: what we asked for, what has traded, and where it stands on its two axes.
//!
//! Quantities come from fills alone. Where it stands changes only through the table in [`crate::table`]; nothing here
//! may turn silence into an answer.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::id::{BotId, BrokerOrderId, ClOrdId, Symbol};
use crate::intent::{DecisionId, IntentKey, Leg};
use crate::num::{Lots, Money, Overflow, Side, Ticks};
use crate::table::{Ask, Life};
use crate::time::{ExchangeTime, Stamp};

/// What kind of order it is at the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderKind {
    /// Trades at once at whatever price stands there.
    Market,
    /// Trades at this price or better.
    Limit(Ticks),
    /// Becomes a market order when the market trades at or through this price.
    Stop(Ticks),
}

impl OrderKind {
    /// The price written on the order, if it has one.
    pub const fn price(self) -> Option<Ticks> {
        match self {
            OrderKind::Market => None,
            OrderKind::Limit(price) | OrderKind::Stop(price) => Some(price),
        }
    }

    /// The same kind at another price; a market order has none to change.
    pub const fn at(self, price: Ticks) -> OrderKind {
        match self {
            OrderKind::Market => OrderKind::Market,
            OrderKind::Limit(_) => OrderKind::Limit(price),
            OrderKind::Stop(_) => OrderKind::Stop(price),
        }
    }

    /// `market`, `limit` or `stop`.
    pub const fn word(self) -> &'static str {
        match self {
            OrderKind::Market => "market",
            OrderKind::Limit(_) => "limit",
            OrderKind::Stop(_) => "stop",
        }
    }
}

/// An order as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrder {
    /// Our id of it.
    pub cl_ord_id: ClOrdId,
    /// Which part of its decision it is.
    pub leg: Leg,
    /// The contract.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// How many; above zero.
    pub lots: Lots,
    /// Kind and price.
    pub kind: OrderKind,
}

/// An order with everything known about it. Its identity is the ClOrdID of its first revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The decision it came from.
    pub key: IntentKey,
    /// As asked for last: price and quantity change when a replace is confirmed, the id when one is sent.
    pub spec: NewOrder,
    /// The id of the first revision: the order's identity in the ledger.
    pub root: ClOrdId,
    /// How many modifications were sent.
    pub revision: u32,
    /// A modification that is not answered yet.
    pub pending: Option<NewOrder>,
    /// Where it is.
    pub life: Life,
    /// What we have asked for and not heard about.
    pub ask: Ask,
    /// How many the venue holds it to be worth; an exit is worth what its entry has filled.
    pub worth: Lots,
    /// Lots traded, by distinct ExecID.
    pub filled: Lots,
    /// Lots that traded and were taken back: the venue does not trade them again.
    #[serde(default)]
    pub busted: Lots,
    /// Sum over fills of price times lots, for the average.
    pub filled_ticks: i64,
    /// Lots of an entry that were taken out of the intended position when it ended without them.
    #[serde(default)]
    pub given_up: Lots,
    /// The broker's id, once known.
    pub order_id: Option<BrokerOrderId>,
    /// When it was recorded.
    pub placed: Stamp,
    /// When what we asked last was asked; a request that waits longer than its time-out is Unknown.
    pub asked: Stamp,
    /// When something that could make it live at the venue may last have been sent; absence proves nothing before
    /// the settling time after it.
    pub out: Stamp,
    /// When it became Unknown, while it is.
    pub unknown_since: Option<Stamp>,
    /// Whether it ended by the proof that it never arrived.
    #[serde(default)]
    pub absent: bool,
    /// How many times it was sent again under this id, each on such a proof.
    #[serde(default)]
    pub resent: u32,
}

impl Order {
    /// A new order in Draft.
    pub fn draft(key: IntentKey, spec: NewOrder, at: Stamp) -> Order {
        let worth = if matches!(spec.leg, Leg::Stop | Leg::Target) { Lots::ZERO } else { spec.lots };
        Order {
            key,
            spec,
            root: spec.cl_ord_id,
            revision: 0,
            pending: None,
            life: Life::Draft,
            ask: Ask::Nothing,
            worth,
            filled: Lots::ZERO,
            busted: Lots::ZERO,
            filled_ticks: 0,
            given_up: Lots::ZERO,
            order_id: None,
            placed: at,
            asked: at,
            out: at,
            unknown_since: None,
            absent: false,
            resent: 0,
        }
    }

    /// Whose position it changes.
    pub const fn bot(&self) -> BotId {
        self.key.origin.bot()
    }

    /// The decision it came from.
    pub fn decision(&self) -> DecisionId {
        self.key.decision()
    }

    /// Whether it may still trade, as far as we can prove.
    pub const fn is_live(&self) -> bool {
        !self.life.is_terminal()
    }

    /// What it may still trade: a pending increase counts as granted, because it may be.
    pub fn remaining(&self) -> Lots {
        let asked = self.pending.map_or(self.spec.lots, |p| p.lots.max(self.spec.lots));
        Lots(asked.0.saturating_sub(self.done().0).max(0))
    }

    /// Lots that will not trade any more: traded, or traded and taken back.
    pub const fn done(&self) -> Lots {
        Lots(self.filled.0.saturating_add(self.busted.0))
    }

    /// Takes a fill out of the quantities again; `replaced` when another stands in its place.
    pub fn take_back(&mut self, lots: Lots, price: Ticks, replaced: bool) -> Result<(), Overflow> {
        let ticks = price.0.checked_mul(lots.0).ok_or(Overflow)?;
        self.filled_ticks = self.filled_ticks.checked_sub(ticks).ok_or(Overflow)?;
        self.filled = self.filled.minus(lots)?;
        if !replaced {
            self.busted = self.busted.plus(lots)?;
        }
        Ok(())
    }

    /// Adds a fill to the quantities.
    pub fn add_fill(&mut self, lots: Lots, price: Ticks) -> Result<(), Overflow> {
        let ticks = price.0.checked_mul(lots.0).ok_or(Overflow)?;
        let filled_ticks = self.filled_ticks.checked_add(ticks).ok_or(Overflow)?;
        self.filled = self.filled.plus(lots)?;
        self.filled_ticks = filled_ticks;
        Ok(())
    }
}

/// One execution, booked once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// The venue's id of it.
    pub exec_id: crate::id::ExecId,
    /// The contract.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// How many; above zero.
    pub lots: Lots,
    /// At which price.
    pub price: Ticks,
    /// What it cost, where the broker says so.
    pub fee: Option<Money>,
    /// When it traded, where the broker says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<ExchangeTime>,
}

/// The broker's own words, kept with every transition they caused.
pub type Payload = Box<str>;

/// The orders of one decision that go out as one list: an entry with its exits, or a single order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderList {
    /// The decision.
    pub key: IntentKey,
    /// The order that goes first.
    pub first: NewOrder,
    /// Exits that the venue holds until `first` fills, and of which one cancels the other.
    pub exits: Vec<NewOrder>,
}
