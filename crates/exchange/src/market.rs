//! One contract's market: the book, the stops that wait, the last trade, the feed's numbers and the bars.
//!
//! It knows lots and prices but no accounts; the floor tells it who does what.

use stopline_kernel::instrument::Instrument;
use stopline_kernel::market::{Bbo, Level, Tick, TickKind};
use stopline_kernel::num::{Lots, Side, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

use crate::bars::{Bar, Bars};
use crate::book::{Book, Owner, Resting};
use crate::fact::OrderNo;
use crate::kind::Kind;
use crate::stops::{Due, Stops};

/// The market of one contract.
#[derive(Debug, Clone)]
pub struct Market {
    /// The contract.
    pub instrument: Instrument,
    /// What stands in the market.
    pub book: Book,
    /// Price of the last trade.
    pub last: Option<Ticks>,
    /// Bars of its trades.
    pub bars: Bars,
    /// The background market's signed position: the other side of all the clients'.
    pub house_lots: Lots,
    stops: Stops,
    arrivals: u64,
    seq: u64,
    shown: Bbo,
    /// What a recording quotes now; `None` for a market that no recording moves.
    quoted: Option<Bbo>,
}

/// Under which numbers a recording's bid and offer stand in the book, while they do.
const QUOTED: [(Side, Owner); 2] =
    [(Side::Buy, Owner::House(u64::MAX - 1)), (Side::Sell, Owner::House(u64::MAX))];

impl Market {
    /// An empty market whose feed counts on from `seq`.
    pub fn new(instrument: Instrument, seq: u64, recorded: bool) -> Market {
        Market {
            instrument,
            book: Book::default(),
            last: None,
            bars: Bars::default(),
            house_lots: Lots::ZERO,
            stops: Stops::default(),
            arrivals: 0,
            seq,
            shown: Bbo::default(),
            quoted: recorded.then(Bbo::default),
        }
    }

    /// Whether it trades at `now`.
    pub fn is_open(&self, now: ExchangeTime) -> bool {
        self.instrument.sessions.at(now).is_some()
    }

    /// How long ago the trading day of `now` began; `None` while the market is closed. A halt within the day is part of it.
    pub fn into_day(&self, now: ExchangeTime) -> Option<Span> {
        let sessions = &self.instrument.sessions;
        let day = sessions.at(now)?.day;
        let same = sessions.0.iter().rev().skip_while(|s| s.day > day).take_while(|s| s.day == day);
        same.last().map(|first| now.since(first.open))
    }

    /// When it next opens after `now`.
    pub fn next_open(&self, now: ExchangeTime) -> Option<ExchangeTime> {
        self.instrument.sessions.0.iter().map(|s| s.open).find(|open| *open > now)
    }

    /// When it next opens or closes after `now`.
    pub fn next_turn(&self, now: ExchangeTime) -> Option<ExchangeTime> {
        self.close_of(now).or_else(|| self.next_open(now))
    }

    /// When the session of `now` closes.
    pub fn close_of(&self, now: ExchangeTime) -> Option<ExchangeTime> {
        self.instrument.sessions.at(now).map(|s| s.close)
    }

    /// A number for a new order of the background market, or for a place in a queue.
    pub const fn arrival(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }

    /// Prints a trade: the tick for the feed, and the minute it shows to be over.
    pub fn print(&mut self, now: ExchangeTime, price: Ticks, lots: Lots) -> (Tick, Option<Bar>) {
        self.last = Some(price);
        self.stops.traded(price);
        let over = self.bars.trade(now, price, lots);
        (self.tick(now, TickKind::Trade { price, lots }), over)
    }

    /// The best bid and offer, if they are not what the feed showed last.
    ///
    /// A recorded market shows its recording alone.
    pub fn changed_bbo(&mut self, now: ExchangeTime) -> Option<Tick> {
        let bbo = if self.is_recorded() { self.shown } else { self.book.bbo() };
        if bbo == self.shown {
            return None;
        }
        self.shown = bbo;
        Some(self.tick(now, TickKind::Bbo(bbo)))
    }

    /// Whether a recording moves it.
    pub const fn is_recorded(&self) -> bool {
        self.quoted.is_some()
    }

    /// The recording quotes anew: the tick for the feed.
    pub fn quote(&mut self, now: ExchangeTime, bbo: Bbo) -> Tick {
        (self.quoted, self.shown) = (Some(bbo), bbo);
        self.tick(now, TickKind::Bbo(bbo))
    }

    /// Puts the recording's quotes into the book, for clients' orders to trade with.
    pub fn lay_out(&mut self) {
        let Some(Bbo { bid, ask }) = self.quoted else { return };
        for ((side, owner), level) in QUOTED.into_iter().zip([bid, ask]) {
            if let Some(level) = level {
                self.book.add(side, level.price, Resting { owner, lots: level.lots });
            }
        }
    }

    /// Takes them out again, less what clients traded of them: outside of [`Market::lay_out`] a recorded market's book
    /// holds clients' orders alone.
    pub fn take_back(&mut self) {
        let Some(bbo) = &mut self.quoted else { return };
        for ((side, owner), level) in QUOTED.into_iter().zip([&mut bbo.bid, &mut bbo.ask]) {
            if let Some(stands) = *level {
                let whose = |owner: Owner| owner.is_house();
                let lots = self.book.lots_at(side, stands.price, whose);
                self.book.remove(owner);
                *level = (lots > Lots::ZERO).then_some(Level { lots, ..stands });
            }
        }
    }

    /// Of what the recording quotes on `side` so much is left.
    pub fn leave(&mut self, side: Side, lots: Lots) {
        let Some(bbo) = &mut self.quoted else { return };
        let level = match side {
            Side::Buy => &mut bbo.bid,
            Side::Sell => &mut bbo.ask,
        };
        *level = level.filter(|_| lots > Lots::ZERO).map(|stands| Level { lots, ..stands });
    }

    /// Whether a trade since the last call has made anything of the stops due.
    pub fn sets_off(&mut self) -> bool {
        self.stops.is_due()
    }

    /// What the feed showed last, for who has just come.
    pub const fn shown(&self) -> (u64, Bbo) {
        (self.seq, self.shown)
    }

    /// The ticks of a quote that stands, as the feed showed it last, and of the last trade.
    pub fn shown_again(&mut self, now: ExchangeTime) -> Vec<Tick> {
        let last = self.last.map(|price| TickKind::Trade { price, lots: Lots(1) });
        let again = std::iter::once(TickKind::Bbo(self.shown)).chain(last);
        again.map(|what| self.tick(now, what)).collect()
    }

    fn tick(&mut self, now: ExchangeTime, what: TickKind) -> Tick {
        self.seq += 1;
        let symbol = self.instrument.symbol;
        Tick { symbol, seq: self.seq, exchange_time: now, broker_time: None, what }
    }

    /// Lets a stop wait for its price.
    pub fn wait(&mut self, side: Side, kind: Kind, order: OrderNo) {
        let Some(price) = kind.waits_for() else { return };
        let arrival = self.arrival();
        self.stops.wait(side, price, arrival, order);
        if let Kind::Trailing { by, .. } = kind {
            self.stops.follow(side, by, order);
        }
    }

    /// Takes an order out of the market, wherever in it it is.
    pub fn withdraw(&mut self, order: OrderNo) {
        self.book.remove(Owner::Client(order));
        self.stops.withdraw(order);
    }

    /// Whether the last trade is at or through a stop of this side and price.
    pub fn reaches(&self, side: Side, stop: Ticks) -> bool {
        match side {
            Side::Buy => self.last.is_some_and(|last| last >= stop),
            Side::Sell => self.last.is_some_and(|last| last <= stop),
        }
    }

    /// What the trades since the last call have made due, one at a time.
    pub fn next_due(&mut self) -> Option<Due> {
        self.stops.next(self.last)
    }
}
