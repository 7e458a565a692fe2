//! What must hold when a case is over: the exchange's own truth against the ledger, check by check.
//!
//! It must never correct or pass over a difference: each one is a finding that names its check and both sides.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use stopline_kernel::incident::IncidentKind;
use stopline_kernel::num::Side;
use stopline_kernel::record::Fill;
use stopline_kernel::time::Span;
use stopline_venues::paper::wire::{SideName, TradeMessage};

use crate::mirror::Mirror;
use crate::plan::{ANSWER_MS, PROTECT_MS, REPRICE_MS, SETTLE_MS};
use crate::stage::Book;
use crate::truth::Truth;

/// How long a recovery may take: the exchange's start, both sessions with lost messages, questions about every order.
pub(crate) const RECOVERY: Span = Span::millis(8_000 + 4 * ANSWER_MS + SETTLE_MS);

/// How long a closing may take over a line that loses messages, beyond the time in which it has to begin.
pub(crate) const CLOSING: Span = Span::millis(6 * ANSWER_MS + 2 * REPRICE_MS + SETTLE_MS);

/// The checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Check {
    /// The engine ends only by what the case does to it.
    Alive,
    /// Every order of the exchange has a record, and so has every cancel that it heard of.
    Recorded,
    /// One leg of one decision is one order.
    Once,
    /// Positions of ledger and exchange agree.
    Positions,
    /// Every execution is booked, once and as it was.
    Booked,
    /// Every position is protected or flat in time.
    Protected,
    /// Every recovery ends in time.
    Recovered,
    /// Cash agrees when flat.
    Cash,
    /// The ledger's chain is whole.
    Sound,
    /// Nothing happened that cannot happen.
    Incidents,
    /// The end is orderly and flat.
    End,
}

/// A promise that was not kept.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) check: Check,
    pub(crate) seen: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.check, self.seen)
    }
}

pub(crate) type Verdict = Result<(), Finding>;

/// The finding, for a check that fails.
pub(crate) fn found(check: Check, seen: impl Into<String>) -> Finding {
    Finding { check, seen: seen.into() }
}

/// What a case leaves behind: both sides of the story.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence {
    /// What the ledger's records say.
    pub(crate) mirror: Mirror,
    /// What the exchange answers.
    pub(crate) book: Book,
    /// What the exchange's journal says.
    pub(crate) truth: Truth,
}

/// Holds at every moment at which no engine runs, so right after each kill too: the ledger is never behind the exchange.
pub(crate) fn after_kill(Evidence { mirror, book, truth }: &Evidence) -> Verdict {
    recorded(mirror, book)?;
    cancels_recorded(mirror, truth)?;
    once(mirror, book)
}

/// Holds at the end of a case.
pub(crate) fn at_end(evidence: &Evidence) -> Verdict {
    let Evidence { mirror, book, truth } = evidence;
    after_kill(evidence)?;
    booked(mirror, book)?;
    positions(mirror, book)?;
    flat(mirror, book)?;
    cash(mirror, book)?;
    recovered(mirror)?;
    protected(mirror)?;
    protected_there(mirror, truth)?;
    incidents(mirror)
}

fn recorded(mirror: &Mirror, book: &Book) -> Verdict {
    let strange = book.orders.iter().find(|order| {
        let id = order.cl_ord_id.as_deref();
        id.is_none_or(|id| !mirror.placed.contains_key(id))
    });
    match strange {
        None => Ok(()),
        Some(order) => {
            Err(found(Check::Recorded, format!("the exchange has {order:?}, the ledger has no record of it")))
        }
    }
}

fn cancels_recorded(mirror: &Mirror, truth: &Truth) -> Verdict {
    let strange = truth.cancelled.iter().find(|id| {
        let whose = mirror.placed.get(id.as_str());
        whose.is_none_or(|whose| !mirror.cancels.contains(whose))
    });
    strange.map_or(Ok(()), |id| {
        Err(found(
            Check::Recorded,
            format!("the exchange was told to cancel {id}, the ledger has no record of it"),
        ))
    })
}

fn once(mirror: &Mirror, book: &Book) -> Verdict {
    let mut taken = BTreeMap::new();
    for order in book.orders.iter().filter(|order| order.state != "rejected") {
        let whose = order.cl_ord_id.as_deref().and_then(|id| mirror.placed.get(id));
        if let Some((key, leg)) = whose
            && let Some(first) = taken.insert((*key, *leg), &order.order_id)
        {
            let both = format!("{first} and {} are both the {} of {key:?}", order.order_id, leg.word());
            return Err(found(Check::Once, both));
        }
    }
    Ok(())
}

fn booked(mirror: &Mirror, book: &Book) -> Verdict {
    let theirs: BTreeSet<&str> = book.executions.iter().map(|trade| trade.exec_id.as_str()).collect();
    if let Some(id) = mirror.booked.keys().find(|id| !theirs.contains(id.as_str())) {
        return Err(found(Check::Booked, format!("{id} is booked, and the exchange never traded it")));
    }
    for trade in &book.executions {
        match mirror.booked.get(&trade.exec_id).map(Vec::as_slice) {
            Some([fill]) if same(mirror, fill, trade) => {}
            Some([fill]) => return Err(found(Check::Booked, format!("{trade:?} is booked as {fill:?}"))),
            other => {
                let times = other.map_or(0, <[Fill]>::len);
                return Err(found(Check::Booked, format!("{} is booked {times} times", trade.exec_id)));
            }
        }
    }
    Ok(())
}

