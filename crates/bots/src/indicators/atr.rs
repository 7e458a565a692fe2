//! Wilder's average true range, in ticks.
//!
//! `TR_t = max(high - low, |high - close_{t-1}|, |low - close_{t-1}|)`; the first bar has no close before it and counts
//! `high - low`. `ATR_n` is the simple average of the first `n` true ranges; from then on
//! `ATR_t = (ATR_{t-1} (n - 1) + TR_t) / n`. It remembers its first bars forever, though ever less. Must never hand
//! out a float to be traded on: distances leave as whole ticks, shares as basis points.

use serde::{Deserialize, Serialize};
use stopline_kernel::bar::Bar;
use stopline_kernel::num::{Bps, Ticks};

use super::{Bits, Mismatch, sound_sum};

/// The average true range over `period` bars.
#[derive(Debug, Clone, PartialEq)]
pub struct Atr {
    period: u32,
    /// Bars taken, at most `period`.
    count: u32,
    /// Sum of their true ranges, until there is an average.
    seed: i128,
    last_close: Option<Ticks>,
    average: f64,
}

/// What an [`Atr`] has accumulated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtrState {
    period: u32,
    count: u32,
    seed: i128,
    last_close: Option<Ticks>,
    average: Bits,
}

impl Atr {
    /// An average over `period` bars; zero counts as one.
    pub fn new(period: u32) -> Atr {
        Atr { period: period.max(1), count: 0, seed: 0, last_close: None, average: 0.0 }
    }

    /// Over how many bars it goes.
    pub const fn period(&self) -> u32 {
        self.period
    }

    /// Takes the next bar.
    pub fn push(&mut self, bar: &Bar) {
        let range = true_range(bar, self.last_close.replace(bar.close));
        if self.count == self.period {
            let n = f64::from(self.period);
            self.average = (self.average * (n - 1.0) + range as f64) / n;
            return;
        }
        self.count += 1;
        self.seed += range;
        if self.count == self.period {
            self.average = self.seed as f64 / f64::from(self.period);
        }
    }

    /// The average in ticks; `None` before `period` bars.
    pub fn value(&self) -> Option<f64> {
        (self.count == self.period).then_some(self.average)
    }

    /// `hundredths` / 100 times the average, to the nearest whole tick (halves up) and at least 1.
    pub fn multiple(&self, hundredths: u32) -> Option<Ticks> {
        let exact = self.value()? * f64::from(hundredths) / 100.0;
        Some(Ticks((exact + 0.5) as i64).max(Ticks(1)))
    }

    /// How large the distance `numerator / denominator` (in ticks) is beside the average: whole basis points, rounded
    /// down, at most 10 000. `None` before there is an average, and while it is zero.
    pub fn share(&self, numerator: i128, denominator: i128) -> Option<Bps> {
        let average = self.value().filter(|average| *average > 0.0)?;
        let distance = numerator.unsigned_abs() as f64 / denominator.unsigned_abs() as f64;
        let share = distance / average * 10_000.0;
        Some(Bps((share as i64).min(10_000)))
    }

    /// Hands over what it has accumulated.
    pub fn snapshot(&self) -> AtrState {
        AtrState {
            period: self.period,
            count: self.count,
            seed: self.seed,
            last_close: self.last_close,
            average: Bits::of(self.average),
        }
    }

    /// Becomes what `state` says, if that was an average over the same period.
    pub fn restore(&mut self, state: &AtrState) -> Result<(), Mismatch> {
        let (seed, average) = (sound_sum(state.seed)?, state.average.value()?);
        if state.period != self.period || state.count > self.period || seed < 0 || average < 0.0 {
            return Err(Mismatch);
        }
        let (count, last_close) = (state.count, state.last_close);
        *self = Atr { period: self.period, count, seed, last_close, average };
        Ok(())
    }
}

fn true_range(bar: &Bar, close_before: Option<Ticks>) -> i128 {
    let (high, low) = (i128::from(bar.high.0), i128::from(bar.low.0));
    let range = high - low;
    close_before
        .map(|close| i128::from(close.0))
        .map_or(range, |close| range.max((high - close).abs()).max((low - close).abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::walk;

    /// The definition, read off the header, from the first bar on each time.
    fn afresh(bars: &[Bar], period: usize) -> Option<f64> {
        let range = |i: usize| {
            let bar = bars[i];
            let plain = bar.high.0 - bar.low.0;
            let Some(before) = i.checked_sub(1).map(|j| bars[j].close.0) else { return plain };
            plain.max((bar.high.0 - before).abs()).max((bar.low.0 - before).abs())
        };
        let ranges: alloc::vec::Vec<f64> = (0..bars.len()).map(|i| range(i) as f64).collect();
        let mut average = ranges.get(..period)?.iter().sum::<f64>() / period as f64;
        for range in &ranges[period..] {
            average = (average * (period as f64 - 1.0) + range) / period as f64;
        }
        Some(average)
    }

    #[test]
    fn every_value_equals_the_one_taken_afresh() {
        let bars = walk(5, 120);
        for period in [1_u32, 14, 40] {
            let mut atr = Atr::new(period);
            for (i, bar) in bars.iter().enumerate() {
                atr.push(bar);
                assert_eq!(atr.value(), afresh(&bars[..=i], usize::try_from(period).unwrap()));
            }
        }
    }

    fn bar(high: i64, low: i64, close: i64) -> Bar {
        Bar { high: Ticks(high), low: Ticks(low), close: Ticks(close), ..walk(1, 1)[0] }
    }

    #[test]
    fn a_worked_example_with_a_gap() {
        let mut atr = Atr::new(2);
        // True ranges 4; |20 - 12| = 8; then 6.
        [bar(14, 10, 12), bar(20, 18, 19), bar(21, 15, 16)].iter().for_each(|b| atr.push(b));
        assert_eq!(atr.value(), Some(6.0));
        assert_eq!(atr.multiple(150), Some(Ticks(9)));
        assert_eq!(atr.share(3, 1), Some(Bps(5_000)));
    }

    #[test]
    fn distances_are_whole_ticks_halves_up_and_never_none_at_all() {
        let mut atr = Atr::new(1);
        assert_eq!(atr.multiple(100), None);
        atr.push(&bar(13, 10, 12));
        assert_eq!(atr.multiple(150), Some(Ticks(5)), "4.5 rounds up");
        assert_eq!(atr.multiple(1), Some(Ticks(1)));
        assert_eq!(atr.share(i128::MAX, 1), Some(Bps(10_000)));
        atr.push(&bar(12, 12, 12));
        assert_eq!((atr.multiple(100), atr.share(1, 1)), (Some(Ticks(1)), None));
    }

    #[test]
    fn a_snapshot_carries_on_to_the_bit_through_text() {
        let mut one = Atr::new(14);
        walk(6, 77).iter().for_each(|bar| one.push(bar));
        let text = serde_json::to_string(&one.snapshot()).unwrap();
        let mut two = Atr::new(14);
        two.restore(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(one, two);
        assert_eq!(Atr::new(13).restore(&one.snapshot()), Err(Mismatch));
    }
}
