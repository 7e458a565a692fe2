//! What may be lost: in one trade, and in a day.
//!
//! What cannot be measured is denied, never taken for nothing.

use super::Proposal;
use crate::instrument::Instrument;
use crate::num::{Lots, Money, Overflow, Ticks};
use crate::risk::check::{Check, Denial};

/// Entry to stop on every lot, and the fees of both ways. A stop too far away is no trade, never a smaller one.
pub(super) fn risk_per_trade(p: &Proposal<'_>) -> Check {
    let limit = p.book.config.limits.risk_per_trade;
    if mutant!(RiskPerTradeIgnored) {
        return Check::holds(Denial::RiskPerTrade, true);
    }
    let Some(stop) = p.stop else {
        // Only a change of something that is no stop has none; entries always have one.
        return Check::at_most(Denial::RiskPerTrade, Money::ZERO, limit);
    };
    match (p.instrument(), p.reference) {
        (Some(instrument), Some(reference)) => Check::or_deny(
            Denial::RiskPerTrade,
            trade_risk(instrument, reference, stop, p.lots)
                .map(|risk| Check::at_most(Denial::RiskPerTrade, risk, limit)),
        ),
        _ => Check::unknown(Denial::RiskPerTrade, limit.into()),
    }
}

/// From entry to stop on every lot, and the fees of both ways.
pub(crate) fn trade_risk(
    i: &Instrument,
    reference: Ticks,
    stop: Ticks,
    lots: Lots,
) -> Result<Money, Overflow> {
    let distance = reference.minus(stop)?.size();
    i.worth(distance, lots)?.plus(i.fee.times(lots.0)?.times(2)?)
}

pub(super) fn daily_loss(p: &Proposal<'_>) -> Check {
    let limit = p.book.day_may_lose();
    match p.book.today().and_then(|today| today.negated().ok()) {
        Some(loss) => {
            let mut check = Check::at_most(Denial::DailyLoss, loss, limit);
            check.passed = loss < limit || mutant!(DailyLossIgnored);
            check
        }
        None => Check::unknown(Denial::DailyLoss, limit.into()),
    }
}
