//! What may be seen from outside the lane: a bot's view of its own affairs, and the status for people.
//!
//! Copies, never references: nobody outside can reach the Book.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::halt::{Halt, Level};
use crate::id::{AccountId, BotId, ClOrdId, Symbol, VenueInstance};
use crate::incident::Incident;
use crate::instrument::TradingDay;
use crate::intent::Leg;
use crate::market::Bbo;
use crate::num::{Lots, Money, Side, Ticks};
use crate::order::OrderKind;
use crate::table::Published;
use crate::time::{ExchangeTime, Stamp};

/// What a bot may see when it decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Market time.
    pub time: ExchangeTime,
    /// The contract.
    pub symbol: Symbol,
    /// The best bid and offer; `None` while it is stale, crossed or one-sided.
    pub bbo: Option<Bbo>,
    /// The last trade's price.
    pub last: Option<Ticks>,
    /// The bot's own position.
    pub position: Lots,
    /// The bot's own average price.
    pub average: Option<Ticks>,
    /// The bot's orders that have not ended.
    pub orders: Vec<OrderView>,
    /// What the bot is allowed.
    pub level: Level,
}

/// One order as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    /// Its present id.
    pub cl_ord_id: ClOrdId,
    /// Whose it is.
    pub bot: BotId,
    /// Which part of its decision.
    pub leg: Leg,
    /// The contract.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// Ordered.
    pub lots: Lots,
    /// Traded.
    pub filled: Lots,
    /// Kind and price.
    pub kind: OrderKind,
    /// Where it stands.
    pub state: Published,
}

/// One bot's position as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionView {
    /// The contract.
    pub symbol: Symbol,
    /// Whose it is.
    pub bot: BotId,
    /// Signed lots.
    pub lots: Lots,
    /// Average price.
    pub average: Option<Ticks>,
    /// What accepted intents and exits want it to be.
    pub intended: Lots,
    /// Lots of protection working at the venue.
    pub protected: Lots,
    /// Open profit at the mark; `None` without a mark.
    pub open: Option<Money>,
}

/// The lane at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// When this was so.
    pub at: Stamp,
    /// The account.
    pub account: AccountId,
    /// The venue's life, once known.
    pub venue: Option<VenueInstance>,
    /// The newest record.
    pub seq: u64,
    /// The trading day.
    pub day: Option<TradingDay>,
    /// What the account is allowed.
    pub level: Level,
    /// Whether recovery is over and the bots are let in.
    pub trading: bool,
    /// Whether quotes and orders are connected.
    pub quotes_up: bool,
    /// Whether orders are connected.
    pub orders_up: bool,
    /// When our account and the broker's last agreed.
    pub agreed: Option<Stamp>,
    /// What the broker says of every position, from the last snapshot.
    pub broker: Vec<(Symbol, Lots)>,
    /// Cash after realised profit and fees.
    pub cash: Money,
    /// Realised profit since the account began, before fees.
    pub realised: Money,
    /// Fees since the account began.
    pub fees: Money,
    /// Open profit; `None` when a position has no mark.
    pub open: Option<Money>,
    /// The day's profit: realised, open and fees together.
    pub today: Option<Money>,
    /// Every position that is not flat, or should not be.
    pub positions: Vec<PositionView>,
    /// Every order that has not ended.
    pub orders: Vec<OrderView>,
    /// Every halt.
    pub halts: Vec<Halt>,
    /// Every open incident.
    pub incidents: Vec<Incident>,
    /// Last prices.
    pub marks: Vec<(Symbol, Ticks)>,
    /// Bots, with what each is allowed and whether its process is up.
    pub bots: Vec<(BotId, Level, bool)>,
    /// Newest market time seen.
    pub market: Option<ExchangeTime>,
    /// Why no bot is let in, while none is.
    pub waiting: Option<Box<str>>,
}

/// A bot that decides inside this process: the simulator, replay and benchmarks seat one, the runtime's bots are
/// processes of their own that speak the same events.
pub trait Decide {
    /// Takes an event; gives what is wanted, oldest wish first.
    fn on(&mut self, event: &crate::effect::BotEvent) -> Vec<crate::intent::Intent>;
}