fn same(mirror: &Mirror, fill: &Fill, trade: &TradeMessage) -> bool {
    let ours = &fill.execution;
    let side = match ours.side {
        Side::Buy => SideName::Buy,
        Side::Sell => SideName::Sell,
    };
    let instrument = mirror.ledgered.instruments.get(&ours.symbol);
    let price = instrument.and_then(|instrument| instrument.price(&trade.price).ok());
    ours.symbol.as_str() == trade.symbol
        && side == trade.side
        && ours.lots.0 == trade.lots
        && price == Some(ours.price)
        && fill.fee.0 == trade.fee
}

fn positions(mirror: &Mirror, book: &Book) -> Verdict {
    for symbol in mirror.ledgered.instruments.keys() {
        let ours = mirror.ledgered.net(*symbol).0;
        let theirs = book.positions.iter().filter(|position| position.symbol == symbol.as_str());
        let theirs: i64 = theirs.map(|position| position.lots).sum();
        if ours != theirs {
            let both = format!("{symbol}: the ledger says {ours}, the exchange says {theirs}");
            return Err(found(Check::Positions, both));
        }
    }
    Ok(())
}

/// The orderly stop closes everything.
fn flat(mirror: &Mirror, book: &Book) -> Verdict {
    let open = book.positions.iter().find(|position| position.lots != 0);
    let live = book.orders.iter().find(|order| matches!(order.state.as_str(), "held" | "working"));
    match (open, live, mirror.ledgered.live.first()) {
        (None, None, None) => Ok(()),
        (open, live, ours) => {
            let seen = format!("after the end the exchange has {open:?} and {live:?}, the ledger {ours:?}");
            Err(found(Check::End, seen))
        }
    }
}

fn cash(mirror: &Mirror, book: &Book) -> Verdict {
    match mirror.ledgered.expected_cash() {
        Ok(ours) if ours.to_string() == book.cash => Ok(()),
        ours => Err(found(Check::Cash, format!("the ledger says {ours:?}, the exchange says {}", book.cash))),
    }
}

fn recovered(mirror: &Mirror) -> Verdict {
    for run in &mirror.runs {
        let took = run.recovered.map(|at| at.since(run.began));
        if let Some(took) = took.filter(|took| *took > RECOVERY) {
            return Err(found(Check::Recovered, format!("a recovery took {} ms", took.as_millis())));
        }
    }
    Ok(())
}

/// From the moment of recovery, or from the moment at which it lost its protection, whichever is later.
fn protected(mirror: &Mirror) -> Verdict {
    for bare in &mirror.bare {
        let Some(recovered) = bare.recovered else { continue };
        let lasted = bare.to.since(bare.from.max(recovered));
        let closing = if bare.closing { CLOSING } else { Span::ZERO };
        let most = Span::millis(PROTECT_MS.saturating_add(closing.as_millis()));
        if lasted > most {
            let (bot, symbol, lasted) = (bare.bot, bare.symbol, lasted.as_millis());
            let seen = format!("{symbol} of {bot} stood bare for {lasted} ms (closing: {})", bare.closing);
            return Err(found(Check::Protected, seen));
        }
    }
    Ok(())
}

/// The same by the exchange's own word. A closing may be under way at any time: which one it was is the ledger's to say.
fn protected_there(mirror: &Mirror, truth: &Truth) -> Verdict {
    let most = Span::millis(PROTECT_MS.saturating_add(CLOSING.as_millis()));
    let longest = longest_bare_there(mirror, truth);
    if longest > most {
        let seen = format!("at the exchange a position stood bare for {} ms", longest.as_millis());
        return Err(found(Check::Protected, seen));
    }
    Ok(())
}

/// The longest time that a position stood bare at the exchange while a recovered engine ran.
pub(crate) fn longest_bare_there(mirror: &Mirror, truth: &Truth) -> Span {
    let real = |market| mirror.mono(market);
    let spans = truth.bare.iter().filter_map(|(_, from, to)| Some((real(*from)?, real(*to)?)));
    let shares = spans.flat_map(|(from, to)| mirror.runs.iter().map(move |run| run.share(from, to)));
    shares.max().unwrap_or(Span::ZERO)
}

/// A line that loses messages may cost protection or quotes for a while, and has fills booked from the list; it never makes
/// the impossible happen.
fn incidents(mirror: &Mirror) -> Verdict {
    let lost = |kind| {
        matches!(kind, IncidentKind::Unprotected | IncidentKind::QuotesGone | IncidentKind::MissedFill)
    };
    let strange = mirror.incidents.iter().find(|incident| !lost(incident.kind));
    match strange {
        None => Ok(()),
        Some(incident) => {
            let (number, kind, evidence) = (incident.number, incident.kind, &incident.evidence);
            Err(found(Check::Incidents, format!("incident {number}, {kind:?}: {evidence}")))
        }
    }
}
