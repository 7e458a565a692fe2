//! The one state root: what the ledger remembers, what the market shows, and how the sessions stand.
//!
//! Only `step` writes it. The market and link halves are rebuilt by warm-up and by connecting, and are never trusted
//! over the ledger.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::bar::BarBuilder;
use crate::bucket::Bucket;
use crate::halt::Level;
use crate::id::{BotId, BrokerOrderId, ClOrdId, Symbol};
use crate::instrument::{Instrument, Session};
use crate::ledgered::Ledgered;
use crate::limits::LaneConfig;
use crate::market::{Bbo, MarketStatus, Trading};
use crate::num::{Lots, Money, Overflow, Side, Ticks};
use crate::order::{Order, OrderKind};
use crate::report::Stream;
use crate::table::Published;
use crate::time::{ExchangeTime, Mono, Span, Stamp};
use crate::view::{OrderView, View};

/// Everything a lane knows.
#[derive(Debug)]
pub struct Book {
    /// Changed only by records.
    pub ledgered: Ledgered,
    /// Rebuilt from ticks.
    pub market: Market,
    /// Rebuilt by connecting.
    pub link: Link,
    /// The configuration this process runs under.
    pub config: LaneConfig,
}

/// What the market shows.
#[derive(Debug, Default)]
pub struct Market {
    /// The newest data of each instrument.
    pub quotes: BTreeMap<Symbol, Quote>,
    /// How each contract trades, where the venue tells it over the present connection.
    pub statuses: BTreeMap<Symbol, MarketStatus>,
    /// The builder of each bot's bars.
    pub bars: BTreeMap<BotId, BarBuilder>,
    /// How many trades have moved a last price.
    pub marks: u64,
    /// The record and the mark at which the day's money was last looked at: it follows from them alone.
    pub money_watched: Option<(u64, u64)>,
    /// The session that the newest input lay in, as of this record.
    pub session: Option<(u64, Session)>,
}

/// The newest data of one instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// The last trade's price.
    pub last: Option<Ticks>,
    /// The best bid and offer.
    pub bbo: Bbo,
    /// Exchange time of the newest tick.
    pub newest: ExchangeTime,
    /// When it reached us.
    pub at: Mono,
    /// The feed's number of it.
    pub seq: u64,
}

/// A position that lacks protection, or lacked it a moment ago.
#[derive(Debug, Clone, Copy)]
pub struct Bare {
    /// Since when.
    pub since: Mono,
    /// From when on it was protected after all; `None` while it is not.
    pub covered: Option<Mono>,
}

/// An order that the broker says to be working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The contract.
    pub symbol: Symbol,
    /// Our id, where its tag is one.
    pub id: Option<ClOrdId>,
    /// The broker's id.
    pub order_id: BrokerOrderId,
}

