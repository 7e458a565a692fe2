//! Bars from trades: minutes and seconds as they form, and any multiple of either when somebody asks.
//!
//! A bar is finished when its time is over on the exchange's clock. Times without a trade have no bar.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use stopline_kernel::num::{Lots, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

/// Minutes kept: a day and a half of trading.
pub const MINUTES_KEPT: usize = 2_000;

/// Seconds kept: two hours.
pub const SECONDS_KEPT: usize = 7_200;

/// What traded from its first moment on, for the length of its series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// Its first moment.
    pub open_time: ExchangeTime,
    /// First price.
    pub open: Ticks,
    /// Highest price.
    pub high: Ticks,
    /// Lowest price.
    pub low: Ticks,
    /// Last price.
    pub close: Ticks,
    /// Lots traded; saturates.
    pub volume: Lots,
}

impl Bar {
    /// Adds what came after it, within the same bar.
    fn extend(&mut self, later: &Bar) {
        self.high = self.high.max(later.high);
        self.low = self.low.min(later.low);
        self.close = later.close;
        self.volume = Lots(self.volume.0.saturating_add(later.volume.0));
    }
}

/// The bars of one contract.
#[derive(Debug, Clone)]
pub struct Bars {
    minutes: Series,
    seconds: Series,
}

impl Default for Bars {
    fn default() -> Bars {
        let series = |length, keep| Series { length, keep, bars: VecDeque::new() };
        Bars { minutes: series(Span::secs(60), MINUTES_KEPT), seconds: series(Span::secs(1), SECONDS_KEPT) }
    }
}

impl Bars {
    /// Takes a trade; gives back the minute that it shows to be over.
    pub fn trade(&mut self, at: ExchangeTime, price: Ticks, lots: Lots) -> Option<Bar> {
        let bar = Bar { open_time: at, open: price, high: price, low: price, close: price, volume: lots };
        self.seconds.push(bar);
        self.minutes.push(bar)
    }

    /// Takes a minute from the journal; a later telling of the same minute stands for the earlier one.
    pub fn recall(&mut self, minute: Bar) {
        if self.newest_minute().is_some_and(|b| b.open_time == minute.open_time) {
            self.minutes.bars.pop_back();
        }
        self.minutes.push(minute);
    }

    /// The minute that is forming, or the last one.
    pub fn newest_minute(&self) -> Option<Bar> {
        self.minutes.bars.back().copied()
    }

    /// The newest `count` finished bars of `seconds` length at `now`, oldest first. Whole minutes are made of
    /// minutes, everything else of seconds.
    pub fn finished(&self, seconds: u32, count: usize, now: ExchangeTime) -> Vec<Bar> {
        let length = Span::secs(i64::from(seconds.max(1)));
        let source = if seconds.is_multiple_of(60) { &self.minutes } else { &self.seconds };
        let mut whole = Series { length, keep: MINUTES_KEPT, bars: VecDeque::new() };
        for bar in &source.bars {
            whole.push(*bar);
        }
        let is_cut =
            |bar: &Bar| source.is_full() && source.bars.front().is_some_and(|f| bar.open_time < f.open_time);
        let done: Vec<Bar> =
            whole.bars.into_iter().filter(|b| b.open_time.plus(length) <= now && !is_cut(b)).collect();
        done.get(done.len().saturating_sub(count)..).unwrap_or(&[]).to_vec()
    }
}

/// Bars of one length, aligned to the epoch; the last one may be forming.
#[derive(Debug, Clone)]
struct Series {
    length: Span,
    keep: usize,
    bars: VecDeque<Bar>,
}

impl Series {
    fn push(&mut self, part: Bar) -> Option<Bar> {
        let length = self.length.0.max(1);
        let open_time = ExchangeTime(part.open_time.0.div_euclid(length).saturating_mul(length));
        if let Some(last) = self.bars.back_mut().filter(|b| b.open_time >= open_time) {
            last.extend(&part);
            return None;
        }
        let over = self.bars.back().copied();
        self.bars.push_back(Bar { open_time, ..part });
        if self.bars.len() > self.keep {
            self.bars.pop_front();
        }
        over
    }

    fn is_full(&self) -> bool {
        self.bars.len() >= self.keep
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> ExchangeTime {
        ExchangeTime(0).plus(Span::secs(secs))
    }

    #[test]
    fn a_minute_is_over_when_the_next_one_trades_and_finished_when_its_time_is() {
        let mut bars = Bars::default();
        assert_eq!(bars.trade(at(61), Ticks(10), Lots(1)), None);
        assert_eq!(bars.trade(at(119), Ticks(7), Lots(2)), None);
        assert!(bars.finished(60, 10, at(119)).is_empty());
        let done = bars.finished(60, 10, at(120));
        let (open, low) = (Ticks(10), Ticks(7));
        let expected = Bar { open_time: at(60), open, high: open, low, close: low, volume: Lots(3) };
        assert_eq!(done, [expected]);
        assert_eq!(bars.trade(at(180), Ticks(8), Lots(1)), Some(expected));
    }

    #[test]
    fn longer_and_shorter_bars_are_made_of_minutes_and_seconds() {
        let mut bars = Bars::default();
        for secs in 0..600 {
            bars.trade(at(secs), Ticks(secs), Lots(1));
        }
        let fives = bars.finished(300, 10, at(600));
        assert_eq!(fives.iter().map(|b| (b.open.0, b.close.0)).collect::<Vec<_>>(), [(0, 299), (300, 599)]);
        let tens = bars.finished(10, 2, at(605));
        assert_eq!(tens.iter().map(|b| b.open_time).collect::<Vec<_>>(), [at(580), at(590)]);
    }
}
