//! The moving-average cross.
//!
//! # Rules
//!
//! Bars are counted as they exist (an interval without a trade has none), each once, in the order of their time. On
//! each finished bar `t`:
//!
//! 1. `fast_t` and `slow_t` are the simple averages of the last `fast` and `slow` closes, that of `t` among them. They
//!    are compared exactly, as integer sums multiplied crosswise. Nothing happens before both `slow_t` and `slow_{t-1}`
//!    exist, that is before bar `slow + 1`, bars of the warm-up counted.
//! 2. **Cross**: up, if `fast_{t-1} <= slow_{t-1}` and `fast_t > slow_t`; down, if `fast_{t-1} >= slow_{t-1}` and
//!    `fast_t < slow_t`.
//! 3. **Exit**: if the bot is long (or, flat, its entry to buy still works) and `fast_t < slow_t`, or short and
//!    `fast_t > slow_t`, it asks for Exit: at the cross and again on every later bar until it is out. It looks at where
//!    the averages stand and not at the cross alone, so that a cross missed while it was down still ends the position.
//! 4. **Entry**: on a cross up while flat with no order working: buy `lots` at the market; stop = close − stop
//!    distance, target = close + target distance. On a cross down mirrored.
//! 5. **Reversal**: a cross on whose bar the bot was in the opposite position (rule 3), or flat with orders still
//!    working, waits for one bar: if on the next bar the averages still stand on that side and the bot is flat with no
//!    order working, it enters by rule 4 with the next bar's close. Then it is forgotten.
//! 6. **No entry**, but Hold with the reason: when it is in that position already, the side is not allowed, the level is
//!    not Running, orders still work, or the ATR a distance needs does not exist yet.
//!
//! A distance is whole ticks, or a multiple of the ATR (Wilder, over `atr` bars, bar `t` included; see
//! [`indicators`](crate::indicators)) rounded to the nearest tick, halves up, at least 1. The ATR depends on where
//! history begins: whoever recomputes it must begin at the same bar. Confidence is `|fast_t - slow_t|` over the ATR in
//! basis points, rounded down, at most 10 000, and 0 without an ATR. At most one intent per bar; a bar with neither a
//! cross, a waiting cross nor an opposite position gets none.
//!
//! # Parameters
//!
//! | name | default | meaning |
//! |---|---|---|
//! | `fast` | 5 | bars, 1 to 1 999, fewer than `slow` |
//! | `slow` | 20 | bars, 2 to 2 000 |
//! | `stop` | `"2 atr"` | distance of the stop: `"12 ticks"` or `"1.5 atr"` |
//! | `target` | `"3 atr"` | distance of the target |
//! | `atr` | 14 | bars of the ATR, 1 to 2 000 |
//! | `lots` | 1 | 1 to 1 000 |
//! | `allow_long`, `allow_short` | true | at least one of them |
//!
//! Must never decide anything from a float: the floats of the ATR leave `indicators` as whole ticks and basis points.

mod decide;
mod parameters;
mod state;

use core::cmp::Ordering;

use alloc::string::String;
use alloc::vec::Vec;

use stopline_kernel::bar::Bar;
use stopline_kernel::intent::Intent;
use stopline_kernel::num::Side;
use stopline_kernel::time::ExchangeTime;
use stopline_kernel::view::View;

use crate::indicators::{Atr, Sma};
use crate::strategy::{Seat, StateError, Strategy};

pub use parameters::CrossParameters;

/// The moving-average cross; the module says its rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Cross {
    parameters: CrossParameters,
    seat: Seat,
    fast: Sma,
    slow: Sma,
    atr: Atr,
    /// The end of the newest bar taken in.
    until: Option<ExchangeTime>,
    /// The cross that waits for this one bar (rule 5).
    waiting: Option<Side>,
}

/// Where the averages stand after a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    /// Buy when fast is above slow, sell when below.
    side: Side,
    /// Whether this bar is the cross to that side.
    crossed: bool,
}

impl Cross {
    /// A cross that has seen nothing yet.
    pub fn new(parameters: CrossParameters, seat: Seat) -> Cross {
        let (fast, slow) = (Sma::new(parameters.fast), Sma::new(parameters.slow));
        Cross { parameters, seat, fast, slow, atr: Atr::new(parameters.atr), until: None, waiting: None }
    }

    /// Takes a bar in, once; gives where the averages stand, unless they are equal or do not exist yet.
    fn take(&mut self, bar: &Bar) -> Option<Standing> {
        if self.has(bar) {
            return None;
        }
        let before = self.fast.compare(&self.slow);
        self.until = Some(bar.end());
        self.fast.push(bar.close);
        self.slow.push(bar.close);
        self.atr.push(bar);
        let (side, was_opposite) = match self.fast.compare(&self.slow)? {
            Ordering::Greater => (Side::Buy, before? != Ordering::Greater),
            Ordering::Less => (Side::Sell, before? != Ordering::Less),
            Ordering::Equal => return None,
        };
        Some(Standing { side, crossed: was_opposite })
    }

    fn has(&self, bar: &Bar) -> bool {
        self.until.is_some_and(|until| bar.open_time < until)
    }
}

impl Strategy for Cross {
    fn name(&self) -> &'static str {
        "cross"
    }

    /// Enough for the averages, and ten times the ATR's period: by then its first bar weighs next to nothing.
    fn bars_needed(&self) -> u32 {
        let atr = self.parameters.atr.saturating_mul(10);
        self.parameters.slow.saturating_add(1).max(atr)
    }

    fn on_bar(&mut self, bar: &Bar, view: &View) -> Vec<Intent> {
        if self.has(bar) {
            return Vec::new();
        }
        let waited = self.waiting.take();
        let standing = self.take(bar);
        standing.and_then(|standing| self.decide(standing, waited, bar, view)).into_iter().collect()
    }

    fn warm_up(&mut self, bars: &[Bar]) {
        let reaches_back = bars.first().is_some_and(|oldest| self.has(oldest));
        if !reaches_back {
            *self = Cross::new(self.parameters, self.seat);
        }
        for bar in bars {
            if !self.has(bar) {
                self.waiting = None;
                self.take(bar);
            }
        }
    }

    fn save(&self) -> Option<String> {
        state::write(self)
    }

    fn restore(&mut self, state: &str) -> Result<(), StateError> {
        *self = state::read(state, self.parameters, self.seat)?;
        Ok(())
    }
}

#[cfg(test)]
mod orders_tests;
#[cfg(test)]
pub(crate) mod tests;
