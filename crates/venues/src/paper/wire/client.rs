//! What a client of the paper protocol says, and the words that both ends share.
//!
//! Types alone: nothing here reads or checks anything.

use serde::{Deserialize, Serialize};

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// The first message of a session.
    Hello {
        /// [`super::VERSION`].
        version: u32,
        /// The account to trade or look at.
        account: String,
        /// Which stream this session is.
        stream: StreamName,
        /// Who calls, for the venue's log.
        client: String,
    },
    /// Place an order, or an entry with exits that wait for its fills and of which one cancels the other.
    Place {
        /// Repeated in answers to this request.
        request: u64,
        /// The order.
        order: OrderSpec,
        /// Its exits; empty for a single order.
        exits: Vec<OrderSpec>,
    },
    /// Cancel an order.
    Cancel {
        /// Repeated in answers to this request.
        request: u64,
        /// The order's present id.
        cl_ord_id: String,
    },
    /// Cancel an order by the venue's own id for it: any order of the account, whoever placed it.
    CancelOrder {
        /// Repeated in answers to this request.
        request: u64,
        /// The venue's id.
        order_id: String,
    },
    /// Change a working order's price or total quantity.
    Replace {
        /// Repeated in answers to this request.
        request: u64,
        /// The order's present id.
        orig_cl_ord_id: String,
        /// Its id from then on.
        cl_ord_id: String,
        /// The new total quantity.
        lots: i64,
        /// The new price.
        price: String,
    },
    /// Ask for the whole account.
    Snapshot {
        /// Repeated in the answer.
        request: u64,
    },
    /// Ask for one order, ended or not.
    OrderStatus {
        /// Repeated in the answer.
        request: u64,
        /// Any id the order had.
        cl_ord_id: String,
    },
    /// Ask for the newest finished bars, oldest first.
    History {
        /// Repeated in the answer.
        request: u64,
        /// The contract.
        symbol: String,
        /// Length of a bar in seconds.
        seconds: u32,
        /// How many at most.
        bars: u32,
    },
    /// Ask for everything the exchange itself knows of the account: orders, fills, positions, cash.
    Book {
        /// Repeated in the answer.
        request: u64,
    },
    /// Ask for a sign of life.
    Ping {
        /// Repeated in the answer.
        nonce: u64,
    },
    /// The client is about to leave in good order.
    Bye,
}

/// The two kinds of session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamName {
    /// Market data; sends trades and best bid and offer from the Welcome on.
    Quotes,
    /// Orders and account.
    Orders,
}

/// Which way, on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideName {
    /// Buy.
    Buy,
    /// Sell.
    Sell,
}

/// Kind of order, on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KindName {
    /// At the market; `price` is absent.
    Market,
    /// At `price` or better.
    Limit,
    /// At the market once `price` trades.
    Stop,
    /// At `limit` or better once `price` trades.
    StopLimit,
    /// At the market, no farther from the best price than the venue allows; `price` is absent.
    Protected,
    /// A stop that follows the market at the distance `trail`; `price` is where it stands, absent until it works.
    Trailing,
}

impl KindName {
    /// As it is written.
    pub const fn word(self) -> &'static str {
        match self {
            KindName::Market => "market",
            KindName::Limit => "limit",
            KindName::Stop => "stop",
            KindName::StopLimit => "stop_limit",
            KindName::Protected => "protected",
            KindName::Trailing => "trailing",
        }
    }
}

/// An order as a client asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderSpec {
    /// The client's id, unique in the account for ever: a second order with it is refused.
    pub cl_ord_id: String,
    /// The contract.
    pub symbol: String,
    /// Which way.
    pub side: SideName,
    /// How many; above zero.
    pub lots: i64,
    /// Which kind.
    pub kind: KindName,
    /// The price, except for the kinds that have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// How far a stop-limit may trade once it is set off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// The distance of a trailing stop, as a difference of prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail: Option<String>,
}
