//! A recorded market, shown row by row: best bids and offers, and trades between others.
//!
//! The rule for clients' orders, stated once:
//! - The feed shows the recording and nothing else; what a client trades is in no tick and in no bar.
//! - A client's order that can trade at once trades against the quote that stands, up to the lots quoted; what it took is
//!   gone until the next quote.
//! - A client's limit order trades when the other side is quoted at its price or better, up to the lots quoted, and whole
//!   when a trade goes through its price. A trade at its price does nothing for it: its place in that queue is not known.
//! - A stop is set off by a trade at or through its price and then trades like a market order.
//!
//! It never changes a row, and shows none while the market is closed.

use stopline_kernel::id::Symbol;
use stopline_kernel::market::{Bbo, Tick, TickKind};
use stopline_kernel::num::{Lots, Side, Ticks};
use stopline_kernel::time::ExchangeTime;

use crate::book::Owner;
use crate::desk::Impossible;
use crate::fact::Fact;
use crate::floor::Floor;
use crate::requests::MAX_LOTS;

impl Floor {
    /// Shows one row of a recording: its tick, and in the news what followed from it. Rows come in order of time.
    pub fn show(
        &mut self,
        symbol: Symbol,
        at: ExchangeTime,
        what: TickKind,
    ) -> Result<Option<Tick>, Impossible> {
        self.pass(at)?;
        let now = self.now;
        let Some(market) = self.markets.get_mut(&symbol) else { return Ok(None) };
        if !market.is_recorded() || !market.is_open(now) {
            return Ok(None);
        }
        match what {
            TickKind::Bbo(bbo) => {
                let tick = market.quote(now, bbo);
                let idle = market.book.is_empty();
                self.tell_status(symbol);
                if idle {
                    return Ok(Some(tick));
                }
                let Some(market) = self.markets.get(&symbol) else { return Ok(Some(tick)) };
                let (bid, ask) = (market.book.best(Side::Buy), market.book.best(Side::Sell));
                self.meet(symbol, bbo, bid, ask)?;
                Ok(Some(tick))
            }
            TickKind::Trade { price, lots } => {
                let (tick, over) = market.print(now, price, lots);
                if let Some(bar) = over {
                    self.record(Fact::Bar { symbol, bar })?;
                }
                self.rule_by_trade(symbol, price)?;
                self.go_through(symbol, price)?;
                self.watch_margin(symbol)?;
                Ok(Some(tick))
            }
        }
    }

    /// Nothing has changed: the feed shows the quote and the last trade once more. What clients took of the quote stays
    /// gone, and nothing trades. No tick while the market is closed, or where no recording moves it.
    pub fn stands(&mut self, symbol: Symbol, at: ExchangeTime) -> Result<Vec<Tick>, Impossible> {
        self.pass(at)?;
        let now = self.now;
        let market = self.markets.get_mut(&symbol).filter(|m| m.is_recorded() && m.is_open(now));
        Ok(market.map(|market| market.shown_again(now)).unwrap_or_default())
    }

    /// A new quote meets the clients' limit orders `bid` and `ask`, the best there are.
    fn meet(
        &mut self,
        symbol: Symbol,
        bbo: Bbo,
        bid: Option<Ticks>,
        ask: Option<Ticks>,
    ) -> Result<(), Impossible> {
        let offered = bbo.ask.filter(|level| bid.is_some_and(|bid| bid >= level.price));
        let wanted = bbo.bid.filter(|level| ask.is_some_and(|ask| ask <= level.price));
        for (side, level) in [(Side::Sell, offered), (Side::Buy, wanted)] {
            if let Some(level) = level {
                let left = self.hit(symbol, side, level.price, level.lots)?;
                self.markets.get_mut(&symbol).into_iter().for_each(|m| m.leave(side, left));
            }
        }
        if offered.is_some() || wanted.is_some() { self.settle(symbol) } else { Ok(()) }
    }

    /// A trade has gone through the clients' limit orders beyond `price`, and may have set off stops.
    fn go_through(&mut self, symbol: Symbol, price: Ticks) -> Result<(), Impossible> {
        let Some(market) = self.markets.get_mut(&symbol) else { return Ok(()) };
        let set_off = market.sets_off();
        let through_bids = market.book.best(Side::Buy).is_some_and(|bid| bid > price);
        let through_asks = market.book.best(Side::Sell).is_some_and(|ask| ask < price);
        if through_bids {
            self.hit(symbol, Side::Sell, Ticks(price.0.saturating_add(1)), MAX_LOTS)?;
        }
        if through_asks {
            self.hit(symbol, Side::Buy, Ticks(price.0.saturating_sub(1)), MAX_LOTS)?;
        }
        if set_off || through_bids || through_asks { self.settle(symbol) } else { Ok(()) }
    }

    /// The recorded market trades with the clients' orders that stand at `limit` or beyond.
    /// Gives what is left of `lots`.
    fn hit(&mut self, symbol: Symbol, side: Side, limit: Ticks, lots: Lots) -> Result<Lots, Impossible> {
        let mut left = lots;
        while let Some(traded) = self.take(symbol, Owner::House(0), side, Some(limit), left)? {
            left = left.minus(traded)?;
        }
        Ok(left)
    }
}
