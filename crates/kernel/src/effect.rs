//! Everything a lane can ask of the world: one closed list.
//!
//! An effect never reaches the world before the records of its step are durable, and an order effect never exists
//! without the gate's approval.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::bar::Bar;
use crate::id::{AccountId, BotId, BrokerOrderId, ClOrdId, Symbol};
use crate::input::Sending;
use crate::intent::Wish;
use crate::market::Bbo;
use crate::num::{Lots, Side, Ticks};
use crate::order::{NewOrder, OrderList};
use crate::risk::Approved;
use crate::time::{ExchangeTime, Mono, Span};
use crate::view::{Status, View};

/// One thing asked of the world.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send this to the venue.
    Order(Approved<OrderCommand>),
    /// Ask the venue something; changes no order.
    Query(Query),
    /// Tell a bot something.
    Bot(BotId, BotEvent),
    /// Answer a person.
    Reply(Reply),
    /// Show this to whoever looks.
    Publish(Box<Status>),
    /// The lane has done what an orderly stop asks for.
    Stopped,
}

/// An order command, with what the door checks right before the send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCommand {
    /// The account it is for.
    pub account: AccountId,
    /// After this moment it is not sent.
    pub deadline: Mono,
    /// Whether it can make a position larger; such a command is not sent once a halt stands.
    pub opens: bool,
    /// What is asked.
    pub what: Ordered,
}

/// The things that can be asked about orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ordered {
    /// Place an order, with exits held for it.
    Place(OrderList),
    /// Cancel an order.
    Cancel {
        /// Its present id.
        order: ClOrdId,
        /// The contract.
        symbol: Symbol,
    },
    /// Cancel an order at the broker that this ledger does not know: it is no order of ours that could be moved.
    CancelStray {
        /// The broker's id.
        order_id: BrokerOrderId,
        /// The contract.
        symbol: Symbol,
    },
    /// Change a working order.
    Replace {
        /// Its present id.
        order: ClOrdId,
        /// As it shall be, under its new id.
        to: NewOrder,
    },
}

impl Ordered {
    /// The ids of the orders it is about, as they are after it.
    pub fn orders(&self) -> Vec<ClOrdId> {
        match self {
            Ordered::Place(list) => {
                core::iter::once(&list.first).chain(&list.exits).map(|o| o.cl_ord_id).collect()
            }
            Ordered::Cancel { order, .. } => alloc::vec![*order],
            Ordered::CancelStray { .. } => Vec::new(),
            Ordered::Replace { to, .. } => alloc::vec![to.cl_ord_id],
        }
    }

    /// Which kind it is.
    pub const fn sending(&self) -> Sending {
        match self {
            Ordered::Place(_) => Sending::Place,
            Ordered::Cancel { .. } | Ordered::CancelStray { .. } => Sending::Cancel,
            Ordered::Replace { .. } => Sending::Replace,
        }
    }
}

/// A question to the venue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// The whole account.
    Snapshot,
    /// One order, ended or not.
    OrderStatus {
        /// Its present id.
        order: ClOrdId,
    },
    /// The newest finished bars.
    History {
        /// The contract.
        symbol: Symbol,
        /// The length of a bar.
        length: Span,
        /// How many at most.
        bars: u32,
    },
}

/// What a bot is told. Each comes with the view it may decide on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BotEvent {
    /// Finished bars from before the bot was let in, oldest first; no decision is asked for.
    WarmUp {
        /// The bars.
        bars: Vec<Bar>,
        /// What the bot last handed over to be kept.
        state: Option<Box<str>>,
    },
    /// A bar was finished.
    Bar {
        /// The bar.
        bar: Bar,
        /// What may be seen.
        view: View,
    },
    /// The best bid and offer changed.
    Quote {
        /// Exchange time of the change.
        time: ExchangeTime,
        /// The best bid and offer.
        bbo: Bbo,
    },
    /// An order of this bot traded.
    Fill {
        /// Which way.
        side: Side,
        /// How many.
        lots: Lots,
        /// At which price.
        price: Ticks,
        /// What may be seen.
        view: View,
    },
    /// Market time passed without a trade; comes once a bar length when no bar does.
    Timer {
        /// Market time.
        time: ExchangeTime,
        /// What may be seen.
        view: View,
    },
    /// A wish was not granted.
    Denied {
        /// The wish.
        wish: Wish,
        /// The rule that denied it.
        rule: Box<str>,
    },
}

/// An answer to a person's command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The command's id.
    pub command: u64,
    /// What came of it.
    pub outcome: Outcome,
}

/// What can come of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It is done, on the evidence named.
    Done {
        /// The evidence.
        evidence: Box<str>,
    },
    /// It is refused.
    Refused {
        /// What is unresolved, or when it may be asked again.
        why: Box<str>,
    },
}
