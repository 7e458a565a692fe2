//! What a venue tells us, in one form for every broker.
//!
//! Absent is absent: a field the broker left out is `None`, never zero. A report never says more than the broker did;
//! what follows from it is decided in the step.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::id::{BrokerOrderId, ClOrdId, ExecId, Symbol, VenueInstance};
use crate::instrument::Instrument;
use crate::market::MarketStatus;
use crate::num::{Lots, Money, Side, Ticks};
use crate::order::{Execution, OrderKind, Payload};
use crate::time::{BrokerTime, ExchangeTime, MarketClock, Mono};

/// The two streams a venue gives us; each can fail alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stream {
    /// Market data.
    Quotes,
    /// Orders, fills and account.
    Orders,
}

/// Everything a venue session reports to the lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// A stream is up: logged in, subscribed, ready. Nothing about orders follows from it.
    Up {
        /// Which one.
        stream: Stream,
        /// One more than the last connection of this stream in this process.
        epoch: u64,
        /// What the venue said of itself.
        welcome: Box<Welcome>,
    },
    /// A stream is down.
    Down {
        /// Which one.
        stream: Stream,
        /// The connection that ended.
        epoch: u64,
        /// Why, in words.
        why: Box<str>,
    },
    /// News about one order.
    Order(ExecutionReport),
    /// The account as a whole.
    Snapshot(Snapshot),
    /// The answer to a question about one order.
    OrderStatus(OrderStatus),
    /// How a contract trades from now on. Told over the quotes stream, and forgotten with its connection.
    MarketStatus(MarketStatus),
    /// A frame that could not be read. Never dropped in silence: it is recorded and a snapshot is asked for.
    Unreadable {
        /// What is wrong with it.
        why: Box<str>,
        /// The frame.
        payload: Payload,
    },
}

/// What a venue says when a session begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Which life of the venue this is.
    pub venue: VenueInstance,
    /// Market time, where the exchange owns it.
    pub clock: MarketClock,
    /// The contracts that can be traded.
    pub instruments: Vec<Instrument>,
}

/// What happened to one order, as the venue words it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionReport {
    /// The connection it came over. A broker that restarts may give old ids to new orders.
    pub epoch: u64,
    /// Our id, where the broker repeats it.
    pub cl_ord_id: Option<ClOrdId>,
    /// The broker's id, where it says one.
    pub order_id: Option<BrokerOrderId>,
    /// What happened.
    pub what: ExecType,
    /// Traded so far, as the broker counts; used to cross-check, never to book.
    pub cum: Option<Lots>,
    /// The order's quantity at the venue now.
    pub worth: Option<Lots>,
    /// The broker's stamp.
    pub broker_time: Option<BrokerTime>,
    /// The exchange's stamp.
    pub exchange_time: Option<ExchangeTime>,
    /// The frame it came in.
    pub payload: Payload,
}

/// The kinds of news about an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExecType {
    /// The broker has it.
    Received,
    /// The broker holds it for its parent.
    Held,
    /// It is on the book, or its quantity there changed.
    Accepted,
    /// A trade.
    Trade(Execution),
    /// A trade is taken back: it never was.
    Busted {
        /// The trade.
        exec: ExecId,
    },
    /// A trade is taken back and another stands in its place, under an id of its own.
    Corrected {
        /// The trade that never was.
        exec: ExecId,
        /// What stands in its place.
        to: Execution,
    },
    /// A cancel is being worked on.
    CancelSeen,
    /// The cancel is refused.
    CancelRefused {
        /// The broker's reason.
        reason: Box<str>,
    },
    /// Cancelled, whoever asked.
    CancelDone,
    /// The replace is refused.
    ReplaceRefused {
        /// The broker's reason.
        reason: Box<str>,
    },
    /// Replaced: `cl_ord_id` is the new id.
    ReplaceDone,
    /// Refused.
    Refused {
        /// The broker's reason.
        reason: Box<str>,
    },
    /// Its time is over.
    Elapsed,
    /// The venue holds it to be fully traded. Says nothing of the trades themselves.
    Completed,
    /// A word we do not know. The order may be working.
    Unrecognised {
        /// The word.
        word: Box<str>,
    },
}

/// The account as the broker sees it, in one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When we asked. What we sent later is not in it for certain.
    pub asked: Mono,
    /// The connection it came over.
    pub epoch: u64,
    /// Every order that is not ended.
    pub working: Vec<BrokerOrder>,
    /// Every position that is not flat.
    pub positions: Vec<BrokerPosition>,
    /// Executions since the beginning of the account or the oldest the broker keeps, with the order they belong to.
    /// What was taken back is not among them.
    pub executions: Vec<(Option<ClOrdId>, BrokerOrderId, Execution)>,
    /// Executions that were taken back.
    pub busted: Vec<ExecId>,
    /// Whether `executions` is complete for this account's life.
    pub complete: bool,
    /// Cash after fees and realised profit.
    pub cash: Money,
    /// The broker's stamp.
    pub broker_time: Option<BrokerTime>,
}

impl Snapshot {
    /// The account's signed lots of a contract.
    pub fn lots(&self, symbol: Symbol) -> Lots {
        let listed = self.positions.iter().filter(|p| p.symbol == symbol);
        Lots(listed.map(|p| p.lots.0).sum())
    }
}

/// An order in the broker's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerOrder {
    /// The id the broker was given, as it was given: it may be a stranger's.
    pub tag: Option<Box<str>>,
    /// The broker's id.
    pub order_id: BrokerOrderId,
    /// The contract.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// Its quantity at the venue.
    pub lots: Lots,
    /// Traded so far.
    pub cum: Lots,
    /// Kind and price.
    pub kind: OrderKind,
    /// Whether the broker holds it for its parent.
    pub held: bool,
}

impl BrokerOrder {
    /// Our id, if its tag is one.
    pub fn id(&self) -> Option<ClOrdId> {
        self.tag.as_deref().and_then(|tag| tag.parse().ok())
    }
}

/// A position in the broker's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerPosition {
    /// The contract.
    pub symbol: Symbol,
    /// Signed lots.
    pub lots: Lots,
    /// Average price in ticks, where the broker says one.
    pub average: Option<Ticks>,
}

/// What the broker's history says of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderStatus {
    /// The order asked about.
    pub cl_ord_id: ClOrdId,
    /// When we asked.
    pub asked: Mono,
    /// The connection it came over.
    pub epoch: u64,
    /// The order's present state, with its executions; or nothing.
    pub found: Option<Found>,
    /// Whether the history searched was complete. Only then does "nothing" prove anything.
    pub complete: bool,
    /// The frame it came in.
    pub payload: Payload,
}

/// An order as found in the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The broker's id.
    pub order_id: BrokerOrderId,
    /// Where it stands; never a trade.
    pub what: ExecType,
    /// Its quantity at the venue.
    pub worth: Lots,
    /// Its executions, without those that were taken back.
    pub executions: Vec<Execution>,
}
