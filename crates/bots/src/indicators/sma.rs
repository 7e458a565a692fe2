//! The simple moving average of prices, kept as an exact integer sum.
//!
//! Must never round: two averages are compared by their sums. `SMA_t = (x_t + x_{t-1} + … + x_{t-n+1}) / n`, from the
//! `n`-th value on.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::cmp::Ordering;

use serde::{Deserialize, Serialize};
use stopline_kernel::num::Ticks;

use super::Mismatch;

/// The average of the last `period` prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sma {
    period: u32,
    window: VecDeque<Ticks>,
    sum: i128,
}

/// What an [`Sma`] has accumulated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmaState {
    period: u32,
    /// Oldest first, at most `period`.
    window: Vec<Ticks>,
}

impl Sma {
    /// An average over `period` values; zero counts as one.
    pub fn new(period: u32) -> Sma {
        Sma { period: period.max(1), window: VecDeque::new(), sum: 0 }
    }

    /// Over how many values it goes.
    pub const fn period(&self) -> u32 {
        self.period
    }

    /// Takes the next price.
    pub fn push(&mut self, price: Ticks) {
        if self.is_full() {
            let oldest = self.window.pop_front().unwrap_or(Ticks::ZERO);
            self.sum -= i128::from(oldest.0);
        }
        self.window.push_back(price);
        self.sum += i128::from(price.0);
    }

    /// The sum of the last `period` prices; `None` before there are as many.
    pub fn sum(&self) -> Option<i128> {
        self.is_full().then_some(self.sum)
    }

    /// How this average stands to `other`, exactly; `None` before both are full.
    pub fn compare(&self, other: &Sma) -> Option<Ordering> {
        self.gap(other).map(|gap| gap.cmp(&0))
    }

    /// This average minus `other`, times both periods: the exact difference without a fraction.
    pub fn gap(&self, other: &Sma) -> Option<i128> {
        let (mine, theirs) = (self.sum()?, other.sum()?);
        Some(mine * i128::from(other.period) - theirs * i128::from(self.period))
    }

    /// Hands over what it has accumulated.
    pub fn snapshot(&self) -> SmaState {
        SmaState { period: self.period, window: self.window.iter().copied().collect() }
    }

    /// Becomes what `state` says, if that was an average over as many values.
    pub fn restore(&mut self, state: &SmaState) -> Result<(), Mismatch> {
        let fits = usize::try_from(self.period).is_ok_and(|period| state.window.len() <= period);
        if state.period != self.period || !fits {
            return Err(Mismatch);
        }
        self.sum = state.window.iter().map(|price| i128::from(price.0)).sum();
        self.window = state.window.iter().copied().collect();
        Ok(())
    }

    fn is_full(&self) -> bool {
        usize::try_from(self.period).is_ok_and(|period| self.window.len() >= period)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::walk;

    #[test]
    fn every_sum_equals_the_one_taken_afresh() {
        let closes: Vec<Ticks> = walk(1, 200).iter().map(|bar| bar.close).collect();
        for period in [1_u32, 2, 7, 50] {
            let n = usize::try_from(period).unwrap();
            let mut sma = Sma::new(period);
            for (i, close) in closes.iter().enumerate() {
                sma.push(*close);
                let afresh =
                    (i + 1 >= n).then(|| closes[i + 1 - n..=i].iter().map(|c| i128::from(c.0)).sum());
                assert_eq!(sma.sum(), afresh, "period {period}, value {i}");
            }
        }
    }

    #[test]
    fn averages_compare_exactly_where_floats_would_not() {
        let (mut third, mut half) = (Sma::new(3), Sma::new(2));
        for price in [i64::MAX, i64::MAX, i64::MAX - 1] {
            third.push(Ticks(price));
            half.push(Ticks(price));
        }
        // Means: MAX - 1/3 and MAX - 1/2.
        assert_eq!(third.compare(&half), Some(Ordering::Greater));
    }

    #[test]
    fn a_snapshot_carries_on_and_fits_its_own_period_only() {
        let bars = walk(2, 30);
        let mut one = Sma::new(7);
        bars.iter().take(20).for_each(|bar| one.push(bar.close));
        let mut two = Sma::new(7);
        two.restore(&one.snapshot()).unwrap();
        assert_eq!(one, two);
        assert_eq!(Sma::new(8).restore(&one.snapshot()), Err(Mismatch));
    }
}
