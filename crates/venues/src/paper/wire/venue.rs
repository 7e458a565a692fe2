//! What the venue of the paper protocol says.
//!
//! Types alone: nothing here reads or checks anything.

use serde::{Deserialize, Serialize};

use super::client::{KindName, SideName};

/// What the venue says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum VenueMessage {
    /// The session is up.
    Welcome {
        /// [`super::VERSION`].
        version: u32,
        /// Which life of the venue this is.
        venue: String,
        /// How market time follows from the monotonic clock.
        clock: ClockMessage,
        /// The contracts.
        instruments: Vec<InstrumentMessage>,
    },
    /// The session is refused or ended by the venue; the connection closes.
    Goodbye {
        /// Why.
        why: String,
    },
    /// Somebody traded.
    Trade {
        /// One more than the last number in the feed of this symbol.
        seq: u64,
        /// The contract.
        symbol: String,
        /// Exchange time.
        time: i64,
        /// At which price.
        price: String,
        /// How many.
        lots: i64,
    },
    /// The best bid and offer changed.
    Bbo {
        /// One more than the last number in the feed of this symbol.
        seq: u64,
        /// The contract.
        symbol: String,
        /// Exchange time.
        time: i64,
        /// Best bid, if there is one.
        bid: Option<LevelMessage>,
        /// Best offer, if there is one.
        ask: Option<LevelMessage>,
    },
    /// How a contract trades from now on.
    MarketStatus {
        /// The contract.
        symbol: String,
        /// `open`, `pre_open`, `reserved`, `halted`, `closed`, `limit_up` or `limit_down`. A client takes a word it does
        /// not know for none of these.
        status: String,
        /// Why.
        why: String,
        /// Exchange time at which this is to end, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<i64>,
        /// Exchange time at which it began.
        since: i64,
    },
    /// News about one order.
    Exec(ExecMessage),
    /// The whole account.
    Snapshot {
        /// The request's number.
        request: u64,
        /// Exchange time.
        time: i64,
        /// Every order that has not ended.
        working: Vec<OrderMessage>,
        /// Every position that is not flat.
        positions: Vec<PositionMessage>,
        /// Every execution of the account's life, oldest first, without those taken back.
        executions: Vec<TradeMessage>,
        /// The executions that were taken back.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        busted: Vec<String>,
        /// Cash in millionths.
        cash: i64,
        /// Equity and margin, where the venue asks for margin.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        worth: Option<WorthMessage>,
    },
    /// One order, or its absence from the account's complete history.
    OrderStatus {
        /// The request's number.
        request: u64,
        /// The id asked for.
        cl_ord_id: String,
        /// The order, if there ever was one.
        found: Option<OrderMessage>,
        /// Its executions.
        executions: Vec<TradeMessage>,
    },
    /// Finished bars, oldest first.
    History {
        /// The request's number.
        request: u64,
        /// The contract.
        symbol: String,
        /// Length of a bar in seconds.
        seconds: u32,
        /// The bars.
        bars: Vec<BarMessage>,
    },
    /// Everything the exchange knows of the account.
    Book {
        /// The request's number.
        request: u64,
        /// Exchange time.
        time: i64,
        /// Every order, ended or not.
        orders: Vec<OrderMessage>,
        /// Every execution.
        executions: Vec<TradeMessage>,
        /// Every position that is not flat.
        positions: Vec<PositionMessage>,
        /// Cash in millionths.
        cash: i64,
        /// Equity and margin, where the venue asks for margin.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        worth: Option<WorthMessage>,
        /// Contracts that do not trade as ever, each with how: `pre_open`, `reserved`, `halted`, `closed` or `limited`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        phases: Vec<(String, String)>,
    },
    /// A sign of life.
    Pong {
        /// The nonce of the Ping.
        nonce: u64,
    },
}

