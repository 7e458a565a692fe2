//! Prices that can be meant: exits on their side, and everything near the market.
//!
//! A price is never mended here, only passed or denied.

use super::Proposal;
use crate::num::{Side, Ticks};
use crate::order::OrderKind;
use crate::risk::check::{Check, Denial, Measure};

/// A long's stop is below and its target above where the trade begins; a short's the other way round.
pub(super) fn exit_side(p: &Proposal<'_>) -> Check {
    let Some(reference) = p.reference else {
        return Check::unknown(Denial::ExitSide, Measure::Holds(true));
    };
    let beyond = |price: Ticks, way: i64| price.minus(reference).is_ok_and(|d| d.0.signum() == way);
    let away = p.side.sign();
    let stop_behind = p.stop.is_none_or(|stop| beyond(stop, -away));
    let target_ahead = p.target.is_none_or(|target| beyond(target, away));
    Check::holds(Denial::ExitSide, stop_behind && target_ahead)
}

/// Every price on the order lies near the last trade.
pub(super) fn collar(p: &Proposal<'_>) -> Check {
    let limits = &p.book.config.limits;
    let last = p.book.market.quotes.get(&p.symbol).and_then(|q| q.last);
    let Some(last) = last else {
        return Check::unknown(Denial::Collar, limits.collar_ticks.into());
    };
    let allowed = limits.reach(last);
    let farthest = p
        .prices
        .iter()
        .flatten()
        .try_fold(Ticks::ZERO, |far, price| price.minus(last).map(|distance| far.max(distance.size())));
    Check::or_deny(Denial::Collar, farthest.map(|far| Check::at_most(Denial::Collar, far, allowed)))
}

/// No entry trades with a limit order of our own on the other side, of whichever bot: a trade with oneself is forbidden, and
/// costs two fees. A stop is none before it is set off.
pub(super) fn self_match(p: &Proposal<'_>) -> Option<Check> {
    let resting =
        p.book.ledgered.live_orders().filter(|o| o.spec.symbol == p.symbol && o.spec.side != p.side);
    let prices = resting.filter_map(|o| match o.spec.kind {
        OrderKind::Limit(price) => Some(price),
        OrderKind::Market | OrderKind::Stop(_) => None,
    });
    let nearest = match p.side {
        Side::Buy => prices.min(),
        Side::Sell => prices.max(),
    };
    let nearest = nearest.filter(|_| p.opens)?;
    // Unknown where it would begin to trade: it might.
    let apart = p.reference.is_some_and(|reference| match p.side {
        Side::Buy => reference < nearest,
        Side::Sell => reference > nearest,
    });
    Some(Check::holds(Denial::SelfMatch, apart))
}
