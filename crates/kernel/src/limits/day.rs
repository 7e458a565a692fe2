//! What a trading day, and the days together, may come to.
//!
//! A limit that is not set is `None` and no rule of the gate or the watch asks for it; nothing here measures anything.

use serde::{Deserialize, Serialize};

use super::{Contradiction, Limits, all_positive};
use crate::num::{Bps, Money};

/// Limits of the day and of the days together, besides [`Limits::daily_loss`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DayLimits {
    /// What a day may lose, as a share of the equity it began with; the tighter of this and the amount counts.
    pub loss_share: Option<Bps>,
    /// What a day may make; reaching it ends the day.
    pub profit_target: Option<Money>,
    /// How far the day's equity may fall below the day's high.
    pub drawdown: Option<Money>,
    /// How far equity may fall below the highest of all days.
    pub trailing_drawdown: Option<Money>,
    /// How far equity must rise above a recorded high before the high is recorded anew: what the highs are exact to.
    pub high_step: Money,
    /// Trades of a day: entries that have traded, or may.
    pub trades: Option<u32>,
    /// Losing trades of a day without a winning one between them.
    pub losses_in_row: Option<u32>,
}

impl DayLimits {
    /// None of them.
    pub const OFF: DayLimits = DayLimits {
        loss_share: None,
        profit_target: None,
        drawdown: None,
        trailing_drawdown: None,
        high_step: Money(10 * Money::UNIT),
        trades: None,
        losses_in_row: None,
    };

    /// Whether anybody asks for the highs of equity.
    pub const fn needs_highs(&self) -> bool {
        self.drawdown.is_some() || self.trailing_drawdown.is_some()
    }

    pub(super) fn check(&self, limits: &Limits) -> Result<(), Contradiction> {
        all_positive(&[
            ("loss_share", self.loss_share.map(|share| share.0)),
            ("profit_target", self.profit_target.map(|money| money.0)),
            ("drawdown", self.drawdown.map(|money| money.0)),
            ("trailing_drawdown", self.trailing_drawdown.map(|money| money.0)),
            ("high_step", Some(self.high_step.0)),
            ("trades", self.trades.map(i64::from)),
            ("losses_in_row", self.losses_in_row.map(i64::from)),
        ])?;
        let highs = [self.drawdown, self.trailing_drawdown];
        if highs.iter().flatten().any(|drawdown| *drawdown < limits.risk_per_trade) {
            return Err(Contradiction::TradeOverDrawdown);
        }
        // A high that lags by more would let a drawdown be passed by more than a tenth.
        let coarse = |drawdown: &Money| drawdown.0 / 10 < self.high_step.0;
        if highs.iter().flatten().any(coarse) {
            return Err(Contradiction::HighStepOverDrawdown);
        }
        Ok(())
    }
}

impl Default for DayLimits {
    fn default() -> DayLimits {
        DayLimits::OFF
    }
}
