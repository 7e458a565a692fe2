//! What a day is made of: its start, its high, its trades and how they ended.
//!
//! It counts what records say and never judges it.

use super::{Day, Ledgered, external_bot};
use crate::id::{BotId, Symbol};
use crate::instrument::TradingDay;
use crate::num::{Money, Overflow};
use crate::time::{ExchangeTime, LocalTime, Stamp};

impl Day {
    /// The highest equity of the day: what it began with until it rose.
    pub fn high(&self) -> Money {
        self.high.unwrap_or(self.equity)
    }
}

impl Ledgered {
    pub(super) fn begin_day(
        &mut self,
        day: TradingDay,
        equity: Money,
        settled: Option<ExchangeTime>,
        at: Stamp,
    ) {
        if let Some(moment) = settled {
            self.settled = self.settled.max(Some(moment));
            self.executions.retain(|_, booked| booked.time.is_none_or(|time| time >= moment));
        }
        let last = self.day.map(|d| d.began);
        if let Some(began) = self.last_day_began {
            self.forget_ended_before(began);
        }
        self.last_day_began = last;
        self.day = Some(Day {
            day,
            equity,
            realised_before: self.realised,
            fees_before: self.fees,
            began: at.local,
            opened: at.market,
            high: None,
            trades: 0,
            losses_in_row: 0,
        });
    }

    fn forget_ended_before(&mut self, moment: LocalTime) {
        self.orders.retain(|_, order| order.is_live() || order.placed.local >= moment);
        let orders = &self.orders;
        self.revisions.retain(|_, root| orders.contains_key(root));
    }

    /// Money that comes in is no profit of the day, and lifts the highs it is measured from.
    pub(super) fn transfer(&mut self, amount: Money) -> Result<(), Overflow> {
        self.transferred = self.transferred.plus(amount)?;
        if let Some(high) = &mut self.high {
            *high = high.plus(amount)?;
        }
        if let Some(day) = &mut self.day {
            day.equity = day.equity.plus(amount)?;
            if let Some(high) = &mut day.high {
                *high = high.plus(amount)?;
            }
        }
        Ok(())
    }

    pub(super) fn note_high(&mut self, equity: Money) {
        self.high = self.high.max(Some(equity));
        if let Some(day) = &mut self.day {
            day.high = Some(day.high().max(equity));
        }
    }

    /// An entry that trades for the first time is a trade of the day.
    pub(super) const fn note_trade(&mut self) {
        if let Some(day) = &mut self.day {
            day.trades = day.trades.saturating_add(1);
        }
    }

    /// What a bot's position has made since it was opened, fees included; when it is flat the trade is over and has won or
    /// lost. What others trade on the account is nobody's trade.
    pub(super) fn note_result(&mut self, bot: BotId, symbol: Symbol, made: Money) -> Result<(), Overflow> {
        if bot == external_bot() {
            return Ok(());
        }
        let flat = self.lots_of(bot, symbol).is_zero();
        let results = self.results.entry(symbol).or_default();
        let result = results.get(&bot).copied().unwrap_or(Money::ZERO).plus(made)?;
        if !flat {
            results.insert(bot, result);
            return Ok(());
        }
        results.remove(&bot);
        if let Some(day) = &mut self.day {
            day.losses_in_row = match result.0.signum() {
                -1 => day.losses_in_row.saturating_add(1),
                0 => day.losses_in_row,
                _ => 0,
            };
        }
        Ok(())
    }
}
