//! The watch: rules asked after every input and every beat, each with exactly one response.
//!
//! The watch never sends anything: it raises an alarm, and the step turns that into a halt, an incident and a closing.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use crate::book::Book;
use crate::halt::{HaltCause, Level, Scope, Until};
use crate::id::{BotId, Symbol};
use crate::incident::IncidentKind;
use crate::ledgered::external_bot;
use crate::num::Lots;
use crate::report::Stream;
use crate::time::Stamp;

/// What a rule of the watch asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alarm {
    /// Whom the halt binds.
    pub(crate) scope: Scope,
    /// What is still allowed from now on.
    pub(crate) level: Level,
    /// What caused it.
    pub(crate) cause: HaltCause,
    /// Until when.
    pub(crate) until: Until,
    /// The incident to open with it, if it is one.
    pub(crate) incident: Option<IncidentKind>,
    /// The numbers.
    pub(crate) why: Box<str>,
    /// The positions to close.
    pub(crate) close: Vec<(BotId, Symbol)>,
}

/// A rule of the watch.
type WatchRule = fn(&Book, Stamp) -> Option<Alarm>;

/// Every rule of the watch.
const WATCH: &[WatchRule] = &[daily_loss, unprotected, quotes_gone];

/// Asks every rule; a rule stays silent while its halt stands and everything it would close is being closed.
pub(crate) fn watch(book: &Book, at: Stamp) -> Vec<Alarm> {
    let raised = WATCH.iter().filter_map(|rule| rule(book, at));
    raised.filter(|alarm| is_news(book, alarm.scope, alarm.cause, &alarm.close)).collect()
}

fn is_news(book: &Book, scope: Scope, cause: HaltCause, close: &[(BotId, Symbol)]) -> bool {
    let open = close.iter().any(|(bot, symbol)| book.ledgered.closing(*bot, *symbol).is_none());
    open || !book.ledgered.halts.has(scope, cause)
}

/// Every position of a bot. What somebody else traded on the account is never traded back by a rule: a person who
/// flattened by hand would be in the market again.
fn everything(book: &Book) -> Vec<(BotId, Symbol)> {
    let open = book.ledgered.open_positions().map(|(bot, symbol, _)| (bot, symbol));
    open.filter(|(bot, _)| *bot != external_bot()).collect()
}

/// Realised, open and fees together have lost what a day may lose: close everything until the next trading day.
fn daily_loss(book: &Book, _: Stamp) -> Option<Alarm> {
    let limit = book.config.limits.daily_loss;
    let day = book.ledgered.day?.day;
    let loss = book.today().and_then(|today| today.negated().ok());
    let close = everything(book);
    let why = match loss {
        _ if mutant!(DailyLossIgnored) => return None,
        Some(loss) if loss >= limit => format!("lost {loss} today, the limit is {limit}"),
        // A fill that was on its way has opened something again, whatever the day's sum is with it.
        _ if !close.is_empty() && book.ledgered.halts.has(Scope::Account, HaltCause::DailyLoss) => {
            format!("a position stands on a day that has lost its limit of {limit}")
        }
        _ => return None,
    };
    Some(Alarm {
        scope: Scope::Account,
        level: Level::Halted,
        cause: HaltCause::DailyLoss,
        until: Until::DayAfter(day),
        incident: None,
        why: why.into(),
        close,
    })
}

/// A position stood without working protection for longer than it may: close it.
fn unprotected(book: &Book, at: Stamp) -> Option<Alarm> {
    let limit = book.config.timings.protect;
    if mutant!(UnprotectedIgnored) {
        return None;
    }
    let mut bare = book.link.unprotected.iter();
    let (&(bot, symbol), since) = bare.find(|(of, since)| {
        let scope = Scope::Bot(of.0);
        at.mono.since(**since) > limit && is_news(book, scope, HaltCause::Unprotected, &[**of])
    })?;
    let lots = book.ledgered.lots_of(bot, symbol);
    let protected = book.ledgered.protected(bot, symbol);
    let waited = at.mono.since(*since).as_millis();
    Some(Alarm {
        scope: Scope::Bot(bot),
        level: Level::ReduceOnly,
        cause: HaltCause::Unprotected,
        until: Until::Person,
        incident: Some(IncidentKind::Unprotected),
        why: format!("{lots} lots of {symbol} with {protected} protected for {waited} ms").into(),
        close: alloc::vec![(bot, symbol)],
    })
}

/// Quotes are gone with a position open: close it through the orders stream.
fn quotes_gone(book: &Book, at: Stamp) -> Option<Alarm> {
    let since = book.link.down_since.get(&Stream::Quotes).filter(|_| !mutant!(QuotesGoneIgnored))?;
    let gone = at.mono.since(*since);
    let close = everything(book);
    (gone > book.config.timings.quotes_gone && !close.is_empty()).then(|| Alarm {
        scope: Scope::Account,
        level: Level::ReduceOnly,
        cause: HaltCause::QuotesGone,
        until: Until::Person,
        incident: Some(IncidentKind::QuotesGone),
        why: format!("no quotes for {} ms with positions open", gone.as_millis()).into(),
        close,
    })
}

/// Whether a bot's position has less working protection than lots; what is not a bot's is a person's to protect.
pub(crate) fn lacks_protection(book: &Book, bot: BotId, symbol: Symbol) -> bool {
    let lots: Lots = book.ledgered.lots_of(bot, symbol);
    bot != external_bot() && book.ledgered.protected(bot, symbol) < lots.size()
}
