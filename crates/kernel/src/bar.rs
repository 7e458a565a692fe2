//! Bars from ticks: the one builder that live, replay and paper share.
//!
//! A bar is keyed by the exchange time of its first moment and closed by our own timer after a stated lateness, so
//! that a quiet market still closes its bars. It never invents a trade: an interval without one makes no bar.

use serde::{Deserialize, Serialize};

use crate::num::{Lots, Overflow, Ticks};
use crate::time::{ExchangeTime, Span};

/// What traded in one interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// Exchange time of its first moment.
    pub open_time: ExchangeTime,
    /// Its length, in market time.
    pub length: Span,
    /// First price.
    pub open: Ticks,
    /// Highest price.
    pub high: Ticks,
    /// Lowest price.
    pub low: Ticks,
    /// Last price.
    pub close: Ticks,
    /// Lots traded.
    pub volume: Lots,
}

impl Bar {
    /// The first moment after it.
    pub const fn end(&self) -> ExchangeTime {
        self.open_time.plus(self.length)
    }

    fn add(&mut self, price: Ticks, lots: Lots) -> Result<(), Overflow> {
        self.volume = self.volume.plus(lots)?;
        self.high = self.high.max(price);
        self.low = self.low.min(price);
        self.close = price;
        Ok(())
    }
}

/// Builds the bars of one instrument and length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarBuilder {
    length: Span,
    lateness: Span,
    open: Option<Bar>,
    /// Trades before this moment belong to bars that are already closed.
    closed_until: Option<ExchangeTime>,
    /// Trades that came too late for their bar.
    late: u64,
}

impl BarBuilder {
    /// Bars of `length` market time, closed `lateness` after their end. `length` below a nanosecond counts as one.
    pub const fn new(length: Span, lateness: Span) -> BarBuilder {
        let length = if length.0 < 1 { Span(1) } else { length };
        BarBuilder { length, lateness, open: None, closed_until: None, late: 0 }
    }

    /// Takes a trade; gives the bar that it closes, if it begins a later one.
    pub fn trade(&mut self, at: ExchangeTime, price: Ticks, lots: Lots) -> Result<Option<Bar>, Overflow> {
        if self.closed_until.is_some_and(|until| at < until) {
            self.late = self.late.saturating_add(1);
            return Ok(None);
        }
        let open_time = self.interval_of(at);
        match &mut self.open {
            Some(bar) if at < bar.open_time => {
                self.late = self.late.saturating_add(1);
                Ok(None)
            }
            Some(bar) if at < bar.end() => bar.add(price, lots).map(|()| None),
            _ => {
                let done = self.close();
                self.open = Some(Bar {
                    open_time,
                    length: self.length,
                    open: price,
                    high: price,
                    low: price,
                    close: price,
                    volume: lots,
                });
                Ok(done)
            }
        }
    }

    /// Tells the time; gives the bar whose end lies more than the lateness back.
    pub fn tell(&mut self, now: ExchangeTime) -> Option<Bar> {
        let due = self.open.is_some_and(|bar| bar.end().plus(self.lateness) <= now);
        if due { self.close() } else { None }
    }

    /// Forgets what lies before `moment`: history has delivered those bars already.
    pub fn begin_at(&mut self, moment: ExchangeTime) {
        self.closed_until = Some(moment);
        if self.open.is_some_and(|bar| bar.open_time < moment) {
            self.open = None;
        }
    }

    /// The first moment of the interval after the one `at` lies in.
    pub fn next_interval(&self, at: ExchangeTime) -> ExchangeTime {
        self.interval_of(at).plus(self.length)
    }

    /// Bars up to this moment are closed, if any is.
    pub const fn closed_until(&self) -> Option<ExchangeTime> {
        self.closed_until
    }

    /// How many trades came after their bar was closed.
    pub const fn late(&self) -> u64 {
        self.late
    }

    fn close(&mut self) -> Option<Bar> {
        let bar = self.open.take()?;
        self.closed_until = Some(bar.end());
        Some(bar)
    }

    fn interval_of(&self, at: ExchangeTime) -> ExchangeTime {
        ExchangeTime(at.0.saturating_sub(at.0.rem_euclid(self.length.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> ExchangeTime {
        ExchangeTime(0).plus(Span::secs(secs))
    }

    fn builder() -> BarBuilder {
        BarBuilder::new(Span::secs(60), Span::secs(1))
    }

    #[test]
    fn a_trade_in_the_next_interval_closes_the_bar() {
        let mut b = builder();
        assert_eq!(b.trade(at(1), Ticks(10), Lots(1)), Ok(None));
        assert_eq!(b.trade(at(59), Ticks(7), Lots(2)), Ok(None));
        let bar = b.trade(at(60), Ticks(8), Lots(1)).unwrap().unwrap();
        assert_eq!((bar.open, bar.high, bar.low, bar.close), (Ticks(10), Ticks(10), Ticks(7), Ticks(7)));
        assert_eq!((bar.open_time, bar.volume), (at(0), Lots(3)));
    }

    #[test]
    fn the_timer_closes_a_bar_after_its_lateness_and_once() {
        let mut b = builder();
        b.trade(at(1), Ticks(10), Lots(1)).unwrap();
        assert_eq!(b.tell(at(60)), None);
        assert!(b.tell(at(61)).is_some());
        assert_eq!(b.tell(at(99)), None);
    }

    #[test]
    fn a_late_trade_is_counted_and_changes_no_closed_bar() {
        let mut b = builder();
        b.trade(at(1), Ticks(10), Lots(1)).unwrap();
        b.tell(at(61));
        assert_eq!(b.trade(at(59), Ticks(99), Lots(1)), Ok(None));
        assert_eq!(b.late(), 1);
    }

    #[test]
    fn intervals_before_the_epoch_are_floored_too() {
        let mut b = builder();
        b.trade(at(-1), Ticks(1), Lots(1)).unwrap();
        let bar = b.trade(at(0), Ticks(1), Lots(1)).unwrap().unwrap();
        assert_eq!(bar.open_time, at(-60));
    }

    #[test]
    fn after_history_only_newer_trades_count() {
        let mut b = builder();
        b.begin_at(at(120));
        assert_eq!(b.trade(at(119), Ticks(1), Lots(1)), Ok(None));
        b.trade(at(120), Ticks(5), Lots(1)).unwrap();
        assert_eq!(b.tell(at(181)).unwrap().open, Ticks(5));
    }
}
