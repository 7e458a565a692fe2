//! The gate's rules for everything that can open risk: entries, and changes of any order.
//!
//! Each rule is one small pure function with one denial. The order of the list is the order of the record. No rule
//! changes a size, and none passes what it cannot measure.

use crate::book::Book;
use crate::halt::Level;
use crate::id::{BotId, Symbol};
use crate::instrument::Instrument;
use crate::ledgered::external_bot;
use crate::num::{Lots, Money, Overflow, Side, Ticks};
use crate::risk::check::{Check, Denial, Measure};
use crate::time::{ExchangeTime, Span, Stamp};

/// What is to be judged, against what.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// Everything known.
    pub book: &'a Book,
    /// When it is judged.
    pub at: Stamp,
    /// Who wants it.
    pub bot: BotId,
    /// The contract.
    pub symbol: Symbol,
    /// Which way the order trades.
    pub side: Side,
    /// The order's total quantity.
    pub lots: Lots,
    /// Lots that are not yet counted in the worst case; zero for what only exits.
    pub adds: Lots,
    /// The price the trade is expected to begin at; `None` if there is none to be had.
    pub reference: Option<Ticks>,
    /// The prices on its orders: limit, stop, target.
    pub prices: [Option<Ticks>; 3],
    /// Where its stop would stand, if it has or is one.
    pub stop: Option<Ticks>,
    /// Where its target would stand, if it has one.
    pub target: Option<Ticks>,
    /// The end of the bar that the wish was derived from.
    pub derived: ExchangeTime,
    /// Whether this very decision was made before.
    pub repeated: bool,
}

/// A rule of the gate.
pub type Rule = fn(&Proposal<'_>) -> Check;

/// Every rule, in the order they are asked and recorded.
pub const RULES: &[Rule] = &[
    halted,
    not_ready,
    decided_before,
    intent_age,
    data_age,
    session_open,
    opposed,
    exit_side,
    order_lots,
    instrument_lots,
    risk_per_trade,
    daily_loss,
    collar,
    order_rate,
];

/// The rules asked again when a batch has been stepped, right before an approved opening order goes out.
pub(super) const BEFORE_SEND: &[Rule] = &[halted, not_ready, session_open, daily_loss];

impl<'a> Proposal<'a> {
    fn instrument(&self) -> Option<&'a Instrument> {
        self.book.instrument(self.symbol)
    }
}

fn halted(p: &Proposal<'_>) -> Check {
    let level = p.book.ledgered.halts.bot(p.bot);
    let limit = Level::Running;
    Check {
        rule: Denial::Halted,
        value: Measure::Level(level),
        limit: Measure::Level(limit),
        passed: level == limit || mutant!(HaltIgnored),
    }
}

fn not_ready(p: &Proposal<'_>) -> Check {
    let link = &p.book.link;
    let connected = link.up.contains_key(&crate::report::Stream::Orders);
    let unknown = p.book.ledgered.live_orders().any(|o| o.life == crate::table::Life::Unknown);
    let known = !unknown || mutant!(UnknownNotCounted);
    let agreed = (link.differs_since.is_none() && link.agreed.is_some()) || mutant!(TradesBeforeAgreement);
    let closing = p.book.ledgered.closing(p.bot, p.symbol).is_some();
    let trading = link.trading || mutant!(TradesBeforeAgreement);
    Check::holds(Denial::NotReady, trading && connected && known && agreed && !closing)
}

fn decided_before(p: &Proposal<'_>) -> Check {
    Check::holds(Denial::DecidedBefore, !p.repeated || mutant!(DecidedAgain))
}

fn intent_age(p: &Proposal<'_>) -> Check {
    let limit = p.book.config.timings.intent_age;
    match p.at.market {
        Some(_) if mutant!(IntentAgeIgnored) => Check::holds(Denial::IntentAge, true),
        // A wish from a bar far in the future is as unusable as one from the past.
        Some(now) => {
            let age = now.since(p.derived);
            Check::at_most(Denial::IntentAge, Span(age.0.saturating_abs()), limit)
        }
        None => Check::unknown(Denial::IntentAge, limit.into()),
    }
}

