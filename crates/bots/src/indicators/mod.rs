//! Indicators, one step per bar: the simple and the exponential moving average, and Wilder's average true range.
//!
//! Each is built for a period, takes one value at a time, and says nothing before it has seen enough. What it has
//! accumulated can be handed over and taken back, bit for bit. Floats live here and must never leave: other modules
//! get sums, ticks and basis points. Only `+ - * /` on `f64` are used, which IEEE 754 defines to the bit, so that
//! every machine gives the same numbers.

mod atr;
mod ema;
mod sma;

pub use atr::{Atr, AtrState};
pub use ema::{Ema, EmaState};
pub use sma::{Sma, SmaState};

#[cfg(test)]
pub(crate) use tests::walk;

/// A snapshot does not belong to an indicator of this period, or is none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch;

/// An `f64` as the integer of its bits: text in between must not cost the last digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
struct Bits(u64);

impl Bits {
    const fn of(value: f64) -> Bits {
        Bits(value.to_bits())
    }

    /// The number, unless it is none that an average of prices could be.
    fn value(self) -> Result<f64, Mismatch> {
        let value = f64::from_bits(self.0);
        if value.is_finite() { Ok(value) } else { Err(Mismatch) }
    }
}

/// A sum of at most `u32::MAX` prices or ranges; a larger one would be no sum of ours and could overflow later.
fn sound_sum(sum: i128) -> Result<i128, Mismatch> {
    if sum.unsigned_abs() < 1 << 100 { Ok(sum) } else { Err(Mismatch) }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use stopline_kernel::bar::Bar;
    use stopline_kernel::num::{Lots, Ticks};
    use stopline_kernel::time::{ExchangeTime, Span};

    /// A seeded walk of bars, the same in every run.
    pub(crate) fn walk(seed: u64, count: usize) -> Vec<Bar> {
        let mut state = seed;
        let mut roll = move |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i64::try_from((state >> 33) % n).unwrap()
        };
        let mut price = 23_000;
        let mut bars = Vec::new();
        for i in 0..i64::try_from(count).unwrap() {
            let open = price + roll(3) - 1;
            let close = open + roll(21) - 10;
            let (high, low) = (open.max(close) + roll(6), open.min(close) - roll(6));
            price = close;
            bars.push(Bar {
                open_time: ExchangeTime(i * 60_000_000_000),
                length: Span::secs(60),
                open: Ticks(open),
                high: Ticks(high),
                low: Ticks(low),
                close: Ticks(close),
                volume: Lots(1 + roll(50)),
            });
        }
        bars
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        assert!(super::sound_sum(i128::MAX).is_err());
        assert!(super::Bits::of(f64::NAN).value().is_err());
        assert_eq!(super::Bits::of(0.1).value(), Ok(0.1));
    }
}
