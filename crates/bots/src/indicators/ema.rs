//! The exponential moving average of prices.
//!
//! `EMA_n` is the simple average of the first `n` values; from then on `EMA_t = EMA_{t-1} + k (x_t - EMA_{t-1})` with
//! `k = 2 / (n + 1)`. Nothing before the `n`-th value. Must never be used where the answer has to be exact.

use serde::{Deserialize, Serialize};
use stopline_kernel::num::Ticks;

use super::{Bits, Mismatch, sound_sum};

/// The exponential average over `period`.
#[derive(Debug, Clone, PartialEq)]
pub struct Ema {
    period: u32,
    /// Values taken, at most `period`.
    count: u32,
    /// Their sum, until there is an average.
    seed: i128,
    average: f64,
}

/// What an [`Ema`] has accumulated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmaState {
    period: u32,
    count: u32,
    seed: i128,
    average: Bits,
}

impl Ema {
    /// An average over `period`; zero counts as one.
    pub fn new(period: u32) -> Ema {
        Ema { period: period.max(1), count: 0, seed: 0, average: 0.0 }
    }

    /// Takes the next price.
    pub fn push(&mut self, price: Ticks) {
        if self.count == self.period {
            let weight = 2.0 / (f64::from(self.period) + 1.0);
            self.average += weight * (price.0 as f64 - self.average);
            return;
        }
        self.count += 1;
        self.seed += i128::from(price.0);
        if self.count == self.period {
            self.average = self.seed as f64 / f64::from(self.period);
        }
    }

    /// The average in ticks; `None` before `period` values.
    pub fn value(&self) -> Option<f64> {
        (self.count == self.period).then_some(self.average)
    }

    /// Hands over what it has accumulated.
    pub fn snapshot(&self) -> EmaState {
        let average = Bits::of(self.average);
        EmaState { period: self.period, count: self.count, seed: self.seed, average }
    }

    /// Becomes what `state` says, if that was an average over the same period.
    pub fn restore(&mut self, state: &EmaState) -> Result<(), Mismatch> {
        if state.period != self.period || state.count > self.period {
            return Err(Mismatch);
        }
        let (seed, average) = (sound_sum(state.seed)?, state.average.value()?);
        *self = Ema { period: self.period, count: state.count, seed, average };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::walk;

    /// The definition, read off the header, from the first value on each time.
    fn afresh(values: &[i64], period: usize) -> Option<f64> {
        let seed = values.get(..period)?;
        let mut average = seed.iter().map(|v| *v as f64).sum::<f64>() / period as f64;
        for value in &values[period..] {
            average += 2.0 / (period as f64 + 1.0) * (*value as f64 - average);
        }
        Some(average)
    }

    #[test]
    fn every_value_equals_the_one_taken_afresh() {
        let closes: alloc::vec::Vec<i64> = walk(3, 120).iter().map(|bar| bar.close.0).collect();
        for period in [1_u32, 5, 30] {
            let mut ema = Ema::new(period);
            for (i, close) in closes.iter().enumerate() {
                ema.push(Ticks(*close));
                assert_eq!(ema.value(), afresh(&closes[..=i], usize::try_from(period).unwrap()));
            }
        }
    }

    #[test]
    fn a_worked_example() {
        let mut ema = Ema::new(3);
        [10, 11, 15, 16].into_iter().for_each(|p| ema.push(Ticks(p)));
        // (10 + 11 + 15) / 3 = 12, then 12 + 0.5 (16 - 12).
        assert_eq!(ema.value(), Some(14.0));
    }

    #[test]
    fn a_snapshot_carries_on_to_the_bit_through_text() {
        let bars = walk(4, 60);
        let mut one = Ema::new(9);
        bars.iter().take(41).for_each(|bar| one.push(bar.close));
        let text = serde_json::to_string(&one.snapshot()).unwrap();
        let mut two = Ema::new(9);
        two.restore(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(one.value().map(f64::to_bits), two.value().map(f64::to_bits));
        assert_eq!(Ema::new(8).restore(&one.snapshot()), Err(Mismatch));
    }
}
