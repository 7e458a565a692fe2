//! How fast and how often something may be opened.
//!
//! What is counted follows from records, so that a restart forgets nothing.

use super::Proposal;
use crate::risk::check::{Check, Denial, Measure};

/// Counts placings and changes within the window, over restarts.
pub(super) fn order_rate(p: &Proposal<'_>) -> Check {
    let window = p.book.config.timings.rate_window;
    let limit = i64::from(p.book.config.limits.max_orders_per_window);
    let recent = p.book.ledgered.openings.iter().filter(|at| p.at.mono.since(at.mono) < window).count();
    let recent = i64::try_from(recent).unwrap_or(i64::MAX);
    Check {
        rule: Denial::OrderRate,
        value: Measure::Count(recent),
        limit: Measure::Count(limit),
        passed: recent < limit,
    }
}

/// Entries of the day that have traded, and those that still may.
pub(super) fn trades_per_day(p: &Proposal<'_>) -> Option<Check> {
    let limit = i64::from(p.book.config.limits.day.trades?);
    let Some(day) = p.book.ledgered.day else {
        return Some(Check::unknown(Denial::TradesPerDay, Measure::Count(limit)));
    };
    let waiting = p.book.ledgered.live_orders().filter(|o| o.spec.leg.opens() && o.filled.is_zero());
    let new = i64::from(!p.adds.is_zero());
    let count = i64::from(day.trades).saturating_add(new);
    let count = i64::try_from(waiting.count()).map_or(i64::MAX, |n| count.saturating_add(n));
    Some(Check::at_most(Denial::TradesPerDay, Measure::Count(count), Measure::Count(limit)))
}

/// The same for one bot.
pub(super) fn bot_order_rate(p: &Proposal<'_>) -> Option<Check> {
    let limit = i64::from(p.book.config.limits.pace.bot_orders?);
    let window = p.book.config.timings.rate_window;
    let own = p.book.ledgered.openings_of.get(&p.bot).into_iter().flatten();
    let recent = own.filter(|at| p.at.mono.since(at.mono) < window).count().saturating_add(1);
    Some(Check::at_most(Denial::BotOrderRate, Measure::count(recent), Measure::Count(limit)))
}

/// What the broker takes, less what is kept for cancels and closings: without it a burst of entries would leave a position
/// that nobody may close.
pub(super) fn send_rate(p: &Proposal<'_>) -> Option<Check> {
    let rate = p.book.config.limits.pace.sends?;
    let reserve = if mutant!(ReserveIgnored) { 0 } else { rate.reserve };
    let limit = i64::from(rate.per_second.saturating_sub(reserve));
    let exits =
        if p.adds.is_zero() { 0 } else { usize::from(p.stop.is_some()) + usize::from(p.target.is_some()) };
    let used = usize::try_from(p.book.link.bucket.used(p.at.mono, rate)).unwrap_or(usize::MAX);
    let used = used.saturating_add(1).saturating_add(exits);
    Some(Check::at_most(Denial::SendRate, Measure::count(used), Measure::Count(limit)))
}
