//! How each contract trades, as clients are told: from its session, its phase and what stands at its limits.
//!
//! It only tells. What an order may do is asked of the phase itself, never of what was told.

use stopline_kernel::id::Symbol;
use stopline_kernel::market::{MarketStatus, Trading};
use stopline_kernel::num::Side;
use stopline_kernel::time::ExchangeTime;

use crate::floor::Floor;
use crate::phase::Phase;

/// What whoever runs the exchange has set.
const SET: &str = "set by the exchange";
/// What the calendar says.
const SESSION: &str = "by the calendar";

impl Floor {
    /// How a contract trades now; `None` for one that is not traded here.
    pub fn status(&self, symbol: Symbol) -> Option<MarketStatus> {
        let (status, why, until) = self.trading(symbol)?;
        let told = self.statuses.get(&symbol).filter(|told| told.status == status && *told.why == *why);
        let since = told.map_or(self.now, |told| told.since);
        Some(MarketStatus { symbol, status, why: why.into(), until, since })
    }

    fn trading(&self, symbol: Symbol) -> Option<(Trading, &str, Option<ExchangeTime>)> {
        let market = self.markets.get(&symbol)?;
        if !market.is_open(self.now) {
            return Some((Trading::Closed, SESSION, market.next_open(self.now)));
        }
        let (set, ruled) = (self.desk.set(symbol), self.desk.ruled(symbol));
        let (phase, why, until) = match set.trades() {
            true => (set.and(ruled.phase), ruled.why.word(), ruled.until),
            false => (set, SET, self.next_phase(symbol)),
        };
        Some(match phase {
            Phase::Open => (Trading::Open, "", None),
            Phase::PreOpen => (Trading::PreOpen, why, until),
            Phase::Reserved => (Trading::Reserved, why, until),
            Phase::Halted => (Trading::Halted, why, until),
            Phase::Closed => (Trading::Closed, why, until),
            Phase::Limited { .. } => match self.at_limit(symbol, phase) {
                Some(Side::Buy) => (Trading::LimitUp, "buyers stand at the upper limit", None),
                Some(Side::Sell) => (Trading::LimitDown, "sellers stand at the lower limit", None),
                None => (Trading::Open, "within price limits", None),
            },
        })
    }

    /// The side that stands at its limit, with nobody of the other side at it.
    fn at_limit(&self, symbol: Symbol, phase: Phase) -> Option<Side> {
        let (_, shown) = self.markets.get(&symbol)?.shown();
        let buyers = shown.bid.is_some_and(|bid| phase.bound(Side::Buy) == Some(bid.price));
        let sellers = shown.ask.is_some_and(|ask| phase.bound(Side::Sell) == Some(ask.price));
        match (buyers, sellers) {
            (true, false) => Some(Side::Buy),
            (false, true) => Some(Side::Sell),
            _ => None,
        }
    }

    /// Tells how a contract trades, if that is not what was told last.
    pub(crate) fn tell_status(&mut self, symbol: Symbol) {
        let Some(status) = self.status(symbol) else { return };
        if self.statuses.get(&symbol) != Some(&status) {
            self.statuses.insert(symbol, status.clone());
            self.announce(status);
        }
    }
}
