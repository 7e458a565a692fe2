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
        let phase = self.desk.phase(symbol);
        Some(match phase {
            Phase::Open => (Trading::Open, "", None),
            Phase::Halted => (Trading::Halted, SET, self.next_phase(symbol)),
            Phase::Closed => (Trading::Closed, SET, self.next_phase(symbol)),
            Phase::Limited { .. } => {
                let (_, shown) = market.shown();
                let at = |side| {
                    let level = if side == Side::Buy { shown.bid } else { shown.ask };
                    level.is_some_and(|level| phase.bound(side) == Some(level.price))
                };
                match (at(Side::Buy), at(Side::Sell)) {
                    (true, false) => (Trading::LimitUp, "buyers stand at the upper limit", None),
                    (false, true) => (Trading::LimitDown, "sellers stand at the lower limit", None),
                    _ => (Trading::Open, "within price limits", None),
                }
            }
        })
    }

    /// Tells how a contract trades, if that is not what was told last.
    pub(crate) fn tell_status(&mut self, symbol: Symbol) {
        let Some(status) = self.status(symbol) else { return };
        if self.statuses.get(&symbol) != Some(&status) {
            self.statuses.insert(symbol, status.clone());
            self.announce(status);
        }
    }

    /// A session may have opened or closed.
    pub(crate) fn turn(&mut self) {
        let all: Vec<Symbol> = self.markets.keys().copied().collect();
        all.into_iter().for_each(|symbol| self.tell_status(symbol));
        let turns = self.markets.values().filter_map(|market| market.next_turn(self.now));
        self.turns = turns.min().unwrap_or(ExchangeTime(i64::MAX));
    }
}