/// How market time follows from the machine's monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockMessage {
    /// Market time at `mono`.
    pub origin: i64,
    /// The monotonic moment of `origin`, in nanoseconds of CLOCK_MONOTONIC.
    pub mono: u64,
    /// Market nanoseconds per real nanosecond, in thousandths.
    pub speed_milli: u32,
}

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentMessage {
    /// Its name.
    pub symbol: String,
    /// The smallest price step is `tick_mantissa / 10^tick_scale`.
    pub tick_mantissa: i64,
    /// Decimal places of a price.
    pub tick_scale: u8,
    /// What one tick of one lot is worth, in millionths.
    pub tick_value: i64,
    /// Cost per lot and side, in millionths.
    pub fee: i64,
    /// Trading days as (yyyymmdd, open, close), oldest first.
    pub sessions: Vec<(u32, i64, i64)>,
    /// What a lot ties up, where that is asked for at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<MarginMessage>,
}

/// What a lot ties up, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarginMessage {
    /// To open it.
    pub initial: i64,
    /// To go on holding it.
    pub maintenance: i64,
    /// What is asked instead of either until some time before the close: the amount, and how many nanoseconds before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<(i64, i64)>,
}

/// What an account is worth and what of it is tied up, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorthMessage {
    /// Cash and open profit.
    pub equity: i64,
    /// Initial margin of positions and working orders, in the worst case.
    pub initial: i64,
    /// Maintenance margin of positions: with less equity the venue closes them.
    pub maintenance: i64,
}

/// A price level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelMessage {
    /// The price.
    pub price: String,
    /// The lots shown.
    pub lots: i64,
}

/// News about one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecMessage {
    /// The client's id of the order, as it is after this news.
    pub cl_ord_id: Option<String>,
    /// The exchange's id.
    pub order_id: String,
    /// What happened: `received`, `held`, `accepted`, `trade`, `busted`, `corrected`, `cancel_refused`, `canceled`,
    /// `replace_refused`, `replaced`, `rejected` or `expired`. A word a client does not know must not end its session.
    pub what: String,
    /// Why, where there is a reason to give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Traded so far.
    pub cum: i64,
    /// The order's quantity now: an exit is worth what its entry has filled.
    pub lots: i64,
    /// Exchange time.
    pub time: i64,
    /// The execution, when `what` is `trade`; what stands in its place, when `what` is `corrected`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trade: Option<TradeMessage>,
    /// The execution that is taken back, when `what` is `busted` or `corrected`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec_id: Option<String>,
}

/// One execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeMessage {
    /// Unique in the account for ever.
    pub exec_id: String,
    /// The exchange's id of the order.
    pub order_id: String,
    /// The client's id of the order.
    pub cl_ord_id: Option<String>,
    /// The contract.
    pub symbol: String,
    /// Which way.
    pub side: SideName,
    /// How many.
    pub lots: i64,
    /// At which price.
    pub price: String,
    /// What it cost, in millionths.
    pub fee: i64,
    /// Exchange time.
    pub time: i64,
}

/// An order as the exchange holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderMessage {
    /// The exchange's id.
    pub order_id: String,
    /// The client's present id of it.
    pub cl_ord_id: Option<String>,
    /// The contract.
    pub symbol: String,
    /// Which way.
    pub side: SideName,
    /// Its quantity now.
    pub lots: i64,
    /// Traded so far.
    pub cum: i64,
    /// Which kind.
    pub kind: KindName,
    /// Its price, except for the kinds that have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// How far a stop-limit may trade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// The distance of a trailing stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail: Option<String>,
    /// Lots that trade before it at its price; absent for what does not stand in the book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<i64>,
    /// `held`, `working`, `filled`, `canceled`, `rejected` or `expired`.
    pub state: String,
}

/// A position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionMessage {
    /// The contract.
    pub symbol: String,
    /// Signed lots.
    pub lots: i64,
    /// Average price, rounded to the nearest tick.
    pub average: String,
}

/// A finished bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarMessage {
    /// Exchange time of its first moment.
    pub open_time: i64,
    /// First price.
    pub open: String,
    /// Highest price.
    pub high: String,
    /// Lowest price.
    pub low: String,
    /// Last price.
    pub close: String,
    /// Lots traded.
    pub volume: i64,
}