/// How the sessions stand, and what has been asked over them.
#[derive(Debug, Default)]
pub struct Link {
    /// Connections that are up, by stream.
    pub up: BTreeMap<Stream, u64>,
    /// Since when each stream is down; from the start of the process for one that has not come up yet.
    pub down_since: BTreeMap<Stream, Mono>,
    /// When a snapshot was last asked for.
    pub snapshot_asked: Option<Mono>,
    /// Whether something the venue said could not be taken in, so that the account has to be asked for again.
    pub resync: bool,
    /// When the account last agreed with the broker's, in the present connection.
    pub agreed: Option<Stamp>,
    /// Since when it has not agreed.
    pub differs_since: Option<Mono>,
    /// What the broker said last of every position.
    pub broker: BTreeMap<Symbol, Lots>,
    /// The orders it said last to be working.
    pub broker_works: Vec<Listed>,
    /// When that was asked for.
    pub broker_asked: Option<Mono>,
    /// When each order was last asked about.
    pub order_asked: BTreeMap<ClOrdId, Mono>,
    /// When the cancel of each order that has not ended was last asked for.
    pub cancel_asked: BTreeMap<ClOrdId, Mono>,
    /// When the cancel of each order at the broker that we do not know was last asked for.
    pub stray_asked: BTreeMap<BrokerOrderId, Mono>,
    /// Whether the first reconciliation of this process is over and bots are let in.
    pub trading: bool,
    /// Bots whose process is up.
    pub bots_up: BTreeSet<BotId>,
    /// Bots that have been warmed up in this process.
    pub warm: BTreeSet<BotId>,
    /// Since when each position lacks protection.
    pub unprotected: BTreeMap<(BotId, Symbol), Bare>,
    /// The record after which that was noted: it follows from records alone.
    pub positions_noted: Option<u64>,
    /// When the status was last published.
    pub published: Option<Mono>,
    /// The command to answer when an orderly stop is complete.
    pub stopping: Option<u64>,
    /// From which moment each bot's bars are whole, since the quotes came up.
    pub whole_from: BTreeMap<BotId, ExchangeTime>,
    /// When each bot's history was last asked for.
    pub history_asked: BTreeMap<BotId, Mono>,
    /// Up to which moment each bot's bars were closed when its history was asked for.
    pub history_closed: BTreeMap<BotId, ExchangeTime>,
    /// When an order or a position last changed.
    pub changed: Option<Mono>,
    /// What has been sent lately, of what the broker takes.
    pub bucket: Bucket,
}

impl Book {
    /// A book over what the ledger remembers.
    pub fn new(ledgered: Ledgered, config: LaneConfig) -> Book {
        let lateness = config.timings.bar_lateness;
        let bars = config.bots.iter().map(|s| (s.bot, BarBuilder::new(s.bar, lateness))).collect();
        let market = Market { bars, ..Market::default() };
        Book { ledgered, market, link: Link::default(), config }
    }

    /// A contract's facts, as the venue told them.
    pub fn instrument(&self, symbol: Symbol) -> Option<&Instrument> {
        self.ledgered.instruments.get(&symbol)
    }

    /// The newest data of an instrument, if it is young and sound enough to price from.
    pub fn fresh_quote(&self, symbol: Symbol, now: ExchangeTime) -> Option<&Quote> {
        let quote = self.market.quotes.get(&symbol)?;
        let young = now.since(quote.newest).0.saturating_abs() <= self.config.timings.data_age.0;
        (young && quote.bbo.is_sound() && self.link.up.contains_key(&Stream::Quotes)).then_some(quote)
    }

    /// Lots of a bot's position that stops protect whose price the market has not passed: one that it has passed should have
    /// traded, and whatever keeps it from that is no protection.
    pub fn protected(&self, bot: BotId, symbol: Symbol) -> Lots {
        let stops = self.ledgered.stops_over(bot, symbol).filter(|stop| !self.is_passed(stop));
        Lots(stops.map(|stop| self.ledgered.protects(stop).0).sum())
    }

    /// Whether the last trade lies beyond a stop's price.
    pub(crate) fn is_passed(&self, stop: &Order) -> bool {
        if self.can_trade(stop.spec.symbol, stop.spec.side) == Some(false) {
            // Nothing could have set it off, or it stands in the queue at the limit.
            return false;
        }
        let last = self.market.quotes.get(&stop.spec.symbol).and_then(|q| q.last);
        last.zip(stop.spec.kind.price()).is_some_and(|(last, price)| match stop.spec.side {
            Side::Sell => last < price,
            Side::Buy => last > price,
        }) && !mutant!(PassedStopProtects)
    }

    /// Whether an order of this contract on this side can come to trade now, as the venue tells it; `None` where it has not
    /// told, or in a word that may mean anything. At a limit nobody stands on the other side.
    pub fn can_trade(&self, symbol: Symbol, side: Side) -> Option<bool> {
        let status = self.market.statuses.get(&symbol)?.status;
        let against =
            matches!((status, side), (Trading::LimitUp, Side::Buy) | (Trading::LimitDown, Side::Sell));
        (status != Trading::Unrecognised).then_some(status.trades() && !against)
    }