fn data_age(p: &Proposal<'_>) -> Check {
    let limit = p.book.config.timings.data_age;
    let quote = p.book.market.quotes.get(&p.symbol);
    let usable = quote.filter(|q| q.bbo.is_sound() && q.last.is_some());
    let connected = p.book.link.up.contains_key(&crate::report::Stream::Quotes);
    match (usable, p.at.market) {
        _ if mutant!(DataAgeIgnored) => Check::holds(Denial::DataAge, true),
        // Data from the future is as unusable as data from the past.
        (Some(q), Some(now)) if connected => {
            let age = now.since(q.newest);
            Check::at_most(Denial::DataAge, Span(age.0.saturating_abs()), limit)
        }
        _ => Check::unknown(Denial::DataAge, limit.into()),
    }
}

fn session_open(p: &Proposal<'_>) -> Check {
    let session = p.at.market.zip(p.instrument()).and_then(|(now, i)| i.sessions.at(now));
    Check::holds(Denial::SessionClosed, session.is_some())
}

/// New lots join a position of the same side or none. While the other side is held or asked for, or exits of an ended
/// position may still trade, two brackets would net out and leave exits that open positions. Against what somebody else
/// holds on the account they would close that, and their exits would open it again.
fn opposed(p: &Proposal<'_>) -> Check {
    let ledgered = &p.book.ledgered;
    let held = ledgered.lots_of(p.bot, p.symbol);
    let theirs = ledgered.lots_of(external_bot(), p.symbol);
    let other_side_held = [held, theirs].map(Side::reducing).contains(&Some(p.side));
    let mut own = ledgered.live_orders().filter(|o| o.bot() == p.bot && o.spec.symbol == p.symbol);
    let in_the_way = own.any(|o| match o.spec.leg {
        crate::intent::Leg::Entry => o.spec.side != p.side,
        crate::intent::Leg::Flatten => true,
        crate::intent::Leg::Stop | crate::intent::Leg::Target => {
            o.spec.side == p.side || (held.is_zero() && !o.worth.is_zero())
        }
    });
    Check::holds(
        Denial::Opposed,
        p.adds.is_zero() || !(other_side_held || in_the_way) || mutant!(OpposedIgnored),
    )
}

/// A long's stop is below and its target above where the trade begins; a short's the other way round.
fn exit_side(p: &Proposal<'_>) -> Check {
    let Some(reference) = p.reference else {
        return Check::unknown(Denial::ExitSide, Measure::Holds(true));
    };
    let beyond = |price: Ticks, way: i64| price.minus(reference).is_ok_and(|d| d.0.signum() == way);
    let away = p.side.sign();
    let stop_behind = p.stop.is_none_or(|stop| beyond(stop, -away));
    let target_ahead = p.target.is_none_or(|target| beyond(target, away));
    Check::holds(Denial::ExitSide, stop_behind && target_ahead)
}

fn order_lots(p: &Proposal<'_>) -> Check {
    let limit = p.book.config.limits.max_order_lots;
    let mut check = Check::at_most(Denial::OrderLots, p.lots, limit);
    check.passed = (check.passed && p.lots.0 > 0) || mutant!(OrderLotsIgnored);
    check
}

fn instrument_lots(p: &Proposal<'_>) -> Check {
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

/// Entry to stop on every lot, and the fees of both ways. A stop too far away is no trade, never a smaller one.
fn risk_per_trade(p: &Proposal<'_>) -> Check {
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

fn trade_risk(i: &Instrument, reference: Ticks, stop: Ticks, lots: Lots) -> Result<Money, Overflow> {
    let distance = reference.minus(stop)?.size();
    i.worth(distance, lots)?.plus(i.fee.times(lots.0)?.times(2)?)
}

fn daily_loss(p: &Proposal<'_>) -> Check {
    let limit = p.book.config.limits.daily_loss;
    match p.book.today().and_then(|today| today.negated().ok()) {
        Some(loss) => {
            let mut check = Check::at_most(Denial::DailyLoss, loss, limit);
            check.passed = loss < limit || mutant!(DailyLossIgnored);
            check
        }
        None => Check::unknown(Denial::DailyLoss, limit.into()),
    }
}

/// Every price on the order lies near the last trade.
fn collar(p: &Proposal<'_>) -> Check {
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

/// Counts placings and changes within the window, over restarts.
fn order_rate(p: &Proposal<'_>) -> Check {
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
