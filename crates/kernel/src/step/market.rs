//! Ticks, bars and history: what the market shows, and what of it the bots are told.
//!
//! No tick is recorded and none changes what the ledger remembers. A bar that is not whole is shown to nobody.

use alloc::vec::Vec;

use super::{Work, or_broken};
use crate::bar::Bar;
use crate::book::Quote;
use crate::effect::{BotEvent, Effect, Query};
use crate::id::{BotId, Symbol};
use crate::intent::Leg;
use crate::ledgered::Broken;
use crate::limits::BotSeat;
use crate::market::{Bbo, MarketStatus, Tick, TickKind};
use crate::num::{Lots, Ticks};
use crate::order::Order;
use crate::report::Stream;
use crate::table::Life;
use crate::time::{ExchangeTime, Span};

impl Work<'_> {
    pub(super) fn tick(&mut self, tick: &Tick) -> Result<(), Broken> {
        let limit = self.book.config.timings.data_age;
        if self.at.market.is_some_and(|now| tick.exchange_time.since(now) > limit) {
            // From the future: taken for the newest, it would make every sound tick after it look overtaken.
            return Ok(());
        }
        let (at, newest, seq) = (self.mono(), tick.exchange_time, tick.seq);
        let quotes = &mut self.book.market.quotes;
        // Looked up before it is made: all but the first of a contract are there.
        let quote = match quotes.get_mut(&tick.symbol) {
            Some(quote) => quote,
            None => quotes.entry(tick.symbol).or_insert(Quote {
                last: None,
                bbo: Bbo::default(),
                newest,
                at,
                seq,
            }),
        };
        if newest < quote.newest {
            // Out of order: whatever it says has been overtaken.
            return Ok(());
        }
        (quote.newest, quote.at, quote.seq) = (newest, at, seq);
        match tick.what {
            TickKind::Trade { price, .. } => {
                let moved = quote.last.replace(price) != Some(price);
                self.book.market.marks = self.book.market.marks.wrapping_add(1);
                if moved {
                    self.look_at_stops(tick.symbol);
                }
            }
            TickKind::Bbo(bbo) => quote.bbo = bbo,
        }
        self.whole_from(tick);
        match tick.what {
            TickKind::Trade { price, lots } => self.trade(tick, price, lots),
            TickKind::Bbo(bbo) => {
                self.tell_quote(tick, bbo);
                Ok(())
            }
        }
    }

    /// How a contract trades from now on. What is told while no quotes stand is of a connection that is gone.
    pub(super) fn market_status(&mut self, told: &MarketStatus) {
        if self.book.link.up.contains_key(&Stream::Quotes) {
            self.book.market.statuses.insert(told.symbol, told.clone());
            // What stands as passed, or does not, follows from whether anything could have set it off.
            self.book.link.positions_noted = None;
        }
    }

    /// After quotes came up, a bot's bars are whole from the next interval on.
    fn whole_from(&mut self, tick: &Tick) {
        if self.book.link.whole_from.len() == self.book.config.bots.len() {
            return;
        }
        for seat in &self.book.config.bots {
            let first = seat.symbol == tick.symbol && !self.book.link.whole_from.contains_key(&seat.bot);
            if let Some(builder) = self.book.market.bars.get_mut(&seat.bot)
                && first
            {
                let next = builder.next_interval(tick.exchange_time);
                builder.begin_at(next);
                self.book.link.whole_from.insert(seat.bot, next);
            }
        }
    }

    /// The last trade has moved: what protects a position follows from it as soon as it lies beyond a stop, or did.
    fn look_at_stops(&mut self, symbol: Symbol) {
        let book = &self.book;
        let stop = |o: &&Order| o.spec.leg == Leg::Stop && o.spec.symbol == symbol && o.life == Life::Working;
        let passed = book.ledgered.live_orders().filter(stop).any(|stop| book.is_passed(stop));
        if passed || !book.link.unprotected.is_empty() {
            self.book.link.positions_noted = None;
        }
    }

    fn trade(&mut self, tick: &Tick, price: Ticks, lots: Lots) -> Result<(), Broken> {
        for i in 0..self.book.config.bots.len() {
            let Some(seat) = self.seat_on(i, tick.symbol) else { continue };
            let builder = self.book.market.bars.get_mut(&seat.bot);
            let closed = builder.map_or(Ok(None), |b| b.trade(tick.exchange_time, price, lots));
            if let Some(bar) = or_broken(closed)? {
                self.tell_bar(&seat, bar);
            }
        }
        Ok(())
    }

    /// Closes the bars whose time is over, whether or not anybody trades.
    pub(super) fn close_bars(&mut self, now: ExchangeTime) {
        for i in 0..self.book.config.bots.len() {
            let Some(seat) = self.book.config.bots.get(i).copied() else { continue };
            let builder = self.book.market.bars.get_mut(&seat.bot);
            if let Some(bar) = builder.and_then(|b| b.tell(now)) {
                self.tell_bar(&seat, bar);
            }
        }
    }

    fn tell_bar(&mut self, seat: &BotSeat, bar: Bar) {
        if self.is_let_in(seat.bot) {
            let now = self.at.market.unwrap_or(bar.end());
            let view = self.book.view(seat.bot, seat.symbol, now);
            self.effect(Effect::Bot(seat.bot, BotEvent::Bar { bar, view }));
        }
    }

    fn tell_quote(&mut self, tick: &Tick, bbo: Bbo) {
        for i in 0..self.book.config.bots.len() {
            let Some(seat) = self.seat_on(i, tick.symbol) else { continue };
            if self.is_let_in(seat.bot) {
                self.effect(Effect::Bot(seat.bot, BotEvent::Quote { time: tick.exchange_time, bbo }));
            }
        }
    }

    /// Asks for the history of bots that are up, once their bars are whole.
    pub(super) fn ask_history(&mut self, now: ExchangeTime) {
        for i in 0..self.book.config.bots.len() {
            let Some(seat) = self.book.config.bots.get(i).copied() else { continue };
            let link = &self.book.link;
            let cold = link.bots_up.contains(&seat.bot) && !link.warm.contains(&seat.bot);
            let lateness = self.book.config.timings.bar_lateness;
            let whole = link.whole_from.get(&seat.bot).is_some_and(|from| from.plus(lateness) <= now);
            let asked = link.history_asked.get(&seat.bot).copied();
            let again = !self.asked_within(asked, self.book.config.timings.answer);
            if cold && whole && again && link.trading && link.up.contains_key(&Stream::Orders) {
                let (symbol, length, bars) = (seat.symbol, seat.bar, seat.warm_up);
                self.book.link.history_asked.insert(seat.bot, self.at.mono);
                if let Some(closed) = self.book.market.bars.get(&seat.bot).and_then(|b| b.closed_until()) {
                    self.book.link.history_closed.insert(seat.bot, closed);
                }
                self.effect(Effect::Query(Query::History { symbol, length, bars }));
            }
        }
    }

    /// Warms up every bot that waits for these bars: up to the last one we have not seen ourselves.
    pub(super) fn history(&mut self, symbol: Symbol, length: Span, bars: &[Bar]) -> Result<(), Broken> {
        for i in 0..self.book.config.bots.len() {
            let Some(seat) = self.seat_on(i, symbol) else { continue };
            let link = &self.book.link;
            let cold = link.bots_up.contains(&seat.bot) && !link.warm.contains(&seat.bot);
            let from = link.whole_from.get(&seat.bot).copied();
            let closed = self.book.market.bars.get(&seat.bot).and_then(|b| b.closed_until());
            if cold && seat.bar == length && closed != link.history_closed.get(&seat.bot).copied() {
                // A bar ended between the question and its answer: it may be in neither. Ask again.
                self.book.link.history_asked.remove(&seat.bot);
                continue;
            }
            if let Some(until) = closed.max(from)
                && cold
                && seat.bar == length
            {
                let bars: Vec<Bar> = bars.iter().filter(|bar| bar.end() <= until).copied().collect();
                let state = self.book.ledgered.bot_states.get(&seat.bot).cloned();
                self.book.link.warm.insert(seat.bot);
                self.effect(Effect::Bot(seat.bot, BotEvent::WarmUp { bars, state }));
            }
        }
        Ok(())
    }

    /// Quotes were gone: no bar is whole, and every bot starts over from the history.
    pub(super) fn bars_are_broken(&mut self) {
        self.book.link.whole_from.clear();
        self.book.link.warm.clear();
    }

    pub(super) fn is_let_in(&self, bot: BotId) -> bool {
        let link = &self.book.link;
        link.trading && link.bots_up.contains(&bot) && link.warm.contains(&bot)
    }

    /// The `i`th seat, if it is on this contract. Seats are walked by number and copied one at a time, so that a tick
    /// allocates nothing.
    fn seat_on(&self, i: usize, symbol: Symbol) -> Option<BotSeat> {
        self.book.config.bots.get(i).copied().filter(|seat| seat.symbol == symbol)
    }
}
