//! The breakers: a bot that is refused too often, cancels too much or meets too wide a market pauses for a time.
//!
//! A pause takes nothing off what is held: stops and targets stay, and closings go on.

use alloc::boxed::Box;
use alloc::format;

use super::Alarm;
use crate::book::Book;
use crate::halt::{HaltCause, Level, Scope, Until};
use crate::id::BotId;
use crate::ledgered::Refusal;
use crate::limits::BotSeat;
use crate::time::{Span, Stamp};

/// Too many entries of a bot were refused.
pub(super) fn reject_rate(book: &Book, at: Stamp) -> Option<Alarm> {
    let limit = book.config.limits.pace.rejects?;
    paused_bot(book, at, HaltCause::RejectRate, |bot| {
        let count = lately(book, at, bot).count();
        (count >= limit as usize).then(|| format!("{count} entries refused, the limit is {limit}").into())
    })
}

/// The newest entries of a bot were refused in the same words: the next one would be too.
pub(super) fn same_rejection(book: &Book, at: Stamp) -> Option<Alarm> {
    let limit = book.config.limits.pace.same_rejects?;
    paused_bot(book, at, HaltCause::SameRejection, |bot| {
        let newest = lately(book, at, bot).next()?;
        let same = lately(book, at, bot).take_while(|refusal| refusal.reason == newest.reason).count();
        (same >= limit as usize)
            .then(|| format!("{same} entries refused in the words: {}", newest.reason).into())
    })
}

/// Too many orders of a bot were cancelled.
pub(super) fn cancel_storm(book: &Book, at: Stamp) -> Option<Alarm> {
    let limit = book.config.limits.pace.cancels?;
    let window = book.config.timings.rate_window;
    paused_bot(book, at, HaltCause::CancelStorm, |bot| {
        let own =
            book.ledgered.cancels.iter().rev().take_while(|(when, _)| at.mono.since(when.mono) < window);
        let count = own.filter(|(_, of)| *of == bot).count();
        (count >= limit as usize).then(|| format!("{count} cancels asked for, the limit is {limit}").into())
    })
}

/// The market is too wide to trade in. A closed one may be as wide as it likes.
pub(super) fn wide_spread(book: &Book, at: Stamp) -> Option<Alarm> {
    let (limit, now) = (book.config.limits.pace.spread?, at.market?);
    let alarm = |seat: &BotSeat| {
        book.instrument(seat.symbol)?.sessions.at(now)?;
        let quote = book.market.quotes.get(&seat.symbol)?;
        let (bid, ask) = (quote.bbo.bid?.price, quote.bbo.ask?.price);
        let spread = ask.minus(bid).ok().filter(|spread| *spread > limit)?;
        let why = format!("{} is {} ticks wide, the limit is {}", seat.symbol, spread.0, limit.0).into();
        pause(book, at, seat.bot, HaltCause::WideSpread, book.config.limits.pace.spread_pause, why)
    };
    book.config.bots.iter().find_map(alarm)
}

/// Refusals of a bot within the window, newest first.
fn lately(book: &Book, at: Stamp, bot: BotId) -> impl Iterator<Item = &Refusal> {
    let window = book.config.timings.rate_window;
    let young = move |refusal: &&Refusal| at.mono.since(refusal.at.mono) < window;
    book.ledgered.refusals.iter().rev().take_while(young).filter(move |refusal| refusal.bot == bot)
}

fn paused_bot(
    book: &Book,
    at: Stamp,
    cause: HaltCause,
    why: impl Fn(BotId) -> Option<Box<str>>,
) -> Option<Alarm> {
    let pause_for = book.config.limits.pace.pause;
    book.config.bots.iter().find_map(|seat| pause(book, at, seat.bot, cause, pause_for, why(seat.bot)?))
}

/// A pause of one bot, if it does not stand already. Without market time nobody knows when it would end: a person does.
fn pause(book: &Book, at: Stamp, bot: BotId, cause: HaltCause, span: Span, why: Box<str>) -> Option<Alarm> {
    let scope = Scope::Bot(bot);
    let until = at.market.map_or(Until::Person, |now| Until::Moment(now.plus(span)));
    (!book.ledgered.halts.has(scope, cause)).then(|| Alarm {
        scope,
        level: Level::ReduceOnly,
        cause,
        until,
        incident: None,
        why,
        close: alloc::vec::Vec::new(),
    })
}
