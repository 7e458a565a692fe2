//! One bar of the tape, and the path that its four prices stand for.
//!
//! Knows no file format: a bar that exists is sound, whoever read it.

use stopline_kernel::id::Symbol;
use stopline_kernel::num::{Lots, Ticks};
use stopline_kernel::time::ExchangeTime;

/// One minute of trading in one contract. `low <= open <= high` and `low <= close <= high` hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TapeBar {
    /// The first moment of the minute, a whole minute.
    pub start: ExchangeTime,
    /// The contract.
    pub symbol: Symbol,
    /// The first price.
    pub open: Ticks,
    /// The highest price.
    pub high: Ticks,
    /// The lowest price.
    pub low: Ticks,
    /// The last price.
    pub close: Ticks,
    /// The contracts traded; zero or more.
    pub volume: Lots,
}

/// The prices of a bar in the order in which a simulated market visits them: the open, the extreme nearer to the open,
/// the other extreme, the close.
///
/// If both extremes are equally near, the market is taken to have gone against the bar's direction first: high first
/// when the close is below the open, else low first.
pub fn walk(bar: &TapeBar) -> [Ticks; 4] {
    let up = bar.high.0.abs_diff(bar.open.0);
    let down = bar.open.0.abs_diff(bar.low.0);
    let high_first = up < down || (up == down && bar.close < bar.open);
    let (near, far) = if high_first { (bar.high, bar.low) } else { (bar.low, bar.high) };
    [bar.open, near, far, bar.close]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(open: i64, high: i64, low: i64, close: i64) -> [i64; 4] {
        let symbol = "ESZ4".parse().unwrap_or_else(|_| unreachable!());
        let (open, high, low, close) = (Ticks(open), Ticks(high), Ticks(low), Ticks(close));
        let bar = TapeBar { start: ExchangeTime(0), symbol, open, high, low, close, volume: Lots(1) };
        walk(&bar).map(|t| t.0)
    }

    #[test]
    fn the_nearer_extreme_comes_first() {
        assert_eq!(walked(10, 12, 5, 6), [10, 12, 5, 6]);
        assert_eq!(walked(10, 15, 8, 14), [10, 8, 15, 14]);
    }

    #[test]
    fn when_equally_near_a_falling_bar_goes_up_first_and_any_other_down_first() {
        assert_eq!(walked(10, 12, 8, 9), [10, 12, 8, 9]);
        assert_eq!(walked(10, 12, 8, 11), [10, 8, 12, 11]);
        assert_eq!(walked(10, 12, 8, 10), [10, 8, 12, 10]);
    }

    #[test]
    fn prices_at_the_ends_of_the_range_do_not_overflow() {
        assert_eq!(walked(0, i64::MAX, i64::MIN, 0), [0, i64::MAX, i64::MIN, 0]);
    }
}
