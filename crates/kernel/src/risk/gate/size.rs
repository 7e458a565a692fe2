//! How much may be held: of an order, of an instrument, of the account.
//!
//! The worst case is what counts, and no rule makes an order smaller.

use alloc::collections::BTreeSet;

use super::Proposal;
use crate::risk::check::{Check, Denial, Measure};

pub(super) fn order_lots(p: &Proposal<'_>) -> Check {
    let limit = p.book.config.limits.max_order_lots;
    let mut check = Check::at_most(Denial::OrderLots, p.lots, limit);
    check.passed = (check.passed && p.lots.0 > 0) || mutant!(OrderLotsIgnored);
    check
}

pub(super) fn instrument_lots(p: &Proposal<'_>) -> Check {
    let limit = p.book.config.limits.max_instrument_lots;
    if mutant!(InstrumentLotsIgnored) {
        return Check::holds(Denial::InstrumentLots, true);
    }
    let worst = p.book.ledgered.worst_case(p.symbol, p.side).and_then(|lots| lots.plus(p.adds));
    Check::or_deny(
        Denial::InstrumentLots,
        worst.map(|lots| Check::at_most(Denial::InstrumentLots, lots, limit)),
    )
}

/// Positions that stand or could come, each of one bot in one instrument; one more of its own is none.
pub(super) fn open_positions(p: &Proposal<'_>) -> Option<Check> {
    let limit = i64::from(p.book.config.limits.size.open_positions?);
    let mut open: BTreeSet<_> =
        p.book.ledgered.open_positions().map(|(bot, symbol, _)| (bot, symbol)).collect();
    let openers = p.book.ledgered.live_orders().filter(|o| o.spec.leg.opens());
    open.extend(openers.map(|o| (o.bot(), o.spec.symbol)));
    open.insert((p.bot, p.symbol));
    Some(Check::at_most(Denial::OpenPositions, Measure::count(open.len()), Measure::Count(limit)))
}

/// Lots over all instruments: what is long in one is not made good by what is short in another.
pub(super) fn account_lots(p: &Proposal<'_>) -> Option<Check> {
    let limit = p.book.config.limits.size.account_lots?;
    let lots = p.book.worst_lots(p.addition());
    Some(Check::or_deny(
        Denial::AccountLots,
        lots.map(|lots| Check::at_most(Denial::AccountLots, lots, limit)),
    ))
}

/// What all lots are worth; without a price of each instrument nobody knows.
pub(super) fn notional(p: &Proposal<'_>) -> Option<Check> {
    let limit = p.book.config.limits.size.notional?;
    Some(match p.book.worst_notional(p.addition()) {
        Some(worth) => Check::at_most(Denial::Notional, worth, limit),
        None => Check::unknown(Denial::Notional, limit.into()),
    })
}

/// What all lots are worth over what the account is worth.
pub(super) fn leverage(p: &Proposal<'_>) -> Option<Check> {
    let limit = i64::from(p.book.config.limits.size.leverage?);
    let equity = p.book.equity().filter(|equity| equity.0 > 0);
    let times = p.book.worst_notional(p.addition()).zip(equity).and_then(|(worth, equity)| {
        // Rounded up: what is a little above the limit is above it.
        let exact = (i128::from(worth.0) * 100 + i128::from(equity.0) - 1) / i128::from(equity.0);
        i64::try_from(exact).ok()
    });
    Some(match times {
        Some(times) => Check::at_most(Denial::Leverage, Measure::Times(times), Measure::Times(limit)),
        None => Check::unknown(Denial::Leverage, Measure::Times(limit)),
    })
}
