//! How an order that has come to work meets the market: by its kind, against what stands, at its place.
//!
//! Price first, then time. It never decides whether an order may work: that was asked before it came here.

use stopline_kernel::num::{Lots, Side, Ticks};

use crate::account::{Order, State};
use crate::book::{Owner, Resting};
use crate::desk::Impossible;
use crate::fact::{Fact, OrderNo};
use crate::floor::Floor;
use crate::kind::{Kind, PROTECTION};

/// Why a trailing stop that came to work before anything traded is cancelled.
const NOTHING_TO_FOLLOW: &str = "nothing has traded that it could follow";

impl Floor {
    /// Brings a working order to the market: behind all others if it stands there already.
    pub(crate) fn enter(&mut self, no: OrderNo) -> Result<(), Impossible> {
        let order = self.desk.order(no)?;
        let (side, symbol, acts_as) = (order.spec.side, order.spec.symbol, order.acts_as());
        if order.state != State::Working {
            return Ok(());
        }
        let collects = self.desk.phase(symbol).collects();
        let Some(market) = self.markets.get_mut(&symbol) else { return Ok(()) };
        market.withdraw(no);
        if collects && matches!(acts_as, Kind::Limit(_)) {
            // It would cross the book, or be crossed, while nothing trades.
            self.collect(symbol, no);
            return Ok(());
        }
        match acts_as {
            Kind::Market => self.trade_at_market(no),
            Kind::Limit(limit) => self.trade_to(no, side, limit),
            Kind::Protected => self.trade_protected(no),
            Kind::Trailing { by, stop: None } => self.begin_to_follow(no, by),
            Kind::Stop(stop) | Kind::StopLimit { stop, .. } | Kind::Trailing { stop: Some(stop), .. } => {
                // An exit may come to work with the market already beyond it.
                if market.reaches(side, stop) {
                    return self.trade_off(no);
                }
                market.wait(side, acts_as, no);
                Ok(())
            }
        }
    }

    /// A stop is set off.
    pub(crate) fn trade_off(&mut self, no: OrderNo) -> Result<(), Impossible> {
        let order = self.desk.order(no)?;
        match order.spec.kind {
            Kind::StopLimit { limit, .. } => {
                let side = order.spec.side;
                self.record(Fact::Rests { time: self.now, order: no, price: limit })?;
                self.trade_to(no, side, limit)
            }
            _ => self.trade_at_market(no),
        }
    }

    /// A trailing stop has followed the market to here.
    pub(crate) fn trailed(&mut self, no: OrderNo, stop: Ticks) -> Result<(), Impossible> {
        self.record(Fact::Trailed { time: self.now, order: no, stop })
    }

    fn begin_to_follow(&mut self, no: OrderNo, by: Ticks) -> Result<(), Impossible> {
        let order = self.desk.order(no)?;
        let (side, symbol) = (order.spec.side, order.spec.symbol);
        let Some(last) = self.markets.get(&symbol).and_then(|m| m.last) else {
            return self.end(no, NOTHING_TO_FOLLOW);
        };
        let stop = Kind::trailed(side, by, last);
        self.trailed(no, stop)?;
        if let Some(market) = self.markets.get_mut(&symbol) {
            market.wait(side, Kind::Trailing { by, stop: Some(stop) }, no);
        }
        Ok(())
    }

    /// Trades up to a price; what is left stands there.
    fn trade_to(&mut self, no: OrderNo, side: Side, limit: Ticks) -> Result<(), Impossible> {
        self.sweep(no, Some(limit))?;
        self.stand(no, side, limit)
    }

    /// Trades no farther than the protection from the best price, or from the last trade where nobody stands; what is left
    /// stands at that end.
    fn trade_protected(&mut self, no: OrderNo) -> Result<(), Impossible> {
        let order = self.desk.order(no)?;
        let (side, symbol) = (order.spec.side, order.spec.symbol);
        let market = self.markets.get(&symbol);
        let best = market.and_then(|m| m.book.best(side.opposite()).or(m.last));
        let Some(best) = best else { return self.trade_at_market(no) };
        let limit = Ticks(best.0.saturating_add(side.sign().saturating_mul(PROTECTION.0)));
        self.record(Fact::Rests { time: self.now, order: no, price: limit })?;
        self.trade_to(no, side, limit)
    }

    /// Trades at whatever stands; what is left stands as a limit at the last price it got, or, with nobody on the
    /// other side at all, at the last trade.
    fn trade_at_market(&mut self, no: OrderNo) -> Result<(), Impossible> {
        self.sweep(no, None)?;
        let order = self.desk.order(no)?;
        let (side, symbol, left, rests_at) =
            (order.spec.side, order.spec.symbol, order.left(), order.rests_at);
        let last = self.markets.get(&symbol).and_then(|m| m.last);
        let (Some(price), true) = (rests_at.or(last), left > Lots::ZERO) else { return Ok(()) };
        if rests_at.is_none() {
            self.record(Fact::Rests { time: self.now, order: no, price })?;
        }
        self.stand(no, side, price)
    }

    fn sweep(&mut self, no: OrderNo, limit: Option<Ticks>) -> Result<(), Impossible> {
        loop {
            // Asked anew each time: a fill may change what the order is worth.
            let order = self.desk.order(no)?;
            let (symbol, side, left) = (order.spec.symbol, order.spec.side, order.left());
            if self.take(symbol, Owner::Client(no), side, limit, left)?.is_none() {
                return Ok(());
            }
        }
    }

    fn stand(&mut self, no: OrderNo, side: Side, price: Ticks) -> Result<(), Impossible> {
        let order = self.desk.order(no)?;
        let (symbol, lots) = (order.spec.symbol, order.left());
        if let Some(market) = self.markets.get_mut(&symbol) {
            market.book.add(side, price, Resting { owner: Owner::Client(no), lots });
        }
        Ok(())
    }

    /// Makes a standing order smaller, at its place.
    pub(crate) fn shrink(&mut self, order: OrderNo) -> Result<(), Impossible> {
        let order: &Order = self.desk.order(order)?;
        let (no, symbol, left) = (order.no, order.spec.symbol, order.left());
        if let Some(market) = self.markets.get_mut(&symbol) {
            market.book.resize(Owner::Client(no), left);
        }
        Ok(())
    }
}
