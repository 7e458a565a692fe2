//! Who may open anything now: halts, readiness, how the contract trades, decisions made before, and what the account holds.
//!
//! Nothing here measures money, time or size.

use super::Proposal;
use crate::halt::Level;
use crate::ledgered::external_bot;
use crate::market::Trading;
use crate::num::Side;
use crate::risk::check::{Check, Denial, Measure};

pub(super) fn halted(p: &Proposal<'_>) -> Check {
    let level = p.book.ledgered.halts.bot(p.bot);
    let limit = Level::Running;
    Check {
        rule: Denial::Halted,
        value: Measure::Level(level),
        limit: Measure::Level(limit),
        passed: level == limit || mutant!(HaltIgnored),
    }
}

pub(super) fn not_ready(p: &Proposal<'_>) -> Check {
    let link = &p.book.link;
    let connected = link.up.contains_key(&crate::report::Stream::Orders);
    let unknown = p.book.ledgered.live_orders().any(|o| o.life == crate::table::Life::Unknown);
    let known = !unknown || mutant!(UnknownNotCounted);
    let agreed = (link.differs_since.is_none() && link.agreed.is_some()) || mutant!(TradesBeforeAgreement);
    let closing = p.book.ledgered.closing(p.bot, p.symbol).is_some();
    let trading = link.trading || mutant!(TradesBeforeAgreement);
    Check::holds(Denial::NotReady, trading && connected && known && agreed && !closing)
}

pub(super) fn decided_before(p: &Proposal<'_>) -> Check {
    Check::holds(Denial::DecidedBefore, !p.repeated || mutant!(DecidedAgain))
}

/// What the venue says of the contract. A venue that says nothing is taken as before. At a limit nothing new is opened, since
/// its stop might find nobody to trade with; what only exits may still be changed there.
pub(super) fn market_status(p: &Proposal<'_>) -> Check {
    let Some(told) = p.book.market.statuses.get(&p.symbol) else {
        return Check::holds(Denial::MarketStatus, true);
    };
    let status = told.status;
    let passed = status == Trading::Open || (p.adds.is_zero() && status.trades());
    Check {
        rule: Denial::MarketStatus,
        value: Measure::Trading(status),
        limit: Measure::Trading(Trading::Open),
        passed: passed || mutant!(MarketStatusIgnored),
    }
}

/// New lots join a position of the same side or none. While the other side is held or asked for, or exits of an ended
/// position may still trade, two brackets would net out and leave exits that open positions. Against what somebody else
/// holds on the account they would close that, and their exits would open it again.
pub(super) fn opposed(p: &Proposal<'_>) -> Check {
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
