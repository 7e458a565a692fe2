//! The rules of the watch that look at money: what a day has lost, made or fallen, and how its trades ended.
//!
//! They follow from records and last prices and from nothing else; where equity is not known they are silent, and the gate denies.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Alarm, everything};
use crate::book::Book;
use crate::halt::{HaltCause, Level, Scope, Until};
use crate::time::Stamp;

/// Realised, open and fees together have lost what a day may lose: close everything until the next trading day.
pub(super) fn daily_loss(book: &Book, _: Stamp) -> Option<Alarm> {
    let limit = book.day_may_lose();
    let day = book.ledgered.day?.day;
    let loss = book.today().and_then(|today| today.negated().ok());
    let lost = loss.filter(|loss| *loss >= limit && !mutant!(DailyLossIgnored));
    let why = lost.map(|loss| format!("lost {loss} today, the limit is {limit}"));
    let stands = || format!("a position stands on a day that has lost its limit of {limit}");
    all_over(book, HaltCause::DailyLoss, Until::DayAfter(day), why, stands)
}

/// The day has made what it should: close everything until the next trading day.
pub(super) fn profit_target(book: &Book, _: Stamp) -> Option<Alarm> {
    let target = book.config.limits.day.profit_target.filter(|_| !mutant!(ProfitTargetIgnored))?;
    let day = book.ledgered.day?.day;
    let why = book.today().filter(|made| *made >= target);
    let why = why.map(|made| format!("made {made} today, the target is {target}"));
    let stands = || format!("a position stands on a day that has made its target of {target}");
    all_over(book, HaltCause::ProfitTarget, Until::DayAfter(day), why, stands)
}

/// Equity has fallen too far below the high of the day: close everything until the next trading day.
pub(super) fn day_drawdown(book: &Book, _: Stamp) -> Option<Alarm> {
    let limit = book.config.limits.day.drawdown.filter(|_| !mutant!(DrawdownIgnored))?;
    let day = book.ledgered.day?;
    let why = book.below_day_high().filter(|fall| *fall >= limit);
    let why = why.map(|fall| format!("{fall} below the day's high of {}, the limit is {limit}", day.high()));
    let stands = || format!("a position stands on a day that has fallen its limit of {limit}");
    all_over(book, HaltCause::DayDrawdown, Until::DayAfter(day.day), why, stands)
}

/// Equity has fallen too far below the highest of all days: close everything until a person has changed the limit.
pub(super) fn trailing_drawdown(book: &Book, _: Stamp) -> Option<Alarm> {
    let stands = || "a position stands although the trailing drawdown is reached".into();
    let why = trailing_fall(book).map(String::from);
    all_over(book, HaltCause::TrailingDrawdown, Until::Person, why, stands)
}

/// What is to be said of the fall from the highest of all days, while it is too deep. Nobody can resume under it.
pub(crate) fn trailing_fall(book: &Book) -> Option<Box<str>> {
    let limit = book.config.limits.day.trailing_drawdown.filter(|_| !mutant!(DrawdownIgnored))?;
    let (high, fall) = (book.ledgered.high?, book.below_high().filter(|fall| *fall >= limit)?);
    Some(format!("{fall} below the high of {high}, the trailing drawdown is {limit}").into())
}

/// Too many trades of the day in a row have lost: nothing new until the next trading day. What is held keeps its exits.
pub(super) fn losses_in_row(book: &Book, _: Stamp) -> Option<Alarm> {
    let limit = book.config.limits.day.losses_in_row.filter(|_| !mutant!(LossesInRowIgnored))?;
    let day = book.ledgered.day.filter(|day| day.losses_in_row >= limit)?;
    Some(Alarm {
        scope: Scope::Account,
        level: Level::ReduceOnly,
        cause: HaltCause::LossesInRow,
        until: Until::DayAfter(day.day),
        incident: None,
        why: format!("{} trades in a row have lost today, the limit is {limit}", day.losses_in_row).into(),
        close: Vec::new(),
    })
}

/// Everything is closed and nothing opens: for `why` now, or because something `stands` while the halt does. A fill that
/// was on its way opens something again, whatever the sum is with it.
fn all_over(
    book: &Book,
    cause: HaltCause,
    until: Until,
    why: Option<String>,
    stands: impl FnOnce() -> String,
) -> Option<Alarm> {
    let halted = book.ledgered.halts.has(Scope::Account, cause);
    if why.is_none() && !halted {
        return None;
    }
    let close = everything(book);
    let why = why.or_else(|| (!close.is_empty()).then(stands))?.into();
    Some(Alarm { scope: Scope::Account, level: Level::Halted, cause, until, incident: None, why, close })
}
