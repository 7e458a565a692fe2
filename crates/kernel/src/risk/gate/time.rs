//! When something may be opened: the age of wishes and data, and the hours of the market.
//!
//! No clock is read here: the moment is the proposal's.

use super::Proposal;
use crate::limits::QuietWindow;
use crate::risk::check::{Check, Denial};
use crate::time::Span;

pub(super) fn intent_age(p: &Proposal<'_>) -> Check {
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

pub(super) fn data_age(p: &Proposal<'_>) -> Check {
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

pub(super) fn session_open(p: &Proposal<'_>) -> Check {
    let session = p.at.market.zip(p.instrument()).and_then(|(now, i)| i.sessions.at(now));
    Check::holds(Denial::SessionClosed, session.is_some())
}

/// How long ago the account was last found to agree with the broker's.
pub(super) fn account_age(p: &Proposal<'_>) -> Option<Check> {
    let limit = p.book.config.timings.account_age?;
    Some(match p.book.link.agreed {
        Some(agreed) => Check::at_most(Denial::AccountAge, p.at.mono.since(agreed.mono), limit),
        None => Check::unknown(Denial::AccountAge, limit.into()),
    })
}

/// Nothing new in the first moments of a session. What changes an exit passes these windows: a stop may always follow.
pub(super) fn after_open(p: &Proposal<'_>) -> Option<Check> {
    let limit = p.book.config.limits.hours.after_open.filter(|_| p.opens)?;
    Some(match p.session() {
        Some((now, session)) => Check::at_least(Denial::AfterOpen, now.since(session.open), limit),
        None => Check::unknown(Denial::AfterOpen, limit.into()),
    })
}

/// Nothing new in the last moments of a day: a halt in the middle of it ends nothing.
pub(super) fn before_close(p: &Proposal<'_>) -> Option<Check> {
    let limit = p.book.config.limits.hours.before_close.filter(|_| p.opens)?;
    let close = p.at.market.zip(p.instrument()).and_then(|(now, i)| Some((now, i.sessions.end_of_day(now)?)));
    Some(match close {
        Some((now, close)) => Check::at_least(Denial::BeforeClose, close.since(now), limit),
        None => Check::unknown(Denial::BeforeClose, limit.into()),
    })
}

/// Nothing new around news that the bot does not pass over: the measure is how much longer.
pub(super) fn quiet_time(p: &Proposal<'_>) -> Option<Check> {
    let hours = &p.book.config.limits.hours;
    let mut heeded = hours.quiet.iter().filter(|w| p.opens && !hours.ignores.contains(&(p.bot, w.kind)));
    let first = heeded.next()?;
    let Some(now) = p.at.market else {
        return Some(Check::unknown(Denial::QuietTime, Span::ZERO.into()));
    };
    let left = |window: &QuietWindow| {
        let inside = window.from <= now && now < window.until;
        if inside { window.until.since(now) } else { Span::ZERO }
    };
    let longest = heeded.map(left).fold(left(first), Span::max);
    Some(Check::at_most(Denial::QuietTime, longest, Span::ZERO))
}
