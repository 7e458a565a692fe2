//! The path that a bar's four prices stand for, by choice.
//!
//! A bar does not say in which order its extremes came. None of these is the truth; where a result depends on the
//! choice, the bars cannot bear it.

use stopline_kernel::num::Ticks;
use stopline_tape::TapeBar;

/// In which order a bar's extremes are visited, between its open and its close.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Walk {
    /// The one nearer to the open first; where both are equally near, high first for a bar that falls, else low first.
    #[default]
    Near,
    /// The one farther from the open first; where both are equally near, the other way round than `Near`.
    Far,
    /// The high first.
    HighFirst,
    /// The low first.
    LowFirst,
}

impl Walk {
    /// Every one, by the name it has in a result.
    pub const ALL: [(&str, Walk); 4] = [
        ("near", Walk::Near),
        ("far", Walk::Far),
        ("high-first", Walk::HighFirst),
        ("low-first", Walk::LowFirst),
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Walk::Near => "near",
            Walk::Far => "far",
            Walk::HighFirst => "high-first",
            Walk::LowFirst => "low-first",
        }
    }

    /// The prices in their order.
    pub fn path(self, bar: &TapeBar) -> [Ticks; 4] {
        let [open, near, far, close] = stopline_tape::walk(bar);
        match self {
            Walk::Near => [open, near, far, close],
            Walk::Far => [open, far, near, close],
            Walk::HighFirst => [open, bar.high, bar.low, close],
            Walk::LowFirst => [open, bar.low, bar.high, close],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stopline_kernel::num::Lots;
    use stopline_kernel::time::ExchangeTime;

    #[test]
    fn each_walk_visits_all_four_prices_in_its_order() {
        let (open, high, low, close) = (Ticks(10), Ticks(12), Ticks(5), Ticks(6));
        let symbol = "ESZ4".parse().unwrap();
        let bar = TapeBar { start: ExchangeTime(0), symbol, open, high, low, close, volume: Lots(1) };
        let walked = |walk: Walk| walk.path(&bar).map(|t| t.0);
        assert_eq!(walked(Walk::Near), [10, 12, 5, 6]);
        assert_eq!(walked(Walk::Far), [10, 5, 12, 6]);
        assert_eq!(walked(Walk::HighFirst), [10, 12, 5, 6]);
        assert_eq!(walked(Walk::LowFirst), [10, 5, 12, 6]);
        assert!(Walk::ALL.iter().all(|(name, walk)| *name == walk.name()));
    }
}
