//! The floor under its own rules: price limits and circuit breakers as time and trades set them off.
//!
//! Each change is a fact before anything follows from it. It never moves a price, and lifts no stop that somebody has set.

use std::collections::BTreeMap;

use stopline_calendar::PriceLimits;
use stopline_kernel::id::Symbol;
use stopline_kernel::num::Ticks;
use stopline_kernel::time::ExchangeTime;

use crate::breaker::{Breaker, Moment};
use crate::desk::Impossible;
use crate::fact::{Fact, OrderNo};
use crate::floor::Floor;

impl Floor {
    /// Holds these contracts within limits from now on, going on from what the desk says of them.
    pub(crate) fn limit(&mut self, limits: &BTreeMap<Symbol, PriceLimits>) {
        for (symbol, rules) in limits {
            let last = self.markets.get(symbol).and_then(|market| market.last);
            let breaker = Breaker::new(rules.clone(), self.desk.ruled(*symbol), last);
            self.breakers.insert(*symbol, breaker);
        }
        self.turns = self.now;
    }

    fn moment(&self, symbol: Symbol) -> Option<Moment> {
        let market = self.markets.get(&symbol)?;
        let day = market.instrument.sessions.at(self.now)?.day;
        Some(Moment { now: self.now, day, into: market.into_day(self.now)? })
    }

    /// A session may have opened or closed, a window begun, a stop ended.
    pub(crate) fn turn(&mut self) -> Result<(), Impossible> {
        // First, so that what follows does not come back here.
        self.turns = ExchangeTime(i64::MAX);
        let all: Vec<Symbol> = self.markets.keys().copied().collect();
        for symbol in &all {
            self.rule_by_time(*symbol)?;
            self.tell_status(*symbol);
        }
        let sessions = self.markets.values().filter_map(|market| market.next_turn(self.now));
        let rules = all.iter().filter_map(|symbol| self.next_rule(*symbol));
        self.turns = sessions.chain(rules).min().unwrap_or(ExchangeTime(i64::MAX));
        Ok(())
    }

    /// When time alone next changes what the rules say.
    fn next_rule(&self, symbol: Symbol) -> Option<ExchangeTime> {
        self.breakers.get(&symbol)?.next_change(self.moment(symbol)?)
    }

    /// When a contract that does not trade may come to trade again: by the scenario, or by the rules.
    pub(crate) fn next_change(&self, symbol: Symbol) -> Option<ExchangeTime> {
        let ruled = self.desk.ruled(symbol);
        let opens = self.markets.get(&symbol).and_then(|market| market.next_open(self.now));
        let by_rule = if ruled.phase.trades() { None } else { ruled.until.or(opens) };
        [self.next_phase(symbol), by_rule].into_iter().flatten().min()
    }

    fn rule_by_time(&mut self, symbol: Symbol) -> Result<(), Impossible> {
        let Some(at) = self.moment(symbol) else { return Ok(()) };
        let changed = self.breakers.get_mut(&symbol).is_some_and(|breaker| breaker.pass(at));
        if changed {
            self.rule(symbol)?;
            self.release(symbol)?;
        }
        Ok(())
    }

    /// Somebody traded at this price.
    pub(crate) fn rule_by_trade(&mut self, symbol: Symbol, price: Ticks) -> Result<(), Impossible> {
        if !self.breakers.contains_key(&symbol) {
            return Ok(());
        }
        let Some(at) = self.moment(symbol) else { return Ok(()) };
        let changed = self.breakers.get_mut(&symbol).is_some_and(|breaker| breaker.traded(at, price));
        if changed { self.rule(symbol) } else { Ok(()) }
    }

    fn rule(&mut self, symbol: Symbol) -> Result<(), Impossible> {
        let Some(ruled) = self.breakers.get(&symbol).map(Breaker::ruled) else { return Ok(()) };
        self.record(Fact::Ruled { time: self.now, symbol, ruled })?;
        self.turns = self.turns.min(ruled.until.unwrap_or(self.turns));
        Ok(())
    }

    /// An order waits for the market to trade.
    pub(crate) fn collect(&mut self, symbol: Symbol, order: OrderNo) {
        let waiting = self.collected.entry(symbol).or_default();
        waiting.retain(|other| *other != order);
        waiting.push(order);
    }

    /// Brings what was collected to a market that trades, in the order in which it came.
    pub(crate) fn release(&mut self, symbol: Symbol) -> Result<(), Impossible> {
        if !self.desk.phase(symbol).trades() {
            return Ok(());
        }
        let waiting = self.collected.remove(&symbol).unwrap_or_default();
        if waiting.is_empty() {
            return Ok(());
        }
        waiting.into_iter().for_each(|order| self.bring(order));
        self.settle(symbol)
    }
}