    /// Open profit of all positions at the last trades; `None` where one has no mark or no contract.
    pub fn open_profit(&self) -> Option<Money> {
        self.ledgered.open_positions().try_fold(Money::ZERO, |sum, (_, symbol, position)| {
            let mark = self.market.quotes.get(&symbol)?.last?;
            let ticks = position.open_ticks(mark).ok()?;
            sum.plus(self.instrument(symbol)?.tick_value.times(ticks).ok()?).ok()
        })
    }

    /// Cash and open profit.
    pub fn equity(&self) -> Option<Money> {
        self.ledgered.expected_cash().ok()?.plus(self.open_profit()?).ok()
    }

    /// The day's profit so far: realised, open and fees together.
    pub fn today(&self) -> Option<Money> {
        let day = self.ledgered.day?;
        self.equity()?.minus(day.equity).ok()
    }

    /// What a bot may see of `symbol` at `time`.
    pub fn view(&self, bot: BotId, symbol: Symbol, time: ExchangeTime) -> View {
        let position = self.ledgered.positions.get(&symbol).and_then(|by_bot| by_bot.get(&bot));
        let orders = self.ledgered.live_orders().filter(|o| o.bot() == bot && o.spec.symbol == symbol);
        View {
            time,
            symbol,
            bbo: self.fresh_quote(symbol, time).map(|q| q.bbo),
            last: self.market.quotes.get(&symbol).and_then(|q| q.last),
            position: self.ledgered.lots_of(bot, symbol),
            average: position.and_then(crate::position::Position::average),
            orders: orders.map(|o| self.order_view(o)).collect(),
            level: if self.link.trading { self.ledgered.halts.bot(bot) } else { Level::Halted },
        }
    }

    /// The price and kind that trades now with bounded slippage: a limit through the market while the book is fresh,
    /// the market otherwise.
    pub fn marketable(&self, symbol: Symbol, side: Side, now: Option<ExchangeTime>, times: i64) -> OrderKind {
        let quote = now.and_then(|now| self.fresh_quote(symbol, now));
        let touch = quote.and_then(|q| match side {
            Side::Buy => q.bbo.ask,
            Side::Sell => q.bbo.bid,
        });
        let price = touch.and_then(|level| self.through(level.price, side, times).ok());
        let price = price.map(|price| self.within_reach(price, symbol, side));
        price.map_or(OrderKind::Market, OrderKind::Limit)
    }

    /// No closing is priced further through than any order may be: a book that is torn open would be sold into at any price.
    fn within_reach(&self, price: Ticks, symbol: Symbol, side: Side) -> Ticks {
        let last = self.market.quotes.get(&symbol).and_then(|q| q.last);
        let Some(last) = last.filter(|_| !mutant!(ClosingUnbounded)) else { return price };
        let reach = self.config.limits.reach(last).0;
        match side {
            Side::Buy => price.min(Ticks(last.0.saturating_add(reach))),
            Side::Sell => price.max(Ticks(last.0.saturating_sub(reach))),
        }
    }

    fn through(&self, price: Ticks, side: Side, times: i64) -> Result<Ticks, Overflow> {
        price.plus(self.config.limits.through.times(times)?.times(side.sign())?)
    }

    /// How long a bot's bars are.
    pub fn bar_length(&self, bot: BotId) -> Option<Span> {
        self.config.bots.iter().find(|s| s.bot == bot).map(|s| s.bar)
    }

    /// Every order that has not ended, as others see it.
    pub fn order_views(&self) -> Vec<OrderView> {
        self.ledgered.live_orders().map(|o| self.order_view(o)).collect()
    }

    fn order_view(&self, order: &Order) -> OrderView {
        OrderView {
            cl_ord_id: order.spec.cl_ord_id,
            bot: order.bot(),
            leg: order.spec.leg,
            symbol: order.spec.symbol,
            side: order.spec.side,
            lots: self.ledgered.lots_for(order),
            filled: order.filled,
            kind: order.spec.kind,
            state: Published::of(order.life, order.ask, !order.filled.is_zero()),
        }
    }
}
